"""What names the log's history, and by what a copy of an embedded log is told from the original."""

from alembic import op

revision = "0020"
down_revision = "0019"

# The row of ``history`` is written when a history begins and never else: the epoch contains the
# number of the transaction that wrote it, which is another one in whatever was loaded from a dump.
STATEMENTS = """
CREATE TABLE history (
    one    boolean PRIMARY KEY DEFAULT true CHECK (one),
    began  timestamptz NOT NULL DEFAULT now()
);
INSERT INTO history DEFAULT VALUES;
ALTER TABLE installation ADD COLUMN imprint bigint
"""


def upgrade() -> None:
    """Begin the history that is told from others from now on."""
    for statement in STATEMENTS.split(";\n"):
        op.execute(statement)
