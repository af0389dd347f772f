"""``headrace classify``: the rules that raise levels, applied to what is there already."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click

from headrace.cli.commands import Command, data_option
from headrace.cli.errors import Refusal
from headrace.cli.progress import progress_bar
from headrace.cli.runtime import Program, opened, person_called
from headrace.errors import NotFound
from headrace.publishing.reclassifying import Progress

if TYPE_CHECKING:
    from collections.abc import Callable

    from headrace.settings import Settings

_NOTHING = Progress(group="", examined=0, of=0, found=0, raised=0)


@click.command("classify", cls=Command)
@click.option("--person", "email", required=True, metavar="EMAIL")
@click.option("--group", metavar="NAME", default=None)
@click.option("--dry-run", "is_rehearsal", is_flag=True)
@data_option
@click.pass_obj
def classify(
    program: Program, *, email: str, group: str | None, is_rehearsal: bool, data: str | None
) -> None:
    settings = program.settings(data=data)
    began = time.monotonic()
    with progress_bar(program.words("classify running")) as progress:
        work = _classify(settings, email, group, progress, is_applied=not is_rehearsal)
        done = program.run(work)
    number = program.words.number
    program.say(
        "classify foreseen" if is_rehearsal else "classify done",
        examined=number(done.examined),
        found=number(done.found),
        raised=number(done.raised),
        seconds=number(time.monotonic() - began, 1),
    )


async def _classify(
    settings: Settings,
    email: str,
    group: str | None,
    progress: Callable[[int, int], None],
    *,
    is_applied: bool,
) -> Progress:
    """Nodes are told as it goes on. Raises Refusal, Forbidden, Unavailable."""
    step = _NOTHING
    async with opened(settings) as runtime:
        person = await person_called(runtime, email)
        try:
            work = await runtime.administration.reclassification(runtime.database, person, group)
        except NotFound as error:
            raise Refusal(NotFound, "no group", name=group) from error
        async for step in work.run(is_applied=is_applied):
            progress(step.examined, step.of)
            await runtime.flush()
    return step
