-- name: new
-- A permission for a person whose account is open and who may have a password. Of many, the last
-- few count.
WITH kept AS (
    SELECT r.hash FROM password_reset r WHERE r.person = $2 ORDER BY r.expires DESC LIMIT 4
), dropped AS (
    DELETE FROM password_reset r
    WHERE r.person = $2 AND r.hash NOT IN (SELECT k.hash FROM kept k)
)
INSERT INTO password_reset (hash, person, expires)
SELECT $1, p.id, $3 FROM person p WHERE p.id = $2 AND p.active AND p.kind <> 'service'
RETURNING person

-- name: take
-- Use a permission up: whoever asks second finds nothing.
DELETE FROM password_reset WHERE hash = $1 RETURNING person, expires

-- name: peek
-- Whose permission this is.
SELECT person FROM password_reset WHERE hash = $1 AND expires > $2

-- name: drop
-- Forget all permissions of a person.
DELETE FROM password_reset WHERE person = $1

-- name: forget
-- Permissions that nobody used.
DELETE FROM password_reset WHERE expires <= $1
