-- name: lock_streams
-- The streams, locked in the order of their keys, so that two publishers never wait crosswise.
SELECT s.id, s.name, s.head, s.posts, s.level, g.name AS group
FROM stream s LEFT JOIN team_group g ON g.id = s.group_id
WHERE s.id = ANY ($1::bigint[])
ORDER BY s.id
FOR UPDATE OF s

-- name: append
-- Activities and entries in one statement. A person's own posts are counted in their cursor,
-- because they are not unread to them.
WITH new_activity AS (
    INSERT INTO activity
           (id, type, actor, object, object_actor, target, in_reply_to, thread, level, content,
            folded, tags, mentions, attachment, published, source, source_key)
    SELECT id, type, actor, object, object_actor, target, in_reply_to, thread, level, content,
           folded, tags, mentions, attachment, published, source, source_key
    FROM json_populate_recordset(NULL::activity, $1::json)
), new_entry AS (
    INSERT INTO entry (stream_id, seq, activity, posts, via, granted, revoked, ended, aside)
    SELECT stream_id, seq, activity, posts, via, granted, revoked, ended, aside
    FROM json_populate_recordset(NULL::entry, $2::json)
), own AS (
    INSERT INTO cursor AS c (person, stream_id, own_after)
    SELECT person, stream_id, posts
    FROM unnest($3::uuid[], $4::bigint[], $5::bigint[]) AS o (person, stream_id, posts)
    ORDER BY person, stream_id
    ON CONFLICT (person, stream_id) DO UPDATE SET own_after = c.own_after + excluded.own_after
)
UPDATE stream s SET head = n.head, posts = n.posts
FROM unnest($6::bigint[], $7::bigint[], $8::bigint[]) AS n (id, head, posts)
WHERE s.id = n.id
