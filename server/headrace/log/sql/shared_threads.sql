-- name: renamed
-- First posts of shared threads have new ids; answers the old ones and the threads' groups.
UPDATE shared_thread t SET thread = n.new
FROM unnest($1::uuid[], $2::uuid[]) AS n (old, new)
WHERE t.thread = n.old RETURNING n.old, t.group_id

-- name: first_post
-- The first post of an activity's thread, as person $2 reads it in a group: where it is shared from,
-- where it was published, or anywhere.
SELECT a.id, a.type, s.group_id, g.name AS group, s.level, s.id AS stream_id, t.group_id AS shared
FROM activity asked
JOIN activity a ON a.id = coalesce(asked.thread, asked.id)
JOIN seen v ON v.activity = a.id AND v.person = $2
JOIN stream s ON s.id = v.stream_id
JOIN team_group g ON g.id = s.group_id AND g.kind <> 'thread'
LEFT JOIN shared_thread t ON t.thread = a.id
WHERE asked.id = $1 AND a.type = ANY ($3::text[]) AND (t.home IS NULL OR t.home = s.group_id)
  AND EXISTS (SELECT 1 FROM seen w WHERE w.activity = asked.id AND w.person = $2)
ORDER BY s.group_id IS DISTINCT FROM a.target, s.id LIMIT 1

-- name: outside
-- The shared thread in which person $2 reads an activity from outside.
SELECT t.group_id, t.thread, g.name AS home, h.id AS home_stream FROM activity asked
JOIN shared_thread t ON t.thread = coalesce(asked.thread, asked.id)
JOIN activity a ON a.id = t.thread
JOIN team_group g ON g.id = t.home
JOIN stream h ON h.group_id = t.home AND h.level = a.level
JOIN stream s ON s.group_id = t.group_id
JOIN seen v ON v.activity = asked.id AND v.stream_id = s.id AND v.person = $2
WHERE asked.id = $1

-- name: open
-- A thread is shared from now on.
INSERT INTO shared_thread (group_id, thread, home) VALUES ($1, $2, $3)

-- name: fill
-- What was said and liked in thread $1 until now, as it is read in group $2, becomes the beginning
-- of the streams of group $3, level by level, in the order of time.
WITH said AS (
    SELECT DISTINCT a.id AS activity, mine.id AS stream_id, a.type = ANY ($4::text[]) AS is_post,
           e.aside
    FROM activity a
    JOIN entry e ON e.activity = a.id
    JOIN stream s ON s.id = e.stream_id AND s.group_id = $2
    JOIN stream mine ON mine.group_id = $3 AND mine.level = s.level
    WHERE (a.type = ANY ($4::text[]) AND (a.id = $1 OR a.thread = $1))
       OR (a.type = 'Like' AND a.object IN (
            SELECT c.id FROM activity c
            WHERE c.type = ANY ($4::text[]) AND (c.id = $1 OR c.thread = $1)))
), numbered AS (
    SELECT said.*, row_number() OVER earlier AS seq, sum(is_post::int) OVER earlier AS posts
    FROM said WINDOW earlier AS (PARTITION BY stream_id ORDER BY activity)
), filled AS (
    INSERT INTO entry (stream_id, seq, activity, posts, aside)
    SELECT stream_id, seq, activity, posts, aside FROM numbered
)
UPDATE stream s SET head = n.head, posts = n.posts
FROM (SELECT stream_id, max(seq) AS head, max(posts) AS posts FROM numbered GROUP BY 1) n
WHERE s.id = n.stream_id

-- name: put
-- Somebody outside, who is let in or (waits) would be. Whoever has proposed them stays the inviter,
-- as long as that is not over.
INSERT INTO thread_share AS t (group_id, person, inviter, waits, replies, until)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (group_id, person) DO UPDATE
SET waits = excluded.waits, replies = excluded.replies, until = excluded.until,
    inviter = CASE WHEN t.until <= now() THEN excluded.inviter ELSE t.inviter END

-- name: shares
-- With whom a thread is shared, and with whom somebody would like to share it.
SELECT p.id, p.name, p.handle, p.kind, t.waits, t.replies, t.until, t.inviter,
       i.name AS inviter_name, i.handle AS inviter_handle, i.kind AS inviter_kind
FROM thread_share t JOIN person p ON p.id = t.person AND p.active JOIN person i ON i.id = t.inviter
WHERE t.group_id = $1 AND (t.until IS NULL OR t.until > now())
ORDER BY t.created, p.handle

-- name: drop
-- Somebody is outside again.
DELETE FROM thread_share WHERE group_id = $1 AND person = $2

-- name: drop_all
-- A thread is shared with nobody any more.
WITH gone AS (DELETE FROM thread_share WHERE group_id = $1)
DELETE FROM membership WHERE group_id = $1

-- name: drop_of
-- An account was closed: nobody shares with them, and what they would like to share waits no more.
DELETE FROM thread_share WHERE person = $1 OR (waits AND inviter = $1)
