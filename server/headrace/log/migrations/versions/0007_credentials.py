"""Sessions and tokens as their owners see them, what tokens may do, and what has ended."""

from alembic import op

revision = "0007"
down_revision = "0006"

# ``ending`` is how nodes learn that sessions and tokens are over: numbered without holes in the
# order of commits, because whoever appends holds the row of ``installation`` until then. Without
# credentials it is the whole account that has ended.
#
# Tokens from before there were scopes could do everything, and still can.
STATEMENTS = """
ALTER TABLE session
    ADD COLUMN id uuid NOT NULL DEFAULT gen_random_uuid() UNIQUE,
    ADD COLUMN last_used timestamptz NOT NULL DEFAULT now(),
    ADD COLUMN network text NOT NULL DEFAULT '',
    ADD COLUMN agent text NOT NULL DEFAULT '';
ALTER TABLE token
    ADD COLUMN id uuid NOT NULL DEFAULT gen_random_uuid() UNIQUE,
    ADD COLUMN last_used timestamptz,
    ADD COLUMN scopes text[] NOT NULL DEFAULT '{read,publish,manage,account,admin}',
    ADD COLUMN groups text[];
ALTER TABLE token ALTER COLUMN scopes DROP DEFAULT;
DELETE FROM ticket;
ALTER TABLE ticket DROP COLUMN session, ADD COLUMN credential uuid NOT NULL;
CREATE VIEW credential AS
    SELECT id, hash, person, expires, last_used, true AS is_session,
           NULL::text[] AS scopes, NULL::text[] AS groups FROM session
    UNION ALL
    SELECT id, hash, person, expires, last_used, false, scopes, groups FROM token;
ALTER TABLE installation ADD COLUMN endings bigint NOT NULL DEFAULT 0;
CREATE TABLE ending (
    no           bigint PRIMARY KEY,
    person       uuid NOT NULL,
    credentials  uuid[],
    at           timestamptz NOT NULL
)
"""


def upgrade() -> None:
    """Create it."""
    for statement in STATEMENTS.split(";\n"):
        op.execute(statement)
