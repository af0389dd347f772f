"""Secrets of second factors, sealed."""

from alembic import op

revision = "0018"
down_revision = "0017"

# ``sealing_key`` holds the id of the key, which is none: a node with another one is told so when it
# starts. A secret is open until a node with a key has started, and either open or sealed.
STATEMENTS = """
CREATE TABLE sealing_key (
    one  boolean PRIMARY KEY DEFAULT true CHECK (one),
    id   bytea NOT NULL
);
ALTER TABLE totp ALTER COLUMN secret DROP NOT NULL;
ALTER TABLE totp ADD COLUMN sealed bytea;
ALTER TABLE totp ADD CHECK (num_nonnulls(secret, sealed) = 1)
"""


def upgrade() -> None:
    """Make room for them."""
    for statement in STATEMENTS.split(";\n"):
        op.execute(statement)
