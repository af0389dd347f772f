"""ID tokens of sessions, sealed with the sessions' secrets."""

from alembic import op

revision = "0019"
down_revision = "0018"

# What is there is open, and the secrets to seal it with are not here: it goes. Sessions that began
# with it sign out at the provider without it, which asks the person first. Written anew, the table
# leaves no pages behind in which it could still be read.
STATEMENTS = """
ALTER TABLE provided_session DROP COLUMN id_token;
ALTER TABLE provided_session ADD COLUMN hint bytea;
CLUSTER provided_session USING provided_session_pkey;
ALTER TABLE provided_session SET WITHOUT CLUSTER
"""


def upgrade() -> None:
    """Seal from now on."""
    for statement in STATEMENTS.split(";\n"):
        op.execute(statement)
