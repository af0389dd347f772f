"""Text folded into comparable words.

Live matching and SQL compare the same folded string, made here once when an activity is
published: so the two can never disagree about what a word is.
"""

from __future__ import annotations

import re
import unicodedata

#: Longer words (pasted dumps) are cut: PostgreSQL's indexes take keys of 2,704 bytes at most.
_WORD = re.compile(r"(\w{1,128})\w*")


def fold(text: str) -> str:
    """The words of a text, case-folded, compatibility-normalised, each between single blanks.

    A phrase occurs in a text exactly if ``fold(phrase)`` is a substring of ``fold(text)``.
    """
    normal = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    words = _WORD.findall(normal)
    return f" {' '.join(words)} " if words else ""
