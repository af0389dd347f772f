"""Files that people attach: what is known of them. Their bytes are elsewhere."""

from alembic import op

revision = "0006"
down_revision = "0005"

# ``preview``: bytes of a small image of it. ``ready``: its bytes are where they are kept.
# ``attached``: when a post first carried it; until then it is its uploader's alone. ``checked``:
# when it was last known to be carried or new.
# Which posts carry a file is in activity.attachment and nowhere else, so that whatever changes or
# deletes a post decides about its files too.
STATEMENTS = """
CREATE TABLE file (
    id          uuid PRIMARY KEY,
    person      uuid NOT NULL REFERENCES person,
    name        text NOT NULL,
    type        text NOT NULL CHECK (type IN ('Document', 'Image', 'Video')),
    media_type  text NOT NULL,
    size        bigint NOT NULL CHECK (size > 0),
    sha256      bytea NOT NULL,
    width       integer,
    height      integer,
    preview     integer,
    ready       boolean NOT NULL DEFAULT false,
    created     timestamptz NOT NULL,
    attached    timestamptz,
    checked     timestamptz NOT NULL
);
CREATE INDEX file_person ON file (person, created);
CREATE INDEX file_checked ON file (checked);
CREATE INDEX activity_files ON activity USING gin (attachment jsonb_path_ops)
    WHERE attachment IS NOT NULL
"""


def upgrade() -> None:
    """Create them."""
    for statement in STATEMENTS.split(";\n"):
        op.execute(statement)
