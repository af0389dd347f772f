"""The people of a load, as ``setup`` hands them to the users: a file, for its owner's eyes only."""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path

import msgspec

#: Where ``setup`` writes it unless told otherwise.
CAST = Path(__file__).parents[1] / "results/cast.json"

GUEST_LEVELS = frozenset({"public"})
MEMBER_LEVELS = frozenset({"public", "internal"})
ALL_LEVELS = frozenset({"public", "internal", "confidential"})


class Player(msgspec.Struct, frozen=True, dict=True):
    """Somebody; ``groups`` are those in which they are a member, or a guest, or the owner."""

    handle: str
    token: str
    groups: tuple[str, ...]
    guest: bool = False
    owner: bool = False

    @cached_property
    def member_of(self) -> frozenset[str]:
        return frozenset(self.groups)

    @property
    def levels(self) -> frozenset[str]:
        """What they may read in each of their groups."""
        if self.owner:
            return ALL_LEVELS
        return GUEST_LEVELS if self.guest else MEMBER_LEVELS

    def may_read(self, group: str | None, level: str | None) -> bool:
        """Whether what was published there at that level is for them."""
        return group in self.member_of and level in self.levels


class Cast(msgspec.Struct, frozen=True):
    """``people`` by their number in the trace, less one; ``owner`` owns every group.

    ``secret`` is a group in which the owner is alone, ``groups`` the names by channel.
    """

    owner: Player
    secret: str
    groups: dict[int, str]
    people: list[Player]

    def sender(self, number: int) -> Player:
        """Who speaks for that person of the trace: a small cast plays several parts each."""
        return self.people[place(number, len(self.people))]

    @classmethod
    def load(cls, path: Path) -> Cast:
        """Raises OSError, msgspec.ValidationError."""
        return msgspec.json.decode(path.read_bytes(), type=cls)

    def save(self, path: Path) -> None:
        """Write it; it holds tokens, so nobody else may read it."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as file:
            file.write(msgspec.json.encode(self))


def place(number: int, size: int) -> int:
    """The place in a cast of that size of a person of the trace."""
    return (number - 1) % size
