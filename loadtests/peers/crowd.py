"""The readers of ``crowd.c`` as a process, with the commands of bench's own readers."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING

from loadtests.bench.machine import OTHER_CORES, pinned
from loadtests.bench.native import NoCompiler
from loadtests.bench.readers import Readers

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from loadtests.peers.peer import Dialect


@asynccontextmanager
async def crowd(port: int, dialect: Dialect, connections: int) -> AsyncIterator[Readers]:
    """Readers, all of them live. Raises ReadersFailed, NoCompiler."""
    said = (dialect.hello, dialect.ready, dialect.ping, dialect.pong)
    with pinned(*OTHER_CORES):
        process = await asyncio.create_subprocess_exec(
            *(_program(), str(port), dialect.path, str(connections), *said),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
    readers = Readers(process, connections)
    try:
        await readers.until_live()
        yield readers
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@cache
def _program() -> Path:
    compiler = next(filter(None, map(shutil.which, ("cc", "gcc", "clang"))), None)
    if compiler is None:
        raise NoCompiler
    target = Path(mkdtemp(prefix="headrace-peers-")) / "crowd"
    source = Path(__file__).with_name("crowd.c")
    subprocess.run([compiler, "-O2", "-o", target, source], check=True)
    return target
