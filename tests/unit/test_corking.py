"""Head and body of an answer leave together, and nothing is kept back."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from headrace.corking import Corked

if TYPE_CHECKING:
    from collections.abc import Iterable


class Wire(asyncio.Transport):
    """Notes each system call that would be made."""

    def __init__(self) -> None:
        super().__init__({"peername": ("192.0.2.1", 50_000)})
        self.calls: list[bytes] = []
        self.is_closed = False

    def write(self, data: Any) -> None:
        self.calls.append(bytes(data))

    def writelines(self, list_of_data: Iterable[Any]) -> None:
        self.calls.append(b"".join(list_of_data))

    def close(self) -> None:
        self.is_closed = True

    def is_closing(self) -> bool:
        return self.is_closed

    def write_eof(self) -> None:
        self.calls.append(b"<eof>")

    def resume_reading(self) -> None:
        self.calls.append(b"<reading>")


@pytest.fixture
def wire() -> Wire:
    return Wire()


async def test_head_and_body_are_one_call(wire: Wire) -> None:
    corked = Corked(wire)
    corked.write(b"head")
    assert wire.calls == []
    corked.write(b"body")
    assert wire.calls == [b"headbody"]
    await asyncio.sleep(0)
    assert wire.calls == [b"headbody"]


async def test_a_head_whose_body_is_late_does_not_wait_for_it(wire: Wire) -> None:
    corked = Corked(wire)
    corked.write(b"head")
    await asyncio.sleep(0)
    assert wire.calls == [b"head"]


async def test_the_parts_of_a_long_body_keep_their_order(wire: Wire) -> None:
    corked = Corked(wire)
    for part in (b"1", b"2", b"3", b"", b"4", b"5"):
        corked.write(part)
    await asyncio.sleep(0)
    assert b"".join(wire.calls) == b"12345"


async def test_what_is_held_leaves_before_the_connection_closes(wire: Wire) -> None:
    corked = Corked(wire)
    corked.write(b"the end")
    corked.close()
    assert wire.calls == [b"the end"]
    assert wire.is_closed
    assert corked.is_closing()


async def test_what_is_held_goes_with_a_connection_that_is_lost(wire: Wire) -> None:
    """uvloop's transports raise for what is written to them then."""
    corked = Corked(wire)
    corked.write(b"head")
    wire.close()
    await asyncio.sleep(0)
    assert wire.calls == []


async def test_who_may_still_be_sending_is_given_time_to_read_the_answer(wire: Wire) -> None:
    corked = Corked(wire)
    corked.lingers = True
    corked.write(b"the end")
    for _ in range(2):
        corked.close()
        corked.write(b"too late")
    await asyncio.sleep(0)
    assert wire.calls == [b"the end", b"<eof>", b"<reading>"]
    assert corked.is_closing()
    assert not wire.is_closed


async def test_but_not_for_ever(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    is_aborted = asyncio.Event()
    monkeypatch.setattr("headrace.corking._LINGER", 0.0)
    monkeypatch.setattr(wire, "abort", is_aborted.set, raising=False)
    corked = Corked(wire)
    corked.lingers = True
    corked.close()
    async with asyncio.timeout(5):
        await is_aborted.wait()


async def test_what_is_asked_of_the_transport_reaches_it(wire: Wire) -> None:
    assert Corked(wire).get_extra_info("peername") == ("192.0.2.1", 50_000)
