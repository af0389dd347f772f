"""The one filter language: what it takes, what it says no to, what it finds."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headrace.errors import FilterSyntax
from headrace.model import filters as language
from headrace.model.activities import Activity, Attachment
from headrace.model.filters import Facts, Filter, parse
from headrace.model.people import Actor
from tests.filter_strategies import NOW, activities, filters, read, signed_terms, terms

if TYPE_CHECKING:
    from random import Random

THREAD = "01890a5d-ac96-774b-bcce-b302099a8057"
REPLY = "01890a5d-ac96-774b-bcce-b302099a8058"

AUDIT = Activity(
    id=REPLY,
    type="Create",
    actor=Actor(id="p1", type="Person", name="Anna Groß", handle="anna"),
    target="platform",
    level="internal",
    published=NOW,
    content="Die Prüfung der Hauptstraße beginnt: https://x.de #audit @bob",
    in_reply_to=THREAD,
    thread=THREAD,
    tags=("audit", "zwei wörter"),
    mentions=("bob",),
    attachment=(Attachment(url="https://x.de/a.pdf"),),
)
BARE = Activity(
    id=THREAD,
    type="Join",
    actor=Actor(id="p2", type="Service", name="CI", handle="ci"),
    target="ops",
    level="public",
    published=NOW,
)


def column_of(text: str, *, me: str | None = None) -> int:
    with pytest.raises(FilterSyntax) as caught:
        parse(text, me=me)
    return caught.value.column


def filter_or_column(text: str) -> Filter | int:
    try:
        return parse(text)
    except FilterSyntax as error:
        return error.column


def message_of(text: str) -> str:
    with pytest.raises(FilterSyntax) as caught:
        parse(text)
    return caught.value.message


# What passes


@pytest.mark.parametrize(
    "text",
    [
        "",
        "prüfung",
        "HAUPTSTRASSE",
        '"prüfung der hauptstraße"',
        "x.de",
        "-entwurf",
        "type:create",
        "type:Announce,Create",
        "-type:Join",
        "tag:audit",
        "tag:#Audit",
        'tag:"Zwei  wörter","ZWEI WÖRTER"',
        "from:anna",
        "from:@Anna",
        "mention:@bob",
        "level:Internal",
        "group:platform",
        f"thread:{THREAD}",
        f"thread:{REPLY.upper()}",
        "has:attachment",
        "has:link",
        "has:reply",
        "has:mention",
        "has:tag",
        'Type:Create tag:audit -from:@ci mention:bob "beginnt https"',
    ],
)
def test_an_activity_passes(text: str) -> None:
    assert parse(text).matches(AUDIT)


@pytest.mark.parametrize(
    "text",
    [
        "prüf",
        "straße",
        '"hauptstraße der prüfung"',
        "-prüfung",
        "type:Announce,Join",
        "-type:Create",
        "tag:audi",
        "-tag:audit",
        "from:bob",
        "mention:anna",
        "level:public,confidential",
        "group:ops",
        "thread:01890a5d-ac96-774b-bcce-b302099a8059",
        "-has:link,attachment",
        "type:Create tag:nothing",
        "type:Create -from:@anna",
    ],
)
def test_an_activity_does_not_pass(text: str) -> None:
    assert not parse(text).matches(AUDIT)


@pytest.mark.parametrize("part", ["attachment", "link", "reply", "mention", "tag"])
def test_an_activity_without_content_has_no_parts(part: str) -> None:
    assert not parse(f"has:{part}").matches(BARE)
    assert parse(f"-has:{part}").matches(BARE)


def test_a_link_in_the_content_alone_makes_a_link() -> None:
    linked = msgspec.structs.replace(BARE, content="http://x.de")
    assert parse("has:link").matches(linked)


def test_a_thread_holds_its_first_activity_and_the_replies() -> None:
    thread = parse(f"thread:{THREAD}")
    assert thread.matches(BARE)
    assert thread.matches(AUDIT)


def test_the_asker_is_me() -> None:
    assert parse("from:me", me="anna") == parse("from:anna")
    assert parse("mention:@ME", me="bob").matches(AUDIT)


def test_a_quoted_me_is_the_handle() -> None:
    assert parse('from:"me"', me="anna").canonical == 'from:"me"'


def test_an_empty_filter_is_false_and_any_other_true() -> None:
    assert not parse(" \t")
    assert parse("x")


@given(terms, activities())
def test_a_negated_term_holds_exactly_where_the_term_does_not(
    term: str, activity: Activity
) -> None:
    assert read(f"-{term}").matches(activity) is not read(term).matches(activity)


@given(st.lists(signed_terms, max_size=4), activities())
def test_a_filter_passes_what_each_of_its_terms_passes(
    texts: list[str], activity: Activity
) -> None:
    each = [read(text).matches(activity) for text in texts]
    assert read(" ".join(texts)).matches(activity) is all(each)


# The canonical form


def test_the_canonical_form_is_sorted_unquoted_and_without_duplicates() -> None:
    text = 'b-c "Audit" TYPE:create,"Announce",Create from:@CI -tag:#B,"a b" audit'
    assert parse(text).canonical == 'from:ci -tag:"a b",b type:Announce,Create audit "b c"'


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a b", "b  a\na"),
        ("tag:a,b", 'tag:B,"#a",b'),
        ("type:create", "TYPE:CREATE"),
        ("STRASSE", "Straße"),
        ("foo-bar", '"Foo bar"'),
        (f"thread:{THREAD}", f"thread:{THREAD.upper()}"),
        ("tag:x", 'tag:"# x"'),
    ],
)
def test_equal_filters_have_equal_text_and_hash(one: str, other: str) -> None:
    assert parse(one) == parse(other)
    assert parse(one).canonical == parse(other).canonical
    assert hash(parse(one)) == hash(parse(other))


@given(filters)
def test_the_canonical_text_makes_the_same_filter(made: Filter) -> None:
    assert parse(made.canonical) == made
    assert parse(made.canonical).canonical == made.canonical


@given(st.text(max_size=40) | st.text('ab":,-\\ #@', max_size=20))
def test_any_text_is_a_filter_or_an_error_with_a_column_in_it(text: str) -> None:
    made = filter_or_column(text)
    if isinstance(made, int):
        assert 1 <= made <= len(text) + 1
    else:
        assert parse(made.canonical) == made


@given(st.lists(signed_terms, max_size=4), st.randoms())
def test_the_order_of_terms_is_of_no_account(texts: list[str], chance: Random) -> None:
    shuffled = chance.sample(texts, len(texts))
    assert read(" ".join(shuffled)).canonical == read(" ".join(texts)).canonical


# The index of filters


def test_the_most_selective_positive_term_gives_the_keys() -> None:
    made = parse(f"type:Create level:public audit tag:a,b thread:{THREAD}")
    assert made.key_terms() == frozenset({("thread", THREAD)})
    assert parse("type:Create tag:a,b -from:ci").key_terms() == frozenset(
        {("tag", "a"), ("tag", "b")}
    )


def test_a_phrase_is_indexed_by_its_first_word() -> None:
    assert parse('"vier Augen"').key_terms() == frozenset({("word", "vier")})


@pytest.mark.parametrize("text", ["", "-type:Create", "-draft -from:ci"])
def test_without_a_positive_term_there_are_no_keys(text: str) -> None:
    assert parse(text).key_terms() is None


@given(filters, activities())
def test_an_activity_that_passes_has_a_key_of_the_filter(made: Filter, activity: Activity) -> None:
    facts = Facts.of(activity)
    keys = made.key_terms()
    assert not made.accepts(facts) or keys is None or keys & facts.keys()


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        ("", True),
        ("tag:a,b", True),
        ("mention:bob", True),
        ("word", True),
        ("two words", False),
        ('"two words"', False),
        ("foo-bar", False),
        ("-tag:a", False),
        ("tag:a -tag:b", False),
        ("tag:a from:ci", False),
    ],
)
def test_a_single_term_that_is_no_phrase_asks_for_its_keys_only(text: str, is_found: bool) -> None:
    assert parse(text).is_found_by_keys is is_found


@given(filters, activities())
def test_whom_keys_find_accepts(made: Filter, activity: Activity) -> None:
    facts = Facts.of(activity)
    keys = made.key_terms()
    if made.is_found_by_keys:
        assert made.accepts(facts) is (keys is None or bool(keys & facts.keys()))


@given(terms, activities())
def test_a_term_can_always_be_indexed(term: str, activity: Activity) -> None:
    """Stronger than the above for single terms: no key, no match."""
    keys = read(term).key_terms()
    assert keys is not None
    facts = Facts.of(activity)
    assert read(term).accepts(facts) <= bool(keys & facts.keys())


def test_facts_know_every_word_once_folded() -> None:
    expected = {("word", word) for word in ("prüfung", "hauptstrasse", "audit", "bob")}
    assert expected <= Facts.of(AUDIT).keys()


# What is said no to, and where


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("a typ:Create", 3),
        ("-typ:Create", 2),
        ("https://x.de", 1),
        (":x", 1),
        ("type:Create,Crate", 13),
        ("level:secret", 7),
        ("has:image", 5),
        ("tag:", 5),
        ("tag: a", 5),
        ('tag:""', 5),
        ("tag:a,,b", 7),
        ("tag:a,", 7),
        ("tag:#", 5),
        ("from:@", 6),
        ("from:a@x.de", 6),
        ("group:-", 7),
        ("thread:7", 8),
        ('a "b c', 3),
        ('tag:"a', 5),
        ('"a\\"', 1),
        ('"a"b', 4),
        ('a"b"', 2),
        ('tag:a"b"', 6),
        ("-", 1),
        ("a - b", 3),
        ("--a", 1),
        ("a !!!", 3),
        ("-🎉", 2),
        ('""', 1),
        ("a\0b", 2),
        ("ab\ud800", 3),
        ("from:ci,me", 9),
    ],
)
def test_an_error_points_at_the_column(text: str, column: int) -> None:
    assert column_of(text) == column


def test_the_nearest_name_is_suggested() -> None:
    assert "“type”" in message_of("typ:Create")
    assert "“Create”" in message_of("type:crate")
    assert "“attachment”" in message_of("has:attachments")


def test_a_name_that_is_near_to_none_gets_the_list() -> None:
    assert "public, internal, confidential" in message_of("level:geheim")
    assert "from, mention" in message_of("https://x.de")


@pytest.mark.parametrize(
    ("text", "reason", "values"),
    [
        ("a" * 2001, "too_long", {"limit": 2000}),
        ("a " + "\ufdfa" * 200, "too_long", {"limit": 2000}),
        ("a " * 33, "too_many_terms", {"limit": 32}),
        ("tag:" + ",".join(map(str, range(65))), "too_many_values", {"limit": 64}),
        ("a\0b", "forbidden_character", {}),
        ("a - b", "loose_minus", {}),
        ("tag:", "missing_value", {}),
        ('"four eyes', "open_quote", {}),
        ('"four"eyes', "missing_blank", {}),
        ("from:me", "no_asker", {}),
        ("a !", "no_word", {"value": "!"}),
        ("from:@a/b", "no_handle", {"value": "a/b"}),
        ("group:a/b", "no_group_name", {"value": "a/b"}),
        ("thread:7", "no_activity_id", {"value": "7"}),
        ("typ:Create", "unknown_field", {"value": "typ", "nearest": "type"}),
        ("type:Crate", "unknown_type", {"value": "Crate", "nearest": "Create"}),
        ("level:geheim", "unknown_level", {"value": "geheim"}),
        ("has:Anhang", "unknown_part", {"value": "Anhang"}),
    ],
)
def test_an_error_has_a_reason_and_values_for_texts_in_any_language(
    text: str, reason: str, values: dict[str, object]
) -> None:
    with pytest.raises(FilterSyntax) as caught:
        parse(text)
    details = dict(caught.value.details)
    assert ("choices" in details) == reason.startswith("unknown_")
    details.pop("choices", None)
    assert details == {"column": caught.value.column, "reason": reason, **values}


def test_every_name_there_is_is_told_where_one_is_unknown() -> None:
    with pytest.raises(FilterSyntax) as caught:
        parse("level:geheim")
    assert caught.value.details["choices"] == ["public", "internal", "confidential"]


def test_only_so_many_terms_are_taken() -> None:
    assert len(parse(" ".join(f"w{n}" for n in range(32))).terms) == 32
    assert column_of("a " * 33) == 65


def test_only_so_many_values_are_taken() -> None:
    values = ",".join(f"{n:02}" for n in range(64))
    assert len(parse(f"tag:{values}").terms[0].values) == 64
    assert column_of(f"tag:{values},x") == len(f"tag:{values},") + 1


def test_only_so_many_characters_are_taken() -> None:
    assert parse("a" * 2000)
    assert column_of("a" * 2001) == 2001


def test_a_filter_that_folding_makes_too_long_is_refused() -> None:
    """U+FDFA folds to four words with 18 characters."""
    assert column_of("a " + "\ufdfa" * 200) == 3


def test_a_duplicate_does_not_count_towards_the_length() -> None:
    long = "\ufdfa" * 60
    assert parse(f"{long} {long}") == parse(long)


# The documentation


def examples() -> list[str]:
    shown = re.findall(
        r"^    (\S.*?)(?:   .*)?$", (language.__doc__ or "").split("grammar")[0], re.M
    )
    assert len(shown) > 10
    return shown


@pytest.mark.parametrize("text", examples())
def test_the_examples_of_the_documentation_are_filters(text: str) -> None:
    assert parse(text, me="anna")
