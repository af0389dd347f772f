"""Passwords: forgotten, changed, chosen; with a real SMTP server for the letters."""

from __future__ import annotations

import re
import socket
from datetime import timedelta
from email import message_from_bytes, policy
from typing import TYPE_CHECKING, Any

import pytest
from aiosmtpd.controller import Controller

from headrace.errors import ResetExpired, Unavailable
from headrace.log import audit
from headrace.mailing import Mailer
from headrace.model.people import Kind
from headrace.settings import Settings
from tests.integration.api.conftest import V1, Site, problem

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from email.message import EmailMessage

    import httpx
    from aiosmtpd.smtp import SMTP, Envelope, Session

    from tests.integration.conftest import Organisation

OLD = "correct horse battery staple"
NEW = "seven tall giraffes in a canoe"


class Office:
    """An SMTP server; ``letters`` are what it took."""

    def __init__(self) -> None:
        self.letters: list[tuple[Envelope, EmailMessage]] = []
        self.refuses = False

    async def handle_DATA(  # noqa: N802 (so aiosmtpd calls it)
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        if self.refuses:
            return "451 try again later"
        content = envelope.content
        assert isinstance(content, bytes)
        read: Any = message_from_bytes(content, policy=policy.default)
        self.letters.append((envelope, read))
        return "250 taken"


@pytest.fixture
def office() -> Iterator[tuple[Office, int]]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    made = Office()
    controller = Controller(made, hostname="127.0.0.1", port=port)
    controller.start()
    yield made, port
    controller.stop()


@pytest.fixture
async def posting(
    organisation: Organisation, office: tuple[Office, int]
) -> AsyncIterator[tuple[Site, Office]]:
    """A site that sends letters."""
    made = Site(
        organisation,
        smtp_host="127.0.0.1",
        smtp_port=office[1],
        smtp_security="none",
        mail_from="headrace@example.org",
        public_url="https://stream.example.org",
    )
    await made.accounts.set_password(organisation.jonas, OLD)
    yield made, office[0]
    await made.accounts.resets.settled()
    await made.close()


async def ask(site: Site, email: str, language: str = "en") -> httpx.Response:
    answer = await site.visitor(**{"Accept-Language": language}).post(
        f"{V1}/password/reset", json={"email": email}
    )
    await site.accounts.resets.settled()
    return answer


def link_in(letter: EmailMessage) -> str:
    found = re.search(r"https://stream\.example\.org/#/reset/(hp_[\w-]+)", letter.get_content())
    assert found is not None, letter.get_content()
    return found[1]


async def choose(site: Site, token: str, password: str = NEW) -> httpx.Response:
    body = {"token": token, "password": password}
    return await site.visitor().put(f"{V1}/password/reset", json=body)


async def sign_in(site: Site, password: str) -> httpx.Response:
    body = {"email": "jonas@example.org", "password": password}
    return await site.visitor().post(f"{V1}/session", json=body)


async def test_who_forgot_the_password_chooses_another_one_and_all_sessions_end(
    posting: tuple[Site, Office],
) -> None:
    site, office = posting
    session, _ = await site.accounts.sign_in("jonas@example.org", OLD)
    assert (await ask(site, " Jonas@Example.org")).status_code == 204
    [(envelope, letter)] = office.letters
    assert envelope.rcpt_tos == ["jonas@example.org"]
    assert letter["Subject"] == "Choose a new password for Headrace"
    assert letter["From"] == "headrace@example.org"
    assert (await choose(site, link_in(letter))).status_code == 204
    old = site.visitor(Cookie=f"headrace_session={session}")
    assert problem(await old.get(f"{V1}/me")) == (401, "unauthenticated")
    assert len(site.organisation.ended[-1].credentials or ()) == 1
    assert problem(await sign_in(site, OLD)) == (401, "bad_credentials")
    assert (await sign_in(site, NEW)).status_code == 201


async def test_l04_each_letter_goes_to_one_person_and_names_nobody_else(
    posting: tuple[Site, Office],
) -> None:
    site, office = posting
    asked = ["jonas@example.org", "mia@example.org"]
    for address in asked:
        await site.accounts.set_password(getattr(site.organisation, address.partition("@")[0]), OLD)
        await ask(site, address)
    assert [envelope.rcpt_tos for envelope, _ in office.letters] == [[one] for one in asked]
    for (_, letter), address in zip(office.letters, asked, strict=True):
        assert letter["To"] == address
        assert letter["Cc"] is letter["Bcc"] is None
        whole = letter.as_string()
        assert not [other for other in asked if other != address and other in whole]


async def test_l28_no_letter_says_anything_that_was_published(
    posting: tuple[Site, Office],
) -> None:
    site, office = posting
    mia = await site.client(site.organisation.mia)
    for level in ("public", "internal", "confidential"):
        answer = await mia.post(
            f"{V1}/groups/qm/activities",
            json={"content": f"canary-{level} @jonas", "level": level},
        )
        assert answer.status_code == 201
    assert office.letters == []
    await ask(site, "jonas@example.org")
    [(_, letter)] = office.letters
    assert "canary" not in letter.as_string()
    assert "qm" not in letter.get_content().split()


async def test_the_letter_is_in_the_language_of_the_browser(posting: tuple[Site, Office]) -> None:
    site, office = posting
    await ask(site, "jonas@example.org", "de-DE,de;q=0.9")
    assert office.letters[0][1]["Subject"] == "Neues Passwort für Headrace wählen"


async def test_a_link_is_used_once_and_takes_all_others_with_it(
    posting: tuple[Site, Office],
) -> None:
    site, office = posting
    for _ in range(2):
        await ask(site, "jonas@example.org")
    first, second = (link_in(letter) for _, letter in office.letters)
    assert (await choose(site, first)).status_code == 204
    for used in (first, second):
        assert problem(await choose(site, used, OLD)) == (410, "reset_expired")


async def test_a_link_is_good_for_half_an_hour(posting: tuple[Site, Office]) -> None:
    site, office = posting
    await ask(site, "jonas@example.org")
    site.organisation.clock.time += timedelta(minutes=30)
    assert problem(await choose(site, link_in(office.letters[0][1]))) == (410, "reset_expired")
    await site.accounts.forget_expired()
    async with site.organisation.database.connection() as connection:
        assert await connection.fetchval("SELECT count(*) FROM password_reset") == 0


@pytest.mark.parametrize("is_moved", [False, True])
async def test_a_link_is_void_once_the_operator_sets_a_password_or_the_address_changes(
    site: Site, *, is_moved: bool
) -> None:
    """Somebody else reads the mail of that address: that is why it is done."""
    olga = site.organisation.olga
    link = await site.accounts.resets.link(olga, olga)
    if is_moved:
        await site.organisation.administration.change_person(
            None, olga.email, email="olga.petrova@example.org"
        )
    else:
        await site.accounts.set_password(olga, OLD)
    with pytest.raises(ResetExpired):
        await site.accounts.resets.reset(link.rpartition("/")[2], NEW)


async def test_a_weak_password_is_refused_and_the_link_stays_good(
    posting: tuple[Site, Office],
) -> None:
    site, office = posting
    await ask(site, "jonas@example.org")
    link = link_in(office.letters[0][1])
    for weak in ("short", "passwordpassword", "jonas@example.org"):
        assert problem(await choose(site, link, weak)) == (422, "weak_password")
    assert (await choose(site, link)).status_code == 204


async def test_nobody_learns_whether_there_is_such_an_account(
    posting: tuple[Site, Office],
) -> None:
    """What depends on that happens after the answer."""
    site, office = posting
    bot = await site.organisation.administration.add_person(
        None, email="bot@example.org", name="Bot", kind=Kind.SERVICE
    )
    await site.organisation.administration.deactivate(None, "gus@customer.example")
    addresses = ("jonas@example.org", bot.email, "gus@customer.example", "nobody@example.org", "")
    answers = [await ask(site, address) for address in addresses]
    assert len({(a.status_code, a.content, str(a.headers)) for a in answers}) == 1
    assert [envelope.rcpt_tos for envelope, _ in office.letters] == [["jonas@example.org"]]


async def test_nobody_is_buried_in_letters(posting: tuple[Site, Office]) -> None:
    site, office = posting
    answers = [await ask(site, "jonas@example.org") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [204, 204, 204, 429]
    assert int(answers[3].headers["retry-after"]) <= 300
    none = [await ask(site, "nobody@example.org") for _ in range(4)]
    assert [answer.status_code for answer in none] == [204, 204, 204, 429]
    assert len(office.letters) == 3


async def test_a_mail_server_that_refuses_is_nobody_elses_problem(
    posting: tuple[Site, Office],
) -> None:
    site, office = posting
    office.refuses = True
    assert (await ask(site, "jonas@example.org")).status_code == 204
    with pytest.raises(Unavailable):
        await Mailer(site.settings).send("jonas@example.org", "x", "y")


async def test_no_name_makes_a_header_of_its_own(office: tuple[Office, int]) -> None:
    settings = Settings(smtp_host="127.0.0.1", smtp_port=office[1], smtp_security="none")
    with pytest.raises(ValueError, match="linefeed"):
        await Mailer(settings).send("a@example.org\r\nBcc: b@example.org", "x", "y")
    assert office[0].letters == []


async def test_without_a_mail_server_the_page_does_not_offer_it(
    site: Site, posting: tuple[Site, Office]
) -> None:
    assert "reset" not in (await site.visitor().get(f"{V1}/sign-in")).json()
    assert (await posting[0].visitor().get(f"{V1}/sign-in")).json()["reset"] is True
    answer = await site.visitor().post(f"{V1}/password/reset", json={"email": "jonas@example.org"})
    assert answer.status_code == 204


async def test_changing_the_password_asks_for_the_old_one_and_ends_all_other_sessions(
    posting: tuple[Site, Office],
) -> None:
    site, _ = posting
    sessions = [(await site.accounts.sign_in("jonas@example.org", OLD))[0] for _ in range(2)]
    own = {"Origin": "https://stream.example.org"}
    mine, other = (site.visitor(Cookie=f"__Host-headrace_session={one}", **own) for one in sessions)
    change = f"{V1}/password"
    assert problem(await mine.put(change, json={"old": "x", "new": NEW})) == (
        401,
        "bad_credentials",
    )
    weak = await mine.put(change, json={"old": OLD, "new": "jonas weber 1"})
    assert problem(weak) == (422, "weak_password")
    assert (await mine.put(change, json={"old": OLD, "new": NEW})).status_code == 204
    assert (await mine.get(f"{V1}/me")).status_code == 200
    assert problem(await other.get(f"{V1}/me")) == (401, "unauthenticated")
    assert (await sign_in(site, NEW)).status_code == 201


async def test_an_administrator_adds_nobody_with_a_weak_password(mia: httpx.AsyncClient) -> None:
    body = {"email": "ada@example.org", "name": "Ada", "password": "ada@example.org"}
    assert problem(await mia.post(f"{V1}/people", json=body)) == (422, "weak_password")


async def test_the_log_holds_no_link_and_the_audit_log_says_what_happened(
    posting: tuple[Site, Office],
) -> None:
    site, office = posting
    await ask(site, "jonas@example.org")
    link = link_in(office.letters[0][1])
    async with site.organisation.database.connection() as connection:
        assert link not in str(await connection.fetch("SELECT * FROM password_reset"))
    await choose(site, link)
    async with site.organisation.database.connection() as connection:
        rows = await connection.fetch("SELECT action, actor FROM audit ORDER BY no")
    assert ("password.reset", "jonas@example.org") in [tuple(row) for row in rows]
    assert link not in str(rows)
    assert (await audit.verify(site.organisation.database)).broken is None
