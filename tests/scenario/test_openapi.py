"""The OpenAPI document and the real server agree, whatever is asked.

Requests are made from the document, fitting it and not, by an administrator and by a guest: no
answer is a server error, and every answer is one that the document describes.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.scenario.conftest import Site

EXAMPLES = 8
CHECKS = [
    not_a_server_error,
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
]
#: A batch answers a line of JSON for each line, which no schema of a whole answer describes; the
#: WebSocket has a document of its own.
LEFT_OUT = {"/api/v1/groups/{name}/activities:batch", "/api/v1/live"}
#: What an address may name so that some requests get past its being unknown.
KNOWN = {"name": "qm", "subject": "jonas"}


@pytest.mark.parametrize("who", ["mia", "gus"])
async def test_every_answer_is_one_that_the_document_describes(site: Site, who: str) -> None:
    post = await site.post("mia", "hello @gus", level="public")
    known = KNOWN | {"id": post["id"], "stream": post["stream"]}
    address = site.nodes[0].url + "/api/v1/openapi.json"
    asked = await asyncio.to_thread(_ask_everything, address, site.tokens[who], known)
    assert asked >= 25


def _ask_everything(address: str, token: str, known: dict[str, str]) -> int:
    """Ask in a thread of its own, because schemathesis waits; answers how many operations."""
    operations = list(_operations(address))
    for operation in operations:
        _ask(operation, GenerationMode.POSITIVE, token, known)
        with suppress(Unsatisfiable):  # an operation that takes nothing cannot be asked wrongly
            _ask(operation, GenerationMode.NEGATIVE, token, known)
    return len(operations)


def _operations(address: str) -> Iterator[Any]:
    schema = schemathesis.openapi.from_url(address)
    for found in schema.get_all_operations():
        operation: Any = found
        if operation.ok().path not in LEFT_OUT:
            yield operation.ok()


def _ask(operation: Any, mode: GenerationMode, token: str, known: dict[str, str]) -> None:
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: Any) -> None:
        if mode is GenerationMode.POSITIVE:
            case.path_parameters |= {n: known[n] for n in case.path_parameters if n in known}
        case.call_and_validate(headers={"Authorization": f"Bearer {token}"}, checks=CHECKS)

    ask()
