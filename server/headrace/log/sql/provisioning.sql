-- name: people
-- People as the directory sees them: all but services and those it removed. Restricted by key,
-- user name (in lower case) or external id, where given.
SELECT p.id, coalesce(k.user_name, p.email) AS user_name, p.email, p.name, p.kind, p.active,
       k.external_id, k.given_name, k.family_name, k.email_type, k.is_primary, p.created, greatest(k.changed, p.created) AS changed
FROM person p LEFT JOIN provisioned_person k ON k.person = p.id
WHERE p.kind <> 'service' AND NOT coalesce(k.removed, false)
  AND ($1::uuid IS NULL OR p.id = $1)
  AND ($2::text IS NULL OR lower(coalesce(k.user_name, p.email)) = $2)
  AND ($3::text IS NULL OR k.external_id = $3)
ORDER BY p.created, p.id

-- name: keep_person
-- What the directory says of a person, beside what the person's own row holds.
INSERT INTO provisioned_person
    (person, user_name, external_id, given_name, family_name, email_type, is_primary, changed)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (person) DO UPDATE
SET user_name = excluded.user_name, external_id = excluded.external_id,
    given_name = excluded.given_name, family_name = excluded.family_name,
    email_type = excluded.email_type, is_primary = excluded.is_primary,
    changed = excluded.changed, removed = false

-- name: remove_person
-- The directory knows this person no more.
INSERT INTO provisioned_person (person, user_name, changed, removed)
SELECT id, email, $2, true FROM person WHERE id = $1
ON CONFLICT (person) DO UPDATE SET changed = excluded.changed, removed = true

-- name: was_removed
-- Whether the directory removed this person.
SELECT EXISTS (SELECT 1 FROM provisioned_person WHERE person = $1 AND removed)

-- name: teams
-- Teams as the directory sees them: all but those it removed. Restricted by key, external id or
-- title, where given.
SELECT g.id, g.name, g.title, k.external_id, g.created, greatest(k.changed, g.created) AS changed
FROM team_group g LEFT JOIN provisioned_team k ON k.group_id = g.id
WHERE g.kind = 'team' AND NOT coalesce(k.removed, false)
  AND ($1::bigint IS NULL OR g.id = $1)
  AND ($2::text IS NULL OR k.external_id = $2)
  AND ($3::text IS NULL OR lower(g.title) = $3)
ORDER BY g.id

-- name: keep_team
-- What the directory says of a team, beside what the team's own row holds.
INSERT INTO provisioned_team (group_id, external_id, changed, removed) VALUES ($1, $2, $3, false)
ON CONFLICT (group_id) DO UPDATE
SET external_id = excluded.external_id, changed = excluded.changed, removed = false

-- name: remove_team
-- The directory knows this team no more.
INSERT INTO provisioned_team (group_id, changed, removed) VALUES ($1, $2, true)
ON CONFLICT (group_id) DO UPDATE SET changed = excluded.changed, removed = true

-- name: members
-- Whom the directory put into these teams: people and teams that it has not removed.
SELECT m.group_id, m.person, m.team FROM provisioned_member m
LEFT JOIN provisioned_person kp ON kp.person = m.person
LEFT JOIN provisioned_team kt ON kt.group_id = m.team
WHERE m.group_id = ANY ($1::bigint[])
  AND NOT coalesce(kp.removed, false) AND NOT coalesce(kt.removed, false)
ORDER BY m.group_id, m.person, m.team

-- name: teams_of
-- The teams into which the directory put these people.
SELECT m.person, g.id, g.name, g.title
FROM provisioned_member m JOIN team_group g ON g.id = m.group_id
WHERE m.person = ANY ($1::uuid[]) ORDER BY g.id

-- name: known_people
-- Which of these people the directory may put into teams.
SELECT p.id, p.active FROM person p LEFT JOIN provisioned_person k ON k.person = p.id
WHERE p.id = ANY ($1::uuid[]) AND p.kind <> 'service' AND NOT coalesce(k.removed, false)

-- name: put_members
-- Put people and teams into a team.
INSERT INTO provisioned_member (group_id, person, team)
SELECT $1, person, team FROM unnest($2::uuid[], $3::bigint[]) AS n (person, team)
ON CONFLICT DO NOTHING

-- name: drop_members
-- Take people and teams out of a team.
DELETE FROM provisioned_member
WHERE group_id = $1 AND (person = ANY ($2::uuid[]) OR team = ANY ($3::bigint[]))

-- name: drop_everywhere
-- Take a person out of all teams; answers them.
DELETE FROM provisioned_member WHERE person = $1 RETURNING group_id

-- name: put_teams
-- Subscribe teams to a team as a whole; what is there by another source stays.
INSERT INTO membership (group_id, team, role, source)
SELECT $1, team, 'member', $3 FROM unnest($2::bigint[]) AS team
ON CONFLICT (group_id, team) DO NOTHING

-- name: drop_teams
-- End subscriptions of teams that came from a source.
DELETE FROM membership WHERE group_id = $1 AND team = ANY ($2::bigint[]) AND source = $3
