-- name: lock
-- One after the other, or two would follow the same predecessor.
SELECT pg_advisory_xact_lock(4851228)

-- name: last
-- The last entry.
SELECT no, hash FROM audit ORDER BY no DESC LIMIT 1

-- name: append
-- An entry with its seal.
INSERT INTO audit (no, at, actor, action, subject, detail, previous, hash)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)

-- name: all
-- Every entry, in order.
SELECT no, at, actor, action, subject, detail, previous, hash FROM audit ORDER BY no
