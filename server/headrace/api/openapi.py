"""The table of routes as an OpenAPI 3.1 document (https://spec.openapis.org/oas/v3.1.1)."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING, Any

import msgspec

from headrace import __version__
from headrace.api.answers import JSON, LINES
from headrace.api.route import Open
from headrace.auth.credentials import COOKIE
from headrace.model.identity import Scope
from headrace.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from headrace.api.queries import Query
    from headrace.api.route import Route

_SCHEMAS = "#/components/schemas/"
_PARAMETER = re.compile(r"{(\w+)(?::\w+)?}")
_WORDS = {
    101: "Switching Protocols",
    200: "OK",
    201: "Created",
    204: "No Content",
    303: "See Other",
}
_IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "The same key gives the same answer and one activity. In a batch, each line "
    "has a key of its own, made of this one and the line's number.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200},
}


def document(routes: Sequence[Route]) -> dict[str, Any]:
    """The document, as JSON values."""
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        path = _PARAMETER.sub(r"{\1}", route.path)
        paths.setdefault(path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.1",
        "info": {
            "title": "Headrace",
            "summary": "Publish activities into groups; everyone who may see them sees them live.",
            "version": __version__,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "security": [{"token": []}, {"session": []}],
        "paths": paths,
        "components": {
            "schemas": _schemas(routes),
            "responses": {"Problem": _problem()},
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": COOKIE},
            },
        },
    }


def _operation(route: Route) -> dict[str, Any]:
    noun = route.handler.__module__.rpartition(".")[2]
    operation: dict[str, Any] = {
        "operationId": f"{noun}.{route.handler.__name__}",
        "tags": [noun],
        "summary": route.summary,
        "responses": {
            str(route.status): _success(route),
            "default": {"$ref": "#/components/responses/Problem"},
        },
    }
    if description := inspect.getdoc(route.handler):
        operation["description"] = description
    if parameters := list(_parameters(route)):
        operation["parameters"] = parameters
    if route.takes is not None:
        operation["requestBody"] = {"required": True, "content": _content(route, route.takes)}
    if route.form:
        operation["requestBody"] = {"required": True, "content": _form(route.form)}
    if route.needs is Open.ANYBODY:
        operation["security"] = []
    elif isinstance(route.needs, Scope):
        operation["x-scope"] = route.needs.value
    return operation


def _parameters(route: Route) -> Iterator[dict[str, Any]]:
    for name in _PARAMETER.findall(route.path):
        yield {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
    yield from _query_parameters(route.query)
    if route.keyed:
        yield _IDEMPOTENCY_KEY


def _query_parameters(query: type[Query]) -> Iterator[dict[str, Any]]:
    _, components = msgspec.json.schema_components([query], ref_template="{name}")
    schema = components[query.__name__]
    for name, found in schema["properties"].items():
        parameter = {"name": name, "in": "query", "schema": found}
        yield parameter | ({"required": True} if name in schema["required"] else {})


def _success(route: Route) -> dict[str, Any]:
    answer: dict[str, Any] = {"description": _WORDS[route.status]}
    if route.gives is not None:
        answer["content"] = _content(route, route.gives)
    return answer


def _content(route: Route, kind: type[msgspec.Struct] | str) -> dict[str, Any]:
    if isinstance(kind, str):
        return {media_type: {} for media_type in kind.split(", ")}
    return {LINES if route.lines else JSON: {"schema": {"$ref": _SCHEMAS + kind.__name__}}}


def _form(fields: Sequence[str]) -> dict[str, Any]:
    properties = {name: {"type": "string"} for name in fields}
    schema = {"type": "object", "properties": properties, "required": list(fields)}
    return {"application/x-www-form-urlencoded": {"schema": schema}}


def _problem() -> dict[str, Any]:
    schema = {"$ref": f"{_SCHEMAS}Problem"}
    return {
        "description": "It was not done; `code` says why (see codes.json).",
        "content": {"application/problem+json": {"schema": schema}},
    }


def _schemas(routes: Iterable[Route]) -> dict[str, Any]:
    kinds = {kind for route in routes for kind in (route.takes, route.gives)}
    structs = sorted(
        (kind for kind in kinds if isinstance(kind, type)), key=lambda kind: kind.__name__
    )
    _, components = msgspec.json.schema_components(
        [*structs, Problem], ref_template=_SCHEMAS + "{name}"
    )
    return dict(sorted(components.items()))
