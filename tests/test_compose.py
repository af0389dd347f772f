"""docker-compose.yml says in its own words what settings say: it goes along when they change."""

from __future__ import annotations

import re
from pathlib import Path

from headrace.settings import Settings

COMPOSE = (Path(__file__).parents[1] / "docker-compose.yml").read_text(encoding="utf-8")
MEGABYTE = 2**20


def number(pattern: str) -> int:
    """The one number that a line of the file gives."""
    (found,) = re.findall(pattern, COMPOSE)
    return int(found)


def test_every_variable_is_that_of_a_setting() -> None:
    known = {row.variable for row in Settings.table()}
    named = set(re.findall(r"\bHEADRACE_\w+", COMPOSE))
    assert len(named) > 8
    assert named <= known


def test_the_balancer_lets_through_what_a_node_takes() -> None:
    settings = Settings()
    batch, file = re.findall(r"client_max_body_size (\d+)m;", COMPOSE)
    assert int(batch) * MEGABYTE >= settings.max_batch_bytes
    assert int(file) * MEGABYTE >= settings.max_file_bytes


def test_the_balancer_waits_for_more_than_a_heartbeat() -> None:
    assert number(r"proxy_read_timeout (\d+)s;") >= 3 * Settings().heartbeat


def test_a_node_is_given_the_time_that_it_takes_to_send_its_clients_away() -> None:
    assert number(r"stop_grace_period: (\d+)s") > Settings().drain_timeout


def test_the_balancer_knows_every_node() -> None:
    nodes = re.findall(r"^  (node-\d+): \*node$", COMPOSE, re.MULTILINE)
    assert len(nodes) >= 2
    assert re.findall(r"server ([\w-]+):8080;", COMPOSE) == nodes
