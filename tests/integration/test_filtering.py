"""Filters in SQL find exactly what they pass in Python."""

from __future__ import annotations

import asyncio
import json
import re
from typing import TYPE_CHECKING, Any
from uuid import UUID

import asyncpg
import msgspec
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from headrace.log.filtering import where
from headrace.model.activities import Activity
from headrace.model.filters import Facts, Filter, parse
from headrace.model.levels import Level
from headrace.model.people import Actor
from headrace.model.words import fold
from tests.filter_strategies import GROUPS, HANDLES, IDS, NOW, activities, filters

if TYPE_CHECKING:
    from collections.abc import Iterator


TABLES = """
    CREATE TEMPORARY TABLE p (id serial PRIMARY KEY, handle text NOT NULL);
    CREATE TEMPORARY TABLE g (id serial PRIMARY KEY, name text NOT NULL);
    CREATE TEMPORARY TABLE a (
        id uuid PRIMARY KEY, type text, actor integer, target integer, level smallint,
        in_reply_to uuid, thread uuid, content text, folded text, tags text[], mentions text[],
        attachment jsonb
    );
    CREATE INDEX a_tags ON a USING gin (tags);
    CREATE INDEX a_mentions ON a USING gin (mentions);
    CREATE INDEX a_thread ON a (thread);
    CREATE INDEX a_words ON a USING gin (string_to_array(folded, ' '));
    SET enable_seqscan = off;
"""
FOUND = "FROM a JOIN p ON p.id = a.actor LEFT JOIN g ON g.id = a.target WHERE "

#: Those that threads are made of, and more.
ALL_IDS = (*IDS, *(str(UUID(int=number)) for number in range(100, 108)))
batches = st.lists(activities(), min_size=1, max_size=len(ALL_IDS)).map(
    lambda made: [replace(each, id=new) for each, new in zip(made, ALL_IDS, strict=False)]
)

PLAIN = Activity(
    id=IDS[0],
    type="Create",
    actor=Actor(id="p1", type="Person", name="Anna", handle="anna"),
    level="public",
    published=NOW,
)


class Scratch:
    """Scratch tables of activities on a real server."""

    def __init__(self, database_url: str) -> None:
        self._runner = asyncio.Runner()
        self._connection: Any = self._runner.run(self._open(database_url))

    async def _open(self, database_url: str) -> Any:
        connection = await asyncpg.connect(database_url)
        await connection.execute(TABLES)
        await connection.executemany("INSERT INTO p (handle) VALUES ($1)", [(h,) for h in HANDLES])
        await connection.executemany("INSERT INTO g (name) VALUES ($1)", [(n,) for n in GROUPS])
        return connection

    def close(self) -> None:
        self._runner.run(self._connection.close())
        self._runner.close()

    def fill(self, batch: list[Activity]) -> None:
        self._runner.run(self._connection.execute("DELETE FROM a"))
        rows = [row(activity) for activity in batch]
        self._runner.run(self._connection.copy_records_to_table("a", records=rows))

    def found(self, wanted: Filter) -> set[str]:
        condition, arguments = where(wanted, 1)
        rows = self._runner.run(
            self._connection.fetch(f"SELECT a.id {FOUND} {condition}", *arguments)
        )
        return {str(row["id"]) for row in rows}

    def plan(self, wanted: Filter) -> str:
        condition, arguments = where(wanted, 1)
        rows = self._runner.run(
            self._connection.fetch(f"EXPLAIN SELECT a.id {FOUND} {condition}", *arguments)
        )
        return "\n".join(row[0] for row in rows)


def row(activity: Activity) -> tuple[object, ...]:
    return (
        UUID(activity.id),
        activity.type,
        HANDLES.index(activity.actor.handle) + 1,
        activity.target and GROUPS.index(activity.target) + 1,
        Level.named(activity.level).value,
        activity.in_reply_to and UUID(activity.in_reply_to),
        activity.thread and UUID(activity.thread),
        activity.content,
        None if activity.content is None else fold(activity.content),
        list(activity.tags),
        list(activity.mentions),
        json.dumps(msgspec.to_builtins(activity.attachment)) if activity.attachment else None,
    )


@pytest.fixture
def scratch(database_url: str) -> Iterator[Scratch]:
    tables = Scratch(database_url)
    yield tables
    tables.close()


def test_sql_and_python_pass_the_same_activities(scratch: Scratch) -> None:
    sizes = set()

    @settings(
        max_examples=200,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
        phases=set(Phase) - {Phase.explain},  # it costs more than all the others
    )
    @given(batches, st.lists(filters, min_size=5, max_size=15))
    def both_agree(batch: list[Activity], wanted: list[Filter]) -> None:
        scratch.fill(batch)
        facts = {activity.id: Facts.of(activity) for activity in batch}
        for each in wanted:
            passed = {known for known, of_it in facts.items() if each.accepts(of_it)}
            assert scratch.found(each) == passed, each.canonical
            sizes.add(len(passed))

    both_agree()
    # Neither all nor none: the comparison has compared something.
    assert sizes > {0, 1, 2, 3}


@pytest.mark.parametrize(
    ("text", "content", "passes"),
    [
        ("has:link", "http://x.de", True),
        ("has:link", "https://x.de", True),
        ("has:link", "HTTPS://X.DE", False),
        ("-has:link", None, True),
        ("-word", None, True),
        ("strasse", "Straße", True),
        ('"vier augen"', "Augen vier", False),
        ('"a_b vier"', "a_b axb vier", False),  # "_" is no pattern
        ('-"a_b vier"', "a_b axb vier", True),
    ],
)
def test_sql_passes_what_python_passes(
    scratch: Scratch, text: str, content: str | None, passes: bool
) -> None:
    activity = replace(PLAIN, content=content)
    scratch.fill([activity])
    assert parse(text).matches(activity) is passes
    assert bool(scratch.found(parse(text))) is passes


@pytest.mark.parametrize(
    ("text", "index"),
    [
        ("tag:audit", "a_tags"),
        ("tag:audit,b type:Create", "a_tags"),
        ("mention:anna", "a_mentions"),
        ("audit", "a_words"),
        ('"vier Augen"', "a_words"),
        (f"thread:{IDS[0]}", "a_thread"),
    ],
)
def test_an_index_serves_the_condition(scratch: Scratch, text: str, index: str) -> None:
    assert index in scratch.plan(parse(text))


def test_an_empty_filter_is_true() -> None:
    assert where(Filter(), 1) == ("true", [])


def test_placeholders_go_on_from_the_first_one() -> None:
    condition, arguments = where(parse('from:ci has:link tag:b "vier Augen"'), 4)
    assert sorted(set(re.findall(r"\$\d+", condition))) == ["$4", "$5", "$6", "$7"]
    assert arguments == [["ci"], ["b"], ["vier", "augen"], " vier augen "]


@pytest.mark.parametrize("value", ["'; DROP TABLE a; --", "$1", "%s", "{n}", "\\"])
def test_values_are_never_part_of_the_sql(value: str) -> None:
    quoted = '"' + value.replace("\\", "\\\\") + '"'
    assert where(parse(f"tag:{quoted}"), 1) == (where(parse("tag:x"), 1)[0], [[value.casefold()]])
