"""Numbers that prove themselves: IBANs (ISO 13616, ISO 7064) and card numbers (ISO/IEC 7812-1).

The countries' structures are those of SWIFT's IBAN registry: how many digits (n), capitals (a)
and either (c) follow the check digits.
"""

from __future__ import annotations

import re

_REGISTRY = """
AD 8n12c      AE 19n        AL 8n16c      AT 16n        AZ 4a20c      BA 16n        BE 12n
BG 4a6n8c     BH 4a14c      BI 23n        BR 23n1a1c    BY 4c4n16c    CH 5n12c      CR 18n
CY 8n16c      CZ 20n        DE 18n        DJ 23n        DK 14n        DO 4c20n      EE 16n
EG 25n        ES 20n        FI 14n        FK 2a12n      FO 14n        FR 10n11c2n   GB 4a14n
GE 2a16n      GI 4a15c      GL 14n        GR 7n16c      GT 24c        HN 4a20n      HR 17n
HU 24n        IE 4a14n      IL 19n        IQ 4a15n      IS 22n        IT 1a10n12c   JO 4a4n18c
KW 4a22c      KZ 3n13c      LB 4n20c      LC 4a24c      LI 5n12c      LT 16n        LU 3n13c
LV 4a13c      LY 21n        MC 10n11c2n   MD 20c        ME 18n        MK 3n10c2n    MN 16n
MR 23n        MT 4a5n18c    MU 4a19n3a    NI 4a20n      NL 4a10n      NO 11n        OM 3n16c
PK 4a16c      PL 24n        PS 4a21c      PT 21n        QA 4a21c      RO 4a16c      RS 18n
RU 14n15c     SA 2n18c      SC 4a20n3a    SD 14n        SE 20n        SI 15n        SK 20n
SM 1a10n12c   SO 19n        ST 21n        SV 4a20n      TL 19n        TN 20n        TR 6n16c
UA 6n19c      VA 18n        VG 4a16n      XK 16n        YE 4a4n18c
"""
_SIGNS = {"n": "[0-9]", "a": "[A-Z]", "c": "[A-Z0-9]"}
#: Twice each digit, summed up.
_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)


def _pattern(structure: str) -> str:
    parts = re.findall(r"(\d+)([nac])", structure)
    return "".join(f"{_SIGNS[kind]}{{{count}}}" for count, kind in parts)


STRUCTURES = dict(re.findall(r"([A-Z]{2}) (\w+)", _REGISTRY))
_IBAN = re.compile(
    "|".join(f"{country}[0-9]{{2}}{_pattern(found)}" for country, found in STRUCTURES.items())
)


def is_iban(number: str) -> bool:
    """Whether that is an IBAN, in capitals and without gaps: its remainder modulo 97 is 1, and
    its country has such numbers."""
    moved = number[4:] + number[:4]
    # The remainder rules out nearly all others, and is the cheaper look.
    is_whole = int("".join(str(int(sign, 36)) for sign in moved)) % 97 == 1
    return is_whole and _IBAN.fullmatch(number) is not None


def passes_luhn(digits: str) -> bool:
    """Whether the last digit checks the others (Luhn)."""
    reverse = [int(digit) for digit in reversed(digits)]
    return (sum(reverse[::2]) + sum(_DOUBLED[digit] for digit in reverse[1::2])) % 10 == 0
