"""What a node's /metrics says, and waiting until it does."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx
from prometheus_client.parser import text_string_to_metric_families

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.scenario.conftest import Site

#: These tell how the node is, not who is there.
_CONDITIONS = {"headrace_bus_up"}


class Scrape(dict[str, float]):
    """All samples of a node, as ``name`` or ``name{label}``; ``gauges`` are the names of those."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.gauges: set[str] = set()
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                key = _key(sample.name, sample.labels)
                self[key] = sample.value
                is_gauge = family.type == "gauge" and not sample.name.endswith("_created")
                if is_gauge and sample.name.startswith("headrace_"):
                    self.gauges.add(key)

    @property
    def left(self) -> dict[str, float]:
        """The gauges that are not at zero."""
        return {
            name: self[name]
            for name in sorted(self.gauges)
            if self[name] and name.partition("{")[0] not in _CONDITIONS
        }


def _key(name: str, labels: Mapping[str, str]) -> str:
    return f"{name}{{{','.join(labels.values())}}}" if labels else name


async def scrape(site: Site, node: int = 0) -> Scrape:
    async with httpx.AsyncClient(timeout=30) as client:
        return Scrape((await client.get(f"{site.nodes[node].url}/metrics")).text)


async def bus_is_up(site: Site, node: int) -> bool:
    return (await scrape(site, node))["headrace_bus_up"] == 1


async def until(site: Site, holds: Callable[[Scrape], bool], node: int = 0) -> Scrape:
    """Look until something holds; fails with what is left of gauges."""
    seen = await scrape(site, node)
    try:
        async with asyncio.timeout(30):
            while not holds(seen):
                seen = await scrape(site, node)
    except TimeoutError:
        raise AssertionError(f"waited in vain; not zero: {seen.left}") from None
    return seen


async def flood_until_lagging(site: Site) -> None:
    """Publish until somebody's transport is full, beyond what the kernel takes."""
    lines = "\n".join([f'{{"content":"{"x" * 60_000}"}}'] * 50)
    headers = {
        "Authorization": f"Bearer {site.tokens['mia']}",
        "Content-Type": "application/x-ndjson",
    }
    async with asyncio.timeout(60), httpx.AsyncClient(timeout=30) as client:
        while (await scrape(site))["headrace_connections{lagging}"] < 1:
            url = f"{site.nodes[0].url}/api/v1/groups/qm/activities:batch"
            (await client.post(url, content=lines, headers=headers)).raise_for_status()
