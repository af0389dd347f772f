-- name: credentials
-- An active person by address, with the password's hash.
SELECT p.id, p.email, p.handle, p.name, p.kind, p.admin, p.active, i.name AS inbox, p.password
FROM person p JOIN stream i ON i.id = p.inbox WHERE p.email = $1 AND p.active

-- name: set_password
-- A new password. Answers nothing for somebody whose account is closed.
UPDATE person SET password = $2 WHERE id = $1 AND active RETURNING id

-- name: rehash
-- The same password, hashed anew; unless it was changed meanwhile.
UPDATE person SET password = $3 WHERE id = $1 AND password = $2

-- name: open_session
-- A session, if the account is still open and the password still the one that was checked: a
-- change of either that is under way is waited for.
INSERT INTO session (hash, person, created, expires)
SELECT $1, p.id, $4, $5 FROM person p
WHERE p.id = $2 AND p.active AND ($3::text IS NULL OR p.password = $3) FOR SHARE
RETURNING person

-- name: end_session
-- End one session, and tickets that were drawn with it.
WITH drawn AS (DELETE FROM ticket WHERE session = $1)
DELETE FROM session WHERE hash = $1

-- name: end_sessions_of
-- End all sessions of a person.
DELETE FROM session WHERE person = $1

-- name: end_tickets_of
-- Forget all tickets of a person.
DELETE FROM ticket WHERE person = $1

-- name: person_of_session
-- Whose session this is.
SELECT p.id, p.email, p.handle, p.name, p.kind, p.admin, p.active, i.name AS inbox
FROM session t JOIN person p ON p.id = t.person AND p.active JOIN stream i ON i.id = p.inbox
WHERE t.hash = $1 AND t.expires > $2

-- name: person_of_token
-- Whose token this is.
SELECT p.id, p.email, p.handle, p.name, p.kind, p.admin, p.active, i.name AS inbox
FROM token t JOIN person p ON p.id = t.person AND p.active JOIN stream i ON i.id = p.inbox
WHERE t.hash = $1 AND (t.expires IS NULL OR t.expires > $2)

-- name: new_token
-- A token of a person whose account is open.
INSERT INTO token (hash, person, name, created, expires)
SELECT $1, p.id, $3, $4, $5 FROM person p WHERE p.id = $2 AND p.active
RETURNING person

-- name: new_ticket
-- A ticket for one handshake.
INSERT INTO ticket (hash, person, session, expires) VALUES ($1, $2, $3, $4)

-- name: redeem_ticket
-- Whose ticket this is: whoever asks second finds nothing.
WITH taken AS (DELETE FROM ticket WHERE hash = $1 RETURNING person, expires)
SELECT p.id FROM taken JOIN person p ON p.id = taken.person AND p.active WHERE taken.expires > $2

-- name: forget_sessions
-- Sessions that are over.
DELETE FROM session WHERE expires <= $1

-- name: forget_tokens
-- Tokens that are over.
DELETE FROM token WHERE expires <= $1

-- name: forget_tickets
-- Tickets that nobody used.
DELETE FROM ticket WHERE expires <= $1
