-- name: begin
-- A secret that is not in use yet, in place of another such one. Answers nothing where there is
-- one in use.
INSERT INTO totp AS t (person, sealed) VALUES ($1, $2)
ON CONFLICT (person) DO UPDATE SET secret = NULL, sealed = $2, last_step = 0 WHERE NOT t.confirmed
RETURNING person

-- name: totp
-- The secret of a person.
SELECT secret, sealed, confirmed FROM totp WHERE person = $1

-- name: use_step
-- Use the code of a time step up: whoever comes second, or with an earlier one, finds nothing.
UPDATE totp SET last_step = $2, confirmed = true WHERE person = $1 AND last_step < $2
RETURNING person

-- name: use_recovery
-- Use a code to recover with up.
DELETE FROM recovery_code WHERE person = $1 AND hash = $2 RETURNING person

-- name: drop_recovery
-- Forget all such codes of a person.
DELETE FROM recovery_code WHERE person = $1

-- name: new_recovery
-- Keep new ones.
INSERT INTO recovery_code (person, hash) SELECT $1, unnest($2::bytea[])

-- name: recovery_left
-- How many are left.
SELECT count(*) FROM recovery_code WHERE person = $1

-- name: drop
-- Ask for no code any more.
DELETE FROM totp WHERE person = $1 RETURNING person

-- name: wait
-- A sign-in that waits for the second factor.
INSERT INTO half_sign_in (hash, person, password, expires) VALUES ($1, $2, $3, $4)

-- name: waiting
-- Whose sign-in waits, and the password's hash that was checked.
SELECT person, password FROM half_sign_in WHERE hash = $1 AND expires > $2

-- name: done_waiting
-- It waits no more: whoever asks second finds nothing.
DELETE FROM half_sign_in WHERE hash = $1 RETURNING person

-- name: forget
-- Sign-ins that nobody finished.
DELETE FROM half_sign_in WHERE expires <= $1
