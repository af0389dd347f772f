from __future__ import annotations

import gzip
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from headrace.errors import TooLarge
from headrace.imports import archive

if TYPE_CHECKING:
    from pathlib import Path

    from headrace.imports.archive import Archive


def line(key: str, text: str = "hello", *, sent: str = "2016-12-22T17:28:35.582Z") -> str:
    return f"r1\tOrg/Room\t{sent}\tu1\tAnna\t{key}\t{text}\n"


def read(folder: Path, content: str | bytes, name: str = "room.tsv") -> Archive:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return archive.read(path)


def ids(found: Archive) -> list[str]:
    return [message.id for message in found.messages]


def faults(found: Archive) -> list[tuple[int, str]]:
    return [(error.details["line"], error.details["reason"]) for error in found.broken]


def test_a_record_becomes_a_message_with_its_time_and_place(tmp_path: Path) -> None:
    (message,) = read(tmp_path, line("m1", "hi there")).messages
    assert (message.room, message.room_name, message.user) == ("r1", "Org/Room", "u1")
    assert (message.name, message.id, message.text) == ("Anna", "m1", "hi there")
    assert message.sent == datetime(2016, 12, 22, 17, 28, 35, 582_000, tzinfo=UTC)
    assert (message.file, message.line) == ("room.tsv", 1)


def test_a_text_runs_over_several_lines_and_quotes(tmp_path: Path) -> None:
    found = read(tmp_path, line("m1", '"one\r\n\ntwo ""three""\tfour"') + line("m2"))
    assert found.messages[0].text == 'one\r\n\ntwo "three"\tfour'
    assert [message.line for message in found.messages] == [1, 4]
    assert not found.broken


def test_a_gzipped_archive_is_recognised_by_its_bytes(tmp_path: Path) -> None:
    found = read(tmp_path, gzip.compress(line("m1").encode()), "room.data")
    assert ids(found) == ["m1"]


def test_other_time_zones_are_the_same_moment(tmp_path: Path) -> None:
    found = read(tmp_path, line("m1", sent="2016-12-22T18:28:35.582+01:00"))
    assert found.messages[0].sent == datetime(2016, 12, 22, 17, 28, 35, 582_000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ("r1\tRoom\t2016-12-22T17:28:35Z\tu1\tAnna\n", "columns"),
        (line("m9").replace("hello", "hello\tworld"), "columns"),
        (line("m9", sent="yesterday"), "time"),
        (line("m9", sent="2016-12-22T17:28:35"), "time"),
        (line("m9", sent="1969-12-31T23:59:59Z"), "time"),
        (line("m9", sent="9999-12-31T23:59:59-12:00"), "time"),
        (line(""), "empty"),
        (line("m9").replace("u1", " "), "empty"),
        (line("m9", "a\x00b"), "nul"),
        (line("m9", '"a"b'), "columns"),
    ],
)
def test_a_broken_line_is_reported_and_the_rest_is_read(
    tmp_path: Path, bad: str, reason: str
) -> None:
    found = read(tmp_path, line("m1") + bad + line("m2"))
    assert ids(found) == ["m1", "m2"]
    assert faults(found) == [(2, reason)]
    assert found.broken[0].code == "broken_line"
    assert found.broken[0].details["file"] == "room.tsv"


def test_bytes_that_are_no_text_are_reported(tmp_path: Path) -> None:
    content = line("m1").encode() + line("m9").encode().replace(b"hello", b"h\xffllo")
    found = read(tmp_path, content + line("m2").encode())
    assert ids(found) == ["m1", "m2"]
    assert faults(found) == [(2, "undecodable")]


def test_a_quotation_mark_that_is_never_closed_takes_no_other_record_with_it(
    tmp_path: Path,
) -> None:
    found = read(tmp_path, line("m1") + line("m9", '"open') + line("m2") + line("m3"))
    assert ids(found) == ["m1", "m2", "m3"]
    assert faults(found) == [(2, "columns")]


def test_two_broken_lines_in_a_row_are_two_reports(tmp_path: Path) -> None:
    found = read(tmp_path, "a\tb\n" + line("m9", sent="no") + line("m1"))
    assert faults(found) == [(1, "columns"), (2, "time")]
    assert ids(found) == ["m1"]


def test_blank_lines_mean_nothing(tmp_path: Path) -> None:
    found = read(tmp_path, "\n" + line("m1") + "\n\n" + line("m2") + "\n")
    assert ids(found) == ["m1", "m2"]
    assert not found.broken


def test_a_cut_gzip_gives_what_is_whole_and_says_where_it_ends(tmp_path: Path) -> None:
    lines = [line(f"m{number}", f"text {number * 7919}") for number in range(2_000)]
    packed = gzip.compress("".join(lines).encode())
    found = read(tmp_path, packed[: len(packed) // 2])
    assert 0 < len(found.messages) < 2_000
    assert found.messages[-1].text == f"text {(len(found.messages) - 1) * 7919}"
    assert faults(found) == [(len(found.messages) + 1, "damaged")]


def test_a_gzip_with_wrong_checksum_is_reported(tmp_path: Path) -> None:
    packed = bytearray(gzip.compress(line("m1").encode()))
    packed[-6] ^= 0xFF
    found = read(tmp_path, bytes(packed))
    assert [reason for _, reason in faults(found)] == ["damaged"]


def test_an_archive_beyond_the_limit_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "MAX_BYTES", 1_000)
    with pytest.raises(TooLarge, match=r"room\.tsv"):
        read(tmp_path, gzip.compress(b"x" * 1_001), "room.tsv")
