-- name: adopt
-- The id of the first key; it stays where there is one. Whoever comes second waits for the first.
INSERT INTO sealing_key (id) VALUES ($1) ON CONFLICT DO NOTHING

-- name: known
-- The id of the key that secrets are sealed with.
SELECT id FROM sealing_key

-- name: current
-- The same; it stays so until the transaction ends.
SELECT id FROM sealing_key FOR SHARE

-- name: lock
-- The same; nobody seals anything until the transaction ends.
SELECT id FROM sealing_key FOR UPDATE

-- name: replace
-- Secrets are sealed with another key from now on.
UPDATE sealing_key SET id = $1

-- name: forget_unused
-- Let go of a key with which nothing is sealed.
DELETE FROM sealing_key WHERE NOT EXISTS (SELECT FROM totp WHERE sealed IS NOT NULL)

-- name: unsealed
-- Secrets that nobody has sealed yet.
SELECT person, secret FROM totp WHERE secret IS NOT NULL FOR UPDATE

-- name: sealed
-- Those that are sealed.
SELECT person, sealed FROM totp WHERE sealed IS NOT NULL FOR UPDATE

-- name: put
-- Keep secrets sealed, in place of what there was of them.
UPDATE totp t SET sealed = new.sealed, secret = NULL
FROM unnest($1::uuid[], $2::bytea[]) AS new (person, sealed)
WHERE t.person = new.person

-- name: counts
-- How many secrets are open, and the ids of keys with how many are sealed with each.
SELECT substring(sealed FROM 2 FOR 8) AS id, count(*) AS count FROM totp GROUP BY 1
