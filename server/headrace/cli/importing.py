"""``headrace import``: chat archives and an organisation's team files."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import click

from headrace.cli import plans
from headrace.cli.commands import Group, data_option
from headrace.cli.parameters import ExistingDirectory, ExistingFile, Speed
from headrace.cli.progress import progress_bar
from headrace.cli.runtime import Program, opened
from headrace.imports import archive, organisation, team_files
from headrace.imports.chat import BATCH, ChatImport, Pace
from headrace.imports.org import OrgImport

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from headrace.cli.words import Words
    from headrace.errors import BrokenLine
    from headrace.imports.archive import Archive
    from headrace.imports.chat import Summary
    from headrace.imports.organisation import Organisation
    from headrace.imports.plan import Plan
    from headrace.settings import Settings

_MOST_SHOWN = 20


@click.group("import", cls=Group)
def import_() -> None:
    pass


@import_.command("chat")
@click.argument("files", nargs=-1, required=True, type=ExistingFile(), metavar="FILE…")
@click.option("--group", required=True, metavar="NAME")
@click.option("--speed", type=Speed(), default="max", metavar="N|max")
@data_option
@click.pass_obj
def chat(
    program: Program,
    *,
    files: tuple[Path, ...],
    group: str,
    speed: float | None,
    data: str | None,
) -> int:
    settings = program.settings(data=data)
    began = time.monotonic()
    archives = [archive.read(path) for path in files]
    with progress_bar(program.words("import chat running", group=group)) as progress:
        summary = program.run(_import_chat(settings, archives, group, speed, progress))
    _tell_broken(program, summary.broken)
    _tell_chat(program, summary, group, time.monotonic() - began)
    return 1 if summary.broken else 0


async def _import_chat(
    settings: Settings,
    archives: Sequence[Archive],
    group: str,
    speed: float | None,
    progress: Callable[[int, int], None],
) -> Summary:
    async with opened(settings, batch=BATCH) as runtime:
        work = ChatImport(
            runtime.database, runtime.publisher, runtime.administration, runtime.flush
        )
        pace = Pace(speed, clock=time.monotonic, sleep=asyncio.sleep)
        return await work.run(archives, group, pace, progress)


def _tell_chat(program: Program, summary: Summary, group: str, seconds: float) -> None:
    number = program.words.number
    done = summary.added + summary.thanks
    program.say(
        "import chat done",
        group=group,
        messages=number(summary.messages),
        added=number(summary.added),
        thanks=number(summary.thanks),
        known=number(summary.known),
        empty=number(summary.empty),
        broken=number(len(summary.broken)),
        people=number(summary.people),
        seconds=number(seconds, 1),
        rate=number(done / seconds),
    )
    if not done:
        program.say("import chat nothing new")


def _tell_broken(program: Program, broken: Sequence[BrokenLine]) -> None:
    for error in broken[:_MOST_SHOWN]:
        program.warn("broken line", what=_broken(error, program.words), **error.details)
    if len(broken) > _MOST_SHOWN:
        program.warn("broken lines more", count=program.words.number(len(broken) - _MOST_SHOWN))


def _broken(error: BrokenLine, words: Words) -> str:
    return words(f"broken {error.details['reason']}", value=error.details["value"])


@import_.command("org")
@click.argument("directory", type=ExistingDirectory(), metavar="DIR")
@click.option("--apply", "is_applied", is_flag=True)
@data_option
@click.pass_obj
def org(program: Program, *, directory: Path, is_applied: bool, data: str | None) -> int:
    files = team_files.read(directory)
    faults = files.broken or organisation.faults(files.teams)
    if faults:
        _tell_broken(program, faults)
        program.warn("import org refused")
        return 1
    wanted = organisation.resolve(files.teams, files.ended)
    plan = program.run(_import_org(program.settings(data=data), wanted, is_applied=is_applied))
    for line in plans.lines(plan, program.words):
        click.echo(line)
    if plan.is_empty:
        program.say("import org nothing new")
    else:
        program.say("import org applied" if is_applied else "import org only shown")
    return 0


async def _import_org(settings: Settings, wanted: Organisation, *, is_applied: bool) -> Plan:
    async with opened(settings) as runtime:
        work = OrgImport(runtime.database, runtime.administration)
        return await (work.apply(wanted) if is_applied else work.plan(wanted))
