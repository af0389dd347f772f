"""What came from other systems: accounts and the people they are here, groups and their source."""

from alembic import op

revision = "0002"
down_revision = "0001"

# ``names`` are all that an account was ever seen with, in lower case. A group without a source
# was made here.
STATEMENTS = """
CREATE TABLE account_elsewhere (
    origin   text NOT NULL,
    account  text NOT NULL,
    person   uuid NOT NULL REFERENCES person,
    names    text[] NOT NULL DEFAULT '{}',
    PRIMARY KEY (origin, account)
);
ALTER TABLE team_group ADD COLUMN source text
"""


def upgrade() -> None:
    """Create them."""
    for statement in STATEMENTS.split(";\n"):
        op.execute(statement)
