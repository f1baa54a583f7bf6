"""The table of steps in words and as rows of a spreadsheet."""

import numpy as np
from PySide6.QtCore import QCoreApplication

from rnnviz.ui import numbers
from rnnviz.ui.inputs_rows import Block, Rows

translate = QCoreApplication.translate


def said_at(rows: Rows, step: int, has_outputs: bool = True) -> list[str]:
    """What each block shows in the row of this step, leaving out those that have none there, or not yet."""
    blocks = (block for block in rows.blocks if has_outputs or block.can_edit)
    return [_said(block, rows, step) for block in blocks if block.address(step, 0, rows.sequence) is not None]


def as_table(rows: Rows) -> list[list[str | float]]:
    """A heading and a line for each step; blank where a block has no number."""
    lines: list[list[str | float]] = [["t", *(name for block in rows.blocks for name in block.names)]]
    for step in range(1, rows.steps + 1):
        line: list[str | float] = [step]
        for block in rows.blocks:
            has_row = block.address(step, 0, rows.sequence) is not None
            line.extend(block.value(step, n) if has_row else "" for n in range(len(block.names)))
        lines.append(line)
    return lines


def _said(block: Block, rows: Rows, step: int) -> str:
    if rows.has_words(block):
        return rows.word(step)
    if block.is_strip:
        best = int(np.argmax(block.values[step - block.first_step]))
        largest = translate("Inputs", "{name}: {count} numbers, the largest {which} = {value}")
        value = numbers.text(block.value(step, best))
        return largest.format(name=block.quantity, count=len(block.names), which=block.names[best], value=value)
    return ", ".join(f"{name} = {numbers.text(block.value(step, n))}" for n, name in enumerate(block.names))
