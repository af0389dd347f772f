"""From where somebody signs in, as coarsely as they need to recognise it and no finer."""

from __future__ import annotations

import ipaddress

from headrace.model.identity import Origin

#: Looked for in this order: browsers name those that they are built on, too.
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iOS"),
    ("iPad", "iPadOS"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)
_LONGEST = 40


def origin(address: str, agent: str) -> Origin:
    """The network of an address and the name of a program (header User-Agent, RFC 9110, 10.1.5)."""
    return Origin(network(address), program(agent))


def network(address: str) -> str:
    """The first 24 bits of an IPv4 address, the first 48 of an IPv6 address; empty for others."""
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if isinstance(known, ipaddress.IPv6Address) and known.ipv4_mapped is not None:
        known = known.ipv4_mapped
    bits = 24 if known.version == 4 else 48
    return str(ipaddress.ip_network((known, bits), strict=False))


def site(address: str) -> str:
    """All addresses that one customer of a network has (RFC 6177): an IPv4 address by itself, the
    first 64 bits of an IPv6 address; others as they are."""
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(known, ipaddress.IPv4Address):
        return str(known)
    if known.ipv4_mapped is not None:
        return str(known.ipv4_mapped)
    return str(ipaddress.ip_network((int(known), 64), strict=False))


def program(agent: str) -> str:
    """Browser and system, or the first word of what the program calls itself."""
    browser = next((name for sign, name in _BROWSERS if sign in agent), None)
    system = next((name for sign, name in _SYSTEMS if sign in agent), None)
    if browser is None:
        first = agent.partition(" ")[0].partition("/")[0]
        return "".join(sign for sign in first if sign.isprintable())[:_LONGEST]
    return browser if system is None else f"{browser}, {system}"
