-- name: read_up_to
-- Move a cursor forward, never back. What one wrote oneself after it is counted apart, so that
-- unread stays a subtraction.
INSERT INTO cursor AS c (person, stream_id, read_seq, read_posts, own_after)
SELECT $1, s.id, e.seq, e.posts,
       (SELECT count(*) FROM entry o JOIN activity a ON a.id = o.activity
        WHERE o.stream_id = s.id AND o.seq > e.seq AND a.actor = $1
          AND o.via IS NULL AND a.type = ANY ($4::text[]))
FROM stream s
JOIN entry e ON e.stream_id = s.id AND e.seq = least($3, s.head)
WHERE s.name = $2
  AND (EXISTS (SELECT 1 FROM reader r WHERE r.stream_id = s.id AND r.person = $1)
       OR s.id = (SELECT inbox FROM person WHERE id = $1))
ON CONFLICT (person, stream_id) DO UPDATE
SET read_seq = excluded.read_seq, read_posts = excluded.read_posts, own_after = excluded.own_after
WHERE c.read_seq < excluded.read_seq
RETURNING stream_id

-- name: may_read
-- Whether a person reads a stream, group or inbox.
SELECT EXISTS (
    SELECT 1 FROM stream s WHERE s.name = $2
      AND (EXISTS (SELECT 1 FROM reader r WHERE r.stream_id = s.id AND r.person = $1)
           OR s.id = (SELECT inbox FROM person WHERE id = $1)))

-- name: read_all
-- Everything that these people may read counts as read; of group $2 alone unless it is NULL.
INSERT INTO cursor (person, stream_id, read_seq, read_posts)
SELECT k.person, s.id, s.head, s.posts
FROM (
    SELECT person, stream_id FROM reader WHERE person = ANY ($1::uuid[])
    UNION ALL
    SELECT id, inbox FROM person WHERE id = ANY ($1::uuid[])
) k
JOIN stream s ON s.id = k.stream_id
LEFT JOIN team_group g ON g.id = s.group_id
WHERE $2::text IS NULL OR g.name = $2
ORDER BY k.person, s.id
ON CONFLICT (person, stream_id) DO UPDATE
SET read_seq = excluded.read_seq, read_posts = excluded.read_posts, own_after = 0
