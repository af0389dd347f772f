-- name: append
-- Sessions and tokens of a person that are over; without any, the whole account. Whoever appends
-- waits for those before to commit, so that the numbers become visible in their order.
WITH counted AS (UPDATE installation SET endings = endings + 1 RETURNING endings)
INSERT INTO ending (no, person, credentials, at) SELECT endings, $1, $2, $3 FROM counted
RETURNING no

-- name: last
-- The number of the last one.
SELECT endings FROM installation

-- name: after
-- Those after a number.
SELECT no, person, credentials FROM ending WHERE no > $1 ORDER BY no LIMIT $2

-- name: forget
-- Those of which every node has heard long ago.
DELETE FROM ending WHERE at < $1
