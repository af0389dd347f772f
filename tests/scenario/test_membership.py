"""Memberships from outside: what those who come, go and stay get live, on every node."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.scenario.conftest import Site


async def test_a_newcomer_who_asks_for_the_beginning_starts_where_they_joined(pair: Site) -> None:
    answer = await pair.call("mia", "PATCH", "/groups/qm", {"history": "since_join"})
    assert answer.status_code == 200, answer.text
    for number in range(40):
        await pair.post("mia", f"old {number}")
    olga = await pair.follow("olga", node=1, inbox=True)
    await pair.call("mia", "PUT", "/groups/qm/members/olga@example.org", {})
    await olga.until_op("granted", 2)
    await pair.post("mia", "new @olga")
    await olga.until_content("new @olga")
    streams = list(olga.remembered)
    for node in (0, 1):
        await olga.close()
        olga.remembered = dict.fromkeys(streams, 0)
        olga.seen.clear()
        await olga.connect(pair.nodes[node].port)
        await olga.until_op("caught_up")
        assert [text for text in olga.contents if text] == ["new @olga", "new @olga"], (
            "once in the group, once in the inbox"
        )
