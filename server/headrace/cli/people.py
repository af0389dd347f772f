"""``headrace person``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from headrace.auth import Passwords, policy
from headrace.cli.commands import Group, data_option
from headrace.cli.errors import Refusal
from headrace.cli.parameters import KindOfPerson
from headrace.cli.runtime import Program, accounts_of, opened, person_called
from headrace.errors import Conflict, NotFound, WeakPassword
from headrace.log import directory
from headrace.model.people import Kind

if TYPE_CHECKING:
    from headrace.model.people import Person
    from headrace.settings import Settings


_PAGE = 1_000


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
    password = _password(email, name) if password_stdin else None
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


def _password(email: str, name: str) -> str:
    """A password from the first line of standard input. Raises Refusal."""
    password = sys.stdin.readline().rstrip("\r\n")
    try:
        policy.check(password, email, name)
    except WeakPassword as error:
        raise Refusal(WeakPassword, "weak password", least=policy.LEAST) from error
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


@person.command("reset")
@click.argument("email")
@data_option
@click.pass_obj
def reset(program: Program, *, email: str, data: str | None) -> None:
    click.echo(program.run(_reset(program.settings(data=data), email)))


async def _reset(settings: Settings, email: str) -> str:
    async with opened(settings) as runtime:
        found = await person_called(runtime, email)
        try:
            path = await accounts_of(runtime, settings).resets.link(found, None)
        except NotFound as error:
            raise Refusal(NotFound, "no password", email=email) from error
    return settings.address + path


@person.command("reactivate")
@click.argument("email")
@data_option
@click.pass_obj
def reactivate(program: Program, *, email: str, data: str | None) -> None:
    program.run(_reactivate(program.settings(data=data), email))
    program.say("reactivated", email=email)


async def _reactivate(settings: Settings, email: str) -> None:
    async with opened(settings) as runtime:
        try:
            await runtime.administration.change_person(None, email, active=True)
        except NotFound as error:
            raise Refusal(NotFound, "no person", email=email) from error


@person.command("list")
@click.option("--search", metavar="TEXT")
@data_option
@click.pass_obj
def everybody(program: Program, *, search: str | None, data: str | None) -> None:
    for found in program.run(_everybody(program.settings(data=data), search)):
        marks = [mark for mark in ("admin", "active") if getattr(found, mark)]
        click.echo("\t".join([found.email, found.name, found.kind, ",".join(marks)]))


async def _everybody(settings: Settings, search: str | None) -> list[Person]:
    people: list[Person] = []
    async with opened(settings) as runtime, runtime.database.connection() as connection:
        while page := await directory.people(
            connection, after=people[-1].email if people else "", text=search, limit=_PAGE
        ):
            people += page
    return people


@person.command("drop-factor")
@click.argument("email")
@data_option
@click.pass_obj
def drop_factor(program: Program, *, email: str, data: str | None) -> None:
    program.run(_drop_factor(program.settings(data=data), email))
    program.say("factor dropped", email=email)


async def _drop_factor(settings: Settings, email: str) -> None:
    async with opened(settings) as runtime:
        found = await person_called(runtime, email)
        try:
            await accounts_of(runtime, settings).factors.take_away(found, None)
        except NotFound as error:
            raise Refusal(NotFound, "no factor", email=email) from error
