"""Names of files: made harmless, and written into a header."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headrace.files.names import MAX_NAME, clean, disposition


@pytest.mark.parametrize(
    ("given_name", "name"),
    [
        ("report.pdf", "report.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\mia\\Plan.docx", "Plan.docx"),
        ("Prüfstand 3.jpg", "Prüfstand 3.jpg"),
        ("u\u0308ber.txt", "über.txt"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("a\r\nSet-Cookie: b=c.txt", "aSet-Cookie: b=c.txt"),
        ("  .hidden. ", "hidden"),
        ("", "file"),
        ("...", "file"),
        ("folder/", "file"),
        ("\x00\x01", "file"),
    ],
)
def test_a_name_is_made_harmless(given_name: str, name: str) -> None:
    assert clean(given_name) == name


def test_a_long_name_keeps_its_ending() -> None:
    cut = clean("x" * 500 + ".tar")
    assert len(cut) == MAX_NAME
    assert cut.endswith("x.tar")
    assert clean("y" * 500) == "y" * MAX_NAME


@given(st.text(max_size=400))
def test_whatever_is_given_a_name_is_short_clean_and_stays_as_it_is(text: str) -> None:
    name = clean(text)
    assert 0 < len(name) <= MAX_NAME
    assert not set(name) & set("/\\\r\n\x00")
    assert clean(name) == name


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("report.pdf", 'attachment; filename="report.pdf"'),
        (
            "Prüfung.pdf",
            "attachment; filename=\"Prufung.pdf\"; filename*=UTF-8''Pr%C3%BCfung.pdf",
        ),
        (
            '50% "off".txt',
            "attachment; filename=\"50_ _off_.txt\"; filename*=UTF-8''50%25%20%22off%22.txt",
        ),
        ("計画", "attachment; filename=\"file\"; filename*=UTF-8''%E8%A8%88%E7%94%BB"),
    ],
)
def test_a_header_carries_the_name_in_ascii_and_whole(name: str, header: str) -> None:
    assert disposition(name, inline=False) == header


@given(st.text(max_size=300))
def test_no_name_breaks_out_of_its_header(text: str) -> None:
    header = disposition(clean(text), inline=True)
    assert header.startswith("inline; filename=")
    assert header.isascii()
    assert header.isprintable()
    assert header.count('"') == 2
