-- name: name
-- The name of this log's history; NULL on a standby. The timeline is the one that is written to:
-- the control file learns of another one minutes after a standby was promoted.
SELECT CASE WHEN NOT pg_is_in_recovery() THEN left(encode(sha256(convert_to(concat_ws(' ',
    i.secret, s.system_identifier, left(pg_walfile_name(pg_current_wal_lsn()), 8), d.oid, h.xmin
), 'UTF8')), 'hex'), 16) END
FROM installation i, pg_control_system() s, pg_database d, history h
WHERE d.datname = current_database()

-- name: began
-- Since when it goes on.
SELECT began FROM history

-- name: begin
-- Another one begins: the row is another transaction's now.
UPDATE history SET began = $1

-- name: imprint
-- The imprint of the directory in which this log was served last; nobody else looks until the
-- transaction ends.
SELECT imprint FROM installation FOR UPDATE

-- name: keep_imprint
-- Note the one in which it is served now.
UPDATE installation SET imprint = $1
