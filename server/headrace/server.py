"""uvicorn's server and the supervisor of its workers, going down as a node has to.

The first signal ends them in order: clients are sent away in turns, requests are answered, what
was accepted is committed. The second one ends them at once.
"""

from __future__ import annotations

import asyncio
import signal
import time
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

import uvicorn
from uvicorn.supervisors import Multiprocess

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable
    from types import FrameType

#: Seconds between two looks at whether it is over, or whether somebody is in a hurry.
_LOOK = 0.1
#: Seconds for which the time in answers holds.
_SECOND = 1.0
#: Seconds that the parts have to stop when somebody is in a hurry.
_HURRY = 2.0
#: Seconds that a worker has to stop its parts, once its connections are gone.
_STOP = 10.0
_ENDING = {signal.SIGINT, signal.SIGTERM}


class Server(uvicorn.Server):
    """A node by itself. Tells when it serves, since the address is no use to anybody before.

    It keeps its ear open as long as it drains, to say that it is not ready and takes nobody.
    """

    def __init__(self, config: uvicorn.Config, on_started: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_started = on_started
        self.has_failed = False
        self._signalled: Callable[[], object] = lambda: None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.started:
            self._on_started()

    async def main_loop(self) -> None:
        """Until a signal comes, with a look each second: the answers say what time it is.

        uvicorn looks ten times a second, and waking up is most of what an idle node does.
        """
        ended, loop = asyncio.Event(), asyncio.get_running_loop()
        self._signalled = partial(loop.call_soon_threadsafe, ended.set)
        while not await self.on_tick(0):  # of its ticks, one of those that tell the time
            with suppress(TimeoutError):
                async with asyncio.timeout(_SECOND):
                    await ended.wait()

    def end(self) -> None:
        """As the first signal does, within a second; any thread may call it."""
        self.should_exit = True

    def fail(self) -> None:
        """End, and have failed."""
        self.has_failed = True
        self.end()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        draining = self.lifespan.state["live"].drain.begin()
        while not draining.done() and not self.force_exit:
            await asyncio.wait([draining], timeout=_LOOK)
        draining.cancel()
        await asyncio.wait([draining])
        await super().shutdown(sockets)
        if self.force_exit:  # uvicorn leaves it out then, and what was begun would be torn down
            with suppress(TimeoutError):
                async with asyncio.timeout(_HURRY):
                    await self.lifespan.shutdown()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self.force_exit = self.should_exit
        super().handle_exit(sig, frame)
        self._signalled()


class Supervisor(Multiprocess):
    """Workers on one listener. One that goes down closes its ear at once, since the others hear;
    ``LiveProtocol.shutdown`` begins to drain it."""

    def join_all(self) -> None:
        """Until the last has gone, somebody is in a hurry, or one hangs and would never go."""
        deadline = time.monotonic() + (self.config.timeout_graceful_shutdown or 0) + _STOP
        for worker in self.processes:
            while worker.process.is_alive():
                worker.process.join(_LOOK)
                if _ENDING & set(self.signal_queue) or time.monotonic() > deadline:
                    worker.process.kill()
