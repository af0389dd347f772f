"""The log: people, groups, streams, activities, entries, cursors, accounts, audit."""

from alembic import op

revision = "0001"
down_revision = None

# No foreign keys on activity, entry, reader and cursor: they are written by one door only
# (publishing), and a check per row costs more than the row itself.
STATEMENTS = """
CREATE TABLE installation (
    one     boolean PRIMARY KEY DEFAULT true CHECK (one),
    secret  uuid NOT NULL DEFAULT gen_random_uuid()
);
INSERT INTO installation DEFAULT VALUES;

CREATE TABLE team_group (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name        text NOT NULL UNIQUE,
    title       text NOT NULL,
    kind        text NOT NULL CHECK (kind IN ('team', 'project', 'community', 'customer')),
    visibility  text NOT NULL CHECK (visibility IN ('open', 'closed', 'secret')),
    parent      bigint REFERENCES team_group CHECK (parent <> id),
    created     timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX team_group_parent ON team_group (parent) WHERE parent IS NOT NULL;

CREATE TABLE person (
    id        uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    email     text NOT NULL UNIQUE,
    handle    text NOT NULL UNIQUE,
    name      text NOT NULL,
    kind      text NOT NULL CHECK (kind IN ('employee', 'guest', 'service')),
    admin     boolean NOT NULL DEFAULT false,
    active    boolean NOT NULL DEFAULT true,
    password  text,
    inbox     bigint NOT NULL,
    created   timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE stream (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name      text NOT NULL UNIQUE,
    group_id  bigint REFERENCES team_group,
    level     smallint CHECK (level BETWEEN 0 AND 2),
    head      bigint NOT NULL DEFAULT 0,
    posts     bigint NOT NULL DEFAULT 0,
    UNIQUE (group_id, level),
    CHECK ((group_id IS NULL) = (level IS NULL))
) WITH (fillfactor = 50);
ALTER TABLE person ADD FOREIGN KEY (inbox) REFERENCES stream;
CREATE UNIQUE INDEX person_inbox ON person (inbox);

CREATE TABLE membership (
    group_id   bigint NOT NULL REFERENCES team_group,
    person     uuid REFERENCES person,
    team       bigint REFERENCES team_group CHECK (team <> group_id),
    role       text NOT NULL CHECK (role IN ('owner', 'moderator', 'member', 'guest')),
    clearance  smallint CHECK (clearance BETWEEN 0 AND 2),
    since      timestamptz NOT NULL DEFAULT now(),
    expires    timestamptz,
    source     text NOT NULL DEFAULT 'api',
    UNIQUE (group_id, person),
    UNIQUE (group_id, team),
    CHECK ((person IS NULL) <> (team IS NULL))
);
CREATE INDEX membership_person ON membership (person) WHERE person IS NOT NULL;
CREATE INDEX membership_team ON membership (team) WHERE team IS NOT NULL;

CREATE TABLE reader (
    person     uuid NOT NULL,
    stream_id  bigint NOT NULL,
    role       text NOT NULL,
    since      bigint NOT NULL,
    PRIMARY KEY (person, stream_id)
);
CREATE INDEX reader_stream ON reader (stream_id, person);

CREATE TABLE activity (
    id            uuid PRIMARY KEY,
    type          text NOT NULL,
    actor         uuid NOT NULL,
    object        uuid,
    object_actor  jsonb,
    target        bigint,
    in_reply_to   uuid,
    thread        uuid,
    level         smallint NOT NULL,
    content       text,
    folded        text,
    tags          text[] NOT NULL DEFAULT '{}',
    mentions      text[] NOT NULL DEFAULT '{}',
    attachment    jsonb,
    published     timestamptz NOT NULL,
    updated       timestamptz,
    deleted       timestamptz,
    former_type   text,
    source        text,
    source_key    text
);
CREATE UNIQUE INDEX activity_source ON activity (source, source_key) WHERE source_key IS NOT NULL;
CREATE INDEX activity_object ON activity (object, actor) WHERE object IS NOT NULL;
CREATE INDEX activity_thread ON activity (thread) WHERE thread IS NOT NULL;
CREATE INDEX activity_tags ON activity USING gin (tags);
CREATE INDEX activity_mentions ON activity USING gin (mentions);
CREATE INDEX activity_words ON activity USING gin (string_to_array(folded, ' '));

CREATE TABLE entry (
    stream_id  bigint NOT NULL,
    seq        bigint NOT NULL,
    activity   uuid NOT NULL,
    posts      bigint NOT NULL,
    via        bigint,
    granted    uuid[],
    revoked    uuid[],
    ended      boolean,
    aside      boolean NOT NULL,
    PRIMARY KEY (stream_id, seq)
);
CREATE INDEX entry_in_time ON entry (stream_id, activity) INCLUDE (seq, aside);
CREATE INDEX entry_activity ON entry (activity);

CREATE TABLE cursor (
    person       uuid NOT NULL,
    stream_id    bigint NOT NULL,
    read_seq     bigint NOT NULL DEFAULT 0,
    read_posts   bigint NOT NULL DEFAULT 0,
    own_after    bigint NOT NULL DEFAULT 0,
    muted_until  timestamptz,
    PRIMARY KEY (person, stream_id)
) WITH (fillfactor = 70);

CREATE TABLE session (
    hash     bytea PRIMARY KEY,
    person   uuid NOT NULL REFERENCES person,
    created  timestamptz NOT NULL DEFAULT now(),
    expires  timestamptz NOT NULL
);
CREATE INDEX session_person ON session (person);

CREATE TABLE token (
    hash     bytea PRIMARY KEY,
    person   uuid NOT NULL REFERENCES person,
    name     text NOT NULL,
    created  timestamptz NOT NULL DEFAULT now(),
    expires  timestamptz
);
CREATE INDEX token_person ON token (person);

CREATE UNLOGGED TABLE ticket (
    hash     bytea PRIMARY KEY,
    person   uuid NOT NULL,
    session  bytea,
    expires  timestamptz NOT NULL
);

CREATE TABLE audit (
    no        bigint PRIMARY KEY,
    at        timestamptz NOT NULL,
    actor     text NOT NULL,
    action    text NOT NULL,
    subject   text NOT NULL,
    detail    jsonb NOT NULL,
    previous  bytea NOT NULL,
    hash      bytea NOT NULL
)
"""


def upgrade() -> None:
    """Create everything."""
    for statement in STATEMENTS.split(";\n"):
        op.execute(statement)
