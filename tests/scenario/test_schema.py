"""The shipped JSON Schema is current, and holds for every built-in scenario."""

import json
import re
from typing import Any

import pytest

from rnnviz.resources import resource
from rnnviz.scenario import builtin
from rnnviz.scenario.schema import json_schema, schema_text


def test_the_shipped_schema_is_that_of_the_types() -> None:
    assert resource("scenario.schema.json").read_text(encoding="utf-8") == schema_text()


@pytest.mark.parametrize("name", builtin.names())
def test_a_built_in_scenario_keeps_to_the_schema(name: str) -> None:
    tree = json.loads(builtin.path(name).read_bytes())
    assert list(faults(tree, json_schema(), "$")) == []


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("format", "png"),
        ("version", 2),
        ("network", {}),
        ("params", 3),
        ("inputs", "many"),
        ("images", 1),
        ("expected", [{"at": "x"}]),
        ("alternatives", [{"title": 3, "changes": {}}]),
    ],
)
def test_the_schema_refuses_what_is_wrong(key: str, value: Any) -> None:
    tree = json.loads(builtin.path("lstm-counter").read_bytes()) | {key: value}
    assert list(faults(tree, json_schema(), "$"))


KINDS: dict[str, Any] = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "null": type(None),
    "number": (int, float),
    "integer": int,
}


def faults(value: Any, schema: dict[str, Any], where: str) -> Any:
    """The part of JSON Schema that the file uses, written here so that the schema is tested by something else."""
    if "$ref" in schema:
        schema = json_schema()["$defs"][schema["$ref"].rpartition("/")[2]]
    if "anyOf" in schema and all(list(faults(value, option, where)) for option in schema["anyOf"]):
        yield f"{where}: fits none of the choices"
    if "enum" in schema and value not in schema["enum"]:
        yield f"{where}: {value} is not one of {schema['enum']}"
    kind = schema.get("type")
    if kind and (not isinstance(value, KINDS[kind]) or (isinstance(value, bool) and kind != "boolean")):
        yield f"{where}: no {kind}"
        return
    if isinstance(value, str) and "pattern" in schema and not re.search(schema["pattern"], value):
        yield f"{where}: does not match"
    if isinstance(value, int | float):
        if value < schema.get("minimum", value) or value > schema.get("maximum", value):
            yield f"{where}: out of range"
    if isinstance(value, dict):
        for key in schema.get("required", []):
            if key not in value:
                yield f"{where}: no {key}"
        for key, item in value.items():
            yield from faults(item, schema.get("properties", {}).get(key, _other(schema)), f"{where}.{key}")
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from faults(item, schema.get("items", {}), f"{where}[{index}]")


def _other(schema: dict[str, Any]) -> dict[str, Any]:
    other = schema.get("additionalProperties", {})
    return other if isinstance(other, dict) else {}
