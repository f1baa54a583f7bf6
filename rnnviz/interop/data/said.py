"""Choices as they are said in a call or on the command line: what is not said is as it looks at first sight."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any, get_args

from rnnviz.interop.data.arrays import Arrays
from rnnviz.interop.data.choices import Aim, Axes, Choices, Form, Missing, Role, Unknown
from rnnviz.interop.data.errors import DataError
from rnnviz.interop.data.guess import first_choices
from rnnviz.interop.data.source import Source
from rnnviz.interop.data.table import Table
from rnnviz.interop.data.wording import listed
from rnnviz.scenario.types import Scenario

_VALUES: dict[str, Any] = {"form": Form, "target": Aim, "missing": Missing, "unknown": Unknown, "axes": Axes}


def said(
    source: Source,
    scenario: Scenario | None,
    *,
    inputs: str | Sequence[str] = (),
    targets: str | Sequence[str] = (),
    sequences: str = "",
    steps: str = "",
    lengths: str = "",
    scale: str | float = "",
    **others: Any,
) -> Choices:
    """
    inputs, targets, sequences, steps : names of columns; where inputs are named, no other column is one. Of an
        archive, inputs, targets and lengths are names of arrays
    scale : "z-score", "min-max", "none", or a number that all are divided by
    others : further fields of `Choices`

    Raises DataError for what cannot be said.
    """
    choices = first_choices(source, scenario)
    changed: dict[str, Any] = {name: value for name, value in others.items() if value is not None}
    _check(changed, source.name)
    changed |= _scale(scale, source.name)
    wanted, aims = _names(inputs), _names(targets)
    if isinstance(source, Arrays):
        named = {"inputs": wanted, "targets": aims, "lengths": _names(lengths)}
        arrays = dict(choices.arrays) | {part: names[0] for part, names in named.items() if names}
        if wanted and not choices.axes and "axes" not in changed:
            changed["axes"] = first_choices(_only(source, arrays), scenario).axes
        changed["arrays"] = MappingProxyType(arrays)
    elif isinstance(source, Table):
        changed |= _roles(source, choices, wanted, aims, sequences, steps, changed)
    elif wanted or aims or sequences or steps:
        raise DataError("has no columns to be named", source.name)
    if aims and "target" not in changed:
        changed["target"] = "columns"
    if "window" in changed and "form" not in changed:
        changed["form"] = "windows"
    return replace(choices, **changed)


def _check(changed: dict[str, Any], file: str) -> None:
    unknown = [name for name in changed if name not in Choices.__dataclass_fields__]
    if unknown:
        raise DataError(f"there is nothing called {listed(unknown)} to choose", file)
    for name, values in _VALUES.items():
        if name in changed and changed[name] not in get_args(values):
            can = ", ".join(repr(value) for value in get_args(values) if value)
            raise DataError(f"{changed[name]!r} is no {name}; there are {can}", file, name)


def _only(source: Arrays, arrays: dict[str, str]) -> Arrays:
    """The archive as it would look with the named arrays under the usual names, which are those of their parts."""
    return Arrays(source.name, {part: source.arrays[name] for part, name in arrays.items() if name in source.arrays})


def _roles(
    table: Table,
    choices: Choices,
    inputs: Sequence[str],
    targets: Sequence[str],
    sequences: str,
    steps: str,
    changed: dict[str, Any],
) -> dict[str, Any]:
    roles: dict[str, Role] = dict(choices.roles)
    for role, names in (("input", inputs), ("target", targets)):
        if names:
            roles = {name: "ignored" if given == role else given for name, given in roles.items()}
    if inputs and not targets and changed.get("target") == "next":
        roles = {name: "ignored" if given == "target" else given for name, given in roles.items()}
    more: dict[str, Any] = {}
    for names, role in (
        (inputs, "input"),
        (targets, "target"),
        (_names(sequences), "sequence"),
        (_names(steps), "step"),
    ):
        for name in names:
            roles[table.column(name).name] = role  # type: ignore[assignment]
    if sequences and "form" not in changed and "window" not in changed:
        more["form"] = "by column"
    return more | {"roles": MappingProxyType(roles)}


def _names(given: str | Sequence[str]) -> list[str]:
    return [name.strip() for name in (given.split(",") if isinstance(given, str) else given) if name.strip()]


def _scale(given: str | float, name: str) -> dict[str, Any]:
    if given == "":
        return {}
    if given in ("none", "z-score", "min-max"):
        return {"scale": given}
    try:
        return {"scale": "divide", "divisor": float(given)}
    except ValueError:
        raise DataError(f"{given!r} is no scale; say z-score, min-max, none or a number", name, "scale") from None
