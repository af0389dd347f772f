"""What is written to people about their accounts, in German and English."""

from __future__ import annotations

from typing import NamedTuple

_TEXTS = {
    "en": (
        "Choose a new password for Headrace",
        """\
Hello {name},

somebody asked for a new password for your account {email} at Headrace.
If it was you, choose one here within {minutes} minutes:

{address}

If it was not you, there is nothing to do: your password stays as it is.
""",
    ),
    "de": (
        "Neues Passwort für Headrace wählen",
        """\
Guten Tag {name},

für Ihr Konto {email} bei Headrace wurde ein neues Passwort angefordert.
Wenn Sie das waren, wählen Sie es hier innerhalb von {minutes} Minuten:

{address}

Wenn Sie es nicht waren, ist nichts zu tun: Ihr Passwort bleibt, wie es ist.
""",
    ),
}


class Letter(NamedTuple):
    subject: str
    text: str


def reset(language: str, *, name: str, email: str, minutes: int, address: str) -> Letter:
    """The letter with the address at which one chooses a new password."""
    subject, text = _TEXTS.get(language, _TEXTS["en"])
    one_line = " ".join(name.split())
    return Letter(
        subject, text.format(name=one_line, email=email, minutes=minutes, address=address)
    )
