"""Short ways to write down what a scenario holds."""

from pathlib import Path
from typing import Any

Tree = dict[str, Any]


def story(name: str) -> str:
    """The story in stories/NAME.md, without the line break at its end."""
    return (Path(__file__).parent / "stories" / f"{name}.md").read_text(encoding="utf-8").rstrip("\n")


def one_sequence(*steps: list[float]) -> list[list[list[float]]]:
    """Inputs (T, 1, features) of one sequence, a step after the other."""
    return [[list(step)] for step in steps]


def over_time(at: str, values: list[Any], within: float = 1e-9, **more: Any) -> list[Tree]:
    """Expected values of one quantity at steps 1, 2, ...; None where nothing is said about a step."""
    return [
        {"at": at, "step": step, "value": value, "within": within, **more}
        for step, value in enumerate(values, start=1)
        if value is not None
    ]


def ones(rows: int, columns: int) -> list[list[float]]:
    return [[1] * columns for _ in range(rows)]


def zeros(rows: int, columns: int) -> list[list[float]]:
    return [[0] * columns for _ in range(rows)]
