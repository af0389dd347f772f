"""The process that looks at a file: ``python -m headrace.files.inspecting``.

It reads a Job from standard input and writes Findings to standard output. It limits itself first:
memory, CPU time, what it may write. Libraries that read images have had holes; one that is
exploited here holds no secret and no connection, and one that hangs or dies takes nobody with it.
"""

from __future__ import annotations

import io
import os
import resource
import sys
import warnings
from contextlib import suppress
from pathlib import Path

import msgspec
import puremagic
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from headrace.errors import ArchiveBomb, BrokenFile, ImageTooLarge, Invalid
from headrace.files import archives, kinds

#: Pixels of the longer side of a small image: twice what is shown, for dense screens.
EDGE = 720
_FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "AVIF")
#: What Pillow calls JPEGs that hold more than one picture.
_SAME = {"image/mpo": "image/jpeg"}
_HEAD = 8_192
_FOOT = 512
_LIMITS = {
    resource.RLIMIT_AS: 2 * 2**30,
    resource.RLIMIT_CPU: 30,
    resource.RLIMIT_FSIZE: 16 * 2**20,
    resource.RLIMIT_CORE: 0,
}


class Job(msgspec.Struct):
    """What to look at; ``name`` decides only between what the content allows.

    ``preview`` is where the small image goes, ``pixels`` the most that an image may have.
    """

    path: str
    name: str
    preview: str
    pixels: int


class Findings(msgspec.Struct):
    """What it is, or in ``problem`` the code of what is wrong with it, and ``reason``.

    ``width`` and ``height`` are those of an image as it is looked at, in pixels; ``preview`` is
    how many bytes its small image has.
    """

    media_type: str = kinds.OPAQUE
    width: int | None = None
    height: int | None = None
    preview: int | None = None
    problem: str | None = None
    reason: str = ""


#: What can be wrong with a file, by code.
PROBLEMS: dict[str, type[Invalid]] = {
    kind.code: kind for kind in (BrokenFile, ImageTooLarge, ArchiveBomb)
}


def main() -> None:
    """Look at one file."""
    job = msgspec.json.decode(sys.stdin.buffer.read(), type=Job)
    for limit, value in _LIMITS.items():
        with suppress(ValueError, OSError):  # macOS knows no RLIMIT_AS
            resource.setrlimit(limit, (value, value))
    os.nice(5)
    sys.stdout.buffer.write(msgspec.json.encode(look(job)))


def look(job: Job) -> Findings:
    """What the file is."""
    path = Path(job.path)
    media_type = sniffed(path, job.name)
    try:
        if media_type in kinds.IMAGES:
            return _image(path, job)
        archives.check(path)
    except Invalid as error:
        return Findings(media_type, problem=error.code, reason=error.message)
    return Findings(media_type)


def sniffed(path: Path, name: str) -> str:
    """The media type by content; the name chooses where the content allows several."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
        file.seek(max(0, path.stat().st_size - _FOOT))
        foot = file.read(_FOOT)
    media_type, is_sure = _match(head, foot, name)
    if media_type is None or not is_sure:
        return "text/plain" if _is_text(path) else media_type or kinds.OPAQUE
    return media_type


def _match(head: bytes, foot: bytes, name: str) -> tuple[str | None, bool]:
    """The media type that fits best, and whether more than a few bytes say so."""
    if head[4:8] == b"ftyp" and head[8:12] in _MP4_BRANDS:
        return "video/mp4", True
    try:
        found = puremagic.magic_string(head + foot, filename=name)
    except (puremagic.PureError, ValueError):
        return None, False
    # Without bytes that match, it is the name alone that speaks.
    for match in found:
        if match.byte_match and match.mime_type:
            return _PLAIN.get(match.mime_type, match.mime_type), match.confidence >= _SURE
    return None, False


#: Below this confidence, a text may just happen to begin like that.
_SURE = 0.5
#: Brands of ISO base media files (ISO/IEC 14496-12) that browsers play, and the library misses.
_MP4_BRANDS = frozenset(
    (b"mp41", b"avc1", b"iso2", b"iso3", b"iso4", b"iso5", b"iso6", b"dash", b"msnv")
)
#: Other names of the same.
_PLAIN = {
    "application/x-gzip": "application/gzip",
    "application/x-zip-compressed": "application/zip",
    "audio/x-wav": "audio/wav",
    "audio/mp3": "audio/mpeg",
}


def _is_text(path: Path) -> bool:
    decoder = io.TextIOWrapper(path.open("rb"), encoding="utf-8")
    with decoder:
        try:
            return all("\0" not in piece for piece in iter(lambda: decoder.read(2**16), ""))
        except UnicodeDecodeError:
            return False


def _image(path: Path, job: Job) -> Findings:
    Image.MAX_IMAGE_PIXELS = None  # ours is checked before anything is decoded
    warnings.simplefilter("ignore")  # of metadata that is not as it should be
    try:
        with Image.open(path, formats=_FORMATS) as image:
            width, height = image.size
            if width * height > job.pixels:
                raise ImageTooLarge(
                    f"the image has {width} × {height} pixels; {job.pixels:,} are taken at most"
                )
            media_type = Image.MIME[image.format or ""]
            upright = _upright(image)
            is_turned = upright.size != image.size
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError) as error:
        raise BrokenFile("the image is damaged and cannot be shown") from error
    except MemoryError as error:
        raise ImageTooLarge from error
    if is_turned:
        width, height = height, width
    preview = Path(job.preview)
    _small(upright).save(preview, "WEBP", quality=80)
    return Findings(_SAME.get(media_type, media_type), width, height, preview.stat().st_size)


def _upright(image: Image.Image) -> Image.Image:
    """The first picture, the way up that EXIF says, at a fraction of its size where that helps."""
    image.draft("RGB", (2 * EDGE, 2 * EDGE))
    image.load()
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # noqa: BLE001 (EXIF of any kind of nonsense; the picture is whole)
        return image


def _small(image: Image.Image) -> Image.Image:
    """A small picture without anything that the large one says beside its pixels."""
    has_alpha = "A" in image.getbands() or "transparency" in image.info
    small = _in_srgb(image)
    small = small.convert("RGBA" if has_alpha else "RGB")
    small.thumbnail((EDGE, EDGE), Image.Resampling.LANCZOS)
    bare = Image.new(small.mode, small.size)
    bare.paste(small)
    return bare


def _in_srgb(image: Image.Image) -> Image.Image:
    profile = image.info.get("icc_profile")
    if not profile or image.mode not in ("RGB", "RGBA", "CMYK"):
        return image
    mode = "RGB" if image.mode == "CMYK" else image.mode
    try:
        theirs = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        ours = ImageCms.createProfile("sRGB")
        return ImageCms.profileToProfile(image, theirs, ours, outputMode=mode) or image
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image


if __name__ == "__main__":
    main()
