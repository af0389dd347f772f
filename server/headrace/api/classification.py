"""The rules that raise levels: a group's for its owners, all others for administrators."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headrace.api import answers
from headrace.api.shapes.audience import ClassificationAnswer
from headrace.errors import Unavailable
from headrace.model.classification import Classification
from headrace.problems import problem

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.responses import Response

    from headrace.api.calls import Call
    from headrace.api.queries import Query
    from headrace.api.shapes.audience import ClassificationRun, NewClassification
    from headrace.publishing.reclassifying import Progress


async def one(call: Call[None, Query]) -> ClassificationAnswer:
    found, version = await call.services.administration.rules(
        call.services.database, call.person, _group(call)
    )
    return ClassificationAnswer(floor=found.floor, rules=found.rules, version=version)


async def put(call: Call[NewClassification, Query]) -> ClassificationAnswer:
    """What is published from now on follows the rules; what is there already when they are
    applied to it."""
    wanted = call.body
    version = await call.services.administration.set_rules(
        call.person,
        _group(call),
        Classification(floor=wanted.floor, rules=wanted.rules),
        wanted.version,
    )
    return ClassificationAnswer(floor=wanted.floor, rules=wanted.rules, version=version)


async def apply(call: Call[ClassificationRun, Query]) -> Response:
    """Answers how far it is, a line at a time."""
    work = await call.services.administration.reclassification(
        call.services.database, call.person, _group(call)
    )
    await call.services.accounts.limits.classify(call.person.id)
    return answers.lines(_lines(work.run(is_applied=not call.body.rehearsal)))


async def _lines(steps: AsyncIterator[Progress]) -> AsyncIterator[bytes]:
    try:
        async for step in steps:
            yield answers.encode_lines([step])
    except Unavailable as error:  # what was raised stays so, and the next run does the rest
        yield answers.encode_lines([problem(error)])


def _group(call: Call[Any, Query]) -> str | None:
    return call.path("name") if "name" in call.request.path_params else None
