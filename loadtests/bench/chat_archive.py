"""Chat archives to import: the real ones where they are, otherwise made-up ones of their kind."""

from __future__ import annotations

import csv
import gzip
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Beside the checkout.
REAL = Path(__file__).parents[3] / "shared" / "data" / "chat"
_WORDS = ("build", "test", "deploy", "merge", "please", "why", "when", "the", "lunch", "works")
_BEGINNING = datetime(2016, 1, 1, tzinfo=UTC)


def archives(real: Path, made_up: Path, messages: int) -> list[Path]:
    """The files ``*.tsv.gz`` in ``real``; without any, one made in ``made_up``."""
    return sorted(real.glob("*.tsv.gz")) or [_made(made_up / "room.tsv.gz", messages)]


def _made(path: Path, messages: int) -> Path:
    with gzip.open(path, "wt", newline="", encoding="utf-8") as file:
        csv.writer(file, delimiter="\t", lineterminator="\n").writerows(_records(messages))
    return path


def _records(messages: int) -> Iterator[tuple[str, ...]]:
    """Newest first, as archives are. Some lines run on, some mention or thank somebody."""
    chance = random.Random(2026)
    for number in reversed(range(messages)):
        sent = _BEGINNING + timedelta(seconds=30 * number)
        user = int(min(chance.paretovariate(0.7), 900))
        text = " ".join(chance.choices(_WORDS, k=chance.randint(1, 40)))
        if number % 5 == 0:
            text = f"@user{int(min(chance.paretovariate(0.7), 900))} {text}\n{text}"
        yield (
            "room",
            "Example/Room",
            sent.isoformat(),
            f"u{user}",
            f"user{user}",
            f"m{number}",
            text,
        )
