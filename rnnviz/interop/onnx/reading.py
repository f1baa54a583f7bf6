"""What is known while a graph is gone through: names taken, which axis is time, what there is to say."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from rnnviz.interop.errors import ModelError
from rnnviz.interop.onnx.cells import OwnCells
from rnnviz.interop.onnx.messages import Node
from rnnviz.interop.onnx.values import Atom, Dimension, Signal

LONGEST_NAME = 40
LONGEST_NOTE = 900  # a scenario file takes little more
_RESERVED = ("x", "target", "output", "loss")


@dataclass(eq=False)
class Reading:
    """
    opset : the version of the standard operators
    room : how many numbers may still be worked out from the file's own
    leaves_out : what cannot be shown before a recurrent layer is taken for its input (the hint part="recurrent")
    time, batch : the axes that the first recurrent layer reads so
    recurrent : the output of every recurrent layer
    """

    opset: int
    producer: str
    leaves_out: bool
    room: int
    time: Atom | None = None
    batch: Atom | None = None
    notes: list[str] = field(default_factory=list)
    cells: OwnCells = field(default_factory=OwnCells)
    recurrent: list[Signal] = field(default_factory=list)
    _names: set[str] = field(default_factory=set)
    _counts: dict[str, int] = field(default_factory=dict)

    def take(self, count: int, node: Node) -> None:
        """Before `count` numbers are worked out. Raises ModelError where all of them together would be too many, so
        that a small file cannot ask for much memory, or time."""
        self.room -= count
        if self.room < 0:
            raise ModelError(f"works out {count:,} more numbers, too many for a file of this size", where=node.where)

    def note(self, text: str) -> None:
        text = text if len(text) <= LONGEST_NOTE else f"{text[: LONGEST_NOTE - 3]}..."
        if text not in self.notes:
            self.notes.append(text)

    def name(self, node: Node, kind: str) -> str:
        """A layer's name from that of its operator, short and new; else `kind`: lstm, lstm_2, ..."""
        stem = name = _stem(node) or kind
        while name in self._names:
            self._counts[stem] = self._counts.get(stem, 1) + 1
            name = f"{stem}_{self._counts[stem]}"
        self._names.add(name)
        return name

    def is_time(self, dimension: Dimension) -> bool:
        return self.time is not None and dimension == (self.time,)

    @property
    def steps(self) -> int:
        """How many steps the file fixes, 0 where that is open."""
        return (self.time.size or 0) if self.time is not None else 0


def _stem(node: Node) -> str:
    """A word for a layer, "" where no name says anything.

    "/encoder/lstm/LSTM" is called lstm, "node_lstm__2" too; the weights "encoder.fc.weight" are those of fc.
    """
    weights = next((name for name in node.inputs[:2] if name.endswith(".weight")), "")
    parts = [part for part in re.split(r"[/.:]", weights.removesuffix(".weight") or node.name) if part]
    is_scoped = len(parts) > 1
    if is_scoped and parts[-1].lower().startswith(node.operator.lower()):
        parts.pop()
    word = re.sub(r"\W+", "_", parts[-1] if parts else "", flags=re.ASCII).removeprefix("node_")
    word = re.sub(r"^[^A-Za-z]+|__\d+$", "", word)[:LONGEST_NAME].strip("_")
    says_nothing = not is_scoped and re.fullmatch(rf"{re.escape(node.operator)}_?\d*", word, re.IGNORECASE)
    return "" if says_nothing or word.lower() in _RESERVED else word
