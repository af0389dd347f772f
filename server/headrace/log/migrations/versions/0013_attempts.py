"""How often somebody has tried, shared by all nodes."""

from alembic import op

revision = "0013"
down_revision = "0012"

# Hashes instead of addresses: what is kept says of nobody where they are. Gone after a crash,
# which is worth less than a write-ahead log of attempts.
STATEMENTS = """
CREATE UNLOGGED TABLE attempt (
    key      bytea PRIMARY KEY,
    full_at  timestamptz NOT NULL
) WITH (fillfactor = 50)
"""


def upgrade() -> None:
    """Create it."""
    for statement in STATEMENTS.split(";\n"):
        op.execute(statement)
