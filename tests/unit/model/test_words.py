"""Text folded into comparable words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headrace.model.words import fold

plain = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("", ""),
        ("  …!🎉 ", ""),
        ("Vier Augen", " vier augen "),
        ("Straße STRASSE", " strasse strasse "),
        ("gro\u0308ße", " grösse "),
        ("ﬁnance Ⅳ ²", " finance iv 2 "),
        ("ΌΣ ός", " όσ όσ "),
        ("don't foo-bar foo_bar", " don t foo bar foo_bar "),
        ("日本語", " 日本語 "),
        ("a\n\tb\u00a0c\0d", " a b c d "),
    ],
)
def test_text_is_folded(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_a_phrase_occurs_at_word_boundaries_only() -> None:
    text = fold("Die Prüfung beginnt")
    assert fold("prüfung BEGINNT") in text
    assert fold("prüf") not in text
    assert fold("beginnt die") not in text


@given(plain)
def test_folding_again_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(plain)
def test_words_stand_between_single_blanks(text: str) -> None:
    folded = fold(text)
    assert folded == "".join(f" {word}" for word in folded.split()) + " " * bool(folded)


@given(plain, plain, plain)
def test_a_text_has_each_part_of_it_as_a_phrase(before: str, phrase: str, after: str) -> None:
    assert fold(phrase) in fold(f"{before} {phrase} {after}")
