"""How much a person may send in a day: what is kept of it, and what is on its way in."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING

from headrace.errors import TooLarge, TooManyRequests, UploadQuota

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID


class Allowance:
    """``file`` bytes at most for one file, ``day`` bytes for all of a person's within 24 hours,
    ``at_once`` of their uploads at the same time.

    What is on its way counts too, with the size that it says it will have: or many uploads at once
    would each find room, and the largest would be refused last. Other nodes do not count what is
    on its way here; what all of it comes to is for the log to say (see log/files.py).
    """

    def __init__(self, *, file: int, day: int, at_once: int) -> None:
        self._file = file
        self._day = day
        self._at_once = at_once
        self._open: Counter[UUID] = Counter()
        self._on_their_way: Counter[UUID] = Counter()

    @contextmanager
    def spend(self, person: UUID, kept: int, declared: int | None) -> Iterator[Upload]:
        """For the time of an upload. ``kept`` is what the person sent within a day.

        Raises TooLarge, UploadQuota, at once where the size is declared; and TooManyRequests.
        """
        if self._open[person] >= self._at_once:
            raise TooManyRequests(f"you are uploading {self._at_once} files already: wait for one")
        upload = Upload(self, person, kept)
        upload.reserve(declared or 0)
        self._open[person] += 1
        try:
            yield upload
        finally:
            self._on_their_way[person] -= upload.reserved
            self._open[person] -= 1
            if not self._open[person]:
                del self._open[person], self._on_their_way[person]

    def take(self, upload: Upload, size: int) -> None:
        """Bytes that come, or will. Raises TooLarge, UploadQuota."""
        if upload.reserved + size > self._file:
            raise TooLarge(f"the file is larger than {self._file} bytes", most=self._file)
        if upload.kept + self._on_their_way[upload.person] + size > self._day:
            raise self.used_up()
        self._on_their_way[upload.person] += size

    def used_up(self) -> UploadQuota:
        """What somebody is told for whom there is no room today."""
        return UploadQuota(
            f"with this file you would have uploaded more than {self._day} bytes in a day",
            most=self._day,
        )


class Upload:
    """What came of one upload so far, and the room that is kept for it."""

    def __init__(self, allowance: Allowance, person: UUID, kept: int) -> None:
        self._allowance = allowance
        self._size = 0
        self.person = person
        self.kept = kept
        self.reserved = 0

    def reserve(self, more: int) -> None:
        """Keep room for so many bytes more. Raises TooLarge, UploadQuota."""
        self._allowance.take(self, more)
        self.reserved += more

    def count(self, more: int) -> None:
        """So many bytes more came. Raises TooLarge, UploadQuota."""
        self._size += more
        if self._size > self.reserved:
            self.reserve(self._size - self.reserved)
