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

-- name: head
-- The number of the last entry.
SELECT coalesce(max(no), 0) FROM audit

-- name: following
-- Entries in order, between two numbers.
SELECT no, at, actor, action, subject, detail, previous, hash FROM audit
WHERE ($1::text IS NULL OR actor = $1) AND ($2::text IS NULL OR action = $2)
  AND ($3::text IS NULL OR subject = $3) AND ($4::timestamptz IS NULL OR at >= $4)
  AND ($5::timestamptz IS NULL OR at < $5) AND no > $6 AND no <= $7
ORDER BY no LIMIT $8

-- name: newest
-- Entries between two numbers, the newest first.
SELECT no, at, actor, action, subject, detail, previous, hash FROM audit
WHERE ($1::text IS NULL OR actor = $1) AND ($2::text IS NULL OR action = $2)
  AND ($3::text IS NULL OR subject = $3) AND ($4::timestamptz IS NULL OR at >= $4)
  AND ($5::timestamptz IS NULL OR at < $5) AND no > $6 AND no <= $7
ORDER BY no DESC LIMIT $8
