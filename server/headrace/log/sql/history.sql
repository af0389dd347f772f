-- name: record
-- An entry e with its activity as its readers see it. The group and level are those of the stream it
-- is read in (an inbox: of the stream it came through), so a cross-post never tells where else it
-- was posted.
SELECT e.seq, s.name AS stream, v.name AS via, e.granted, e.revoked, e.ended,
       a.id, a.type, a.actor, a.object, a.object_actor, a.in_reply_to, a.thread, a.content,
       a.tags, a.mentions, a.attachment, a.published, a.updated, a.deleted, a.former_type,
       a.formerly, a.source, p.handle, p.name, p.kind, g.name AS target,
       coalesce(s.level, v.level, a.level) AS level

-- name: joins
-- What a record needs beside its entry.
JOIN stream s ON s.id = e.stream_id
LEFT JOIN stream v ON v.id = e.via
JOIN activity a ON a.id = e.activity
JOIN person p ON p.id = a.actor
LEFT JOIN team_group g ON g.id = coalesce(s.group_id, v.group_id, a.target)

-- name: entries_after
-- A stream's entries after a number, for the node itself: it knows who may see them. What an
-- inbox shows through a stream that its owner has lost is withheld.
{record}, {withheld}
FROM stream x JOIN entry e ON e.stream_id = x.id AND e.seq > $2 AND e.seq <= $3
{joins}
WHERE x.name = $1
ORDER BY e.seq
LIMIT $4

-- name: stream_page
-- A stream's entries after a number that is not below what its reader sees (see readable).
{record}, {withheld}
FROM stream x JOIN entry e ON e.stream_id = x.id AND e.seq > $2
{joins}
WHERE x.name = $1
ORDER BY e.seq
LIMIT $3

-- name: readable
-- A stream's head and the last number not seen, if this person reads it or it is their inbox.
SELECT s.head, r.floor FROM stream s JOIN reader r ON r.stream_id = s.id AND r.person = $1
WHERE s.name = $2
UNION ALL
SELECT s.head, 0 FROM stream s JOIN person p ON p.inbox = s.id AND p.id = $1 WHERE s.name = $2

-- name: moved_heads
-- Of these streams, those whose head is not the number given, with their heads.
SELECT s.name, s.head
FROM unnest($1::text[], $2::bigint[]) AS k (name, head)
JOIN stream s ON s.name = k.name AND s.head <> k.head

-- name: page
-- The newest activities that one person may see, over some or all of their streams, each once,
-- as of the id given. The newest of each stream together tell how far back the page can reach;
-- so the second walk down each stream's index is short.
WITH mine AS MATERIALIZED (
    SELECT r.stream_id, r.floor, r.floor = 0 OR s.head - r.floor > 10000 AS is_deep
    FROM reader r
    JOIN stream s ON s.id = r.stream_id JOIN team_group g ON g.id = s.group_id
    WHERE r.person = $1 {streams}
),
first AS MATERIALIZED (
    SELECT e.activity FROM mine CROSS JOIN LATERAL ({first}) e
),
reach AS MATERIALIZED (
    SELECT DISTINCT activity FROM first ORDER BY activity {direction} OFFSET $2 - 1 LIMIT 1
),
newest AS (
    SELECT DISTINCT ON (e.activity) e.stream_id, e.seq, e.activity
    FROM mine CROSS JOIN LATERAL ({following}) e
    ORDER BY e.activity {direction}, e.stream_id LIMIT $2
)
{record}, {counts}
FROM newest n JOIN entry e ON e.stream_id = n.stream_id AND e.seq = n.seq
{joins}
ORDER BY a.id {direction}

-- name: walk
-- One stream of a page in time's order, as far as its reader sees it. A newcomer's little is
-- taken by its numbers: in time's order, nothing would end the walk through what they do not see.
(SELECT e.stream_id, e.seq, e.activity FROM entry e {probe}
 WHERE mine.is_deep AND e.stream_id = mine.stream_id AND e.seq > mine.floor
       {window} {condition} {bound}
 ORDER BY e.activity {direction} LIMIT {most})
UNION ALL
(SELECT e.stream_id, e.seq, e.activity FROM (
     SELECT n.* FROM entry n
     WHERE NOT mine.is_deep AND n.stream_id = mine.stream_id AND n.seq > mine.floor OFFSET 0
 ) e {probe}
 WHERE true {window} {condition} {bound}
 ORDER BY e.activity {direction} LIMIT {most})

-- name: inbox
-- What is directed at one person, newest first, as far as they still read where it came from;
-- that something of it is gone, is told to those who listen, and seen in it by others. What they
-- did themselves is in the stream, for it tells nodes what they read, and is no news to them.
{record}, {counts}
FROM person me
JOIN entry e ON e.stream_id = me.inbox {window}
{joins}
WHERE me.id = $1 AND NOT e.aside AND (a.actor <> me.id OR a.source = 'expiry')
  AND (e.via IS NULL OR EXISTS (
    SELECT 1 FROM seen v
    WHERE v.person = $1 AND v.stream_id = e.via AND v.activity = e.activity))
ORDER BY e.seq DESC
LIMIT $2

-- name: place_in_inbox
-- The number that an activity has in the inbox.
SELECT max(b.seq) FROM entry b WHERE b.stream_id = me.inbox AND b.activity = $3

-- name: one
-- One activity, through any stream in which this person reads it.
{record}, {counts}
FROM seen e
{joins}
WHERE e.person = $1 AND e.activity = $2
ORDER BY e.stream_id LIMIT 1

-- name: counts
-- Likes and replies of a, as far as person $1 may see them.
(SELECT count(*) FROM activity l WHERE l.object = a.id AND l.type = 'Like' AND EXISTS (
    SELECT 1 FROM seen ls WHERE ls.person = $1 AND ls.activity = l.id)) AS likes,
EXISTS (SELECT 1 FROM activity l
        WHERE l.object = a.id AND l.type = 'Like' AND l.actor = $1) AS liked,
(SELECT count(*) FROM activity c WHERE c.thread = a.id AND c.in_reply_to IS NOT NULL AND c.type <> 'Tombstone' AND EXISTS (
    SELECT 1 FROM seen cs WHERE cs.person = $1 AND cs.activity = c.id)) AS replies

-- name: withheld
-- Whether the inbox's owner does not see (any more) what came through another stream.
e.via IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM person o JOIN seen os ON os.person = o.id
    WHERE o.inbox = e.stream_id AND os.stream_id = e.via AND os.activity = e.activity) AS withheld
