"""The documents in ``schemas/``: ``python -m headrace.api.schemas`` writes them, ``--check`` tells
whether those that are there are the ones that would be written."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import msgspec

from headrace.api import asyncapi, openapi
from headrace.api.routes import ROUTES
from headrace.errors import HeadraceError, every_error
from headrace.live.codes import CLOSE_CODES
from headrace.model.filter_faults import FAULTS

DIRECTORY = Path(__file__).parents[3] / "schemas"


def documents() -> dict[str, bytes]:
    """The generated files by name."""
    return {
        "asyncapi.json": _text(asyncapi.document()),
        "codes.json": _text(codes()),
        "live.schema.json": _text(asyncapi.live_schema()),
        "openapi.json": _text(openapi.document(ROUTES)),
    }


def codes() -> dict[str, Any]:
    """Close codes, error codes and what can be wrong with a filter: all that clients react to."""
    return {
        "close": [
            {
                "code": close.code,
                "name": close.name,
                "meaning": close.meaning,
                "reaction": close.reaction.value,
            }
            for close in CLOSE_CODES
        ],
        "errors": [_error(kind) for kind in sorted(every_error(), key=lambda kind: kind.code)],
        "filter": [{"reason": reason, "message": text} for reason, text in FAULTS.items()],
    }


def outdated(directory: Path) -> list[str]:
    """The names of files that are missing or not as they would be written now."""
    return [name for name, text in documents().items() if _read(directory / name) != text]


def write(directory: Path) -> None:
    """Write all of them."""
    for name, text in documents().items():
        (directory / name).write_bytes(text)


def main(arguments: list[str]) -> int:
    """The exit status: 1 if ``--check`` finds a file that has to be written anew."""
    if arguments != ["--check"]:
        write(DIRECTORY)
        return 0
    stale = outdated(DIRECTORY)
    if stale:
        names = ", ".join(stale)
        sys.stderr.write(f"not up to date: {names}; run python -m headrace.api.schemas\n")
    return 1 if stale else 0


def _error(kind: type[HeadraceError]) -> dict[str, Any]:
    return {
        "code": kind.code,
        "status": kind.status,
        "retry": kind.retry,
        "message": (kind.__doc__ or "").strip().partition("\n")[0],
    }


def _text(document: dict[str, Any]) -> bytes:
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"


def _read(path: Path) -> bytes | None:
    return path.read_bytes() if path.exists() else None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
