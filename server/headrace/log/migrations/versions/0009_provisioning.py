"""People, teams and members as a directory elsewhere provisions them."""

from alembic import op

revision = "0009"
down_revision = "0008"

# ``removed`` hides from the directory what it deleted: the account is closed, the team empty, but
# what was published stays. ``provisioned_member`` is whom the directory put into a team, whether
# or not they are active, and whatever other ways they have into it.
STATEMENTS = """
CREATE TABLE provisioned_person (
    person       uuid PRIMARY KEY REFERENCES person,
    user_name    text NOT NULL,
    external_id  text,
    given_name   text,
    family_name  text,
    email_type   text,
    is_primary   boolean,
    changed      timestamptz NOT NULL,
    removed      boolean NOT NULL DEFAULT false
);
CREATE INDEX provisioned_person_user_name ON provisioned_person (lower(user_name));
CREATE TABLE provisioned_team (
    group_id     bigint PRIMARY KEY REFERENCES team_group,
    external_id  text,
    changed      timestamptz NOT NULL,
    removed      boolean NOT NULL DEFAULT false
);
CREATE TABLE provisioned_member (
    group_id  bigint NOT NULL REFERENCES team_group,
    person    uuid REFERENCES person,
    team      bigint REFERENCES team_group,
    UNIQUE (group_id, person),
    UNIQUE (group_id, team),
    CHECK ((person IS NULL) <> (team IS NULL))
);
CREATE INDEX provisioned_member_person ON provisioned_member (person) WHERE person IS NOT NULL
"""


def upgrade() -> None:
    """Create them."""
    for statement in STATEMENTS.split(";\n"):
        op.execute(statement)
