"""The metrics of several workers are one page."""

from __future__ import annotations

import asyncio
import tempfile
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.parser import text_string_to_metric_families

from headrace.workers import Alone, Worker, merged

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator


@pytest.fixture
def directory() -> Iterator[Path]:
    """Short: the path of a socket has at most a hundred bytes."""
    with tempfile.TemporaryDirectory(prefix="workers-") as name:
        yield Path(name)


def registry(people: int) -> CollectorRegistry:
    made = CollectorRegistry()
    Gauge("people", "People.", registry=made).set(people)
    Counter("steps", "Steps.", ["way"], registry=made).labels("up").inc(people)
    Histogram("seconds", "Seconds.", buckets=[1, 10], registry=made).observe(people)
    return made


def samples(page: bytes) -> dict[tuple[str, ...], float]:
    """By name and the values of the labels."""
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(page.decode())
        for sample in family.samples
        if not sample.name.endswith("_created")
    }


@asynccontextmanager
async def joined(people: int, directory: Path) -> AsyncIterator[Worker]:
    worker = Worker(registry(people), directory)
    await worker.start()
    try:
        yield worker
    finally:
        await worker.close()


async def test_whoever_is_asked_tells_of_all(directory: Path) -> None:
    async with joined(3, directory) as one, joined(5, directory) as two:
        pages = [await worker.metrics() for worker in (one, two)]
    found = samples(pages[0])
    assert found == samples(pages[1])
    assert (found["people", "1"], found["people", "2"]) == (3, 5)
    assert found["steps_total", "up", "2"] == 5
    assert found["seconds_bucket", "10.0", "1"] == found["seconds_count", "1"] == 1
    assert pages[0].decode().count("# TYPE people gauge") == 1


async def test_a_worker_that_died_is_left_out_and_its_number_given_to_the_next(
    directory: Path,
) -> None:
    async with joined(5, directory) as two:
        dead = Worker(registry(3), directory)
        assert (two.number, dead.number) == (1, 2)
        (directory / "2.sock").touch()
        assert set(samples(await two.metrics())) & {("people", "1"), ("people", "2")} == {
            ("people", "1")
        }
        await dead.close()
        async with joined(7, directory) as again:
            assert again.number == 2
            assert samples(await two.metrics())["people", "2"] == 7


async def test_a_worker_that_does_not_answer_holds_nobody_up_for_long(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("headrace.workers._PATIENCE", 0.05)
    forever = asyncio.Event()

    async def silent(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await forever.wait()
        writer.close()

    server = await asyncio.start_unix_server(silent, directory / "2.sock")
    async with joined(3, directory) as one:
        found = samples(await one.metrics())
    forever.set()
    server.close()
    await server.wait_closed()
    assert found["people", "1"] == 3
    assert ("people", "2") not in found


async def test_a_worker_by_itself_has_no_label() -> None:
    assert samples(await Alone(registry(3)).metrics())[("people",)] == 3


def test_of_nobody_there_is_nothing_to_tell() -> None:
    assert samples(merged({})) == {}
