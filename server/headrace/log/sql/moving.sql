-- name: posts
-- These posts, as they stand, and the groups in which they are read.
SELECT a.id, a.type, a.actor, a.target, a.level, a.published, a.in_reply_to, a.thread, a.content,
       a.folded, a.tags, a.mentions, a.attachment, a.source, a.updated, a.classified, a.overruled,
       p.handle, p.kind,
       (SELECT array_agg(DISTINCT g.name) FROM entry e JOIN stream s ON s.id = e.stream_id
        JOIN team_group g ON g.id = s.group_id WHERE e.activity = a.id) AS groups
FROM activity a JOIN person p ON p.id = a.actor
WHERE a.id = ANY ($1::uuid[]) AND a.type = ANY ($2::text[])

-- name: conversations
-- These posts and all others of their conversations, as they stand.
SELECT a.id, a.type, a.actor, a.target, a.level, a.published, a.in_reply_to, a.thread, a.content,
       a.folded, a.tags, a.mentions, a.attachment, a.source, a.updated, a.classified, a.overruled,
       p.handle, p.kind
FROM activity a JOIN person p ON p.id = a.actor
WHERE a.type = ANY ($2::text[]) AND a.id IN (
    WITH first AS (SELECT coalesce(r.thread, r.id) AS id FROM activity r
                   WHERE r.id = ANY ($1::uuid[]))
    SELECT id FROM first
    UNION ALL SELECT c.id FROM first JOIN activity c ON c.thread = first.id)
ORDER BY a.id

-- name: streams_around
-- All streams of the groups in which these conversations are held. The home of a shared thread is
-- the group that it is shared from.
SELECT s.id, s.name, s.group_id, s.level, g.name AS group, coalesce(t.home, g.id) AS home
FROM stream s JOIN team_group g ON g.id = s.group_id
LEFT JOIN shared_thread t ON t.group_id = g.id
WHERE s.group_id IN (
    SELECT x.group_id FROM entry e JOIN stream x ON x.id = e.stream_id
    WHERE e.activity IN (
        WITH first AS (SELECT coalesce(r.thread, r.id) AS id FROM activity r
                       WHERE r.id = ANY ($1::uuid[]))
        SELECT id FROM first
        UNION ALL SELECT c.id FROM first JOIN activity c ON c.thread = first.id))

-- name: places
-- The group streams in which these activities have entries.
SELECT DISTINCT e.activity, e.stream_id FROM entry e JOIN stream s ON s.id = e.stream_id
WHERE e.activity = ANY ($1::uuid[]) AND s.group_id IS NOT NULL
ORDER BY 1, 2

-- name: likes
-- The likes of these activities.
SELECT l.id, l.actor, l.object, l.level, l.published, l.target
FROM activity l WHERE l.object = ANY ($1::uuid[]) AND l.type = 'Like' ORDER BY l.id

-- name: directed
-- The inboxes that these activities are in, whose they are, and the stream that they came through.
SELECT DISTINCT e.activity, e.stream_id AS inbox, e.via, o.id AS person
FROM entry e JOIN person o ON o.inbox = e.stream_id
WHERE e.activity = ANY ($1::uuid[]) AND e.via IS NOT NULL
ORDER BY 1, 2

-- name: bury
-- Leave nothing of activities and of their edits but their places.
UPDATE activity
SET former_type = type, type = 'Tombstone', deleted = $2, content = NULL, folded = NULL,
    tags = '{}', mentions = '{}', attachment = NULL
WHERE (id = ANY ($1::uuid[]) OR (object = ANY ($1::uuid[]) AND type = 'Update'))
  AND type <> 'Tombstone'

-- name: note
-- What was changed, by whom and why.
INSERT INTO level_change (activity, at, person, was, became, why, reasons, along)
SELECT n.activity, $2, $3, n.was, n.became, n.why, coalesce(n.reasons, '[]'), n.along
FROM json_to_recordset($1::json) AS n (
    activity uuid, was smallint, became smallint, why text, reasons jsonb, along boolean)

-- name: successor
-- The activity as which this one goes on after a change of its level.
WITH RECURSIVE later (id, step) AS (
    SELECT id, 1 FROM activity WHERE formerly = $1
    UNION ALL
    SELECT a.id, later.step + 1 FROM later JOIN activity a ON a.formerly = later.id
)
SELECT id FROM later ORDER BY step DESC LIMIT 1

-- name: changes
-- The changes of level that led to this activity, newest first.
WITH RECURSIVE earlier (id, step) AS (
    SELECT $1::uuid, 0
    UNION ALL
    SELECT a.formerly, earlier.step + 1 FROM earlier JOIN activity a ON a.id = earlier.id
    WHERE a.formerly IS NOT NULL
)
SELECT c.at, c.was, c.became, c.why, c.reasons, c.along, p.id, p.name, p.handle, p.kind
FROM earlier JOIN level_change c ON c.activity = earlier.id JOIN person p ON p.id = c.person
ORDER BY earlier.step

-- name: places_below
-- The streams of a group, or of all groups, from which something may rise: the lowest first. What
-- is in a shared thread is in its home.
SELECT s.id AS stream_id, s.level, s.posts, g.name AS group
FROM stream s JOIN team_group g ON g.id = s.group_id
WHERE s.level < 2 AND s.posts > 0 AND g.kind <> 'thread' AND ($1::text IS NULL OR g.name = $1)
ORDER BY g.name, s.level

-- name: page
-- Posts of a stream, oldest first.
SELECT a.id, a.type, a.actor, a.target, a.level, a.published, a.in_reply_to, a.thread, a.content,
       a.folded, a.tags, a.mentions, a.attachment, a.source, a.updated, a.classified, a.overruled,
       p.handle, p.kind
FROM entry e JOIN activity a ON a.id = e.activity JOIN person p ON p.id = a.actor
WHERE e.stream_id = $1 AND e.activity > $2 AND NOT e.aside AND a.type = ANY ($3::text[])
ORDER BY e.activity
LIMIT $4
