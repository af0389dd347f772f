-- name: version
-- The number of the newest of what publishers have to know: rules, and threads that are shared.
SELECT publishing_version()

-- name: all
-- The rules of every scope, with the number above; without a group they are the organisation's.
-- One row without rules where there are none.
SELECT g.name AS group, c.rules, publishing_version() AS version
FROM (VALUES (1)) AS one LEFT JOIN classification c ON true
LEFT JOIN team_group g ON g.id = c.group_id

-- name: one
-- The rules of one scope.
SELECT rules, version FROM classification WHERE group_id IS NOT DISTINCT FROM $1

-- name: store
-- New rules for a scope.
INSERT INTO classification (group_id, rules, version)
VALUES ($1, $2, nextval('classification_version'))
ON CONFLICT (group_id) DO UPDATE SET rules = excluded.rules, version = excluded.version
RETURNING version

-- name: group_streams
-- The streams that the rules of a scope concern.
SELECT id FROM stream WHERE group_id = $1 OR ($1::bigint IS NULL AND group_id IS NOT NULL)
