from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from random import Random
from uuid import UUID

import pytest

from headrace.demo import company, traffic
from headrace.demo.traffic import Line, Post, Writer, pause

ZONE = timezone(timedelta(hours=1))
TUESDAY = datetime(2026, 11, 17, 10, tzinfo=ZONE)


def writer(seed: int = 1) -> Writer:
    return Writer(traffic.load(), company.load().languages(), Random(seed))


def an_hour(made: Writer, count: int = 600) -> list[Line]:
    """Lines in even steps over an hour, each post remembered as if it was published."""
    lines = []
    for number in range(count):
        line = made.line(TUESDAY + timedelta(hours=1) * number / count)
        if line is None:
            continue
        lines.append(line)
        if line.text is not None and line.about is None:
            made.remember(Post(UUID(int=number), line))
    return lines


@pytest.fixture(scope="module")
def lines() -> list[Line]:
    return an_hour(writer())


def test_no_text_comes_twice_in_an_hour(lines: list[Line]) -> None:
    texts = [line.text for line in lines if line.text is not None]
    assert len(texts) == len(set(texts))
    assert len(texts) > 350


def test_there_are_posts_answers_and_likes(lines: list[Line]) -> None:
    posts = sum(line.about is None for line in lines)
    likes = sum(line.text is None for line in lines)
    answers = len(lines) - posts - likes
    assert min(posts, likes, answers) > 60


def test_the_same_seed_says_the_same(lines: list[Line]) -> None:
    assert [line.text for line in an_hour(writer())] == [line.text for line in lines]


def test_all_slots_are_filled(lines: list[Line]) -> None:
    assert not [line.text for line in lines if re.search(r"[{}#]\w*}|\{", line.text or "")]


def test_nobody_answers_or_likes_themselves_or_twice(lines: list[Line]) -> None:
    reactions = [(id(line.about), line.by) for line in lines if line.about is not None]
    assert len(reactions) == len(set(reactions))
    assert all(line.about is None or line.about.line.by != line.by for line in lines)


def test_an_answer_speaks_of_what_it_answers(lines: list[Line]) -> None:
    for line in lines:
        if line.about is not None and line.text is not None:
            assert line.about.line.values.items() <= line.values.items()


def test_everybody_speaks_their_language_where_there_is_a_choice(lines: list[Line]) -> None:
    languages = company.load().languages()
    for line in lines:
        texts = line.saying.texts()
        if line.about is None and line.text is not None and languages[line.by] in texts:
            (template,) = texts[languages[line.by]]
            assert fits(template, line.text)


def fits(template: str, text: str) -> bool:
    parts = re.split(r"\{\w+\}", template)
    pattern = ".*".join(re.escape(part) for part in parts)
    return re.fullmatch(pattern, text, re.IGNORECASE) is not None


def test_a_second_slot_of_a_kind_gets_another_value() -> None:
    made = writer()
    for _ in range(50):
        text, _ = made.fill("{nr} {nr2}", {})
        first, second = text.split()
        assert first != second


def test_every_slot_of_the_script_is_known_and_used() -> None:
    script = traffic.load()
    texts = [
        text
        for topic in script.topics
        for saying in topic.sayings
        for group in (*saying.texts().values(), *saying.reply.values())
        for text in group
    ]
    used = {name for text in texts for name in re.findall(r"\{([a-z]+)\d?\}", text)}
    assert used == set(script.slots)


def test_a_working_day_has_more_traffic_than_a_night_or_a_weekend() -> None:
    def seconds(now: datetime) -> float:
        random = Random(3)
        return sum(pause(now, random) for _ in range(200)) / 200

    busy = seconds(TUESDAY)
    assert 3 < busy < 5
    assert seconds(TUESDAY.replace(hour=12)) > 1.5 * busy
    assert seconds(TUESDAY.replace(hour=3)) > 5 * busy
    assert seconds(TUESDAY + timedelta(days=4)) > 5 * busy
