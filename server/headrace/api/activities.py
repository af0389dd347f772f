"""Single activities: published, shown, changed, deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from headrace.api.shapes import ActivityChange, NewActivity, Receipt
from headrace.errors import Invalid, NotFound, UnknownFile
from headrace.log import history
from headrace.model.activities import POSTS, Attachment
from headrace.model.levels import Level
from headrace.publishing import Publication

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headrace.api.calls import Call
    from headrace.api.queries import Query
    from headrace.api.shapes import LinkAttachment
    from headrace.model.activities import Activity
    from headrace.model.identity import Identity
    from headrace.publishing import Published


async def publish(call: Call[NewActivity, Query]) -> Receipt:
    wanted = publication(call.identity, call.path("name"), call.body, call.idempotency_key)
    return receipt(await call.services.publisher.publish(wanted))


async def one(call: Call[None, Query]) -> Activity:
    return await _seen(call)


async def change(call: Call[ActivityChange, Query]) -> Activity:
    change = call.body
    if change.content is None and change.attachment is None:
        raise Invalid("say what is to change: content or attachment")
    attachment = None if change.attachment is None else _attachment(change.attachment)
    await _alter(call, "Update", content=change.content, attachment=attachment)
    return await _seen(call)


async def remove(call: Call[None, Query]) -> None:
    await _alter(call, "Delete")


def publication(identity: Identity, group: str, new: NewActivity, key: str | None) -> Publication:
    """What somebody wants to publish, for the door. Raises Invalid, and NotFound for a group that
    a token does not reach."""
    if identity.groups is not None and not identity.groups.issuperset(new.also):
        raise NotFound
    person = identity.person
    return Publication(
        actor=UUID(person.id),
        group=group,
        type=new.type,
        content=new.content,
        level=None if new.level is None else Level.named(new.level),
        in_reply_to=_id(new.in_reply_to, "inReplyTo"),
        object=_id(new.object, "object"),
        tags=new.tags,
        mentions=new.mentions,
        attachment=_attachment(new.attachment),
        also=new.also,
        source=None if key is None else f"api:{person.id}",
        source_key=key,
    )


def receipt(published: Published) -> Receipt:
    """What publishing answers; a repeat answers like the first time."""
    return Receipt(
        id=published.id,
        stream=published.stream,
        seq=published.seq,
        published=published.published,
        unreached=published.unreached,
    )


async def _seen(call: Call[Any, Query]) -> Activity:
    activity = await history.one(call.services.database, call.person_id, call.path_id("id"))
    if activity is None:
        raise NotFound
    return activity


async def _alter(call: Call[Any, Query], verb: str, **changed: Any) -> None:
    activity = await _seen(call)
    if activity.target is None or activity.type == "Tombstone":
        raise NotFound
    if activity.type not in POSTS:
        raise Invalid(f"a {activity.type} cannot be changed or deleted")
    await call.services.publisher.publish(
        Publication(
            actor=call.person_id,
            group=activity.target,
            type=verb,
            object=call.path_id("id"),
            **changed,
        )
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
    return Attachment(url=given.url, name=given.name, media_type=given.media_type, type=given.type)


def _id(text: str | None, field: str) -> UUID | None:
    if text is None:
        return None
    try:
        return UUID(text)
    except ValueError:
        raise Invalid(f"“{text}” is not an activity's id", field=field) from None
