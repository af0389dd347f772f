-- name: sent_since
-- How many bytes of what a person has sent since then are kept.
SELECT coalesce(sum(size), 0)::bigint FROM file WHERE person = $1 AND created > $2 AND ready

-- name: one_at_a_time
-- Files of a person are added one after the other.
SELECT FROM person WHERE id = $1 FOR NO KEY UPDATE

-- name: add
-- A file whose bytes are not in their place yet, if there is room for it among what its person has
-- sent since $12: what is kept, and what is being put in its place, which takes minutes at most.
INSERT INTO file (id, person, name, type, media_type, size, sha256, width, height, preview,
                  created, checked)
SELECT $1::uuid, $2::uuid, $3, $4, $5, $6::bigint, $7::bytea, $8::integer, $9::integer,
       $10::integer, $11::timestamptz, $11
WHERE $6 + (
    SELECT coalesce(sum(size), 0) FROM file
    WHERE person = $2 AND created > $12
      AND (ready OR created > $11 - interval '15 minutes' AND checked > '-infinity')) <= $13
RETURNING id

-- name: ready
-- Its bytes are in their place.
UPDATE file SET ready = true WHERE id = $1

-- name: readable
-- A file, if this person may open it: they see a post that carries it, in any stream; or
-- they uploaded it and no post has carried it yet. $3 is its id as posts hold it.
SELECT f.* FROM file f
WHERE f.id = $2 AND f.ready AND (
    (f.attached IS NULL AND f.person = $1)
    OR EXISTS (
        SELECT 1 FROM activity a
        JOIN seen s ON s.activity = a.id AND s.person = $1
        WHERE a.attachment @> $3::jsonb AND a.type = ANY ($4::text[])))

-- name: own
-- Of (person, file) pairs those that are a person's own.
SELECT f.* FROM unnest($1::uuid[], $2::uuid[]) AS k (person, id)
JOIN file f ON f.id = k.id AND f.person = k.person AND f.ready

-- name: attach
-- Posts carry these now.
UPDATE file SET attached = coalesce(attached, $2), checked = greatest(checked, $2)
WHERE id = ANY ($1::uuid[]) AND ready
RETURNING id

-- name: discard
-- Take an upload back that no post has carried: from now on it is nobody's, and swept at once.
UPDATE file SET ready = false, checked = '-infinity'
WHERE id = $2 AND person = $1 AND ready AND attached IS NULL
RETURNING id

-- name: take_orphans
-- Of the files that were not looked at since $1, those that no post carries: nobody gets them any
-- more. The others count as looked at. At most $3 in all; both kinds are answered.
WITH due AS (
    SELECT id FROM file WHERE checked < $1 ORDER BY checked LIMIT $3 FOR UPDATE SKIP LOCKED
),
known AS (
    SELECT due.id, EXISTS (
        SELECT 1 FROM activity a
        WHERE a.attachment @> jsonb_build_array(jsonb_build_object('id', due.id))
          AND a.type = ANY ($4::text[])) AS carried
    FROM due
)
UPDATE file f
SET ready = f.ready AND known.carried, checked = CASE WHEN known.carried THEN $2 ELSE f.checked END
FROM known WHERE known.id = f.id
RETURNING f.id, known.carried

-- name: remove
-- Their bytes are gone; so are they.
DELETE FROM file WHERE id = ANY ($1::uuid[])
