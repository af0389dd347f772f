from __future__ import annotations

import pytest

from headrace.auth import letters, policy
from headrace.errors import WeakPassword


@pytest.mark.parametrize(
    "password", ["correct horse battery staple", "wu4 mzpt8 qk", "Grüße aus der Werkstatt"]
)
def test_a_long_password_that_nobody_expects_is_good_enough(password: str) -> None:
    policy.check(password)


@pytest.mark.parametrize(
    "password",
    [
        "wu4 mzpt8 q",  # eleven characters
        "passwordpassword",
        "aaaaaaaaaaaaaaaa",
        "123456789012",
        "qwertzuiop12",
        "jonas.weber@example.org",
        "jonasweber1",
    ],
)
def test_a_short_or_an_expected_one_is_not(password: str) -> None:
    with pytest.raises(WeakPassword):
        policy.check(password, "jonas.weber@example.org", "Jonas Weber")


def test_of_a_password_of_any_length_no_more_is_looked_at_than_goes_quickly(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looked_at: list[int] = []

    def zxcvbn(text: str, user_inputs: list[str]) -> dict[str, int]:
        looked_at.append(len(text))
        return {"score": 4}

    monkeypatch.setattr(policy, "zxcvbn", zxcvbn)
    policy.check("x7 mooring lamp " * 64)
    assert looked_at == [40]


def test_a_letter_is_in_the_language_asked_for_or_in_english() -> None:
    details = {"name": "Mia\nBcc: x", "email": "mia@example.org", "address": "https://x/#/r"}
    german = letters.reset("de", minutes=30, **details)
    assert german.subject == "Neues Passwort für Headrace wählen"
    assert "https://x/#/r" in german.text
    other = letters.reset("fr", minutes=30, **details)
    assert "within 30 minutes" in other.text
    assert "Hello Mia Bcc: x," in other.text
