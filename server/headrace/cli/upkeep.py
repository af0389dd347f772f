"""``headrace migrate`` and ``headrace audit verify``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from headrace.cli.commands import Command, Group, data_option
from headrace.cli.runtime import Program, database_url, engines, opened, told_plainly
from headrace.log import audit as audit_log
from headrace.log import migrate as bring_up

if TYPE_CHECKING:
    from headrace.log.audit import Verified
    from headrace.settings import Settings


@click.command("migrate", cls=Command)
@data_option
@click.pass_obj
def migrate(program: Program, *, data: str | None) -> None:
    settings = program.settings(data=data)
    with engines(settings) as running, told_plainly():
        program.run(bring_up(database_url(settings, running)))
    program.say("migrated")


@click.group("audit", cls=Group)
def audit() -> None:
    pass


@audit.command("verify")
@data_option
@click.pass_obj
def verify(program: Program, *, data: str | None) -> int:
    found = program.run(_verified(program.settings(data=data)))
    if found.broken is None:
        program.say("audit whole", entries=program.words.number(found.entries))
        return 0
    program.warn("audit broken", no=found.broken.no, reason=found.broken.reason)
    return 1


async def _verified(settings: Settings) -> Verified:
    async with opened(settings) as runtime:
        return await audit_log.verify(runtime.database)
