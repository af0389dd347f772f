"""What filters ask of an activity, worked out once and shared by all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headrace.model.words import fold

if TYPE_CHECKING:
    from collections.abc import Iterator

    from headrace.model.activities import Activity

#: A filter's field (or "word") and one value of it in canonical form.
Key = tuple[str, str]


class Facts:
    """The facts of one activity. ``marks`` are its keys without the words.

    The words are found when first asked for: most filters ask for none.
    """

    __slots__ = ("_content", "_folded", "_keys", "marks")

    def __init__(self, marks: frozenset[Key], content: str) -> None:
        self.marks = marks
        self._content = content
        self._folded: str | None = None
        self._keys: frozenset[Key] | None = None

    @classmethod
    def of(cls, activity: Activity) -> Facts:
        """The facts of this activity."""
        return cls(frozenset(_marks(activity)), activity.content or "")

    @property
    def folded(self) -> str:
        """The content as comparable words, see ``words.fold``."""
        if self._folded is None:
            self._folded = fold(self._content)
        return self._folded

    def keys(self) -> frozenset[Key]:
        """Every key of the activity: what an index of filters is asked with."""
        if self._keys is None:
            self._keys = self.marks.union(("word", word) for word in self.folded.split())
        return self._keys


def _marks(activity: Activity) -> Iterator[Key]:
    yield "type", activity.type
    yield "from", activity.actor.handle
    yield "level", activity.level
    if activity.target is not None:
        yield "group", activity.target
    yield "thread", activity.id
    yield "thread", activity.thread or activity.id
    for tag in activity.tags:
        yield "tag", tag
    for handle in activity.mentions:
        yield "mention", handle
    for part in _parts(activity):
        yield "has", part


def _parts(activity: Activity) -> Iterator[str]:
    content = activity.content or ""
    if activity.attachment:
        yield "attachment"
    if "http://" in content or "https://" in content:
        yield "link"
    if activity.in_reply_to is not None:
        yield "reply"
    if activity.mentions:
        yield "mention"
    if activity.tags:
        yield "tag"
