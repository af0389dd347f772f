"""Permissions to choose a new password."""

from alembic import op

revision = "0010"
down_revision = "0009"

STATEMENTS = """
CREATE TABLE password_reset (
    hash     bytea PRIMARY KEY,
    person   uuid NOT NULL REFERENCES person,
    expires  timestamptz NOT NULL
);
CREATE INDEX password_reset_person ON password_reset (person)
"""


def upgrade() -> None:
    """Create them."""
    for statement in STATEMENTS.split(";\n"):
        op.execute(statement)
