"""PostgreSQL and Valkey from wheels, for one machine with nothing installed.

A data directory holds both. PostgreSQL is shared: the first command that needs it starts it, the
last one that leaves stops it. Valkey belongs to `headrace up`, of which there is one a directory.

    engines.py    start and stop both; what happens when a process dies without saying so
    keeper.py     what happens when an engine dies: `headrace up` starts it again, or ends
    directory.py  the data directory and its locks
    imprint.py    by what it is told from its copies
    postgres.py   create, start, adopt, stop PostgreSQL
    orphans.py    what a killed PostgreSQL leaves behind
    postmaster.py who says to be running: PostgreSQL's pid file
    account.py    whom PostgreSQL runs as, since it refuses root
    valkey.py     start, stop Valkey
    sockets.py    where a Unix socket goes whose path would be too long
    __main__.py   what is left behind by a killed process, swept up

Linux and macOS. Knows nothing of settings, the log or the bus: it hands out URLs.
"""

from headrace.embedded.engines import Engines, start_engines
from headrace.embedded.keeper import EngineLost, News, keeping

__all__ = ["EngineLost", "Engines", "News", "keeping", "start_engines"]
