-- name: ways
-- How people come to be in groups $1, as far as $2 may know: the teams on the way, and the role
-- and clearance that the first step gives. Of people $5 only, unless that is NULL. Through a
-- secret team leads no way for those who are not in it; a guest ($4) knows of no team but their
-- own; administrators ($3) know all.
WITH RECURSIVE down (root, id, teams, role, clearance) AS (
    SELECT g, g, '{}'::text[], NULL::text, NULL::smallint FROM unnest($1::bigint[]) AS g
    UNION ALL
    SELECT d.root, t.id, d.teams || t.name, coalesce(d.role, edge.role),
           CASE WHEN d.role IS NULL THEN edge.clearance ELSE d.clearance END
    FROM down d CROSS JOIN LATERAL (
        SELECT m.team AS id, m.role, m.clearance FROM membership m
        WHERE m.group_id = d.id AND m.team IS NOT NULL
          AND (m.expires IS NULL OR m.expires > now())
        UNION ALL
        SELECT c.id, 'member', NULL FROM team_group c
        JOIN team_group above ON above.id = d.id AND above.kind = 'team'
        WHERE c.parent = d.id AND c.kind = 'team'
    ) edge
    JOIN team_group t ON t.id = edge.id AND t.name <> ALL (d.teams)
    WHERE $3::boolean OR (t.visibility <> 'secret' AND NOT $4::boolean) OR EXISTS (
        SELECT 1 FROM reader r JOIN stream s ON s.id = r.stream_id
        WHERE s.group_id = t.id AND r.person = $2)
)
SELECT d.root AS group_id, m.person, d.teams, coalesce(d.role, m.role) AS role,
       CASE WHEN d.role IS NULL THEN m.clearance ELSE d.clearance END AS clearance
FROM down d
JOIN membership m ON m.group_id = d.id AND m.person IS NOT NULL
                 AND (m.expires IS NULL OR m.expires > now())
WHERE $5::uuid[] IS NULL OR m.person = ANY ($5::uuid[])
ORDER BY d.root, cardinality(d.teams), d.teams

-- name: readers
-- Who reads these streams, and as what.
SELECT r.stream_id, r.person, r.role, p.name, p.handle, p.kind
FROM reader r JOIN person p ON p.id = r.person
WHERE r.stream_id = ANY ($1::bigint[])
ORDER BY p.name, p.handle

-- name: places
-- Where an activity is read, with what is known of one person ($2) and one who asks ($3) there; in a
-- shared thread, one who asks is what they are where it is shared from.
SELECT s.id AS stream_id, s.group_id, g.name AS group, s.level, e.seq, s.head,
       r.role, r.since, coalesce(e.seq > r.floor, false) AS sees,
       coalesce(c.read_seq >= e.seq, false) AS is_read,
       (SELECT max(x.level) FROM reader xr JOIN stream x ON x.id = xr.stream_id
        WHERE x.group_id = s.group_id AND xr.person = $2) AS clearance,
       coalesce(home.role, CASE WHEN e.seq > q.floor THEN q.role END) AS asker_role,
       EXISTS (SELECT 1 FROM entry i JOIN person p ON p.inbox = i.stream_id AND p.id = $2
               WHERE i.activity = e.activity AND i.via = s.id) AS is_directed
FROM entry e
JOIN stream s ON s.id = e.stream_id AND s.group_id IS NOT NULL
JOIN team_group g ON g.id = s.group_id
LEFT JOIN reader r ON r.stream_id = s.id AND r.person = $2
LEFT JOIN reader q ON q.stream_id = s.id AND q.person = $3
LEFT JOIN LATERAL (
    SELECT h.role FROM shared_thread t JOIN stream x ON x.group_id = t.home AND x.level = s.level
    JOIN seen h ON h.stream_id = x.id AND h.person = $3 AND h.activity = e.activity
    WHERE t.group_id = s.group_id LIMIT 1
) home ON true
LEFT JOIN cursor c ON c.stream_id = s.id AND c.person = $2
WHERE e.activity = $1
ORDER BY s.id

-- name: since_when
-- Since when an activity is at its level, and whether it has been deleted.
SELECT coalesce((SELECT max(c.at) FROM level_change c WHERE c.activity = a.id), a.published) AS at,
       a.type = 'Tombstone' AS is_deleted
FROM activity a WHERE a.id = $1
