"""What a file is called, and how a header says so."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote

MAX_NAME = 200

#: Characters that are not shown, or that turn the reading direction: "exe.fdp" is no PDF.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
_UNSAFE = re.compile(r"[^\w !#$&+\-.^`~,()@]", re.ASCII)
#: attr-char of RFC 8187, section 3.2.1, beyond letters and digits.
_ATTR = "!#$&+-.^_`|~"


def clean(given: str) -> str:
    """A name that any system can store: no folders, nothing unseen, at most 200 characters.

    An ending is kept when the name is cut. What leaves nothing is called ``file``.
    """
    base = re.split(r"[/\\]", unicodedata.normalize("NFC", given))[-1]
    seen = "".join(char for char in base if unicodedata.category(char) not in _UNSEEN)
    name = re.sub(r"\s+", " ", seen).strip(" .")
    if len(name) <= MAX_NAME:
        return name or "file"
    stem, dot, ending = name.rpartition(".")
    if not dot or len(ending) > 16:
        return name[:MAX_NAME].rstrip(" .")
    return f"{stem[: MAX_NAME - len(ending) - 1].rstrip(' .')}.{ending}"


def disposition(name: str, *, inline: bool) -> str:
    """Content-Disposition (RFC 6266): the name in ASCII, and whole (RFC 8187) where it is more."""
    kind = "inline" if inline else "attachment"
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    fallback = _UNSAFE.sub("_", plain).strip() or "file"
    header = f'{kind}; filename="{fallback}"'
    if fallback != name:
        header += f"; filename*=UTF-8''{quote(name, safe=_ATTR)}"
    return header
