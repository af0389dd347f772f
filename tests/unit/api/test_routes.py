from __future__ import annotations

import msgspec
import pytest

from headrace.api.queries import CallbackQuery, Query
from headrace.api.route import Open, Route
from headrace.api.routes import ROUTES, V1
from headrace.api.shapes.base import Request

CONTRACT = """
GET /healthz
GET /readyz
GET /metrics
POST /api/v1/session
DELETE /api/v1/session
GET /api/v1/me
POST /api/v1/people
GET /api/v1/groups
POST /api/v1/groups
GET /api/v1/groups/{name}
PATCH /api/v1/groups/{name}
GET /api/v1/groups/{name}/members
PUT /api/v1/groups/{name}/members/{subject:path}
DELETE /api/v1/groups/{name}/members/{subject:path}
POST /api/v1/groups/{name}/activities
POST /api/v1/groups/{name}/activities:batch
GET /api/v1/groups/{name}/activities
GET /api/v1/home
GET /api/v1/activities/{id}
GET /api/v1/search
GET /api/v1/streams/{stream}/entries
PUT /api/v1/streams/{stream}/read
GET /api/v1/live
"""

OPEN = {
    "GET /healthz",
    "GET /readyz",
    "GET /metrics",
    "GET /api/v1/openapi.json",
    "POST /api/v1/session",
    "DELETE /api/v1/session",
    "GET /api/v1/sign-in",
    "GET /api/v1/sign-in/provider",
    "GET /api/v1/sign-in/provider/callback",
    "POST /api/v1/sign-in/provider/logout",
    "POST /api/v1/sign-out",
    "POST /api/v1/password/reset",
    "POST /api/v1/session/second-factor",
    "POST /api/v1/session/second-factor/challenge",
    "PUT /api/v1/password/reset",
    "GET /api/v1/live",
    "POST /api/v1/invitations:look",
    "POST /api/v1/invitations:redeem",
}


def name(route: Route) -> str:
    return f"{route.method} {route.path}"


def test_everything_in_the_outer_contract_is_there() -> None:
    assert set(CONTRACT.split("\n")) - {""} <= {name(route) for route in ROUTES}


def test_no_address_is_there_twice() -> None:
    assert len({name(route) for route in ROUTES}) == len(ROUTES)


def test_only_what_has_to_be_open_is() -> None:
    assert {name(route) for route in ROUTES if route.needs is Open.ANYBODY} == OPEN


@pytest.mark.parametrize("route", ROUTES, ids=name)
def test_a_route_is_well_formed(route: Route) -> None:
    assert route.path.startswith(V1) or route.path in ("/healthz", "/readyz", "/metrics")
    assert route.summary.endswith(".")
    assert (route.gives is None) == (route.status in (101, 204, 303))
    assert not isinstance(route.takes, type) or issubclass(route.takes, Request)
    assert issubclass(route.query, Query)
    assert route.takes is None or route.method != "GET"


def test_no_body_and_no_query_takes_what_it_does_not_know() -> None:
    kinds = {kind for route in ROUTES for kind in (route.takes, route.query)}
    kinds.remove(CallbackQuery)  # what a provider adds is to be ignored (RFC 6749, section 4.1.2)
    for kind in kinds:
        if not isinstance(kind, type):
            continue  # none, or bytes
        assert kind.__struct_config__.forbid_unknown_fields, kind
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert({"nonsense": "x"}, kind)
