"""Many activities in one request: newline-delimited JSON in, a result for each line out.

The body is read first, so that neither side waits for the other to read. Then the lines are
taken a transaction at a time, and their results go out as they come: at once where one will do.
"""

from __future__ import annotations

from itertools import chain, islice
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from headrace.api import activities, answers, bodies
from headrace.api.shapes.activities import BatchResult, NewActivity
from headrace.errors import HeadraceError, TooLarge, Unavailable
from headrace.problems import problem
from headrace.publishing import Publication, Published

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence

    from starlette.responses import Response

    from headrace.api.calls import Call
    from headrace.api.queries import Query


_decoder = msgspec.json.Decoder(NewActivity)


class Line(NamedTuple):
    """A line by its number, from 1: what it wants published, or what is wrong with it."""

    number: int
    wanted: Publication | HeadraceError


async def publish(call: Call[bytes, Query]) -> Response:
    """If the log goes away half way, each line left is answered with unavailable."""
    call.services.accounts.limits.publish(call.person.id, call.body.count(b"\n") + 1)
    lines = _lines(call)
    size = call.services.settings.publish_batch
    done = await _publish(call, list(islice(lines, size)))
    if not any(result.error is None for result in done):
        await call.confirm()  # the log has looked only at who asks for what it took
    answer = answers.encode_lines(done)
    chunk = list(islice(lines, size))
    if not chunk:
        return answers.text(answer, media_type=answers.LINES)
    return answers.lines(_results(call, answer, chunk, lines))


async def _results(
    call: Call[bytes, Query], first: bytes, chunk: list[Line], lines: Iterator[Line]
) -> AsyncIterator[bytes]:
    yield first
    size = call.services.settings.publish_batch
    while chunk:
        try:
            done = await _publish(call, chunk)
        except Unavailable as error:
            done = [_result(line.number, error) for line in chain(chunk, lines)]
        yield answers.encode_lines(done)
        chunk = list(islice(lines, size))


async def _publish(call: Call[bytes, Query], lines: Sequence[Line]) -> list[BatchResult]:
    wanted = [line.wanted for line in lines if isinstance(line.wanted, Publication)]
    outcomes = iter(await call.services.publisher.publish_many(wanted))
    return [
        _result(
            line.number,
            line.wanted if isinstance(line.wanted, HeadraceError) else next(outcomes),
        )
        for line in lines
    ]


def _result(number: int, outcome: Published | HeadraceError) -> BatchResult:
    if isinstance(outcome, HeadraceError):
        return BatchResult(line=number, error=problem(outcome))
    return BatchResult(
        line=number,
        id=outcome.id,
        stream=outcome.stream,
        seq=outcome.seq,
        published=outcome.published,
        level=outcome.level,
        raised=outcome.raised,
        unreached=outcome.unreached,
    )


def _lines(call: Call[bytes, Query]) -> Iterator[Line]:
    """The lines that are not blank, read when they are asked for."""
    key, writing = call.idempotency_key, activities.Writing(call.identity, call.path("name"))
    most = call.services.settings.max_body_bytes
    for number, text in enumerate(call.body.split(b"\n"), 1):
        if not text or text.isspace():
            continue
        try:
            new = _read(text, most)
            line_key = None if key is None else f"{key}:{number}"
            yield Line(number, writing.publication(new, line_key))
        except HeadraceError as error:
            yield Line(number, error)


def _read(text: bytes, most: int) -> NewActivity:
    if len(text) > most:
        raise TooLarge(f"the line is larger than {most} bytes", most=most)
    new: NewActivity = bodies.decode(text, _decoder)
    return new
