"""Benchmarks: what a delivery, a connection, a start cost, against what they are to cost.

Each scenario starts real engines and a real server process, drives them over loopback, and answers
rows: what was measured, what is to be reached, whether it was. CPU time and ratios within one run
are what counts; wall-clock times are medians. A run in which a delivery was missing, doubled or out
of order is invalid and says so.

    scenarios/      a file for each
    machine.py      cores, and what a process used of them
    engines.py      PostgreSQL and Valkey of a benchmark
    company.py      people, groups and tokens in bulk
    million.py      a log of a million activities, in a minute
    chat_archive.py, team_tree.py    what there is to import
    server.py       the server process under test
    command.py      the command line as users call it
    running.py      scenarios one after the other
    readers.py      thousands of readers (readers.c, events.h, names.h, deflate.h)
    writers.py      clients that publish without a pause (writers.c)
    bare.py         the limit: a bare send() loop (sender.c)
    native.py       the C programs, compiled when they are needed
    fanout.py       one server, its readers and publishers: what a load costs
    ears.py         connections of somebody who is about to lose them
    stamped.py      activities that carry when they were due
    publisher.py    HTTP requests at a rate, open loop
    report.py       rows, and how they are shown

Nothing here is a timed test, and nothing fails for being slow.
"""
