-- name: selected
-- What is pending, with the names of all concerned; what is over is not there.
SELECT q.id, q.group_id, g.name AS group, g.title, q.state, q.role, q.clearance, q.until,
       q.person, p.name AS person_name, p.handle AS person_handle, p.kind AS person_kind,
       t.name AS team, t.title AS team_title, q.email,
       q.inviter, i.name AS inviter_name, i.handle AS inviter_handle, i.kind AS inviter_kind,
       q.voucher, q.created, q.expires
FROM pending q
JOIN team_group g ON g.id = q.group_id
JOIN person i ON i.id = q.inviter
LEFT JOIN person p ON p.id = q.person
LEFT JOIN team_group t ON t.id = q.team
WHERE q.expires > now() AND (p.id IS NULL OR p.active)

-- name: by_id
-- One, held until the transaction ends.
{selected} AND q.id = $1 FOR UPDATE OF q

-- name: by_token
-- The one that a link is for, held until the transaction ends.
{selected} AND q.token = $1 FOR UPDATE OF q

-- name: is_over
-- Whether a link's token was good, but too long ago.
SELECT EXISTS (SELECT 1 FROM pending WHERE token = $1 AND expires <= now())

-- name: of_group
-- Those of a group, of these states; of one inviter unless that is NULL.
{selected} AND q.group_id = $1 AND q.state = ANY ($2::text[]) AND ($3::uuid IS NULL OR q.inviter = $3)
ORDER BY q.created, q.id

-- name: of_person
-- What somebody has asked for or was offered. A group that has become secret since they asked is
-- not there for them.
{selected} AND q.person = $1
AND (q.state = 'offered' OR (q.state = 'asked' AND g.visibility <> 'secret'))
ORDER BY q.created, q.id

-- name: make_room
-- What is over goes, and so does a proposal of which the person who asks now ($5) knows nothing.
DELETE FROM pending WHERE group_id = $1 AND (person = $2 OR team = $3 OR email = $4)
  AND (expires <= now() OR (state = 'consent' AND $5::boolean))

-- name: add
-- A new one; nothing where there is one.
INSERT INTO pending (group_id, person, team, email, token, state, role, clearance, until, inviter,
                     voucher, expires)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, now() + $11::interval)
ON CONFLICT DO NOTHING RETURNING id

-- name: offer
-- An owner has agreed.
UPDATE pending SET state = 'offered', voucher = $2 WHERE id = $1

-- name: drop
-- It was answered, or withdrawn.
DELETE FROM pending WHERE id = $1

-- name: settle
-- Whoever is a member has nothing pending, and whoever reads by a team has nothing to ask for.
DELETE FROM pending p
WHERE p.group_id = ANY ($1::bigint[]) AND (
    EXISTS (
        SELECT FROM membership m LEFT JOIN person o ON o.id = m.person
        WHERE m.group_id = p.group_id
          AND (m.person = p.person OR m.team = p.team OR o.email = p.email))
    OR p.state = 'asked' AND EXISTS (
        SELECT FROM reader r JOIN stream s ON s.id = r.stream_id
        WHERE s.group_id = p.group_id AND r.person = p.person))

-- name: drop_of
-- An account was closed: nobody asks, and nobody vouches.
DELETE FROM pending WHERE person = $1 OR inviter = $1 OR voucher = $1

-- name: forget_expired
-- Remove what is over, a while after whoever comes too late could be told so.
DELETE FROM pending WHERE expires <= now() - interval '30 days'

-- name: answerers
-- The people who have one of these roles in a group.
SELECT DISTINCT r.person FROM reader r JOIN stream s ON s.id = r.stream_id
WHERE s.group_id = $1 AND r.role = ANY ($2::text[])
