"""Second factors: codes by time, codes to recover with, and sign-ins that wait for one."""

from alembic import op

revision = "0014"
down_revision = "0013"

# ``last_step`` is the number of the last time step whose code was used: none is used twice.
# A sign-in that waits keeps the hash of the password that was checked, because it counts only as
# long as that is still the password.
STATEMENTS = """
CREATE TABLE totp (
    person     uuid PRIMARY KEY REFERENCES person,
    secret     text NOT NULL,
    confirmed  boolean NOT NULL DEFAULT false,
    last_step  bigint NOT NULL DEFAULT 0
);
CREATE TABLE recovery_code (
    person  uuid NOT NULL REFERENCES person,
    hash    bytea NOT NULL,
    PRIMARY KEY (person, hash)
);
CREATE UNLOGGED TABLE half_sign_in (
    hash      bytea PRIMARY KEY,
    person    uuid NOT NULL,
    password  text NOT NULL,
    expires   timestamptz NOT NULL
)
"""


def upgrade() -> None:
    """Create them."""
    for statement in STATEMENTS.split(";\n"):
        op.execute(statement)
