"""Who said what when: the trace of a real organisation's year, or one made up in its likeness."""

from __future__ import annotations

import csv
import gzip
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Where the trace lies beside a checkout of the project.
TRACE = Path(__file__).parents[3] / "shared/data/trace/year.csv.gz"

DAY = 86_400
_CHANNELS = 67
_PEOPLE = 2_433
_MADE_UP = 50_000
#: How busy each hour of a day is (UTC), of the busiest.
HOURS = (
    *(0.57, 0.50, 0.42, 0.33, 0.26, 0.29, 0.33, 0.46, 0.54, 0.72, 0.71, 0.73),
    *(0.77, 0.91, 0.97, 1.00, 0.96, 0.89, 0.81, 0.83, 0.85, 0.87, 0.79, 0.73),
)


class Message(NamedTuple):
    """A message of the trace; channels, topics and people are numbers from 1."""

    second: int
    channel: int
    topic: int
    sender: int
    mentions: tuple[int, ...]
    characters: int


def messages(path: Path | None = None) -> Iterator[Message]:
    """The messages of a trace, in order of time; made up if there is no such file."""
    path = path or TRACE
    return recorded(path) if path.exists() else made_up()


def recorded(path: Path) -> Iterator[Message]:
    """A trace: gzipped CSV with second, channel, topic, sender, mentions, characters."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield Message(
                int(row["second"]),
                int(row["channel"]),
                int(row["topic"]),
                int(row["sender"]),
                tuple(map(int, row["mentions"].split())),
                int(row["characters"]),
            )


def made_up(seed: int = 7, number: int = _MADE_UP) -> Iterator[Message]:
    """As skewed as the real one: few channels and people say most; always the same for a seed."""
    random = Random(seed)
    channels = _skewed(_CHANNELS, 1.4)
    people = _skewed(_PEOPLE, 1.0)
    for second in sorted(_moment(random) for _ in range(number)):
        channel = _pick(random, channels)
        sender = _pick(random, people)
        mentions = (_pick(random, people),) if random.random() < 0.07 else ()
        size = min(10_000, int(random.lognormvariate(4.8, 1.2)) + 1)
        yield Message(
            second, channel, 1 + channel * 50 + second // 7_200 % 50, sender, mentions, size
        )


def _moment(random: Random) -> int:
    hour = random.choices(range(24), HOURS)[0]
    return random.randrange(365) * DAY + hour * 3_600 + random.randrange(3_600)


def _skewed(number: int, exponent: float) -> list[float]:
    return list(accumulate(1 / rank**exponent for rank in range(1, number + 1)))


def _pick(random: Random, weights: list[float]) -> int:
    return random.choices(range(1, len(weights) + 1), cum_weights=weights)[0]
