"""Who may do what, and why. Decisions are values with a reason; nothing here does I/O.

decisions.py  decide(actor, action, ...) -> Decision
grants.py     who may bring whom into a group, as what
"""
