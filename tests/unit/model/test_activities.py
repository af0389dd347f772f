"""What activities are made of, and what remains of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headrace.model.activities import (
    Activity,
    Attachment,
    mentions_in,
    normal_tag,
    tags_in,
    tombstone,
)
from headrace.model.people import Actor, is_handle

PUBLISHED = datetime(2026, 11, 21, 9, tzinfo=UTC)
DELETED = PUBLISHED + timedelta(hours=1)

FULL = Activity(
    id="a2",
    type="Question",
    actor=Actor(id="p1", type="Person", name="Anna Groß", handle="anna"),
    target="platform",
    level="confidential",
    published=PUBLISHED,
    content="secret words",
    object="a0",
    in_reply_to="a1",
    thread="a1",
    tags=("secret-tag",),
    mentions=("secret-handle",),
    attachment=(Attachment(url="https://secret.example"),),
    updated=PUBLISHED,
    source="secret-source",
    likes=3,
    liked=True,
    replies=2,
)


@pytest.mark.parametrize(
    ("content", "handles"),
    [
        ("@anna", ("anna",)),
        ("Frag @Anna, @bob und @anna.", ("anna", "bob")),
        ("(@b.o-b)", ("b.o-b",)),
        ("Ende @bob.", ("bob",)),
        ("@bob... @carl-", ("bob", "carl")),
        ("mail bob@example.org", ()),
        ("https://x.de/@anna", ()),
        ("@@anna", ()),
        ("@ anna @-", ()),
        ("danke,@anna!", ("anna",)),
    ],
)
def test_a_text_mentions_handles(content: str, handles: tuple[str, ...]) -> None:
    assert mentions_in(content) == handles


@given(st.text("@aB.-_ \nß", max_size=60))
def test_what_is_mentioned_could_be_a_handle_and_is_there_once(content: str) -> None:
    handles = mentions_in(content)
    assert all(is_handle(handle) for handle in handles)
    assert len(set(handles)) == len(handles)


@pytest.mark.parametrize(
    ("content", "tags"),
    [
        ("#Audit", ("audit",)),
        ("#b then #a and #B", ("b", "a")),
        ("(#straße, #STRASSE)", ("strasse",)),
        ("#vier-augen!", ("vier-augen",)),
        ("#日本語 #über", ("日本語", "über")),
        ("x#no https://x.de/#no &#39;", ()),
        ("## # #!", ()),
    ],
)
def test_a_text_has_hashtags(content: str, tags: tuple[str, ...]) -> None:
    assert tags_in(content) == tags


@given(st.text("#aBß-_ \n", max_size=60))
def test_hashtags_are_normal_and_there_once(content: str) -> None:
    tags = tags_in(content)
    assert tags == tuple(dict.fromkeys(normal_tag(tag) for tag in tags))


@pytest.mark.parametrize("text", ["Audit", "#audit", " ##AUDIT\n"])
def test_a_tag_is_stored_without_hash_and_case(text: str) -> None:
    assert normal_tag(text) == "audit"


def test_a_tombstone_keeps_the_place_and_when_it_was_deleted() -> None:
    remains = tombstone(FULL, DELETED)
    assert (remains.type, remains.former_type) == ("Tombstone", "Question")
    assert remains.deleted == DELETED
    for name in ("id", "actor", "target", "level", "published", "in_reply_to", "thread"):
        assert getattr(remains, name) == getattr(FULL, name)


def test_a_tombstone_says_nothing_of_what_was_said() -> None:
    wire = msgspec.json.encode(tombstone(FULL, DELETED))
    assert b"secret" not in wire
    assert set(msgspec.json.decode(wire)) == {
        "id",
        "type",
        "actor",
        "target",
        "level",
        "published",
        "inReplyTo",
        "thread",
        "deleted",
        "formerType",
    }
