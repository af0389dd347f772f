from __future__ import annotations

from headrace.model.people import Kind, Person


def somebody(kind: Kind = Kind.EMPLOYEE, *, admin: bool = False, active: bool = True) -> Person:
    return Person(
        id="x", email="x@example.org", handle="x", name="X", kind=kind, admin=admin, active=active
    )
