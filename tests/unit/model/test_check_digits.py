"""check_digits.py, against another implementation of the same standards."""

from __future__ import annotations

import random
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import iban, luhn

from headrace.model.check_digits import STRUCTURES, is_iban, passes_luhn

SIGNS = {
    "n": string.digits,
    "a": string.ascii_uppercase,
    "c": string.digits + string.ascii_uppercase,
}


def account(structure: str, chance: random.Random) -> str:
    """An account of that structure."""
    kinds, count = [], ""
    for sign in structure:
        if sign in SIGNS:
            kinds += [sign] * int(count)
            count = ""
        else:
            count += sign
    return "".join(chance.choice(SIGNS[kind]) for kind in kinds)


def numbered(country: str, account: str) -> str:
    return country + str(iban.calc_check_digits(f"{country}00{account}")) + account


@pytest.mark.parametrize("country", STRUCTURES)
def test_a_country_has_the_numbers_that_others_know_of(country: str) -> None:
    chance = random.Random(country)
    for _ in range(20):
        number = numbered(country, account(STRUCTURES[country], chance))
        assert is_iban(number)
        assert iban.is_valid(number, check_country=False), number
        for wrong in (number[:-1], f"{number}0"):
            assert not is_iban(numbered(country, wrong[4:]))


def test_no_country_is_missing() -> None:
    known = {country for country in _every_pair() if iban._ibandb.info(f"{country}00")[0][1]}
    assert known <= set(STRUCTURES)


def _every_pair() -> list[str]:
    return [one + two for one in string.ascii_uppercase for two in string.ascii_uppercase]


@pytest.mark.parametrize("country", STRUCTURES)
def test_what_stands_where_it_cannot_is_none(country: str) -> None:
    """A letter where a digit has to be; its check digits are right."""
    if STRUCTURES[country][-1] == "n":
        right = account(STRUCTURES[country], random.Random(country))
        assert not is_iban(numbered(country, f"{right[:-1]}X"))


@given(st.text(st.sampled_from(string.digits), min_size=1, max_size=30))
def test_luhn_is_luhn(digits: str) -> None:
    assert passes_luhn(digits) is bool(luhn.is_valid(digits))


@given(st.text(st.sampled_from(string.digits + string.ascii_uppercase), min_size=5, max_size=34))
def test_any_run_of_letters_and_digits_can_be_asked_about(run: str) -> None:
    assert is_iban(run) in (True, False)
