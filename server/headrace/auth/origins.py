"""Whether a page that asks is one of ours: what stands between a cookie and foreign pages."""

from __future__ import annotations

from urllib.parse import urlsplit


def is_ours(page: str | None, host: str, public_url: str) -> bool:
    """Whether the page of a header ``Origin`` or ``Referer`` was served by this server.

    ``host`` is the header ``Host`` of the request, ``public_url`` where browsers reach us.
    """
    if not page:
        return False
    try:
        parts = urlsplit(page.lower())
    except ValueError:
        return False
    if not parts.netloc or parts.scheme not in ("http", "https"):
        return False
    return parts.netloc == host.lower() or f"{parts.scheme}://{parts.netloc}" == public_url
