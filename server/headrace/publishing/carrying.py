"""The files that publications attach: their uploader's own, or those that a post has already."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self
from uuid import UUID

import msgspec

from headrace.errors import UnknownFile
from headrace.log import files

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from headrace.log.database import Connection
    from headrace.log.files import File
    from headrace.log.references import Referred
    from headrace.model.activities import Attachment
    from headrace.publishing.publication import Publication


class Carried:
    """The uploads of a batch, by person and id."""

    def __init__(self, own: Mapping[tuple[UUID, UUID], File]) -> None:
        self._own = own

    @classmethod
    def none(cls) -> Self:
        """No uploads."""
        return cls({})

    def attachment(
        self, publication: Publication, there: Sequence[Attachment] = ()
    ) -> tuple[Attachment, ...] | None:
        """What the post carries, each upload and each address once, as it is named first;
        ``there`` is what it carries already. Raises UnknownFile."""
        kept = {UUID(file.id): file for file in there if file.id is not None}
        found: dict[tuple[str | None, str], Attachment] = {}
        for given in publication.attachment or ():
            if isinstance(given, UUID):
                given = kept.get(given) or self._uploaded(publication.actor, given)
            found.setdefault((given.id, given.url), given)
        return tuple(found.values()) or None

    def _uploaded(self, actor: UUID, file: UUID) -> Attachment:
        own = self._own.get((actor, file))
        if own is None:
            raise UnknownFile(file=str(file))
        return own.attachment()

    def own(self, publication: Publication) -> list[UUID]:
        """The uploads among its files: the others it carries already."""
        return [file for file in publication.uploads if (publication.actor, file) in self._own]

    async def note(self, connection: Connection, publication: Publication, now: datetime) -> None:
        """A post carries its uploads from now on: they are no longer its author's alone.

        Raises asyncpg.SerializationError where one was swept meanwhile.
        """
        await files.attach(connection, self.own(publication), now)


async def look_up(connection: Connection, publications: Sequence[Publication]) -> Carried:
    """The uploads that these publications attach, as far as they are the actor's own."""
    wanted = {(one.actor, file) for one in publications for file in one.uploads}
    return Carried(await files.own(connection, sorted(wanted)))


def completed(publication: Publication, post: Sequence[Referred]) -> Publication:
    """An edit with all that it leaves as it is; ``post`` is what it edits, where it is read."""
    if publication.type != "Update" or not post:
        return publication
    there, changed = post[0], publication
    if changed.attachment is None:
        changed = msgspec.structs.replace(changed, attachment=there.attachment)
    if changed.content is None:
        changed = msgspec.structs.replace(
            changed, content=there.content, tags=there.tags, mentions=there.mentions
        )
    return changed
