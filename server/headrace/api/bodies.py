"""Bodies: how large, of which type, and the JSON in them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import msgspec

from headrace.errors import MalformedBody, TooLarge, UnsupportedMediaType

if TYPE_CHECKING:
    from starlette.requests import Request

_JSON = re.compile(r"application/(?:json|[\w.+-]+\+json)\s*(?:;.*)?", re.IGNORECASE)
_LINES = re.compile(
    r"application/(?:json|x-ndjson|ndjson|jsonl|x-jsonlines)\s*(?:;.*)?", re.IGNORECASE
)
_FORM = re.compile(r"application/x-www-form-urlencoded\s*(?:;.*)?", re.IGNORECASE)
_PATH = re.compile(r"^(?P<message>.*?)(?: - at `\$\.?(?P<path>[^`]*)`)?$", re.DOTALL)


async def read(request: Request, most: int, *, lines: bool = False) -> bytes:
    """The body, of at most ``most`` bytes. Raises TooLarge, UnsupportedMediaType."""
    _check_type(request.headers.get("content-type"), lines=lines)
    return await raw(request, most)


async def form(request: Request, most: int) -> dict[str, str]:
    """The fields of a form of at most ``most`` bytes, each there once.

    Raises TooLarge, UnsupportedMediaType, MalformedBody.
    """
    if not _FORM.fullmatch(request.headers.get("content-type", "")):
        raise UnsupportedMediaType("this call takes a form: application/x-www-form-urlencoded")
    try:
        pairs = parse_qsl((await raw(request, most)).decode(), max_num_fields=16)
    except ValueError as error:
        raise MalformedBody(f"the form cannot be read: {error}") from None
    if len(dict(pairs)) < len(pairs):
        raise MalformedBody("a field of the form is there twice")
    return dict(pairs)


async def raw(request: Request, most: int) -> bytes:
    """The body, whatever it is, of at most ``most`` bytes. Raises TooLarge, MalformedBody."""
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > most:
        raise _too_large(most)
    body = bytearray()
    while True:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise MalformedBody("the body ended before its end")
        body += message.get("body", b"")
        if len(body) > most:
            raise _too_large(most)
        if not message.get("more_body"):
            return bytes(body)


def decode(body: bytes, decoder: msgspec.json.Decoder[Any]) -> Any:
    """What the JSON says, as the decoder's type. Raises MalformedBody, with the path in it."""
    if not body.strip():
        raise MalformedBody("the body is empty, but this call takes JSON")
    try:
        found = decoder.decode(body)
        if b"\\u0000" in body:
            _refuse_nul(msgspec.json.decode(body), "")
    except msgspec.DecodeError as error:
        message, path = explain(error)
        raise MalformedBody(message, **({"path": path} if path else {})) from None
    except UnicodeDecodeError as error:
        raise MalformedBody(f"the body is not UTF-8: {error.reason}") from None
    except RecursionError:
        raise MalformedBody("the body is nested too deeply") from None
    return found


def explain(error: msgspec.DecodeError) -> tuple[str, str]:
    """What is wrong, and the path to it; the path is empty where the whole is wrong."""
    match = _PATH.match(str(error))
    if match is None:
        raise AssertionError("a pattern that matches everything did not match")
    message, path = match["message"], match["path"] or ""
    unknown = re.fullmatch(r"Object (?:contains unknown|missing required) field `(.*)`", message)
    return message, ".".join(part for part in (path, unknown and unknown[1]) if part)


def _check_type(given: str | None, *, lines: bool) -> None:
    if given is None or (_LINES if lines else _JSON).fullmatch(given):
        return
    if lines:
        raise UnsupportedMediaType(
            "this call takes JSON a line: send it with Content-Type: application/x-ndjson"
        )
    raise UnsupportedMediaType


def _too_large(most: int) -> TooLarge:
    return TooLarge(f"the body is larger than {most} bytes", most=most)


def _refuse_nul(found: Any, path: str) -> None:
    """PostgreSQL's text has no NUL, and nobody has a use for it."""
    if isinstance(found, str) and "\x00" in found:
        raise MalformedBody("text cannot contain NUL", **({"path": path} if path else {}))
    if isinstance(found, dict):
        for name, value in found.items():
            _refuse_nul(name, path)
            _refuse_nul(value, f"{path}.{name}".lstrip("."))
    if isinstance(found, list):
        for number, value in enumerate(found):
            _refuse_nul(value, f"{path}[{number}]")
