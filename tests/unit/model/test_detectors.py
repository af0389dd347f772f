"""Numbers and addresses are found by what makes them valid, however they are written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import iban, luhn

from headrace.model.detectors import DETECTORS, has_card, has_email, has_iban, plain

IBAN = "DE89370400440532013000"
CARD = "4111111111111111"


@pytest.mark.parametrize(
    "text",
    [
        IBAN,
        "DE89 3704 0044 0532 0130 00",
        "IBAN: DE89 3704 0044 0532 0130 00, bitte bis Freitag",
        "de89-3704-0044-0532-0130-00",
        "GB29 NWBK 6016 1331 9268 19.",
        "(NL91ABNA0417164300)",
        "DE89\u202f3704\u00a00044 0532 0130 00",  # blanks as documents have them
        "DE89\u200b370400440532013000",
        "DE89\uff13\uff17\uff10\uff140044 0532 0130 00",
        f"see XY12 {IBAN} and DE11 1111",
    ],
)
def test_an_iban_is_found_however_it_is_grouped(text: str) -> None:
    assert has_iban(plain(text))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "DE89370400440532013001",  # a wrong digit
        "DE89 3704 0044 0532 0130",
        "XX89370400440532013000",  # no country
        f"a{IBAN}",
        f"{IBAN}1",
        "DE89 3704\n\n0044 0532 0130 00",
    ],
)
def test_what_only_looks_like_an_iban_is_none(text: str) -> None:
    assert not has_iban(plain(text))


@given(st.text(st.sampled_from("0123456789"), min_size=18, max_size=18), st.integers(0, 21))
def test_one_wrong_digit_makes_an_iban_none(account: str, place: int) -> None:
    number = "DE" + iban.calc_check_digits(f"DE00{account}") + account
    assert has_iban(f"to {number} today") is bool(iban.is_valid(number))
    if place >= 2:
        wrong = str((int(number[place]) + 1) % 10)
        assert not has_iban(number[:place] + wrong + number[place + 1 :])


@pytest.mark.parametrize(
    "text",
    [
        CARD,
        "4111 1111 1111 1111",
        "card 4111-1111-1111-1111 12/27 123",
        "100 4111 1111 1111 1111",
        "378282246310005",
        "2223 0000 4841 0010",
    ],
)
def test_a_card_number_is_found_however_it_is_grouped(text: str) -> None:
    assert has_card(plain(text))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "4111111111111112",  # Luhn's check fails
        "9111111111111113",  # no issuer
        f"1{CARD}",
        f"{CARD}9",
        "4111 1111",
        "20261121 223912 3456",
    ],
)
def test_what_only_looks_like_a_card_number_is_none(text: str) -> None:
    assert not has_card(plain(text))


@given(st.text(st.sampled_from("0123456789"), min_size=14, max_size=14))
def test_a_card_number_is_one_with_its_check_digit_alone(digits: str) -> None:
    number = f"4{digits}"
    right = luhn.calc_check_digit(number)
    found = [digit for digit in "0123456789" if has_card(f"x {number}{digit} y")]
    assert found == [right]


@pytest.mark.parametrize("text", ["mia@example.org", "<Jürgen.Groß@firma.de>", "a+b@x.y.museum,"])
def test_an_address_is_found(text: str) -> None:
    assert has_email(plain(text))


@pytest.mark.parametrize("text", ["", "@mia", "mia@qm", "3 @ 4.50", "a@b.c"])
def test_a_mention_is_no_address(text: str) -> None:
    assert not has_email(plain(text))


@given(st.text(max_size=200))
def test_any_text_can_be_looked_at(text: str) -> None:
    for detector in DETECTORS.values():
        assert detector(plain(text)) in (True, False)


@pytest.mark.parametrize("piece", ["DE11 ", "4111 ", "a@", "4 ", "DE89 3704 0044 0532 0130 01 "])
def test_a_look_takes_time_in_proportion_to_the_text(piece: str) -> None:
    """Twice the text may take twice the steps: counted, not timed, by what is handed to checks."""
    counted = [_looks(piece * times) for times in (200, 400)]
    assert counted[1] <= 2 * counted[0] + 50


def _looks(text: str) -> int:
    from headrace.model import detectors

    runs = 0
    for starts, run, lengths in (
        (detectors._IBAN_START, detectors._IBAN_RUN, detectors._IBAN_LENGTHS),
        (detectors._CARD_START, detectors._CARD_RUN, detectors._CARD_LENGTHS),
    ):
        for start in starts.finditer(text):
            runs += sum(1 for _ in detectors._numbers(text, start.start(), run, lengths))
    return runs
