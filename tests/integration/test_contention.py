"""Many who publish at the same time, of whom some are refused or repeat themselves."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest

from headrace.errors import Unauthenticated
from headrace.log import classifications
from headrace.model.classification import Classification, Rule
from headrace.publishing import Publication, Published

if TYPE_CHECKING:
    from headrace.log.database import Connection
    from tests.integration.conftest import Organisation

_AT_ONCE = 24


def keyed(organisation: Organisation, key: str, credential: UUID | None = None) -> Publication:
    return Publication(
        actor=UUID(organisation.mia.id),
        group="qm",
        content="hello",
        source=f"api:{organisation.mia.id}",
        source_key=key,
        credential=credential,
    )


def refused(organisation: Organisation) -> Publication:
    """A like of nothing."""
    return Publication(actor=UUID(organisation.mia.id), group="qm", type="Like", object=uuid4())


async def test_many_batches_that_come_again_at_once_are_all_answered(
    organisation: Organisation,
) -> None:
    batches = [[keyed(organisation, f"{one}:{line}") for line in range(16)] for one in range(24)]
    for batch in batches:
        await organisation.publisher.publish_many(batch)
    outcomes = await asyncio.gather(*map(organisation.publisher.publish_many, batches))
    assert all(isinstance(one, Published) and one.repeated for batch in outcomes for one in batch)


async def test_many_batches_of_which_some_is_refused_are_all_answered(
    organisation: Organisation,
) -> None:
    sound = Publication(actor=UUID(organisation.mia.id), group="qm", content="sound")
    batches = [[refused(organisation), sound] for _ in range(_AT_ONCE)]
    await organisation.publisher.publish_many([sound])
    outcomes = await asyncio.gather(*map(organisation.publisher.publish_many, batches))
    assert [isinstance(one, Published) for batch in outcomes for one in batch] == [
        False,
        True,
    ] * _AT_ONCE


async def test_what_comes_twice_is_not_answered_like_what_came_by_a_session_that_is_over(
    organisation: Organisation,
) -> None:
    over, first, second = await organisation.publisher.publish_many(
        [keyed(organisation, "k", uuid4()), keyed(organisation, "k"), keyed(organisation, "k")]
    )
    assert isinstance(over, Unauthenticated)
    assert isinstance(first, Published)
    assert isinstance(second, Published)
    assert (second.id, second.repeated) == (first.id, True)


async def test_for_a_refusal_the_rules_are_not_read_again(
    organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Connection] = []
    everything = classifications.everything

    async def noted(connection: Connection) -> Any:
        asked.append(connection)
        return await everything(connection)

    monkeypatch.setattr(classifications, "everything", noted)
    await organisation.post(organisation.mia)
    assert asked
    asked.clear()
    await organisation.publisher.publish_many([refused(organisation)])
    assert asked == []


@pytest.mark.parametrize("was_here", [False, True])
async def test_a_rule_that_is_gone_refuses_nobody(
    organisation: Organisation, was_here: bool
) -> None:
    rules = Classification(rules=(Rule(name="pay", level="confidential", words=("salary",)),))
    await organisation.administration.set_rules(organisation.mia, "qm", rules, None)
    await organisation.post(organisation.mia)
    if was_here:
        await organisation.post(organisation.jonas)
    await organisation.administration.set_rules(organisation.mia, "qm", Classification(), None)
    assert (await organisation.post(organisation.jonas, "salary")).level == "internal"
