"""What people, groups, tokens and keys are called, for people to read: one line with something
to see in it.

Control characters break lines and terminals, and the characters that turn the direction of
writing (Unicode Standard Annex 9, sections 2.1 to 2.4) reach beyond a name into the text around
it. Joiners and marks of direction, which reach no further, are part of real names.
"""

from __future__ import annotations

import re
import unicodedata

from headrace.errors import Invalid

MAX_NAME = 200

_REFUSED = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
#: Separators, controls, formats, surrogates; marks, which need something to stand on.
_UNSEEN = frozenset({"Zs", "Zl", "Zp", "Cc", "Cf", "Cs", "Mn", "Mc", "Me"})
#: Letters and signs by their category, and blank all the same.
_FILLERS = frozenset("\u115f\u1160\u2800\u3164\uffa0")


def plain_name(text: str, field: str = "name") -> str:
    """A name as it is kept, without blanks around it. Raises Invalid."""
    name = text.strip()
    if _REFUSED.search(name):
        raise Invalid(
            "a name is one line, without characters that control how it is shown", field=field
        )
    if len(name) > MAX_NAME:
        raise Invalid(f"a name has at most {MAX_NAME} characters", field=field)
    if not _is_seen(name):
        raise Invalid("a name has something to see in it", field=field)
    return name


def cleaned(*texts: str | None) -> str:
    """The first of these that makes a name, for what comes from elsewhere and cannot be asked
    about: what a name cannot have is left out. Empty if none does."""
    return next(filter(_is_seen, map(_without_refused, texts)), "")


def _without_refused(text: str | None) -> str:
    return " ".join(_REFUSED.sub(" ", text or "").split())[:MAX_NAME].rstrip()


def _is_seen(text: str) -> bool:
    return any(
        unicodedata.category(letter) not in _UNSEEN and letter not in _FILLERS for letter in text
    )
