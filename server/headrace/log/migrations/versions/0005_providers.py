"""People as a sign-in provider knows them, their sessions there, and attempts to sign in."""

from alembic import op

revision = "0005"
down_revision = "0004"

# An attempt is of use for minutes only: it may be gone after a crash.
STATEMENTS = """
CREATE TABLE provided_person (
    issuer   text NOT NULL,
    subject  text NOT NULL,
    person   uuid NOT NULL REFERENCES person,
    since    timestamptz NOT NULL,
    PRIMARY KEY (issuer, subject),
    UNIQUE (person, issuer)
);
CREATE TABLE provided_session (
    session   bytea PRIMARY KEY REFERENCES session ON DELETE CASCADE,
    issuer    text NOT NULL,
    subject   text NOT NULL,
    sid       text,
    id_token  text NOT NULL
);
CREATE INDEX provided_session_subject ON provided_session (issuer, subject);
CREATE UNLOGGED TABLE sign_in_attempt (
    state    bytea PRIMARY KEY,
    browser  bytea NOT NULL,
    next     text NOT NULL,
    expires  timestamptz NOT NULL
)
"""


def upgrade() -> None:
    """Create them."""
    for statement in STATEMENTS.split(";\n"):
        op.execute(statement)
