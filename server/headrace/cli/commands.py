"""Click's commands in the user's language.

Commands and options are declared without texts: the key of a text is made of the command's path
and the option's name (``help import chat``, ``option import chat --speed``, or
``option --data`` for an option that means the same everywhere).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from headrace.cli.words import Words


class Command(click.Command):
    """A command whose page of help is headed in the user's language."""

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        pieces = " ".join(self.collect_usage_pieces(ctx))
        formatter.write_usage(ctx.command_path, pieces, prefix=_words(ctx)("usage") + " ")

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        words = _words(ctx)
        options = (param for param in self.get_params(ctx) if isinstance(param, click.Option))
        records = [record for option in options if (record := option.get_help_record(ctx))]
        with formatter.section(words("options")):
            formatter.write_dl([(name, _required(text, words)) for name, text in records])


class Group(Command, click.Group):
    """A command of commands."""

    command_class = Command

    def __init__(self, *args: Any, **settings: Any) -> None:
        settings.setdefault("subcommand_metavar", "COMMAND …")
        super().__init__(*args, **settings)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        super().format_options(ctx, formatter)
        rows = [
            (name, command.get_short_help_str(limit=100)) for name, command in self.commands.items()
        ]
        with formatter.section(_words(ctx)("commands")):
            formatter.write_dl(rows)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order in which they are declared, which is that of the documents."""
        return list(self.commands)


Group.group_class = Group


def data_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """The option ``--data``, which all commands take."""
    return click.option("--data", metavar="DIR", default=None)(command)


def translate(command: click.Command, words: Words, path: str = "") -> None:
    """Give a command and all below it their texts."""
    command.help = words(f"help {path}".strip())
    with click.Context(command, info_name=path) as context:
        for param in command.get_params(context):
            if isinstance(param, click.Option):
                param.help = words(option_key(words, path, param.opts[0]))
    for name, below in getattr(command, "commands", {}).items():
        translate(below, words, f"{path} {name}".strip())


def option_key(words: Words, path: str, option: str) -> str:
    """The key of an option's text: the command's own, or the one for all commands."""
    own = f"option {path} {option}"
    return own if words.knows(own) else f"option {option}"


def walk(command: click.Command, path: str = "") -> Iterator[tuple[str, click.Command]]:
    """Every command with its path."""
    yield path, command
    for name, below in getattr(command, "commands", {}).items():
        yield from walk(below, f"{path} {name}".strip())


def _required(text: str, words: Words) -> str:
    return text.replace("[required]", words("required"))


def _words(ctx: click.Context) -> Words:
    words: Words = ctx.obj.words
    return words
