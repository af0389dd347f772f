"""Files as people send them: pictures, a film, documents, and things that are none of these."""

from __future__ import annotations

import gzip
import io
import zipfile
from typing import Any

from PIL import Image

#: The beginning of an MP4: a brand, and nothing to play.
VIDEO = b"\0\0\0\x18ftypisom\0\0\x02\0isomiso2\0\0\0\x08free" + bytes(64)
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
HTML = b"<!doctype html><html><script>alert(1)</script></html>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
PROGRAM = b"MZ\x90\0" + bytes(200)


def picture(kind: str = "PNG", size: tuple[int, int] = (64, 48), **options: Any) -> bytes:
    """A picture: red, with a blue quarter at the top left."""
    image = Image.new("RGB", size, (200, 30, 30))
    image.paste((30, 30, 200), (0, 0, size[0] // 2, size[1] // 2))
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def located(**options: Any) -> bytes:
    """A photograph, lying on its side, that tells where it was taken."""
    exif = Image.Exif()
    exif[0x0112] = 6  # Orientation: turn it by 90 degrees to the right
    exif[0x010F] = "CANARY"  # Make
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (52.0, 31.0, 12.0)
    return picture("JPEG", exif=exif, **options)


def archive(*members: tuple[str, bytes]) -> bytes:
    """A zip."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in members:
            made.writestr(name, content)
    return file.getvalue()


def bomb(mebibytes: int = 80) -> bytes:
    """A zip that is small and not at all small inside."""
    return archive(("zeros", bytes(mebibytes * 2**20)))


def stream_bomb(mebibytes: int = 80) -> bytes:
    """The same as a stream that is compressed as a whole."""
    return gzip.compress(bytes(mebibytes * 2**20))
