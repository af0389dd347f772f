-- name: begin
-- An attempt to sign in.
INSERT INTO sign_in_attempt (state, browser, next, expires) VALUES ($1, $2, $3, $4)

-- name: take
-- Use an attempt up, if this browser began it.
DELETE FROM sign_in_attempt WHERE state = $1 AND browser = $2 AND expires > $3 RETURNING next

-- name: forget_attempts
-- Attempts that came to nothing.
DELETE FROM sign_in_attempt WHERE expires <= $1

-- name: person_of
-- The person whom a provider knows by that name.
SELECT p.id, p.email, p.handle, p.name, p.kind, p.admin, p.active, i.name AS inbox
FROM provided_person k JOIN person p ON p.id = k.person JOIN stream i ON i.id = p.inbox
WHERE k.issuer = $1 AND k.subject = $2

-- name: is_known
-- Whether a provider knows that person by any name.
SELECT EXISTS (SELECT 1 FROM provided_person WHERE person = $1 AND issuer = $2)

-- name: link
-- A provider knows that person by that name from now on.
INSERT INTO provided_person (issuer, subject, person, since) VALUES ($1, $2, $3, $4)

-- name: keep_session
-- Which session at the provider a session here stands on.
INSERT INTO provided_session (session, issuer, subject, sid, hint)
VALUES ($1, $2, $3, $4, $5)

-- name: provided
-- What a session that began at a provider tells it at its end.
SELECT hint FROM provided_session WHERE session = $1

-- name: sessions_at
-- Sessions that stand on one at the provider; without a sid, on any of that subject.
SELECT session FROM provided_session
WHERE issuer = $1 AND ($2::text IS NULL OR subject = $2) AND ($3::text IS NULL OR sid = $3)
