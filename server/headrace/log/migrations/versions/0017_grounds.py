"""What publishers remember of people has to hold still for what is appended."""

from alembic import op

revision = "0017"
down_revision = "0016"

# Who publishes is shown by handle and name, and judged by kind: what publishers remember of it
# has to hold still, as the seats do. So has it that sessions and tokens are not over; when they
# expire is the nodes' clock's business.
APPEND = """
CREATE FUNCTION append(
    activities json, entries json, people uuid[], streams bigint[], roles text[], rules bigint,
    actors json, credentials uuid[])
RETURNS TABLE (id bigint, name text, level smallint, "group" text, seq bigint)
LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY SELECT * FROM append(activities, entries, people, streams, roles, rules);
    IF EXISTS (
        SELECT FROM json_to_recordset(actors) AS k (id uuid, handle text, name text, kind text)
        LEFT JOIN person p ON p.id = k.id
        WHERE (p.handle, p.name, p.kind) IS DISTINCT FROM (k.handle, k.name, k.kind)
    ) THEN
        RAISE serialization_failure USING MESSAGE = 'who publishes has changed meanwhile';
    END IF;
    IF EXISTS (
        SELECT FROM unnest(credentials) AS k (id)
        LEFT JOIN credential c ON c.id = k.id
        LEFT JOIN person p ON p.id = c.person AND p.active
        WHERE p.id IS NULL
    ) THEN
        RAISE serialization_failure USING MESSAGE = 'who speaks for them is over meanwhile';
    END IF;
END $$
"""


def upgrade() -> None:
    """Create it."""
    op.execute(APPEND)
