"""Thanks that a bot passed on in a chat: ``> anna sends brownie points to @ben and @cem``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from headrace.imports.archive import Message

_THANKS = re.compile(r"> (\S+) sends brownie points to (@\S*(?: and @\S*)*)")


def thanks(text: str) -> tuple[str, tuple[str, ...]] | None:
    """Who thanks, and whom, each once, in lower case; None if the text is no such message."""
    match = _THANKS.match(text)
    if match is None:
        return None
    receivers = (name.removeprefix("@").lower() for name in match[2].split(" and "))
    return match[1].lower(), tuple(dict.fromkeys(name for name in receivers if name))


def bots(messages: Iterable[Message]) -> frozenset[str]:
    """The user ids of those who pass thanks on: somebody who quotes one is no bot."""
    return frozenset(
        message.user
        for message in messages
        if message.name.lower().endswith("bot") and thanks(message.text)
    )
