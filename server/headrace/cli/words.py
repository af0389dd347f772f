"""Which language the command line speaks, and its texts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from headrace.cli.catalogue import TEXTS

if TYPE_CHECKING:
    from collections.abc import Mapping

Language = Literal["en", "de"]

VARIABLE = "HEADRACE_LANG"
#: The strongest first; after ours, the order of POSIX (IEEE Std 1003.1, section 8.2).
_VARIABLES = (VARIABLE, "LC_ALL", "LC_MESSAGES", "LANG")


def language(environ: Mapping[str, str]) -> Language:
    """The user's language, English where it is none of ours."""
    chosen = next((environ[name] for name in _VARIABLES if environ.get(name)), "")
    return "de" if chosen.lower().startswith("de") else "en"


class Words:
    """The texts in one language."""

    def __init__(self, language: Language) -> None:
        self.language: Language = language

    def __call__(self, key: str, /, **values: object) -> str:
        """The text of that key with its values set in. Raises KeyError."""
        english, german = TEXTS[key]
        return (german if self.language == "de" else english).format(**values)

    def knows(self, key: str) -> bool:
        """Whether there is a text of that key."""
        return key in TEXTS

    def number(self, value: float, digits: int = 0) -> str:
        """A number as it is written in this language."""
        written = f"{value:,.{digits}f}"
        if self.language == "de":
            return written.translate(str.maketrans(",.", ".,"))
        return written
