"""Training in a scenario's file: read, written, refused where it is wrong, and handed to the engine as it says."""

import json
from typing import Any

import numpy as np
import pytest

from rnnviz.engine.training import train
from rnnviz.scenario.data_sets import CHARACTERS, DATA_SETS, character_ids
from rnnviz.scenario.errors import ScenarioError
from rnnviz.scenario.read import parse
from rnnviz.scenario.run_scenario import run
from rnnviz.scenario.tasks import TASKS, lesson
from rnnviz.scenario.training import loss_weights, measured, start_of, trained, training_of
from rnnviz.scenario.write import to_text

TRAINING: dict[str, Any] = {
    "optimizer": {"kind": "adam", "rate": 0.05},
    "clipping": {"kind": "norm", "limit": 2},
    "epochs": 5,
    "batch_size": 8,
}


@pytest.fixture
def learner(tree: dict[str, Any]) -> dict[str, Any]:
    """The small scenario with something to learn."""
    tree |= {"targets": [[[1]], [[0]], [[1]]], "loss": {"kind": "squared error"}, "training": TRAINING, "seed": 7}
    return tree


def test_the_settings_are_those_of_the_file(learner: dict[str, Any]) -> None:
    data, settings = training_of(parse(json.dumps(learner)))
    assert (settings.optimizer.kind, settings.optimizer.rate, settings.optimizer.momentum) == ("adam", 0.05, 0.9)
    assert (settings.clipping.kind, settings.clipping.limit) == ("norm", 2)
    assert (settings.epochs, settings.batch_size, settings.seed) == (5, 8, 7)
    assert (settings.loss, settings.last_only) == ("squared error", False)
    assert data.inputs.shape == (3, 1, 2)
    assert data.weights is None


def test_what_is_as_it_would_be_anyway_is_not_written_and_unknown_keys_stay(learner: dict[str, Any]) -> None:
    learner["training"] = TRAINING | {"optimizer": {"kind": "adam", "rate": 0.05, "warm": 1}, "note": "mine"}
    learner["surface"] = {
        "x": {"parameter": "elman.U", "low": -1, "high": 1, "colour": "red"},
        "y": {"kind": "random", "seed": 3, "low": -2, "high": 2},
    }
    scenario = parse(json.dumps(learner))
    data, settings = training_of(scenario)
    *_, last = train(scenario.network, scenario.params, data, settings)
    assert last.params is not None
    back = json.loads(to_text(trained(scenario, last.params)))
    assert back["training"] == learner["training"]
    assert back["surface"] == learner["surface"]
    assert back["params"] != learner["params"]


def test_trained_weights_are_kept_and_old_expectations_are_not(learner: dict[str, Any]) -> None:
    learner["expected"] = [{"at": "output", "step": 1, "value": float(2 * np.tanh(0.75)), "within": 1e-9}]
    scenario = parse(json.dumps(learner))
    params = {name: array + 1 for name, array in scenario.params.items()}
    new = trained(scenario, params)
    assert new.expected == ()
    assert all((new.params[name] == params[name]).all() for name in params)
    assert parse(to_text(new)).params["elman.W"] == pytest.approx(params["elman.W"], abs=0)


def test_training_begins_where_the_file_says(learner: dict[str, Any]) -> None:
    scenario = parse(json.dumps(learner))
    assert start_of(scenario) is scenario.params
    learner["training"] = TRAINING | {"start": {"initialiser": "glorot", "seed": 4}}
    started, again = (start_of(parse(json.dumps(learner))) for _ in range(2))
    assert all((started[name] == again[name]).all() for name in started)
    assert not (started["elman.W"] == scenario.params["elman.W"]).all()


def test_steps_beyond_the_list_of_weights_count_one(learner: dict[str, Any]) -> None:
    learner["loss"]["weights"] = [0, 2.5]
    scenario = parse(json.dumps(learner))
    data, _ = training_of(scenario)
    assert data.weights is not None
    assert data.weights[:, 0].tolist() == [0, 2.5, 1]
    weights = loss_weights(scenario, 1, 2)
    assert weights is not None
    assert weights.tolist() == [[0, 0]]
    assert json.loads(to_text(scenario))["loss"]["weights"] == [0, 2.5]


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("optimizer", {"kind": "adamm"}, 'training.optimizer.kind: expected one of "sgd"'),
        ("optimizer", {"rate": 0}, "training.optimizer.rate: expected a number above 0"),
        ("clipping", {"kind": "norms"}, 'training.clipping.kind: expected one of "none"'),
        ("schedule", {"kind": "cosin"}, 'training.schedule.kind: expected one of "constant"'),
        ("validation", 1, "training.validation: expected a number below 1"),
        ("epochs", -1, "training.epochs: expected a whole number of at least 0"),
        ("data", {"source": "/etc/passwd"}, "training.data.source: unknown source"),
        ("data", {"source": "adding", "steps": 1, "sequences": 4}, "training.data.steps: adding needs at least 2"),
        ("data", {"source": "adding", "steps": 9}, "training.data.sequences: expected at least 1 sequence"),
    ],
)
def test_what_is_wrong_is_named(learner: dict[str, Any], key: str, value: Any, message: str) -> None:
    learner["training"] = TRAINING | {key: value}
    with pytest.raises(ScenarioError) as caught:
        parse(json.dumps(learner))
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    ("axis", "message"),
    [
        ({"parameter": "elman.Q", "low": 0, "high": 1}, "surface.x.parameter: the network has no such parameter"),
        ({"parameter": "elman.W", "row": 1, "low": 0, "high": 1}, "surface.x: elman.W has 1 x 2 numbers"),
        ({"kind": "random", "low": 1, "high": 1}, "surface.x.high: expected a number above 1"),
        ({"kind": "up", "low": 0, "high": 1}, 'surface.x.kind: expected one of "parameter"'),
    ],
)
def test_a_surface_that_cannot_be_is_refused(learner: dict[str, Any], axis: Any, message: str) -> None:
    learner["surface"] = {"x": axis, "y": {"kind": "gradient", "low": -1, "high": 1}}
    with pytest.raises(ScenarioError) as caught:
        parse(json.dumps(learner))
    assert str(caught.value).startswith(message)


def test_what_is_missing_is_said_when_training_is_asked_for(tree: dict[str, Any]) -> None:
    with pytest.raises(ScenarioError, match='"loss" is missing'):
        training_of(parse(json.dumps(tree)))
    tree["loss"] = {"kind": "squared error"}
    with pytest.raises(ScenarioError, match='"targets" is missing'):
        training_of(parse(json.dumps(tree)))
    tree["training"] = {"data": {"source": "flip-flop", "steps": 9, "sequences": 4}}
    with pytest.raises(ScenarioError, match="flip-flop has 3 inputs and 3 outputs; the network needs 2 inputs and 1 "):
        training_of(parse(json.dumps(tree)))


def test_training_data_come_from_their_seed_alone(tree: dict[str, Any]) -> None:
    tree["loss"] = {"kind": "squared error", "at": "last step"}
    data = {"source": "adding", "steps": 9, "sequences": 4, "held_out": 3, "seed": 5}
    tree["training"] = {"data": data}
    scenario = parse(json.dumps(tree))
    (first, _), (second, _) = training_of(scenario), training_of(scenario)
    assert (first.inputs == second.inputs).all()
    assert first.inputs.shape == (9, 4, 2)
    tree["training"] = {"data": data | {"seed": 6}}
    assert (training_of(parse(json.dumps(tree)))[0].inputs != first.inputs).any()


def test_what_was_learned_is_measured_on_the_steps_that_count(learner: dict[str, Any]) -> None:
    scenario = parse(json.dumps(learner))
    output = run(scenario).output[:, 0, 0]
    assert measured(scenario).loss == pytest.approx(((output - [1, 0, 1]) ** 2).mean())
    assert measured(scenario).accuracy is None
    learner["loss"]["at"] = "last step"
    assert measured(parse(json.dumps(learner))).loss == pytest.approx((output[2] - 1) ** 2)


# --- the tasks ------------------------------------------------------------------------------------------------------


def series(task: str, steps: int = 24, sequences: int = 50) -> tuple[np.ndarray, np.ndarray, Any]:
    made = lesson(task, steps, sequences, np.random.default_rng(1))
    return made.data.inputs, made.data.targets, made


def test_every_third_bit_is_the_exclusive_or_of_the_two_before() -> None:
    x, target, made = series("temporal-xor")
    bits = np.concatenate([x[:1], target])[..., 0].astype(int)
    assert (bits[2::3] == (bits[0:-2:3] != bits[1:-1:3])).all()
    assert 0.4 < bits[0::3].mean() < 0.6
    assert np.flatnonzero(made.counted[:, 0]).tolist() == [1, 4, 7, 10, 13, 16, 19, 22]


def test_as_many_b_as_a_and_then_the_end() -> None:
    x, target, made = series("anbn")
    for n, length in enumerate(made.data.lengths):
        word = "".join("ab."[k] for k in x[:length, n].argmax(axis=1))
        count = (length - 1) // 2
        assert word == "." + "a" * count + "b" * count
        assert target[:length, n].argmax(axis=1).tolist() == [*x[1:length, n].argmax(axis=1), 2]
        assert made.counted[:length, n].tolist() == [symbol == "b" for symbol in word]


def test_brackets_are_closed_where_as_many_were_closed_as_opened() -> None:
    x, target, _ = series("parentheses")
    depth = np.cumsum(x[..., 0] - x[..., 1], axis=0)
    assert depth.min() == 0
    assert (target[..., 0] == (depth == 0)).all()


def test_a_flip_flop_holds_the_last_pulse() -> None:
    x, target, _ = series("flip-flop")
    for n, channel in np.ndindex(50, 3):
        held = 0.0
        for t in range(24):
            held = x[t, n, channel] or held
            assert target[t, n, channel] == held


def test_the_two_marked_numbers_are_added() -> None:
    x, target, _ = series("adding")
    assert (x[..., 1].sum(axis=0) == 2).all()
    assert target[-1, :, 0] == pytest.approx((x[..., 0] * x[..., 1]).sum(axis=0))


def test_what_was_said_is_said_again() -> None:
    x, target, made = series("copy-memory")
    assert (target[-3:].argmax(axis=2) == x[:3].argmax(axis=2)).all()
    assert (target[:-3].argmax(axis=2) == 4).all()
    assert (x[-3].argmax(axis=1) == 5).all()
    assert (x[3:-3].argmax(axis=2) == 4).all()
    assert made.counted.sum() == 3 * 50


def test_a_sine_goes_on() -> None:
    x, target, _ = series("sine", steps=60)
    assert (x[1:] == target[:-1]).all()
    assert x[25:] == pytest.approx(x[:-25], abs=1e-12)
    assert np.abs(x).max() == pytest.approx(1, abs=1e-2)


def written(ids: np.ndarray) -> str:
    return "".join(CHARACTERS[int(index)] for index in ids)


def test_the_data_sets_are_what_their_description_says() -> None:
    digits, others = DATA_SETS["mnist-digits"]()
    assert (digits.data.inputs.shape, others.data.inputs.shape) == ((28, 1000, 28), (28, 200, 28))
    assert digits.data.targets[-1].sum(axis=0).tolist() == [100] * 10
    assert others.data.targets[0].sum(axis=0).tolist() == [20] * 10
    assert digits.data.inputs.max() == 1
    same = (digits.data.inputs[:, :, None] == others.data.inputs[:, None]).all(axis=(0, 3))
    assert not same.any()
    read, unread = DATA_SETS["sentences"]()
    assert (read.data.inputs.shape, unread.data.inputs.shape) == ((40, 2399, 1), (40, 599, 1))
    assert 0.45 < read.data.targets[0].mean() < 0.55
    read, unread = DATA_SETS["founding-texts"]()
    assert (read.data.inputs.shape, unread.data.inputs.shape) == ((60, 807, 1), (60, 90, 1))
    assert written(read.data.inputs[:, 0, 0]) == "the declaration of independence of the thirteen colonies in "
    assert (
        written(read.data.targets[:, 0].argmax(axis=1))
        == "he declaration of independence of the thirteen colonies in c"
    )
    assert written(unread.data.inputs[:, 0, 0]).startswith("nstitution, within seven years")
    assert character_ids("We,\n  the PEOPLE (1787)!").tolist() == [CHARACTERS.index(c) for c in "we, the people"]
    learned, held_out = DATA_SETS["sunspots"]()
    assert learned.data.inputs.shape == (229, 1, 1)
    assert held_out.data.inputs.shape == (308, 1, 1)
    assert held_out.counted is not None
    assert held_out.counted.sum() == 308 - 229
    assert len(TASKS) == 7
