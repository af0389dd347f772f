-- name: lock_streams
-- The streams, locked in the order of their keys, so that two publishers never wait crosswise.
SELECT s.id, s.name, s.level, g.name AS group
FROM stream s LEFT JOIN team_group g ON g.id = s.group_id
WHERE s.id = ANY ($1::bigint[])
ORDER BY s.id
FOR UPDATE OF s

-- name: append
-- Activities and entries, numbered; see the migrations for the function.
SELECT id, name, level, "group", seq
FROM append($1::json, $2::json, $3::uuid[], $4::bigint[], $5::text[], $6::bigint, $7::json,
            $8::uuid[])
