"""The JSON Schema of scenario files, made from the types; shipped as resources/scenario.schema.json."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from rnnviz.scenario.types import ArrayForm, Initialiser, ScenarioForm

_URI = "https://json-schema.org/draft/2020-12/schema"


def json_schema() -> dict[str, Any]:
    """The schema of a scenario file. Unknown keys are allowed everywhere: they are kept."""
    refs = "#/$defs/{name}"
    (_, initialiser, array), definitions = msgspec.json.schema_components(
        [ScenarioForm, Initialiser, ArrayForm], ref_template=refs
    )
    form = definitions.pop("ScenarioForm")
    # In Python the weights are decoded in a second step, since a type cannot be a record or a mapping.
    form["properties"]["params"] = {"anyOf": [initialiser, {"type": "object", "additionalProperties": array}]}
    return {"$schema": _URI, **form, "title": "A scenario of rnnviz", "$defs": definitions}


def schema_text() -> str:
    """The schema as it is shipped."""
    return json.dumps(json_schema(), indent=2) + "\n"
