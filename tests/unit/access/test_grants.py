from __future__ import annotations

from itertools import product

import msgspec
import pytest

from headrace.access.decisions import Place
from headrace.access.grants import (
    CEILINGS,
    Grant,
    Outcome,
    judge,
    judge_sharing,
    may_take_out,
    sound,
)
from headrace.model.groups import RANKS, Role, Visibility
from headrace.model.levels import Level
from headrace.model.people import Kind
from tests.unit.access.conftest import somebody

ALLOW, ASK, REFUSE = Outcome.ALLOW, Outcome.ASK, Outcome.REFUSE


def place(role: Role | None, *, widening: bool = False, ceiling: Level | None = None) -> Place:
    top = Level.PUBLIC if role is None else CEILINGS[role]
    return Place(Visibility.CLOSED, role, top if ceiling is None else ceiling, widening)


@pytest.mark.parametrize(
    ("where", "grant", "outcome"),
    [
        (place(Role.OWNER), Grant(Role.OWNER), ALLOW),
        (place(Role.OWNER), Grant(Role.GUEST, with_guests=True), ALLOW),
        (place(Role.OWNER), Grant(Role.MEMBER, Level.CONFIDENTIAL), ALLOW),
        (place(Role.MODERATOR), Grant(Role.MEMBER), ALLOW),
        (place(Role.MODERATOR), Grant(Role.MODERATOR), ALLOW),
        (place(Role.MODERATOR), Grant(Role.OWNER), REFUSE),
        (place(Role.MODERATOR), Grant(Role.MEMBER, had=Role.OWNER), REFUSE),
        (place(Role.MODERATOR), Grant(Role.GUEST, with_guests=True), ASK),
        (place(Role.MODERATOR), Grant(Role.MEMBER, with_guests=True), ASK),
        (place(Role.MODERATOR), Grant(Role.GUEST, with_guests=True, had=Role.GUEST), ALLOW),
        (place(Role.MODERATOR), Grant(Role.MEMBER, Level.CONFIDENTIAL), ASK),
        (place(Role.MODERATOR, ceiling=Level.INTERNAL), Grant(Role.MODERATOR), ASK),
        (place(Role.MEMBER), Grant(Role.MEMBER), REFUSE),
        (place(Role.MEMBER, widening=True), Grant(Role.MEMBER), ALLOW),
        (place(Role.MEMBER, widening=True), Grant(Role.MEMBER, Level.PUBLIC), ALLOW),
        (place(Role.MEMBER, widening=True), Grant(Role.MODERATOR), REFUSE),
        (place(Role.MEMBER, widening=True), Grant(Role.GUEST, with_guests=True), ASK),
        (place(Role.MEMBER, widening=True), Grant(Role.MEMBER, Level.CONFIDENTIAL), ASK),
        (place(Role.MEMBER, widening=True), Grant(Role.MEMBER, had=Role.GUEST), REFUSE),
        (place(Role.GUEST, widening=True), Grant(Role.GUEST), REFUSE),
        (place(None, widening=True), Grant(Role.MEMBER), REFUSE),
    ],
)
def test_who_may_bring_in_whom(where: Place, grant: Grant, outcome: Outcome) -> None:
    verdict = judge(somebody(), where, grant)
    assert verdict.outcome is outcome
    assert verdict.reason


@pytest.mark.parametrize(
    ("role", "secret", "outcome"),
    [
        (Role.OWNER, True, ALLOW),
        (Role.MODERATOR, False, ALLOW),
        (Role.MODERATOR, True, ASK),
        (Role.MEMBER, False, ALLOW),
        (Role.MEMBER, True, ASK),
        (Role.GUEST, True, REFUSE),
        (None, True, REFUSE),
    ],
)
def test_a_thread_leaves_a_secret_group_with_an_owners_consent(
    role: Role | None, secret: bool, outcome: Outcome
) -> None:
    where = place(role, widening=True)
    if secret:
        where = where._replace(visibility=Visibility.SECRET)
    assert judge_sharing(somebody(), where, Grant(Role.MEMBER)).outcome is outcome
    assert judge_sharing(somebody(admin=True), where, Grant(Role.MEMBER)).outcome is ALLOW


def test_administrators_may_bring_in_anybody() -> None:
    grant = Grant(Role.OWNER, with_guests=True, had=Role.OWNER)
    assert judge(somebody(admin=True), place(None), grant).outcome is ALLOW


def test_who_is_closed_brings_in_and_takes_out_nobody() -> None:
    for admin, role in product((False, True), (None, *Role)):
        closed = msgspec.structs.replace(somebody(admin=admin), active=False)
        where = place(role, widening=True)
        assert judge(closed, where, Grant(Role.MEMBER)).outcome is REFUSE
        assert may_take_out(closed, where, Role.GUEST).outcome is REFUSE


@pytest.mark.parametrize("widening", [False, True])
def test_without_an_owner_nobody_gives_more_than_they_have(widening: bool) -> None:
    """Over all combinations: what is allowed is at most one's own rank and level."""
    for role, ceiling, wanted, clearance, had in product(
        [Role.GUEST, Role.MEMBER, Role.MODERATOR], Level, Role, [None, *Level], [None, *Role]
    ):
        where = place(role, widening=widening, ceiling=ceiling)
        grant = Grant(wanted, clearance, had=had)
        if judge(somebody(), where, grant).outcome is ALLOW:
            assert RANKS[wanted] <= RANKS[role]
            assert grant.ceiling <= ceiling
            assert had is None or RANKS[had] <= RANKS[role]


@pytest.mark.parametrize(
    ("where", "had", "outcome"),
    [
        (place(Role.OWNER), Role.OWNER, ALLOW),
        (place(Role.MODERATOR), Role.MODERATOR, ALLOW),
        (place(Role.MODERATOR), Role.OWNER, REFUSE),
        (place(Role.MODERATOR), None, ALLOW),
        (place(Role.MEMBER, widening=True), Role.GUEST, REFUSE),
        (place(None), Role.GUEST, REFUSE),
    ],
)
def test_who_may_take_out_whom(where: Place, had: Role | None, outcome: Outcome) -> None:
    assert may_take_out(somebody(), where, had).outcome is outcome
    assert may_take_out(somebody(admin=True), where, had).outcome is ALLOW


@pytest.mark.parametrize(
    ("kind", "role", "clearance", "is_sound"),
    [
        (Kind.GUEST, Role.GUEST, None, True),
        (Kind.GUEST, Role.GUEST, Level.PUBLIC, True),
        (Kind.GUEST, Role.GUEST, Level.INTERNAL, False),
        (Kind.GUEST, Role.MEMBER, None, False),
        (Kind.EMPLOYEE, Role.GUEST, None, True),
        (Kind.EMPLOYEE, Role.GUEST, Level.INTERNAL, False),
        (Kind.SERVICE, Role.MEMBER, Level.CONFIDENTIAL, True),
    ],
)
def test_guests_stay_guests(
    kind: Kind, role: Role, clearance: Level | None, is_sound: bool
) -> None:
    assert sound(kind, role, clearance) is is_sound
