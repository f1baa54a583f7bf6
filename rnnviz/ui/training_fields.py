"""Everything that can be set of a training: where it stands in the scenario, what it is called, when it has a say."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from PySide6.QtCore import QT_TRANSLATE_NOOP

from rnnviz.scenario.types import Scenario, Training
from rnnviz.session import edit_training
from rnnviz.ui import training_words

noop = QT_TRANSLATE_NOOP

LOSSES = {
    "half squared error": noop("training", "half squared error"),
    "squared error": noop("training", "squared error"),
    "cross entropy": noop("training", "cross entropy"),
    "binary cross entropy": noop("training", "binary cross entropy"),
}
COUNTED = {"every step": noop("training", "every step"), "last step": noop("training", "last step")}
SCHEDULES = {
    "constant": noop("training", "constant"),
    "step": noop("training", "in steps"),
    "exponential": noop("training", "exponential"),
    "cosine": noop("training", "cosine"),
}
STARTS = {"present": noop("training", "these weights"), "new": noop("training", "new weights")}

# Rules by the numbers that they read.
_MOMENTUM, _DECAY, _BETAS = ("momentum", "nesterov"), ("rmsprop",), ("adam", "adamw")
_EPSILON = (*_DECAY, "adagrad", *_BETAS)


def _always(_scenario: Scenario) -> bool:
    return True


@dataclass(frozen=True)
class Setting:
    """
    path : see `rnnviz.session.edit_training`; group : the heading that it stands under, "" for those seen at first
    choices : value -> text; is_switch : on or off; is_row : many numbers; else it is one number, whole or not
    applies : whether it is there at all; waits_for : what it needs to have a say, "" when it has one
    """

    path: str
    title: str
    tip: str
    group: str = ""
    choices: Mapping[str, str] = field(default_factory=dict)
    is_switch: bool = False
    is_row: bool = False
    applies: Callable[[Scenario], bool] = _always
    waits_for: Callable[[Scenario], str] = lambda _: ""

    @property
    def is_whole(self) -> bool:
        found = edit_training.RANGES.get(self.path)
        return found is not None and found.is_whole


def _of(scenario: Scenario) -> Training:
    return scenario.training or Training()


def _rules(*kinds: str) -> Callable[[Scenario], bool]:
    return lambda scenario: _of(scenario).optimizer.kind in kinds


def _schedules(*kinds: str) -> Callable[[Scenario], bool]:
    return lambda scenario: _of(scenario).schedule.kind in kinds


def _starts_anew(scenario: Scenario) -> bool:
    return _of(scenario).start is not None


def _is_made(scenario: Scenario) -> bool:
    """Whether what is learned from is made from a seed."""
    data = _of(scenario).data
    return data is not None and data.sequences > 0


def _has_loss(scenario: Scenario) -> bool:
    return scenario.loss is not None


def _clips(scenario: Scenario) -> str:
    return "" if _of(scenario).clipping.kind != "none" else noop("training", "Nothing is clipped now.")


def _validates(scenario: Scenario) -> str:
    return "" if _of(scenario).validation > 0 else noop("training", "Hold out a validation share first.")


RULE, RATE, ORDER = noop("training", "Rule"), noop("training", "Rate over time"), noop("training", "Order")
HELD_OUT, TIME, LOSS = noop("training", "Validation"), noop("training", "Through time"), noop("training", "Loss")
BEGIN, DATA, KEEP = noop("training", "Start"), noop("training", "Sequences"), noop("training", "Iterates")
_T = "training."

SETTINGS: tuple[Setting, ...] = (
    Setting(
        _T + "optimizer.kind", noop("training", "optimiser"),
        noop("training", "The rule by which a gradient becomes an update"), choices=training_words.OPTIMISERS,
    ),
    Setting(
        _T + "optimizer.rate", noop("training", "rate"), noop("training", "The learning rate: how far an update goes")
    ),
    Setting(
        _T + "clipping.kind", noop("training", "clipping"),
        noop("training", "What is done with a gradient that is too large"), choices=training_words.CLIPPINGS,
    ),
    Setting(
        _T + "clipping.limit", noop("training", "limit"),
        noop("training", "What is larger is clipped to this: a number, the norm, or the loss"), waits_for=_clips,
    ),
    Setting(_T + "epochs", noop("training", "epochs"), noop("training", "How often all sequences are gone through")),
    Setting(
        _T + "batch_size", noop("training", "batch size"),
        noop("training", "Sequences in one update; 0 for all of them"),
    ),
    Setting(
        _T + "optimizer.momentum", noop("training", "momentum"),
        noop("training", "The part of the last update's direction that stays"), RULE, applies=_rules(*_MOMENTUM),
    ),
    Setting(
        _T + "optimizer.decay", noop("training", "decay"),
        noop("training", "The part of the mean of squared gradients that stays"), RULE, applies=_rules(*_DECAY),
    ),
    Setting(
        _T + "optimizer.betas.0", noop("training", "beta 1"),
        noop("training", "The part of the mean gradient that stays"), RULE, applies=_rules(*_BETAS),
    ),
    Setting(
        _T + "optimizer.betas.1", noop("training", "beta 2"),
        noop("training", "The part of the mean of squared gradients that stays"), RULE, applies=_rules(*_BETAS),
    ),
    Setting(
        _T + "optimizer.epsilon", noop("training", "epsilon"),
        noop("training", "Added to the root that the gradient is divided by"), RULE, applies=_rules(*_EPSILON),
    ),
    Setting(
        _T + "optimizer.weight_decay", noop("training", "weight decay"),
        noop("training", "How strongly weights are drawn to 0"), RULE,
    ),
    Setting(
        _T + "schedule.kind", noop("training", "schedule"), noop("training", "How the rate changes with the epochs"),
        RATE, choices=SCHEDULES,
    ),
    Setting(
        _T + "schedule.factor", noop("training", "factor"),
        noop("training", "The rate is multiplied by this: after so many epochs, in each, or by the end (cosine)"),
        RATE, applies=_schedules("step", "exponential", "cosine"),
    ),
    Setting(
        _T + "schedule.every", noop("training", "every"),
        noop("training", "After how many epochs the rate is multiplied"), RATE, applies=_schedules("step"),
    ),
    Setting(
        _T + "shuffle", noop("training", "shuffle"), noop("training", "Another order of the sequences in each epoch"),
        ORDER, is_switch=True,
    ),
    Setting("seed", noop("training", "seed"), noop("training", "The same seed gives the same training, bit for bit"),
            ORDER),
    Setting(
        _T + "validation", noop("training", "share"),
        noop("training", "The part of the sequences that is held out, and measured once an epoch"), HELD_OUT,
    ),
    Setting(
        _T + "patience", noop("training", "patience"),
        noop("training", "Epochs without a lower validation loss until training stops; 0 for never"), HELD_OUT,
        waits_for=_validates,
    ),
    Setting(
        _T + "truncate", noop("training", "truncate at k"),
        noop("training", "Steps over which a gradient passes back (truncated BPTT); 0 for all"), TIME,
    ),
    Setting(
        "teacher_forcing", noop("training", "teacher forcing"),
        noop("training", "The target of the step before is fed back in place of the network's own output"), TIME,
        is_switch=True, applies=edit_training.offers_teacher_forcing,
    ),
    Setting(
        "loss.kind", noop("training", "loss"), noop("training", "How an output is compared with its target"), LOSS,
        choices=LOSSES, applies=_has_loss,
    ),
    Setting(
        "loss.at", noop("training", "counted at"), noop("training", "Which steps count"), LOSS, choices=COUNTED,
        applies=_has_loss,
    ),
    Setting(
        "loss.weights", noop("training", "step weights"),
        noop("training", "How much each step counts, from step 1 on; those that are left out count 1"), LOSS,
        is_row=True, applies=_has_loss,
    ),
    Setting(
        _T + "start", noop("training", "begins with"),
        noop("training", "The weights of iterate 0: those of the file, or new ones made from a seed"), BEGIN,
        choices=STARTS,
    ),
    Setting(
        _T + "start.seed", noop("training", "their seed"), noop("training", "The seed of the new weights"), BEGIN,
        applies=_starts_anew,
    ),
    Setting(
        _T + "start.forget_bias", noop("training", "forget bias"),
        noop("training", "What the bias of a forget gate begins with"), BEGIN, applies=_starts_anew,
    ),
    Setting(
        _T + "data.steps", noop("training", "steps"), noop("training", "The length of the sequences that are made"),
        DATA, applies=_is_made,
    ),
    Setting(
        _T + "data.sequences", noop("training", "sequences"), noop("training", "How many are made to learn from"),
        DATA, applies=_is_made,
    ),
    Setting(
        _T + "data.held_out", noop("training", "held out"),
        noop("training", "Further ones, on which what was learned is measured"), DATA, applies=_is_made,
    ),
    Setting(
        _T + "data.seed", noop("training", "their seed"), noop("training", "The seed that they are made from"), DATA,
        applies=_is_made,
    ),
    Setting(
        _T + "keep_every", noop("training", "keep every"),
        noop("training", "Every so many iterates the weights are kept, to walk through; 0 for the last alone"), KEEP,
    ),
)  # fmt: skip
