-- name: of_person
-- A person's keys, the oldest first.
SELECT id, credential, rp_id, name, public_key, counter, transports, created, last_used
FROM security_key WHERE person = $1 ORDER BY created, id

-- name: add
-- A new one; nothing where somebody has it already.
INSERT INTO security_key (person, credential, rp_id, name, public_key, counter, transports, created)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (credential) DO NOTHING
RETURNING id, credential, rp_id, name, public_key, counter, transports, created, last_used

-- name: use
-- It has signed: its counter goes up, or there is none. Answers nothing where it went back.
UPDATE security_key SET counter = $2, last_used = $3
WHERE id = $1 AND (counter < $2 OR (counter = 0 AND $2 = 0)) RETURNING id

-- name: rename
-- Call one of a person's keys something else.
UPDATE security_key SET name = $3 WHERE person = $1 AND id = $2 RETURNING id

-- name: remove
-- Forget one of a person's keys.
DELETE FROM security_key WHERE person = $1 AND id = $2 RETURNING name

-- name: drop
-- Forget all of them.
DELETE FROM security_key WHERE person = $1 RETURNING id

-- name: challenge
-- A challenge, in place of another one for the same.
INSERT INTO key_challenge (holder, challenge, expires) VALUES ($1, $2, $3)
ON CONFLICT (holder) DO UPDATE SET challenge = $2, expires = $3

-- name: take
-- Use a challenge up: whoever comes second finds nothing.
DELETE FROM key_challenge WHERE holder = $1 AND expires > $2 RETURNING challenge

-- name: forget
-- Challenges that nobody took up.
DELETE FROM key_challenge WHERE expires <= $1
