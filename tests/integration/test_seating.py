"""What a publisher remembers of who reads what: nothing is taken, or refused, by what is stale.

Everything is changed by another node, of which this publisher hears nothing.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from headrace.errors import Forbidden, LevelNotAllowed, NotFound
from headrace.log import references
from headrace.model.classification import Classification, Rule
from headrace.model.groups import Role
from headrace.model.levels import Level
from headrace.publishing import Publication

if TYPE_CHECKING:
    from headrace.log.database import Connection
    from tests.integration.conftest import Organisation


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What the log was asked of seats, from now on."""
    seen: list[Any] = []

    async def seats(connection: Connection, pairs: Any) -> Any:
        seen.extend(pairs)
        return await references_seats(connection, pairs)

    references_seats = references.seats
    monkeypatch.setattr(references, "seats", seats)
    return seen


async def level_of_default(organisation: Organisation) -> str:
    return (await organisation.post(organisation.jonas)).level


async def test_who_publishes_again_is_not_asked_for_again(
    organisation: Organisation, asked: list[Any]
) -> None:
    await organisation.post(organisation.mia)
    assert asked
    asked.clear()
    await organisation.post(organisation.mia)
    await organisation.post(organisation.mia, level=Level.CONFIDENTIAL)
    assert asked == []


async def test_who_has_left_is_refused_what_they_did_before(organisation: Organisation) -> None:
    first = await organisation.post(organisation.jonas)
    await organisation.administration.drop_member(organisation.mia, "qm", "jonas")
    with pytest.raises(NotFound):
        await organisation.post(organisation.jonas)
    with pytest.raises(NotFound):
        await organisation.post(organisation.jonas, "edited", type="Update", object=UUID(first.id))


async def test_who_comes_back_is_let_in_at_once(organisation: Organisation) -> None:
    await organisation.post(organisation.jonas)
    await organisation.administration.drop_member(organisation.mia, "qm", "jonas")
    with pytest.raises(NotFound):
        await organisation.post(organisation.jonas)
    await organisation.administration.put_member(organisation.mia, "qm", "jonas", None, None)
    await organisation.post(organisation.jonas)


async def test_who_was_cleared_meanwhile_is_not_refused(organisation: Organisation) -> None:
    await organisation.post(organisation.jonas)
    with pytest.raises(LevelNotAllowed):
        await organisation.post(organisation.jonas, level=Level.CONFIDENTIAL)
    clear = organisation.administration.put_member
    await clear(organisation.mia, "qm", "jonas", None, Level.CONFIDENTIAL)
    await organisation.post(organisation.jonas, level=Level.CONFIDENTIAL)


async def test_who_became_a_moderator_deletes_and_who_is_none_any_more_does_not(
    organisation: Organisation,
) -> None:
    posts = [UUID((await organisation.post(organisation.mia)).id) for _ in range(2)]
    await organisation.post(organisation.jonas)

    async def delete(post: UUID) -> None:
        await organisation.post(organisation.jonas, "", type="Delete", object=post)

    put = organisation.administration.put_member
    await put(organisation.mia, "qm", "jonas", Role.MODERATOR, None)
    await delete(posts[0])
    await put(organisation.mia, "qm", "jonas", Role.MEMBER, None)
    with pytest.raises(Forbidden):
        await delete(posts[1])


async def test_the_level_by_default_is_that_of_who_somebody_is_now(
    organisation: Organisation,
) -> None:
    """Who is cleared for nothing publishes for all; who is by now, for the colleagues."""
    clear = organisation.administration.put_member
    await clear(organisation.mia, "qm", "jonas", None, Level.PUBLIC)
    assert await level_of_default(organisation) == "public"
    await clear(organisation.mia, "qm", "jonas", None, Level.INTERNAL)
    assert await level_of_default(organisation) == "internal"


@pytest.mark.parametrize(
    ("column", "value", "shown"),
    [("name", "Jonas Meyer", "name"), ("handle", "meyer", "handle")],
)
async def test_people_are_shown_as_they_are_called_now(
    organisation: Organisation, column: str, value: str, shown: str
) -> None:
    await organisation.post(organisation.jonas)
    async with organisation.database.connection() as connection:
        await connection.execute(
            f"UPDATE person SET {column} = $2 WHERE id = $1",
            *(UUID(organisation.jonas.id), value),
        )
    organisation.told.clear()
    await organisation.post(organisation.jonas)
    assert getattr(organisation.told[0].activity.actor, shown) == value


@pytest.mark.parametrize("group", ["merger", "nothing"])
async def test_of_a_group_in_which_somebody_has_no_seat_nothing_is_remembered(
    organisation: Organisation, asked: list[Any], group: str
) -> None:
    """Nor is it told from none by how often the log is asked."""
    await organisation.hide(organisation.mia, "merger")
    for _ in range(2):
        await organisation.post(organisation.jonas)
        asked.clear()
        with pytest.raises(NotFound):
            await organisation.post(organisation.jonas, also=(group,))
        assert asked


async def test_what_is_imported_needs_a_seat_that_holds(organisation: Organisation) -> None:
    """It may be lifted above what its author reads, and it is none of the seats there then."""
    rules = Classification(rules=(Rule(name="pay", level="confidential", words=("salary",)),))
    await organisation.administration.set_rules(organisation.mia, "qm", rules, None)
    then = datetime(2020, 1, 1, tzinfo=UTC)
    lifted = await organisation.post(organisation.jonas, "salary", published=then)
    assert lifted.level == "confidential"
    await organisation.administration.drop_member(organisation.mia, "qm", "jonas")
    with pytest.raises(NotFound):
        await organisation.post(organisation.jonas, "salary", published=then)


async def test_somebody_elses_change_costs_nobody_their_turn(organisation: Organisation) -> None:
    """In one batch: one who has gone, one who has come, and those who stayed."""
    everybody = [organisation.mia, organisation.jonas, organisation.gus]
    for person in everybody:
        await organisation.post(person)
    await organisation.administration.drop_member(organisation.mia, "qm", "jonas")
    await organisation.administration.put_member(organisation.mia, "qm", "olga", None, None)
    wanted = [
        Publication(actor=UUID(person.id), group="qm", content="again")
        for person in (*everybody, organisation.olga)
    ]
    outcomes = await organisation.publisher.publish_many(wanted)
    assert [isinstance(outcome, NotFound) for outcome in outcomes] == [False, True, False, False]
