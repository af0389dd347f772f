"""What load's users call a breach: each kind, and nothing that the protocol allows."""

from __future__ import annotations

import msgspec
import pytest

from loadtests.locust.cast import Player
from loadtests.locust.follower import Follower
from loadtests.locust.ledger import Ledger, Posted

MIA = Player("mia", "token", ("qm",))
GUS = Player("gus", "token", ("qm",), guest=True)


class Told:
    """A follower of internal stream ``i`` and public stream ``p``, told things by hand."""

    def __init__(self, player: Player = MIA, *, tag: str = "") -> None:
        self.ledger = Ledger(lambda _: None)
        self.follower = Follower(player, self.ledger, tag=tag)
        self.subscribed({"i": ("qm", "internal", 5), "p": ("qm", "public", 2)})

    def subscribed(self, streams: dict[str, tuple[str | None, str | None, int]]) -> None:
        starts = {
            name: {"group": group, "level": level, "head": head}
            for name, (group, level, head) in streams.items()
        }
        self.tell(op="subscribed", id="1", streams=starts)

    def activity(self, seq: int, stream: str = "i", **more: object) -> None:
        activity = {
            "id": f"{stream}{seq}",
            "type": "Create",
            "actor": {"id": "1", "type": "Person", "name": "Jonas", "handle": "jonas"},
            "level": "internal" if stream == "i" else "public",
            "target": "qm",
            "published": "2026-11-21T10:00:00Z",
        }
        prev = {"prev": more.pop("prev")} if "prev" in more else {}
        self.tell(op="activity", stream=stream, seq=seq, activity=activity | more, **prev)

    def tell(self, **message: object) -> None:
        self.follower.take(msgspec.json.encode(message))

    @property
    def breaches(self) -> list[str]:
        return [text.removeprefix("@mia: ").partition(":")[0] for text in self.ledger.breaches]


def test_a_stream_without_holes_is_no_breach() -> None:
    told = Told()
    told.activity(6)
    told.activity(3, "p")
    told.activity(7)
    told.tell(op="checkpoint", streams={"i": 9})
    told.activity(10)
    told.activity(14, prev=10)
    assert told.breaches == []
    assert told.follower.positions == {"i": 14, "p": 3}


def test_a_number_left_out_is_missing() -> None:
    told = Told()
    told.activity(7)
    assert told.breaches == ["missing"]


def test_a_prev_above_what_is_held_is_missing() -> None:
    told = Told()
    told.activity(9, prev=8)
    assert told.breaches == ["missing"]


@pytest.mark.parametrize("late", [5, 6])
def test_a_number_not_above_the_last_is_doubled_or_reordered(late: int) -> None:
    told = Told()
    told.activity(6)
    told.activity(late)
    assert told.breaches == ["doubled or reordered"]


def test_a_stream_that_nobody_subscribed_to_is_unauthorised() -> None:
    told = Told()
    told.activity(1, "x", level="public")
    assert told.breaches == ["unauthorised"]


@pytest.mark.parametrize("more", [("target", "board"), ("level", "confidential")])
def test_what_another_audience_reads_is_unauthorised(more: tuple[str, str]) -> None:
    told = Told()
    told.activity(6, "i", **{more[0]: more[1]})
    assert told.breaches == ["unauthorised"]


def test_a_guest_is_given_no_internal_stream() -> None:
    told = Told(GUS)
    assert any("unauthorised: stream i of qm, internal" in one for one in told.ledger.breaches)


def test_a_stream_that_is_not_offered_is_missing() -> None:
    told = Told(Player("mia", "token", ("qm", "lab")))
    assert told.breaches == ["missing", "missing"]


def test_an_inbox_that_was_not_asked_for_is_unauthorised() -> None:
    told = Told()
    told.subscribed({"inbox": (None, None, 0)})
    assert told.breaches == ["unauthorised"]


def test_resuming_above_what_is_held_is_a_gap() -> None:
    told = Told()
    told.subscribed({"i": ("qm", "internal", 6), "p": ("qm", "public", 2)})
    assert told.breaches == ["gap"]


def test_one_number_for_two_activities_is_a_breach() -> None:
    told = Told()
    told.ledger.post("i", Posted(6, "another", "t1"))
    told.activity(6)
    assert len(told.ledger.breaches) == 1


def test_a_receipt_without_a_delivery_is_missing_until_it_arrives() -> None:
    told = Told()
    told.ledger.post("i", Posted(6, "i6", "t1"))
    assert told.follower.missing().startswith("i 6 (i6")
    assert told.follower.is_waiting
    told.follower.complain_of_missing()
    assert told.breaches == ["missing"]
    told.activity(6)
    assert told.follower.missing() == ""


def test_what_was_published_before_subscribing_is_not_missed() -> None:
    told = Told()
    told.ledger.post("i", Posted(5, "i5", "t1"))
    assert told.follower.missing() == ""


def test_a_filter_must_let_through_all_that_matches_and_nothing_else() -> None:
    told = Told(tag="t1")
    told.ledger.post("i", Posted(6, "i6", "t1"))
    told.ledger.post("i", Posted(7, "i7", "t2"))
    told.tell(op="checkpoint", streams={"i": 7})
    assert told.follower.missing().startswith("i 6 (i6")
    told.activity(8, tags=["t2"])
    assert told.breaches == ["unasked"]


@pytest.mark.parametrize("tag", ["", "t1"])
@pytest.mark.parametrize("how", ["checkpoint", "prev"])
def test_what_was_passed_over_and_has_a_receipt_is_missing(tag: str, how: str) -> None:
    told = Told(tag=tag)
    told.activity(6, tags=["t1"])
    if how == "checkpoint":
        told.tell(op="checkpoint", streams={"i": 8})
    told.activity(9, tags=["t1"], prev=8 if how == "checkpoint" else 6)
    assert told.follower.missing() == ""
    for seq in (6, 9):
        told.ledger.post("i", Posted(seq, f"i{seq}", "t1"))
    assert told.follower.missing() == ""
    told.ledger.post("i", Posted(7, "i7", "t1"))
    assert told.follower.missing().startswith("i 7 (i7")
    assert not told.follower.is_waiting, "it will not come any more"
    assert told.breaches == []
    told.follower.complain_of_missing()
    assert told.breaches == ["missing"]


def test_an_error_message_is_a_breach() -> None:
    told = Told()
    told.tell(op="error", code="internal", message="broken", retry=False)
    assert told.breaches == ["error internal"]


def test_the_subscription_resumes_where_the_follower_is() -> None:
    told = Told(tag="t1")
    sent = msgspec.json.decode(told.follower.subscription())
    assert sent["from"] == {"i": 5, "p": 2}
    assert sent["filter"] == "tag:t1"
