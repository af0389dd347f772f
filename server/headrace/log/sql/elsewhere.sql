-- name: accounts
-- The accounts of an origin.
SELECT a.account, a.person, p.handle, p.name, p.kind, p.active, a.names
FROM account_elsewhere a JOIN person p ON p.id = a.person WHERE a.origin = $1

-- name: names_in_use
-- What handles and addresses there are of these names and their numbered followers.
SELECT handle AS name FROM person WHERE regexp_replace(handle, '-[0-9]+$', '') = ANY ($1::text[])
UNION SELECT handle FROM person WHERE handle = ANY ($1::text[])
UNION SELECT split_part(email, '@', 1) FROM person WHERE split_part(email, '@', 2) = $2

-- name: add_people
-- People with their inboxes and accounts elsewhere, many at once.
WITH n AS (
    SELECT * FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
        AS n (account, email, handle, name, kind, inbox)
), new_inbox AS (
    INSERT INTO stream (name) SELECT inbox FROM n RETURNING id, name
), new_person AS (
    INSERT INTO person (email, handle, name, kind, inbox)
    SELECT n.email, n.handle, n.name, n.kind, i.id FROM n JOIN new_inbox i ON i.name = n.inbox
    RETURNING id, email
)
INSERT INTO account_elsewhere (origin, account, person)
SELECT $1, n.account, p.id FROM n JOIN new_person p ON p.email = n.email

-- name: note_names
-- Remember the names that accounts were seen with.
UPDATE account_elsewhere a SET names = n.names
FROM (SELECT account, array_agg(name ORDER BY name) AS names
      FROM unnest($2::text[], $3::text[]) AS k (account, name) GROUP BY account) n
WHERE a.origin = $1 AND a.account = n.account

-- name: groups
-- The groups of a source, and those that have one of these names.
SELECT g.id, g.name, g.title, g.kind, g.visibility, g.parent, g.history_days, g.members_invite,
       up.name AS above, g.source
FROM team_group g LEFT JOIN team_group up ON up.id = g.parent
WHERE g.source = $1 OR g.name = ANY ($2::text[]) ORDER BY g.name

-- name: set_source
-- Say where groups come from, or with NULL that they are ours from now on.
UPDATE team_group SET source = $2 WHERE id = ANY ($1::bigint[])

-- name: seats
-- The memberships of people in groups, with their accounts of an origin.
SELECT g.name AS group, a.account, p.handle, m.role, m.source
FROM membership m
JOIN team_group g ON g.id = m.group_id
JOIN person p ON p.id = m.person
LEFT JOIN account_elsewhere a ON a.person = m.person AND a.origin = $1
WHERE m.group_id = ANY ($2::bigint[])
ORDER BY 1, 2

-- name: put_seats
-- Make people members or change their roles; who is a member by another source stays as they are.
INSERT INTO membership AS m (group_id, person, role, source)
SELECT group_id, person, role, $4
FROM unnest($1::bigint[], $2::uuid[], $3::text[]) AS n (group_id, person, role)
ON CONFLICT (group_id, person) DO UPDATE SET role = excluded.role WHERE m.source = excluded.source

-- name: drop_seats
-- End memberships that came from a source.
DELETE FROM membership m USING unnest($1::bigint[], $2::uuid[]) AS n (group_id, person)
WHERE m.group_id = n.group_id AND m.person = n.person AND m.source = $3
