from __future__ import annotations

import pytest

from headrace.access.decisions import Action, Place, decide, decide_on_activity
from headrace.model.groups import Role, Visibility
from headrace.model.people import Kind, Person
from tests.unit.access.conftest import somebody

OPEN, CLOSED = (Place(visibility, None) for visibility in (Visibility.OPEN, Visibility.CLOSED))


@pytest.mark.parametrize(
    ("actor", "action", "place", "allowed"),
    [
        (somebody(admin=True), Action.ADD_PEOPLE, None, True),
        (somebody(), Action.ADD_PEOPLE, None, False),
        (somebody(admin=True), Action.AUDIT, None, True),
        (somebody(), Action.AUDIT, None, False),
        (somebody(), Action.CREATE_GROUP, None, True),
        (somebody(Kind.GUEST), Action.CREATE_GROUP, None, False),
        (somebody(), Action.JOIN, OPEN, True),
        (somebody(), Action.JOIN, CLOSED, False),
        (somebody(Kind.GUEST), Action.JOIN, OPEN, False),
        (somebody(), Action.LEAVE, OPEN, False),
        (somebody(), Action.LEAVE, Place(Visibility.CLOSED, Role.GUEST), True),
        (somebody(), Action.MANAGE_MEMBERS, Place(Visibility.OPEN, Role.MEMBER), False),
        (somebody(), Action.MANAGE_MEMBERS, Place(Visibility.OPEN, Role.MODERATOR), True),
        (somebody(admin=True), Action.MANAGE_MEMBERS, CLOSED, True),
        (somebody(), Action.CHANGE_GROUP, Place(Visibility.OPEN, Role.MODERATOR), False),
        (somebody(), Action.CHANGE_GROUP, Place(Visibility.OPEN, Role.OWNER), True),
        (somebody(admin=True, active=False), Action.ADD_PEOPLE, None, False),
    ],
)
def test_who_may_do_what(actor: Person, action: Action, place: Place | None, allowed: bool) -> None:
    decision = decide(actor, action, place)
    assert decision.allowed is allowed
    assert decision.reason


def test_the_author_edits_and_moderators_delete() -> None:
    edit, delete = Action.EDIT, Action.DELETE
    assert decide_on_activity(edit, is_author=True, role=Role.MEMBER).allowed
    assert not decide_on_activity(edit, is_author=False, role=Role.OWNER).allowed
    assert decide_on_activity(delete, is_author=False, role=Role.MODERATOR).allowed
    assert not decide_on_activity(delete, is_author=False, role=Role.MEMBER).allowed
