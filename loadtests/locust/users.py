"""Users of every kind. All who are connected check what they get, as ``follower`` says."""

from __future__ import annotations

import random
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import uuid4

import gevent
import msgspec
from locust import FastHttpUser, between, constant, task

from headrace.live.codes import CloseCode, Reaction
from headrace.live.messages import ActivityMessage, CaughtUp, Read, Subscribed
from loadtests.locust.follower import Follower
from loadtests.locust.ledger import Posted
from loadtests.locust.stage import stage
from loadtests.locust.wire import Refused, Wire

if TYPE_CHECKING:
    from loadtests.locust.play import Line

_STAMP = "t="
_STAMP_DIGITS = slice(2, 21)
_MOST_PAUSE = 5.0
#: What a node that is down, going down or crowded answers: the same request is due again.
_TRANSIENT = frozenset({0, 429, 502, 503, 504})


class Visitor(FastHttpUser):
    """Somebody with a token."""

    abstract = True
    connection_timeout = 30.0
    network_timeout = 60.0

    def ask(self, method: str, path: str, token: str, **more: Any) -> Any:
        """A request to the API; its answer is to be judged by the caller (``with``)."""
        headers = {"Authorization": f"Bearer {token}"} | more.pop("headers", {})
        return self.client.request(
            method, f"/api/v1{path}", headers=headers, catch_response=True, **more
        )


class Connected(Visitor):
    """Follows all that one follows, over a WebSocket; comes back whenever it is cut off."""

    abstract = True
    wait_time = between(5, 15)
    tag = ""
    inbox = True
    #: What its deliveries are called in the report.
    delivery = "delivery"

    def on_start(self) -> None:
        self.player = stage().player()
        self.follower = Follower(
            self.player, stage().ledger, tag=self.choose_tag(), inbox=self.inbox
        )
        self.wire: Wire | None = None
        self._is_leaving = False
        self._is_live = False
        self._listener = gevent.spawn(self._stay_connected)
        self._storms = gevent.spawn(self._weather)

    def on_stop(self) -> None:
        self._is_leaving = True
        stage().followers.discard(self.follower)
        gevent.killall([self._listener, self._storms])
        if self.wire is not None:
            self.wire.cut()

    def choose_tag(self) -> str:
        """The only hashtag it wants to read; empty: everything."""
        return ""

    def digest(self) -> None:
        """Called after each activity: a slow reader takes its time here."""

    def cut(self) -> None:
        """Lose the connection, as in a tunnel."""
        if self.wire is not None:
            self.wire.cut()

    def _weather(self) -> None:
        """All are cut off at once, at moments that all processes know."""
        every = stage().options.storm_every
        while every:
            gevent.sleep(every - time.time() % every)
            if stage().is_ending.is_set():
                return
            self.cut()

    def _stay_connected(self) -> None:
        attempt = 0
        while not self._is_leaving:
            began = time.time()
            pause, is_welcome = self._visit()
            if not is_welcome:
                self._breach("was sent away for good")
                return
            attempt = 0 if time.time() - began > _MOST_PAUSE else attempt + 1
            most = min(_MOST_PAUSE, 0.2 * 2**attempt)
            gevent.sleep(pause + random.uniform(0, most))

    def _visit(self) -> tuple[float, bool]:
        """One connection from beginning to end: the pause after it, and whether to come back."""
        began = time.time()
        try:
            self.wire = Wire.open(self._url(), self.player.token)
            self.wire.send(self.follower.subscription())
        except (OSError, Refused) as error:
            self._fire("WS", "connect", began, error)
            return 1.0, True
        self._is_live = not self.follower.positions
        try:
            self._listen(self.wire, began)
        except msgspec.MsgspecError as error:
            self._breach(f"not a message of the protocol: {error}")
        self.wire.cut()
        code, pause = self.wire.closed
        return pause, CloseCode(code, "", "").reaction is not Reaction.STAY_AWAY

    def _listen(self, wire: Wire, began: float) -> None:
        for data in wire.messages():
            match self.follower.take(data):
                case ActivityMessage(activity=activity):
                    self._note_delivery(activity.content or "", len(data))
                    self.digest()
                case Subscribed():
                    stage().followers.add(self.follower)
                    self._fire("WS", "connect", began)
                case CaughtUp():
                    self._is_live = True

    def _note_delivery(self, content: str, size: int) -> None:
        if content.startswith(_STAMP):
            due = int(content[_STAMP_DIGITS]) / 1e9
            name = self.delivery if self._is_live else "catching up"
            self._fire("WS", name, due, size=size)

    def _fire(self, kind: str, name: str, since: float, error: Any = None, size: int = 0) -> None:
        self.environment.events.request.fire(
            request_type=kind,
            name=name,
            response_time=max(0.0, (time.time() - since) * 1e3),
            response_length=size,
            exception=error,
            context={},
        )

    def _breach(self, text: str) -> None:
        stage().ledger.breach(f"@{self.player.handle}: {text}")

    def _url(self) -> str:
        return "ws" + str(self.host).removeprefix("http").rstrip("/") + "/api/v1/live"


class Lurker(Connected):
    """Has the page open and does nothing."""

    weight = 10

    @task
    def look(self) -> None:
        """At the window, mostly."""


class Reader(Connected):
    """Reads along, says how far, and looks at the home page now and then."""

    weight = 6

    @task(3)
    def say_how_far(self) -> None:
        """Mark a stream as read."""
        positions = self.follower.positions
        if self.wire is not None and positions:
            name = random.choice(list(positions))
            with suppress(OSError):
                self.wire.send(msgspec.json.encode(Read(stream=name, seq=positions[name])))

    @task
    def home(self) -> None:
        """The newest of all that one follows: everything once, and nothing that is not one's."""
        with self.ask("GET", "/home?limit=30", self.player.token, name="/home") as response:
            if response.status_code in _TRANSIENT:
                response.success()
            elif response.status_code == 200:
                self._check_page(response.json()["items"])

    def _check_page(self, items: list[dict[str, Any]]) -> None:
        ids = [_activity(item)["id"] for item in items]
        if len(set(ids)) != len(ids):
            self._breach("doubled: an activity is twice on a home page")
        for one in map(_activity, items):
            if not self.player.may_read(one.get("target"), one["level"]):
                self._breach(f"unauthorised: {one['id']} is on the home page")


class FilterUser(Connected):
    """Wants one hashtag and gets that alone, all of it."""

    weight = 3
    inbox = False
    delivery = "delivery, filtered"

    def choose_tag(self) -> str:
        return f"t{random.randrange(20)}"

    @task
    def look(self) -> None:
        """At what the filter let through."""


class ReconnectingUser(Connected):
    """On a train: loses the connection every few seconds, and resumes."""

    weight = 2
    wait_time = between(3, 12)

    @task
    def enter_a_tunnel(self) -> None:
        """Unless the test is about to end."""
        if not stage().is_ending.is_set():
            self.cut()


class SlowReader(Connected):
    """Stops reading for seconds at a time; nobody else is to notice."""

    weight = 1
    delivery = "delivery, slow reader"
    wait_time = between(5, 15)

    def on_start(self) -> None:
        self._is_asleep = False
        super().on_start()

    def digest(self) -> None:
        while self._is_asleep and not stage().is_ending.is_set():
            gevent.sleep(0.1)

    @task
    def sleep(self) -> None:
        """For up to ten seconds."""
        self._is_asleep = True
        gevent.sleep(random.uniform(1, 10))
        self._is_asleep = False


class Writer(Visitor):
    """Says what is due next, as whoever says it in the trace; some of these keep its pace."""

    fixed_count = 6
    wait_time = constant(0)
    retry_pauses: ClassVar[tuple[float, ...]] = (0.1, 0.3, 1.0, 2.0, 3.0, 3.0, 3.0)

    @task
    def speak(self) -> None:
        """Publish one activity; the same one again where a node did not answer."""
        line = stage().play.next()
        if line is None:
            gevent.sleep(0.2)
            return
        stage().play.begin()
        try:
            self._publish(line)
        finally:
            stage().play.end()

    def _publish(self, line: Line) -> None:
        key = str(uuid4())
        for pause in self.retry_pauses:
            if self._is_done(line, key, is_last=False):
                return
            gevent.sleep(pause)
        self._is_done(line, key, is_last=True)

    def _is_done(self, line: Line, key: str, *, is_last: bool) -> bool:
        with self.ask(
            "POST",
            f"/groups/{line.group}/activities",
            line.who.token,
            name="publish",
            json=line.body,
            headers={"Idempotency-Key": key},
        ) as response:
            if response.status_code == 201:
                receipt = response.json()
                posted = Posted(receipt["seq"], receipt["id"], line.tag)
                stage().ledger.post(receipt["stream"], posted)
            elif response.status_code in _TRANSIENT and not is_last:
                response.success()
                return False
            else:
                response.failure(f"{response.status_code}: {response.text}")
        return True


def _activity(item: dict[str, Any]) -> dict[str, Any]:
    activity: dict[str, Any] = item.get("activity", item)
    return activity
