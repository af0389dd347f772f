"""The fan-out core: pure, but for protocol.py.

    codes.py     close codes and error codes, and what a client does about each
    messages.py  what travels over the WebSocket, as tagged unions
    frames.py    messages and entries encoded into shared WebSocket frames
    window.py    the recent entries of a stream, bounded in bytes
    stream.py    a stream that this node follows
    cohort.py    connections that get the same bytes: same stream, filter and format
    session.py   one connection's protocol: subscriptions, cursors, what it lags behind
    reader.py    a person who is connected, and what is withheld from them
    spread.py    bytes to many sessions
    presence.py  who is there, in each group, on this node and on others
    hub.py       all of it on one node: takes entries, fans them out
    tally.py     what all this has done so far, counted
    wheel.py     one timer for all heartbeats
    handshake.py which format, and whether it is compressed
    deflate.py   what is compressed once for many
    protocol.py  the asyncio edge: bytes in, bytes out, and the hub's tick

Nothing here but protocol.py knows asyncio, sockets, clocks or the log. Lower modules return
values; upper ones act. Stream, cohort, session and reader know each other, as who is in what has to
be found from either end; all else points one way (import-linter holds it, see pyproject.toml).
"""
