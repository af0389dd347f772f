-- name: referred
-- Activities that publications refer to, in every group stream in which the actor sees them; where
-- the thread is shared, with its other group: the shared thread, or the group that it is shared from.
SELECT k.ordinal, a.id, a.type, a.thread, a.actor AS author, a.published, a.content, a.tags,
       a.mentions, a.attachment, s.id AS stream_id, s.level, g.name AS group,
       twin.name AS twin, coalesce(share.replies, true) AS may_answer
FROM unnest($1::int[], $2::uuid[], $3::uuid[]) AS k (ordinal, actor, id)
JOIN activity a ON a.id = k.id
JOIN seen e ON e.activity = a.id AND e.person = k.actor
JOIN stream s ON s.id = e.stream_id
JOIN team_group g ON g.id = s.group_id
LEFT JOIN shared_thread t
       ON t.thread = coalesce(a.thread, a.id) AND s.group_id IN (t.home, t.group_id)
LEFT JOIN thread_share share ON share.group_id = t.group_id AND share.person = k.actor
LEFT JOIN team_group twin
       ON twin.id = CASE s.group_id WHEN t.home THEN t.group_id ELSE t.home END

-- name: seats
-- Which of these people read which of these streams, pair by pair, and who they are.
SELECT p.id, p.email, p.handle, p.name, p.kind, p.inbox, r.stream_id, r.role
FROM unnest($1::uuid[], $2::bigint[]) AS k (person, stream_id)
JOIN reader r USING (person, stream_id)
JOIN person p ON p.id = r.person

-- name: liked
-- What likes are about, of (like, actor) those that are the actor's own.
SELECT a.id, a.object
FROM unnest($1::uuid[], $2::uuid[]) AS k (id, actor)
JOIN activity a ON a.id = k.id AND a.actor = k.actor
WHERE a.type = 'Like' AND a.object IS NOT NULL

-- name: unlike
-- Take likes back, pair by pair; answers those that were there.
UPDATE activity a
SET type = 'Tombstone', former_type = 'Like', deleted = $3, source_key = NULL
FROM unnest($1::uuid[], $2::uuid[]) AS k (actor, object)
WHERE a.actor = k.actor AND a.object = k.object AND a.type = 'Like'
RETURNING a.actor, a.object

-- name: rewrite
-- Give an activity new content.
UPDATE activity
SET content = $2, folded = $3, tags = $4, mentions = $5, updated = $6, attachment = $7
WHERE id = $1 AND type <> 'Tombstone'

-- name: bury
-- Leave nothing of an activity and of its edits but their places.
UPDATE activity
SET former_type = type, type = 'Tombstone', deleted = $2, content = NULL, folded = NULL,
    tags = '{}', mentions = '{}', attachment = NULL
WHERE (id = $1 OR (object = $1 AND type = 'Update')) AND type <> 'Tombstone'

-- name: streams_of
-- The group streams in which activities have entries.
SELECT DISTINCT e.activity, e.stream_id FROM entry e JOIN stream s ON s.id = e.stream_id
WHERE e.activity = ANY ($1::uuid[]) AND s.group_id IS NOT NULL
ORDER BY 1, 2

-- name: answered
-- What earlier requests with these idempotency keys were answered.
SELECT a.source, a.source_key, a.id, s.name AS stream, e.seq, s.level, a.published, a.mentions,
       a.classified
FROM unnest($1::text[], $2::text[]) AS k (source, source_key)
JOIN activity a ON a.source = k.source AND a.source_key = k.source_key
JOIN LATERAL (
    SELECT e.stream_id, e.seq FROM entry e JOIN stream x ON x.id = e.stream_id
    WHERE e.activity = a.id AND x.group_id = a.target
    ORDER BY e.stream_id LIMIT 1
) e ON true
JOIN stream s ON s.id = e.stream_id

-- name: known_keys
-- Which of these idempotency keys were used.
SELECT source, source_key
FROM unnest($1::text[], $2::text[]) AS k (source, source_key) JOIN activity USING (source, source_key)
