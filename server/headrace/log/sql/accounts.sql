-- name: credentials
-- An active person by address, with the password's hash.
SELECT p.id, p.email, p.handle, p.name, p.kind, p.admin, p.active, i.name AS inbox, p.password
FROM person p JOIN stream i ON i.id = p.inbox WHERE p.email = $1 AND p.active

-- name: set_password
-- A new password. Answers nothing for a closed account, nor for a service, which has none.
UPDATE person SET password = $2 WHERE id = $1 AND active AND kind <> 'service' RETURNING id

-- name: rehash
-- The same password, hashed anew; unless it was changed meanwhile.
UPDATE person SET password = $3 WHERE id = $1 AND password = $2

-- name: open_session
-- A session, if the account is still open and the password still the one that was checked, where
-- one was: a change of either that is under way is waited for.
INSERT INTO session (hash, person, created, last_used, expires, network, agent)
SELECT $1, p.id, $4, $4, $5, $6, $7 FROM person p
WHERE p.id = $2 AND p.active AND ($3::text IS NULL OR p.password = $3) FOR SHARE
RETURNING person

-- name: sessions_of
-- The sessions of a person, the one used last first.
SELECT id, created, last_used, expires, network, agent FROM session
WHERE person = $1 AND expires > $2 ORDER BY last_used DESC, id

-- name: end_session
-- End a session, by its secret's hash.
DELETE FROM session WHERE hash = $1 RETURNING person, id

-- name: end_sessions_of
-- End the sessions of a person, all but one where one is to stay.
DELETE FROM session WHERE person = $1 AND id IS DISTINCT FROM $2::uuid RETURNING id

-- name: end_session_by_id
-- End a session, of that person where one is named.
DELETE FROM session WHERE id = $1 AND ($2::uuid IS NULL OR person = $2) RETURNING person, id

-- name: end_token_by_id
-- End a token, of that person where one is named.
DELETE FROM token WHERE id = $1 AND ($2::uuid IS NULL OR person = $2) RETURNING person, id, name

-- name: end_all_of
-- End all sessions and tokens of a person.
WITH ended AS (DELETE FROM session WHERE person = $1)
DELETE FROM token WHERE person = $1

-- name: identify
-- Whose sessions and tokens these are, and what they may do: the one question of every request.
SELECT c.hash, p.id, p.email, p.handle, p.name, p.kind, p.admin, p.active,
       i.name AS inbox, i.head AS inbox_head,
       c.id AS credential, c.is_session, c.scopes, c.groups, c.expires, c.last_used
FROM credential c JOIN person p ON p.id = c.person AND p.active JOIN stream i ON i.id = p.inbox
WHERE c.hash = ANY ($1::bytea[]) AND (c.expires IS NULL OR c.expires > $2)

-- name: ended
-- Which of these sessions and tokens are over, or their account is.
SELECT k.id FROM unnest($1::uuid[]) AS k (id)
LEFT JOIN credential c ON c.id = k.id
LEFT JOIN person p ON p.id = c.person AND p.active
WHERE p.id IS NULL

-- name: used
-- When sessions and tokens were used last.
WITH used AS (SELECT * FROM unnest($1::uuid[], $2::timestamptz[]) AS u (id, at)),
sessions AS (UPDATE session s SET last_used = greatest(s.last_used, used.at)
             FROM used WHERE s.id = used.id)
UPDATE token t SET last_used = greatest(t.last_used, used.at) FROM used WHERE t.id = used.id

-- name: new_token
-- A token of a person whose account is open.
INSERT INTO token (hash, person, name, created, expires, scopes, groups)
SELECT $1, p.id, $3, $4, $5, $6, $7 FROM person p WHERE p.id = $2 AND p.active
RETURNING id

-- name: tokens_of
-- The tokens of a person, the newest first.
SELECT id, name, created, last_used, expires, scopes, groups FROM token
WHERE person = $1 AND (expires IS NULL OR expires > $2) ORDER BY created DESC, id

-- name: new_ticket
-- A ticket for one handshake.
INSERT INTO ticket (hash, person, credential, expires) VALUES ($1, $2, $3, $4)

-- name: redeem_ticket
-- Whose ticket this is: whoever asks second finds nothing, nor does anybody once the session or
-- token that it was drawn with is over.
WITH taken AS (DELETE FROM ticket WHERE hash = $1 RETURNING credential, expires)
SELECT p.id, p.email, p.handle, p.name, p.kind, p.admin, p.active,
       i.name AS inbox, i.head AS inbox_head,
       c.id AS credential, c.is_session, c.scopes, c.groups, c.expires, c.last_used
FROM taken JOIN credential c ON c.id = taken.credential
JOIN person p ON p.id = c.person AND p.active JOIN stream i ON i.id = p.inbox
WHERE taken.expires > $2 AND (c.expires IS NULL OR c.expires > $2)

-- name: forget_sessions
-- Sessions that are over.
DELETE FROM session WHERE expires <= $1

-- name: forget_tokens
-- Tokens that are over.
DELETE FROM token WHERE expires <= $1

-- name: forget_tickets
-- Tickets that nobody used.
DELETE FROM ticket WHERE expires <= $1
