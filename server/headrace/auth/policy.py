"""Which passwords are good enough: long, and not among the first that somebody would try.

NIST SP 800-63B-4, section 3.1.1.2: a minimum length and a list of what is known and expected; no
rules about kinds of characters, no expiry.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zxcvbn import zxcvbn

from headrace.errors import WeakPassword

if TYPE_CHECKING:
    from headrace.model.people import Person

LEAST = 12
#: zxcvbn's time grows with the square of the length, and beyond this nothing is guessed.
_LOOKED_AT = 40
#: Of 0 to 4: what takes at least a hundred million guesses.
_GOOD_ENOUGH = 3


def check(password: str, *about: str) -> None:
    """``about`` are words that others know of whoever chooses it. Raises WeakPassword."""
    if len(password) < LEAST:
        raise WeakPassword(f"a password has at least {LEAST} characters", least=LEAST)
    words = [word for text in about for word in (text, *text.replace("@", " ").split()) if word]
    if zxcvbn(password[:_LOOKED_AT], user_inputs=words)["score"] < _GOOD_ENOUGH:
        raise WeakPassword("that password is among the first that somebody would try")


def check_for(person: Person, password: str) -> None:
    """The same for somebody who is known. Raises WeakPassword."""
    check(password, person.email, person.handle, person.name)
