"""``headrace key``: the key with which secrets in the database are sealed."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import click

from headrace.auth.key_file import KeyFile, written
from headrace.auth.sealing import Ring
from headrace.auth.sealing_keys import SealingKeys
from headrace.cli.commands import Group, data_option
from headrace.cli.errors import Refusal
from headrace.cli.runtime import Program, opened, told_plainly, utc_now
from headrace.embedded import start_engines
from headrace.errors import ConfigurationError
from headrace.log import Database, migrate
from headrace.settings import KEY_BYTES

if TYPE_CHECKING:
    from headrace.auth.sealing_keys import Changed
    from headrace.settings import Settings


@click.group("key", cls=Group)
def key() -> None:
    pass


@key.command("new")
@data_option
def new(*, data: str | None) -> None:
    click.echo(written(secrets.token_bytes(KEY_BYTES)))


@key.command("change")
@click.option("--lost", is_flag=True)
@data_option
@click.pass_obj
def change(program: Program, *, lost: bool, data: str | None) -> None:
    settings = program.settings(data=data)
    work = _change_file if settings.keeps_key else _change
    changed = program.run(work(settings, lost=lost))
    program.say("key changed", count=changed.sealed)
    if changed.unreadable:
        program.warn("key unreadable", count=changed.unreadable)


async def _change(settings: Settings, *, lost: bool) -> Changed:
    ring = Ring.of(settings)
    if ring.newest is None:
        raise Refusal(ConfigurationError, "key not set")
    async with opened(settings) as runtime:
        keys = SealingKeys(runtime.database, secrets.token_bytes)
        return await keys.change(ring, ring.newest, utc_now(), lost=lost)


async def _change_file(settings: Settings, *, lost: bool) -> Changed:
    """As `headrace up` starts the engines: one that runs would not know the new key."""
    with start_engines(settings.data, bus=True) as running, told_plainly():
        await migrate(running.database_url)
        database = await Database.connect(running.database_url, size=1)
        try:
            keys = SealingKeys(database, secrets.token_bytes)
            return await keys.change_in_directory(KeyFile(settings.data), utc_now(), lost=lost)
        finally:
            await database.close()
