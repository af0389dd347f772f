"""The composition root: the only module that puts engines and parts together.

run        what the command line calls: engines, migrations, processes
assemble   one process's parts, from a lifespan's beginning to its end
"""

from __future__ import annotations

import asyncio
import functools
import gc
import logging
import math
import random
import secrets
import signal
import socket
import tempfile
import time
from collections.abc import Callable
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, nullcontext, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import uuid4

import uvicorn
from prometheus_client import CollectorRegistry, ProcessCollector

from headrace import chores
from headrace import demo as demo_company
from headrace.administration import Administration
from headrace.api.application import create_api
from headrace.api.measuring import Measuring
from headrace.api.routes import CALLBACK
from headrace.api.services import Services
from headrace.auth.accounts import Accounts
from headrace.auth.key_file import KeyFile
from headrace.auth.oidc import Provider
from headrace.auth.sealing import Ring
from headrace.auth.sealing_keys import SealingKeys
from headrace.clock import Clock, machine_time
from headrace.embedded import keeping, start_engines
from headrace.errors import ConfigurationError, Unavailable
from headrace.federation import SignIns
from headrace.files.files import Files
from headrace.heads import BoundedHttp
from headrace.live.protocol import LiveProtocol
from headrace.log import Database, epoch, migrate
from headrace.metrics import LiveCollector, Sources
from headrace.node import Node
from headrace.patience import Patience
from headrace.publishing import Publisher
from headrace.server import Server, Supervisor
from headrace.tasks import end_when_broken, terminate
from headrace.workers import Alone, Worker, end_with_supervisor

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence
    from contextlib import AbstractContextManager

    from starlette.applications import Starlette

    from headrace.demo.company import SignIn
    from headrace.embedded import Engines, News
    from headrace.embedded.imprint import Imprint
    from headrace.settings import Settings


log = logging.getLogger(__name__)


class Parts(NamedTuple):
    """What one process consists of, seen from outside: what the API uses, what sockets use."""

    services: Services
    node: Node


#: Told the address and the sign-ins of the demo company, if there is one.
Announce = Callable[[str, "Sequence[SignIn]"], None]
STATIC = Path(__file__).parent / "static"
_BACKLOG = 4_096
#: Objects more than before that make the garbage collector look at the new ones.
_ALLOCATIONS = 20_000
#: Seconds that requests have to be answered once a node hears nobody any more.
_GRACE = 5
#: Seconds that a worker may say nothing before it is given up and replaced. It says nothing while
#: it starts, either, and many that start at once on a small machine take their time.
_SILENCE = 30


def run(
    settings: Settings,
    *,
    demo: bool,
    workers: int,
    announce: Announce,
    tell: Callable[[News], None],
) -> None:
    """Serve until a signal ends it.

    ``announce`` is told the address once it serves, and how to sign in to the demo company;
    ``tell`` when an engine of our own has died or runs again, in a thread of its own.

    Raises ConfigurationError (port in use, directory or key not usable), NewerData, Unavailable,
    EngineLost; SystemExit(1) where a belief of the program was broken.
    """
    with _listening(settings) as listener, _engines(settings) as engines:
        running = settings if engines is None else _on(settings, engines)
        file = KeyFile(settings.data) if settings.keeps_key else None
        ready = asyncio.run(_prepared(running, file, engines))
        if workers > 1:
            announce(_address(listener), ())
            with tempfile.TemporaryDirectory(prefix="headrace-") as shared:
                create = functools.partial(create_app, ready, workers=Path(shared))
                Supervisor(_configuration(create, ready, workers), [listener]).run()
        else:
            show: list[SignIn] | None = [] if demo else None
            create = functools.partial(create_app, ready, show, end=lambda: server.fail())
            config = _configuration(create, ready, workers)
            _heed_once()
            server: Server = Server(config, lambda: announce(_address(listener), show or ()))
            with _kept(engines, server, tell):
                server.run([listener])
            if server.has_failed:
                raise SystemExit(1)


async def _prepared(settings: Settings, file: KeyFile | None, engines: Engines | None) -> Settings:
    """The database brought to this version, and what is secret in it sealed; with the key in
    ``file``, if there is one, which is in the settings then. In a directory of engines of our own
    it is seen whether that is a copy."""
    await migrate(settings.database_url)
    database = await Database.connect(settings.database_url, size=1)
    keys = SealingKeys(database, secrets.token_bytes)
    try:
        if file is not None:
            settings = replace(settings, secret_key=await keys.in_directory(file))
        await keys.take_up(Ring.of(settings))
        if engines is not None:
            await _settle(database, engines.imprint)
    finally:
        await database.close()
    return settings


async def _settle(database: Database, imprint: Imprint) -> None:
    if await epoch.settle(database, imprint.read(), imprint.renew(), machine_time()):
        log.warning("the data directory is a copy or was put back from one: clients start again")


def _heed_once() -> None:
    """uvicorn raises the signal that ended it once more when it is done; by then the engines are
    about to be stopped, and nothing is left to interrupt."""
    for ending in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ending, lambda *_: None)


def create_app(
    settings: Settings,
    show: list[SignIn] | None = None,
    workers: Path | None = None,
    end: Callable[[], None] | None = None,
) -> Starlette:
    """The application of one process. Everything it needs lives in its lifespan.

    ``show`` takes how to sign in to the demo company; None runs no demo. ``workers`` is the
    directory that it shares with others on the same address. ``end`` is called where a belief of
    the program is broken; see ``tasks.end_when_broken``.
    """
    current: list[Services] = []

    def services() -> Services:
        if not current:
            raise Unavailable("this node is not ready yet")
        return current[0]

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[dict[str, Any]]:
        end_when_broken(asyncio.get_running_loop(), end)
        if workers is not None:
            end_with_supervisor(terminate)
        async with assemble(settings, workers) as parts, _traffic(parts.services, show):
            current.append(parts.services)
            _spare_the_collector()
            yield {"live": parts.node, "patience": Patience(settings)}
            current.clear()

    return create_api(services, static=STATIC, lifespan=lifespan)


def _spare_the_collector() -> None:
    """Let the garbage collector look at what is new, and seldom.

    What stands after the start stands for the life of the process, and nearly all garbage goes by
    reference counts. With Python's defaults, which are for programs with few objects, an eighth of
    a busy node's time went into looking through all connections again and again.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_ALLOCATIONS, *gc.get_threshold()[1:])


@asynccontextmanager
async def assemble(settings: Settings, workers: Path | None = None) -> AsyncIterator[Parts]:
    """The parts of one process, started; stopped in reverse at the end."""
    database = await Database.connect(settings.database_url, size=settings.database_pool)
    clock = await _clock(database)
    accounts = Accounts(
        database,
        settings=settings,
        clock=clock,
        token_bytes=secrets.token_bytes,
        announce=lambda told: node.announce(told),
    )
    node = _node(settings, database, accounts, clock)
    publisher = _publisher(settings, database, node, clock)
    sign_ins = _sign_ins(settings, database, accounts, clock)
    metrics = _metrics(Sources(node, publisher, accounts))
    worker = Alone(metrics) if workers is None else Worker(metrics, workers)
    services = Services(
        settings=settings,
        database=database,
        publisher=publisher,
        administration=Administration(publisher, clock=clock, random_bits=secrets.randbits),
        accounts=accounts,
        sign_ins=sign_ins,
        files=Files(database, settings, clock=clock, new_id=uuid4),
        epoch=node.epoch.name,
        bus_is_up=lambda: node.bus.is_up,
        is_draining=lambda: node.drain.has_begun,
        metrics=worker.metrics,
        measuring=Measuring(metrics),
    )
    await node.start()
    await worker.start()
    async with AsyncExitStack() as ends:
        for part in (database, sign_ins, node, publisher, worker):
            if part is not None:
                ends.push_async_callback(part.close)
        await ends.enter_async_context(chores.going_on(services, clock))
        yield Parts(services, node)


async def _clock(database: Database) -> Clock:
    clock = Clock()
    with suppress(Unavailable):  # a node may start before its database
        await clock.look(database)
    return clock


def _node(settings: Settings, database: Database, accounts: Accounts, clock: Clock) -> Node:
    return Node(
        settings,
        database,
        accounts,
        name=secrets.token_hex(8),
        random=random.SystemRandom().random,
        clock=clock,
    )


def _publisher(settings: Settings, database: Database, node: Node, clock: Clock) -> Publisher:
    return Publisher(
        database,
        node.announce,
        clock=clock,
        random_bits=secrets.randbits,
        batch=settings.publish_batch,
    )


def _sign_ins(
    settings: Settings, database: Database, accounts: Accounts, clock: Clock
) -> SignIns | None:
    if not settings.oidc_issuer:
        return None
    return SignIns(
        settings,
        database,
        accounts,
        Provider(settings, clock, time.monotonic),
        clock=clock,
        token_bytes=secrets.token_bytes,
        back_to=settings.public_url + CALLBACK,
    )


def _metrics(sources: Sources) -> CollectorRegistry:
    """All that a process tells of itself."""
    metrics = CollectorRegistry()
    metrics.register(LiveCollector(sources))
    ProcessCollector(registry=metrics)
    return metrics


@contextmanager
def _engines(settings: Settings) -> Iterator[Engines | None]:
    """Engines of our own that run; None if others are named."""
    if not settings.embedded:
        yield None
        return
    with start_engines(settings.data, bus=True) as engines:
        yield engines


def _on(settings: Settings, engines: Engines) -> Settings:
    return replace(settings, database_url=engines.database_url, redis_url=engines.redis_url)


def _kept(
    engines: Engines | None, server: Server, tell: Callable[[News], None]
) -> AbstractContextManager[None]:
    """Our own engines are started again where they die, until the server goes down."""
    if engines is None:
        return nullcontext()
    return keeping(
        engines.kept(), is_over=lambda: server.should_exit, give_up=server.end, tell=tell
    )


@contextmanager
def _listening(settings: Settings) -> Iterator[socket.socket]:
    """Bind first: a port in use is known before anything is started."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        listener = socket.create_server(
            (settings.host, settings.port), family=family, backlog=_BACKLOG
        )
    except OSError as error:
        raise ConfigurationError(
            f"cannot listen on {settings.host} port {settings.port}: {error.strerror}; "
            "is another Headrace running there? --port takes another one"
        ) from error
    with listener:
        listener.set_inheritable(True)
        yield listener


def _configuration(
    create: Callable[[], Starlette], settings: Settings, workers: int
) -> uvicorn.Config:
    return uvicorn.Config(
        create,
        factory=True,
        workers=workers,
        http=BoundedHttp,
        ws=LiveProtocol,
        loop="uvloop",
        lifespan="on",
        log_level=settings.log_level,
        access_log=False,
        server_header=False,
        forwarded_allow_ips=settings.trusted_proxies,
        timeout_graceful_shutdown=_grace(settings, workers),
        timeout_worker_healthcheck=_SILENCE,
    )


def _grace(settings: Settings, workers: int) -> int:
    """Seconds that connections have to end once nobody new is heard; workers drain by then."""
    return _GRACE if workers == 1 else _GRACE + math.ceil(settings.drain_timeout)


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    here = host in ("127.0.0.1", "::1", "0.0.0.0", "::")  # noqa: S104 (compared, not bound)
    return f"http://{'localhost' if here else host}:{port}"


@asynccontextmanager
async def _traffic(services: Services, show: list[SignIn] | None) -> AsyncIterator[None]:
    """The demo company, if wanted: created on a fresh log, and its traffic while it serves."""
    if show is None:
        yield
        return
    async with demo_company.running(
        services.administration, services.publisher, services.database
    ) as sign_ins:
        show.extend(sign_ins)
        yield
