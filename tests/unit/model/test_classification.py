"""Rules raise levels, say which of them did, and never lower any."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headrace.errors import Invalid
from headrace.model.activities import Attachment
from headrace.model.classification import (
    Classification,
    Material,
    Reason,
    Rule,
    Rulebook,
)
from headrace.model.levels import Level

IBAN = "DE89 3704 0044 0532 0130 00"


def rule(name: str = "rule", level: Any = "confidential", **conditions: Any) -> Rule:
    return Rule(name=name, level=level, **conditions)


def holds(tested: Rule, content: str = "", **fields: Any) -> bool:
    """Whether the rule raises something public."""
    book = Rulebook({None: Classification(rules=(tested,))})
    seen = Material(content=content, **{"handle": "mia"} | fields)
    return book.classify(seen, ["qm"], Level.PUBLIC).level > Level.PUBLIC


def file(**fields: Any) -> tuple[Attachment, ...]:
    return (Attachment(**{"url": "https://files.example/x"} | fields),)


@pytest.mark.parametrize(
    ("word", "text", "expected"),
    [
        ("salary", "the SALARY, once more", True),
        ("salary", "salaries", False),
        ("salar*", "salaries", True),
        ("salar*", "the basalary", False),
        ("project falcon", "Project  *Falcon*!", True),
        ("project falcon", "project for falcon", False),
        ("gehalt*", "Die Gehaltsliste", True),
        ("straße", "STRASSE", True),
        ("c++", "c", True),
    ],
)
def test_words_are_found_whole_and_without_case(word: str, text: str, expected: bool) -> None:
    assert holds(rule(words=(word,)), text) is expected


def test_words_numbers_and_patterns_are_looked_for_in_tags_and_names_of_files_too() -> None:
    assert holds(rule(words=("falcon",)), tags=("falcon",))
    assert holds(rule(words=("falcon",)), attachments=file(name="falcon plan.pdf"))
    assert holds(rule(detects=("iban",)), attachments=file(name=f"{IBAN}.pdf"))
    assert not holds(rule(words=("falcon",)), attachments=file(name="plan.pdf"))


def test_what_stands_in_two_places_makes_no_number_together() -> None:
    assert not holds(rule(detects=("iban",)), "DE89 3704 0044 0532", tags=("0130 00",))


@pytest.mark.parametrize(
    ("source", "fields", "expected"),
    [
        ("@ci", {"handle": "ci"}, True),
        ("@ci", {"handle": "cis"}, False),
        ("@ci-*", {"handle": "ci-nightly"}, True),
        ("service", {"is_service": True}, True),
        ("service", {}, False),
        ("chat:*", {"source": "chat:general"}, True),
        ("chat:*", {}, False),
        ("service", {"source": "service-desk"}, False),
    ],
)
def test_a_source_is_who_published_or_where_it_came_from(
    source: str, fields: dict[str, Any], expected: bool
) -> None:
    assert holds(rule(sources=(source,)), **fields) is expected


@pytest.mark.parametrize(
    ("wanted", "fields", "expected"),
    [
        ("any", {}, True),
        ("image", {"type": "Image"}, True),
        ("Image", {}, False),
        ("image/*", {"media_type": "image/png"}, True),
        (".XLSX", {"name": "Gehälter.xlsx"}, True),
        (".pdf", {"url": "https://files.example/plan.PDF?x=.png"}, True),
        (".png", {"url": "https://files.example/plan.PDF?x=.png"}, False),
        (".example/x", {}, False),
    ],
)
def test_an_attachment_is_known_by_type_media_type_or_ending(
    wanted: str, fields: dict[str, Any], expected: bool
) -> None:
    assert holds(rule(attachments=(wanted,)), attachments=file(**fields)) is expected


def test_without_attachments_no_rule_about_them_holds() -> None:
    assert not holds(rule(attachments=("any",)), "any")


def test_a_pattern_is_looked_for_in_the_plain_text() -> None:
    assert holds(rule(patterns=(r"PRJ-\d{4}",)), "about PRJ\u20130815")
    assert not holds(rule(patterns=(r"PRJ-\d{4}",)), "about PRJ-815")


def test_conditions_of_different_kinds_have_to_hold_together() -> None:
    both = rule(words=("salary", "bonus"), sources=("@ci", "@mia"))
    assert holds(both, "bonus", handle="ci")
    assert not holds(both, "bonus", handle="jonas")
    assert not holds(both, "lunch", handle="ci")


def test_the_highest_level_wins_and_its_rules_are_named() -> None:
    book = Rulebook(
        {
            None: Classification(rules=(rule("bank", detects=("iban",)),)),
            "qm": Classification(
                floor="internal",
                rules=(rule("pay", words=("pay",)), rule("low", "internal", words=("pay",))),
            ),
            "lab": Classification(floor="confidential"),
        }
    )
    found = book.classify(Material(content=f"pay {IBAN}", handle="mia"), ["qm"], Level.PUBLIC)
    assert found.level is Level.CONFIDENTIAL
    assert found.reasons == (Reason(rule="bank"), Reason(rule="pay", group="qm"))
    floor = book.classify(Material(content="lunch", handle="mia"), ["qm"], Level.PUBLIC)
    assert (floor.level, floor.reasons) == (Level.INTERNAL, (Reason(rule=None, group="qm"),))
    elsewhere = book.classify(Material(content="pay", handle="mia"), ["other"], Level.PUBLIC)
    assert (elsewhere.level, elsewhere.reasons) == (Level.PUBLIC, ())
    crossed = book.classify(Material(content="pay", handle="mia"), ["other", "lab"], Level.PUBLIC)
    assert crossed.reasons == (Reason(rule=None, group="lab"),)
    assert [book.top(name) for name in ("qm", "lab", "other")] == [Level.CONFIDENTIAL] * 3


def test_a_rule_that_was_overruled_raises_no_more_but_a_floor_does() -> None:
    rules = Classification(floor="internal", rules=(rule("pay", words=("pay",)),))
    book = Rulebook({"qm": rules})
    seen = Material(content="pay", handle="mia")
    against = book.objections(seen, ["qm"], Level.PUBLIC)
    assert set(against) == {Reason(rule=None, group="qm"), Reason(rule="pay", group="qm")}
    found = book.classify(seen, ["qm"], Level.PUBLIC, against)
    assert (found.level, found.reasons) == (Level.INTERNAL, (Reason(rule=None, group="qm"),))


def test_a_reason_can_be_said() -> None:
    assert str(Reason(rule="bank")) == "“bank” of the organisation"
    assert str(Reason(rule=None, group="qm")) == "the floor of qm"


@pytest.mark.parametrize(
    "rules",
    [
        (rule(),),
        (rule("one", words=("x",)), rule("one", words=("y",))),
        (rule(words=("...",)),),
        (rule(level="public", words=("x",)),),
        (rule(patterns=("(",)),),
        (rule(patterns=(r"\d*",)),),
        (rule(patterns=("a{1000}{1000}",)),),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(rules: tuple[Rule, ...]) -> None:
    with pytest.raises(Invalid):
        Classification(rules=rules).check()


def test_a_pattern_that_would_take_for_ever_elsewhere_is_answered_at_once() -> None:
    assert not holds(rule(patterns=("(a+)+$",)), "a" * 50_000 + "b")


def test_patterns_are_few_enough_for_the_nodes_that_compile_them() -> None:
    """Anybody may found a group, and its rules are compiled wherever something is published."""
    many = tuple(f"a{number}" for number in range(33))
    one, other = rule("one", patterns=many), rule("other", patterns=many[:31])
    Classification(rules=(one, other)).check()
    with pytest.raises(Invalid, match="64 patterns"):
        Classification(rules=(one, rule("other", patterns=many))).check()


def test_a_pattern_that_grows_beyond_what_a_node_spares_is_refused() -> None:
    with pytest.raises(Invalid, match="too large"):
        Classification(rules=(rule(patterns=(r"\pL{20}x",)),)).check()


def test_the_rules_of_a_group_cost_nothing_where_nobody_publishes() -> None:
    """What cannot even be compiled does no harm in other groups."""
    broken = Classification(rules=(rule(patterns=("(",)),))
    book = Rulebook({"qm": Classification(floor="internal"), "elsewhere": broken})
    seen = Material(content="hello", handle="mia")
    assert book.classify(seen, ["qm"], Level.PUBLIC).level is Level.INTERNAL
    with pytest.raises(Invalid):
        book.classify(seen, ["elsewhere"], Level.PUBLIC)


def test_a_book_knows_where_it_has_nothing_to_say() -> None:
    book = Rulebook({"qm": Classification(floor="internal")})
    assert book.has_rules(["elsewhere", "qm"])
    assert not book.has_rules(["elsewhere"])
    assert Rulebook({None: Classification(floor="internal")}).has_rules(["elsewhere"])


# Whatever rules and texts there are.

words = st.sampled_from(
    ["pay", "bonus", "lunch", "falcon", IBAN, "4111111111111111", "a@b.example"]
)
texts = st.lists(words, max_size=5).map(" ".join)
levels = st.sampled_from(list(Level))
rules = st.builds(
    Rule,
    name=st.sampled_from(["one", "two", "three"]),
    level=st.sampled_from(["internal", "confidential"]),
    words=st.lists(st.sampled_from(["pay", "bon*"]), max_size=1).map(tuple),
    detects=st.lists(st.sampled_from(["iban", "card", "email"]), max_size=1).map(tuple),
    sources=st.lists(st.sampled_from(["@mia", "service"]), min_size=1, max_size=2).map(tuple),
)
scopes = st.builds(
    Classification,
    floor=st.sampled_from(["public", "internal", "confidential"]),
    rules=st.lists(rules, max_size=3, unique_by=lambda one: one.name).map(tuple),
)
books = st.dictionaries(st.sampled_from([None, "qm", "lab"]), scopes).map(Rulebook)
materials = st.builds(
    Material, content=texts, handle=st.sampled_from(["mia", "jonas"]), is_service=st.booleans()
)


@given(books, materials, levels)
def test_a_level_is_never_lowered_and_is_raised_for_a_reason(
    book: Rulebook, seen: Material, level: Level
) -> None:
    found = book.classify(seen, ["qm"], level)
    assert found.level >= level
    assert bool(found.reasons) is (found.level > level)
    assert found.level <= max(level, book.top("qm"))


@given(books, materials, levels)
def test_what_was_classified_stays_where_it_is(
    book: Rulebook, seen: Material, level: Level
) -> None:
    once = book.classify(seen, ["qm"], level)
    again = book.classify(seen, ["qm"], once.level)
    assert (again.level, again.reasons) == (once.level, ())


@given(books, materials, levels, texts)
def test_who_says_more_is_never_classified_lower(
    book: Rulebook, seen: Material, level: Level, more: str
) -> None:
    longer = msgspec.structs.replace(seen, content=f"{seen.content}\n{more}")
    assert book.classify(longer, ["qm"], level).level >= book.classify(seen, ["qm"], level).level


@given(books, materials, levels, levels)
def test_a_higher_wish_never_leads_lower(
    book: Rulebook, seen: Material, one: Level, other: Level
) -> None:
    low, high = sorted((one, other))
    assert book.classify(seen, ["qm"], high).level >= book.classify(seen, ["qm"], low).level


@given(books, materials)
def test_who_posts_in_more_groups_is_never_classified_lower(book: Rulebook, seen: Material) -> None:
    both = book.classify(seen, ["qm", "lab"], Level.PUBLIC).level
    assert both == max(book.classify(seen, [name], Level.PUBLIC).level for name in ("qm", "lab"))
