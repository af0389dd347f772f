"""Threads that are shared with people outside their group."""

from alembic import op

revision = "0016"
down_revision = "0015"

# A shared thread is read in a group of its own, of kind thread, whose members are those outside.
# ``home`` is the group that it is shared from, ``thread`` the first post. Whoever shares a thread
# locks the streams that its answers come into; ``version`` then tells publishers that what they
# have looked up is not the newest any more, as new rules do. ``thread_share`` says who let somebody
# in, and, where ``waits``, who would like to: an owner has to agree first.
STATEMENTS = """
ALTER TABLE team_group DROP CONSTRAINT team_group_kind_check;
ALTER TABLE team_group ADD CONSTRAINT team_group_kind_check
    CHECK (kind IN ('team', 'project', 'community', 'customer', 'thread'));
CREATE TABLE shared_thread (
    group_id  bigint PRIMARY KEY REFERENCES team_group,
    thread    uuid NOT NULL UNIQUE,
    home      bigint NOT NULL REFERENCES team_group,
    version   bigint NOT NULL UNIQUE DEFAULT nextval('classification_version')
);
CREATE TABLE thread_share (
    group_id  bigint NOT NULL REFERENCES shared_thread,
    person    uuid NOT NULL REFERENCES person,
    inviter   uuid NOT NULL REFERENCES person,
    waits     boolean NOT NULL,
    replies   boolean NOT NULL,
    until     timestamptz,
    created   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (group_id, person)
);
CREATE INDEX thread_share_person ON thread_share (person)
"""
# Written out in ``append`` as well: there it is asked for with every batch, and a function of SQL
# with questions in it is not inlined.
VERSION = """
CREATE FUNCTION publishing_version() RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT greatest((SELECT max(c.version) FROM classification c),
                    (SELECT max(t.version) FROM shared_thread t), 0)
$$
"""
APPEND = """
CREATE OR REPLACE FUNCTION append(
    activities json, entries json, people uuid[], streams bigint[], roles text[], rules bigint)
RETURNS TABLE (id bigint, name text, level smallint, "group" text, seq bigint)
LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY SELECT * FROM append(activities, entries, people, streams, roles);
    IF rules <> greatest((SELECT max(c.version) FROM classification c),
                         (SELECT max(t.version) FROM shared_thread t), 0) THEN
        RAISE serialization_failure USING MESSAGE = 'what is published by has changed meanwhile';
    END IF;
END $$
"""


def upgrade() -> None:
    """Create them."""
    for statement in STATEMENTS.split(";\n"):
        op.execute(statement)
    op.execute(VERSION)
    op.execute(APPEND)
