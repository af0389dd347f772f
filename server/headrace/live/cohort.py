"""Cohorts: the connections that get the same bytes.

Readers of one stream with the same filter and the same format form a cohort. Filters are
evaluated once per cohort, and frames are made once for all cohorts that were last told of the same
number; what remains per connection is one write.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from headrace.live.tally import Tally

if TYPE_CHECKING:
    from array import array
    from collections.abc import Collection, Iterator, Sequence

    from headrace.live.frames import Broadcast, Wire
    from headrace.live.session import Session
    from headrace.live.stream import Stream
    from headrace.model.facts import Facts, Key
    from headrace.model.filters import Filter


class Cohort:
    """Members get every entry from now on that passes the filter.

    ``told`` is the last number of which every member knows: the last entry that passed, the last
    checkpoint, or the position at which the cohort began. ``expected`` counts those who catch up
    and will come (back). ``sockets`` are those of the members, in their order, as long as nothing
    waits in any of their transports; None where that is not so, or not known: who asked all of
    them may keep the answer here.
    """

    __slots__ = ("expected", "filter", "form", "is_sure", "members", "sockets", "stream", "told")

    def __init__(self, stream: Stream, chosen: Filter, form: Wire, position: int) -> None:
        self.stream = stream
        self.filter = chosen
        self.form = form
        # A dict, because a set of this size takes twice the memory per member.
        self.members: dict[Session, None] = {}
        self.told = position
        self.expected = 0
        self.is_sure = chosen.is_found_by_keys
        self.sockets: array[int] | None = None

    def add(self, session: Session) -> None:
        """One who gets everything from now on."""
        self.members[session] = None
        self.sockets = None

    def remove(self, session: Session) -> None:
        """Take somebody out, if in it."""
        self.members.pop(session, None)
        self.sockets = None


class Cohorts:
    """The cohorts of one stream, found by what an entry contains.

    A filter that demands a tag, a mention, a person or a word is filed under it, and only looked
    at when an entry has it; so an entry costs what it matches, not what there is.
    """

    __slots__ = ("_by_key", "_by_view", "_others", "_tally")

    def __init__(self, tally: Tally | None = None) -> None:
        self._tally = tally or Tally()
        self._by_view: dict[tuple[str, Wire], Cohort] = {}
        self._by_key: dict[Key, set[Cohort]] = {}
        self._others: set[Cohort] = set()

    def __len__(self) -> int:
        return len(self._by_view)

    def __iter__(self) -> Iterator[Cohort]:
        return iter(self._by_view.values())

    def join(self, stream: Stream, chosen: Filter, form: Wire) -> Cohort:
        """The cohort of that filter and format, new if there is none."""
        view = (chosen.canonical, form)
        cohort = self._by_view.get(view)
        if cohort is None:
            cohort = self._by_view[view] = Cohort(stream, chosen, form, stream.flushed)
            for shelf in self._shelves(cohort):
                shelf.add(cohort)
        return cohort

    def drop_if_empty(self, cohort: Cohort) -> None:
        """Forget a cohort that nobody is in and nobody will come back to."""
        if cohort.members or cohort.expected:
            return
        if self._by_view.pop((cohort.filter.canonical, cohort.form), None) is None:
            return
        for shelf in self._shelves(cohort):
            shelf.discard(cohort)
        for key in cohort.filter.key_terms() or ():
            if not self._by_key[key]:
                del self._by_key[key]

    def route(self, items: Sequence[Broadcast]) -> dict[tuple[bytes, ...], list[Cohort]]:
        """Frames, in order, and the cohorts that get these and no others.

        From now on the members know of them.
        """
        frames: dict[Cohort, list[bytes]] = defaultdict(list)
        for item in items:
            for (form, told), cohorts in _alike(self._passing(item.facts)).items():
                frame = item.frame(form, told)
                for cohort in cohorts:
                    cohort.told = item.entry.seq
                    frames[cohort].append(frame)
        routed: dict[tuple[bytes, ...], list[Cohort]] = defaultdict(list)
        for cohort, mine in frames.items():
            routed[tuple(mine)].append(cohort)
        return routed

    def _passing(self, facts: Facts) -> list[Cohort]:
        """The cohorts, each once though it may be filed under several keys."""
        found = self._asked(self._others, facts)
        if self._by_key:
            for key in facts.keys():  # noqa: SIM118 (not a dict: the facts' keys)
                if shelf := self._by_key.get(key):
                    found += self._asked(shelf, facts)
        return list(dict.fromkeys(found))

    def _asked(self, cohorts: Collection[Cohort], facts: Facts) -> list[Cohort]:
        self._tally.evaluations += len(cohorts)
        return [c for c in cohorts if c.is_sure or c.filter.accepts(facts)]

    def _shelves(self, cohort: Cohort) -> list[set[Cohort]]:
        keys = cohort.filter.key_terms()
        if keys is None:
            return [self._others]
        return [self._by_key.setdefault(key, set()) for key in keys]


def _alike(cohorts: Sequence[Cohort]) -> dict[tuple[Wire, int], list[Cohort]]:
    """Those that get the same frame of an entry: by format, and what they know already."""
    alike: dict[tuple[Wire, int], list[Cohort]] = defaultdict(list)
    for cohort in cohorts:
        alike[cohort.form, cohort.told].append(cohort)
    return alike
