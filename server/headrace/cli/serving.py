"""``headrace up`` and ``headrace serve``: both hand over to the app and block until it ends."""

from __future__ import annotations

import errno
import socket
from contextlib import suppress
from typing import TYPE_CHECKING

import click

from headrace.cli.commands import Command, data_option
from headrace.cli.errors import Refusal
from headrace.cli.runtime import Program, told_plainly
from headrace.embedded import EngineLost
from headrace.errors import ConfigurationError, Unavailable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headrace.demo.company import SignIn
    from headrace.embedded import News
    from headrace.settings import Settings


@click.command("up", cls=Command)
@click.option("--host", metavar="ADDRESS")
@click.option("--port", metavar="PORT")
@click.option("--demo/--no-demo", default=True)
@data_option
@click.pass_obj
def up(
    program: Program, *, host: str | None, port: str | None, demo: bool, data: str | None
) -> None:
    _run(program, program.settings(host=host, port=port, data=data), demo=demo, workers=1)


@click.command("serve", cls=Command)
@click.option("--host", metavar="ADDRESS")
@click.option("--port", metavar="PORT")
@click.option("--workers", metavar="N")
@data_option
@click.pass_obj
def serve(
    program: Program, *, host: str | None, port: str | None, workers: str | None, data: str | None
) -> None:
    settings = program.settings(host=host, port=port, workers=workers, data=data)
    if settings.embedded:
        raise Refusal(ConfigurationError, "serve needs urls")
    _run(program, settings, demo=False, workers=settings.workers)


def _run(program: Program, settings: Settings, *, demo: bool, workers: int) -> None:
    # The web server is heavy to import, and no other command needs it.
    from headrace.app import run

    def announce(address: str, sign_ins: Sequence[SignIn] = ()) -> None:
        program.say("serving", address=address)
        if sign_ins:
            program.say("sign in", password=sign_ins[0].password)
        for one in sign_ins:
            role = one.role[program.words.language]
            program.say("sign in as", email=one.email, name=one.name, role=role)

    def tell(news: News) -> None:
        program.warn(f"engine {news.what}", engine=news.engine, reason=news.reason)

    _demand_port(settings)
    try:
        # Interrupting it is how one stops it.
        with told_plainly(), suppress(KeyboardInterrupt):
            run(settings, demo=demo, workers=workers, announce=announce, tell=tell)
    except EngineLost as lost:
        values = {"engine": lost.engine, "tries": lost.tries, "reason": lost.reason}
        raise Refusal(Unavailable, "engine lost", **values) from lost


def _demand_port(settings: Settings) -> None:
    """Raises Refusal where somebody else listens: better before engines are started."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        socket.create_server((settings.host, settings.port), family=family).close()
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        where = {"host": settings.host, "port": settings.port}
        raise Refusal(ConfigurationError, "port in use", **where) from error
