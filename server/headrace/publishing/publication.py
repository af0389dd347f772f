"""What somebody wants to publish, and what they get for it."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property
from uuid import UUID

import msgspec

from headrace.errors import Invalid
from headrace.model.activities import (
    ASIDES,
    MAX_CONTENT,
    MAX_MENTIONS,
    MAX_TAGS,
    POSTS,
    Attachment,
    mentions_in,
    normal_tag,
    tags_in,
)
from headrace.model.classification import Reason
from headrace.model.levels import Level, LevelName
from headrace.model.people import Actor


class Publication(msgspec.Struct, kw_only=True, frozen=True, dict=True):
    """One activity on its way in.

    ``published`` is set by imports only; ``source`` and ``source_key`` together make it
    idempotent: the same pair is published once and answered alike ever after. ``handles`` says
    who is mentioned where the names in the content are those of another system. In
    ``attachment``, the id of an upload stands for the file. An Update without content or
    attachment leaves that as it is. ``credential`` is the session or token that speaks for the
    actor, where that it does is only remembered and has to be looked at again. What has to be
    searched for in the content is searched for once.
    """

    actor: UUID
    group: str
    type: str = "Create"
    content: str | None = None
    level: Level | None = None
    in_reply_to: UUID | None = None
    object: UUID | None = None
    object_actor: Actor | None = None
    tags: tuple[str, ...] = ()
    mentions: tuple[str, ...] = ()
    handles: tuple[str, ...] | None = None
    attachment: tuple[Attachment | UUID, ...] | None = None
    also: tuple[str, ...] = ()
    published: datetime | None = None
    source: str | None = None
    source_key: str | None = None
    credential: UUID | None = None

    @property
    def is_about_another(self) -> bool:
        """Whether this changes, likes or deletes an activity instead of adding one."""
        return self.type in ASIDES and self.object_actor is None

    @property
    def key(self) -> tuple[str, str] | None:
        """The idempotency key. Liking something twice is liking it once."""
        if self.type == "Like" and self.object is not None:
            return "like", f"{self.object}:{self.actor}"
        if self.source is None or self.source_key is None:
            return None
        return self.source, self.source_key

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to read or open."""
        return not (self.content or "").strip() and not self.attachment

    @property
    def uploads(self) -> tuple[UUID, ...]:
        """The uploads that are attached."""
        if not self.attachment:
            return ()
        return tuple(file for file in self.attachment if isinstance(file, UUID))

    @property
    def is_imported(self) -> bool:
        """Whether it was published elsewhere, and is brought here by whoever runs an import."""
        return self.published is not None

    @property
    def origin(self) -> str | None:
        """Where it was imported from."""
        return None if self.source is None or self.source.startswith("api:") else self.source

    @property
    def all_tags(self) -> tuple[str, ...]:
        """Tags given and tags in the content, normal, each once."""
        return self._tags if self.tags or "#" in (self.content or "") else ()

    @cached_property
    def _tags(self) -> tuple[str, ...]:
        given = (normal_tag(tag) for tag in self.tags)
        found = dict.fromkeys([*given, *tags_in(self.content or "")])
        return tuple(tag for tag in found if tag)[:MAX_TAGS]

    @property
    def called(self) -> tuple[str, ...]:
        """Handles and addresses mentioned, given or in the content, each once."""
        if self.handles is not None:
            return self.handles[:MAX_MENTIONS]
        return self._called if self.mentions or "@" in (self.content or "") else ()

    @cached_property
    def _called(self) -> tuple[str, ...]:
        given = (name.strip().lower().removeprefix("@") for name in self.mentions)
        found = dict.fromkeys([*given, *mentions_in(self.content or "")])
        return tuple(found)[:MAX_MENTIONS]

    def check(self) -> None:
        """Raises Invalid for what no state of the log could make valid."""
        self._check_text()
        if self.type in POSTS and self.is_empty:
            raise Invalid("there is nothing to publish: content is empty", field="content")
        if self.is_about_another and self.object is None:
            raise Invalid(f"{self.type} needs the object it is about", field="object")
        if self.type in POSTS and self.object is not None:
            raise Invalid(f"{self.type} takes no object", field="object")

    def _check_text(self) -> None:
        content = self.content or ""
        if len(content) > MAX_CONTENT:
            raise Invalid(f"content is longer than {MAX_CONTENT} characters", field="content")
        attached = [
            text or ""
            for file in self.attachment or ()
            if isinstance(file, Attachment)
            for text in (file.url, file.name, file.media_type)
        ]
        names = (self.group, *self.also, *self.tags, *self.mentions, self.source_key or "")
        text = "".join((content, *names, *attached))
        if "\x00" in text or not _encodes(text):
            raise Invalid("text cannot contain NUL or lone surrogates")


class Published(msgspec.Struct, kw_only=True, frozen=True):
    """What became of a publication: its id and its place in the stream of its group.

    ``raised`` are the rules that made the level higher than it was meant to be. ``unreached``
    are the mentions that reach nobody who reads this. ``repeated`` says that the idempotency key
    was known and nothing was added.
    """

    id: str
    stream: str
    seq: int
    published: datetime
    level: LevelName
    raised: tuple[Reason, ...] = ()
    unreached: tuple[str, ...] = ()
    repeated: bool = False


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
