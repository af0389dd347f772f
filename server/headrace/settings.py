"""Every setting: name, type, default, sentence, and what it takes.

The class below is the one table: parsing, error messages, `headrace doctor` and the documentation
come from it. The variable of a setting is HEADRACE_ and its name in capitals. cli.py alone reads
the environment and hands it to Settings.load.
"""

from __future__ import annotations

import base64
import dataclasses
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Self
from urllib.parse import urlsplit

from headrace.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

PREFIX = "HEADRACE_"


class Kind(NamedTuple):
    """What a setting takes, in words, and how its text is read (ValueError: it is not that).
    What ``is_secret`` is never printed, not even where it is wrong."""

    takes: str
    parse: Callable[[str], Any]
    is_secret: bool = False


def between(number: type[int] | type[float], least: float, most: float) -> Kind:
    """A number within these bounds, both included."""

    def parse(text: str) -> float:
        value = number(text)
        if not least <= value <= most:
            raise ValueError(text)
        return value

    word = "a whole number" if number is int else "a number"
    return Kind(f"{word} from {least:,} to {most:,}", parse)


def whole(least: int, most: int) -> Kind:
    """A whole number within these bounds."""
    return between(int, least, most)


def seconds(least: float, most: float) -> Kind:
    """A number of seconds within these bounds."""
    return between(float, least, most)


def url(*schemes: str) -> Kind:
    """A URL of one of these schemes, or nothing."""

    def parse(text: str) -> str:
        if text and urlsplit(text).scheme not in schemes:
            raise ValueError(text)
        return text

    return Kind("a URL that starts with " + " or ".join(f"{name}://" for name in schemes), parse)


def origin() -> Kind:
    """A web origin (RFC 6454, section 7), or nothing."""

    def parse(text: str) -> str:
        if text and not re.fullmatch(r"https?://[^/?#@\s]+", text):
            raise ValueError(text)
        return text.lower()

    return Kind("an origin such as https://stream.example.org, without a path", parse)


def issuer() -> Kind:
    """An issuer's address (OpenID Connect Discovery 1.0, section 3), or nothing."""

    def parse(text: str) -> str:
        if text and not _ISSUER.fullmatch(text):
            raise ValueError(text)
        return text

    return Kind("an https:// address without a query (http:// on this machine only)", parse)


def yes_or_no() -> Kind:
    """Yes or no."""
    meanings = {"yes": True, "true": True, "no": False, "false": False}

    def parse(text: str) -> bool:
        if text.lower() not in meanings:
            raise ValueError(text)
        return meanings[text.lower()]

    return Kind("yes or no", parse)


def words() -> Kind:
    """Words with commas between, in lower case; or nothing."""

    def parse(text: str) -> str:
        return ",".join(word.strip().lower() for word in text.split(",") if word.strip())

    return Kind("words with commas between", parse)


def place() -> Kind:
    """A directory or a bucket of S3, or nothing."""

    def parse(text: str) -> str:
        if "://" in text and not re.fullmatch(r"s3://[a-z0-9][a-z0-9.-]{2,62}(/[^?#]*)?", text):
            raise ValueError(text)
        return text

    return Kind("a directory, or s3://BUCKET or s3://BUCKET/PREFIX", parse)


def one_of(*words: str) -> Kind:
    """One of these words."""

    def parse(text: str) -> str:
        if text not in words:
            raise ValueError(text)
        return text

    return Kind("one of " + ", ".join(words), parse)


def key() -> Kind:
    """A key to seal with, as text, or nothing."""

    def parse(text: str) -> str:
        if text:
            key_bytes(text)
        return text.strip()

    takes = f"{KEY_BYTES} random bytes in base64, as `headrace key new` prints them"
    return Kind(takes, parse, is_secret=True)


def key_bytes(text: str) -> bytes:
    """A key from its text: base64, also with the letters of RFC 4648, section 5, and unpadded.
    Raises ValueError."""
    letters = text.strip().rstrip("=").translate(_PLAIN)
    found = base64.b64decode(letters + "=" * (-len(letters) % 4), validate=True)
    if len(found) != KEY_BYTES:
        raise ValueError("a key has another length")
    return found


#: AES-256.
KEY_BYTES = 32
_PLAIN = str.maketrans("-_", "+/")
_ISSUER = re.compile(
    r"(https://[^/?#@\s]+|http://(localhost|127\.0\.0\.1|\[::1\])(:\d+)?)(/[^?#\s]*)?"
)
TEXT = Kind("text", str)
SECRET = Kind("text", str, is_secret=True)
DIRECTORY = Kind("a directory", lambda text: Path(text).expanduser())


class Rate(NamedTuple):
    """``burst`` at once, then one every ``interval`` seconds."""

    burst: int
    interval: float

    def __str__(self) -> str:
        return f"{self.burst}/{self.interval:g}"


def rate() -> Kind:
    """How often something may happen; None where it may always."""

    def parse(text: str) -> Rate | None:
        if text in ("off", "None"):
            return None
        found = re.fullmatch(r"([1-9][0-9]{0,8})/([0-9]{1,6}(?:\.[0-9]{1,6})?)", text)
        if found is None or not float(found[2]):
            raise ValueError(text)
        return Rate(int(found[1]), float(found[2]))

    return Kind("off, or BURST/SECONDS: so many at once, then one every so many seconds", parse)


class Setting(NamedTuple):
    """A row of the table."""

    name: str
    default: Any
    sentence: str
    kind: Kind

    @property
    def variable(self) -> str:
        """Its environment variable."""
        return PREFIX + self.name.upper()

    def read(self, value: object) -> Any:
        """The value from its text, or from anything that prints as it."""
        text = str(value)
        try:
            return self.kind.parse(text)
        except ValueError as error:
            shown = "wrong" if self.kind.is_secret else repr(masked(text))
            raise ConfigurationError(
                f"{self.name} ({self.variable}) is {shown}, but takes {self.kind.takes}. "
                f"{self.sentence}"
            ) from error


def masked(text: str) -> str:
    """The text without the password of a URL in it."""
    return re.sub(r"(://[^:/@]*:)[^@]*(?=@)", r"\1***", text)


def setting(default: object, kind: Kind, sentence: str) -> Any:
    """A field of the table."""
    return dataclasses.field(
        default=default,
        metadata={"kind": kind, "sentence": sentence},
        repr=not kind.is_secret,
    )


@dataclasses.dataclass(frozen=True, kw_only=True)
class Settings:
    """How this process is set up."""

    # Where things are
    database_url: str = setting(
        "",
        url("postgresql", "postgres"),
        "PostgreSQL, the log; empty starts one of our own in the data directory.",
    )
    redis_url: str = setting(
        "",
        url("redis", "rediss", "unix"),
        "Redis or Valkey, the bus; of a cluster some servers, host:port with commas between; "
        "empty starts one of our own in the data directory.",
    )
    data: Path = setting(
        Path("~/.local/share/headrace").expanduser(),
        DIRECTORY,
        "Directory of the engines of our own, and of files.",
    )

    # Serving
    host: str = setting("127.0.0.1", TEXT, "Address to listen on; 0.0.0.0 and :: are all of them.")
    port: int = setting(8080, whole(0, 65_535), "TCP port to listen on; 0 takes a free one.")
    workers: int = setting(1, whole(1, 256), "Processes that serve, each a node of its own.")
    public_url: str = setting(
        "",
        origin(),
        "Where browsers reach us, for the check of Origin and for security keys; empty takes the"
        " Host they ask for, and localhost for the keys.",
    )
    trusted_proxies: str = setting(
        "127.0.0.1",
        TEXT,
        "Addresses or networks, with commas between, whose X-Forwarded-For and -Proto count.",
    )
    metrics_token: str = setting(
        "", SECRET, "Token with which /metrics is read; empty gives it to this machine alone."
    )
    head_timeout: float = setting(
        20.0,
        seconds(0.1, 600),
        "Seconds that a client has from connecting until the head of its request is whole.",
    )
    body_rate: int = setting(
        1_000,
        whole(1, 2**30),
        "Bytes a second that a request's body comes with, at least, once stall_timeout is over.",
    )
    log_level: str = setting(
        "info", one_of("debug", "info", "warning", "error"), "The least that is logged."
    )

    # Live connections
    heartbeat: float = setting(25.0, seconds(1, 600), "Seconds between two pings.")
    handshake_timeout: float = setting(
        10.0, seconds(0.1, 120), "Seconds that a client has to finish its handshake."
    )
    stall_timeout: float = setting(
        60.0,
        seconds(1, 3_600),
        "Seconds without a byte taken, or given of a request's body, after which a connection is"
        " closed.",
    )
    drain_timeout: float = setting(
        10.0, seconds(0, 600), "Seconds over which a node that goes down sends its clients away."
    )
    drain_rate: float = setting(
        500.0,
        between(float, 0.1, 1_000_000),
        "Clients a second, at least, that a node that goes down sends away.",
    )
    admissions: int = setting(
        16,
        whole(1, 1_000),
        "Handshakes and subscriptions let in at the same time; the others wait for their turn.",
    )
    admission_patience: float = setting(
        5.0, seconds(0, 120), "Seconds that a handshake waits for its turn before it is sent away."
    )
    max_connections: int = setting(
        50_000, whole(1, 1_000_000), "Live connections of a node; more are told to come back later."
    )
    max_connections_person: int = setting(
        200, whole(1, 1_000_000), "Live connections of one person to a node; more are sent away."
    )
    max_connections_address: int = setting(
        0,
        whole(0, 1_000_000),
        "Live connections from one address to a node, as trusted_proxies tell it; 0 is any number,"
        " since a whole company may come from one, and who has no account does not stay.",
    )
    max_subscriptions: int = setting(
        100, whole(1, 100_000), "Subscriptions of one live connection."
    )
    window_bytes: int = setting(
        262_144, whole(4_096, 2**30), "Bytes of recent entries that a node keeps for each stream."
    )
    page_entries: int = setting(
        256, whole(1, 10_000), "Entries read from the log at a time to catch up below the window."
    )
    fan_out: str = setting(
        "auto",
        one_of("auto", "transports"),
        "Write to many sockets with one system call where the kernel has io_uring, or never.",
    )
    deflate: str = setting(
        "shared",
        one_of("shared", "off"),
        "Compress messages for clients that offer it, once for all of them, or never.",
    )
    write_high_water: int = setting(
        65_536, whole(1_024, 2**26), "Unsent bytes above which a connection is lagging."
    )
    catch_up_bytes: int = setting(
        65_536, whole(1_024, 2**26), "Bytes written to a lagging connection before others' turn."
    )
    checkpoint_interval: float = setting(
        10.0, seconds(1, 600), "Seconds between two checkpoints for readers with a filter."
    )
    presence_interval: float = setting(
        2.0,
        seconds(0.25, 600),
        "Seconds between two messages about who is there in a group, however many come and go.",
    )
    presence_expiry: float = setting(
        30.0,
        seconds(1, 3_600),
        "Seconds after which the people of a node that is not heard of any more are gone.",
    )
    retry_spread: float = setting(
        4.0, seconds(0, 600), "Seconds over which clients that are told to come back are spread."
    )
    stream_linger: float = setting(
        30.0,
        seconds(0.05, 3_600),
        "Seconds for which a node goes on following a stream that nobody reads any more.",
    )
    poll_interval: float = setting(
        15.0,
        seconds(0.1, 600),
        "Seconds between two looks at the streams' heads while the bus is up.",
    )
    poll_interval_degraded: float = setting(
        0.5, seconds(0.05, 60), "Seconds between two looks at the streams' heads while it is down."
    )

    endings_interval: float = setting(
        0.5,
        seconds(0.05, 60),
        "Seconds between two looks at which sessions, tokens and accounts have ended: how long a"
        " connection lasts at most after that, whatever the bus does.",
    )
    endings_patience: float = setting(
        30.0,
        seconds(1, 3_600),
        "Seconds without such a look after which a node sends everybody away: it cannot know any"
        " more who may stay.",
    )

    # Limits of what is taken in
    max_message_bytes: int = setting(
        65_536, whole(1_024, 2**24), "Bytes of a message from a live client."
    )
    max_body_bytes: int = setting(1_048_576, whole(1_024, 2**28), "Bytes of a request's body.")
    max_batch_bytes: int = setting(
        33_554_432, whole(1_024, 2**31), "Bytes of the body of a batch of activities."
    )

    max_file_bytes: int = setting(
        104_857_600, whole(1_024, 2**40), "Bytes of one file that is uploaded."
    )
    max_upload_bytes_a_day: int = setting(
        2_147_483_648, whole(1_024, 2**50), "Bytes that a person uploads within 24 hours."
    )
    max_image_pixels: int = setting(
        64_000_000, whole(1_000, 10**9), "Pixels of an image that is uploaded."
    )
    refused_file_types: str = setting(
        "", TEXT, "Media types that are not taken, with commas between: text/html, video/*."
    )

    # Files
    file_storage: str = setting(
        "",
        place(),
        "Where files are kept, the same for all nodes; empty takes files in the data directory.",
    )
    storage_reserve: int = setting(
        268_435_456,
        whole(0, 2**50),
        "Bytes that uploads leave free on the disk of the directory they come in to.",
    )
    s3_endpoint: str = setting(
        "", url("http", "https"), "Where the bucket is; empty means Amazon's own."
    )
    s3_region: str = setting("", TEXT, "The bucket's region.")
    s3_access_key: str = setting(
        "", TEXT, "Key of the bucket; empty takes what the machine's own role gives."
    )
    s3_secret_key: str = setting("", SECRET, "Secret of that key.")

    # How often something may be done
    limit_sign_in: Rate | None = setting(
        Rate(10, 30.0), rate(), "Attempts to sign in to one account from one address."
    )
    limit_sign_in_address: Rate | None = setting(
        Rate(100, 1.0), rate(), "Attempts to sign in to any account from one address."
    )
    limit_sign_in_account: Rate | None = setting(
        Rate(50, 10.0),
        rate(),
        "Attempts to sign in to one account from anywhere; beyond it the answer takes longer.",
    )
    limit_second_factor: Rate | None = setting(
        Rate(10, 60.0), rate(), "Second factors that somebody who knows the password tries."
    )
    limit_reset: Rate | None = setting(
        Rate(3, 300.0), rate(), "Letters to one address with a link to choose a new password."
    )
    limit_reset_address: Rate | None = setting(
        Rate(20, 60.0), rate(), "Requests for such letters from one address."
    )
    limit_publish: Rate | None = setting(
        Rate(10_000, 0.01),
        rate(),
        "Activities that one person publishes through a node; off for a load test.",
    )
    limit_preview: Rate | None = setting(
        Rate(100, 0.2), rate(), "Activities that one person has a node preview."
    )
    limit_subscribe: Rate | None = setting(
        Rate(500, 0.1), rate(), "Subscriptions that one person's live connections ask a node for."
    )
    limit_upload: Rate | None = setting(Rate(200, 1.0), rate(), "Files that one person uploads.")
    limit_invite: Rate | None = setting(
        Rate(100, 30.0), rate(), "Invitations and requests to join that one person sends."
    )
    limit_invitation_address: Rate | None = setting(
        Rate(100, 3.0), rate(), "Looks at links of invitations, and uses of them, from one address."
    )
    limit_create_group: Rate | None = setting(
        Rate(50, 60.0), rate(), "Groups that one person creates."
    )
    limit_classify: Rate | None = setting(
        Rate(5, 60.0), rate(), "Times that one person has rules applied to what is there."
    )

    # The log
    publish_batch: int = setting(
        128, whole(1, 10_000), "Activities at most that one transaction publishes."
    )
    database_pool: int = setting(
        10, whole(1, 1_000), "Connections to PostgreSQL of a process, at most."
    )

    # Mail
    smtp_host: str = setting("", TEXT, "SMTP server that takes our mail; empty sends none.")
    smtp_port: int = setting(587, whole(1, 65_535), "TCP port of the SMTP server.")
    smtp_security: str = setting(
        "starttls",
        one_of("starttls", "tls", "none"),
        "How the way to the SMTP server is kept private; none is for one on this machine.",
    )
    smtp_user: str = setting("", TEXT, "Whom we sign in as at the SMTP server; empty does not.")
    smtp_password: str = setting("", SECRET, "The password for that.")
    mail_from: str = setting("headrace@localhost", TEXT, "The address from which our mail comes.")

    # Accounts
    reset_minutes: int = setting(
        30, whole(5, 1_440), "Minutes within which a link to choose a new password is used."
    )
    session_days: int = setting(30, whole(1, 3_650), "Days after which a session ends.")
    ticket_seconds: int = setting(
        30, whole(1, 3_600), "Seconds within which a ticket for a live connection is used."
    )
    security_key_verification: str = setting(
        "preferred",
        one_of("discouraged", "preferred", "required"),
        "Whether a security key asks for a PIN or a finger beside the password; with required, "
        "keys that cannot are refused.",
    )

    secret_key: str = setting(
        "",
        key(),
        "Seals what opens accounts (secrets of apps that make codes) in the database, the same for"
        " all nodes; empty takes the one that `headrace up` keeps in its data directory, and"
        " without one nobody sets up such an app.",
    )
    former_secret_key: str = setting(
        "", key(), "The key before that, until `headrace key change` has sealed everything anew."
    )

    # Signing in with a provider
    oidc_issuer: str = setting(
        "",
        issuer(),
        "OpenID Connect provider that people may sign in with; empty knows passwords alone.",
    )
    oidc_client_id: str = setting("", TEXT, "What the provider calls us.")
    oidc_client_secret: str = setting(
        "", SECRET, "What proves to the provider that it is us; empty is a public client."
    )
    oidc_title: str = setting("OpenID Connect", TEXT, "What people call it, on the button.")
    oidc_scopes: str = setting("openid email profile", TEXT, "What we ask the provider for.")
    oidc_email_claim: str = setting("email", TEXT, "The claim with the e-mail address.")
    oidc_trust_email: bool = setting(
        False,
        yes_or_no(),
        "Whether an address counts as verified if the provider does not say whether it is.",
    )
    oidc_domains: str = setting(
        "", words(), "Domains whose addresses may sign in with it; empty is all of them."
    )
    oidc_create: str = setting(
        "no",
        one_of("no", "employee", "guest"),
        "What somebody becomes who signs in with it and is not known here; no turns them away.",
    )

    # Memberships
    expiry_interval: float = setting(
        30.0,
        seconds(0.1, 3_600),
        "Most seconds between two looks for memberships that are over.",
    )

    @classmethod
    def load(cls, environ: Mapping[str, str], **overrides: object) -> Self:
        """From environment variables and, stronger, overrides; an empty or None one is not set.

        Raises ConfigurationError, naming the setting, its value and what it takes.
        """
        values = {}
        for row in cls.table():
            value = overrides.pop(row.name, None)
            if value is None:
                value = environ.get(row.variable)
            if value is not None and value != "":
                values[row.name] = row.read(value)
        if overrides:
            raise TypeError(f"no such setting: {', '.join(overrides)}")
        return cls(**values)._checked()

    @classmethod
    def table(cls) -> Iterator[Setting]:
        """The rows, in the order above."""
        for field in dataclasses.fields(cls):
            yield Setting(
                field.name, field.default, field.metadata["sentence"], field.metadata["kind"]
            )

    @classmethod
    def unknown(cls, environ: Mapping[str, str]) -> list[str]:
        """Variables that look like settings and are none: most likely misspelt."""
        known = {row.variable for row in cls.table()}
        return sorted(name for name in environ if name.startswith(PREFIX) and name not in known)

    @property
    def embedded(self) -> bool:
        """Whether we start the engines ourselves."""
        return not self.database_url

    @property
    def keeps_key(self) -> bool:
        """Whether the key to seal with is one of our own, in a file."""
        return self.embedded and not self.secret_key

    @property
    def address(self) -> str:
        """Where browsers reach us, or those on this machine where the settings do not say."""
        return self.public_url or f"http://localhost:{self.port}"

    @property
    def is_https(self) -> bool:
        """Whether browsers reach us by https, as far as the settings say."""
        return self.public_url.startswith("https://")

    def shown(self, name: str) -> str:
        """A setting's value as it may be printed."""
        value = getattr(self, name)
        return "***" if value and name in _SECRETS else masked(str(value))

    def _checked(self) -> Self:
        if bool(self.database_url) != bool(self.redis_url):
            missing = "redis_url" if self.database_url else "database_url"
            raise ConfigurationError(
                f"{missing} ({PREFIX}{missing.upper()}) is missing: set both URLs, for servers of "
                "your own, or neither, for the embedded ones."
            )
        if self.former_secret_key and not self.secret_key:
            raise ConfigurationError(
                f"secret_key ({PREFIX}SECRET_KEY) is missing: former_secret_key is the one before."
            )
        if self.oidc_issuer:
            self._check_provider()
        if self.smtp_host and not self.public_url:
            raise ConfigurationError(
                f"public_url ({PREFIX}PUBLIC_URL) is missing: with smtp_host set, letters have to "
                "say where we are, and what a browser claims is not to be believed."
            )
        return self

    def _check_provider(self) -> None:
        for name in ("oidc_client_id", "public_url"):
            if not getattr(self, name):
                raise ConfigurationError(
                    f"{name} ({PREFIX}{name.upper()}) is missing: with oidc_issuer set, the "
                    "provider has to know who we are and where to send people back to."
                )


_SECRETS = frozenset(row.name for row in Settings.table() if row.kind.is_secret)
