"""What the HTTP API takes and gives: requests and answers, and nothing of how they come about.

OpenAPI, validation and the documents in ``schemas/`` all come from these types.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from headrace.model.activities import (
    MAX_ATTACHMENTS,
    MAX_CONTENT,
    MAX_MENTIONS,
    MAX_TAGS,
    Activity,
    FileType,
    PublishedType,
)
from headrace.model.classification import MAX_RULES, Reason, Rule
from headrace.model.groups import GroupKind, History, PendingState, Role, Visibility
from headrace.model.identity import Scope
from headrace.model.levels import LevelName
from headrace.model.moments import check_moments
from headrace.model.people import Actor, Kind
from headrace.problems import Problem

Title = Annotated[str, Meta(min_length=1, max_length=200)]
Content = Annotated[str, Meta(max_length=MAX_CONTENT)]
Tag = Annotated[str, Meta(min_length=1, max_length=64)]
Mention = Annotated[str, Meta(min_length=1, max_length=254)]
Name = Annotated[str, Meta(min_length=1, max_length=64)]
Id = Annotated[str, Meta(max_length=64)]
KeyName = Annotated[str, Meta(min_length=1, max_length=100, pattern=r"\S")]
CredentialId = Annotated[str, Meta(min_length=1, max_length=1_400)]
Transport = Annotated[str, Meta(max_length=32)]
Moment = Annotated[datetime, Meta(tz=True)]


class Request(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    rename="camel",
    forbid_unknown_fields=True,
    omit_defaults=True,
):
    """Base of all bodies. An unknown field is an error, never silently ignored."""

    def __post_init__(self) -> None:
        check_moments(self)


class Answer(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """Base of all answers."""


# Requests


class SignIn(Request):
    email: Annotated[str, Meta(max_length=254)]
    password: Annotated[str, Meta(max_length=1024)]


class KeyAssertion(Request):
    """What a security key has signed, in base64url (W3C Web Authentication, section 5.2.2)."""

    id: CredentialId
    client_data: Annotated[str, Meta(max_length=4_096)] = msgspec.field(name="clientDataJSON")
    authenticator_data: Annotated[str, Meta(max_length=4_096)]
    signature: Annotated[str, Meta(max_length=8_192)]
    user_handle: Annotated[str, Meta(max_length=100)] | None = None


class KeyAttestation(Request):
    """A new security key, in base64url (W3C Web Authentication, section 5.2.1); ``transports``
    are how the browser reaches it."""

    id: CredentialId
    client_data: Annotated[str, Meta(max_length=4_096)] = msgspec.field(name="clientDataJSON")
    attestation_object: Annotated[str, Meta(max_length=32_768)]
    transports: Annotated[tuple[Transport, ...], Meta(max_length=10)] = ()


class SecondStep(Request):
    """``ticket`` is what the problem second_factor_required gave. Either a code, or what a
    security key has signed."""

    ticket: Annotated[str, Meta(max_length=100)]
    code: Annotated[str, Meta(max_length=64)] | None = None
    key: KeyAssertion | None = None


class HalfSignIn(Request):
    """``ticket`` is what the problem second_factor_required gave."""

    ticket: Annotated[str, Meta(max_length=100)]


class PasswordProof(Request):
    password: Annotated[str, Meta(max_length=1024)]


class Code(Request):
    code: Annotated[str, Meta(max_length=64)]


class FactorProof(Request):
    """The password, and a code of the second factor or one to recover with, or what a security
    key has signed."""

    password: Annotated[str, Meta(max_length=1024)]
    code: Annotated[str, Meta(max_length=64)] | None = None
    key: KeyAssertion | None = None


class NewKey(Request):
    name: KeyName
    key: KeyAttestation


class KeyChange(Request):
    name: KeyName


class ResetWanted(Request):
    email: Annotated[str, Meta(max_length=254)]


class PasswordReset(Request):
    token: Annotated[str, Meta(max_length=100)]
    password: Annotated[str, Meta(max_length=1024)]


class PasswordChange(Request):
    old: Annotated[str, Meta(max_length=1024)]
    new: Annotated[str, Meta(max_length=1024)]


class NewPerson(Request):
    email: Annotated[str, Meta(max_length=254)]
    name: Title
    kind: Kind = Kind.EMPLOYEE
    password: Annotated[str, Meta(max_length=1024)] | None = None
    admin: bool = False


class NewToken(Request):
    """``scopes`` are what it may be used for; with ``groups`` it reaches those alone."""

    name: Annotated[str, Meta(min_length=1, max_length=100)]
    scopes: Annotated[tuple[Scope, ...], Meta(min_length=1, max_length=10)]
    expires: Moment | None = None
    groups: Annotated[tuple[Name, ...], Meta(min_length=1, max_length=100)] | None = None


class PersonChange(Request):
    """What is left out stays. Without ``active``, everything that the account could do ends; with
    it again, memberships, password and tokens are given anew."""

    name: Title | None = None
    email: Annotated[str, Meta(max_length=254)] | None = None
    kind: Kind | None = None
    admin: bool | None = None
    active: bool | None = None


class NewGroup(Request):
    """A group. The answer has its name: that of a secret group ends in what nobody guesses."""

    name: Name
    title: Title
    kind: GroupKind = GroupKind.PROJECT
    visibility: Visibility = Visibility.OPEN
    parent: Name | None = None
    history: History = "all"
    members_invite: bool = False


class GroupChange(Request):
    """What is left out stays as it is. ``history`` holds for whoever joins from now on."""

    title: Title | None = None
    visibility: Visibility | None = None
    parent: Name | None = None
    history: History | None = None
    members_invite: bool | None = None


class NewMembership(Request):
    """Without a role, a guest becomes a guest and everybody else a member; it ends by itself when
    it ``expires``."""

    role: Role | None = None
    clearance: LevelName | None = None
    expires: Moment | None = None


class LinkAttachment(Request):
    """Something elsewhere; its type and name are told as they are given."""

    url: Annotated[str, Meta(max_length=2_048)]
    name: Annotated[str, Meta(max_length=255)] | None = None
    media_type: Annotated[str, Meta(max_length=255)] | None = None
    type: Literal["Document", "Image", "Video", "Link"] = "Link"


Attachments = Annotated[tuple[Id | LinkAttachment, ...], Meta(max_length=MAX_ATTACHMENTS)]


class NewInvitation(Request):
    """``subject`` is an address, a handle or ``team:NAME``. An address that nobody has yet gets a
    link, whose secret is in the answer, once; the rest is as for a member."""

    subject: Annotated[str, Meta(min_length=1, max_length=254)]
    role: Role | None = None
    clearance: LevelName | None = None
    expires: Moment | None = None


class InvitationToken(Request):
    token: Annotated[str, Meta(max_length=128)]


class Redemption(Request):
    """The account that a link becomes."""

    token: Annotated[str, Meta(max_length=128)]
    name: Title
    password: Annotated[str, Meta(max_length=1024)]


class NewActivity(Request):
    """``mentions`` are handles or addresses; what the content mentions and tags is added.

    ``object`` is the activity that a Like is about or the Like that an Undo takes back.
    ``also`` names further groups that get the same activity by reference. ``attachment`` holds
    ids of uploads, and links to things elsewhere.
    """

    type: PublishedType = "Create"
    content: Content | None = None
    level: LevelName | None = None
    in_reply_to: Id | None = None
    object: Id | None = None
    tags: Annotated[tuple[Tag, ...], Meta(max_length=MAX_TAGS)] = ()
    mentions: Annotated[tuple[Mention, ...], Meta(max_length=MAX_MENTIONS)] = ()
    attachment: Attachments = ()
    also: Annotated[tuple[Name, ...], Meta(max_length=16)] = ()


class ActivityChange(Request):
    """New content and attachments, or another level. What is left out stays as it is;
    ``attachment`` is all that is to be attached then. Whoever lowers a level gives the reason."""

    content: Content | None = None
    attachment: Attachments | None = None
    level: LevelName | None = None
    reason: Annotated[str, Meta(max_length=500)] = ""


class NewClassification(Request):
    """Rules that raise levels, and the lowest level there is. ``version`` is that of the rules
    that these replace, if it matters that nobody has changed them meanwhile."""

    floor: LevelName = "public"
    rules: Annotated[tuple[Rule, ...], Meta(max_length=MAX_RULES)] = ()
    version: Annotated[int, Meta(ge=0, le=2**53)] | None = None


class ClassificationRun(Request):
    """Rules applied to what is there; with ``rehearsal`` it is only counted."""

    rehearsal: bool = False


class ReadUpTo(Request):
    seq: Annotated[int, Meta(ge=0, le=2**53)]


# Answers


class SignInProvider(Answer):
    """A provider to sign in with: what people call it, and where its button leads.

    The address takes ``next``, a path on this site to go on at.
    """

    title: str
    address: str


class SignInWays(Answer):
    """How one can sign in, beside a password; ``reset`` tells whether a new one comes by mail."""

    provider: SignInProvider | None = None
    reset: bool = False


class SignedOut(Answer):
    """The session is over. ``address`` is where to go to sign out at the provider too."""

    address: str | None = None


class Me(Answer):
    id: str
    email: str
    handle: str
    name: str
    kind: Kind
    admin: bool
    inbox: str
    epoch: str


class KeyAnswer(Answer):
    """A security key. One that is not ``usable`` was made for another address of this server."""

    id: str
    name: str
    created: datetime
    last_used: datetime | None = None
    usable: bool = True


class SecondFactor(Answer):
    """Whether one is asked for; whether there is an app that makes codes, which keys there are,
    and how many codes to recover with are left."""

    on: bool
    recovery_left: int
    app: bool = False
    keys: tuple[KeyAnswer, ...] = ()


class QrCode(Answer):
    """A QR code: its dark parts as the path of an SVG image, ``size`` wide and high."""

    size: int
    path: str


class Enrolment(Answer):
    """A secret in base32, and as the address that apps take in, for cameras too."""

    secret: str
    uri: str
    qr: QrCode


class KeyAdded(Answer):
    """``codes`` to recover with come with the first factor; the only time that they are shown."""

    key: KeyAnswer
    codes: tuple[str, ...] = ()


class RecoveryCodes(Answer):
    """The only time that they are shown."""

    codes: tuple[str, ...]


class SessionAnswer(Answer):
    """``network`` and ``agent`` tell from where, no more exactly than one needs to recognise it.

    ``current`` is the session that asks.
    """

    id: str
    created: datetime
    last_used: datetime
    expires: datetime
    network: str
    agent: str
    current: bool = False


class Sessions(Answer):
    items: tuple[SessionAnswer, ...]
    next: str | None = None


class TokenAnswer(Answer):
    """A token without its secret. ``groups`` are the only ones that it reaches, if it has any."""

    id: str
    name: str
    created: datetime
    scopes: tuple[Scope, ...]
    last_used: datetime | None = None
    expires: datetime | None = None
    groups: tuple[str, ...] | None = None


class Tokens(Answer):
    items: tuple[TokenAnswer, ...]
    next: str | None = None


class TokenMade(Answer):
    """The only time that a token is shown."""

    id: str
    token: str


class PersonAnswer(Answer):
    id: str
    email: str
    handle: str
    name: str
    kind: Kind


class PersonDetails(Answer):
    """A person as administrators see them."""

    id: str
    email: str
    handle: str
    name: str
    kind: Kind
    admin: bool
    active: bool


class People(Answer):
    items: tuple[PersonDetails, ...]
    next: str | None = None


class StreamState(Answer):
    """A stream that the asker reads: position, and what is unread of it."""

    stream: str
    level: LevelName
    head: int
    read: int
    unread: int


class SharedThread(msgspec.Struct, frozen=True, rename="camel"):
    """A thread that is shared with the asker, who is no member of its group: its first post, and
    whether they may answer."""

    first_post: str
    replies: bool


class GroupAnswer(Answer):
    """A group; ``history`` is how much of it newcomers see. ``role`` and ``streams`` (those the
    asker reads) are there for members only. ``thread`` belongs to the kind thread: what is read
    there is one thread of a group that is not named."""

    name: str
    title: str
    kind: GroupKind
    visibility: Visibility
    parent: str | None = None
    history: History = "all"
    members_invite: bool = False
    role: Role | None = None
    streams: tuple[StreamState, ...] = ()
    thread: SharedThread | None = None


class MemberAnswer(Answer):
    """A row of the member list: a person, or a team that subscribes as a whole."""

    type: Literal["person", "team"]
    name: str
    role: Role
    handle: str | None = None
    team: str | None = None
    clearance: LevelName | None = None
    expires: datetime | None = None
    kind: Kind | None = None


class PendingAnswer(Answer):
    """A membership that is not there yet. ``state`` says who has to answer: asked, owners and
    moderators; consent, an owner; offered, ``whom`` it is for. ``expires`` is when it is void,
    ``until`` when the membership would end; ``email`` and ``token`` belong to a link."""

    id: str
    group: str
    title: str
    state: PendingState
    inviter: Actor
    created: datetime
    expires: datetime
    whom: Actor | None = None
    email: str | None = None
    role: Role | None = None
    clearance: LevelName | None = None
    until: datetime | None = None
    token: str | None = None


class PendingAnswers(Answer):
    items: tuple[PendingAnswer, ...]
    next: str | None = None


class LinkAnswer(Answer):
    """What a link is for, to whoever has it: a group by title and name, and an address."""

    group: str
    name: str
    inviter: str
    email: str
    expires: datetime


class NewShare(Request):
    """How a thread is shared with somebody: whether they may answer, and until when."""

    replies: bool = True
    expires: datetime | None = None


class ShareAnswer(Answer):
    """Somebody outside who reads a thread, or who would where an owner agrees (``waits``)."""

    person: Actor
    kind: Kind
    replies: bool
    waits: bool = False
    inviter: Actor | None = None
    expires: datetime | None = None


class SharesAnswer(Answer):
    """With whom a thread is shared. ``mayShare``: whether the asker may share or propose it."""

    items: tuple[ShareAnswer, ...]
    may_share: bool


class Receipt(Answer):
    """What publishing answers: the level, and what raised it, if something did. ``unreached``
    are mentions that reach nobody who reads this."""

    id: str
    stream: str
    seq: int
    published: datetime
    level: LevelName
    raised: tuple[Reason, ...] = ()
    unreached: tuple[str, ...] = ()


class AuditEntry(Answer):
    """Who did what to whom. ``previous`` is the hash of the entry before, ``hash`` its own."""

    no: int
    at: datetime
    actor: str
    action: str
    subject: str
    detail: dict[str, Any]
    previous: str
    hash: str


class AuditEntries(Answer):
    items: tuple[AuditEntry, ...]
    next: str | None = None


class FileAnswer(Answer):
    """An upload. ``url`` gives its bytes, ``preview`` a small image of it, ``sha256`` is in hex."""

    id: str
    type: FileType
    name: str
    media_type: str
    size: int
    sha256: str
    url: str
    width: int | None = None
    height: int | None = None
    preview: str | None = None


class BatchResult(Answer):
    """One line of a batch's answer: a receipt, or a problem with its line number."""

    line: int
    id: str | None = None
    stream: str | None = None
    seq: int | None = None
    published: datetime | None = None
    level: LevelName | None = None
    raised: tuple[Reason, ...] = ()
    unreached: tuple[str, ...] = ()
    error: Problem | None = None


class ClassificationAnswer(Answer):
    """The rules of a group or of the organisation; version 0 says that there were never any."""

    floor: LevelName
    rules: tuple[Rule, ...]
    version: int


class LevelChangeAnswer(Answer):
    """How a level changed: by whom, why, and by which rules. ``along`` says that it followed what
    the post answers."""

    at: datetime
    by: Actor
    was: LevelName
    became: LevelName
    reason: str = ""
    raised: tuple[Reason, ...] = ()
    along: bool = False


class ActivityHistory(Answer):
    """The changes of level that an activity went through, newest first."""

    items: tuple[LevelChangeAnswer, ...]


class External(Answer):
    """Somebody from outside: of the organisation or, in a shared thread, of its group."""

    name: str
    handle: str


class Audience(Answer):
    """Who reads a level of a group, by role, and who of them does not belong to the organisation.
    In a shared thread, everybody is from outside.

    Who comes through a secret team is there for those who know of that team.
    """

    group: str
    level: LevelName
    readers: dict[Role, int]
    externals: tuple[External, ...] = ()


class Audiences(Answer):
    """A group's audiences at the levels that the asker reads, the lowest first."""

    items: tuple[Audience, ...]


class Preview(Answer):
    """What publishing would come to: the level, what raises it to that, who would see it live
    (``audience``, by group), whose inboxes it would reach besides, and the mentions that would
    reach nobody, because nobody is called that or they do not read it."""

    level: LevelName
    audience: tuple[Audience, ...]
    raised: tuple[Reason, ...] = ()
    inbox: tuple[str, ...] = ()
    unreached: tuple[str, ...] = ()


class WayAnswer(Answer):
    """How somebody comes to be in a group: through these teams, one in another, or in person."""

    teams: tuple[str, ...]
    role: Role
    clearance: LevelName | None = None


class PlaceAnswer(Answer):
    """Why somebody sees an activity in a group, or does not.

    ``reason``: ``reads``, ``not_a_member``, ``level`` (above ``clearance``, the highest level that
    they read there) or ``newcomer`` (it is from before they joined, and hidden from newcomers).
    ``seq`` is its number in the stream, whose last is ``head``. ``live`` says that they followed
    the stream when it came; to which of their devices it was sent, nobody writes down. ``read``
    says that they have marked it as read, ``inbox`` that it was directed at them.
    """

    group: str
    level: LevelName
    sees: bool
    reason: Literal["reads", "not_a_member", "level", "newcomer"]
    seq: int
    head: int
    role: Role | None = None
    clearance: LevelName | None = None
    ways: tuple[WayAnswer, ...] = ()
    live: bool = False
    read: bool = False
    inbox: bool = False


class Explanation(Answer):
    """Why a person sees an activity or does not. ``at`` is when it came to its level; ``passes``
    whether it passes the filter asked about."""

    activity: str
    person: External
    sees: bool
    at: datetime
    places: tuple[PlaceAnswer, ...]
    deleted: bool = False
    passes: bool | None = None


class Activities(Answer):
    items: tuple[Activity, ...]
    next: str | None = None


class Groups(Answer):
    items: tuple[GroupAnswer, ...]
    next: str | None = None


class Members(Answer):
    items: tuple[MemberAnswer, ...]
    next: str | None = None


class EntryAnswer(Answer):
    seq: int
    activity: Activity


class Entries(Answer):
    """The resume path over HTTP. ``head`` is the stream's head when the page was read, ``floor``
    the last number before what the asker may see of it: numbers begin after it."""

    items: tuple[EntryAnswer, ...]
    head: int
    floor: int = 0
    next: str | None = None


class Ticket(Answer):
    """A ticket for one WebSocket handshake: ``/api/v1/live?ticket=``."""

    ticket: str
    expires_in: int


class Health(Answer):
    status: Literal["ok", "degraded", "down"]
    checks: dict[str, str] = {}
