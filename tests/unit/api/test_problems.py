from __future__ import annotations

import msgspec
import pytest

from headrace.api import problems
from headrace.errors import (
    FilterSyntax,
    HeadraceError,
    NotFound,
    TooManyRequests,
    Unauthenticated,
    Unavailable,
    UpgradeRequired,
    every_error,
)
from headrace.problems import problem


def test_a_problem_has_what_rfc_9457_asks_for_and_a_stable_code() -> None:
    response = problems.response(FilterSyntax("what is this", 7))
    assert response.status_code == 400
    assert response.media_type == "application/problem+json"
    assert msgspec.json.decode(bytes(response.body)) == {
        "type": "urn:headrace:problem:filter_syntax",
        "title": "The filter cannot be read.",
        "status": 400,
        "code": "filter_syntax",
        "detail": "what is this (column 7)",
        "errors": {"column": 7},
    }


def test_the_title_is_the_classs_whatever_the_detail() -> None:
    told = problem(NotFound("it has been deleted"))
    assert told.title == "There is nothing here, or nothing that you may see."
    assert told.detail == "it has been deleted"


@pytest.mark.parametrize(
    ("error", "name", "value"),
    [
        (Unavailable(retry_after=7), "retry-after", "7"),
        (TooManyRequests(retry_after=3), "retry-after", "3"),
        (Unauthenticated(), "www-authenticate", "Bearer"),
        (UpgradeRequired(), "upgrade", "websocket"),
    ],
)
def test_headers_that_belong_to_a_status(error: HeadraceError, name: str, value: str) -> None:
    assert problems.response(error).headers[name] == value


def test_when_to_come_back_is_a_header_and_no_error_of_a_field() -> None:
    assert problem(TooManyRequests(retry_after=3)).errors == {}


def test_every_error_has_a_code_and_a_title_of_its_own() -> None:
    kinds = every_error()
    assert len({kind.code for kind in kinds}) == len(kinds)
    assert all(kind.__doc__ for kind in kinds)
    assert all(400 <= kind.status < 600 for kind in kinds)
