"""Tasks that nobody waits for, and what happens when one of them breaks.

A task that fails unseen is a node that looks alive and does nothing. Here every failure reaches
the event loop's exception handler, and a broken belief (AssertionError) ends the process: what it
would do next is not known, and its clients are better off on another node.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

T = TypeVar("T")

log = logging.getLogger(__name__)


def watched(work: Coroutine[Any, Any, T], what: str) -> asyncio.Task[T]:
    """A task whose failure is reported as "``what`` failed"."""
    task = asyncio.create_task(work)
    task.add_done_callback(lambda done: _report(done, what))
    return task


def broken(error: BaseException, what: str) -> None:
    """Report a failure that nobody else will hear of."""
    asyncio.get_running_loop().call_exception_handler(
        {"message": f"{what} failed", "exception": error}
    )


def end_when_broken(loop: asyncio.AbstractEventLoop, end: Callable[[], None] | None = None) -> None:
    """From now on a broken belief anywhere in this loop ends the process, after saying which.

    ``end`` is how; by default a SIGTERM to ourselves.
    """

    def handle(running: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        running.default_exception_handler(context)
        if isinstance(context.get("exception"), AssertionError):
            log.critical("a belief of the program is broken: ending")
            (end or terminate)()

    loop.set_exception_handler(handle)


def terminate() -> None:
    """End this process in order: a SIGTERM to ourselves."""
    os.kill(os.getpid(), signal.SIGTERM)


def _report(task: asyncio.Task[Any], what: str) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        broken(error, what)
