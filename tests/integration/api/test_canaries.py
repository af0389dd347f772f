"""Serializers are allow-lists: what a column keeps to itself is in no answer and no entry.

A canary goes into every column of the database that others are not meant to read; then people
ask for everything they can. A new column has to be named here, as shown or as private.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from headrace.api.routes import ROUTES
from tests.integration.api.conftest import V1, Site

if TYPE_CHECKING:
    from headrace.log.database import Connection
    from headrace.model.people import Person

CANARY = "canary"
HEX = CANARY.encode().hex()

#: What its owner may see, and nobody else.
OWN = "'canary-' || (SELECT handle || '@example.org' FROM person p WHERE p.id = person)"
#: What each private column gets. Bytes would show as text, in hex or in base64.
PRIVATE = {
    "person.email": "'canary-' || handle || '@example.org'",
    "person.password": "'canary'",
    "membership.source": "'canary'",
    "team_group.source": "'canary'",
    "token.name": OWN,
    "totp.secret": "'canary'",
    "totp.sealed": "'canary'",
    "half_sign_in.password": "'canary'",
    "security_key.name": OWN,
    "security_key.rp_id": "'canary'",
    "security_key.transports": "ARRAY['canary']",
    "security_key.credential": "('canary' || id)::bytea",
    "security_key.public_key": "'canary'",
    "session.network": OWN,
    "session.agent": OWN,
    "activity.folded": "folded || ' canary'",
    "activity.source": "'api:canary'",
    "activity.source_key": "'canary' || id",
    "activity.classified": '\'[{"rule": "canary"}]\'',
    "activity.overruled": '\'[{"rule": "canary"}]\'',
    "classification.rules": '\'{"rules": [{"name": "canary", "level": "internal", '
    '"words": ["canary"]}]}\'',
    "audit.actor": "'canary'",
    "audit.action": "'canary'",
    "audit.subject": "'canary'",
    "audit.detail": '\'{"canary": "canary"}\'',
    "audit.previous": "'canary'",
    "audit.hash": "'canary'",
    "file.name": "'canary'",
    "file.media_type": "'canary'",
    "pending.email": "'canary@example.org'",
    "account_elsewhere.origin": "'canary'",
    "account_elsewhere.account": "'canary' || person",
    "account_elsewhere.names": "ARRAY['canary']",
    "provided_person.issuer": "'canary'",
    "provided_person.subject": "'canary' || person",
    "provided_session.issuer": "'canary'",
    "provided_session.subject": "'canary'",
    "provided_session.sid": "'canary'",
    "provided_session.hint": "'canary'",
    "sign_in_attempt.next": "'/canary'",
    "provisioned_person.user_name": "'canary'",
    "provisioned_person.external_id": "'canary'",
    "provisioned_person.given_name": "'canary'",
    "provisioned_person.family_name": "'canary'",
    "provisioned_person.email_type": "'canary'",
    "provisioned_team.external_id": "'canary'",
}
#: What cannot hold a text: asked for by its value below, or a key, number, time or word of a list
#: that means nothing outside.
WITHOUT_TEXT = {
    "activity": {"deleted", "formerly", "id", "level", "published", "target", "updated"},
    "attempt": {"full_at", "key"},
    "audit": {"at", "no"},
    "classification": {"group_id", "version"},
    "cursor": {"muted_until", "own_after", "person", "read_posts", "read_seq", "stream_id"},
    "entry": {
        *("activity", "aside", "ended", "granted", "posts", "revoked", "seq", "stream_id", "via"),
    },
    "file": {
        *("attached", "checked", "created", "height", "id", "person", "preview", "ready"),
        *("sha256", "size", "type", "width"),
    },
    "ending": {"at", "credentials", "no", "person"},
    "credential": {  # a view of session and token
        *("id", "hash", "person", "expires", "last_used", "is_session", "scopes", "groups"),
    },
    "history": {"began", "one"},
    "installation": {"endings", "imprint", "one", "secret"},
    "level_change": {"activity", "along", "at", "became", "person", "was"},
    "membership": {"clearance", "expires", "group_id", "person", "role", "since", "team"},
    "half_sign_in": {"expires", "hash", "person"},
    "key_challenge": {"challenge", "expires", "holder"},
    "recovery_code": {"hash", "person"},
    "security_key": {"counter", "created", "id", "last_used", "person"},
    "sealing_key": {"id", "one"},
    "totp": {"confirmed", "last_step", "person"},
    "password_reset": {"expires", "hash", "person"},
    "person": {"active", "admin", "created", "id", "inbox", "kind"},
    "reading": {"floor", "person", "role", "since", "stream_id", "until"},
    "shared_thread": {"group_id", "home", "thread", "version"},
    "stream": {"group_id", "head", "id", "level", "posts"},
    "pending": {
        *("clearance", "created", "expires", "group_id", "id", "inviter", "person", "role"),
        *("state", "team", "token", "until", "voucher"),
    },
    "team_group": {
        *("created", "history_days", "id", "kind", "members_invite", "parent", "visibility"),
    },
    "session": {"created", "expires", "hash", "id", "last_used", "person"},
    "thread_share": {"created", "group_id", "inviter", "person", "replies", "until", "waits"},
    "ticket": {"credential", "expires", "hash", "person"},
    "token": {"created", "expires", "hash", "id", "last_used", "person", "scopes"}
    # Names of groups that limit whoever asks: see test_sessions.py.
    | {"groups"},
    "account_elsewhere": {"person"},
    "alembic_version": {"version_num"},
    "provided_person": {"person", "since"},
    "provisioned_member": {"group_id", "person", "team"},
    "provisioned_person": {"changed", "is_primary", "person", "removed"},
    "provisioned_team": {"changed", "group_id", "removed"},
    "provided_session": {"session"},
    "sign_in_attempt": {"browser", "expires", "state"},
}
#: What readers are shown.
SHOWN = {
    "activity": {
        *("actor", "attachment", "content", "former_type", "in_reply_to", "mentions", "object"),
        *("object_actor", "tags", "thread", "type"),
    },
    "level_change": {"reasons", "why"},
    "person": {"handle", "name"},
    "stream": {"name"},
    "team_group": {"name", "title"},
}


async def test_every_column_is_known_as_shown_or_private(site: Site) -> None:
    private: dict[str, set[str]] = {}
    for place in PRIVATE:
        table, _, column = place.partition(".")
        private.setdefault(table, set()).add(column)
    async with site.organisation.database.connection() as connection:
        columns = await _columns(connection)
    known = {
        table: WITHOUT_TEXT.get(table, set()) | SHOWN.get(table, set()) | private.get(table, set())
        for table in columns
    }
    assert columns == known


@pytest.mark.parametrize("handle", ["jonas", "gus", "olga"])
async def test_l13_no_answer_and_no_entry_holds_what_is_private(site: Site, handle: str) -> None:
    organisation = site.organisation
    asker: Person = getattr(organisation, handle)
    paths = await _paths(site, asker)
    client = await site.client(asker)
    secrets = await _plant(site)
    asked = 0
    for path in paths:
        answer = await client.get(path)
        text = answer.text.replace(f"{CANARY}-{asker.handle}@example.org", "")  # one's own
        assert CANARY not in text, path
        assert HEX not in text, path
        assert not [secret for secret in secrets if secret in text], path
        asked += answer.is_success
    assert asked >= 7
    entries = msgspec.json.encode([entry.activity for entry in organisation.told]).decode()
    assert CANARY not in entries
    assert "@example.org" not in entries


async def _columns(connection: Connection) -> dict[str, set[str]]:
    rows = await connection.fetch(
        "SELECT table_name, column_name FROM information_schema.columns "
        "JOIN information_schema.tables USING (table_schema, table_name) "
        "WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
    )
    found: dict[str, set[str]] = {}
    for row in rows:
        found.setdefault(row["table_name"], set()).add(row["column_name"])
    return found


async def _paths(site: Site, asker: Person) -> list[str]:
    """Every address that shows something, about what there is."""
    organisation = site.organisation
    await site.accounts.set_password(organisation.jonas, "a long password")
    posts = [
        await organisation.post(by, "hello @mia @jonas @gus", source="api:x", source_key=by.handle)
        for by in (organisation.mia, organisation.gus)
    ]
    paths = []
    for route in ROUTES:
        if route.method == "GET":
            path = route.path.replace("{name}", "qm").replace("{id}", posts[1].id)
            paths.append(path.replace("{stream}", posts[1].stream))
    searches = [f"{V1}/search?q={text}" for text in ("hello", f"-{CANARY}", "type:Add,Join,Create")]
    return [*paths, *searches, f"{V1}/streams/{asker.inbox}/entries"]


async def _plant(site: Site) -> list[str]:
    """Canaries into every private text; answers the private values that are no text."""
    async with site.organisation.database.connection() as connection:
        await connection.execute("INSERT INTO account_elsewhere SELECT 'x', handle, id FROM person")
        await connection.execute(
            "INSERT INTO provided_person SELECT 'x', id, id, now() FROM person"
        )
        await connection.execute(
            "INSERT INTO classification SELECT id, '{}', id FROM team_group WHERE name = 'qm'"
        )
        await connection.execute(
            "INSERT INTO security_key (person, credential, rp_id, name, public_key, counter,"
            " transports, created)"
            " SELECT id, id::text::bytea, '', '', '', 0, '{}', now() FROM person"
        )
        await connection.execute("ALTER TABLE audit DISABLE TRIGGER append_only")
        for place, value in PRIVATE.items():
            table, _, column = place.partition(".")
            await connection.execute(f"UPDATE {table} SET {column} = {value}")
        rows = await connection.fetch(
            "SELECT secret::text FROM installation "
            "UNION ALL SELECT encode(hash, 'hex') FROM token "
            "UNION ALL SELECT encode(hash, 'base64') FROM token"
        )
    return [row["secret"] for row in rows]
