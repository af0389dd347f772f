"""How much a person may send in a day."""

from __future__ import annotations

from uuid import UUID

import pytest

from headrace.errors import TooLarge, TooManyRequests, UploadQuota
from headrace.files.allowance import Allowance

MIA, JONAS = UUID(int=1), UUID(int=2)


def test_a_file_that_says_it_is_too_large_is_refused_before_its_first_byte() -> None:
    with pytest.raises(TooLarge), Allowance(file=10, day=100, at_once=2).spend(MIA, 0, 11):
        pass


def test_a_file_that_does_not_say_so_is_refused_at_its_last() -> None:
    with Allowance(file=10, day=100, at_once=2).spend(MIA, 0, None) as upload:
        upload.count(10)
        with pytest.raises(TooLarge):
            upload.count(1)


def test_a_day_has_its_limit() -> None:
    allowance = Allowance(file=10, day=15, at_once=3)
    with pytest.raises(UploadQuota), allowance.spend(MIA, 6, 10):
        pass
    with allowance.spend(MIA, 5, 10) as upload:
        upload.count(10)


def test_what_is_on_its_way_counts_for_its_sender_alone_and_only_as_long() -> None:
    allowance = Allowance(file=10, day=15, at_once=3)
    with allowance.spend(MIA, 0, None) as first:
        first.count(10)
        with pytest.raises(UploadQuota), allowance.spend(MIA, 0, 6):
            pass
        with allowance.spend(JONAS, 0, 10):
            pass
        with allowance.spend(MIA, 0, None) as second:
            second.count(5)
            with pytest.raises(UploadQuota):
                second.count(1)
    with allowance.spend(MIA, 0, 10):
        pass


def test_room_is_kept_for_the_size_that_was_declared() -> None:
    """Or a large file would be refused at its last byte, because of small ones that came later."""
    allowance = Allowance(file=10, day=15, at_once=3)
    with allowance.spend(MIA, 0, 10) as large:
        with allowance.spend(MIA, 0, None) as small:
            small.count(5)
            with pytest.raises(UploadQuota):
                small.count(1)
        large.count(10)
        with pytest.raises(TooLarge):
            large.count(1)


def test_so_many_uploads_run_at_once_and_others_are_not_held_up() -> None:
    allowance = Allowance(file=10, day=100, at_once=2)
    with allowance.spend(MIA, 0, None), allowance.spend(MIA, 0, None):
        with pytest.raises(TooManyRequests), allowance.spend(MIA, 0, None):
            pass
        with allowance.spend(JONAS, 0, None):
            pass
    with allowance.spend(MIA, 0, None):
        pass


def test_who_uploads_nothing_leaves_nothing_behind() -> None:
    allowance = Allowance(file=10, day=100, at_once=2)
    with allowance.spend(MIA, 0, 4) as upload:
        upload.count(6)
    with pytest.raises(TooLarge), allowance.spend(MIA, 0, 11):
        pass
    assert not allowance._open
    assert not allowance._on_their_way
