"""A plan in lines: what is new, changed, gone, and who joins, leaves or changes roles."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from headrace.cli.words import Words
    from headrace.imports.plan import Move, Plan


def lines(plan: Plan, words: Words) -> Iterator[str]:
    """The lines of a plan, the summary last."""
    for team in plan.new:
        yield words("plan new", team=team.name, title=team.title, parent=team.parent or "–")
    for team in plan.changed:
        yield words("plan changed", team=team.name, title=team.title, parent=team.parent or "–")
    for name in plan.gone:
        yield words("plan gone", team=name)
    yield from (_move("plan join", move, words) for move in plan.joins)
    yield from (_move("plan leave", move, words) for move in plan.leaves)
    yield from (_move("plan role", move, words) for move in plan.roles)
    yield words(
        "plan summary",
        new=len(plan.new),
        changed=len(plan.changed),
        gone=len(plan.gone),
        joins=words.number(len(plan.joins)),
        leaves=words.number(len(plan.leaves)),
        roles=words.number(len(plan.roles)),
    )


def _move(key: str, move: Move, words: Words) -> str:
    before, after = (words(f"role {role}") if role else "" for role in (move.before, move.after))
    return words(key, team=move.team, account=move.account, before=before, after=after)
