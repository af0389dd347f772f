"""The commands put together, what an error looks like, and ``main``."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

import headrace
from headrace.cli.classifying import classify
from headrace.cli.commands import Group, translate
from headrace.cli.doctor import doctor
from headrace.cli.errors import Refusal
from headrace.cli.importing import import_
from headrace.cli.keys import key
from headrace.cli.people import person
from headrace.cli.runtime import Program
from headrace.cli.serving import serve, up
from headrace.cli.tokens import token
from headrace.cli.upkeep import audit, migrate, restored
from headrace.errors import HeadraceError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from headrace.cli.words import Words

_INTERRUPTED = 130  # 128 + SIGINT, as shells count


@click.group("headrace", cls=Group, no_args_is_help=False, invoke_without_command=True)
@click.option("--version", is_flag=True)
@click.pass_context
def commands(context: click.Context, *, version: bool) -> None:
    if version:
        click.echo(f"headrace {headrace.__version__}")
    elif context.invoked_subcommand is None:
        click.echo(context.get_help())


for command in (
    *(up, serve, migrate, restored, person, token),
    *(import_, classify, audit, key, doctor),
):
    commands.add_command(command)


def main() -> None:
    """The program ``headrace``."""
    sys.exit(run(sys.argv[1:], os.environ))


def run(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    """One run; answers the exit code: 0, 1 for what went wrong, 2 for how it was called."""
    program = Program(environ)
    translate(commands, program.words)
    try:
        code = commands.main(list(arguments), "headrace", standalone_mode=False, obj=program)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return 2
    except click.UsageError as error:
        _tell_usage(error, program.words)
        return 2
    except (HeadraceError, Refusal, OSError) as error:
        click.echo(program.words("error", message=sentence(error, program.words)), err=True)
        return 1
    except click.Abort:
        program.warn("interrupted")
        return _INTERRUPTED
    return code if isinstance(code, int) else 0


def sentence(error: HeadraceError | Refusal | OSError, words: Words) -> str:
    """An error in a sentence of the user's language, with its stable code."""
    if isinstance(error, Refusal):
        return f"{words(error.key, **error.values)} [{error.code}]"
    if isinstance(error, HeadraceError):
        return f"{_translated(error, words)} [{error.code}]"
    what = f"{error.filename}: {error.strerror}" if error.filename else str(error)
    return words("system error", message=what)


def _translated(error: HeadraceError, words: Words) -> str:
    # Details are written where the error is, in English; its code says in German what it is.
    if words.language == "en":
        return error.message
    general = words(f"error {error.code}")
    is_particular = error.message != (type(error).__doc__ or "").strip().partition("\n")[0]
    return f"{general} ({error.message})" if is_particular else general


def _tell_usage(error: click.UsageError, words: Words) -> None:
    if error.ctx is not None:
        click.echo(error.ctx.get_usage(), err=True)
        click.echo(words("try help", command=error.ctx.command_path), err=True)
    click.echo(words("error", message=_usage_sentence(error, words)), err=True)


def _usage_sentence(error: click.UsageError, words: Words) -> str:
    match error:
        case click.NoSuchOption():
            return words("no such option", name=error.option_name)
        case click.NoSuchCommand():
            return words("no such command", name=error.command_name)
        case click.MissingParameter(param=click.Parameter() as param):
            return words("missing", name=_shown(param))
        case click.BadParameter(param=click.Parameter() as param):
            return words(f"bad {param.type.name}", name=_shown(param), value=error.message)
        case click.BadOptionUsage():
            return words("no value", name=error.option_name)
    return words("too many")  # what else can be wrong is more than is taken


def _shown(param: click.Parameter) -> str:
    """A parameter as its user writes it."""
    if isinstance(param, click.Argument):
        return param.metavar or (param.name or "").upper()
    return param.opts[0]
