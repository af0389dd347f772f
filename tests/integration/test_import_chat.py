"""A chat archive on a real log, as ``headrace import chat`` takes it in."""

from __future__ import annotations

import asyncio
import csv
import io
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from headrace.cli.program import run
from headrace.errors import Invalid
from headrace.imports import archive
from headrace.imports.chat import ChatImport, Pace, Summary
from headrace.log import Database, directory, history, memberships
from headrace.model.filters import parse
from headrace.model.groups import Role
from headrace.model.people import Kind

if TYPE_CHECKING:
    from pathlib import Path

    from headrace.imports.archive import Archive
    from headrace.model.activities import Activity
    from headrace.publishing import Publication
    from tests.integration.conftest import Organisation

BEGIN = datetime(2016, 12, 22, 17, tzinfo=UTC)


class Room:
    """An archive in the making: messages in their order, written newest first."""

    def __init__(self, folder: Path, key: str = "r1") -> None:
        self._folder = folder
        self._key = key
        self._rows: list[list[str]] = []

    def say(self, user: str, name: str, text: str, *, key: str = "") -> None:
        sent = BEGIN + timedelta(minutes=len(self._rows))
        stamp = sent.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        number = key or f"{self._key}-{len(self._rows)}"
        self._rows.append([self._key, f"Org/{self._key}", stamp, user, name, number, text])

    def path(self, name: str = "") -> Path:
        text = io.StringIO()
        csv.writer(text, delimiter="\t", lineterminator="\n").writerows(reversed(self._rows))
        path = self._folder / (name or f"{self._key}.tsv")
        path.write_text(text.getvalue())
        return path

    def read(self) -> Archive:
        return archive.read(self.path())


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return Room(tmp_path)


AT_ONCE = Pace(None, clock=lambda: 0.0, sleep=lambda seconds: never(seconds))


async def take_in(
    organisation: Organisation, *archives: Archive, group: str = "chat", pace: Pace = AT_ONCE
) -> Summary:
    work = ChatImport(
        organisation.database, organisation.publisher, organisation.administration, nothing
    )
    return await work.run(archives, group, pace, lambda done, total: None)


async def nothing() -> None:
    """There is no bus to tell."""


async def never(seconds: float) -> None:
    raise AssertionError(f"an import at full speed waited {seconds} s")


async def said(organisation: Organisation, group: str = "chat", **fields: Any) -> list[Activity]:
    page = history.Page(UUID(organisation.mia.id), 200, parse(fields.get("filter", "")), group)
    return list(reversed(await page.read(organisation.database)))


async def handles(organisation: Organisation) -> dict[str, str]:
    async with organisation.database.connection() as connection:
        rows = await connection.fetch("SELECT handle, email FROM person")
    return {row["handle"]: row["email"] for row in rows}


async def test_messages_become_activities_with_their_times_oldest_first(
    organisation: Organisation, room: Room
) -> None:
    room.say("u1", "Ada", "first\nof two lines")
    room.say("u2", "Bob", "second")
    summary = await take_in(organisation, room.read())
    posts = await said(organisation, filter="type:Create")
    assert [post.content for post in posts] == ["first\nof two lines", "second"]
    assert [post.published for post in posts] == [BEGIN, BEGIN + timedelta(minutes=1)]
    assert [post.actor.name for post in posts] == ["Ada", "Bob"]
    assert (summary.messages, summary.added, summary.people) == (2, 2, 2)


async def test_names_that_cannot_be_here_are_cleaned_not_refused(
    organisation: Organisation, room: Room
) -> None:
    room.say("u1", "Ada\u202e\x1b", "first")
    room.say("u2", "\u200b", "second")
    await take_in(organisation, room.read())
    ada, nobody = [post.actor for post in await said(organisation, filter="type:Create")]
    assert ada.name == "Ada"
    assert nobody.name == nobody.handle == "person"


async def test_a_room_becomes_a_community_owned_by_the_administrators(
    organisation: Organisation, room: Room
) -> None:
    await organisation.administration.add_person(
        None, email="otto@example.org", name="Otto", admin=True
    )
    room.say("u1", "Ada", "hello")
    await take_in(organisation, room.read())
    async with organisation.database.connection() as connection:
        group = await directory.group_key(connection, "chat")
        seats = await memberships.seats(connection, group.id, organisation.mia)
    assert (group.title, group.kind, group.visibility) == ("Org/r1", "community", "open")
    assert {(seat.handle, seat.role) for seat in seats} == {
        ("mia", "owner"),
        ("otto", "owner"),
        ("ada", "member"),
    }


async def test_without_administrators_a_service_imports(
    organisation: Organisation, room: Room
) -> None:
    await organisation.administration.deactivate(None, "mia@example.org")
    room.say("u1", "Ada", "hello")
    await take_in(organisation, room.read())
    async with organisation.database.connection() as connection:
        group = await directory.group_key(connection, "chat")
        seats = await memberships.seats(connection, group.id, organisation.mia)
    owners = [(seat.handle, seat.kind) for seat in seats if seat.role == "owner"]
    assert owners == [("importer", "service")]


async def test_what_was_said_long_ago_is_not_unread_to_the_owners(
    organisation: Organisation, room: Room
) -> None:
    room.say("u1", "Ada", "hello @mia")
    await take_in(organisation, room.read())
    async with organisation.database.connection() as connection:
        (seen,) = await directory.groups_seen(
            connection, UUID(organisation.mia.id), only="chat", own_only=True
        )
    assert [stream.unread for stream in seen.streams] == [0, 0, 0]


async def test_running_again_adds_nothing_and_changes_nothing(
    organisation: Organisation, room: Room
) -> None:
    room.say("u1", "Ada", "hello")
    room.say("b1", "thanksbot", "> ada sends brownie points to @bob and @cem :sparkles:")
    room.say("u2", "Bob", "hi")
    room.say("u3", "Cem", "hey")
    await take_in(organisation, room.read())
    organisation.told.clear()
    again = await take_in(organisation, room.read())
    assert (again.added, again.thanks, again.people) == (0, 0, 0)
    assert again.known == 5
    assert organisation.told == []


async def test_a_message_that_an_archive_has_twice_is_published_once(
    organisation: Organisation, room: Room
) -> None:
    room.say("u1", "Ada", "hello", key="same")
    room.say("u1", "Ada", "hello", key="same")
    summary = await take_in(organisation, room.read())
    assert (summary.added, summary.known) == (1, 1)


async def test_an_import_that_was_stopped_is_completed_by_the_next(
    organisation: Organisation, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(40):
        room.say("u1", "Ada", f"message {number}")
    monkeypatch.setattr("headrace.imports.chat.BATCH", 8)
    publish_many = organisation.publisher.publish_many
    batches = 0

    async def stopping(publications: list[Publication]) -> Any:
        nonlocal batches
        batches += 1
        if batches == 3:
            raise KeyboardInterrupt
        return await publish_many(publications)

    monkeypatch.setattr(organisation.publisher, "publish_many", stopping)
    with pytest.raises(KeyboardInterrupt):
        await take_in(organisation, room.read())
    summary = await take_in(organisation, room.read())
    assert (summary.known, summary.added) == (16, 24)
    posts = await said(organisation, filter="type:Create")
    assert [post.content for post in posts] == [f"message {number}" for number in range(40)]


async def test_the_same_account_is_the_same_person_whatever_it_is_called(
    organisation: Organisation, tmp_path: Path
) -> None:
    first, second = Room(tmp_path, "r1"), Room(tmp_path, "r2")
    first.say("u1", "Ada", "hello")
    second.say("u1", "AdaLovelace", "it is me")
    second.say("u2", "Bob", "welcome back, @adalovelace and @ADA")
    await take_in(organisation, first.read())
    await take_in(organisation, second.read())
    posts = await said(organisation, filter="type:Create")
    assert len({post.actor.id for post in posts if post.actor.handle == "ada"}) == 1
    assert posts[-1].mentions == ("ada",)


async def test_two_accounts_of_one_name_are_two_people(
    organisation: Organisation, room: Room
) -> None:
    room.say("u1", "Ada", "hello")
    room.say("u2", "ada", "hello, namesake")
    await take_in(organisation, room.read())
    people = await handles(organisation)
    assert people["ada"] == "ada@chat.invalid"
    assert people["ada-2"] == "ada-2@chat.invalid"
    assert (await take_in(organisation, room.read())).people == 0


async def test_a_mention_means_the_archives_people_and_nobody_else(
    organisation: Organisation, room: Room
) -> None:
    await organisation.administration.add_group(organisation.mia, name="chat", title="Chat")
    room.say("u1", "Jonas", "I am another Jonas")
    room.say("u2", "Bob", "hello @JONAS, @mia and @nobody")
    await take_in(organisation, room.read())
    posts = await said(organisation, filter="type:Create")
    assert posts[-1].mentions == ("jonas-2",)
    inboxes = {entry.stream for entry in organisation.told if entry.via is not None}
    assert organisation.mia.inbox not in inboxes
    assert organisation.jonas.inbox not in inboxes


async def test_thanks_that_a_bot_passed_on_are_likes_of_people_by_people(
    organisation: Organisation, room: Room
) -> None:
    room.say("u1", "Ada", "hello")
    room.say("u2", "Bob", "hi")
    room.say("u3", "Cem", "hey")
    room.say("b1", "thanksbot", "> ada sends brownie points to @Bob and @cem :sparkles:")
    summary = await take_in(organisation, room.read())
    likes = await said(organisation, filter="type:Like")
    told = [(like.actor.handle, getattr(like.object, "handle", None)) for like in likes]
    assert sorted(told, key=str) == [("ada", "bob"), ("ada", "cem")]
    assert {like.published for like in likes} == {BEGIN + timedelta(minutes=3)}
    assert (summary.added, summary.thanks) == (3, 2)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("thanksbot", "> nobody sends brownie points to @ada :sparkles:"),
        ("thanksbot", "> ada sends brownie points to @nobody :sparkles:"),
        ("Bob", "> ada sends brownie points to @ada :sparkles:"),
    ],
)
async def test_thanks_of_unknown_people_or_by_no_bot_stay_texts(
    organisation: Organisation, room: Room, name: str, text: str
) -> None:
    room.say("u1", "Ada", "hello")
    room.say("u2", name, text)
    summary = await take_in(organisation, room.read())
    assert (summary.added, summary.thanks) == (2, 0)
    assert (await said(organisation, filter="type:Create"))[-1].content == text


async def test_a_bot_is_a_service(organisation: Organisation, room: Room) -> None:
    room.say("u1", "Ada", "hello")
    room.say("b1", "thanksbot", "> ada sends brownie points to @ada :sparkles:")
    await take_in(organisation, room.read())
    async with organisation.database.connection() as connection:
        bot = await directory.find_person(connection, "thanksbot")
    assert bot is not None
    assert bot.kind is Kind.SERVICE


async def test_messages_without_text_are_left_out_and_counted(
    organisation: Organisation, room: Room
) -> None:
    room.say("u1", "Ada", " \n")
    room.say("u1", "Ada", "hello")
    summary = await take_in(organisation, room.read())
    assert (summary.empty, summary.added) == (1, 1)


async def test_several_archives_are_told_in_the_order_of_their_times(
    organisation: Organisation, tmp_path: Path
) -> None:
    first, second = Room(tmp_path, "r1"), Room(tmp_path, "r2")
    for number in range(3):
        first.say("u1", "Ada", f"one {number}")
        second.say("u2", "Bob", f"two {number}")
    await take_in(organisation, first.read(), second.read())
    told = [e for e in organisation.told if e.activity.type == "Create" and e.via is None]
    assert [entry.activity.published for entry in told] == sorted(
        entry.activity.published for entry in told
    )


async def test_a_replay_leaves_nothing_out_though_time_goes_by_while_it_looks(
    organisation: Organisation, room: Room
) -> None:
    for number in range(30):
        room.say("u1", "Ada", f"message {number}")
    now = 0.0

    def clock() -> float:
        nonlocal now
        now += 0.4  # a message is due every second
        return now

    async def sleep(seconds: float) -> None:
        nonlocal now
        now += seconds

    summary = await take_in(organisation, room.read(), pace=Pace(60, clock=clock, sleep=sleep))
    assert summary.added == 30
    posts = await said(organisation, filter="type:Create")
    assert [post.content for post in posts] == [f"message {number}" for number in range(30)]


async def test_who_is_in_the_group_already_keeps_their_role(
    organisation: Organisation, room: Room
) -> None:
    room.say("u1", "Ada", "hello")
    await take_in(organisation, room.read())
    await organisation.administration.put_member(
        organisation.mia, "chat", "ada", Role.MODERATOR, None
    )
    room.say("u1", "Ada", "hello again")
    await take_in(organisation, room.read())
    async with organisation.database.connection() as connection:
        group = await directory.group_key(connection, "chat")
        seats = await memberships.seats(connection, group.id, organisation.mia)
    assert ("ada", "moderator") in {(seat.handle, seat.role) for seat in seats}


async def test_an_impossible_group_is_refused_before_anything_is_written(
    organisation: Organisation, room: Room
) -> None:
    room.say("u1", "Ada", "hello")
    with pytest.raises(Invalid):
        await take_in(organisation, room.read(), group="No Name")
    assert "ada" not in await handles(organisation)


async def test_a_text_that_is_too_long_is_reported_with_its_line(
    organisation: Organisation, room: Room
) -> None:
    room.say("u1", "Ada", "x" * 70_000)
    room.say("u1", "Ada", "hello")
    summary = await take_in(organisation, room.read())
    (error,) = summary.broken
    assert (error.details["file"], error.details["line"]) == ("r1.tsv", 2)
    assert error.details["reason"] == "refused"
    assert summary.added == 1


def test_the_command_reports_broken_lines_and_imports_the_rest(
    database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    room = Room(tmp_path)
    room.say("u1", "Ada", "hello")
    path = room.path()
    path.write_text("broken\n" + path.read_text())
    environ = {
        "HEADRACE_DATABASE_URL": database_url,
        "HEADRACE_REDIS_URL": "unix:///nowhere",
        "HEADRACE_LANG": "de",
    }
    assert run(["import", "chat", str(path), "--group", "chat"], environ) == 1
    out, err = capsys.readouterr()
    assert err == "r1.tsv:1: 1 statt 7 Spalten [broken_line]\n"
    assert out.startswith("chat: 1 Nachrichten gelesen, 1 hinzugefügt")
    path.write_text(path.read_text().removeprefix("broken\n"))
    assert run(["import", "chat", str(path), "--group", "chat"], environ) == 0
    assert "Nichts wurde hinzugefügt." in capsys.readouterr().out

    async def count() -> int:
        database = await Database.connect(database_url)
        async with database.connection() as connection:
            found = await connection.fetchval("SELECT count(*) FROM activity WHERE type = 'Create'")
        await database.close()
        return int(found)

    assert asyncio.run(count()) == 1
