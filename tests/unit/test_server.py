"""server.py: a node that has nothing to do wakes up seldom, and yet goes at once."""

from __future__ import annotations

import asyncio
import signal
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

from uvicorn import Config

from headrace.server import Server
from tests.waiting import until


async def _nothing(_scope: object, _receive: object, _send: object) -> None:
    raise AssertionError("nobody asks for anything here")


def _server() -> Server:
    config = Config(_nothing, lifespan="off")
    config.load()
    return Server(config, lambda: None)


async def test_a_signal_ends_it_without_a_wait() -> None:
    server = _server()
    waiting = asyncio.create_task(server.main_loop())
    await until(lambda: server.server_state.default_headers, patience=5)
    assert not waiting.done()
    server.handle_exit(signal.SIGTERM, None)
    await asyncio.wait_for(waiting, 0.5)


async def test_its_answers_know_what_time_it_is() -> None:
    server, seen = _server(), set[bytes]()
    waiting = asyncio.create_task(server.main_loop())

    def has_changed() -> bool:
        seen.update(value for name, value in server.server_state.default_headers if name == b"date")
        return len(seen) > 1

    await until(has_changed, patience=5)
    first, then = sorted(map(_parsed, seen))
    assert timedelta() < then - first <= timedelta(seconds=2)
    server.handle_exit(signal.SIGTERM, None)
    await waiting


def _parsed(date: bytes) -> datetime:
    return parsedate_to_datetime(date.decode())
