-- name: lock_structure
-- Changes of memberships and teams come one after the other; everything else goes on.
SELECT pg_advisory_xact_lock(4851227)

-- name: affected_groups
-- The groups whose readers may change when the members of these groups change: the groups
-- themselves, the parents of teams, and whatever a team among them subscribes to.
WITH RECURSIVE up (id) AS (
    SELECT unnest($1::bigint[])
    UNION
    SELECT wider.id FROM up CROSS JOIN LATERAL (
        SELECT g.parent AS id FROM team_group g
        JOIN team_group above ON above.id = g.parent AND above.kind = 'team'
        WHERE g.id = up.id AND g.kind = 'team'
        UNION ALL
        SELECT m.group_id FROM membership m WHERE m.team = up.id
    ) wider
)
SELECT id FROM up ORDER BY id

-- name: contains_team
-- Whether team $2 is contained in group $1, at any depth.
WITH RECURSIVE down (id) AS (
    SELECT $1::bigint
    UNION
    SELECT deeper.id FROM down CROSS JOIN LATERAL (
        SELECT m.team AS id FROM membership m WHERE m.group_id = down.id AND m.team IS NOT NULL
        UNION ALL
        SELECT c.id FROM team_group c
        JOIN team_group above ON above.id = down.id AND above.kind = 'team'
        WHERE c.parent = down.id AND c.kind = 'team'
    ) deeper
)
SELECT EXISTS (SELECT 1 FROM down WHERE id = $2)

-- name: streams_of_groups
-- All streams of these groups.
SELECT id FROM stream WHERE group_id = ANY ($1::bigint[])

-- name: common_stream
-- The stream of a group that everybody in it reads: that of the lowest level.
SELECT id FROM stream WHERE group_id = $1 ORDER BY level LIMIT 1

-- name: seats
-- Every way in which people $2 (everybody where it is NULL) sit in the groups $1, by a membership
-- of their own, through a team that subscribes as a whole, or through a sub-team; with how far up
-- it reaches and when it ends. The first edge from the group decides the role and clearance of
-- everybody behind it, the earliest expiry on the way when it ends. UNION drops what was seen,
-- so a cycle ends.
WITH RECURSIVE down (root, id, role, clearance, expires) AS (
    SELECT g, g, NULL::text, NULL::smallint, NULL::timestamptz FROM unnest($1::bigint[]) AS g
    UNION
    SELECT d.root, edge.id, coalesce(d.role, edge.role),
           CASE WHEN d.role IS NULL THEN edge.clearance ELSE d.clearance END,
           least(d.expires, edge.expires)
    FROM down d CROSS JOIN LATERAL (
        SELECT m.team AS id, m.role, m.clearance, m.expires FROM membership m
        WHERE m.group_id = d.id AND m.team IS NOT NULL
          AND (m.expires IS NULL OR m.expires > now())
        UNION ALL
        SELECT c.id, 'member', NULL, NULL FROM team_group c
        JOIN team_group above ON above.id = d.id AND above.kind = 'team'
        WHERE c.parent = d.id AND c.kind = 'team'
    ) edge
),
way AS (
    SELECT d.root AS group_id, m.person, p.kind,
           CASE WHEN p.kind = 'guest' THEN 'guest' ELSE coalesce(d.role, m.role) END AS role,
           CASE WHEN d.role IS NULL THEN m.clearance ELSE d.clearance END AS clearance,
           least(d.expires, m.expires) AS expires
    FROM down d
    JOIN membership m ON m.group_id = d.id AND m.person IS NOT NULL
                     AND (m.expires IS NULL OR m.expires > now())
    JOIN person p ON p.id = m.person AND p.active
    WHERE $2::uuid[] IS NULL OR m.person = ANY ($2::uuid[])
),
seat AS (
    SELECT group_id, person, role, expires,
           CASE WHEN kind = 'guest' THEN 0 ELSE coalesce(
               clearance, CASE role WHEN 'guest' THEN 0 WHEN 'member' THEN 1 ELSE 2 END)
           END AS ceiling
    FROM way
)

-- name: reader_changes
-- The difference between who reads the streams of groups $1 now (table reading) and who should,
-- by the memberships; restricted to the people $2, or everybody where it is NULL. Somebody reads
-- a stream as long as the longest of the seats that reach up to it.
{seats},
place AS (
    SELECT group_id, person, (ARRAY['guest', 'member', 'moderator', 'owner'])
           [max(array_position(ARRAY['guest', 'member', 'moderator', 'owner'], role))] AS role
    FROM seat GROUP BY group_id, person
),
due AS (
    SELECT s.id AS stream_id, place.person, place.role,
           CASE WHEN bool_and(seat.expires IS NOT NULL) THEN max(seat.expires) END AS until
    FROM place JOIN seat USING (group_id, person)
    JOIN stream s ON s.group_id = seat.group_id AND s.level <= seat.ceiling
    GROUP BY s.id, place.person, place.role
),
held AS (
    SELECT r.stream_id, r.person, r.role, r.until
    FROM reading r JOIN stream s ON s.id = r.stream_id
    WHERE s.group_id = ANY ($1::bigint[]) AND ($2::uuid[] IS NULL OR r.person = ANY ($2::uuid[]))
)
SELECT coalesce(due.stream_id, held.stream_id) AS stream_id,
       coalesce(due.person, held.person) AS person,
       due.role, due.until,
       CASE WHEN held.person IS NULL THEN 'granted'
            WHEN due.person IS NULL THEN 'revoked'
            WHEN due.role <> held.role THEN 'changed' ELSE 'prolonged' END AS change
FROM due FULL JOIN held USING (stream_id, person)
WHERE due.role IS DISTINCT FROM held.role OR due.until IS DISTINCT FROM held.until
ORDER BY 1, 2

-- name: lasting_owners
-- How many people own a group for good, in person or through a team.
{seats}
SELECT count(DISTINCT person) FROM seat WHERE role = 'owner' AND expires IS NULL

-- name: floors
-- The last number that newcomers do not see of these streams, by their groups' settings. With a
-- number of days, everything up to the last entry that is older: an activity's id begins with
-- its time in milliseconds (RFC 9562, section 5.7).
SELECT s.id, CASE
    WHEN g.history_days IS NULL THEN 0
    WHEN g.history_days = 0 THEN s.head
    ELSE coalesce((
        SELECT e.seq FROM entry e WHERE e.stream_id = s.id AND e.activity < rpad(lpad(to_hex(
            (extract(epoch FROM now() - make_interval(days => g.history_days)) * 1000)::bigint
        ), 12, '0'), 32, '0')::uuid
        ORDER BY e.seq DESC LIMIT 1), 0)
    END AS floor
FROM stream s JOIN team_group g ON g.id = s.group_id WHERE s.id = ANY ($1::bigint[])

-- name: store_readers
-- Keep rows for people who now read, their roles and until when. Since when, and from which number
-- on, is decided once.
INSERT INTO reading (person, stream_id, role, since, floor, until)
SELECT person, stream_id, role, since, floor, until
FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::bigint[], $5::bigint[], $6::timestamptz[])
    AS n (person, stream_id, role, since, floor, until)
ON CONFLICT (person, stream_id) DO UPDATE SET role = excluded.role, until = excluded.until

-- name: start_cursors
-- Nothing that came before somebody could read a stream is unread to them.
INSERT INTO cursor (person, stream_id, read_seq, read_posts)
SELECT person, stream_id, s.head, s.posts
FROM unnest($1::uuid[], $2::bigint[]) AS n (person, stream_id) JOIN stream s ON s.id = n.stream_id
ORDER BY person, stream_id
ON CONFLICT (person, stream_id) DO UPDATE
SET read_seq = excluded.read_seq, read_posts = excluded.read_posts, own_after = 0

-- name: drop_readers
-- Forget people who no longer read.
DELETE FROM reading r USING unnest($1::uuid[], $2::bigint[]) AS n (person, stream_id)
WHERE r.person = n.person AND r.stream_id = n.stream_id

-- name: inboxes_of
-- The inboxes of these people.
SELECT id, inbox FROM person WHERE id = ANY ($1::uuid[])

-- name: authority
-- People, their inboxes, and all group streams that they read: the heads, the last number not seen,
-- and the seconds that are left of it. One row without a stream for who reads none.
SELECT p.id, p.handle, p.active, i.name AS inbox, i.head AS inbox_head,
       s.name AS stream, g.name AS group, s.level, s.head, r.floor,
       extract(epoch FROM r.until - now())::float8 AS seconds_left
FROM person p
JOIN stream i ON i.id = p.inbox
LEFT JOIN (reader r JOIN stream s ON s.id = r.stream_id JOIN team_group g ON g.id = s.group_id)
       ON r.person = p.id
WHERE p.id = ANY ($1::uuid[])
ORDER BY p.id, s.id
