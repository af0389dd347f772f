"""PostgreSQL, the log: what is committed here is true, everything else is a hint.

    schema.py       migrations: bring the database to this version
    database.py     the pool, transactions, and what it means when they fail
    queries.py      named blocks of the .sql files in sql/
    rows.py         rows as they are inserted, locked and looked up
    records.py      rows into activities and entries
    references.py   what publications refer to
    moving.py       posts that go on at another level
    appending.py    numbers under the row's lock; the one place that inserts entries
    authority.py    who reads what: computed from memberships, kept as rows, changed by entries
    audience.py     who will see something, and why somebody sees it or does not
    classifications.py  the rules that raise levels
    epoch.py        the name of the log's history
    history.py      pages: of a stream, a group, home, an inbox; search
    filtering.py    filters as SQL
    directory.py    people and groups
    memberships.py  who sits where, and until when
    shared_threads.py   threads that are shared with people outside their group
    pending.py      memberships that are asked for or offered
    elsewhere.py    accounts and groups of other systems, and what they are here
    provisioning.py what a directory elsewhere provisions
    files.py        files, and who may open them
    cursors.py      what has been read
    accounts.py     passwords, sessions, tokens and tickets, all but passwords stored hashed
    providers.py    people as a sign-in provider knows them
    resets.py       permissions to choose a new password
    attempts.py     how often somebody has tried, over all nodes
    factors.py      second factors by code, and sign-ins that wait for one
    sealing.py      which key secrets are sealed with, and all sealed secrets at once
    security_keys.py    what keys sign is checked against, and challenges that wait for it
    endings.py      sessions, tokens and accounts that are over, for every node to hear of
    audit.py        who did what to whom: append-only, hash-chained
    audit_files.py  the same as a file that can be verified by itself
    migrations/     Alembic's scripts

It must not know HTTP, Redis, connections of readers, or who asks.
"""

from headrace.log.database import Database
from headrace.log.schema import migrate

__all__ = ["Database", "migrate"]
