"""How much a person may send in a day."""

from __future__ import annotations

from uuid import UUID

import pytest

from headrace.errors import TooLarge, UploadQuota
from headrace.files.allowance import Allowance

MIA, JONAS = UUID(int=1), UUID(int=2)


def test_a_file_that_says_it_is_too_large_is_refused_before_its_first_byte() -> None:
    with pytest.raises(TooLarge), Allowance(file=10, day=100).spend(MIA, 0, 11):
        pass


def test_a_file_that_does_not_say_so_is_refused_at_its_last() -> None:
    with Allowance(file=10, day=100).spend(MIA, 0, None) as upload:
        upload.count(10)
        with pytest.raises(TooLarge):
            upload.count(1)


def test_a_day_has_its_limit() -> None:
    allowance = Allowance(file=10, day=15)
    with pytest.raises(UploadQuota), allowance.spend(MIA, 6, 10):
        pass
    with allowance.spend(MIA, 5, 10) as upload:
        upload.count(10)


def test_what_is_on_its_way_counts_for_its_sender_alone_and_only_as_long() -> None:
    allowance = Allowance(file=10, day=15)
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
