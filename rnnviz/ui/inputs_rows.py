"""What the table of steps shows, read off a snapshot: blocks of columns (inputs, targets, outputs) for one sequence."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.trace import Address
from rnnviz.scenario.types import Scenario
from rnnviz.session import Snapshot
from rnnviz.session.places import given_name

Array = NDArray[np.float64]

MOST_NUMBERS = {"x": 8, "target": 4, "output": 4}  # more columns than this are shown as a strip of colours
_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


@dataclass(frozen=True)
class Block:
    """Columns that belong together.

    quantity : of the addresses of its numbers: "x", "target", or the name of the output
    values : (rows, columns); row r is step `first_step` + r of the table
    is_strip : too many columns for numbers: a strip of colours instead
    scale : the value of the strongest colour
    """

    quantity: str
    names: tuple[str, ...]
    values: Array
    first_step: int
    can_edit: bool
    is_strip: bool
    scale: float

    def address(self, step: int, column: int, sequence: int) -> Address | None:
        """The address of the number in the row of this step, None where the block has none there."""
        row = step - self.first_step
        if not (0 <= row < len(self.values) and 0 <= column < len(self.names)):
            return None
        return Address(self.quantity, row + 1, sequence, column)

    def step_of(self, address: Address) -> int:
        return address.step - 1 + self.first_step

    def value(self, step: int, column: int) -> float:
        return float(self.values[step - self.first_step, column])


@dataclass(frozen=True)
class Rows:
    """The table of one sequence: steps 1 to `steps`, of which those beyond `length` are padding."""

    blocks: tuple[Block, ...]
    steps: int
    length: int
    sequence: int
    held: NDArray[np.bool_]
    words: tuple[str, ...]

    def is_held(self, step: int) -> bool:
        """Whether a step is padding, where nothing is read."""
        return bool(self.held[step - 1])

    def word(self, step: int) -> str:
        """The word whose id stands in this step, "" where the inputs are no words."""
        return self.word_of(self.blocks[0].value(step, 0)) if self.words else ""

    def word_of(self, number: float) -> str:
        return self.words[int(number)] if 0 <= number < len(self.words) else ""

    def has_words(self, block: Block) -> bool:
        """Whether the numbers of a block are ids of words."""
        return bool(self.words) and block.quantity == "x"

    def place_of(self, address: Address) -> tuple[Block, int, int] | None:
        """Block, step and column of a number, None when it is not in this table."""
        if address.sequence != self.sequence:
            return None
        for block in self.blocks:
            if block.quantity == address.quantity and 0 <= address.unit < len(block.names):
                step = block.step_of(address)
                if 0 <= step - block.first_step < len(block.values):
                    return block, step, address.unit
        return None


def rows_of(snapshot: Snapshot) -> Rows:
    scenario, trace, sequence = snapshot.scenario, snapshot.trace, snapshot.cursor.sequence
    steps = trace.steps
    length = scenario.lengths[sequence] if scenario.lengths is not None else steps
    blocks = [_block("x", _given("x", scenario), trace["x"][:, sequence], 1, "x", True)]
    if scenario.targets is not None:
        targets = scenario.targets[:, sequence]
        first = 1 if len(targets) == steps else length - len(targets) + 1
        blocks.append(_block("target", _given("target", scenario), targets, first, "target", True))
    outputs = trace.output[:, sequence]
    first = 1 if len(outputs) == steps else length - len(outputs) + 1
    names = scenario.output_names or tuple(f"y{n}" for n in range(outputs.shape[1]) if outputs.shape[1] > 1) or ("y",)
    blocks.append(_block(trace.output_name, names, outputs, first, "output", False))
    mask = np.ones(steps, bool) if trace.mask is None else trace.mask[:, sequence]
    words = scenario.tokens if scenario.inputs.shape[2] == 1 else ()
    return Rows(tuple(blocks), steps, length, sequence, ~mask, words)


def _given(quantity: str, scenario: Scenario) -> tuple[str, ...]:
    values = scenario.inputs if quantity == "x" else scenario.targets
    count = 0 if values is None else values.shape[2]
    return tuple(given_name(scenario, Address(quantity, 1, 0, unit)) for unit in range(count))


def _block(quantity: str, names: tuple[str, ...], values: Array, first_step: int, kind: str, can_edit: bool) -> Block:
    is_strip = values.shape[1] > MOST_NUMBERS[kind]
    scale = largest_size(values) if is_strip else 1.0
    shown = tuple(subscripted(name) for name in names)
    return Block(quantity, shown, values, first_step, can_edit, is_strip, scale or 1.0)


def is_unknown_word(word: str) -> bool:
    """Whether this entry of a vocabulary stands for all the words that are not in it."""
    return word.strip("[]<>()").lower() in ("unk", "oov", "unknown")


def largest_size(values: Array) -> float:
    """The largest |value| that is finite; 0 where there is none."""
    largest = float(max(values.max(initial=0.0), -values.min(initial=0.0)))
    return largest if np.isfinite(largest) else float(np.abs(values[np.isfinite(values)]).max(initial=0.0))


def subscripted(name: str) -> str:
    """ "x12" as "x₁₂": a letter with its number; other names stay as they are."""
    head = name.rstrip("0123456789")
    tail = name[len(head) :]
    return head + tail.translate(_SUBSCRIPTS) if len(head) == 1 and tail else name
