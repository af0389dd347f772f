"""The rules that raise levels, as publishers know them, and what they are asked about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headrace.log import classifications
from headrace.model.classification import Material, Rulebook
from headrace.model.people import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headrace.log.database import Connection
    from headrace.log.moving import Post
    from headrace.log.rows import Member
    from headrace.model.activities import Attachment
    from headrace.publishing.moving import Edit
    from headrace.publishing.publication import Publication


class Rules:
    """The rulebook of the moment, kept until the log has a newer one."""

    def __init__(self) -> None:
        self._book: Rulebook | None = None

    async def at(self, connection: Connection) -> Rulebook:
        """The rules that hold for the streams that this transaction has locked: whoever changes
        rules locks them too."""
        book = await self.kept(connection)
        if await classifications.version(connection) == book.number:
            return book
        self.forget()
        return await self.kept(connection)

    async def kept(self, connection: Connection) -> Rulebook:
        """The rules as they were known last; appending by them fails if there are newer ones."""
        if self._book is None:
            scopes, number = await classifications.everything(connection)
            self._book = Rulebook(scopes, number)
        return self._book

    def forget(self) -> None:
        """There may be newer ones."""
        self._book = None


def material(
    publication: Publication, attachments: Sequence[Attachment], actor: Member
) -> Material:
    """What rules look at in what somebody publishes with these attachments."""
    return Material(
        content=publication.content or "",
        handle=actor.handle,
        is_service=actor.kind == Kind.SERVICE,
        tags=publication.all_tags,
        attachments=tuple(attachments),
        source=publication.origin,
    )


def material_of(post: Post, edit: Edit | None = None) -> Material:
    """What rules look at in a post that is there, or that is about to be edited."""
    is_from_here = post.source is None or post.source.startswith("api:")
    return Material(
        content=(post.content if edit is None else edit.content) or "",
        handle=post.handle,
        is_service=post.kind == Kind.SERVICE,
        tags=post.tags if edit is None else edit.tags,
        attachments=post.attachment if edit is None else edit.attachment,
        source=None if is_from_here else post.source,
    )
