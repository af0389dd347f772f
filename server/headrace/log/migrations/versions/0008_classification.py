"""Rules that raise levels, and the changes of level that came of them and of people."""

from alembic import op

revision = "0008"
down_revision = "0007"

# ``version`` says to publishers whether they know the newest rules. An activity whose level
# changes goes on as a new one, which ``formerly`` was the old one; what it was raised by is in
# ``classified``, the rules that somebody overruled for it in ``overruled``.
STATEMENTS = """
CREATE SEQUENCE classification_version;
CREATE TABLE classification (
    group_id  bigint UNIQUE NULLS NOT DISTINCT REFERENCES team_group,
    rules     jsonb NOT NULL,
    version   bigint NOT NULL UNIQUE
);
ALTER TABLE activity
    ADD COLUMN formerly uuid, ADD COLUMN classified jsonb, ADD COLUMN overruled jsonb;
CREATE UNIQUE INDEX activity_formerly ON activity (formerly) WHERE formerly IS NOT NULL;
CREATE TABLE level_change (
    activity  uuid PRIMARY KEY,
    at        timestamptz NOT NULL,
    person    uuid NOT NULL,
    was       smallint NOT NULL,
    became    smallint NOT NULL,
    why       text NOT NULL,
    reasons   jsonb NOT NULL,
    along     boolean NOT NULL
)
"""
# Whoever changes rules locks the streams concerned: what is appended after that has to be by them.
APPEND = """
CREATE FUNCTION append(
    activities json, entries json, people uuid[], streams bigint[], roles text[], rules bigint)
RETURNS TABLE (id bigint, name text, level smallint, "group" text, seq bigint)
LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY SELECT * FROM append(activities, entries, people, streams, roles);
    IF rules <> (SELECT coalesce(max(c.version), 0) FROM classification c) THEN
        RAISE serialization_failure USING MESSAGE = 'the rules have changed meanwhile';
    END IF;
END $$
"""


def upgrade() -> None:
    """Create them."""
    for statement in STATEMENTS.split(";\n"):
        op.execute(statement)
    op.execute(APPEND)
