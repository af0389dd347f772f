"""The workers of one command, and their metrics as one page.

They share an address, so that whoever asks for metrics reaches any of them. Each has a number and
a socket in a directory of theirs; who is asked asks the others, and labels what each says. A worker
that has died leaves its number to the one that comes for it. One whose supervisor has died ends:
nobody would start another in its place, and it would keep the address from whoever comes next.
"""

from __future__ import annotations

import asyncio
import fcntl
import logging
import multiprocessing
from contextlib import suppress
from itertools import count
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from io import TextIOWrapper
    from pathlib import Path

log = logging.getLogger(__name__)

#: Seconds that another worker has to answer.
_PATIENCE = 2.0


class Alone:
    """The only worker."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry

    async def start(self) -> None:
        """Begin to tell the others."""

    async def close(self) -> None:
        """Stop."""

    async def metrics(self) -> bytes:
        """All metrics in Prometheus' text format."""
        return generate_latest(self._registry)


class Worker(Alone):
    """One of several, who share ``directory``; ``number`` is the lowest that none of them has."""

    def __init__(self, registry: CollectorRegistry, directory: Path) -> None:
        super().__init__(registry)
        self._directory = directory
        self.number, self._lock = _claim(directory)
        self._socket = directory / f"{self.number}.sock"
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Begin to tell the others."""
        self._socket.unlink(missing_ok=True)
        self._server = await asyncio.start_unix_server(self._tell, self._socket)

    async def close(self) -> None:
        """Stop; the number is the next one's."""
        if self._server is not None:
            self._server.close()
        self._socket.unlink(missing_ok=True)
        self._lock.close()

    async def metrics(self) -> bytes:
        """Those of all workers that answer, told apart by the label ``worker``."""
        numbers = sorted(int(path.stem) for path in self._directory.glob("*.sock"))
        texts = await asyncio.gather(*(self._ask(number) for number in numbers))
        return merged(dict(zip(numbers, texts, strict=True)))

    async def _ask(self, number: int) -> str:
        if number == self.number:
            return generate_latest(self._registry).decode()
        try:
            async with asyncio.timeout(_PATIENCE):
                return await _read(self._directory / f"{number}.sock")
        except (OSError, TimeoutError):
            return ""  # it has died, or does not answer anybody

    async def _tell(self, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            writer.write(generate_latest(self._registry))
            await writer.drain()
        writer.close()


def end_with_supervisor(end: Callable[[], None]) -> None:
    """Call ``end`` once the process that started this one is gone."""
    supervisor, loop = multiprocessing.parent_process(), asyncio.get_running_loop()
    if supervisor is None:
        raise AssertionError("this process is no worker")
    sentinel = supervisor.sentinel

    def orphaned() -> None:
        loop.remove_reader(sentinel)
        log.critical("the supervisor of this worker has died: ending")
        end()

    loop.add_reader(sentinel, orphaned)


async def _read(path: Path) -> str:
    reader, writer = await asyncio.open_unix_connection(path)
    try:
        return (await reader.read()).decode()
    finally:
        writer.close()


def _claim(directory: Path) -> tuple[int, TextIOWrapper]:
    """The lowest number that no living worker has; it is ours as long as the file is open."""
    for number in count(1):
        lock = (directory / f"{number}.lock").open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
        else:
            return number, lock
    raise AssertionError("there are no more numbers")


def merged(texts: Mapping[int, str]) -> bytes:
    """Metrics of several workers as one page. The sum over ``worker`` is that of the machine."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Merged(texts))
    return generate_latest(registry)


class _Merged(Collector):
    def __init__(self, texts: Mapping[int, str]) -> None:
        self._texts = texts

    def collect(self) -> Iterator[Metric]:
        found: dict[str, Metric] = {}
        for number, text in self._texts.items():
            for family in text_string_to_metric_families(text):
                whole = found.setdefault(
                    family.name, Metric(family.name, family.documentation, family.type)
                )
                for sample in family.samples:
                    labels = {**sample.labels, "worker": str(number)}
                    whole.add_sample(sample.name, labels, sample.value)
        yield from found.values()
