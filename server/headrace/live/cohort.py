"""Cohorts: the connections that get the same bytes.

Readers of one stream with the same filter and the same format form a cohort. Filters are
evaluated and frames are made once per cohort; what remains per connection is one write.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from headrace.live.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from collections.abc import Set as AbstractSet

    from headrace.live.frames import Broadcast, Wire
    from headrace.live.hub import Stream
    from headrace.live.session import Session
    from headrace.model.facts import Facts, Key
    from headrace.model.filters import Filter


class Cohort:
    """Members get every entry from now on that passes the filter.

    ``told`` is the last number of which every member knows: the last entry that passed, the last
    checkpoint, or the position at which the cohort began. ``expected`` counts those who catch up
    and will come (back).
    """

    __slots__ = ("expected", "filter", "form", "members", "stream", "told")

    def __init__(self, stream: Stream, chosen: Filter, form: Wire, position: int) -> None:
        self.stream = stream
        self.filter = chosen
        self.form = form
        # A dict, because a set of this size takes twice the memory per member.
        self.members: dict[Session, None] = {}
        self.told = position
        self.expected = 0

    def take(self, item: Broadcast) -> bytes:
        """The frame of an entry that passed; from now on the members know of it."""
        frame = item.frame(self.form, self.told)
        self.told = item.entry.seq
        return frame


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

    def route(self, items: Sequence[Broadcast]) -> dict[Cohort, list[bytes]]:
        """For each cohort that something passes to: the frames, in order."""
        routed: dict[Cohort, list[bytes]] = {}
        for item in items:
            candidates = self._candidates(item.facts)
            self._tally.evaluations += len(candidates)
            for cohort in candidates:
                if cohort.filter.accepts(item.facts):
                    routed.setdefault(cohort, []).append(cohort.take(item))
        return routed

    def _candidates(self, facts: Facts) -> AbstractSet[Cohort]:
        if not self._by_key:
            return self._others
        found = set(self._others)
        for key in facts.keys():  # noqa: SIM118 (not a dict: the facts' keys)
            found |= self._by_key.get(key, _NOBODY)
        return found

    def _shelves(self, cohort: Cohort) -> list[set[Cohort]]:
        keys = cohort.filter.key_terms()
        if keys is None:
            return [self._others]
        return [self._by_key.setdefault(key, set()) for key in keys]


_NOBODY: frozenset[Cohort] = frozenset()
