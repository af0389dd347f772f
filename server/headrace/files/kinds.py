"""What a browser may show by itself, and what it only saves.

HTML, SVG, scripts and programs are documents like any other: whoever downloads one gets bytes
without a type, never a page that runs in this server's name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from headrace.model.activities import FileType

OPAQUE = "application/octet-stream"
IMAGES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "image/avif"})
VIDEOS = frozenset({"video/mp4", "video/webm", "video/quicktime"})

_OFFICE = "application/vnd.openxmlformats-officedocument."
_OPEN = "application/vnd.oasis.opendocument."
#: Documents whose type is told when they are saved. The rest is bytes.
_PASSIVE = frozenset(
    {
        "application/gzip",
        "application/json",
        "application/msword",
        "application/pdf",
        "application/rtf",
        "application/vnd.ms-excel",
        "application/vnd.ms-powerpoint",
        "application/zip",
        "audio/mp4",
        "audio/mpeg",
        "audio/ogg",
        "audio/wav",
        "image/heif",
        "image/tiff",
        "text/csv",
        "text/plain",
        f"{_OFFICE}presentationml.presentation",
        f"{_OFFICE}spreadsheetml.sheet",
        f"{_OFFICE}wordprocessingml.document",
        f"{_OPEN}presentation",
        f"{_OPEN}spreadsheet",
        f"{_OPEN}text",
    }
)


class Served(NamedTuple):
    """How a file is served: under which media type, and whether a browser may show it."""

    media_type: str
    inline: bool


def file_type(media_type: str) -> FileType:
    """The AS2 type of a file."""
    if media_type in IMAGES:
        return "Image"
    return "Video" if media_type in VIDEOS else "Document"


def served(media_type: str) -> Served:
    """How a file of that type is served."""
    if media_type in IMAGES | VIDEOS:
        return Served(media_type, inline=True)
    if media_type == "text/plain":
        return Served("text/plain; charset=utf-8", inline=False)
    return Served(media_type if media_type in _PASSIVE else OPAQUE, inline=False)


def is_refused(media_type: str, refused: str) -> bool:
    """Whether a type is on a list such as ``text/html, video/*``."""
    wanted = {part.strip().lower() for part in refused.split(",")}
    return media_type in wanted or f"{media_type.partition('/')[0]}/*" in wanted
