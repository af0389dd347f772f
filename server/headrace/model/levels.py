"""Levels: how far inside a group something stays."""

from __future__ import annotations

from enum import IntEnum
from typing import Literal

from headrace.errors import Invalid

LevelName = Literal["public", "internal", "confidential"]


class Level(IntEnum):
    """Ordered: a reader cleared for a level reads all lower ones too."""

    PUBLIC = 0
    INTERNAL = 1
    CONFIDENTIAL = 2

    @property
    def label(self) -> LevelName:
        """The name on the wire."""
        return LABELS[self]

    @classmethod
    def named(cls, name: str) -> Level:
        """The level of that name. Raises Invalid."""
        for level, label in LABELS.items():
            if label == name:
                return cls(level)
        raise Invalid(f"there is no level “{name}”; levels are {', '.join(LABELS.values())}")


LABELS: dict[int, LevelName] = {
    Level.PUBLIC: "public",
    Level.INTERNAL: "internal",
    Level.CONFIDENTIAL: "confidential",
}
