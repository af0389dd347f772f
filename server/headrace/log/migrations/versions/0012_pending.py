"""Memberships that are not there yet: asked for, or offered; and groups whose members invite."""

from alembic import op

revision = "0012"
down_revision = "0011"

# ``state``: asked (by the person; owners and moderators answer), consent (proposed; an owner
# answers), offered (the person, or whoever has the link, answers). ``voucher`` is the person by
# whose right it was offered. A link's token is kept as its hash.
STATEMENTS = """
CREATE TABLE pending (
    id        uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    group_id  bigint NOT NULL REFERENCES team_group,
    person    uuid REFERENCES person,
    team      bigint REFERENCES team_group,
    email     text,
    token     bytea UNIQUE,
    state     text NOT NULL CHECK (state IN ('asked', 'consent', 'offered')),
    role      text CHECK (role IN ('owner', 'moderator', 'member', 'guest')),
    clearance smallint CHECK (clearance BETWEEN 0 AND 2),
    until     timestamptz,
    inviter   uuid NOT NULL REFERENCES person,
    voucher   uuid NOT NULL REFERENCES person,
    created   timestamptz NOT NULL DEFAULT now(),
    expires   timestamptz NOT NULL,
    UNIQUE (group_id, person),
    UNIQUE (group_id, team),
    UNIQUE (group_id, email),
    CHECK (num_nonnulls(person, team, email) = 1),
    CHECK ((email IS NULL) = (token IS NULL))
);
CREATE INDEX pending_person ON pending (person) WHERE person IS NOT NULL;
CREATE INDEX pending_expires ON pending (expires);
ALTER TABLE team_group ADD COLUMN members_invite boolean NOT NULL DEFAULT false
"""


def upgrade() -> None:
    """Make them."""
    for statement in STATEMENTS.split(";\n"):
        op.execute(statement)
