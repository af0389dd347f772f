"""What was published according to its receipts, what readers saw, and every breach."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_MOST_COMPLAINTS = 1_000


class Posted(NamedTuple):
    """An activity with a receipt."""

    seq: int
    id: str
    tag: str


class Ledger:
    """Shared by all users of a process. ``on_breach`` is told each breach in words, once."""

    def __init__(self, on_breach: Callable[[str], None]) -> None:
        self.breaches: list[str] = []
        self._on_breach = on_breach
        self._posted: dict[str, dict[int, Posted]] = defaultdict(dict)
        self._ids: dict[tuple[str, int], str] = {}

    def breach(self, text: str) -> None:
        """Something happened that the protocol forbids."""
        if len(self.breaches) < _MOST_COMPLAINTS:
            self.breaches.append(text)
        self._on_breach(text)

    def post(self, stream: str, posted: Posted) -> None:
        """A receipt says that this is now in the stream."""
        self.see(stream, posted.seq, posted.id)
        self._posted[stream][posted.seq] = posted

    def see(self, stream: str, seq: int, activity: str) -> None:
        """Somebody got this. The same number of a stream is the same activity for everybody."""
        known = self._ids.setdefault((stream, seq), activity)
        if known != activity:
            self.breach(f"two activities with number {seq} of {stream}: {known} and {activity}")

    def due(self, stream: str, after: int) -> Iterator[Posted]:
        """What was published in a stream after a number, newest first."""
        posted = self._posted.get(stream, {})
        return (posted[seq] for seq in sorted(posted, reverse=True) if seq > after)

    def head(self, stream: str) -> int:
        """The highest number with a receipt; -1 if there is none."""
        return max(self._posted.get(stream, {}), default=-1)
