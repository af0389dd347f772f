"""Looks at what came in, in a process of its own that may break."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

import msgspec

from headrace.errors import BrokenFile, Unavailable
from headrace.files.inspecting import PROBLEMS, Findings, Job

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from uuid import UUID

log = logging.getLogger(__name__)

#: Seconds of real time; the process limits its CPU time itself.
_PATIENCE = 60.0
_COMMAND = (sys.executable, "-m", "headrace.files.inspecting")


class Inspector:
    """At most ``at_once`` files are looked at at the same time, and of one person only one: whoever
    sends many waits for themselves, and does not keep others waiting."""

    def __init__(self, pixels: int, *, at_once: int = 2, command: Sequence[str] = _COMMAND) -> None:
        self._pixels = pixels
        self._turns = asyncio.Semaphore(at_once)
        self._own: WeakValueDictionary[UUID, asyncio.Lock] = WeakValueDictionary()
        self._command = command

    async def look(self, person: UUID, path: Path, name: str, preview: Path) -> Findings:
        """What a person's file is; its small image, if it gets one, is at ``preview``.

        Raises BrokenFile, ImageTooLarge, ArchiveBomb, Unavailable.
        """
        job = Job(path=str(path), name=name, preview=str(preview), pixels=self._pixels)
        async with self._own.setdefault(person, asyncio.Lock()), self._turns:
            answer = await self._run(msgspec.json.encode(job))
        try:
            found = msgspec.json.decode(answer, type=Findings)
        except msgspec.DecodeError:
            raise BrokenFile("the file cannot be looked at: it takes too much to read it") from None
        if found.problem is not None:
            raise PROBLEMS[found.problem](found.reason)
        return found

    async def _run(self, job: bytes) -> bytes:
        """What the process answers; nothing, if it broke."""
        # It gets nothing of this process's environment, which holds the database's password.
        environment = {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
        try:
            process = await asyncio.create_subprocess_exec(
                *self._command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, env=environment
            )
        except OSError as error:  # no memory, process or descriptor left
            raise Unavailable("the file cannot be looked at just now") from error
        try:
            async with asyncio.timeout(_PATIENCE):
                answer, _ = await process.communicate(job)
        except TimeoutError:
            return b""
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode != 0:
            log.warning("a file broke its inspection (exit status %s)", process.returncode)
            return b""
        return answer
