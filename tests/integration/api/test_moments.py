"""Times that are written as they should be and lie at the ends of the calendar."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.integration.api.conftest import V1, Site, problem

if TYPE_CHECKING:
    import httpx

BEYOND = [
    "0001-01-01T00:00:00+14:00",
    "0001-01-01T00:00:00+23:59",
    "9999-12-31T23:59:59-12:00",
    "9999-12-31T23:59:59-23:59",
    "9999-12-31T23:59:59.999999Z",
]
PAST = ["0001-01-01T00:00:00Z", "0001-01-02T00:00:00+14:00", "1969-12-31T23:59:59Z"]
FUTURE = ["9999-12-31T23:59:59Z", "9999-12-31T12:00:00-11:59"]
BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("POST", "/tokens"): {"name": "x", "scopes": ["read"]},
    ("PUT", "/groups/qm/members/olga"): {},
    ("POST", "/groups/qm/invitations"): {"subject": "nina@customer.example", "role": "guest"},
}
QUERIES = ["/audit", "/audit/export"]


@pytest.mark.parametrize("call", BODIES, ids=lambda call: call[1])
async def test_what_expires_does_so_within_the_calendar_and_not_yet(
    mia: httpx.AsyncClient, call: tuple[str, str]
) -> None:
    method, path = call
    for moments, expected in ((BEYOND, (400, "malformed_body")), (PAST, (422, "invalid"))):
        for moment in moments:
            body = BODIES[call] | {"expires": moment}
            answer = await mia.request(method, f"{V1}{path}", json=body)
            assert problem(answer) == expected, moment
            assert "expires" in answer.text


@pytest.mark.parametrize("moment", FUTURE)
async def test_what_expires_at_the_end_of_time_is_listed(
    site: Site, mia: httpx.AsyncClient, moment: str
) -> None:
    for (method, path), body in BODIES.items():
        answer = await mia.request(method, f"{V1}{path}", json=body | {"expires": moment})
        assert answer.is_success, answer.text
    for path in ("/tokens", "/groups/qm/members", "/groups/qm/invitations"):
        answer = await mia.get(f"{V1}{path}")
        assert "9999-12-31T23:59:" in answer.text
    left = await site.organisation.administration.expire()
    assert left is not None
    assert 1e11 < left < 1e12
    olga = await site.client(site.organisation.olga)
    assert (await olga.get(f"{V1}/groups/qm/activities")).status_code == 200


@pytest.mark.parametrize("path", QUERIES)
@pytest.mark.parametrize("name", ["since", "until"])
async def test_the_audit_log_is_asked_from_the_first_to_the_last_moment_and_not_beyond(
    mia: httpx.AsyncClient, path: str, name: str
) -> None:
    for moment in BEYOND:
        answer = await mia.get(f"{V1}{path}", params={name: moment})
        assert problem(answer) == (422, "invalid"), moment
        assert name in answer.text
    for moment in (*PAST, *FUTURE):
        answer = await mia.get(f"{V1}{path}", params={name: moment})
        assert answer.status_code == 200, answer.text
