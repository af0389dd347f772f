"""``headrace migrate``, ``headrace restored`` and ``headrace audit``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from headrace.cli.commands import Command, Group, data_option
from headrace.cli.errors import Refusal
from headrace.cli.parameters import ExistingFile, ExportFormat, Moment
from headrace.cli.runtime import Program, database_url, engines, opened, told_plainly, utc_now
from headrace.errors import BrokenLine
from headrace.log import audit as audit_log
from headrace.log import audit_files, epoch
from headrace.log import migrate as bring_up
from headrace.log.audit import Wanted

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from headrace.log.audit import Verified
    from headrace.log.audit_files import Format
    from headrace.settings import Settings


@click.command("migrate", cls=Command)
@data_option
@click.pass_obj
def migrate(program: Program, *, data: str | None) -> None:
    settings = program.settings(data=data)
    with engines(settings) as running, told_plainly():
        program.run(bring_up(database_url(settings, running)))
    program.say("migrated")


@click.command("restored", cls=Command)
@data_option
@click.pass_obj
def restored(program: Program, *, data: str | None) -> None:
    program.run(_begun(program.settings(data=data)))
    program.say("restored")


@click.group("audit", cls=Group)
def audit() -> None:
    pass


@audit.command("verify")
@click.argument("file", type=ExistingFile(), required=False)
@data_option
@click.pass_obj
def verify(program: Program, *, file: Path | None, data: str | None) -> int:
    if file is None:
        found = program.run(_verified(program.settings(data=data)))
    else:
        found = _verified_file(file)
    if found.broken is not None:
        reason = program.words(f"audit {found.broken.reason}")
        program.warn("audit broken", no=found.broken.no, reason=reason)
        return 1
    count = program.words.number(found.entries)
    if found.first > 1:
        program.say("audit part whole", entries=count, first=found.first, last=found.last)
    else:
        program.say("audit whole", entries=count)
    return 0


@audit.command("export")
@click.option("--format", "form", type=ExportFormat(), default="jsonl", metavar="jsonl|csv")
@click.option("--since", type=Moment(), default=None, metavar="TIME")
@click.option("--until", type=Moment(), default=None, metavar="TIME")
@data_option
@click.pass_obj
def export(
    program: Program,
    *,
    form: Format,
    since: datetime | None,
    until: datetime | None,
    data: str | None,
) -> None:
    wanted = Wanted(since=since, until=until)
    program.run(_exported(program.settings(data=data), form, wanted))


async def _begun(settings: Settings) -> None:
    async with opened(settings) as runtime:
        await epoch.begin(runtime.database, utc_now())


async def _verified(settings: Settings) -> Verified:
    async with opened(settings) as runtime:
        return await audit_log.verify(runtime.database)


def _verified_file(file: Path) -> Verified:
    try:
        return audit_files.verify(file)
    except BrokenLine as error:
        raise Refusal(BrokenLine, "audit no entry", line=error.details["line"]) from error


async def _exported(settings: Settings, form: Format, wanted: Wanted) -> None:
    async with opened(settings) as runtime:
        pieces = await runtime.administration.export_audit(runtime.database, None, form, wanted)
        async for piece in pieces:
            sys.stdout.buffer.write(piece)
        sys.stdout.buffer.flush()
