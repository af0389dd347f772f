from __future__ import annotations

import re
import string

import click
import pytest

import headrace
from headrace.cli.catalogue import TEXTS
from headrace.cli.commands import option_key, walk
from headrace.cli.program import commands, run, sentence
from headrace.cli.words import Words, language
from headrace.errors import Conflict, LastOwner, every_error
from headrace.settings import Settings

ENGLISH = {"LANG": "en_GB.UTF-8"}
GERMAN = {"LANG": "de_DE.UTF-8"}
ENGLISH_WORDS, GERMAN_WORDS = Words("en"), Words("de")


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, "en"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "de_AT.UTF-8"}, "de"),
        ({"LANG": "de_DE", "LC_MESSAGES": "en_US"}, "en"),
        ({"LC_ALL": "DE", "LANG": "fr"}, "de"),
        ({"HEADRACE_LANG": "en", "LC_ALL": "de_DE"}, "en"),
        ({"HEADRACE_LANG": "", "LANG": "de"}, "de"),
    ],
)
def test_the_language_comes_from_the_environment(environ: dict[str, str], expected: str) -> None:
    assert language(environ) == expected


def test_numbers_are_written_as_the_language_does() -> None:
    assert ENGLISH_WORDS.number(1234567.89, 1) == "1,234,567.9"
    assert GERMAN_WORDS.number(1234567.89, 1) == "1.234.567,9"


@pytest.mark.parametrize("key", TEXTS)
def test_a_text_says_something_in_both_languages_and_takes_the_same_values(key: str) -> None:
    english, german = TEXTS[key]
    assert english.strip()
    assert german.strip()
    assert fields(english) == fields(german)


def test_every_command_and_every_option_has_a_text() -> None:
    for path, command in walk(commands):
        assert f"help {path}".strip() in TEXTS
        for param in command.params:
            if isinstance(param, click.Option):
                assert option_key(ENGLISH_WORDS, path, param.opts[0]) in TEXTS


def test_every_error_has_a_text_and_what_is_gone_has_none() -> None:
    paths = {f"help {path}".strip() for path, _ in walk(commands)}
    # What is not in errors.py belongs to HTTP or to a live connection.
    ours = (error for error in every_error() if error.__module__ == "headrace.errors")
    codes = {f"error {error.code}" for error in ours}
    written = {key for key in TEXTS if re.match(r"help\b|error .", key)}
    assert written == paths | codes


def test_the_commands_are_those_of_the_contract() -> None:
    leaves = {path for path, command in walk(commands) if not hasattr(command, "commands")}
    assert leaves == {
        "up",
        "serve",
        "migrate",
        "restored",
        "person add",
        "person deactivate",
        "person reset",
        "person drop-factor",
        "person list",
        "person reactivate",
        "token create",
        "token list",
        "token revoke",
        "import chat",
        "import org",
        "classify",
        "audit export",
        "audit verify",
        "key change",
        "key new",
        "doctor",
    }


def test_all_commands_take_a_data_directory() -> None:
    for _, command in walk(commands):
        if not hasattr(command, "commands"):
            assert "--data" in {name for param in command.params for name in param.opts}


def test_without_a_command_the_help_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([], ENGLISH) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("Usage: headrace")
    assert "Commands:" in shown


def test_help_is_german_where_the_user_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["import", "chat", "--help"], GERMAN) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("Aufruf: headrace import chat [OPTIONS] FILE…")
    assert "Optionen:" in shown
    assert "[nötig]" in shown
    assert not re.search(r"\b(Usage|Options|required|Show)\b", shown)


def test_a_language_lasts_for_one_run_only(capsys: pytest.CaptureFixture[str]) -> None:
    run(["doctor", "--help"], GERMAN)
    run(["doctor", "--help"], ENGLISH)
    assert "Show what is configured" in capsys.readouterr().out


def test_the_version_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"], ENGLISH) == 0
    assert capsys.readouterr().out == f"headrace {headrace.__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nix"], "There is no command nix."),
        (["up", "--nix"], "There is no option --nix."),
        (["person", "add"], "EMAIL is missing."),
        (["person", "add", "a@b.c"], "--name is missing."),
        (["migrate", "more"], "That is more than the command takes."),
        (["import", "chat", "--group"], "--group needs a value."),
        (["import", "chat", "/nix", "--group", "g"], "There is no file /nix."),
        (["import", "org", "/nix"], "There is no directory /nix."),
        (
            ["import", "chat", __file__, "--group", "g", "--speed", "-1"],
            "--speed takes max or a number above 0, not “-1”.",
        ),
        (
            ["person", "add", "a@b.c", "--name", "A", "--kind", "boss"],
            "--kind takes employee, guest or service, not “boss”.",
        ),
    ],
)
def test_a_wrong_call_is_told_in_a_sentence(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments, ENGLISH) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.endswith(f"Error: {said}\n")
    assert run(arguments, GERMAN) == 2
    assert not re.search(r"\b(Usage|Error|There|missing|Try)\b", capsys.readouterr().err)


def test_a_group_of_commands_without_one_shows_its_help(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["person"], ENGLISH) == 2
    assert "deactivate" in capsys.readouterr().err


def test_an_error_is_a_sentence_with_its_code() -> None:
    assert sentence(LastOwner(), ENGLISH_WORDS) == (
        "A group keeps at least one owner: name another one first. [last_owner]"
    )
    assert sentence(LastOwner(), GERMAN_WORDS) == (
        "Eine Gruppe behält mindestens einen Besitzer. [last_owner]"
    )


def test_the_details_of_an_error_are_kept_in_german() -> None:
    error = Conflict("there is a group named qm already")
    assert sentence(error, GERMAN_WORDS) == (
        "Das gibt es schon. (there is a group named qm already) [conflict]"
    )


def test_a_setting_that_is_wrong_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["up", "--port", "99999"], ENGLISH) == 1
    told = capsys.readouterr().err
    assert "HEADRACE_PORT" in told
    assert told.endswith("[configuration]\n")


def test_a_new_key_is_printed_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    printed = []
    for _ in range(2):
        assert run(["key", "new"], ENGLISH) == 0
        printed.append(capsys.readouterr().out)
    assert printed[0] != printed[1]
    assert Settings.load({"HEADRACE_SECRET_KEY": printed[0]}).secret_key == printed[0].strip()


def test_a_key_is_changed_only_where_there_is_one(capsys: pytest.CaptureFixture[str]) -> None:
    urls = {"HEADRACE_DATABASE_URL": "postgresql://db/x", "HEADRACE_REDIS_URL": "redis://db"}
    assert run(["key", "change"], ENGLISH | urls) == 1
    assert "`headrace key new` prints" in capsys.readouterr().err


def test_serve_says_that_it_needs_both_urls(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["serve"], GERMAN) == 1
    assert capsys.readouterr().err.startswith("Fehler: `headrace serve` braucht")
