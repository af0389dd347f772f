"""What a browser may show by itself."""

from __future__ import annotations

import pytest

from headrace.files.kinds import OPAQUE, file_type, is_refused, served


@pytest.mark.parametrize(
    ("media_type", "kind"),
    [
        ("image/png", "Image"),
        ("image/avif", "Image"),
        ("video/mp4", "Video"),
        ("application/pdf", "Document"),
        ("image/svg+xml", "Document"),
        ("image/tiff", "Document"),
        ("text/html", "Document"),
    ],
)
def test_a_file_has_a_type_of_the_vocabulary(media_type: str, kind: str) -> None:
    assert file_type(media_type) == kind
    assert served(media_type).inline == (kind != "Document")


@pytest.mark.parametrize(
    "media_type",
    [
        "text/html",
        "application/xhtml+xml",
        "image/svg+xml",
        "application/xml",
        "text/javascript",
        "application/vnd.microsoft.portable-executable",
        "application/x-something-new",
    ],
)
def test_what_could_run_is_served_as_bytes(media_type: str) -> None:
    assert served(media_type) == (OPAQUE, False)


def test_a_list_of_refused_types_names_types_and_families() -> None:
    refused = "text/html, Video/*"
    assert is_refused("text/html", refused)
    assert is_refused("video/mp4", refused)
    assert not is_refused("text/plain", refused)
    assert not is_refused("text/plain", "")
