"""The documents in schemas/ are those that the types make, and the examples fit both."""

from __future__ import annotations

import json
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any, NamedTuple, get_args

import msgspec
import pytest
from jsonschema import Draft202012Validator

from headrace.api import ceremonies, schemas, shapes
from headrace.api.routes import ROUTES
from headrace.errors import every_error
from headrace.live.codes import CLOSE_CODES
from headrace.live.messages import ClientMessage, ServerMessage
from headrace.model.activities import Activity
from headrace.model.filter_faults import FAULTS

if TYPE_CHECKING:
    from pathlib import Path

EXAMPLES = schemas.DIRECTORY / "examples"
SHAPES = [
    ceremonies,
    *(import_module(found.name) for found in iter_modules(shapes.__path__, f"{shapes.__name__}.")),
]
UNIONS: dict[str, Any] = {"client": ClientMessage, "server": ServerMessage}


class Example(NamedTuple):
    """``type`` is a message's op, or a shape's name."""

    name: str
    direction: str
    type: str
    message: dict[str, Any]

    @property
    def kind(self) -> Any:
        """What to decode it as."""
        if self.direction in UNIONS:
            return UNIONS[self.direction]
        if self.type == "Activity":
            return Activity
        return next(vars(module)[self.type] for module in SHAPES if self.type in vars(module))

    @property
    def schema(self) -> str:
        """The name of its schema."""
        names = {"client": "ClientMessage", "server": "ServerMessage"}
        return names.get(self.direction, self.type)


def examples() -> list[Example]:
    found = sorted(EXAMPLES.glob("*.json"))
    return [Example(path.stem, **json.loads(path.read_text("utf-8"))) for path in found]


def document(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((schemas.DIRECTORY / name).read_bytes())
    return found


def validator(example: Example) -> Draft202012Validator:
    """Validates against the documents as they are on disk, with the definition as the root."""
    if example.direction in UNIONS:
        whole, prefix = document("live.schema.json"), "#/$defs/"
        whole.pop("anyOf")
    else:
        whole, prefix = (
            {"components": document("openapi.json")["components"]},
            "#/components/schemas/",
        )
    return Draft202012Validator(whole | {"$ref": prefix + example.schema})


def test_the_documents_are_up_to_date() -> None:
    assert schemas.outdated(schemas.DIRECTORY) == [], "run python -m headrace.api.schemas"


def test_a_document_that_differs_or_is_missing_is_named(tmp_path: Path) -> None:
    schemas.write(tmp_path)
    assert schemas.outdated(tmp_path) == []
    (tmp_path / "codes.json").write_text("{}")
    (tmp_path / "openapi.json").unlink()
    assert schemas.outdated(tmp_path) == ["codes.json", "openapi.json"]


def test_the_check_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(schemas, "DIRECTORY", tmp_path)
    assert schemas.main(["--check"]) == 1
    assert "run python -m headrace.api.schemas" in capsys.readouterr().err
    assert schemas.main([]) == 0
    assert schemas.main(["--check"]) == 0


@pytest.mark.parametrize("example", examples(), ids=lambda example: example.name)
def test_an_example_is_read_and_written_as_it_stands(example: Example) -> None:
    text = json.dumps(example.message).encode()
    found = msgspec.json.decode(text, type=example.kind)
    assert json.loads(msgspec.json.encode(found)) == example.message
    packed = msgspec.msgpack.encode(found)
    assert msgspec.msgpack.decode(packed, type=example.kind) == found


@pytest.mark.parametrize("example", examples(), ids=lambda example: example.name)
def test_an_example_fits_its_schema(example: Example) -> None:
    validator(example).validate(example.message)


@pytest.mark.parametrize(
    "example",
    [example for example in examples() if example.message],
    ids=lambda example: example.name,
)
def test_a_schema_refuses_an_example_with_a_wrong_type(example: Example) -> None:
    for field in example.message:
        broken = example.message | {field: [{"nonsense": None}]}
        assert not validator(example).is_valid(broken), field


def test_every_message_has_an_example() -> None:
    there = {(example.direction, example.type) for example in examples()}
    for direction, union in UNIONS.items():
        for kind in get_args(union):
            assert (direction, kind.__struct_config__.tag) in there


def test_every_body_and_every_answer_has_an_example() -> None:
    there = {(example.direction, example.type) for example in examples()}
    for route in ROUTES:
        if isinstance(route.takes, type):
            assert ("request", route.takes.__name__) in there
        if isinstance(route.gives, type):
            assert ("answer", route.gives.__name__) in there


def test_an_example_is_named_after_its_direction_and_type() -> None:
    for example in examples():
        direction, _, rest = example.name.partition("-")
        assert direction == example.direction
        if direction in UNIONS:
            assert rest.replace("-", "_").startswith(example.type)
            assert example.message["op"] == example.type


def test_the_codes_are_all_there_in_the_form_that_clients_import() -> None:
    found = document("codes.json")
    assert [row["code"] for row in found["close"]] == [close.code for close in CLOSE_CODES]
    assert {row["code"] for row in found["errors"]} == {kind.code for kind in every_error()}
    assert all(set(row) == {"code", "name", "meaning", "reaction"} for row in found["close"])
    assert all(set(row) == {"code", "status", "retry", "message"} for row in found["errors"])
    assert [row["reason"] for row in found["filter"]] == list(FAULTS)
    assert {row["reaction"] for row in found["close"]} == {"stay_away", "pause", "resume"}


@pytest.mark.parametrize("name", sorted(schemas.documents()))
def test_every_reference_leads_somewhere(name: str) -> None:
    whole = document(name)
    for reference in references(whole):
        found: Any = whole
        for part in reference.removeprefix("#/").split("/"):
            found = found[part]
        assert found


def references(value: Any) -> list[str]:
    if isinstance(value, dict):
        here = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return here + [found for item in value.values() for found in references(item)]
    if isinstance(value, list):
        return [found for item in value for found in references(item)]
    return []
