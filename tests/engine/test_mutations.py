"""The comparisons with other frameworks are worth something: with one thing wrong in the engine, they fail.

Each mutation is what is easily confused. Every oracle that it concerns must notice, not just one of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest

from rnnviz.engine import activations
from rnnviz.engine import run as run_module
from rnnviz.engine.cell import Cell
from rnnviz.engine.cells import CELLS
from tests.engine import oracles
from tests.engine import test_keras_oracles as keras
from tests.engine import test_other_oracles as other
from tests.engine import test_torch_oracles as torch
from tests.engine.oracles import Case

Patch = pytest.MonkeyPatch
Check = Callable[[Case], None]

# One step from a zero state hides what carries the state.
STACKS = [case for case in torch.STACKS if case["x"].shape[0] > 1]


def rewritten(patch: Patch, name: str, *changes: tuple[str, str]) -> None:
    """Put a cell with a changed text in the place of the right one."""
    cell = CELLS[name]
    text = cell.equations
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    wrong = Cell(cell.name, cell.title, text, cell.output, cell.sizes, cell.constants, cell.source)
    patch.setitem(CELLS, name, wrong)


def of_kind(*kinds: str) -> list[Case]:
    return [case for case in STACKS if torch.kind_of(case) in kinds]


def of_cell(name: str) -> list[Case]:
    return [case for case in other.CUSTOM if case.name == name]


def with_bias(cases: list[Case]) -> list[Case]:
    return [case for case in cases if case.meta["bias"]]


def drop(patch: Patch, suffix: str) -> None:
    """Load weights without one bias of torch's two."""
    load = oracles.torch_params

    def without(arrays: dict[str, np.ndarray], *where: str) -> dict[str, np.ndarray]:
        return load({name: value for name, value in arrays.items() if suffix not in name}, *where)

    patch.setattr(torch, "torch_params", without)


def read_forward(patch: Patch) -> None:
    """The backward direction reads the sequence as it stands."""
    run_direction = run_module._Run._direction

    def wrong(self, layer, direction, x, mask):
        return run_direction(self, layer, direction, x[::-1] if direction == "backward" else x, mask)

    patch.setattr(run_module._Run, "_direction", wrong)


def leave_turned(patch: Patch) -> None:
    """The backward direction's rows stay in the order in which they were run."""
    run_direction = run_module._Run._direction

    def wrong(self, layer, direction, x, mask):
        output = run_direction(self, layer, direction, x, mask)
        return output[::-1] if direction == "backward" else output

    patch.setattr(run_module._Run, "_direction", wrong)


def ignore_lengths(patch: Patch) -> None:
    patch.setattr(run_module, "_length_mask", lambda lengths, steps, batch: None)


def swap(patch: Patch, table: dict, one: str, other_: str) -> None:
    first, second = table[one], table[other_]
    patch.setitem(table, one, second)
    patch.setitem(table, other_, first)


outputs, gradients, custom = (
    torch.test_outputs_and_states_are_those_of_torch,
    torch.test_gradients_are_those_of_torch,
    other.test_cells_are_those_written_by_hand_in_torch,
)
LSTM = [case for case in of_kind("lstm") if not case.meta["proj"]]
PROJECTED = [case for case in of_kind("lstm") if case.meta["proj"]]
PACKED = [case for case in STACKS if case.meta["packed"]]
BOTH = [case for case in STACKS if case.meta["bidirectional"]]

MUTATIONS: dict[str, tuple[Callable[[Patch], None], Check, list[Case]]] = {
    "lstm gates i o f g": (lambda p: p.setitem(oracles.GATES, "lstm", "iofg"), outputs, of_kind("lstm")),
    "lstm gates i f o g": (lambda p: p.setitem(oracles.GATES, "lstm", "ifog"), outputs, of_kind("lstm")),
    "gru gates z r n": (lambda p: p.setitem(oracles.GATES, "gru", "zrn"), outputs, of_kind("gru")),
    "no bias_ih": (lambda p: drop(p, "bias_ih"), outputs, with_bias(STACKS)),
    "no bias_hh": (lambda p: drop(p, "bias_hh"), outputs, with_bias(STACKS)),
    "z weighs the new state": (
        lambda p: rewritten(p, "gru_reset_after", ("(1 - z) * n", "z * n"), ("+ z * h_prev", "+ (1 - z) * h_prev")),
        outputs,
        of_kind("gru"),
    ),
    "reset before the product": (
        lambda p: rewritten(p, "gru_reset_after", ("r * (U_n @ h_prev + c_n)", "(U_n @ (r * h_prev) + c_n)")),
        outputs,
        of_kind("gru"),
    ),
    "second bias outside the reset": (
        lambda p: rewritten(p, "gru_reset_after", ("r * (U_n @ h_prev + c_n)", "r * (U_n @ h_prev) + c_n")),
        outputs,
        with_bias(of_kind("gru")),
    ),
    "reset after the product": (
        lambda p: rewritten(p, "gru", ("U_n @ (r * h_prev)", "r * (U_n @ h_prev)")),
        keras.test_the_gru_with_reset_before_is_that_of_keras,
        keras.CASES,
    ),
    "z weighs the new state, reset before": (
        lambda p: rewritten(p, "gru", ("(1 - z) * n", "z * n"), ("+ z * h_prev", "+ (1 - z) * h_prev")),
        keras.test_the_gru_with_reset_before_is_that_of_keras,
        keras.CASES,
    ),
    "the peephole of o sees the old memory cell": (
        lambda p: rewritten(p, "lstm_peephole", ("p_o * c ", "p_o * c_prev ")),
        custom,
        of_cell("lstm_peephole"),
    ),
    "the peepholes of i and f exchanged": (
        lambda p: rewritten(p, "lstm_peephole", ("p_i *", "p_q *"), ("p_f *", "p_i *"), ("p_q *", "p_f *")),
        custom,
        of_cell("lstm_peephole"),
    ),
    "the candidate is a sigmoid": (
        lambda p: rewritten(p, "lstm", ("g = tanh(", "g = sigmoid(")),
        outputs,
        LSTM,
    ),
    "the output gate is a tanh": (
        lambda p: rewritten(p, "lstm", ("o = sigmoid(", "o = tanh(")),
        outputs,
        LSTM,
    ),
    "no tanh of the memory cell": (
        lambda p: rewritten(p, "lstm", ("o * tanh(c)", "o * c")),
        outputs,
        LSTM,
    ),
    "f and i exchanged": (
        lambda p: rewritten(p, "lstm", ("f * c_prev + i * g", "i * c_prev + f * g")),
        outputs,
        LSTM,
    ),
    "the memory cell is projected without its tanh": (
        lambda p: rewritten(p, "lstm_projected", ("o * tanh(c)", "o * c")),
        outputs,
        PROJECTED,
    ),
    "the backward direction reads forward": (read_forward, outputs, BOTH),
    "backward rows are left turned round": (leave_turned, outputs, [case for case in BOTH if case.meta["layers"] > 1]),
    "lengths are ignored": (ignore_lengths, outputs, PACKED),
    "the slope of tanh is that of the sigmoid": (
        lambda p: swap(p, activations.SLOPE, "tanh", "sigmoid"),
        gradients,
        of_kind("lstm", "gru"),
    ),
}


def unpatched() -> Iterator[tuple[Check, Case]]:
    for _, check, cases in MUTATIONS.values():
        for case in cases:
            yield check, case


def test_without_a_mutation_all_of_them_agree() -> None:
    for check, case in unpatched():
        check(case)


@pytest.mark.parametrize("name", MUTATIONS)
def test_every_oracle_notices(name: str, monkeypatch: Patch) -> None:
    mutate, check, cases = MUTATIONS[name]
    assert cases
    mutate(monkeypatch)
    unnoticed = []
    for case in cases:
        try:
            check(case)
        except AssertionError:
            continue
        unnoticed.append(case.name)
    assert not unnoticed
