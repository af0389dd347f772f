"""``headrace token``."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import click

from headrace.cli.commands import Group, data_option
from headrace.cli.errors import Refusal
from headrace.cli.parameters import ScopeOfToken, Until
from headrace.cli.runtime import Program, accounts_of, opened, person_called, utc_now
from headrace.errors import Invalid, NotFound
from headrace.log import directory
from headrace.model.identity import ALL_SCOPES

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from headrace.cli.runtime import Runtime
    from headrace.cli.words import Words
    from headrace.model.identity import Scope, TokenInfo
    from headrace.settings import Settings


@click.group("token", cls=Group)
def token() -> None:
    pass


@token.command("create")
@click.option("--person", "email", required=True, metavar="EMAIL")
@click.option("--name", default="headrace token create", metavar="NAME")
@click.option("--scope", "scopes", metavar="SCOPE", type=ScopeOfToken(), multiple=True)
@click.option("--group", "groups", metavar="NAME", multiple=True)
@click.option("--expires", metavar="WHEN", type=Until())
@data_option
@click.pass_obj
def create(
    program: Program,
    *,
    email: str,
    name: str,
    scopes: tuple[Scope, ...],
    groups: tuple[str, ...],
    expires: timedelta | datetime | None,
    data: str | None,
) -> None:
    until = _moment(expires)
    settings = program.settings(data=data)
    allowed = frozenset(scopes) or ALL_SCOPES
    click.echo(program.run(_create(settings, email, name, until, allowed, groups or None)))


async def _create(
    settings: Settings,
    email: str,
    name: str,
    expires: datetime | None,
    scopes: frozenset[Scope],
    groups: tuple[str, ...] | None,
) -> str:
    async with opened(settings) as runtime:
        found = await person_called(runtime, email)
        await _demand_groups(runtime, groups or ())
        made, _ = await accounts_of(runtime, settings).tokens.create(
            found, name, expires=expires, scopes=scopes, groups=groups
        )
        return made


async def _demand_groups(runtime: Runtime, groups: Iterable[str]) -> None:
    """Raises Refusal: a name that nobody has would make a token that opens nothing."""
    async with runtime.database.connection() as connection:
        for name in groups:
            if not await directory.is_group(connection, name):
                raise Refusal(NotFound, "no group called", name=name)


@token.command("list")
@click.option("--person", "email", required=True, metavar="EMAIL")
@data_option
@click.pass_obj
def list_(program: Program, *, email: str, data: str | None) -> None:
    for one in program.run(_list(program.settings(data=data), email)):
        click.echo(_row(one, program.words))


async def _list(settings: Settings, email: str) -> list[TokenInfo]:
    async with opened(settings) as runtime:
        return await accounts_of(runtime, settings).tokens.of(await person_called(runtime, email))


@token.command("revoke")
@click.argument("key", metavar="ID", type=click.UUID)
@data_option
@click.pass_obj
def revoke(program: Program, *, key: UUID, data: str | None) -> None:
    program.run(_revoke(program.settings(data=data), key))
    program.say("token revoked")


async def _revoke(settings: Settings, key: UUID) -> None:
    async with opened(settings) as runtime:
        try:
            await accounts_of(runtime, settings).tokens.revoke(None, key)
        except NotFound as error:
            raise Refusal(NotFound, "no token", id=key) from error


def _moment(expires: timedelta | datetime | None) -> datetime | None:
    now = utc_now()
    until = now + expires if isinstance(expires, timedelta) else expires
    if until is not None and until <= now:
        raise Refusal(Invalid, "token over", value=f"{until:%Y-%m-%d}")
    return until


def _row(one: TokenInfo, words: Words) -> str:
    return words(
        "token row",
        id=one.id,
        name=one.name,
        scopes=", ".join(sorted(one.scopes)),
        groups="–" if one.groups is None else ", ".join(sorted(one.groups)),
        used=_shown(one.last_used),
        expires=_shown(one.expires),
    )


def _shown(moment: datetime | None) -> str:
    return "–" if moment is None else moment.strftime("%Y-%m-%d %H:%M UTC")
