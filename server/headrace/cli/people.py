"""``headrace person``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from headrace.auth import Passwords
from headrace.cli.commands import Group, data_option
from headrace.cli.errors import Refusal
from headrace.cli.parameters import KindOfPerson
from headrace.cli.runtime import Program, opened
from headrace.errors import Conflict, Invalid, NotFound
from headrace.model.people import Kind

if TYPE_CHECKING:
    from headrace.model.people import Person
    from headrace.settings import Settings

_LEAST_PASSWORD = 10


@click.group("person", cls=Group)
def person() -> None:
    pass


@person.command("add")
@click.argument("email")
@click.option("--name", required=True, metavar="NAME")
@click.option("--kind", metavar="KIND", type=KindOfPerson(), default=Kind.EMPLOYEE)
@click.option("--admin", is_flag=True)
@click.option("--password-stdin", is_flag=True)
@data_option
@click.pass_obj
def add(
    program: Program,
    *,
    email: str,
    name: str,
    kind: Kind,
    admin: bool,
    password_stdin: bool,
    data: str | None,
) -> None:
    password = _password() if password_stdin else None
    settings = program.settings(data=data)
    added = program.run(_add(settings, email, name, kind, password, admin=admin))
    click.echo(f"{added.id} {added.email}")


async def _add(
    settings: Settings, email: str, name: str, kind: Kind, password: str | None, *, admin: bool
) -> Person:
    known = None if password is None else await Passwords().hash(password)
    async with opened(settings) as runtime:
        try:
            return await runtime.administration.add_person(
                None, email=email, name=name, kind=kind, admin=admin, password_hash=known
            )
        except Conflict as error:
            raise Refusal(Conflict, "person there", email=email) from error


def _password() -> str:
    """A password from the first line of standard input. Raises Refusal."""
    password = sys.stdin.readline().rstrip("\r\n")
    if len(password) < _LEAST_PASSWORD:
        raise Refusal(Invalid, "short password", least=_LEAST_PASSWORD)
    return password


@person.command("deactivate")
@click.argument("email")
@data_option
@click.pass_obj
def deactivate(program: Program, *, email: str, data: str | None) -> None:
    program.run(_deactivate(program.settings(data=data), email))
    program.say("deactivated", email=email)


async def _deactivate(settings: Settings, email: str) -> None:
    async with opened(settings) as runtime:
        try:
            await runtime.administration.deactivate(None, email)
        except NotFound as error:
            raise Refusal(NotFound, "no person", email=email) from error
