"""A log of a million activities, in a minute: written by SQL, in the shape that publishing gives.

A few groups have most of it, as everywhere: the first of 200 a fifth, the hundredth a thousandth.
Of ten activities six are posts, one is a reply, three are likes of what was said shortly before.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import asyncpg

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

#: A word of one activity in 5,000.
RARE = "zinnober"
TAG = "audit"

#: Ids are UUIDs of version 7 (RFC 9562, section 5.7), a second apart.
_PLAN = """
CREATE UNLOGGED TABLE plan AS
WITH place AS (
    SELECT s.id AS stream_id, s.group_id, s.level,
           dense_rank() OVER (ORDER BY s.group_id) AS rank, count(*) OVER () / 3 AS groups
    FROM stream s WHERE s.group_id IS NOT NULL
), drawn AS MATERIALIZED (
    SELECT n, random() AS popular, random() AS kind, random() AS level, random() AS who
    FROM generate_series(1, $1::integer) n
)
SELECT d.n, p.stream_id, p.group_id, p.level, d.who,
       row_number() OVER (PARTITION BY p.stream_id ORDER BY d.n) AS seq,
       CASE WHEN d.kind < 0.7 THEN 'Create' ELSE 'Like' END AS type, d.kind < 0.1 AS is_reply,
       now() - make_interval(secs => $1::integer - d.n) AS at,
       (lpad(to_hex((extract(epoch FROM now())::bigint - $1 + d.n) * 1000), 12, '0')
        || '7' || substr(md5(d.n::text), 1, 3) || '8' || substr(md5(d.n::text), 4, 15))::uuid AS id
FROM drawn d JOIN place p
  ON p.rank = floor(power(p.groups + 1, d.popular))
 AND p.level = CASE WHEN d.level < 0.8 THEN 1 ELSE 0 END
"""
_ACTIVITIES = """
INSERT INTO activity (id, type, actor, object, in_reply_to, thread, target, level, content, folded,
                      tags, published)
SELECT p.id, p.type, people.ids[1 + floor(p.who * cardinality(people.ids))::integer],
       CASE WHEN p.type = 'Like' THEN o.id END,
       CASE WHEN p.is_reply THEN o.id END, CASE WHEN p.is_reply THEN o.id END,
       p.group_id, p.level, said.text, ' ' || said.text || ' ',
       CASE WHEN p.type = 'Create' AND p.n % 20 = 0 THEN ARRAY[$1] ELSE '{}' END, p.at
FROM (SELECT array_agg(id) AS ids FROM person) people
CROSS JOIN plan p
LEFT JOIN plan o ON o.stream_id = p.stream_id AND o.seq = p.seq - 1 - p.n % 20
                AND (p.type = 'Like' OR p.is_reply) AND o.type = 'Create'
CROSS JOIN LATERAL (SELECT CASE WHEN p.type = 'Create' THEN
    'the release number ' || p.n || ' waits for the valve of plant ' || p.n % 997
    || CASE WHEN p.n % 5000 = 0 THEN ' ' || $2 ELSE '' END END) said (text)
"""
_ENTRIES = """
INSERT INTO entry (stream_id, seq, activity, posts, aside)
SELECT stream_id, seq, id,
       count(*) FILTER (WHERE type <> 'Like') OVER (PARTITION BY stream_id ORDER BY seq),
       type = 'Like'
FROM plan
"""
_HEADS = """
UPDATE stream s SET head = e.head, posts = e.posts
FROM (SELECT stream_id, max(seq) AS head, max(posts) AS posts FROM entry GROUP BY 1) e
WHERE e.stream_id = s.id
"""


async def fill(database_url: str, activities: int) -> None:
    """Fill the streams of the groups there are; what was in them is gone."""
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute("SELECT setseed(0.5)")
        await connection.execute(
            "DELETE FROM entry WHERE stream_id IN"
            " (SELECT id FROM stream WHERE group_id IS NOT NULL)"
        )
        await connection.execute(_PLAN.replace("$1", str(activities)))
        await connection.execute("ANALYZE plan")
        async with _without_indexes(connection, "activity", "entry"):
            await connection.execute(_ACTIVITIES, TAG, RARE)
            await connection.execute(_ENTRIES)
        await connection.execute(_HEADS)
        await connection.execute("DROP TABLE plan")
        await connection.execute("VACUUM ANALYZE")  # as autovacuum would have by then
    finally:
        await connection.close()


@asynccontextmanager
async def _without_indexes(
    connection: asyncpg.Connection[asyncpg.Record], *tables: str
) -> AsyncIterator[None]:
    """Build the indexes of tables anew at the end, which is quicker than a row at a time."""
    indexes = await connection.fetch(
        "SELECT indexname AS name, indexdef AS made FROM pg_indexes"
        " WHERE tablename = ANY ($1) AND indexname NOT LIKE '%\\_pkey'",
        list(tables),
    )
    for index in indexes:
        await connection.execute(f"DROP INDEX {index['name']}")
    yield
    for index in indexes:
        await connection.execute(index["made"])
