"""What can go wrong and be told to whoever asked: stable codes, one class each.

The class docstring is the default message; ``code`` never changes once published;
``status`` is the HTTP status (RFC 9110) and ``retry`` says whether the same request
may succeed later without being changed.

    HeadraceError
    ├── Invalid 422
    │   ├── MalformedRequest, MalformedBody, MalformedMessage, WrongFrameType 400
    │   ├── FilterSyntax 400          points at a column
    │   ├── PositionUnknown           a foreign or future position
    │   ├── SignInExpired, LogoutRefused 400, ResetExpired 410
    │   ├── BrokenFile, ImageTooLarge, ArchiveBomb, UnknownFile
    │   ├── FileTypeRefused, UnsupportedMediaType 415
    │   ├── WeakPassword, TooManySubscriptions, GuestLimit, TeamCycle, BrokenLine
    │   └── LevelNotAllowed 403
    │       └── AboveClearance        by a rule, not by choice
    ├── Unauthenticated 401
    │   └── BadCredentials, SecondFactorRequired, BadCode, BadKey
    ├── Forbidden 403
    │   ├── ProviderRefused, EmailUnverified, DomainNotAllowed, NoAccount, AccountClosed
    │   ├── InsufficientScope, OriginNotAllowed
    │   └── ConsentNeeded             an owner of the group has to agree
    ├── NotFound 404                  what one may not see answers the same
    │   └── InvitationUnknown 404, InvitationExpired 410
    ├── MethodNotAllowed 405
    ├── Conflict 409
    │   └── IdentityConflict, LastAdmin, LastOwner
    ├── RequestTimeout, UploadStalled 408, TooLarge 413, RangeNotSatisfiable 416,
    │   UpgradeRequired 426, HeadTooLarge 431
    ├── TooManyRequests 429
    │   └── UploadQuota, TooManyConnections
    ├── Internal, NewerData 500
    ├── ConfigurationError 500
    │   └── SecretKeyMissing, SecretKeyMismatch, SecretKeyFile
    ├── ProviderUntrusted 502
    ├── NoSecretKey, SecretUnreadable 503     until an operator does something
    ├── Unavailable 503               comes back after ``retry_after`` seconds
    │   └── ProviderUnavailable, StorageUnavailable
    └── StorageFull 507
"""

from __future__ import annotations

from typing import Any, ClassVar


class HeadraceError(Exception):
    """Something went wrong."""

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 500
    retry: ClassVar[bool] = False

    def __init__(self, message: str | None = None, **details: Any) -> None:
        self.message = message or (type(self).__doc__ or "").strip().partition("\n")[0]
        self.details = details
        super().__init__(self.message)


class Invalid(HeadraceError):
    """The request is not valid."""

    code = "invalid"
    status = 422


class MalformedRequest(Invalid):
    """That is not a request as HTTP has it."""

    code = "malformed_request"
    status = 400


class MalformedBody(Invalid):
    """The body is not the JSON this call takes."""

    code = "malformed_body"
    status = 400


class MalformedMessage(Invalid):
    """That is not a message of the live protocol."""

    code = "malformed_message"
    status = 400


class WrongFrameType(Invalid):
    """Text on a binary connection, or the other way round."""

    code = "wrong_frame_type"
    status = 400


class FilterSyntax(Invalid):
    """The filter cannot be read."""

    code = "filter_syntax"
    status = 400

    def __init__(self, message: str, column: int, **details: Any) -> None:
        super().__init__(f"{message} (column {column})", column=column, **details)
        self.column = column


class PositionUnknown(Invalid):
    """That position does not exist in this stream: forget it and start again."""

    code = "position_unknown"


class LevelNotAllowed(Invalid):
    """That level is above your clearance or below what it answers."""

    code = "level_not_allowed"
    status = 403


class AboveClearance(LevelNotAllowed):
    """A rule makes this more confidential than you are cleared for here: nothing was published."""

    code = "above_clearance"


class GuestLimit(Invalid):
    """A guest cannot be given that role, clearance or group."""

    code = "guest_limit"


class TeamCycle(Invalid):
    """A team cannot contain itself."""

    code = "team_cycle"


class SignInExpired(Invalid):
    """This sign-in took too long, was used already or began in another browser: begin again."""

    code = "sign_in_expired"
    status = 400


class LogoutRefused(Invalid):
    """That is no logout token of the sign-in provider."""

    code = "logout_refused"
    status = 400


class WeakPassword(Invalid):
    """That password is too short, or too easy to guess."""

    code = "weak_password"


class ResetExpired(Invalid):
    """That link has been used or is too old: ask for a new one."""

    code = "reset_expired"
    status = 410


class Unauthenticated(HeadraceError):
    """Sign in first: the token, session or ticket is missing, wrong or expired."""

    code = "unauthenticated"
    status = 401


class SecondFactorRequired(Unauthenticated):
    """The password is right; now your second factor."""

    code = "second_factor_required"


class BadCode(Unauthenticated):
    """That code is wrong, or was used already."""

    code = "bad_code"


class BadKey(Unauthenticated):
    """That security key was not accepted: try again, or use another way."""

    code = "bad_key"


class BadCredentials(Unauthenticated):
    """E-mail address or password is wrong."""

    code = "bad_credentials"


class Forbidden(HeadraceError):
    """You may not do that."""

    code = "forbidden"
    status = 403


class ProviderRefused(Forbidden):
    """The sign-in provider did not let you in."""

    code = "provider_refused"


class EmailUnverified(Forbidden):
    """The sign-in provider does not say that your e-mail address is verified."""

    code = "email_unverified"


class DomainNotAllowed(Forbidden):
    """Addresses of that domain do not sign in here."""

    code = "domain_not_allowed"


class NoAccount(Forbidden):
    """Nobody here has that e-mail address: ask an administrator for an account."""

    code = "no_account"


class AccountClosed(Forbidden):
    """That account is closed."""

    code = "account_closed"


class ConsentNeeded(Forbidden):
    """An owner of the group has to agree first: invite instead, and an owner is asked."""

    code = "consent_needed"


class InsufficientScope(Forbidden):
    """This token is not for that."""

    code = "insufficient_scope"


class OriginNotAllowed(Forbidden):
    """Requests with a session cookie are taken from this server's own pages only."""

    code = "origin_not_allowed"


class NotFound(HeadraceError):
    """There is nothing here, or nothing that you may see."""

    code = "not_found"
    status = 404


class MethodNotAllowed(HeadraceError):
    """This address does not take that method."""

    code = "method_not_allowed"
    status = 405


class InvitationUnknown(NotFound):
    """This invitation is not known here: it was used, withdrawn, or never given."""

    code = "invitation_unknown"


class InvitationExpired(NotFound):
    """This invitation is too old: ask for a new one."""

    code = "invitation_expired"
    status = 410


class Conflict(HeadraceError):
    """That is there already."""

    code = "conflict"
    status = 409


class IdentityConflict(Conflict):
    """The account with that e-mail address belongs to somebody else at the sign-in provider."""

    code = "identity_conflict"


class LastAdmin(Conflict):
    """There is at least one administrator: name another one first."""

    code = "last_admin"


class LastOwner(Conflict):
    """A group keeps at least one owner: name another one first."""

    code = "last_owner"


class TooLarge(HeadraceError):
    """The request is larger than this server takes."""

    code = "too_large"
    status = 413


class HeadTooLarge(HeadraceError):
    """The request's address and headers are longer than this server takes."""

    code = "head_too_large"
    status = 431


class RequestTimeout(HeadraceError):
    """The request did not arrive in time: send it again, without a pause in it."""

    code = "request_timeout"
    status = 408
    retry = True


class TooManyRequests(HeadraceError):
    """Too many attempts: wait a little and try again.

    Of what somebody who is known does, the details tell which ``limit`` it is, by its setting: so
    often in a row (``most``), then once every ``interval`` seconds, next in ``wait`` seconds.
    """

    code = "rate_limited"
    status = 429
    retry = True


class Unavailable(HeadraceError):
    """A part of the server is not available just now; nothing accepted is lost. Try again."""

    code = "unavailable"
    status = 503
    retry = True

    def __init__(self, message: str | None = None, *, retry_after: int = 2) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class ProviderUnavailable(Unavailable):
    """The sign-in provider does not answer just now; passwords still work."""

    code = "provider_unavailable"


class ProviderUntrusted(HeadraceError):
    """What the sign-in provider says cannot be trusted, so nobody was signed in."""

    code = "provider_untrusted"
    status = 502


class BrokenFile(Invalid):
    """The file is damaged: it cannot be read as what it seems to be."""

    code = "broken_file"


class ImageTooLarge(Invalid):
    """The image has more pixels than this server takes."""

    code = "image_too_large"


class ArchiveBomb(Invalid):
    """The archive unpacks to far more than it seems to hold."""

    code = "archive_bomb"


class FileTypeRefused(Invalid):
    """Files of that type are not taken here."""

    code = "file_type_refused"
    status = 415


class UnknownFile(Invalid):
    """An attachment is not there any more, or is not yours: upload it again."""

    code = "unknown_file"


class UploadStalled(HeadraceError):
    """The upload stopped on its way."""

    code = "upload_stalled"
    status = 408
    retry = True


class UploadQuota(TooManyRequests):
    """You have uploaded as much as a person may in a day."""

    code = "upload_quota"


class TooManyConnections(TooManyRequests):
    """There are as many live connections from this address as there may be."""

    code = "too_many_connections"


class TooManySubscriptions(Invalid):
    """This connection has as many subscriptions as it may: end one first."""

    code = "too_many_subscriptions"


class RangeNotSatisfiable(HeadraceError):
    """The file ends before that range begins."""

    code = "range_not_satisfiable"
    status = 416


class StorageFull(HeadraceError):
    """There is no room left for files on the server; its administrators have to make some."""

    code = "storage_full"
    status = 507


class StorageUnavailable(Unavailable):
    """The place where files are kept does not answer just now. Try again."""

    code = "storage_unavailable"


class NewerData(HeadraceError):
    """The data was written by a newer version of Headrace: upgrade the program."""

    code = "newer_data"


class BrokenLine(Invalid):
    """A line of an import cannot be read."""

    code = "broken_line"


class ConfigurationError(HeadraceError):
    """The configuration is not usable."""

    code = "configuration"


class SecretKeyMissing(ConfigurationError):
    """The key with which secrets in the database are sealed is missing."""

    code = "secret_key_missing"


class SecretKeyMismatch(ConfigurationError):
    """Secrets in the database are sealed with another key than the one given here."""

    code = "secret_key_mismatch"


class SecretKeyFile(ConfigurationError):
    """The file with the key that secrets are sealed with is not usable."""

    code = "secret_key_file"


class NoSecretKey(HeadraceError):
    """This server has no key to seal such secrets with: its operator has to give it one first."""

    code = "no_secret_key"
    status = 503


class SecretUnreadable(HeadraceError):
    """Codes of your app cannot be checked here: use a code to recover with or a security key."""

    code = "secret_unreadable"
    status = 503


class Internal(HeadraceError):
    """Something went wrong on the server; it has been noted."""

    code = "internal"


class UnsupportedMediaType(Invalid):
    """This call takes JSON: send it with Content-Type: application/json."""

    code = "unsupported_media_type"
    status = 415


class UpgradeRequired(HeadraceError):
    """This address speaks WebSocket."""

    code = "upgrade_required"
    status = 426


def every_error() -> tuple[type[HeadraceError], ...]:
    """All classes of the tree, base first: what the schemas and the docs list."""
    found: list[type[HeadraceError]] = [HeadraceError]
    for cls in found:
        found.extend(sub for sub in cls.__subclasses__() if sub not in found)
    return tuple(found)
