"""The function that appends: locks, numbers and inserts in one round trip."""

from alembic import op

revision = "0004"
down_revision = "0003"

# Streams are locked in an order that all transactions share: those of groups by their keys, then
# inboxes. The seats (who reads which stream in which role) are what the caller's decisions rest
# on; a revocation locks the same streams, so a seat that still holds under the lock holds for the
# numbers that are taken. Each statement of the function sees what was committed before it began,
# and that is after the locks. A person's own posts are counted in their cursor, because they are
# not unread to them.
STATEMENT = """
CREATE FUNCTION append(activities json, entries json, people uuid[], streams bigint[], roles text[])
RETURNS TABLE (id bigint, name text, level smallint, "group" text, seq bigint)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    PERFORM FROM stream s
    WHERE s.id = ANY (streams)
       OR s.id IN (SELECT e.stream_id FROM json_to_recordset(entries) AS e (stream_id bigint))
    ORDER BY s.level IS NULL, s.id
    FOR UPDATE OF s;

    IF EXISTS (
        SELECT FROM unnest(people, streams, roles) AS seat (person, stream_id, role)
        LEFT JOIN reader r USING (person, stream_id)
        WHERE r.role IS DISTINCT FROM seat.role
    ) THEN
        RAISE serialization_failure USING MESSAGE = 'who reads has changed meanwhile';
    END IF;

    INSERT INTO activity SELECT * FROM json_populate_recordset(NULL::activity, activities);

    RETURN QUERY
    WITH numbered AS (
        SELECT e.*, s.name, s.level, s.group_id,
               s.head + row_number() OVER earlier AS seq,
               s.posts + sum(e.is_post::int) OVER earlier AS posts
        FROM ROWS FROM (json_to_recordset(entries) AS (
            stream_id bigint, activity uuid, actor uuid, is_post boolean, aside boolean, via bigint,
            granted uuid[], revoked uuid[], ended boolean
        )) WITH ORDINALITY AS e (
            stream_id, activity, actor, is_post, aside, via, granted, revoked, ended, place
        )
        JOIN stream s ON s.id = e.stream_id
        WINDOW earlier AS (PARTITION BY e.stream_id ORDER BY e.place)
    ), new_entry AS (
        INSERT INTO entry (stream_id, seq, activity, posts, via, granted, revoked, ended, aside)
        SELECT stream_id, seq, activity, posts, via, granted, revoked, ended, aside FROM numbered
    ), own AS (
        INSERT INTO cursor AS c (person, stream_id, own_after)
        SELECT actor, stream_id, count(*) FROM numbered
        WHERE is_post AND level IS NOT NULL
        GROUP BY 1, 2 ORDER BY 1, 2
        ON CONFLICT (person, stream_id) DO UPDATE SET own_after = c.own_after + excluded.own_after
    ), moved AS (
        UPDATE stream s SET head = n.head, posts = n.posts
        FROM (
            SELECT stream_id, max(seq) AS head, max(posts) AS posts FROM numbered GROUP BY 1
        ) n
        WHERE s.id = n.stream_id
    )
    SELECT n.stream_id, n.name, n.level, g.name, n.seq
    FROM numbered n LEFT JOIN team_group g ON g.id = n.group_id
    ORDER BY n.place;
END $$
"""


def upgrade() -> None:
    """Create it."""
    op.execute(STATEMENT)
