from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from headrace.demo import company, history, traffic
from headrace.model.groups import GroupKind, Role
from headrace.model.people import Kind

if TYPE_CHECKING:
    from headrace.demo.company import Company

_MENTION = re.compile(r"(?<![\w@/])@([\w-]+)")


@pytest.fixture(scope="module")
def staff() -> Company:
    return company.load()


def members(staff: Company, name: str) -> set[str]:
    """Who reads a group: its members, those of its teams and, in a team, of the teams below."""
    groups = {group.name: group for group in staff.groups}
    group = groups[name]
    found = {handle for _, handles in group.seats() for handle in handles}
    below = [one.name for one in staff.groups if one.parent == name]
    for team in [*group.teams, *(below if group.kind is GroupKind.TEAM else [])]:
        found |= members(staff, team)
    return found


def test_it_has_employees_guests_and_services(staff: Company) -> None:
    kinds = [somebody.kind for somebody in staff.people]
    assert [kinds.count(kind) for kind in Kind] == [19, 3, 2]
    assert staff.people[0].admin
    assert len({staff.email(somebody) for somebody in staff.people}) == len(staff.people)


def test_everybody_has_a_role_in_both_languages(staff: Company) -> None:
    assert all(set(somebody.role) == {"de", "en"} for somebody in staff.people)


def test_groups_name_people_and_groups_that_are_there(staff: Company) -> None:
    handles = {somebody.handle for somebody in staff.people}
    seen: set[str] = set()
    for group in staff.groups:
        assert {handle for _, some in group.seats() for handle in some} <= handles
        assert {*group.teams, *([group.parent] if group.parent else [])} <= seen
        seen.add(group.name)


def test_guests_sit_as_guests_and_nobody_else_does(staff: Company) -> None:
    guests = {somebody.handle for somebody in staff.people if somebody.kind is Kind.GUEST}
    for group in staff.groups:
        for role, handles in group.seats():
            assert (set(handles) <= guests) if role is Role.GUEST else not guests & set(handles)


def test_whoever_spoke_was_a_member_and_whoever_was_mentioned_too(staff: Company) -> None:
    for thread in history.load():
        there = members(staff, thread.group)
        texts = [thread.text, *(text for _, _, text in thread.replies)]
        mentioned = {name for text in texts for name in _MENTION.findall(text)}
        assert {thread.by, *thread.likes, *(by for by, _, _ in thread.replies)} <= there
        assert mentioned <= there


def test_guests_speak_in_public_threads_only(staff: Company) -> None:
    guests = {somebody.handle for somebody in staff.people if somebody.kind is Kind.GUEST}
    for thread in history.load():
        if thread.level != "public":
            assert not guests & {thread.by, *thread.likes, *(by for by, _, _ in thread.replies)}
    for topic in traffic.load().topics:
        if topic.level != "public":
            assert not guests & {*topic.by, *topic.answered_by}


def test_whoever_goes_on_speaking_is_a_member(staff: Company) -> None:
    for topic in traffic.load().topics:
        assert {*topic.by, *topic.answered_by} <= members(staff, topic.group)


def test_one_signs_in_as_an_administrator_a_colleague_or_a_guest() -> None:
    shown = company.sign_ins()
    assert shown[0].email == "mia@muehlbach.example"
    assert {one.password for one in shown} == {"wasserrad"}
    assert shown[-1].role["de"].startswith("Kundin")
