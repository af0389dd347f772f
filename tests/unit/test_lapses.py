from __future__ import annotations

import asyncio

from headrace.lapses import Lapses
from headrace.live.messages import ActivityMessage, Revoked
from headrace.model.entries import Authority, StreamInfo
from tests.live_support import Peer, Ticks, entry, info


def authority(**seconds: float | None) -> Authority:
    return Authority(
        person="jonas-id",
        handle="jonas",
        active=True,
        inbox=info("inbox-of-jonas-id", group=None),
        streams=tuple(
            StreamInfo(stream=name, group="qm", level="internal", head=0, seconds_left=left)
            for name, left in seconds.items()
        ),
    )


class Lapsing:
    """A connected person who reads the streams s and t, and what was looked up again."""

    def __init__(self) -> None:
        self.hub = Ticks().hub()
        self.peer = Peer(self.hub)
        self.peer.subscribe(self.hub.open(info("s")), self.hub.open(info("t")))
        self.looked_up = asyncio.Queue[str]()
        self.lapses = Lapses(self.hub, self.looked_up.put_nowait)

    @property
    def revoked(self) -> list[tuple[str, str]]:
        messages = self.peer.messages
        return [(m.stream, m.reason) for m in messages if isinstance(m, Revoked)]

    async def rings(self) -> str:
        async with asyncio.timeout(5):
            return await self.looked_up.get()


async def test_what_is_over_ends_without_a_word_from_the_log() -> None:
    jonas = Lapsing()
    jonas.lapses.expect(authority(s=0.01, t=None))
    assert await jonas.rings() == "jonas-id"
    assert jonas.revoked == [("s", "expired")]
    jonas.hub.ingest(entry(1, "s"))
    jonas.hub.ingest(entry(1, "t"))
    jonas.hub.flush()
    seen = [m.stream for m in jonas.peer.messages if isinstance(m, ActivityMessage)]
    assert seen == ["t"]
    assert len(jonas.lapses) == 0


async def test_each_stream_ends_at_its_own_time() -> None:
    jonas = Lapsing()
    jonas.lapses.expect(authority(s=0.2, t=0.01))
    await jonas.rings()
    assert jonas.revoked == [("t", "expired")]
    await jonas.rings()
    assert jonas.revoked == [("t", "expired"), ("s", "expired")]


async def test_what_is_prolonged_goes_on() -> None:
    jonas = Lapsing()
    jonas.lapses.expect(authority(s=0.01, t=0.02))
    jonas.lapses.expect(authority(s=3_600.0, t=0.03))
    await jonas.rings()
    assert jonas.revoked == [("t", "expired")]
    assert len(jonas.lapses) == 1
    jonas.lapses.close()
    assert len(jonas.lapses) == 0


async def test_nobody_is_missed_who_has_gone() -> None:
    jonas = Lapsing()
    jonas.hub.depart(jonas.peer.session)
    rung = asyncio.Event()
    jonas.lapses.expect(authority(s=0.0))
    asyncio.get_running_loop().call_later(0.05, rung.set)
    await rung.wait()
    assert jonas.looked_up.empty()
    assert len(jonas.lapses) == 0
