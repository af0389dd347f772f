"""What a file is: by its content, whatever it is called."""

from __future__ import annotations

import io
import struct
import zlib
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from headrace.files.inspecting import EDGE, Findings, Job, look
from tests.files_support import HTML, PDF, PROGRAM, SVG, VIDEO, archive, bomb, located, picture

if TYPE_CHECKING:
    from pathlib import Path

DOCX = archive(("[Content_Types].xml", b"<Types/>"), ("word/document.xml", b"<w/>"))
_OFFICE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def pixel_bomb() -> bytes:
    """A PNG that says it has 400 million pixels (https://www.w3.org/TR/png/, section 11.2.1)."""
    header = b"IHDR" + struct.pack(">IIBBBBB", 20_000, 20_000, 8, 2, 0, 0, 0)
    end = struct.pack(">I", zlib.crc32(header)) + b"\0\0\1\0IDAT" + bytes(256)
    return b"\x89PNG\r\n\x1a\n\0\0\0\r" + header + end


def found(folder: Path, content: bytes, name: str = "file", pixels: int = 10**6) -> Findings:
    path = folder / "file"
    path.write_bytes(content)
    return look(Job(path=str(path), name=name, preview=str(folder / "small"), pixels=pixels))


def small(folder: Path) -> Image.Image:
    return Image.open(io.BytesIO((folder / "small").read_bytes()))


@pytest.mark.parametrize(
    ("content", "name", "media_type"),
    [
        (picture("PNG"), "a.png", "image/png"),
        (picture("JPEG"), "photo.exe", "image/jpeg"),
        (picture("GIF"), "", "image/gif"),
        (picture("WEBP"), "a.html", "image/webp"),
        (picture("AVIF"), "a.avif", "image/avif"),
        (picture("TIFF"), "a.tif", "image/tiff"),
        (VIDEO, "a.mp4", "video/mp4"),
        (VIDEO.replace(b"ftypisom", b"ftypiso6"), "clip", "video/mp4"),
        (PDF, "a.png", "application/pdf"),
        (DOCX, "a.docx", _OFFICE),
        (DOCX, "a.zip", "application/zip"),
        (HTML, "photo.png", "text/html"),
        (b"  \n" + HTML, "photo.png", "text/plain"),
        (SVG, "drawing.png", "image/svg+xml"),
        (PROGRAM, "photo.jpg", "application/vnd.microsoft.portable-executable"),
        (b"Hallo, M\xc3\xbcller\n", "note.md", "text/plain"),
        (b"BMW und andere\n", "note.txt", "text/plain"),
        (b"\x00\x01\x02\x03", "x.mp4", "application/octet-stream"),
        (b"\xfd\xfc no text", "x.txt", "application/octet-stream"),
    ],
    ids=range(19),
)
def test_a_type_comes_from_the_content_and_the_name_only_chooses_between_what_fits(
    tmp_path: Path, content: bytes, name: str, media_type: str
) -> None:
    assert found(tmp_path, content, name).media_type == media_type


def test_a_picture_gets_a_small_one_and_keeps_its_proportions(tmp_path: Path) -> None:
    seen = found(tmp_path, picture("PNG", (2_000, 500)))
    assert (seen.width, seen.height, seen.problem) == (2_000, 500, None)
    assert seen.preview == (tmp_path / "small").stat().st_size
    image = small(tmp_path)
    assert (image.format, image.size) == ("WEBP", (EDGE, EDGE // 4))


def test_a_small_picture_stands_as_the_camera_was_held_and_says_nothing_of_where(
    tmp_path: Path,
) -> None:
    original = located(size=(1_600, 1_200))
    assert b"CANARY" in original
    seen = found(tmp_path, original, pixels=10**7)
    assert (seen.width, seen.height) == (1_200, 1_600)
    image = small(tmp_path)
    assert image.size == (EDGE * 3 // 4, EDGE)
    red, blue = image.getpixel((10, 10)), image.getpixel((image.width - 10, 10))
    assert isinstance(red, tuple)
    assert isinstance(blue, tuple)
    assert red[0] > 150 > blue[0]
    assert dict(image.getexif()) == {}
    assert not set(image.info) & {"exif", "xmp", "icc_profile", "comment"}
    assert b"CANARY" not in (tmp_path / "small").read_bytes()


def test_of_an_animation_the_small_picture_is_the_first(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (40, 30), colour) for colour in ("red", "blue", "lime")]
    file = io.BytesIO()
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:])
    assert found(tmp_path, file.getvalue()).media_type == "image/gif"
    image = small(tmp_path)
    assert getattr(image, "n_frames", 1) == 1
    pixel = image.convert("RGB").getpixel((5, 5))
    assert isinstance(pixel, tuple)
    assert pixel[0] > 200


def test_what_shines_through_still_does(tmp_path: Path) -> None:
    file = io.BytesIO()
    Image.new("RGBA", (10, 10), (255, 0, 0, 0)).save(file, "PNG")
    found(tmp_path, file.getvalue())
    assert small(tmp_path).mode == "RGBA"


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "I;16", "CMYK"])
def test_every_kind_of_pixel_makes_a_small_picture(tmp_path: Path, mode: str) -> None:
    file = io.BytesIO()
    Image.new(mode, (20, 10)).save(file, "JPEG" if mode == "CMYK" else "PNG")
    assert found(tmp_path, file.getvalue()).preview


@pytest.mark.parametrize(
    ("content", "pixels", "problem"),
    [
        (picture("PNG")[:60], 10**6, "broken_file"),
        (picture("JPEG", (300, 300))[:600], 10**6, "broken_file"),
        (b"\x89PNG\r\n\x1a\n" + b"nothing of the kind", 10**6, "broken_file"),
        (b"GIF89a", 10**6, "broken_file"),
        (picture("PNG", (101, 100)), 10_000, "image_too_large"),
        (pixel_bomb(), 64_000_000, "image_too_large"),
        (bomb(), 10**6, "archive_bomb"),
    ],
    ids=range(7),
)
def test_what_is_wrong_with_a_file_has_a_code_and_a_reason(
    tmp_path: Path, content: bytes, pixels: int, problem: str
) -> None:
    seen = found(tmp_path, content, pixels=pixels)
    assert seen.problem == problem
    assert seen.reason
    assert seen.preview is None
