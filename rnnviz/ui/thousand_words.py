"""What is left of a number after many steps, in figures and words; what float64 cannot hold is said, not shown as 0."""

import math

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication

from rnnviz.engine.gates import half_life
from rnnviz.ui import numbers
from rnnviz.ui.plots.quantity_lines import SUBSCRIPTS
from rnnviz.ui.thousand_curve import power_text
from rnnviz.ui.thousand_paths import GatePath, WeightPath, float64_lost_from

Array = NDArray[np.floating]
Figures = list[tuple[str, str]]


def weight_figures(path: WeightPath) -> Figures:
    """The last y, its derivative by the weight, and its decimal logarithm."""
    last = _indexed("y", len(path.values))
    logarithm = float(path.logs[-1])
    return [
        (last, held(float(path.values[-1]), logarithm)),
        (f"∂{last}/∂w", held(path.slope, path.log_slope)),
        (f"log₁₀ |{last}|", numbers.text(logarithm)),
    ]


def gate_figures(path: GatePath) -> Figures:
    """How much the gate keeps of the memory in a step and over all of them, and dc_T/dc_1."""
    least, most = float(path.fractions.min()), float(path.fractions.max())
    count = numbers.count(len(path.values) - 1)
    gradient = f"∂{_indexed('c', len(path.values))}/∂{_indexed('c', 1)}"
    return [
        (_tr("f, kept by a step"), _from_to(numbers.percent(least), numbers.percent(most))),
        (_tr("half-life, steps"), _from_to(_half_life(least), _half_life(most))),
        (_tr("kept over {0} steps").format(count), held(path.kept, path.log_kept)),
        (gradient, held(path.gradient, path.log_kept)),
    ]


def held(value: float, logarithm: float) -> str:
    """The number as float64 has it; marked where that is 0 or infinite and the number is neither."""
    text = numbers.text(value, 6) if 1e-4 < abs(value) < 1e6 else numbers.text(value)
    if not is_lost(value, logarithm):
        return text
    return _tr("{0} (underflow)").format(text) if logarithm < 0 else _tr("{0} (overflow)").format(text)


def is_lost(value: float, logarithm: float) -> bool:
    return math.isfinite(logarithm) and (value == 0.0 or not math.isfinite(value))


def weight_note(path: WeightPath) -> str:
    """What float64 no longer holds of y, and what it would be; "" where it holds all."""
    letter, slope = _indexed("y", len(path.values)), power_text(path.log_slope)
    note = _lost(path.values, path.logs, "y")
    if not is_lost(path.slope, path.log_slope):
        return note
    return _tr("{note} ∂{letter}/∂w would be {slope}.").format(note=note, letter=letter, slope=slope).strip()


def gate_note(path: GatePath) -> str:
    """The same of c."""
    return _lost(path.values, path.logs, "c")


def _lost(values: Array, logs: Array, letter: str) -> str:
    step = float64_lost_from(values, logs)
    if step is None:
        return ""
    begin, last, truly = _indexed(letter, step), _indexed(letter, len(values)), power_text(float(logs[-1]))
    if values[step - 1] == 0.0:
        text = _tr("Underflow: float64 holds exactly 0 from {begin} on; {last} would be {truly}.")
    else:
        text = _tr("Overflow: float64 holds infinity from {begin} on; {last} would be {truly}.")
    return text.format(begin=begin, last=last, truly=truly)


def _half_life(fraction: float) -> str:
    steps = half_life(fraction)
    return numbers.count(round(steps)) if 100 <= steps < 1e7 else numbers.text(steps, 3)


def _from_to(least: str, most: str) -> str:
    return least if least == most else f"{least} – {most}"


def _indexed(letter: str, step: int) -> str:
    return letter + str(step).translate(SUBSCRIPTS)


def _tr(text: str) -> str:
    return QCoreApplication.translate("thousand_steps", text)
