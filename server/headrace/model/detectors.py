"""What can be found in a text without naming it: account numbers, card numbers, addresses.

Candidates are found here; whether one is what it looks like, its check digits tell. A look costs
linear time, whatever the text.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import accumulate
from typing import TYPE_CHECKING, Literal

import re2

from headrace.model.check_digits import is_iban, passes_luhn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

Detector = Literal["iban", "card", "email"]

#: Zero-width characters and soft hyphens, which take part in no word.
_UNSEEN = re.compile("[\u00ad\u200b-\u200d\u2060\ufeff]")
_DASHES = re.compile("[\u2010-\u2015\u2212]")
_GAP = re.compile(r"[ .\-/]{1,2}")

_IBAN_START = re.compile(r"(?<![^\W_])[A-Za-z]{2}[0-9]{2}")
_IBAN_RUN = re.compile(r"[A-Za-z0-9]+(?:[ .\-/]{1,2}[A-Za-z0-9]+)*")
_IBAN_LENGTHS = range(15, 35)
_CARD_START = re.compile(r"(?<![0-9])[2-6](?=[0-9])")
_CARD_RUN = re.compile(r"[0-9]+(?:[ .\-/]{1,2}[0-9]+)*")
_CARD_LENGTHS = range(13, 20)
#: Issuers' first digits and the lengths of their numbers.
_ISSUER = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})"  # Visa
    r"|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}"  # Mastercard
    r"|3[47]\d{13}"  # American Express
    r"|3(?:0[0-5]|[68]\d)\d{11}"  # Diners Club
    r"|6(?:011|5\d\d|4[4-9]\d)\d{12}"  # Discover
    r"|35(?:2[89]|[3-8]\d)\d{12}"  # JCB
    r"|(?:50|5[6-8])\d{10,17}"  # Maestro
)
_EMAIL = re2.compile(r"[\pL\pN._%+-]+@[\pL\pN-]+(?:\.[\pL\pN-]+)*\.\pL{2,}")


def plain(text: str) -> str:
    """The text as detectors and patterns read it: compatibility-normalised, so that blanks are
    blanks and digits digits, without what cannot be seen, and with one kind of dash."""
    return _DASHES.sub("-", _UNSEEN.sub("", unicodedata.normalize("NFKC", text)))


def has_iban(text: str) -> bool:
    """Whether an IBAN is in a plain text, in groups or not."""
    return any(
        is_iban(number)
        for start in _IBAN_START.finditer(text)
        for number in _numbers(text, start.start(), _IBAN_RUN, _IBAN_LENGTHS)
    )


def has_card(text: str) -> bool:
    """Whether a payment card's number is in a plain text, in groups or not."""
    return any(
        _ISSUER.fullmatch(number) and passes_luhn(number)
        for start in _CARD_START.finditer(text)
        for number in _numbers(text, start.start(), _CARD_RUN, _CARD_LENGTHS)
    )


def has_email(text: str) -> bool:
    """Whether an e-mail address is in a plain text."""
    return _EMAIL.search(text) is not None


DETECTORS: Mapping[Detector, Callable[[str], bool]] = {
    "iban": has_iban,
    "card": has_card,
    "email": has_email,
}


def _numbers(text: str, start: int, run: re.Pattern[str], lengths: range) -> Iterator[str]:
    """What stands there without its gaps, in every length at which it may end."""
    # Room for the longest number with two signs between any two of its own, and a little more.
    found = run.match(text, start, start + 3 * lengths.stop)
    groups = _GAP.split(found[0]) if found else []
    for number in accumulate(groups):
        if len(number) in lengths:
            yield number.upper()
