"""Single activities: published, shown, changed, deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from headrace.api.shapes.activities import ActivityChange, NewActivity, Receipt
from headrace.api.shapes.audience import ActivityHistory, LevelChangeAnswer
from headrace.errors import Invalid, NotFound, UnknownFile
from headrace.log import history as pages
from headrace.log import moving
from headrace.model.activities import POSTS, Attachment
from headrace.model.groups import is_thread
from headrace.model.levels import Level
from headrace.publishing import LevelChange, Publication

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headrace.api.calls import Call
    from headrace.api.queries import Query
    from headrace.api.shapes.activities import LinkAttachment
    from headrace.log.moving import Change
    from headrace.model.activities import Activity
    from headrace.model.identity import Identity
    from headrace.publishing import Published

_ELSEWHERE = ("http://", "https://")


async def publish(call: Call[NewActivity, Query]) -> Receipt:
    writing = Writing(call.identity, call.path("name"))
    wanted = writing.publication(call.body, call.idempotency_key)
    call.services.accounts.limits.publish(call.person.id)
    return receipt(await call.services.publisher.publish(wanted))


async def one(call: Call[None, Query]) -> Activity:
    return await seen(call)


async def change(call: Call[ActivityChange, Query]) -> Activity:
    """Answers what it is then: under another id if its level changed."""
    change = call.body
    has_new_content = change.content is not None or change.attachment is not None
    if has_new_content is (change.level is not None):
        raise Invalid("say what is to change: content and attachment, or the level")
    if change.level is not None:
        await _move(call, Level.named(change.level), change.reason)
    else:
        attachment = None if change.attachment is None else _attachment(change.attachment)
        await _alter(call, "Update", content=change.content, attachment=attachment)
    return await seen(call)


async def history(call: Call[None, Query]) -> ActivityHistory:
    activity = await seen(call)
    if activity.target is not None and is_thread(activity.target):
        return ActivityHistory(items=())  # by which rules and why is the group's business
    async with call.services.database.connection() as connection:
        changes = await moving.changes(connection, UUID(activity.id))
    return ActivityHistory(items=tuple(map(_change, changes)))


async def remove(call: Call[None, Query]) -> None:
    await _alter(call, "Delete")


class Writing:
    """Somebody who publishes in a group."""

    def __init__(self, identity: Identity, group: str) -> None:
        self._actor = UUID(identity.person.id)
        self._source = f"api:{identity.person.id}"
        self._credential = UUID(identity.credential) if identity.is_remembered else None
        self._groups = identity.groups
        self._group = group

    def publication(self, new: NewActivity, key: str | None) -> Publication:
        """What they want to publish, for the door. Raises Invalid, and NotFound for a group that
        a token does not reach."""
        if self._groups is not None and not self._groups.issuperset(new.also):
            raise NotFound
        return Publication(
            actor=self._actor,
            group=self._group,
            type=new.type,
            content=new.content,
            level=None if new.level is None else Level.named(new.level),
            in_reply_to=_id(new.in_reply_to, "inReplyTo"),
            object=_id(new.object, "object"),
            tags=new.tags,
            mentions=new.mentions,
            attachment=_attachment(new.attachment) if new.attachment else (),
            also=new.also,
            source=None if key is None else self._source,
            source_key=key,
            credential=self._credential,
        )


def receipt(published: Published) -> Receipt:
    """What publishing answers; a repeat answers like the first time."""
    return Receipt(
        id=published.id,
        stream=published.stream,
        seq=published.seq,
        published=published.published,
        level=published.level,
        raised=published.raised,
        unreached=published.unreached,
    )


async def seen(call: Call[Any, Any]) -> Activity:
    """The activity, or what it goes on as since its level changed. Raises NotFound."""
    database, person, activity = call.services.database, call.person_id, call.path_id("id")
    found = await pages.one(database, person, activity)
    if found is None or found.type == "Tombstone":
        async with database.connection() as connection:
            later = await moving.successor(connection, activity)
        if later is not None:
            found = await pages.one(database, person, later) or found
    if found is None:
        raise NotFound
    return found


async def _changeable(call: Call[Any, Query]) -> tuple[Activity, str]:
    """The activity, if it is a post, and its group."""
    activity = await seen(call)
    if activity.target is None or activity.type == "Tombstone":
        raise NotFound
    if activity.type not in POSTS:
        raise Invalid(f"a {activity.type} cannot be changed or deleted")
    return activity, activity.target


async def _alter(call: Call[Any, Query], verb: str, **changed: Any) -> None:
    call.services.accounts.limits.publish(call.person.id)
    activity, group = await _changeable(call)
    await call.services.publisher.publish(
        Publication(
            actor=call.person_id, group=group, type=verb, object=UUID(activity.id), **changed
        )
    )


async def _move(call: Call[Any, Query], level: Level, why: str) -> None:
    call.services.accounts.limits.publish(call.person.id)
    activity, group = await _changeable(call)
    if activity.level == level.label:
        return
    await call.services.publisher.change_level(
        LevelChange(
            actor=call.person_id, group=group, activity=UUID(activity.id), level=level, why=why
        )
    )


def _change(change: Change) -> LevelChangeAnswer:
    return LevelChangeAnswer(
        at=change.at,
        by=change.by,
        was=change.was.label,
        became=change.became.label,
        reason=change.why,
        raised=change.reasons,
        along=change.along,
    )


def _attachment(given: Sequence[str | LinkAttachment]) -> tuple[Attachment | UUID, ...]:
    """Uploads by id, and links. Raises Invalid, UnknownFile."""
    return tuple(_upload(one) if isinstance(one, str) else _link(one) for one in given)


def _upload(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise UnknownFile(file=text) from None


def _link(given: LinkAttachment) -> Attachment:
    """What a click does in the page of somebody else is not for whoever wrote it to say."""
    if not given.url.lower().startswith(_ELSEWHERE):
        raise Invalid("a link begins with http:// or https://", field="attachment")
    return Attachment(url=given.url, name=given.name, media_type=given.media_type, type=given.type)


def _id(text: str | None, field: str) -> UUID | None:
    if text is None:
        return None
    try:
        return UUID(text)
    except ValueError:
        raise Invalid(f"“{text}” is not an activity's id", field=field) from None
