"""Other servers under the load of Headrace's hot stream: what a delivery costs them.

Each installs from a registry into a scratch directory, never into the project. The scenario is
the same for all: so many connections, a payload of 300 bytes, published over HTTP again and again;
the server on a core of its own, readers and publisher on the others. CPU time is that of the
server's processes, publishing included; a Redis that a peer needs is not counted, nor are
PostgreSQL and Valkey of Headrace, which alone writes each activity to disk before it sends it.

    __main__.py     python -m loadtests.peers [NAME…]
    catalogue.py    the peers, one entry each
    external.py     a server that somebody has started by hand
    peer.py         what a peer is: how to install, start, speak to it
    scratch.py      installing with pip, npm and apt
    libc.py         a newer C library, for who needs it
    running.py      a peer's processes, and the CPU time of all of them
    centrifugo.py, mercure.py    how these two are configured and spoken to
    posting.py      HTTP, to publish
    scenario.py     the measurement
    survey.py       all of them, one after the other
    headrace.py     Headrace and the bare loop, as in loadtests/bench
    report.py       table, JSON, picture
    servers/        the few lines that make a chat server of a library
"""
