"""Training: PyTorch's own optimisers and clipping, and what a run hands out, keeps and says when it goes wrong."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from rnnviz.engine.backward import parameter_gradients
from rnnviz.engine.cell import Cell
from rnnviz.engine.cells import CELLS
from rnnviz.engine.clipping import Clipping, clip
from rnnviz.engine.errors import EngineError, ShapeError
from rnnviz.engine.network import Dense, Network, Recurrent
from rnnviz.engine.optimizers import Optimizer
from rnnviz.engine.run import run
from rnnviz.engine.training import Data, Schedule, Settings, first_not_finite, train
from tests.engine.oracles import Case, cases, split

TRAIN = cases("torch/train_*")


def optimizer_of(case: Case) -> Optimizer:
    defaults, kind = case.meta["defaults"], case.meta["optimizer"]
    if kind.startswith("sgd"):
        kind = "nesterov" if defaults["nesterov"] else "momentum" if defaults["momentum"] else "sgd"
    return Optimizer(
        kind,
        rate=defaults["lr"],
        momentum=defaults.get("momentum", 0.0),
        decay=defaults.get("alpha", 0.0),
        betas=tuple(defaults.get("betas", (0.0, 0.0))),
        epsilon=defaults.get("eps", 0.0),
        weight_decay=defaults["weight_decay"],
    )


def clipping_of(case: Case) -> Clipping:
    name = case.meta["clip"]
    if name is None:
        return Clipping()
    kind = "norm" if name.startswith("norm") else "value"
    return Clipping(kind, float(name.removeprefix(kind)))


LETTERS = {"rnn": "", "lstm": "ifgo", "gru": "rzn"}


def two_biases(name: str) -> Cell:
    """A cell with both of torch's biases, b and c: both count in the gradient's norm, and each is updated by itself."""
    cell = CELLS[{"rnn": "elman", "gru": "gru_reset_after"}.get(name, name)]
    if name == "rnn":
        return Cell("two", "", cell.equations.replace("+ b)", "+ b + c_h)"))
    text = cell.equations
    for k in LETTERS[name]:
        text = text if f"c_{k}" in text else text.replace(f"+ b_{k})", f"+ b_{k} + c_{k})")
    return Cell("two", "", text)


def problem_of(case: Case, moment: str) -> tuple[Network, dict[str, np.ndarray]]:
    """The network, and its weights at "w0." (before) or "w8." (after eight updates)."""
    kind = case.meta["cell"].split("_")[0]
    own = {"weight_ih": "W", "weight_hh": "U", "bias_ih": "b", "bias_hh": "c"}
    params = {}
    for theirs, ours in own.items():
        stacked = case[f"{moment}cell.{theirs}_l0"]
        rows = {"h" if ours == "c" else "": stacked} if kind == "rnn" else split(stacked, LETTERS[kind])
        params |= {f"cell.{ours}_{k}".rstrip("_"): values for k, values in rows.items()}
    params |= {"head.V": case[moment + "head.weight"], "head.b": case[moment + "head.bias"]}
    units, inputs = case[f"{moment}cell.weight_hh_l0"].shape[1], case[f"{moment}cell.weight_ih_l0"].shape[1]
    return Network(inputs, (Recurrent("cell", two_biases(kind), units), Dense("head", len(params["head.b"])))), params


@pytest.mark.parametrize("case", TRAIN, ids=lambda case: case.name)
def test_eight_updates_are_those_of_torch(case: Case) -> None:
    network, params = problem_of(case, "w0.")
    settings = Settings(optimizer=optimizer_of(case), clipping=clipping_of(case), epochs=8)
    found = list(train(network, params, Data(case["x"], case["target"]), settings))
    assert [iterate.number for iterate in found] == list(range(9))
    case.close_to(np.array([iterate.score.loss for iterate in found[:8]]), case["losses"], "losses")
    case.close_to(np.array([iterate.clip.before for iterate in found[:8]]), case["grad_norms"], "grad_norms")
    _, wanted = problem_of(case, "w8.")
    for name, values in wanted.items():
        case.close_to(found[-1].params[name], values, name)


def small() -> tuple[Network, dict[str, np.ndarray], Data]:
    """One linear unit that is to repeat its first input; twelve sequences."""
    network = Network(1, (Recurrent("elman", CELLS["elman"], 1, activations={"h": "linear"}),))
    random = np.random.default_rng(3)
    params = {name: np.full(shape, 0.3) for name, shape in network.parameter_shapes().items()}
    inputs = random.standard_normal((4, 12, 1)) * np.array([1.0, 0.0, 0.0, 0.0])[:, None, None]
    return network, params, Data(inputs, np.repeat(inputs[:1], 4, axis=0))


def test_the_loss_of_the_notes_and_its_gradient() -> None:
    """examples.md, section 5: h_t = w h_{t-1} + x_t, target 1 at all of five steps."""
    network, _, _ = small()
    x = np.zeros((5, 1, 1))
    settings = Settings(epochs=1, optimizer=Optimizer(rate=1.0))
    x[0] = 1.0
    for w, loss, slope in ((1.5, 11.97852, 75.125), (1.0, 0.0, 0.0), (0.5, 1.22852, -2.375)):
        start = {"elman.W": np.ones((1, 1)), "elman.U": np.full((1, 1), w), "elman.b": np.zeros(1)}
        first, last = train(network, start, Data(x, np.ones((5, 1, 1))), settings)
        assert first.score.loss == pytest.approx(loss, abs=1e-5)
        assert start["elman.U"][0, 0] - last.params["elman.U"][0, 0] == pytest.approx(slope, abs=1e-9)


def test_training_learns_and_leaves_the_weights_it_was_given_alone() -> None:
    network, params, data = small()
    found = list(train(network, params, data, Settings(epochs=200, optimizer=Optimizer("adam", 0.05))))
    assert found[-1].score.loss < 1e-3 * found[0].score.loss
    assert found[-1].stopped == "done"
    assert all((values == 0.3).all() for values in params.values())


def test_the_same_seed_gives_the_same_bits_and_another_seed_others() -> None:
    network, params, data = small()
    settings = Settings(epochs=3, batch_size=5, seed=4, validation=0.25)

    def weights(settings: Settings) -> bytes:
        return b"".join(v.tobytes() for v in list(train(network, params, data, settings))[-1].params.values())

    assert weights(settings) == weights(settings)
    assert weights(replace(settings, keep_every=0)) == weights(settings)
    assert weights(replace(settings, seed=5)) != weights(settings)


def test_an_epoch_takes_every_sequence_once_in_batches() -> None:
    network, params, data = small()
    found = list(train(network, params, data, Settings(epochs=2, batch_size=5)))
    assert [iterate.epoch for iterate in found] == [0, 0, 0, 1, 1, 1, 1]
    assert found[-1].number == 6


def test_early_stop_hands_out_the_weights_of_the_lowest_validation_loss() -> None:
    network, params, data = small()
    settings = Settings(epochs=400, validation=0.5, patience=3, optimizer=Optimizer("sgd", 0.35), seed=2)
    found = list(train(network, params, data, settings))
    measured = [iterate.validation.loss for iterate in found if iterate.validation]
    assert found[-1].stopped == "early stop"
    order = np.random.default_rng(2).permutation(12)
    held_out = data.take(order[:6])
    trace = run(network, found[-1].params, held_out.inputs)
    assert 0.5 * ((trace.output - held_out.targets) ** 2).sum() / 6 == pytest.approx(min(measured))
    assert min(measured[-3:]) > min(measured[:-3])


def test_a_loss_that_is_not_finite_stops_and_keeps_the_last_good_weights() -> None:
    network, params, data = small()
    found = list(train(network, params, data, Settings(epochs=500, optimizer=Optimizer("sgd", 50.0))))
    assert found[-1].stopped.startswith("not finite: ")
    assert all(np.isfinite(values).all() for values in found[-1].params.values())
    trace = run(network, found[-1].params, data.inputs)
    assert np.isfinite(trace.output).all()


def test_the_first_number_that_is_not_finite_is_named() -> None:
    network, params, _ = small()
    params["elman.U"][...] = 1e200
    trace = run(network, params, np.ones((4, 2, 1)))
    assert first_not_finite(trace) == "elman.h unit 0 at step 3 of sequence 0"


def test_clipping_as_each_kind_says() -> None:
    gradient = np.array([3.0, -4.0])
    assert clip(Clipping("none"), gradient, 9.0)[0] is gradient
    used, said = clip(Clipping("value", 3.5), gradient, 9.0)
    assert used.tolist() == [3.0, -3.5]
    assert (said.before, said.clipped) == (5.0, True)
    used, said = clip(Clipping("norm", 1.0), gradient, 9.0)
    np.testing.assert_allclose(used, [0.6, -0.8], rtol=1e-6)
    assert said.after == pytest.approx(1.0, rel=1e-6)
    used, said = clip(Clipping("norm", 10.0), gradient, 9.0)
    assert used is gradient
    assert not said.clipped
    assert clip(Clipping("loss cap", 8.0), gradient, 9.0)[0].tolist() == [0.0, 0.0]
    assert clip(Clipping("loss cap", 9.5), gradient, 9.0)[0] is gradient


def test_schedules() -> None:
    assert [Schedule("step", 0.5, 2).of(epoch, 6) for epoch in range(5)] == [1.0, 1.0, 0.5, 0.5, 0.25]
    assert Schedule("exponential", 0.9).of(2, 9) == pytest.approx(0.81)
    assert [Schedule("cosine", 0.0).of(epoch, 3) for epoch in range(3)] == pytest.approx([1.0, 0.5, 0.0])


def test_truncated_derivatives_are_those_of_pieces_run_one_after_another() -> None:
    """With truncation to 2 steps, dL/dw is the sum over pieces, each begun with the state before it as a given."""
    network, params, data = small()
    whole = run(network, params, data.inputs)
    pieces = np.zeros((1, 1))
    for start in (0, 2):
        state = whole.before("elman.h")[start]
        piece = run(network, params, data.inputs[start : start + 2], initial={"elman.h": state})
        slope = piece.output - data.targets[start : start + 2]
        pieces += parameter_gradients(piece, {"elman.h": slope})["elman.U"]
    cut = parameter_gradients(whole, {"elman.h": whole.output - data.targets}, truncate=2)["elman.U"]
    np.testing.assert_allclose(cut, pieces, rtol=1e-13)
    full = parameter_gradients(whole, {"elman.h": whole.output - data.targets})["elman.U"]
    assert abs(full - cut).max() > 1e-3


@pytest.mark.parametrize("wrong", [{"epochs": -1}, {"validation": 1.0}, {"keep_every": -2}])
def test_settings_that_make_no_sense_are_refused(wrong: dict) -> None:
    with pytest.raises(EngineError, match=next(iter(wrong)).split("_")[0]):
        Settings(**wrong)


def test_a_share_that_holds_out_every_sequence_is_refused_before_training() -> None:
    network, params, data = small()
    with pytest.raises(EngineError, match="holds out all 12 sequences"):
        train(network, params, data, Settings(validation=0.99))


def test_targets_of_another_shape_are_refused_before_training() -> None:
    network, params, data = small()
    with pytest.raises(ShapeError, match=r"targets have shape \(4, 12, 2\); training needs \(4, 12, 1\)"):
        train(network, params, Data(data.inputs, np.zeros((4, 12, 2))), Settings())
