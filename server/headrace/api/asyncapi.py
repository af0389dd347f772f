"""The live protocol as JSON Schema and as an AsyncAPI 3.0 document.

Sources: https://json-schema.org/draft/2020-12, https://www.asyncapi.com/docs/reference/specification/v3.0.0
"""

from __future__ import annotations

from typing import Any, get_args

import msgspec

from headrace import __version__
from headrace.auth.credentials import COOKIE
from headrace.live.frames import Format
from headrace.live.messages import ClientMessage, Message, ServerMessage

PATH = "/api/v1/live"
_CONTENT_TYPES = {Format.JSON: "application/json", Format.MSGPACK: "application/msgpack"}


def live_schema() -> dict[str, Any]:
    """JSON Schema of what either side sends: ``$defs`` ClientMessage and ServerMessage."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:headrace:live:v1",
        "title": "Messages of the live protocol, told apart by op",
        "anyOf": [{"$ref": "#/$defs/ClientMessage"}, {"$ref": "#/$defs/ServerMessage"}],
        "$defs": _definitions("#/$defs/"),
    }


def document() -> dict[str, Any]:
    """The AsyncAPI document, as JSON values."""
    client, server = _kinds(ClientMessage), _kinds(ServerMessage)
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Headrace, live",
            "version": __version__,
            "description": "Subscribe to groups, from now or from positions on, and get every "
            "activity that you may see once and in order. Close codes are in codes.json.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": _CONTENT_TYPES[Format.JSON],
        "servers": {"node": _server()},
        "channels": {"live": _channel([*client, *server])},
        "operations": {
            "receive": _operation("receive", client, "What a client may send."),
            "send": _operation("send", server, "What the server sends."),
        },
        "components": {
            "messages": {kind.__name__: _message(kind) for kind in [*client, *server]},
            "schemas": _definitions("#/components/schemas/"),
            "securitySchemes": _security(),
        },
    }


def _definitions(prefix: str) -> dict[str, Any]:
    kinds = [*_kinds(ClientMessage), *_kinds(ServerMessage)]
    _, found = msgspec.json.schema_components(kinds, ref_template=prefix + "{name}")
    unions = {"ClientMessage": _kinds(ClientMessage), "ServerMessage": _kinds(ServerMessage)}
    for name, members in unions.items():
        found[name] = {"oneOf": [{"$ref": prefix + kind.__name__} for kind in members]}
    return dict(sorted(found.items()))


def _kinds(union: Any) -> tuple[type[Message], ...]:
    return get_args(union)


def _server() -> dict[str, Any]:
    return {
        "host": "{host}",
        "protocol": "ws",
        "description": "Any node; wss behind a proxy with TLS.",
        "variables": {"host": {"default": "localhost:8080"}},
        "security": [
            {"$ref": f"#/components/securitySchemes/{name}"} for name in sorted(_security())
        ],
    }


def _channel(kinds: list[type[Message]]) -> dict[str, Any]:
    forms = ", ".join(f"{form.value} ({_CONTENT_TYPES[form]})" for form in Format)
    return {
        "address": PATH,
        "description": f"Subprotocols: {forms}; without one, the first. JSON travels in text "
        "frames, MessagePack in binary ones; the fields are the same.",
        "messages": {
            kind.__name__: {"$ref": f"#/components/messages/{kind.__name__}"} for kind in kinds
        },
        "bindings": {
            "ws": {
                "method": "GET",
                "query": {
                    "type": "object",
                    "properties": {
                        "ticket": {
                            "type": "string",
                            "description": "From POST /api/v1/live/ticket, where neither cookie "
                            "nor Authorization can be sent.",
                        }
                    },
                },
                "bindingVersion": "0.1.0",
            }
        },
    }


def _operation(action: str, kinds: tuple[type[Message], ...], summary: str) -> dict[str, Any]:
    return {
        "action": action,
        "summary": summary,
        "channel": {"$ref": "#/channels/live"},
        "messages": [{"$ref": f"#/channels/live/messages/{kind.__name__}"} for kind in kinds],
    }


def _message(kind: type[Message]) -> dict[str, Any]:
    return {
        "name": kind.__struct_config__.tag,
        "title": kind.__name__,
        "summary": (kind.__doc__ or "").partition("\n")[0],
        "payload": {"$ref": f"#/components/schemas/{kind.__name__}"},
    }


def _security() -> dict[str, Any]:
    return {
        "session": {"type": "httpApiKey", "in": "cookie", "name": COOKIE},
        "ticket": {"type": "httpApiKey", "in": "query", "name": "ticket"},
        "token": {"type": "http", "scheme": "bearer"},
    }
