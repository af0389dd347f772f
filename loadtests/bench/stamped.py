"""Activities of a given size that carry the moment at which they were due."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from loadtests.bench.publisher import Publisher


class _Id(msgspec.Struct):
    id: str


class TooSmall(Exception):
    """An activity has more bytes than that without any content."""


class Stamped:
    """Bodies of requests for activities of one group, ``size`` bytes each as JSON to readers."""

    def __init__(self, padding: int) -> None:
        self._padding = "x" * padding

    @classmethod
    async def sized(cls, publisher: Publisher, group: str, size: int) -> Stamped:
        """Publishes one activity, to see how large it is without padding. Raises TooSmall."""
        answer = await publisher.publish(group, cls(0).body(10**15))
        made = msgspec.json.decode(answer.body, type=_Id)
        seen = await publisher.ask("GET", f"/activities/{made.id}")
        if len(seen.body) > size:
            raise TooSmall(f"{len(seen.body)} bytes without padding, not {size}")
        return cls(size - len(seen.body))

    def body(self, due: int, words: str = "") -> bytes:
        """A body; ``due`` in nanoseconds of the monotonic clock; ``words`` on top of the size."""
        content = f"t={due:016} {self._padding}{words}"
        return msgspec.json.encode({"content": content})
