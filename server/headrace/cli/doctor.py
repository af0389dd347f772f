"""``headrace doctor``: what is configured, what answers, what is wrong and how to mend it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from headrace.cli.checks import Finding, State, examine
from headrace.cli.commands import Command, data_option
from headrace.settings import PREFIX, Settings

if TYPE_CHECKING:
    from headrace.cli.runtime import Program
    from headrace.cli.words import Words

_MARKS = {State.FINE: ("✓", "green"), State.NOTE: ("!", "yellow"), State.WRONG: ("✗", "red")}


@click.command("doctor", cls=Command)
@data_option
@click.pass_obj
def doctor(program: Program, *, data: str | None) -> int:
    settings = program.settings(data=data)
    found = program.run(examine(settings, program.environ))
    console = Console(soft_wrap=False)
    given = frozenset({"data"} if data else ())
    console.print(_settings_table(settings, program, given))
    console.print(_findings_table(found, program.words))
    states = Counter(finding.state for finding in found)
    if states[State.WRONG]:
        program.say("doctor wrong", count=states[State.WRONG])
        return 1
    program.say("doctor noted" if states[State.NOTE] else "doctor fine", count=states[State.NOTE])
    return 0


def _settings_table(settings: Settings, program: Program, given: frozenset[str]) -> Table:
    words = program.words
    table = Table(title=words("doctor settings"), title_justify="left")
    for heading in ("doctor setting", "doctor value", "doctor origin"):
        table.add_column(words(heading), overflow="fold")
    for row in Settings.table():
        origin = _origin(row.name, program, given)
        table.add_row(row.name, Text(settings.shown(row.name)), origin)
    return table


def _origin(name: str, program: Program, given: frozenset[str]) -> str:
    variable = PREFIX + name.upper()
    if name in given:
        return program.words("doctor option")
    if program.environ.get(variable):
        return variable
    return program.words("doctor default")


def _findings_table(found: list[Finding], words: Words) -> Table:
    table = Table(title=words("doctor checks"), title_justify="left")
    for heading in ("", "doctor check", "doctor value", "doctor mend"):
        table.add_column(words(heading) if heading else "", overflow="fold")
    for finding in found:
        mark, colour = _MARKS[finding.state]
        mend = words(finding.mend) if finding.mend else ""
        name = words(f"check {finding.key}")
        table.add_row(Text(mark, style=colour), name, Text(finding.value), mend)
    return table
