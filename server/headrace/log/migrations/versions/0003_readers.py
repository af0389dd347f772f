"""Who reads from which number on and until when; what newcomers see."""

from alembic import op

revision = "0003"
down_revision = "0002"

# Table ``reading`` is written by log/authority alone. Everybody else asks the views: ``reader``
# are those who read at this moment, ``seen`` are the entries that somebody may see. So neither
# an expiry nor a newcomer's floor can be forgotten in a query.
#
# ``floor``: the last number that this person does not see. ``until``: when reading ends.
# ``history_days``: how much newcomers see; NULL everything, 0 nothing from before.
STATEMENTS = """
ALTER TABLE reader RENAME TO reading;
ALTER TABLE reading ADD COLUMN floor bigint NOT NULL DEFAULT 0;
ALTER TABLE reading ADD COLUMN until timestamptz;
CREATE VIEW reader AS
    SELECT person, stream_id, role, since, floor, until FROM reading
    WHERE until IS NULL OR until > now();
CREATE VIEW seen AS
    SELECT r.person, r.role, e.stream_id, e.seq, e.activity, e.posts, e.via, e.granted, e.revoked,
           e.ended, e.aside
    FROM reader r JOIN entry e ON e.stream_id = r.stream_id AND e.seq > r.floor;
CREATE INDEX membership_expires ON membership (expires) WHERE expires IS NOT NULL;
ALTER TABLE team_group ADD COLUMN history_days integer CHECK (history_days BETWEEN 0 AND 3650)
"""


def upgrade() -> None:
    """Make them."""
    for statement in STATEMENTS.split(";\n"):
        op.execute(statement)
