"""The whole table in one go: what a release has to reach in speed, and the peers beside it.

__main__.py     python -m loadtests.table
picture.py      one picture of it: goals above, peers below
"""
