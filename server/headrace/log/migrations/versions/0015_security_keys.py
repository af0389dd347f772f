"""Security keys: what they sign is checked against, and challenges that wait for a signature."""

from alembic import op

revision = "0015"
down_revision = "0014"

# A key answers for one host only (``rp_id``): of those made for an address that we had before,
# none is asked for. ``counter`` is the highest that a key has shown; it goes up or stays at zero.
# ``holder`` is the hash of what a challenge is bound to: a sign-in that waits, or what somebody
# who is signed in is about to do.
STATEMENTS = """
CREATE TABLE security_key (
    id          uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    person      uuid NOT NULL REFERENCES person,
    credential  bytea NOT NULL UNIQUE,
    rp_id       text NOT NULL,
    name        text NOT NULL,
    public_key  bytea NOT NULL,
    counter     bigint NOT NULL,
    transports  text[] NOT NULL,
    created     timestamptz NOT NULL,
    last_used   timestamptz
);
CREATE INDEX security_key_person ON security_key (person);
CREATE UNLOGGED TABLE key_challenge (
    holder     bytea PRIMARY KEY,
    challenge  bytea NOT NULL,
    expires    timestamptz NOT NULL
)
"""


def upgrade() -> None:
    """Create them."""
    for statement in STATEMENTS.split(";\n"):
        op.execute(statement)
