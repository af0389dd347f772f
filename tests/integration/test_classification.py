"""Rules raise what is published, by whatever way it comes in, from the moment they are made."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from uuid import UUID

import asyncpg
import pytest

from headrace.errors import (
    AboveClearance,
    Forbidden,
    Internal,
    LevelNotAllowed,
    NotFound,
    Unavailable,
)
from headrace.log import history, moving
from headrace.model.activities import Attachment
from headrace.model.classification import Classification, Reason, Rule
from headrace.model.levels import Level
from headrace.model.people import Kind
from headrace.publishing import LevelChange, Publication, Published, levels

if TYPE_CHECKING:
    from headrace.model.activities import Activity
    from headrace.model.people import Person
    from tests.integration.conftest import Organisation

IBAN = "DE89 3704 0044 0532 0130 00"
BANK = Rule(name="bank", level="confidential", detects=("iban",))
BY_BANK = (Reason(rule="bank", group="qm"),)


async def rule(organisation: Organisation, *rules: Rule, **fields: Any) -> None:
    """Rules for group qm, or for all groups with ``group=None``."""
    group = fields.pop("group", "qm")
    await organisation.administration.set_rules(
        organisation.mia, group, Classification(rules=rules, **fields), None
    )


async def clear(organisation: Organisation, handle: str = "jonas") -> None:
    await organisation.administration.put_member(
        organisation.mia, "qm", handle, None, Level.CONFIDENTIAL
    )


async def seen(organisation: Organisation, person: Person, activity: str) -> Activity | None:
    return await history.one(organisation.database, UUID(person.id), UUID(activity))


async def contents(organisation: Organisation, person: Person) -> list[str]:
    """What somebody reads of the posts there are, oldest first."""
    from headrace.model.filters import parse

    page = history.Page(UUID(person.id), 100, parse("type:Create", me=person.handle))
    return [one.content or "" for one in reversed(await page.read(organisation.database))]


async def change(
    organisation: Organisation, by: Person, activity: str, level: Level | None, **fields: Any
) -> Published:
    return await organisation.publisher.change_level(
        LevelChange(actor=UUID(by.id), group="qm", activity=UUID(activity), level=level, **fields)
    )


# Publishing.


async def test_a_post_is_raised_and_its_receipt_says_how_far_and_why(
    organisation: Organisation,
) -> None:
    await rule(organisation, BANK)
    receipt = await organisation.post(organisation.mia, f"to {IBAN}")
    assert (receipt.level, receipt.raised) == ("confidential", BY_BANK)
    assert await seen(organisation, organisation.jonas, receipt.id) is None
    found = await seen(organisation, organisation.mia, receipt.id)
    assert found is not None
    assert found.level == "confidential"
    plain = await organisation.post(organisation.mia, "lunch")
    assert (plain.level, plain.raised) == ("internal", ())


async def test_who_is_not_cleared_is_refused_by_name_of_the_rule_and_nothing_is_kept(
    organisation: Organisation,
) -> None:
    await rule(organisation, Rule(name="pay", level="confidential", words=("hush hush",)))
    with pytest.raises(AboveClearance) as raised:
        await organisation.post(organisation.jonas, "it is hush hush")
    assert "“pay” of qm" in raised.value.message
    assert "hush" not in f"{raised.value.message}{raised.value.details}"
    assert raised.value.details["level"] == "confidential"
    assert await contents(organisation, organisation.mia) == []


async def test_a_repeat_is_answered_like_the_first_time(organisation: Organisation) -> None:
    await rule(organisation, BANK)
    keyed = {"source": "api:mia", "source_key": "1"}
    first = await organisation.post(organisation.mia, IBAN, **keyed)
    again = await organisation.post(organisation.mia, IBAN, **keyed)
    assert again.repeated
    assert (again.id, again.level, again.raised) == (first.id, "confidential", BY_BANK)


async def test_the_rules_of_the_organisation_hold_in_every_group(
    organisation: Organisation,
) -> None:
    await rule(organisation, BANK, group=None)
    await organisation.administration.add_group(organisation.mia, name="lab", title="Lab")
    for group in ("qm", "lab"):
        receipt = await organisation.post(organisation.mia, IBAN, group=group)
        assert receipt.raised == (Reason(rule="bank"),)


async def test_a_floor_lifts_everything_and_shuts_out_guests(organisation: Organisation) -> None:
    await rule(organisation, floor="internal")
    receipt = await organisation.post(organisation.jonas, "hello", level=Level.PUBLIC)
    assert (receipt.level, receipt.raised) == ("internal", (Reason(rule=None, group="qm"),))
    with pytest.raises(AboveClearance):
        await organisation.post(organisation.gus, "hello")


async def test_a_post_in_several_groups_follows_the_strictest(organisation: Organisation) -> None:
    await organisation.administration.add_group(organisation.mia, name="lab", title="Lab")
    await rule(organisation, group="lab", floor="confidential")
    receipt = await organisation.post(organisation.mia, "hello", also=("lab",))
    assert receipt.level == "confidential"
    assert await seen(organisation, organisation.jonas, receipt.id) is None


async def test_a_batch_is_raised_line_by_line(organisation: Organisation) -> None:
    await rule(organisation, BANK)
    lines = [
        Publication(actor=UUID(by.id), group="qm", content=content)
        for by in (organisation.mia, organisation.jonas)
        for content in (IBAN, "lunch")
    ]
    done = await organisation.publisher.publish_many(lines)
    assert [one.level if isinstance(one, Published) else one.code for one in done] == [
        "confidential",
        "internal",
        "above_clearance",
        "internal",
    ]


async def test_an_import_is_raised_above_what_its_writers_are_cleared_for(
    organisation: Organisation,
) -> None:
    """Whoever runs it brings the past in; refusing it would lose it, not protect it."""
    await rule(organisation, BANK, Rule(name="old", level="confidential", sources=("chat:*",)))
    past = organisation.clock().replace(year=2020)
    fields: dict[str, Any] = {"published": past, "source": "chat:x"}
    for key, content in enumerate((IBAN, "lunch")):
        receipt = await organisation.post(
            organisation.jonas, content, source_key=str(key), **fields
        )
        assert receipt.level == "confidential"
    assert await contents(organisation, organisation.jonas) == []
    assert await contents(organisation, organisation.mia) == [IBAN, "lunch"]


async def test_services_and_attachments_are_told_apart(organisation: Organisation) -> None:
    ci = await organisation.administration.add_person(
        None, email="ci@example.org", name="CI", kind=Kind.SERVICE
    )
    await organisation.administration.put_member(organisation.mia, "qm", "ci", None, None)
    await clear(organisation, "ci")
    sheets = ("image/*", ".xlsx")
    await rule(
        organisation,
        Rule(name="machines", level="confidential", sources=("service",)),
        Rule(name="sheets", level="confidential", attachments=sheets),
    )
    sheet = (Attachment(url="https://files.example/1", name="pay.xlsx"),)
    by_service = await organisation.post(ci, "done")
    with_sheet = await organisation.post(organisation.mia, "look", attachment=sheet)
    assert by_service.raised == (Reason(rule="machines", group="qm"),)
    assert with_sheet.raised == (Reason(rule="sheets", group="qm"),)
    assert (await organisation.post(organisation.mia, "look")).raised == ()


async def test_a_like_is_not_classified_and_stays_with_its_post(
    organisation: Organisation,
) -> None:
    post = await organisation.post(organisation.mia, "hello", level=Level.PUBLIC)
    await rule(organisation, floor="confidential")
    liked = await organisation.post(organisation.gus, "", type="Like", object=UUID(post.id))
    assert (liked.level, liked.raised) == ("public", ())


async def test_rules_hold_on_the_other_nodes_as_soon_as_they_are_made(
    organisation: Organisation,
) -> None:
    from tests.integration.conftest import Organisation as Other

    node = Other(organisation.database, seed=11)
    await node.publisher.publish(
        Publication(actor=UUID(organisation.mia.id), group="qm", content=IBAN)
    )
    await rule(organisation, BANK)
    published = await node.publisher.publish(
        Publication(actor=UUID(organisation.mia.id), group="qm", content=IBAN)
    )
    assert published.level == "confidential"
    await node.publisher.close()


# Edits.


async def test_an_edit_that_says_more_raises_the_post_and_its_earlier_readers_lose_it(
    organisation: Organisation,
) -> None:
    await rule(organisation, BANK)
    await clear(organisation)
    olga = organisation.olga
    await organisation.administration.put_member(organisation.mia, "qm", "olga", None, None)
    post = await organisation.post(organisation.jonas, "lunch @olga")
    edited = await organisation.post(
        organisation.jonas, f"lunch, to {IBAN} @olga @mia", type="Update", object=UUID(post.id)
    )
    assert (edited.level, edited.raised) == ("confidential", BY_BANK)
    assert edited.id != post.id
    gone = await seen(organisation, olga, post.id)
    assert gone is not None
    assert (gone.type, gone.content) == ("Tombstone", None)
    now = await seen(organisation, organisation.mia, edited.id)
    assert now is not None
    assert now.content == f"lunch, to {IBAN} @olga @mia"
    assert (now.formerly, now.mentions) == (post.id, ("mia",))
    assert now.updated is not None
    assert await contents(organisation, olga) == []


async def test_a_raised_cross_post_mentions_whoever_reads_it_where_it_was_published(
    organisation: Organisation,
) -> None:
    administration, mia = organisation.administration, organisation.mia
    await administration.add_group(mia, name="board", title="Board")
    await administration.put_member(mia, "board", "olga", None, Level.CONFIDENTIAL)
    post = await organisation.post(mia, "@olga, look", group="board", also=("qm",))
    raised = await change(organisation, mia, post.id, Level.CONFIDENTIAL)
    found = await seen(organisation, organisation.olga, raised.id)
    assert found is not None
    assert found.mentions == ("olga",)


@pytest.mark.parametrize(
    ("trouble", "times", "outcome"),
    [
        (asyncpg.SerializationError("overtaken"), 1, Published),
        (asyncpg.DeadlockDetectedError("overtaken"), 1, Published),
        (asyncpg.SerializationError("overtaken"), 99, Unavailable),
        (RuntimeError("a defect"), 99, Internal),
    ],
    ids=["overtaken", "deadlock", "overtaken for ever", "a defect"],
)
async def test_trouble_with_an_edit_that_raises_its_post_is_not_that_of_its_batch(
    organisation: Organisation,
    monkeypatch: pytest.MonkeyPatch,
    trouble: Exception,
    times: int,
    outcome: type,
) -> None:
    await rule(organisation, BANK)
    await clear(organisation)
    post = await organisation.post(organisation.jonas, "lunch")
    change_level = levels.change_level
    troubles = [trouble] * times

    async def troubled(*args: Any) -> Any:
        done = await change_level(*args)
        if troubles:
            raise troubles.pop()
        return done

    monkeypatch.setattr(levels, "change_level", troubled)
    edit, mate = await asyncio.gather(
        organisation.post(organisation.jonas, IBAN, type="Update", object=UUID(post.id)),
        organisation.post(organisation.mia, "see you"),
        return_exceptions=True,
    )
    assert isinstance(mate, Published)
    assert type(edit) is outcome
    said = IBAN if outcome is Published else "lunch"
    assert await contents(organisation, organisation.jonas) == [said, "see you"]


async def test_an_edit_above_its_authors_clearance_is_refused_and_changes_nothing(
    organisation: Organisation,
) -> None:
    await rule(organisation, BANK)
    post = await organisation.post(organisation.jonas, "lunch")
    with pytest.raises(AboveClearance):
        await organisation.post(organisation.jonas, IBAN, type="Update", object=UUID(post.id))
    assert await contents(organisation, organisation.jonas) == ["lunch"]


async def test_an_edit_keeps_in_mind_what_is_attached(organisation: Organisation) -> None:
    sheet = (Attachment(url="https://files.example/1", name="pay.xlsx"),)
    post = await organisation.post(organisation.mia, "look", attachment=sheet)
    await rule(
        organisation,
        Rule(name="sheets", level="confidential", attachments=(".xlsx",), words=("pay",)),
    )
    edited = await organisation.post(
        organisation.mia, "look at the pay", type="Update", object=UUID(post.id)
    )
    assert edited.level == "confidential"


async def test_an_edit_that_comes_too_late_leaves_nothing_with_the_earlier_readers(
    organisation: Organisation,
) -> None:
    """What was raised a moment ago is no longer there to be edited."""
    await clear(organisation)
    post = await organisation.post(organisation.jonas, "secret")
    await change(organisation, organisation.mia, post.id, Level.CONFIDENTIAL)
    with pytest.raises(NotFound):
        await organisation.post(
            organisation.jonas, "secret, edited", type="Update", object=UUID(post.id)
        )


# Changes by people.


async def test_a_raised_post_is_as_good_as_deleted_for_those_who_read_it_until_now(
    organisation: Organisation,
) -> None:
    """Byte for byte: in pages, by its address, in its stream and in the inbox."""
    raised = await organisation.post(organisation.mia, "one @jonas #tag")
    deleted = await organisation.post(organisation.mia, "two @jonas #tag")
    await change(organisation, organisation.mia, raised.id, Level.CONFIDENTIAL)
    actor = UUID(organisation.mia.id)
    await organisation.publisher.publish(
        Publication(actor=actor, group="qm", type="Delete", object=UUID(deleted.id))
    )
    jonas = UUID(organisation.jonas.id)
    one, two = [
        await history.one(organisation.database, jonas, UUID(receipt.id))
        for receipt in (raised, deleted)
    ]
    assert one is not None
    assert two is not None
    assert _bare(one) == _bare(two)
    for stream in (raised.stream, organisation.jonas.inbox):
        page = await history.stream_page(organisation.database, jonas, stream, 0, 100)
        assert page is not None
        kinds = [(_bare(entry.activity), entry.via) for entry in page[0]]
        ours = [kind for kind in kinds if kind[0][0] in ("Tombstone", "Delete")]
        assert ours
        assert ours[::2] == ours[1::2]
    assert await contents(organisation, organisation.jonas) == []
    assert await contents(organisation, organisation.mia) == ["one @jonas #tag"]


def _bare(activity: Activity) -> tuple[Any, ...]:
    """What is there of an activity but ids and times."""
    return (
        activity.type,
        activity.former_type,
        activity.content,
        activity.level,
        activity.tags,
        activity.mentions,
        activity.likes,
        activity.replies,
        activity.formerly,
        activity.deleted is not None,
        activity.actor.handle,
    )


async def test_what_was_answered_below_goes_up_along_with_its_likes(
    organisation: Organisation,
) -> None:
    await clear(organisation)
    post = await organisation.post(organisation.mia, "first", level=Level.PUBLIC)
    reply = {"in_reply_to": UUID(post.id)}
    answer = await organisation.post(organisation.gus, "an answer", **reply)
    below = await organisation.post(
        organisation.mia, "below it", in_reply_to=UUID(answer.id), level=Level.INTERNAL
    )
    for by, thing in ((organisation.gus, post), (organisation.jonas, below)):
        await organisation.post(by, "", type="Like", object=UUID(thing.id))
    raised = await change(organisation, organisation.mia, post.id, Level.CONFIDENTIAL)
    assert await contents(organisation, organisation.gus) == []
    assert await contents(organisation, organisation.mia) == ["first", "an answer", "below it"]
    found = await seen(organisation, organisation.jonas, raised.id)
    assert found is not None
    assert (found.likes, found.replies, found.liked) == (1, 2, False)
    late = await organisation.post(organisation.mia, "more", in_reply_to=UUID(raised.id))
    assert late.level == "confidential"


async def test_an_answer_that_is_raised_stays_where_it_was_in_the_conversation(
    organisation: Organisation,
) -> None:
    post = await organisation.post(organisation.mia, "first")
    answer = await organisation.post(organisation.jonas, "second", in_reply_to=UUID(post.id))
    raised = await change(organisation, organisation.mia, answer.id, Level.CONFIDENTIAL)
    found = await seen(organisation, organisation.mia, raised.id)
    assert found is not None
    assert (found.in_reply_to, found.thread) == (post.id, post.id)
    first = await seen(organisation, organisation.jonas, post.id)
    assert first is not None
    assert first.replies == 0


async def test_a_cross_post_goes_up_everywhere(organisation: Organisation) -> None:
    await organisation.administration.add_group(organisation.mia, name="lab", title="Lab")
    await organisation.administration.put_member(organisation.mia, "lab", "olga", None, None)
    post = await organisation.post(organisation.mia, "hello", also=("lab",))
    assert await contents(organisation, organisation.olga) == ["hello"]
    await change(organisation, organisation.mia, post.id, Level.CONFIDENTIAL)
    assert await contents(organisation, organisation.olga) == []
    assert await contents(organisation, organisation.jonas) == []
    assert await contents(organisation, organisation.mia) == ["hello"]


async def test_who_is_cleared_keeps_it_in_the_inbox_and_who_is_not_loses_it(
    organisation: Organisation,
) -> None:
    await clear(organisation)
    await organisation.administration.put_member(organisation.mia, "qm", "olga", None, None)
    post = await organisation.post(organisation.mia, "for @jonas and @olga")
    await change(organisation, organisation.mia, post.id, Level.CONFIDENTIAL)
    for person, expected in (
        (organisation.jonas, ["for @jonas and @olga"]),
        (organisation.olga, []),
    ):
        page = await history.inbox(organisation.database, UUID(person.id), 50, None)
        assert [one.content for _, one in page if one.content] == expected


@pytest.mark.parametrize("by", ["jonas", "gus"])
async def test_only_its_author_moderators_and_owners_raise_a_post(
    organisation: Organisation, by: str
) -> None:
    post = await organisation.post(organisation.mia, "hello", level=Level.PUBLIC)
    with pytest.raises(Forbidden):
        await change(organisation, getattr(organisation, by), post.id, Level.INTERNAL)
    assert (await seen(organisation, organisation.gus, post.id)) is not None


async def test_an_author_raises_as_far_as_they_are_cleared_themselves(
    organisation: Organisation,
) -> None:
    post = await organisation.post(organisation.jonas, "hello", level=Level.PUBLIC)
    with pytest.raises(LevelNotAllowed):
        await change(organisation, organisation.jonas, post.id, Level.CONFIDENTIAL)
    raised = await change(organisation, organisation.jonas, post.id, Level.INTERNAL)
    assert raised.level == "internal"
    assert await contents(organisation, organisation.gus) == []


async def test_a_level_is_lowered_by_those_who_may_and_with_a_reason(
    organisation: Organisation,
) -> None:
    await clear(organisation)
    post = await organisation.post(organisation.jonas, "hello", level=Level.CONFIDENTIAL)
    with pytest.raises(Forbidden):
        await change(organisation, organisation.jonas, post.id, Level.PUBLIC, why="mine")
    with pytest.raises(Exception, match="says why"):
        await change(organisation, organisation.mia, post.id, Level.PUBLIC)
    lowered = await change(organisation, organisation.mia, post.id, Level.PUBLIC, why="harmless")
    assert await contents(organisation, organisation.gus) == ["hello"]
    async with organisation.database.connection() as connection:
        (record,) = await moving.changes(connection, UUID(lowered.id))
        audited = await connection.fetchrow(
            "SELECT actor, detail FROM audit WHERE action = 'activity.level'"
        )
    assert (record.by.handle, record.why) == ("mia", "harmless")
    assert (record.was, record.became) == (Level.CONFIDENTIAL, Level.PUBLIC)
    assert audited["actor"] == "mia@example.org"
    assert '"why": "harmless"' in audited["detail"]


async def test_a_level_is_lowered_where_one_may_lower_it_everywhere(
    organisation: Organisation,
) -> None:
    """A moderator of one group does not show the other one's readers anything."""
    await organisation.administration.add_group(organisation.mia, name="lab", title="Lab")
    post = await organisation.post(
        organisation.mia, "hello", also=("lab",), level=Level.CONFIDENTIAL
    )
    from headrace.model.groups import Role

    await organisation.administration.put_member(
        organisation.mia, "qm", "jonas", Role.MODERATOR, None
    )
    with pytest.raises(Forbidden):
        await change(organisation, organisation.jonas, post.id, Level.PUBLIC, why="fine")
    await change(organisation, organisation.mia, post.id, Level.PUBLIC, why="fine")


async def test_no_level_is_lowered_below_a_floor_or_below_what_it_answers(
    organisation: Organisation,
) -> None:
    await rule(organisation, floor="internal")
    post = await organisation.post(organisation.mia, "hello", level=Level.CONFIDENTIAL)
    answer = await organisation.post(organisation.mia, "well", in_reply_to=UUID(post.id))
    for thing, level in ((post, Level.PUBLIC), (answer, Level.INTERNAL)):
        with pytest.raises(LevelNotAllowed):
            await change(organisation, organisation.mia, thing.id, level, why="please")


async def test_a_rule_that_somebody_overruled_does_not_raise_it_again(
    organisation: Organisation,
) -> None:
    await rule(organisation, BANK)
    post = await organisation.post(organisation.mia, f"our own {IBAN}")
    lowered = await change(organisation, organisation.mia, post.id, Level.INTERNAL, why="ours")
    edited = await organisation.post(
        organisation.mia, f"our {IBAN}", type="Update", object=UUID(lowered.id)
    )
    assert edited.level == "internal"
    assert await apply(organisation, "qm") == 0
    await rule(organisation, BANK, Rule(name="pay", level="confidential", words=("our",)))
    assert await apply(organisation, "qm") == 1


async def test_what_is_gone_or_not_for_me_does_not_exist(organisation: Organisation) -> None:
    post = await organisation.post(organisation.mia, "hello", level=Level.CONFIDENTIAL)
    with pytest.raises(NotFound):
        await change(organisation, organisation.jonas, post.id, Level.PUBLIC, why="curious")
    await organisation.post(organisation.mia, "", type="Delete", object=UUID(post.id))
    with pytest.raises(NotFound):
        await change(organisation, organisation.mia, post.id, Level.PUBLIC, why="late")


async def test_levels_go_up_and_down_as_often_as_people_like(organisation: Organisation) -> None:
    post = await organisation.post(organisation.mia, "hello")
    await organisation.post(organisation.jonas, "", type="Like", object=UUID(post.id))
    current = post.id
    for level in (Level.CONFIDENTIAL, Level.PUBLIC, Level.INTERNAL, Level.CONFIDENTIAL):
        current = (await change(organisation, organisation.mia, current, level, why="so")).id
    assert await contents(organisation, organisation.mia) == ["hello"]
    assert await contents(organisation, organisation.jonas) == []
    found = await seen(organisation, organisation.mia, current)
    assert found is not None
    assert found.likes == 1
    async with organisation.database.connection() as connection:
        assert len(await moving.changes(connection, UUID(current))) == 4
        assert await moving.successor(connection, UUID(post.id)) == UUID(current)


async def test_numbers_stay_without_holes(organisation: Organisation) -> None:
    post = await organisation.post(organisation.mia, "hello @jonas")
    await organisation.post(organisation.jonas, "well", in_reply_to=UUID(post.id))
    await change(organisation, organisation.mia, post.id, Level.CONFIDENTIAL)
    async with organisation.database.connection() as connection:
        rows = await connection.fetch(
            "SELECT s.head, s.posts, count(e.*) AS entries, max(e.seq) AS last, "
            "max(e.posts) AS counted "
            "FROM stream s JOIN entry e ON e.stream_id = s.id GROUP BY s.id"
        )
    for row in rows:
        assert row["head"] == row["entries"] == row["last"]
        assert row["posts"] == row["counted"]
    told = [(entry.stream, entry.seq) for entry in organisation.told]
    assert len(told) == len(set(told))


# Rules and what is there.


async def apply(organisation: Organisation, group: str | None, *, is_applied: bool = True) -> int:
    """Apply rules to what is there; answers how many levels rose, or would."""
    work = await organisation.administration.reclassification(
        organisation.database, organisation.mia, group
    )
    steps = [step async for step in work.run(is_applied=is_applied)]
    return (steps[-1].raised if is_applied else steps[-1].found) if steps else 0


async def test_new_rules_are_applied_to_what_is_there_and_to_all_below_it(
    organisation: Organisation,
) -> None:
    posts = [await organisation.post(organisation.jonas, f"to {IBAN}") for _ in range(3)]
    await organisation.post(organisation.gus, "lunch")
    await organisation.post(organisation.jonas, "paid", in_reply_to=UUID(posts[0].id))
    await rule(organisation, BANK)
    assert await contents(organisation, organisation.jonas) != ["lunch"]
    assert await apply(organisation, "qm", is_applied=False) == 3
    assert len(await contents(organisation, organisation.jonas)) == 5
    assert await apply(organisation, "qm") == 4
    assert await contents(organisation, organisation.jonas) == ["lunch"]
    assert len(await contents(organisation, organisation.mia)) == 5
    assert await apply(organisation, "qm") == 0
    assert await apply(organisation, None) == 0


async def test_rules_are_made_by_owners_and_administrators_alone(
    organisation: Organisation,
) -> None:
    rules = Classification(rules=(BANK,))
    set_rules = organisation.administration.set_rules
    with pytest.raises(Forbidden):
        await set_rules(organisation.jonas, None, rules, None)
    with pytest.raises(Forbidden):
        await set_rules(organisation.jonas, "qm", rules, None)
    with pytest.raises(NotFound):
        await set_rules(organisation.gus, "elsewhere", rules, None)
    assert await set_rules(organisation.mia, "qm", rules, 0) > 0
    found, version = await organisation.administration.rules(
        organisation.database, organisation.mia, "qm"
    )
    assert (found, version > 0) == (rules, True)
    with pytest.raises(Exception, match="meanwhile"):
        await set_rules(organisation.mia, "qm", rules, 0)


async def test_every_new_set_of_rules_is_in_the_audit_log(organisation: Organisation) -> None:
    await rule(organisation, BANK)
    async with organisation.database.connection() as connection:
        row = await connection.fetchrow(
            "SELECT subject, detail FROM audit WHERE action = 'classification.put'"
        )
    assert row["subject"] == "qm"
    assert '"detects": ["iban"]' in row["detail"]
