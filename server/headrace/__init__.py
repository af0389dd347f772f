"""Headrace: a self-hosted, real-time activity-stream server for teams.

Dependencies point one way (import-linter holds it, see pyproject.toml)::

    cli > app > chores > api, live.protocol, imports, demo, server, heads > metrics > node
        > admission, pages, federation
        > relay, endings, epoch, administration, lapses, gate, addresses, ring, corking, draining,
        whispers, timings, clock, patience
        > publishing, auth, files > log, bus, mailing > live (pure) > access > model

What each part owns:

    model/         values: activities, people, groups, levels, entries, filters; no I/O
    access/        who may do what, and why; no I/O
    live/          the fan-out core: window, cohort, hub, session; no I/O but live.protocol
    log/           PostgreSQL: the truth
    bus/           Redis, one or a cluster: the hint that makes it quick
    publishing/    the one door for writes
    administration/    changes of people, groups and memberships
    relay.py       from bus and log to the hub, without gaps
    endings.py     sessions, tokens and accounts that are over: their connections go
    epoch.py       the name of the log's history, which stays as long as a node lives
    pages.py       the past from the log, each page read once for all who need it
    federation/    people whom others vouch for or provision: sign-in providers, directories
    admission.py   who may follow what, installed in the hub
    lapses.py      what the clock takes from connected people
    gate.py        how many are let in at the same time
    addresses.py   how many connections there may be from one address
    ring.py        bytes to many sockets with one system call
    draining.py    how a node that goes down sends its clients away
    whispers.py    who is writing just now
    node.py        what live connections need of their process
    timings.py     how long things take on it
    clock.py       the time, as the database has it
    workers.py     several processes on one address, and their metrics as one page
    chores.py      what goes on as long as a process serves
    metrics.py     all that /metrics tells of it, in one table
    heads.py       uvicorn's HTTP, with bounds on what comes before a body, and on the time
    patience.py    how long a request may be on its way
    corking.py     a transport that sends the head and the body of an answer together
    server.py      uvicorn's server and supervisor, going down in order
    files/         what people attach: taken in, looked at, kept
    auth/          passwords, sessions, tokens, tickets; OpenID Connect
    api/           HTTP: one table of routes to read from top to bottom
    imports/       chat archives and organisations from outside
    demo/          the demo company and its traffic
    embedded/      PostgreSQL and Valkey from wheels, for one machine
    mailing.py     one message to one person, by SMTP
    gathering.py   the same question for many at a time
    recent.py      what was learnt last, and no more than that
    tasks.py       tasks that nobody waits for, and what happens when one breaks
    errors.py      what can go wrong and be told to whoever asked
    problems.py    errors as problem details
    settings.py    every setting: name, type, default, sentence
    app.py         composition root: the only module that wires engines
    cli/           the only reader of argv and environment
"""

__version__ = "0.1.0"
