"""The command line on the real engines, each command as a user calls it."""

from __future__ import annotations

import asyncio
import io
import re
import socket
from typing import TYPE_CHECKING
from uuid import UUID

import asyncpg
import pytest

from headrace.auth import Accounts, Passwords
from headrace.bus import Bus
from headrace.cli.program import run
from headrace.cli.runtime import opened, utc_now
from headrace.log import directory
from headrace.model.classification import Classification, Rule
from headrace.publishing import Publication
from headrace.settings import Settings
from tests.conftest import SECRET_KEY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from headrace.embedded import Engines
    from headrace.model.entries import Entry
    from headrace.model.people import Person


class Shell:
    """Calls the program; keeps what it said last."""

    def __init__(self, environ: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
        self.environ = environ
        self._capsys = capsys
        self.out = ""
        self.err = ""

    def __call__(self, *arguments: str, **environ: str) -> int:
        code = run(arguments, self.environ | environ)
        self.out, self.err = self._capsys.readouterr()
        return code

    def person(self, email: str) -> Person:
        async def look() -> Person | None:
            async with (
                opened(self.settings) as runtime,
                runtime.database.connection() as connection,
            ):
                return await directory.find_person(connection, email)

        found = asyncio.run(look())
        assert found is not None
        return found

    @property
    def settings(self) -> Settings:
        return Settings.load(self.environ)


@pytest.fixture
def shell(database_url: str, redis_url: str, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(
        {
            "HEADRACE_DATABASE_URL": database_url,
            "HEADRACE_REDIS_URL": redis_url,
            "HEADRACE_LANG": "en",
        },
        capsys,
    )


def test_a_person_is_added_and_printed(shell: Shell) -> None:
    assert shell("person", "add", "Mia@Example.org", "--name", "Mia", "--admin") == 0
    person = shell.person("mia@example.org")
    assert shell.out == f"{person.id} mia@example.org\n"
    assert person.admin


@pytest.mark.parametrize("name", ["", "  ", "\u200b", "Mia\x07"])
def test_a_name_without_anything_to_see_or_with_controls_is_refused(
    shell: Shell, name: str
) -> None:
    assert shell("person", "add", "mia@example.org", "--name", name) == 1
    assert "[invalid]" in shell.err
    shell("person", "add", "mia@example.org", "--name", "Mia")
    assert shell("token", "create", "--person", "mia@example.org", "--name", name) == 1
    assert (shell.out, "[invalid]" in shell.err) == ("", True)


def test_a_person_twice_is_a_conflict(shell: Shell) -> None:
    shell("person", "add", "mia@example.org", "--name", "Mia")
    assert shell("person", "add", "mia@example.org", "--name", "Mia") == 1
    assert shell.out == ""
    assert shell.err == "Error: There is an account mia@example.org already. [conflict]\n"


def test_a_password_comes_from_standard_input(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("a long secret\nand more\n"))
    assert shell("person", "add", "mia@example.org", "--name", "M", "--password-stdin") == 0

    async def verified() -> bool:
        async with opened(shell.settings) as runtime, runtime.database.connection() as connection:
            known = await connection.fetchval("SELECT password FROM person")
        return await Passwords().verify(known, "a long secret")

    assert asyncio.run(verified())


def test_a_short_password_is_refused_before_anything_is_added(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("short\n"))
    assert shell("person", "add", "mia@example.org", "--name", "M", "--password-stdin") == 1
    assert "shorter than 12 characters" in shell.err
    assert shell("person", "deactivate", "mia@example.org") == 1


def test_a_token_is_printed_and_nothing_else_and_opens_the_account(shell: Shell) -> None:
    shell("person", "add", "ci@example.org", "--name", "CI", "--kind", "service")
    assert shell("token", "create", "--person", "ci@example.org") == 0
    token = shell.out.removesuffix("\n")
    assert shell.err == ""

    async def owner() -> Person:
        async with opened(shell.settings) as runtime:
            accounts = Accounts(runtime.database, utc_now, lambda n: bytes(n), shell.settings)
            return (await accounts.identify(f"Bearer {token}", None)).person

    assert asyncio.run(owner()).email == "ci@example.org"


def test_a_token_for_nobody_is_refused(shell: Shell) -> None:
    assert shell("token", "create", "--person", "nobody@example.org") == 1
    assert (shell.out, shell.err) == (
        "",
        "Error: There is no active account nobody@example.org. [not_found]\n",
    )


def test_a_closed_account_is_told_to_running_nodes_before_the_command_ends(
    shell: Shell, redis_url: str
) -> None:
    shell("person", "add", "mia@example.org", "--name", "Mia")
    inbox = shell.person("mia@example.org").inbox
    heard: list[Entry] = []

    async def listen() -> None:
        arrived = asyncio.Event()

        def on_entry(entry: Entry) -> None:
            heard.append(entry)
            arrived.set()

        bus = Bus(
            redis_url,
            "test",
            on_entry=on_entry,
            on_whisper=lambda _: None,
            on_ending=lambda _: None,
            on_attendance=lambda _: None,
            on_up=lambda _: None,
        )
        await bus.start()
        await bus.follow([inbox])
        code = await asyncio.to_thread(shell, "person", "deactivate", "mia@example.org")
        assert code == 0
        async with asyncio.timeout(5):
            await arrived.wait()
        await bus.close()

    asyncio.run(listen())
    assert [(entry.stream, entry.ended) for entry in heard] == [(inbox, True)]
    assert shell("person", "deactivate", "mia@example.org") == 1


def test_people_are_listed_and_a_closed_account_is_opened_again(shell: Shell) -> None:
    shell("person", "add", "mia@example.org", "--name", "Mia Keller", "--admin")
    shell("person", "add", "gus@customer.example", "--name", "Gus", "--kind", "guest")
    shell("person", "deactivate", "gus@customer.example")
    assert shell("person", "list") == 0
    gus = "gus@customer.example\tGus\tguest\t"
    mia = "mia@example.org\tMia Keller\temployee\tadmin,active"
    assert shell.out.splitlines() == [gus, mia]
    assert shell("person", "list", "--search", "KELLER") == 0
    assert shell.out.splitlines() == [mia]
    assert shell("person", "reactivate", "gus@customer.example") == 0
    shell("person", "list", "--search", "gus")
    assert shell.out.splitlines() == [f"{gus}active"]
    assert shell("person", "reactivate", "nobody@example.org") == 1


def test_a_change_is_made_even_where_the_bus_is_away(shell: Shell) -> None:
    away = {"HEADRACE_REDIS_URL": "unix:///nowhere/at/all"}
    assert shell("person", "add", "mia@example.org", "--name", "Mia", **away) == 0
    assert shell("person", "deactivate", "mia@example.org", **away) == 0


def test_the_audit_log_is_verified(shell: Shell, database_url: str) -> None:
    shell("person", "add", "mia@example.org", "--name", "Mia")
    shell("person", "deactivate", "mia@example.org")
    assert shell("audit", "verify") == 0
    assert shell.out == "The audit log is whole: 2 entries.\n"
    execute(database_url, "ALTER TABLE audit DISABLE TRIGGER append_only")
    execute(database_url, "UPDATE audit SET subject = 'somebody else' WHERE no = 2")
    assert shell("audit", "verify") == 1
    assert shell.err == "The audit log is broken at entry 2: it was changed afterwards.\n"


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_the_audit_log_is_exported_and_the_file_is_verified(
    shell: Shell, tmp_path: Path, form: str
) -> None:
    shell("person", "add", "mia@example.org", "--name", "Mia")
    assert shell("audit", "export", "--format", form) == 0
    file = tmp_path / "audit"
    file.write_text(shell.out)
    assert shell("audit", "verify", str(file)) == 0
    assert shell.out == "The audit log is whole: 2 entries.\n"
    file.write_text(file.read_text().replace("mia@example.org", "jon@example.org"))
    assert shell("audit", "verify", str(file), HEADRACE_LANG="de") == 1
    assert shell.err == (
        "Das Audit-Protokoll ist bei Eintrag 1 verletzt: er wurde nachträglich geändert.\n"
    )
    file.write_text("nothing of the kind")
    assert shell("audit", "verify", str(file)) == 1
    assert shell.err == "Error: Line 1 is no entry of an audit log. [broken_line]\n"


def test_a_part_of_the_audit_log_is_exported(shell: Shell, tmp_path: Path) -> None:
    shell("person", "add", "mia@example.org", "--name", "Mia")
    shell("audit", "export", "--until", "2026-01-01")
    assert shell.out == ""
    shell("audit", "export", "--since", "2026-01-01")
    lines = shell.out.splitlines()
    file = tmp_path / "audit"
    file.write_text("\n".join(lines[1:]))
    assert shell("audit", "verify", str(file)) == 0
    assert shell.out == "This part of the audit log is whole: 2 entries, 2 to 3.\n"
    for moment in ("soon", "0001-01-01T00:00+14:00", "9999-12-31T23:59-12:00"):
        assert shell("audit", "export", "--since", moment) == 2
        assert f"“{moment}”" in shell.err


def test_migrate_makes_an_empty_database_usable(
    shell: Shell, engines: Engines, database_names: Iterator[str]
) -> None:
    name = next(database_names)
    execute(engines.database_url, f"CREATE DATABASE {name}")
    url = engines.database_url.replace("/headrace?", f"/{name}?")
    here = {"HEADRACE_DATABASE_URL": url}
    assert shell("person", "add", "mia@example.org", "--name", "Mia", **here) == 1
    assert "run `headrace migrate` first" in shell.err
    assert shell("migrate", **here) == 0
    assert shell("migrate", **here) == 0
    assert shell("person", "add", "mia@example.org", "--name", "Mia", **here) == 0
    execute(engines.database_url, f"DROP DATABASE {name} WITH (FORCE)")


def test_a_database_of_a_newer_version_is_refused(shell: Shell, database_url: str) -> None:
    execute(database_url, "UPDATE alembic_version SET version_num = '9999'")
    assert shell("migrate") == 1
    assert shell.err.endswith("[newer_data]\n")
    assert shell("doctor") == 1
    assert "Upgrade" in shell.out


@pytest.mark.parametrize("command", [("migrate",), ("audit", "verify")])
def test_a_database_that_is_away_is_a_sentence(shell: Shell, command: tuple[str, ...]) -> None:
    away = {"HEADRACE_DATABASE_URL": "postgresql://localhost:1/headrace"}
    assert shell(*command, **away) == 1
    assert shell.err.startswith("Error: The database does not answer.")


@pytest.mark.parametrize("command", [("migrate",), ("audit", "verify")])
def test_a_database_that_is_not_there_is_a_sentence(shell: Shell, command: tuple[str, ...]) -> None:
    url = shell.environ["HEADRACE_DATABASE_URL"]
    nowhere = {"HEADRACE_DATABASE_URL": url.replace("/test_", "/nowhere_")}
    assert shell(*command, **nowhere) == 1
    assert "does not exist" in shell.err
    assert shell.err.endswith("[configuration]\n")


def test_a_port_in_use_is_a_sentence(shell: Shell) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert shell("serve", "--port", str(port)) == 1
    assert shell.err.startswith(f"Error: Port {port} of 127.0.0.1 is in use")


def test_the_doctor_finds_nothing_wrong(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "static").mkdir()
    (tmp_path / "static" / "index.html").touch()
    monkeypatch.setattr("headrace.cli.checks.resources.files", lambda _: tmp_path)
    few = {"HEADRACE_MAX_CONNECTIONS": "100"}
    assert shell("doctor", HEADRACE_SECRET_KEY=SECRET_KEY, **few) == 0
    assert "PostgreSQL 18" in shell.out
    assert "Nothing is wrong." in shell.out
    assert shell("doctor", **few) == 0
    assert "Nothing is wrong; worth a look: 1." in shell.out, "there is no key"


def test_the_doctor_says_where_settings_come_from_and_hides_passwords(shell: Shell) -> None:
    secret = "postgresql://me:hush@localhost:1/headrace"
    assert shell("doctor", HEADRACE_DATABASE_URL=secret, HEADRACE_PORT="8181") == 1
    assert "hush" not in shell.out
    assert "HEADRACE_PORT" in shell.out
    assert "default" in shell.out


def test_the_doctor_says_what_is_wrong_and_how_to_mend_it(shell: Shell) -> None:
    wrong = {
        "HEADRACE_DATABASE_URL": "postgresql://localhost:1/headrace",
        "HEADRACE_REDIS_URL": "redis://localhost:1",
        "HEADRACE_MAX_CONECTIONS": "7",
    }
    assert shell("doctor", HEADRACE_LANG="de", **wrong) == 1
    told = " ".join(shell.out.split())
    assert "PostgreSQL starten" in told
    assert "Redis oder Valkey" in told
    assert "So heißt keine" in told
    assert "Nicht in Ordnung: 3." in told


def test_the_doctor_creates_no_data_directory(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "fresh"
    shell = Shell({"HEADRACE_LANG": "en"}, capsys)
    shell("doctor", "--data", str(data))
    assert not data.exists()
    assert "`headrace up` makes it." in shell.out


def execute(url: str, statement: str) -> None:
    async def work() -> None:
        connection = await asyncpg.connect(url)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    asyncio.run(work())


def test_a_token_is_limited_listed_and_revoked(shell: Shell, database_url: str) -> None:
    execute(
        database_url,
        "INSERT INTO team_group (name, title, kind, visibility)"
        " VALUES ('qm', 'Quality', 'team', 'open')",
    )
    shell("person", "add", "ci@example.org", "--name", "CI", "--kind", "service")
    limits = ("--scope", "read", "--scope", "publish", "--group", "qm", "--expires", "90d")
    assert shell("token", "create", "--person", "ci@example.org", "--name", "bot", *limits) == 0
    assert shell("token", "list", "--person", "ci@example.org") == 0
    key, name, scopes, rest = shell.out.split("  ", 3)
    assert (name, scopes) == ("bot", "may: publish, read")
    assert rest.startswith("groups: qm  last used: –  until: 20")
    assert shell("token", "revoke", key) == 0
    assert shell.out == "The token is revoked.\n"
    assert shell("token", "list", "--person", "ci@example.org") == 0
    assert shell.out == ""
    assert shell("token", "revoke", key) == 1
    assert shell.err == f"Error: There is no token {key}. [not_found]\n"


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--scope", "write", "--scope takes read, publish, manage, account or admin"),
        ("--expires", "soon", "--expires takes hours (12h), days (90d) or a day"),
        ("--expires", "0d", "--expires takes hours"),
        ("--expires", "2020-01-01", "2020-01-01 is over already"),
        ("--group", "nobodys", "There is no group nobodys. [not_found]"),
    ],
)
def test_limits_that_are_none_are_refused(shell: Shell, option: str, value: str, said: str) -> None:
    shell("person", "add", "ci@example.org", "--name", "CI", "--kind", "service")
    assert shell("token", "create", "--person", "ci@example.org", option, value) != 0
    assert said in shell.err
    assert shell.out == ""


def test_an_operator_prints_a_link_to_choose_a_new_password(shell: Shell) -> None:
    shell("person", "add", "mia@example.org", "--name", "Mia")
    shell("person", "add", "ci@example.org", "--name", "CI", "--kind", "service")
    assert shell("person", "reset", "mia@example.org") == 0
    assert re.fullmatch(r"http://localhost:8080/#/reset/hp_[\w-]{43}\n", shell.out)
    assert shell("person", "reset", "ci@example.org") == 1
    assert "has tokens, and no password" in shell.err
    assert shell("person", "reset", "nobody@example.org") == 1


IBAN = "DE89 3704 0044 0532 0130 00"


@pytest.fixture
def ruled(shell: Shell) -> Shell:
    """Mia, who administrates, posted twice what a rule of today would make confidential."""
    shell("person", "add", "mia@example.org", "--name", "Mia", "--admin")
    shell("person", "add", "jonas@example.org", "--name", "Jonas")
    mia = shell.person("mia@example.org")

    async def work() -> None:
        async with opened(shell.settings) as runtime:
            await runtime.administration.add_group(mia, name="qm", title="Quality")
            for content in (IBAN, "lunch", IBAN):
                wanted = Publication(actor=UUID(mia.id), group="qm", content=content)
                await runtime.publisher.publish(wanted)
            rule = Rule(name="bank", level="confidential", detects=("iban",))
            rules = Classification(rules=(rule,))
            await runtime.administration.set_rules(mia, "qm", rules, None)

    asyncio.run(work())
    return shell


def confidential(shell: Shell) -> int:
    async def count() -> int:
        async with opened(shell.settings) as runtime, runtime.database.connection() as connection:
            found: int = await connection.fetchval(
                "SELECT count(*) FROM activity WHERE level = 2 AND type = 'Create'"
            )
            return found

    return asyncio.run(count())


@pytest.mark.parametrize("scope", [(), ("--group", "qm")])
def test_rules_are_applied_to_what_is_there_after_a_look_at_what_that_would_do(
    ruled: Shell, scope: tuple[str, ...]
) -> None:
    command = ("classify", "--person", "mia@example.org", *scope)
    assert ruled(*command, "--dry-run") == 0
    assert re.match(r"2 of 3 posts would rise, .* nothing was changed", ruled.out)
    assert confidential(ruled) == 0
    assert ruled(*command, HEADRACE_LANG="de") == 0
    assert ruled.out.startswith("2 von 3 Beiträgen waren höher einzustufen; mit den Antworten")
    assert confidential(ruled) == 2
    assert ruled(*command) == 0
    assert ruled.out.startswith("0 of 1 posts had to rise; with what answers them, 0 rose")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--person", "jonas@example.org"), "[forbidden]"),
        (("--person", "jonas@example.org", "--group", "qm"), "[forbidden]"),
        (("--person", "nobody@example.org"), "There is no active account nobody@example.org."),
        (("--person", "mia@example.org", "--group", "nowhere"), "There is no group nowhere"),
        ((), "--person is missing."),
    ],
)
def test_only_who_may_make_rules_applies_them(
    ruled: Shell, arguments: tuple[str, ...], said: str
) -> None:
    assert ruled("classify", *arguments) != 0
    assert said in ruled.err
    assert "Traceback" not in ruled.err
    assert (ruled.out, confidential(ruled)) == ("", 0)
