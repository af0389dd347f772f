"""The same bytes to many sessions: by the transport of each, where there is nothing better."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from headrace.live.cohort import Cohort
    from headrace.live.session import Session


class Spread:
    """Writes to each session after all that was written to it before."""

    def to_sessions(self, sessions: Collection[Session], data: bytes) -> None:
        """Write the same bytes to each."""
        for session in sessions:
            session.write(data)

    def to_cohorts(self, cohorts: Sequence[Cohort], data: bytes) -> None:
        """Write the same bytes to everybody in them. Nobody is in two cohorts of one stream."""
        self.to_sessions(members(cohorts), data)


def members(cohorts: Sequence[Cohort]) -> list[Session]:
    """Everybody in them, as they are now: a write may take somebody out."""
    return list(chain.from_iterable(cohort.members for cohort in cohorts))
