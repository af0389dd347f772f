"""Headrace and the bare send() loop in the same run, measured as loadtests/bench does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import headrace
from loadtests.bench import bare
from loadtests.bench.fanout import Load, crowd, site
from loadtests.peers.scenario import PAYLOAD_BYTES, Loaded, Result, Run, result

if TYPE_CHECKING:
    from loadtests.bench.engines import Lab
    from loadtests.peers.scenario import Scale

_FRAME_HEAD = 4
_WARM_UP = Load.lasting(1, 20)


async def measure(lab: Lab, scale: Scale) -> Result:
    """Activities of 300 bytes, durable, through HTTP. Raises as loadtests/bench does."""
    load = Load.lasting(scale.seconds, scale.rate, scale.per_round)
    async with site(lab, scale.connections) as made:
        await made.publish(_WARM_UP)
        alone = await made.publishing_cost(load)
        async with crowd(made) as readers:
            await made.cost(_WARM_UP, readers)
            costs = [await made.cost(load, readers) for _ in range(scale.runs)]
    runs = [Run(cost.cpu, cost.harvest, cost.faults) for cost in costs]
    return result("headrace", "Headrace", headrace.__version__, scale.rate, Loaded(runs, alone))


async def limit(scale: Scale) -> Result:
    """The bare loop in C; it has no latency worth the name. Raises BareLoopFailed."""
    rounds, interval, per_round = Load.lasting(scale.seconds, scale.rate, scale.per_round)
    frame = PAYLOAD_BYTES + _FRAME_HEAD
    load = bare.Load(scale.connections, frame, per_round, rounds, interval)
    sent = [await bare.send(load) for _ in range(scale.runs)]
    return Result(
        "bare", "bare C send() loop", "", scale.rate, [s.cpu_per_delivery for s in sent], [], []
    )
