"""What a name may be, told and cleaned."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headrace.errors import Invalid
from headrace.model.names import MAX_NAME, cleaned, plain_name

REAL = [
    *("Mia", "Jürgen O'Neill-Groß", "李小龍", "7", "G\u0308"),
    *(
        "\u0639\u0644\u06cc\u200c\u0631\u0636\u0627",
        "\U0001f469\u200d\U0001f4bb Team",
        "\U0001fae8",
    ),
]
BLANK = [
    *("", " ", " \t\n", "\u00a0", "\u200b", "\u2060\ufeff", "\u00ad"),
    *("\u3164", "\u2800", "\u0301"),
]
REFUSED = ["a\x00b", "a\nb", "a\tb", "a\x7fb", "a\x85b", "a\x9bb", "a\u2028b", "a\ud800b"]
TURNED = [f"a{turn}b" for turn in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"]


@pytest.mark.parametrize("name", REAL)
def test_names_as_people_have_them_stay_as_they_are(name: str) -> None:
    assert plain_name(f" {name}\n") == name
    assert cleaned(f"\t{name} ") == name


@pytest.mark.parametrize("name", [*BLANK, *REFUSED, *TURNED, "x" * (MAX_NAME + 1)])
def test_what_cannot_be_seen_or_controls_how_it_is_shown_is_refused(name: str) -> None:
    with pytest.raises(Invalid) as caught:
        plain_name(name, "title")
    assert caught.value.details == {"field": "title"}


@pytest.mark.parametrize("name", [*REFUSED, *TURNED])
def test_what_comes_from_elsewhere_is_cleaned(name: str) -> None:
    assert cleaned(name) == "a b"


@pytest.mark.parametrize("name", [None, *BLANK])
def test_the_first_that_leaves_a_name_is_taken(name: str | None) -> None:
    assert cleaned(name, "\u202e", "second", "third") == "second"
    assert cleaned(name) == ""


def test_blanks_around_a_name_do_not_count() -> None:
    assert plain_name(" " * MAX_NAME + "x" * MAX_NAME) == "x" * MAX_NAME


@given(st.text())
def test_what_is_cleaned_is_a_name_or_nothing(text: str) -> None:
    name = cleaned(text)
    assert not name or plain_name(name) == name
