"""Curated mutants: one-line bugs that the tests must notice.

Each is a mistake that somebody could make in numbering, merging, cursors, cohorts, revocation,
admission, filters or pages. ``python -m tests.mutation`` puts them in, one at a time, in a copy
of the source, and runs the fast tests that should notice; ``python -m tests.mutation NAME...``
tries some only. It takes about ten minutes, so it is no part of the normal run; that all of them
still fit the source is (test_mutants.py).
"""
