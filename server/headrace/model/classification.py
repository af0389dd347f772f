"""Rules that raise an activity's level: by what it says, who publishes it and what it carries.

Rules only raise: what is classified again stays where it is.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import re2
from msgspec import Meta

from headrace.errors import Invalid
from headrace.model.activities import Attachment
from headrace.model.detectors import DETECTORS, Detector, plain
from headrace.model.levels import Level, LevelName
from headrace.model.names import plain_name
from headrace.model.words import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

MAX_RULES = 64
#: Of all rules of a scope together: whoever owns a group makes rules, and all nodes compile them.
MAX_PATTERNS = 64

Text = Annotated[str, Meta(min_length=1, max_length=200)]
Texts = Annotated[tuple[Text, ...], Meta(max_length=200)]

_options = re2.Options()
_options.log_errors = False
_options.max_mem = 1 << 18


class Rule(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """Raises to ``level`` what meets all of its conditions; a condition is met by any value.

    ``words``: words and phrases as whole words, without case; ``invoice*`` also finds longer
    ones. ``detects``: numbers and addresses, by their check digits. ``patterns``: regular
    expressions in RE2's syntax (https://github.com/google/re2/wiki/Syntax). These three look at
    the content, the tags and the attachments' names. ``sources``: who published it: ``@handle``,
    ``service`` for any service, or where an import came from (``chat:*``). ``attachments``:
    ``any``, a type (``Document``), a media type (``image/*``) or an ending (``.xlsx``).
    """

    name: Annotated[str, Meta(min_length=1, max_length=64)]
    level: LevelName
    words: Texts = ()
    detects: tuple[Detector, ...] = ()
    patterns: Texts = ()
    sources: Texts = ()
    attachments: Texts = ()


class Classification(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The rules of the organisation or of a group, and the lowest level there is in it."""

    floor: LevelName = "public"
    rules: Annotated[tuple[Rule, ...], Meta(max_length=MAX_RULES)] = ()

    def check(self) -> None:
        """Raises Invalid for a rule that could never hold, or always would, or is there twice,
        and for too many patterns."""
        if sum(len(rule.patterns) for rule in self.rules) > MAX_PATTERNS:
            raise Invalid(f"there are more than {MAX_PATTERNS} patterns", field="patterns")
        seen: set[str] = set()
        for rule in self.rules:
            if rule.name in seen:
                raise Invalid(f"two rules are named “{rule.name}”", field="rules")
            plain_name(rule.name, "rules")
            seen.add(rule.name)
            _check(rule)


class Material(msgspec.Struct, frozen=True, kw_only=True):
    """What rules look at. ``handle`` is the publisher's, ``source`` the import's, if it was one."""

    content: str
    handle: str
    is_service: bool = False
    tags: tuple[str, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    source: str | None = None


class Reason(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What raised a level: the rule of that name, or (null) the lowest level there is; of the
    group, or without one of the organisation."""

    rule: str | None
    group: str | None = None

    def __str__(self) -> str:
        what = "the floor" if self.rule is None else f"“{self.rule}”"
        return f"{what} of {self.group or 'the organisation'}"


class Classified(msgspec.Struct, frozen=True):
    """The level that rules lead to, and those that led to it; none where it was as high before."""

    level: Level
    reasons: tuple[Reason, ...] = ()


class Ruleset:
    """The rules of one scope, ready to be asked. ``group`` is None for the organisation's."""

    def __init__(self, group: str | None, classification: Classification) -> None:
        self._group = group
        self._floor = Level.named(classification.floor)
        self._tests = [_Test(rule) for rule in classification.rules]

    @property
    def top(self) -> Level:
        """The highest level that something may be raised to."""
        return max([self._floor, *(test.level for test in self._tests)])

    def findings(self, seen: _Seen, above: Level) -> Iterator[tuple[Level, Reason]]:
        """What raises above that level, and how far."""
        if self._floor > above:
            yield self._floor, Reason(rule=None, group=self._group)
        for test in self._tests:
            if test.level > above and test.holds(seen):
                yield test.level, Reason(rule=test.name, group=self._group)


class Rulebook:
    """All rules there are: the organisation's hold everywhere, a group's within it.

    ``number`` tells them from those before and after.
    """

    def __init__(self, scopes: Mapping[str | None, Classification], number: int = 0) -> None:
        self.number = number
        self._scopes = scopes
        self._sets: dict[str | None, Ruleset] = {}  # made when first needed: patterns take time

    def has_rules(self, groups: Iterable[str]) -> bool:
        """Whether there is anything in these groups that could raise a level."""
        return not self._scopes.keys().isdisjoint((None, *groups))

    def top(self, group: str) -> Level:
        """The highest level that something in a group may be raised to."""
        return max((found.top for found in self._holding([group])), default=Level.PUBLIC)

    def classify(
        self,
        material: Material,
        groups: Iterable[str],
        level: Level,
        overruled: Sequence[Reason] = (),
    ) -> Classified:
        """The level in these groups, at least the one given. Rules that were overruled for it by
        somebody who may do so raise it no more; floors cannot be."""
        found = [
            (raised, reason)
            for raised, reason in self._findings(material, groups, level)
            if reason.rule is None or reason not in overruled
        ]
        highest = max((raised for raised, _ in found), default=level)
        return Classified(highest, tuple(why for raised, why in found if raised == highest))

    def objections(
        self, material: Material, groups: Iterable[str], level: Level
    ) -> tuple[Reason, ...]:
        """All that would raise it above this level."""
        return tuple(reason for _, reason in self._findings(material, groups, level))

    def _findings(
        self, material: Material, groups: Iterable[str], level: Level
    ) -> list[tuple[Level, Reason]]:
        seen = _Seen(material)
        return [
            finding for rules in self._holding(groups) for finding in rules.findings(seen, level)
        ]

    def _holding(self, groups: Iterable[str]) -> Iterator[Ruleset]:
        for scope in (None, *groups):
            found = self._scopes.get(scope)
            if found is not None:
                if scope not in self._sets:
                    self._sets[scope] = Ruleset(scope, found)
                yield self._sets[scope]


class _Seen:
    """The material, in the forms in which rules look at it; each is made when first needed."""

    def __init__(self, material: Material) -> None:
        self.material = material

    @cached_property
    def plain(self) -> str:
        material = self.material
        names = (text for file in material.attachments for text in (file.name, file.url) if text)
        return plain("\n".join((material.content, *material.tags, *names)))

    @cached_property
    def folded(self) -> str:
        return fold(self.plain)

    @cached_property
    def origins(self) -> frozenset[str]:
        material = self.material
        service = ("service",) if material.is_service else ()
        source = (material.source,) if material.source else ()
        return frozenset((f"@{material.handle}", *service, *source))

    @cached_property
    def files(self) -> frozenset[str]:
        files = self.material.attachments
        return frozenset(text for file in files for text in _marks(file))


class _Test:
    """A rule, compiled."""

    def __init__(self, rule: Rule) -> None:
        self.name = rule.name
        self.level = Level.named(rule.level)
        self._rule = rule
        self._words = tuple(map(_needle, rule.words))
        self._patterns = tuple(map(_compiled, rule.patterns))

    def holds(self, seen: _Seen) -> bool:
        """Whether all conditions are met; the cheap ones are looked at first."""
        rule = self._rule
        return (
            (not rule.sources or _any_matches(rule.sources, seen.origins))
            and (not rule.attachments or _any_matches(rule.attachments, seen.files))
            and (not self._words or any(needle in seen.folded for needle in self._words))
            and (not rule.detects or any(DETECTORS[name](seen.plain) for name in rule.detects))
            and (not self._patterns or any(one.search(seen.plain) for one in self._patterns))
        )


def _check(rule: Rule) -> None:
    if not (rule.words or rule.detects or rule.patterns or rule.sources or rule.attachments):
        raise Invalid(f"rule “{rule.name}” has no condition: set the floor instead", field="rules")
    if rule.level == Level.PUBLIC.label:
        raise Invalid(f"rule “{rule.name}” raises nothing: every level is at least public")
    for word in rule.words:
        if not fold(word):
            raise Invalid(f"rule “{rule.name}”: there is no word in “{word}”", field="words")
    for pattern in rule.patterns:
        _compiled(pattern)


def _compiled(pattern: str) -> Any:
    try:
        compiled = re2.compile(pattern, _options)
    except re2.error as error:
        reason = error.args[0]
        text = reason.decode() if isinstance(reason, bytes) else str(reason)
        raise Invalid(f"the pattern “{pattern}” cannot be read: {text}", field="patterns") from None
    if compiled.search(""):
        raise Invalid(f"the pattern “{pattern}” matches everything", field="patterns")
    return compiled


def _needle(word: str) -> str:
    folded = fold(word)
    return folded[:-1] if word.endswith("*") else folded


def _any_matches(wanted: Iterable[str], there: Iterable[str]) -> bool:
    marks = [mark.casefold() for mark in there]
    return any(fnmatchcase(mark, text.casefold()) for text in wanted for mark in marks)


def _marks(file: Attachment) -> Iterator[str]:
    yield "any"
    yield file.type
    if file.media_type:
        yield file.media_type
    for text in (file.name or "", file.url.partition("?")[0]):
        _, dot, ending = text.rpartition(".")
        if dot and "/" not in ending:
            yield f".{ending}"
