"""Headrace and the bare send() loop in the same run, measured as loadtests/bench does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import headrace
from loadtests.bench import bare
from loadtests.bench.fanout import Load, crowd, site
from loadtests.peers.scenario import PAYLOAD_BYTES, Result, Run, result

if TYPE_CHECKING:
    from loadtests.bench.engines import Lab
    from loadtests.peers.scenario import Scale

RATE = 50.0
_FRAME_HEAD = 4
_WARM_UP = Load.lasting(1, 20)


async def measure(lab: Lab, scale: Scale) -> Result:
    """Activities of 300 bytes, durable, through HTTP. Raises as loadtests/bench does."""
    load = Load.lasting(scale.seconds, RATE)
    async with site(lab, scale.connections) as made, crowd(made) as readers:
        await made.cost(_WARM_UP, readers)
        costs = [await made.cost(load, readers) for _ in range(scale.runs)]
    runs = [Run(cost.cpu, cost.harvest, cost.faults) for cost in costs]
    return result("headrace", "Headrace", headrace.__version__, RATE, runs)


async def limit(scale: Scale) -> Result:
    """The bare loop in C; it has no latency worth the name. Raises BareLoopFailed."""
    rounds = Load.lasting(scale.seconds, RATE).rounds
    load = bare.Load(scale.connections, PAYLOAD_BYTES + _FRAME_HEAD, 1, rounds, 1 / RATE)
    sent = [await bare.send(load) for _ in range(scale.runs)]
    return Result(
        "bare", "bare C send() loop", "", RATE, [s.cpu_per_delivery for s in sent], [], []
    )
