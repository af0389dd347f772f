-- name: standing
-- A person's role in a group and the highest level they read there; no row where they have none.
SELECT r.role, s.level FROM reader r JOIN stream s ON s.id = r.stream_id
WHERE s.group_id = $2 AND r.person = $1 ORDER BY s.level DESC LIMIT 1

-- name: seat_of_person
-- The role that a person has in a group by a membership of their own.
SELECT role FROM membership WHERE group_id = $1 AND person = $2

-- name: seat_of_team
-- The role that a team as a whole has in a group.
SELECT role FROM membership WHERE group_id = $1 AND team = $2

-- name: has_guests
-- Whether somebody in team $1 is a guest.
SELECT EXISTS (
    SELECT 1 FROM reader r JOIN stream s ON s.id = r.stream_id
    JOIN person p ON p.id = r.person AND p.kind = 'guest' WHERE s.group_id = $1)

-- name: members
-- The member list, people and teams, as $2 may see it. Secret teams are listed for their own
-- people alone, a guest ($4) is told of no team but their own, clearances and expiries only to
-- those who read the highest level, their own expiry to everybody. Administrators ($3) see everything.
WITH cleared AS (
    SELECT $3::boolean OR EXISTS (
        SELECT 1 FROM reader r JOIN stream s ON s.id = r.stream_id
        WHERE s.group_id = $1 AND s.level = 2 AND r.person = $2) AS yes
)
SELECT 'person' AS type, p.name, p.handle, NULL AS team, p.kind, m.role,
       CASE WHEN cleared.yes THEN m.clearance END AS clearance,
       CASE WHEN cleared.yes OR p.id = $2 THEN m.expires END AS expires
FROM cleared, membership m JOIN person p ON p.id = m.person AND p.active
WHERE m.group_id = $1 AND (m.expires IS NULL OR m.expires > now())
UNION ALL
SELECT 'team', t.title, NULL, t.name, NULL, m.role, CASE WHEN cleared.yes THEN m.clearance END,
       CASE WHEN cleared.yes THEN m.expires END
FROM cleared, membership m JOIN team_group t ON t.id = m.team
WHERE m.group_id = $1 AND (m.expires IS NULL OR m.expires > now()) AND (
    $3::boolean OR (t.visibility <> 'secret' AND NOT $4::boolean) OR EXISTS (
        SELECT 1 FROM reader r JOIN stream s ON s.id = r.stream_id
        WHERE s.group_id = t.id AND r.person = $2))
ORDER BY 1, 2

-- name: put_person
-- Make a person a member, or change what they are and until when.
INSERT INTO membership (group_id, person, role, clearance, expires, source)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (group_id, person) DO UPDATE
SET role = excluded.role, clearance = excluded.clearance, expires = excluded.expires

-- name: put_team
-- Subscribe a team as a whole, or change how and until when.
INSERT INTO membership (group_id, team, role, clearance, expires, source)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (group_id, team) DO UPDATE
SET role = excluded.role, clearance = excluded.clearance, expires = excluded.expires

-- name: put_people
-- Make many people members at once; who is one already stays as they are.
INSERT INTO membership (group_id, person, role, source)
SELECT $1, person, $3, $4 FROM unnest($2::uuid[]) AS person
ON CONFLICT (group_id, person) DO NOTHING

-- name: drop_person
-- End a person's membership.
DELETE FROM membership WHERE group_id = $1 AND person = $2

-- name: drop_team
-- End a team's subscription.
DELETE FROM membership WHERE group_id = $1 AND team = $2

-- name: is_past
-- Whether a moment is over, by this clock.
SELECT $1::timestamptz <= now()

-- name: next_expiry
-- The seconds until the next membership is over, negative for one that is; NULL if none ends.
SELECT extract(epoch FROM min(expires) - now())::float8 FROM membership

-- name: drop_expired
-- End what is over. Who tells of it: the person; for a team an owner, else an administrator.
DELETE FROM membership m WHERE expires <= now()
RETURNING m.group_id, m.person, m.team, coalesce(m.person, (
    SELECT o.person FROM membership o JOIN person p ON p.id = o.person AND p.active
    WHERE o.group_id = m.group_id AND o.role = 'owner' ORDER BY o.since, o.person LIMIT 1
), (
    SELECT p.id FROM person p ORDER BY p.active DESC, p.admin DESC, p.created, p.id LIMIT 1
)) AS teller
