"""How much a person may send in a day: what is kept of it, and what is on its way in."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING

from headrace.errors import TooLarge, UploadQuota

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID


class Allowance:
    """``file`` bytes at most for one file, ``day`` bytes for all of a person's within 24 hours.

    What is on its way counts too, or many uploads at once would each find room.
    """

    def __init__(self, *, file: int, day: int) -> None:
        self._file = file
        self._day = day
        self._on_their_way: Counter[UUID] = Counter()

    @contextmanager
    def spend(self, person: UUID, kept: int, declared: int | None) -> Iterator[Upload]:
        """For the time of an upload. ``kept`` is what the person sent within a day.

        Raises TooLarge, UploadQuota, at once where the size is declared.
        """
        upload = Upload(self, person, kept)
        upload.demand(declared or 0)
        try:
            yield upload
        finally:
            self.give_back(person, upload.size)

    def take(self, person: UUID, size: int) -> None:
        """Bytes that came."""
        self._on_their_way[person] += size

    def give_back(self, person: UUID, size: int) -> None:
        """Bytes that are kept now, or thrown away."""
        self._on_their_way[person] -= size
        if self._on_their_way[person] <= 0:
            del self._on_their_way[person]

    def demand(self, person: UUID, size: int, kept: int, more: int) -> None:
        """Raises TooLarge, UploadQuota."""
        if size + more > self._file:
            raise TooLarge(f"the file is larger than {self._file} bytes", most=self._file)
        if kept + self._on_their_way[person] + more > self._day:
            raise UploadQuota(
                f"with this file you would have uploaded more than {self._day} bytes in a day",
                most=self._day,
            )


class Upload:
    """What came of one upload so far."""

    def __init__(self, allowance: Allowance, person: UUID, kept: int) -> None:
        self._allowance = allowance
        self._person = person
        self._kept = kept
        self.size = 0

    def demand(self, more: int) -> None:
        """Whether so many bytes more may come. Raises TooLarge, UploadQuota."""
        self._allowance.demand(self._person, self.size, self._kept, more)

    def count(self, more: int) -> None:
        """So many bytes more came. Raises TooLarge, UploadQuota."""
        self.demand(more)
        self._allowance.take(self._person, more)
        self.size += more
