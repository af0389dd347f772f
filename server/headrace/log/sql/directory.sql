-- name: new_stream
-- A stream: of a group at a level, or, with neither, somebody's inbox.
INSERT INTO stream (name, group_id, level) VALUES ($1, $2, $3) RETURNING id

-- name: new_person
-- A person with their inbox.
INSERT INTO person (email, handle, name, kind, admin, password, inbox)
VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id

-- name: handles_like
-- The handles in use that begin like this one.
SELECT handle FROM person WHERE handle = $1 OR handle ~ ('^' || $2 || '-[0-9]+$')

-- name: person
-- People, with the names of their inboxes.
SELECT p.id, p.email, p.handle, p.name, p.kind, p.admin, p.active, i.name AS inbox
FROM person p JOIN stream i ON i.id = p.inbox

-- name: person_by_email
-- A person, by address or handle.
{person} WHERE p.email = $1 OR p.handle = $1
ORDER BY p.email = $1 DESC LIMIT 1

-- name: person_by_id
-- A person.
{person} WHERE p.id = $1

-- name: admins
-- The active administrators.
{person} WHERE p.admin AND p.active ORDER BY p.created, p.id

-- name: count
-- How many people there are.
SELECT count(*) FROM person

-- name: people_by_id
-- People by their ids, with the key of their inbox.
SELECT p.id, p.email, p.handle, p.name, p.kind, p.inbox FROM person p WHERE p.id = ANY ($1::uuid[])

-- name: people
-- People by address, those after $1: whose address, handle or name contains $2 (in lower case), of
-- kind $3, active or not ($4), where these are given.
{person}
WHERE p.email > $1
  AND ($2::text IS NULL OR strpos(lower(p.email || ' ' || p.handle || ' ' || p.name), $2) > 0)
  AND ($3::text IS NULL OR p.kind = $3) AND ($4::boolean IS NULL OR p.active = $4)
ORDER BY p.email LIMIT $5

-- name: people_called
-- People by address or handle, with the key of their inbox.
SELECT p.id, p.email, p.handle, p.name, p.kind, p.inbox
FROM person p WHERE p.active AND (p.handle = ANY ($1::text[]) OR p.email = ANY ($1::text[]))

-- name: deactivate
-- Close an account.
UPDATE person SET active = false, password = NULL WHERE id = $1

-- name: reactivate
-- Open a closed account again.
UPDATE person SET active = true WHERE id = $1

-- name: address_taken
-- Whether somebody has that address, or (with $2) somebody else.
SELECT EXISTS (SELECT 1 FROM person WHERE email = $1 AND id IS DISTINCT FROM $2::uuid)

-- name: change_person
-- New name, address, kind and right.
UPDATE person SET name = $2, email = $3, kind = $4, admin = $5 WHERE id = $1

-- name: groups_of
-- The groups whose member somebody is in person.
SELECT g.id, g.name, g.title, g.kind, g.visibility, g.parent, g.history_days,
       g.members_invite
FROM membership m JOIN team_group g ON g.id = m.group_id WHERE m.person = $1 ORDER BY g.id

-- name: owned_by
-- The groups that a person owns, in person or through a team.
SELECT DISTINCT g.id, g.name FROM reader r JOIN stream s ON s.id = r.stream_id
JOIN team_group g ON g.id = s.group_id WHERE r.person = $1 AND r.role = 'owner' ORDER BY g.name

-- name: new_group
-- A group.
INSERT INTO team_group (name, title, kind, visibility, parent) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (name) DO NOTHING RETURNING id

-- name: group
-- Groups, with their settings.
SELECT g.id, g.name, g.title, g.kind, g.visibility, g.parent, g.history_days, g.members_invite
FROM team_group g

-- name: group_key
-- A group's key and settings.
{group} WHERE g.name = $1

-- name: group_by_key
-- A group by its key.
{group} WHERE g.id = $1

-- name: group_name
-- The name of a group.
SELECT name FROM team_group WHERE id = $1

-- name: change_group
-- New title, visibility and parent.
UPDATE team_group SET title = $2, visibility = $3, parent = $4 WHERE id = $1

-- name: set_circle
-- How many days back newcomers see (NULL for everything), and whether members invite.
UPDATE team_group SET history_days = $2, members_invite = $3 WHERE id = $1

-- name: group_streams
-- The streams of groups by name and level.
SELECT g.name AS group, g.id AS group_id, s.level, s.id, s.name
FROM team_group g JOIN stream s ON s.group_id = g.id WHERE g.name = ANY ($1::text[])

-- name: groups_seen
-- The groups that a person may know of: their own; and unless they are a guest, all that are
-- not secret. With the streams they read, in one row each. A shared thread is called by the first
-- line of its first post, as it is now.
SELECT g.name, g.kind, g.visibility, g.history_days, g.members_invite,
       t.thread, share.replies,
       CASE WHEN t.thread IS NULL THEN g.title ELSE coalesce((
           SELECT left(split_part(ltrim(a.content), E'\n', 1), 120)
           FROM seen v JOIN activity a ON a.id = v.activity
           WHERE v.person = $1 AND v.activity = t.thread LIMIT 1), '') END AS title,
       CASE WHEN (up.visibility <> 'secret' AND NOT $3::boolean) OR EXISTS (
           SELECT 1 FROM reader ur JOIN stream us ON us.id = ur.stream_id
           WHERE us.group_id = up.id AND ur.person = $1) THEN up.name END AS parent,
       r.role, s.name AS stream, s.level, s.head,
       coalesce(c.read_seq, 0) AS read,
       greatest(0, s.posts - coalesce(c.read_posts, 0) - coalesce(c.own_after, 0)) AS unread
FROM team_group g
LEFT JOIN team_group up ON up.id = g.parent
LEFT JOIN (shared_thread t JOIN thread_share share ON share.group_id = t.group_id
                                                  AND share.person = $1) ON t.group_id = g.id
LEFT JOIN (stream s JOIN reader r ON r.stream_id = s.id AND r.person = $1) ON s.group_id = g.id
LEFT JOIN cursor c ON c.person = $1 AND c.stream_id = s.id
WHERE ($2::text IS NULL OR g.name = $2)
  AND (r.person IS NOT NULL OR (g.visibility <> 'secret' AND NOT $3::boolean))
ORDER BY g.name, s.level

-- name: drop_memberships_of
-- End all memberships of a person; answers the groups.
DELETE FROM membership WHERE person = $1 RETURNING group_id
