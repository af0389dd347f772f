from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from uuid import UUID

import asyncpg
import pytest

from headrace.errors import (
    Forbidden,
    HeadraceError,
    Invalid,
    LevelNotAllowed,
    NotFound,
    Unavailable,
)
from headrace.log import history
from headrace.model.filters import parse
from headrace.model.levels import Level
from headrace.publishing import LevelChange, Publication, Published

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from headrace.log.database import Connection
    from headrace.model.entries import Entry
    from headrace.model.people import Person
    from tests.integration.conftest import Organisation


async def numbers(organisation: Organisation) -> dict[str, list[int]]:
    """The committed numbers of every stream."""
    async with organisation.database.connection() as connection:
        rows = await connection.fetch(
            "SELECT s.name, s.head, array_agg(e.seq ORDER BY e.seq) AS seqs "
            "FROM stream s JOIN entry e ON e.stream_id = s.id GROUP BY s.id"
        )
    for row in rows:
        assert row["seqs"] == list(range(1, row["head"] + 1)), "numbers are 1..head, no holes"
    return {row["name"]: row["seqs"] for row in rows}


async def test_concurrent_publishers_leave_no_hole(organisation: Organisation) -> None:
    async def many(by: Person) -> list[int]:
        return [(await organisation.post(by)).seq for _ in range(20)]

    runs = await asyncio.gather(*(many(organisation.mia) for _ in range(8)))
    assert sorted(seq for run in runs for seq in run) == list(range(3, 163))
    assert all(run == sorted(run) for run in runs), "each publisher's own order holds"
    await numbers(organisation)


async def test_one_bad_publication_does_not_hold_up_the_others(organisation: Organisation) -> None:
    outcomes = await asyncio.gather(
        organisation.post(organisation.mia, "one"),
        organisation.post(organisation.jonas, "two", level=Level.CONFIDENTIAL),
        organisation.post(organisation.jonas, "three"),
        organisation.post(organisation.olga, "four"),
        return_exceptions=True,
    )
    kinds = [type(outcome) for outcome in outcomes]
    assert kinds == [Published, LevelNotAllowed, Published, NotFound]
    await numbers(organisation)


async def test_an_outsider_cannot_tell_a_closed_group_from_none(organisation: Organisation) -> None:
    errors = []
    for group in ("qm", "no-such-group"):
        with pytest.raises(NotFound) as raised:
            await organisation.post(organisation.olga, group=group)
        errors.append(raised.value.message)
    assert errors[0] == errors[1]


async def test_the_same_key_gives_the_same_answer_and_one_activity(
    organisation: Organisation,
) -> None:
    answers = await asyncio.gather(
        *(
            organisation.post(organisation.mia, f"try {n}", source="api:mia", source_key="k")
            for n in range(6)
        )
    )
    assert len({(answer.id, answer.stream, answer.seq) for answer in answers}) == 1
    again = await organisation.post(organisation.mia, "later", source="api:mia", source_key="k")
    assert (again.id, again.repeated) == (answers[0].id, True)
    assert len(organisation.told) == 1


async def test_the_same_key_says_again_whom_it_does_not_reach(organisation: Organisation) -> None:
    key = {"source": "api:mia", "source_key": "k"}
    for _ in range(2):
        answer = await organisation.post(organisation.mia, "@jonas @olga, look", **key)
        assert answer.unreached == ("olga",)


async def test_two_nodes_with_the_same_key_publish_once(organisation: Organisation) -> None:
    from tests.integration.conftest import Organisation as Another

    other = Another(organisation.database, seed=8)

    async def by(node: Organisation) -> Published:
        return await node.publisher.publish(
            Publication(
                actor=UUID(organisation.mia.id), group="qm", content="x", source="s", source_key="k"
            )
        )

    answers = await asyncio.gather(*(by(node) for node in [organisation, other] * 4))
    assert len({answer.id for answer in answers}) == 1
    await other.publisher.close()


async def test_a_guest_publishes_for_all_and_cannot_go_higher(organisation: Organisation) -> None:
    await organisation.post(organisation.gus, "from outside")
    (entry,) = organisation.told
    assert entry.activity.level == "public"
    with pytest.raises(LevelNotAllowed):
        await organisation.post(organisation.gus, level=Level.INTERNAL)


async def test_an_answer_stays_at_its_parents_level_or_above(organisation: Organisation) -> None:
    secret = await organisation.post(organisation.mia, "secret", level=Level.CONFIDENTIAL)
    with pytest.raises(LevelNotAllowed, match="confidential"):
        await organisation.post(organisation.mia, in_reply_to=UUID(secret.id), level=Level.INTERNAL)
    organisation.told.clear()
    await organisation.post(organisation.mia, "answer", in_reply_to=UUID(secret.id))
    assert organisation.told[0].activity.level == "confidential"


async def test_what_one_may_not_see_cannot_be_answered_or_liked(organisation: Organisation) -> None:
    internal = UUID((await organisation.post(organisation.mia)).id)
    with pytest.raises(NotFound):
        await organisation.post(organisation.gus, in_reply_to=internal)
    with pytest.raises(NotFound):
        await organisation.post(organisation.gus, "", type="Like", object=internal)


async def test_a_thread_keeps_its_root(organisation: Organisation) -> None:
    root = await organisation.post(organisation.mia, "root")
    first = await organisation.post(organisation.jonas, "first", in_reply_to=UUID(root.id))
    await organisation.post(organisation.mia, "second", in_reply_to=UUID(first.id))
    page = history.Page(UUID(organisation.mia.id), 50, parse(f"thread:{root.id}"))
    found = await page.read(organisation.database)
    assert [one.content for one in found] == ["second", "first", "root"]
    assert {one.thread for one in found} == {None, root.id}


# Inboxes


async def test_mentions_and_answers_reach_the_inbox_of_who_reads_the_stream(
    organisation: Organisation,
) -> None:
    answer = await organisation.post(
        organisation.mia, "@jonas @gus @olga @nobody, look", mentions=("jonas@example.org",)
    )
    assert answer.unreached == ("gus", "olga", "nobody"), "alike for strangers and non-readers"
    directed = [entry for entry in organisation.told if entry.via is not None]
    assert [entry.stream for entry in directed] == [organisation.jonas.inbox]
    assert directed[0].activity.mentions == ("jonas",)
    organisation.told.clear()
    await organisation.post(organisation.jonas, "done", in_reply_to=UUID(answer.id))
    assert [entry.stream for entry in organisation.told if entry.via] == [organisation.mia.inbox]


async def test_nobody_is_told_of_what_they_wrote_themselves(organisation: Organisation) -> None:
    root = await organisation.post(organisation.mia, "note to @mia")
    await organisation.post(organisation.mia, "and again", in_reply_to=UUID(root.id))
    assert [entry for entry in organisation.told if entry.via] == []


def withdrawn(organisation: Organisation) -> set[tuple[str, str]]:
    """In which inboxes it was told that what is gone."""
    return {
        (entry.stream, str(entry.activity.object))
        for entry in organisation.told
        if entry.via is not None and entry.activity.type == "Delete"
    }


async def inbox(organisation: Organisation, person: Person) -> list[tuple[str, str | None]]:
    found = await history.inbox(organisation.database, UUID(person.id), 50, None)
    return [(one.type, one.content) for _, one in found if one.object is None]


async def test_a_deletion_is_told_in_the_inboxes_of_those_who_read_it(
    organisation: Organisation,
) -> None:
    """A node may follow somebody's inbox and not the stream that it was read in."""
    jonas, mia, olga = organisation.jonas, organisation.mia, organisation.olga
    await organisation.administration.put_member(mia, "qm", "olga", None, None)
    post = await organisation.post(mia, "@jonas @olga look")
    answer = await organisation.post(jonas, "seen", in_reply_to=UUID(post.id))
    await organisation.administration.drop_member(mia, "qm", "olga")
    for by, thing in ((mia, post), (jonas, answer)):
        await organisation.post(by, "", type="Delete", object=UUID(thing.id))
    assert withdrawn(organisation) == {(jonas.inbox, post.id), (mia.inbox, answer.id)}
    assert await inbox(organisation, jonas) == [("Tombstone", None)]
    assert await inbox(organisation, olga) == []
    await numbers(organisation)


async def test_a_raise_is_told_in_the_inboxes_of_those_who_read_it_before(
    organisation: Organisation,
) -> None:
    jonas, mia, olga = organisation.jonas, organisation.mia, organisation.olga
    await organisation.administration.put_member(mia, "qm", "olga", None, Level.CONFIDENTIAL)
    post = await organisation.post(mia, "@jonas @olga look")
    change = LevelChange(
        actor=UUID(mia.id), group="qm", activity=UUID(post.id), level=Level.CONFIDENTIAL
    )
    await organisation.publisher.change_level(change)
    assert withdrawn(organisation) == {(jonas.inbox, post.id), (olga.inbox, post.id)}
    assert await inbox(organisation, jonas) == [("Tombstone", None)]
    assert await inbox(organisation, olga) == [
        ("Create", "@jonas @olga look"),
        ("Tombstone", None),
    ]
    await numbers(organisation)


# Cross-posts


async def test_a_cross_post_is_one_activity_and_tells_not_where_else_it_is(
    organisation: Organisation,
) -> None:
    administration = organisation.administration
    await administration.add_group(organisation.mia, name="board", title="Board")
    organisation.told.clear()
    await organisation.post(organisation.mia, "for both", also=("board",))
    first, second = organisation.told
    assert first.activity.id == second.activity.id
    assert (first.activity.target, second.activity.target) == ("qm", "board")
    page = history.Page(UUID(organisation.jonas.id), 50, parse("both"))
    (seen,) = await page.read(organisation.database)
    assert seen.target == "qm"


async def test_a_cross_post_needs_the_right_in_every_group(organisation: Organisation) -> None:
    await organisation.administration.add_group(organisation.mia, name="board", title="Board")
    with pytest.raises(NotFound):
        await organisation.post(organisation.jonas, also=("board",))


async def test_an_edit_of_a_cross_post_calls_those_who_read_it_where_it_is_edited(
    organisation: Organisation,
) -> None:
    administration = organisation.administration
    await administration.add_group(organisation.mia, name="board", title="Board")
    await administration.put_member(organisation.mia, "board", "olga", None, None)
    post = await organisation.post(organisation.mia, "for both", group="board", also=("qm",))
    edited = await organisation.post(
        organisation.mia, "@olga, look", group="board", type="Update", object=UUID(post.id)
    )
    assert (edited.stream, edited.unreached) == (post.stream, ())
    seen = await history.one(organisation.database, UUID(organisation.olga.id), UUID(post.id))
    assert seen is not None
    assert seen.mentions == ("olga",)


# Likes, edits, deletions


@pytest.mark.parametrize("by_its_own_id", [False, True])
async def test_liking_twice_is_liking_once_and_can_be_taken_back(
    organisation: Organisation, *, by_its_own_id: bool
) -> None:
    post = UUID((await organisation.post(organisation.mia)).id)
    for _ in range(2):
        like = await organisation.post(organisation.jonas, "", type="Like", object=post)
    undone = UUID(like.id) if by_its_own_id else post

    async def likes() -> tuple[int, bool]:
        seen = await history.one(organisation.database, UUID(organisation.jonas.id), post)
        assert seen is not None
        return seen.likes, seen.liked

    assert await likes() == (1, True)
    with pytest.raises(NotFound):
        await organisation.post(organisation.gus, "", type="Undo", object=undone)
    await organisation.post(organisation.jonas, "", type="Undo", object=undone)
    assert await likes() == (0, False)
    assert organisation.told[-1].activity.object == str(post)
    with pytest.raises(NotFound):
        await organisation.post(organisation.jonas, "", type="Undo", object=undone)
    await organisation.post(organisation.jonas, "", type="Like", object=post)
    assert await likes() == (1, True)


async def test_an_edit_changes_content_tags_and_mentions(organisation: Organisation) -> None:
    post = UUID((await organisation.post(organisation.jonas, "old #draft")).id)
    await organisation.post(organisation.jonas, "new #final @mia", type="Update", object=post)
    seen = await history.one(organisation.database, UUID(organisation.mia.id), post)
    assert seen is not None
    assert (seen.content, seen.tags, seen.mentions) == ("new #final @mia", ("final",), ("mia",))
    assert seen.updated is not None


async def test_only_the_author_edits_and_moderators_delete(organisation: Organisation) -> None:
    post = UUID((await organisation.post(organisation.jonas)).id)
    with pytest.raises(Forbidden):
        await organisation.post(organisation.mia, "not mine", type="Update", object=post)
    other = UUID((await organisation.post(organisation.mia)).id)
    with pytest.raises(Forbidden):
        await organisation.post(organisation.jonas, "", type="Delete", object=other)
    await organisation.post(organisation.mia, "", type="Delete", object=post)


async def test_a_deletion_leaves_a_tombstone_with_its_number_and_no_text_anywhere(
    organisation: Organisation,
) -> None:
    first = await organisation.post(organisation.jonas, "a secretword #secrettag")
    post = UUID(first.id)
    await organisation.post(organisation.jonas, "another secretword", type="Update", object=post)
    await organisation.post(organisation.jonas, "", type="Delete", object=post)
    entries = await history.entries(organisation.database, first.stream, 0, 100, 100)
    assert [entry.seq for entry in entries] == list(range(1, len(entries) + 1))
    assert entries[first.seq - 1].activity.type == "Tombstone"
    async with organisation.database.connection() as connection:
        rows = await connection.fetch("SELECT row_to_json(a)::text AS row FROM activity a")
    assert not [row for row in rows if "secret" in row["row"]]
    with pytest.raises(NotFound):
        await organisation.post(organisation.jonas, "again", type="Update", object=post)


# Bad input


@pytest.mark.parametrize(
    "fields",
    [
        {"content": ""},
        {"content": "   "},
        {"content": "nul \x00 inside"},
        {"content": "lone \ud800 surrogate"},
        {"content": "x" * 70_000},
        {"type": "Like"},
        {"object": UUID(int=1)},
        {"tags": ("nul\x00",)},
    ],
    ids=lambda fields: str(fields)[:30],
)
async def test_bad_input_is_refused_and_takes_no_number(
    organisation: Organisation, fields: dict[str, Any]
) -> None:
    before = await numbers(organisation)
    with pytest.raises(Invalid):
        await organisation.post(organisation.mia, **fields)
    assert await numbers(organisation) == before


# Somebody else was first


async def test_a_change_that_was_overtaken_is_done_anew(organisation: Organisation) -> None:
    tries = []

    async def work(connection: Connection) -> tuple[str, Sequence[Entry]]:
        tries.append(connection)
        await connection.execute("CREATE TABLE leftover ()")
        if len(tries) < 3:
            raise asyncpg.SerializationError("somebody else was first")
        return "done", ()

    assert await organisation.publisher.administer(work) == "done"
    assert len(tries) == 3


async def test_two_changes_that_wait_for_each_other_both_happen(
    organisation: Organisation,
) -> None:
    both_hold = asyncio.Barrier(2)
    has_met = False

    def locking(*keys: int) -> Callable[[Connection], Awaitable[tuple[None, Sequence[Entry]]]]:
        async def work(connection: Connection) -> tuple[None, Sequence[Entry]]:
            nonlocal has_met
            first, second = keys
            await connection.execute("SELECT pg_advisory_xact_lock($1)", first)
            if not has_met:
                await both_hold.wait()
                has_met = True
            await connection.execute("SELECT pg_advisory_xact_lock($1)", second)
            return None, ()

        return work

    administer = organisation.publisher.administer
    await asyncio.gather(administer(locking(1, 2)), administer(locking(2, 1)))


async def test_a_change_that_is_overtaken_for_ever_is_unavailable(
    organisation: Organisation,
) -> None:
    async def work(connection: Connection) -> tuple[None, Sequence[Entry]]:
        raise asyncpg.SerializationError("somebody else was first")

    with pytest.raises(Unavailable):
        await organisation.publisher.administer(work)


async def test_publish_many_answers_each_in_order(organisation: Organisation) -> None:
    actor = UUID(organisation.mia.id)
    outcomes = await organisation.publisher.publish_many(
        [Publication(actor=actor, group="qm", content=f"n{n}" if n % 5 else "") for n in range(40)]
    )
    assert [isinstance(one, HeadraceError) for one in outcomes] == [n % 5 == 0 for n in range(40)]
    seqs = [one.seq for one in outcomes if isinstance(one, Published)]
    assert seqs == list(range(3, 35))
