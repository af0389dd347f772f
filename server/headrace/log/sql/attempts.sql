-- name: take
-- Count an attempt at a moment ($2): what is full moves by an interval ($3), unless that is
-- further ahead than tolerated ($4). Answers nothing for an attempt too many, which is not counted.
INSERT INTO attempt AS a (key, full_at) VALUES ($1, $2::timestamptz + $3::interval)
ON CONFLICT (key) DO UPDATE SET full_at = greatest(a.full_at, $2) + $3
WHERE a.full_at <= $2::timestamptz + $4::interval
RETURNING a.full_at

-- name: full_at
-- When it will be full again.
SELECT full_at FROM attempt WHERE key = $1

-- name: drop
-- Start again.
DELETE FROM attempt WHERE key = $1

-- name: forget
-- What is full again is as if nobody had tried.
DELETE FROM attempt WHERE full_at <= $1
