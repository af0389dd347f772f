"""What a whole node tells of itself: it counts what happened, and forgets who has gone."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tests.scenario.conftest import running
from tests.scenario.raw_socket import RawSocket
from tests.scenario.scrapes import flood_until_lagging, scrape, until

if TYPE_CHECKING:
    from tests.scenario.client import LiveClient
    from tests.scenario.conftest import Site

_OUTCOMES = ("ok", "repeated", "refused", "failed")


async def change_their_minds(client: LiveClient) -> None:
    """Subscribe, replace, add and unsubscribe."""
    filters = ("tag:a", "from:@mia", "tag:a", "", "type:Create number")
    for number, chosen in enumerate(filters):
        reference = str(number % 3)
        await client.send({"op": "subscribe", "id": reference, "groups": "home", "filter": chosen})
    await client.send({"op": "unsubscribe", "id": "0"})
    await client.until_op("subscribed", 1 + len(filters))


async def test_after_any_churn_every_gauge_is_back_at_zero(
    database_url: str, redis_url: str
) -> None:
    async with running(database_url, redis_url, stream_linger="0.1") as site:
        await until(site, lambda seen: seen["headrace_bus_up"] == 1)
        people = [("jonas", "headrace.v1.json"), ("jonas", "headrace.v1.msgpack")]
        people += [("mia", "headrace.v1.json"), ("gus", "headrace.v1.json")]
        clients = [await site.follow(name, form=form, inbox=True) for name, form in people]
        cut, changing, resumed, revoked = clients
        await change_their_minds(changing)
        for number in range(5):
            await site.post("mia", f"number {number}", level="public", tags=["a"])
        for client in clients:
            await client.until_content("number 4")
        seen = await scrape(site)
        assert seen["headrace_connections{live}"] == 4
        assert seen["headrace_connections_by_form{json}"] == 3
        assert seen["headrace_connections_by_form{msgpack+deflate}"] == 1
        assert seen["headrace_readers"] == 3
        assert seen["headrace_subscriptions"] >= 5
        assert seen["headrace_cohorts"] > seen["headrace_filters"] > 1
        assert seen["headrace_streams"] > 3
        assert seen["headrace_window_bytes"] > 0
        await site.call("mia", "DELETE", "/groups/qm/members/gus@example.org")
        await revoked.until_op("revoked")
        await resumed.close()
        await site.post("mia", "while away")
        await resumed.connect(site.nodes[0].port)
        await resumed.until_op("caught_up")
        assert cut.socket is not None
        cut.socket.transport.abort()
        for client in clients[1:]:
            await client.close()
        seen = await until(site, lambda seen: not seen.left)
        assert seen["headrace_connects_total"] == 5
        assert seen["headrace_closes_total{1000}"] == 4
        assert seen["headrace_closes_total{1006}"] == 1
        assert seen["headrace_resumes_total{ok}"] >= 2
        assert seen["headrace_revocation_seconds_count"] >= 1
        assert seen["headrace_publish_lag_seconds_count"] >= 6
        assert seen["headrace_arrival_lag_seconds_count"] >= 6
        assert seen["headrace_arrival_lag_seconds_sum"] < seen["headrace_publish_lag_seconds_sum"]
        assert seen["headrace_entries_per_catch_up_count"] >= 1
        assert seen["headrace_entries_per_catch_up_sum"] == seen["headrace_replayed_total"] >= 1
        assert seen["headrace_bus_follow_seconds_count"] >= 1
        assert seen["headrace_auth_checks_total{remembered}"] >= 4
        assert seen["headrace_deliveries_total"] >= 20
        assert seen["headrace_publishes_total{ok}"] == 6


async def test_publishes_are_told_apart_by_their_outcome(site: Site) -> None:
    for _ in range(2):
        await site.call(
            *("mia", "POST", "/groups/qm/activities", {"content": "once"}), Idempotency_Key="k"
        )
    refused = await site.call("olga", "POST", "/groups/qm/activities", {"content": "let me in"})
    assert refused.status_code == 404
    seen = await scrape(site)
    outcomes = {name: seen[f"headrace_publishes_total{{{name}}}"] for name in _OUTCOMES}
    assert outcomes == {"ok": 1, "repeated": 1, "refused": 1, "failed": 0}


async def test_who_takes_nothing_for_too_long_is_cut_off_and_leaves_nothing_behind(
    database_url: str, redis_url: str
) -> None:
    async with running(
        database_url, redis_url, heartbeat="5", stall_timeout="1", stream_linger="0.1"
    ) as site:
        stuck = await site.follow("jonas")
        stuck.reading.clear()
        await flood_until_lagging(site)
        seen = await until(site, lambda seen: not seen.left)
        assert seen["headrace_aborts_total{stalled}"] == 1
        assert seen["headrace_closes_total{1006}"] == 1


async def test_a_reader_who_stops_is_lagging_and_no_longer_once_they_read(site: Site) -> None:
    slow, fast = await site.follow("jonas"), await site.follow("jonas")
    slow.reading.clear()
    await flood_until_lagging(site)
    seen = await scrape(site)
    assert seen["headrace_unsent_bytes_max"] == seen["headrace_unsent_bytes"] > 0
    await fast.send({"op": "typing", "group": "qm"})
    mia = await site.follow("mia")
    await mia.send({"op": "typing", "group": "qm"})
    await fast.until_op("typing")
    await site.post("mia", "the end")
    slow.reading.set()
    await slow.until_content("the end")
    seen = await until(site, lambda seen: seen["headrace_connections{live}"] == 3)
    assert slow.contents == fast.contents
    assert seen["headrace_lag_transitions_total{lagging}"] >= 1
    assert seen["headrace_lag_transitions_total{caught_up}"] >= 1
    assert seen["headrace_replayed_total"] > 0
    assert slow.of("typing") == [], "the first to go where there is no room"


async def test_pings_and_those_who_do_not_answer_are_counted(
    database_url: str, redis_url: str
) -> None:
    async with running(database_url, redis_url, heartbeat="1") as site:
        await site.follow("jonas")
        seen = await until(site, lambda seen: seen["headrace_ping_seconds_count"] >= 2)
        assert seen["headrace_ping_seconds_sum"] < seen["headrace_ping_seconds_count"]
        assert seen["headrace_loop_lag_seconds_count"] >= 4
        assert seen["headrace_closes_total{4201}"] == 0


async def test_of_many_who_are_pinged_at_once_only_the_silent_are_closed(
    database_url: str, redis_url: str
) -> None:
    async with running(database_url, redis_url, heartbeat="1") as site:
        port, token = site.nodes[0].port, site.tokens["jonas"]
        silent = [await RawSocket.open(port, token) for _ in range(20)]
        answering = [await site.follow("jonas") for _ in range(20)]
        codes = await asyncio.gather(*(one.close_code() for one in silent))
        assert codes == [4201] * len(silent)
        seen = await until(site, lambda seen: seen["headrace_closes_total{4201}"] == len(silent))
        count = seen["headrace_ping_seconds_count"] + 2 * len(answering)
        seen = await until(site, lambda seen: seen["headrace_ping_seconds_count"] >= count)
        assert seen["headrace_connections{live}"] == len(answering)
        assert all(client.closed is None for client in answering)
        for one in silent:
            await one.shut()


async def connected(site: Site) -> tuple[float, set[str]]:
    """The connections of all workers, and the workers that told of theirs."""
    seen = await scrape(site)
    live = {key: seen[key] for key in seen if key.startswith("headrace_connections{live,")}
    return sum(live.values()), set(live)


async def test_of_several_workers_whoever_is_asked_tells_of_all(
    database_url: str, redis_url: str
) -> None:
    async with running(database_url, redis_url, workers="2", stream_linger="0.1") as site:
        async with asyncio.timeout(30):
            while len((await connected(site))[1]) < 2:
                pass
        clients = [await site.follow("jonas") for _ in range(6)]
        for _ in range(8):
            assert await connected(site) == (
                6,
                {"headrace_connections{live,1}", "headrace_connections{live,2}"},
            )
        for client in clients:
            await client.close()
        await until(site, lambda seen: not seen.left)
