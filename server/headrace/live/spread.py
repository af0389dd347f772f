"""Bytes to many sessions: by the transport of each, where there is nothing better."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from headrace.live.cohort import Cohort
    from headrace.live.session import Session


#: Cohorts of one stream, and the bytes that everybody in them gets.
Share = tuple["Sequence[Cohort]", bytes]


class Spread:
    """Writes to each session after all that was written to it before."""

    def to_sessions(self, sessions: Collection[Session], data: bytes) -> None:
        """Write the same bytes to each."""
        for session in sessions:
            session.write(data)

    def to_cohorts(self, shares: Sequence[Share]) -> None:
        """Write to everybody in them their share. Nobody is in two cohorts of one stream."""
        for cohorts, data in shares:
            self.to_sessions(members(cohorts), data)


def members(cohorts: Sequence[Cohort]) -> list[Session]:
    """Everybody in them, as they are now: a write may take somebody out."""
    return list(chain.from_iterable(cohort.members for cohort in cohorts))
