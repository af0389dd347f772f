"""Redis or Valkey, the bus: a hint that something was committed, and what it was.

It may lose, repeat or reorder messages and be away for any time: nothing depends on it but
latency. One channel per stream, its name in a hash tag.

One server, or a cluster with sharded pub/sub, in which each shard carries the channels of its
slots and nothing else. Which of the two it is, the server says. Slots that move and servers that
fail are followed.

    places.py   which server carries which channel
    wire.py     a connection whose answers are taken as they come
    line.py     a connection that listens at one server
    outlet.py   a connection that announces at one server
    counts.py   what happened, for the metrics
    bus.py      all of them together, and what is said
"""

from headrace.bus.bus import Bus, announce_now

__all__ = ["Bus", "announce_now"]
