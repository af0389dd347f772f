"""Team files to import: the real ones where they are, otherwise made-up ones of their kind."""

from __future__ import annotations

import random
from pathlib import Path

#: Beside the checkout.
REAL = Path(__file__).parents[3] / "shared" / "data" / "org" / "teams"
_TEAMS = 166
_PEOPLE = 450


def team_files(real: Path, made_up: Path) -> Path:
    """The directory with files ``*.toml``; where ``real`` has none, made in ``made_up``."""
    if any(real.glob("*.toml")):
        return real
    made_up.mkdir(exist_ok=True)
    chance = random.Random(2026)
    for number in range(_TEAMS):
        people = [f"user{one}" for one in chance.sample(range(_PEOPLE), chance.randint(2, 18))]
        parent = f'subteam-of = "team-{chance.randrange(number)}"\n' if number % 3 else ""
        (made_up / f"team-{number}.toml").write_text(
            f'name = "team-{number}"\n{parent}[people]\nleads = {people[:1]}\nmembers = {people}\n'
        )
    return made_up
