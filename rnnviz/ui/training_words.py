"""Training in words: how far it is, why it stopped, what the settings are called."""

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication

from rnnviz.session.training_run import TrainingRun
from rnnviz.ui import numbers

OPTIMISERS = {
    "sgd": QT_TRANSLATE_NOOP("training", "SGD"),
    "momentum": QT_TRANSLATE_NOOP("training", "momentum"),
    "nesterov": QT_TRANSLATE_NOOP("training", "Nesterov"),
    "rmsprop": QT_TRANSLATE_NOOP("training", "RMSprop"),
    "adagrad": QT_TRANSLATE_NOOP("training", "Adagrad"),
    "adam": QT_TRANSLATE_NOOP("training", "Adam"),
    "adamw": QT_TRANSLATE_NOOP("training", "AdamW"),
}
CLIPPINGS = {
    "none": QT_TRANSLATE_NOOP("training", "none"),
    "value": QT_TRANSLATE_NOOP("training", "by value"),
    "norm": QT_TRANSLATE_NOOP("training", "by norm"),
    "loss cap": QT_TRANSLATE_NOOP("training", "loss cap, as in the notes"),
}
_NOT_FINITE = "not finite: "


def progress(run: TrainingRun) -> str:
    """ "epoch 12 of 100, 8 s left"; what was done, when it has ended."""
    if not run.is_running:
        updates = _tr("1 update") if run.number == 1 else _tr("{0} updates").format(numbers.count(run.number))
        return _tr("{updates} in {time}").format(updates=updates, time=duration(run.worked_s))
    said = _tr("epoch {0} of {1}").format(numbers.count(min(run.epoch + 1, run.epochs)), numbers.count(run.epochs))
    if run.state == "paused":
        return _tr("{0}, paused").format(said)
    if run.seconds_left is None:
        return said
    return _tr("{0}, {1} left").format(said, duration(run.seconds_left))


def duration(seconds: float) -> str:
    """ "0.4 s", "8 s", "2 min 5 s", "1 h 20 min" """
    if 0 < seconds < 0.1:
        return _tr("under 0.1 s")
    if seconds < 10:
        return _tr("{0} s").format(f"{seconds:.1f}")
    whole = round(seconds)
    if whole < 60:
        return _tr("{0} s").format(whole)
    if whole < 3600:
        return _tr("{0} min {1} s").format(*divmod(whole, 60))
    return _tr("{0} h {1} min").format(whole // 3600, whole % 3600 // 60)


def ending(run: TrainingRun) -> str:
    """Why it ended, what became of the weights, what to do; "" while it runs and where all went as planned."""
    if run.is_running or (run.state == "done" and run.reason in ("", "done")):
        return ""
    if run.reason == "early stop":
        return _tr("Stopped early: validation no longer improved. The best weights are kept.")
    if run.reason == "cancelled":
        return _tr("Stopped by hand at iterate {0}; undo takes its weights back.").format(numbers.count(run.number))
    if run.reason.startswith(_NOT_FINITE):
        text = _tr("{0} is not finite. Training stopped there; the last good weights are kept.")
        advice = _tr("Try a smaller rate, or clipping.")
        where = run.reason.removeprefix(_NOT_FINITE)
        if where.startswith("the "):  # the name of a quantity stays as it is written
            where = where[:1].upper() + where[1:]
        return f"{text.format(where)} {advice}"
    said = run.reason[:1].upper() + run.reason[1:]
    return _tr("{0}. Nothing is lost: training can start again.").format(said.rstrip("."))


def is_trouble(run: TrainingRun) -> bool:
    """Whether the end is one that nobody wanted."""
    return not run.is_running and run.reason not in ("", "done", "early stop", "cancelled")


def optimiser(kind: str) -> str:
    return _tr(OPTIMISERS[kind])


def clipping(kind: str) -> str:
    return _tr(CLIPPINGS[kind])


def _tr(text: str) -> str:
    return QCoreApplication.translate("training", text)
