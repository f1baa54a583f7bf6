"""A time-travel debugger for recurrent neural networks: step, see every number, open it into its equation.

    import rnnviz

    scenario = rnnviz.load("lstm-counter")          # a built-in scenario, see rnnviz.names(), or a .rnnviz file
    trace = rnnviz.run(scenario)                    # every named quantity over time
    trace["lstm.c"]                                 # (T, N, units): steps, sequences, units
    trace.output                                    # (T, N, outputs)
    print(rnnviz.explain(scenario, "lstm.c", 4, 0)) # c[0] after step 4: its equation, with the numbers in
    rnnviz.save(scenario, "mine.rnnviz")
    learned = rnnviz.train(rnnviz.load("temporal-xor"))       # as the scenario says, from its seed
    theirs = rnnviz.import_model("classifier.pt")             # of PyTorch, Keras or ONNX, see its docstring
    rnnviz.export_model(scenario, "counter.py", "numpy")      # or "torch", "keras", "onnx", "safetensors", "npz"
    mine = rnnviz.read_data("mine.csv", scenario)             # with data of a file, or a new network for them
    surface = rnnviz.loss_surface(rnnviz.load("cliff"))       # .x .y .loss (y, x) .gradient_norm (y, x)
    rnnviz.saliency(scenario, "output", 4).gradients["lstm.c"] # (T, units): how that output depends on each state
    rnnviz.lesion(scenario, "lstm.f").by_output               # (units, outputs): what each forget gate is there for
    rnnviz.match(rnnviz.load("char-rnn"), "lstm.h", 3, 4).places  # where else the units of these steps are on
    rnnviz.unit_statistics(scenario)["lstm.o"].high           # (units,): share of steps at which each gate is open

One idea carries the program: `trace = run(network, params, inputs)` is a pure function, and whatever is shown is a
frozen picture of its result. So a step back is free, and an edit is another run. A cell is written once, as the
equations of its paper; running it, its gradient, its diagram and the explanation of a number are derived from them.

Where things are, each folder importing only from those below it:

    __main__, cli   the command `rnnviz`
    ui              the window; nothing else imports Qt
    session         an open scenario: cursor, selection, edits, undo
    interop         files of PyTorch, Keras, ONNX and NumPy, in and out; data to feed
    jobs            long work, here or in a process of its own: training, loss surfaces
    scenario        what a file holds: reading, checking, writing, stories, the built-in ones
    engine          cells as equations, networks, running, gradients, explanations; NumPy and nothing else
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rnnviz.engine.errors import EngineError, ShapeError
    from rnnviz.engine.explain import Explanation
    from rnnviz.engine.surface import Surface
    from rnnviz.engine.trace import Trace
    from rnnviz.interop.data.read_data import read_data
    from rnnviz.interop.errors import ModelError, UndecidedError
    from rnnviz.interop.export import export_model
    from rnnviz.interop.import_model import import_model
    from rnnviz.jobs.surface import loss_surface
    from rnnviz.jobs.training import train
    from rnnviz.scenario.builtin import names
    from rnnviz.scenario.errors import ScenarioError
    from rnnviz.scenario.inside import lesion, match, saliency, unit_statistics
    from rnnviz.scenario.read import load
    from rnnviz.scenario.run_scenario import explain, run
    from rnnviz.scenario.types import Scenario
    from rnnviz.scenario.write import save

__version__ = "0.1.0"

__all__ = [
    "EngineError",
    "Explanation",
    "ModelError",
    "Scenario",
    "ScenarioError",
    "ShapeError",
    "Surface",
    "Trace",
    "UndecidedError",
    "explain",
    "export_model",
    "import_model",
    "lesion",
    "load",
    "loss_surface",
    "match",
    "names",
    "read_data",
    "run",
    "saliency",
    "save",
    "train",
    "unit_statistics",
]

_HOMES = {
    "EngineError": "rnnviz.engine.errors",
    "Explanation": "rnnviz.engine.explain",
    "ModelError": "rnnviz.interop.errors",
    "Scenario": "rnnviz.scenario.types",
    "ScenarioError": "rnnviz.scenario.errors",
    "ShapeError": "rnnviz.engine.errors",
    "Surface": "rnnviz.engine.surface",
    "Trace": "rnnviz.engine.trace",
    "UndecidedError": "rnnviz.interop.errors",
    "explain": "rnnviz.scenario.run_scenario",
    "export_model": "rnnviz.interop.export",
    "import_model": "rnnviz.interop.import_model",
    "lesion": "rnnviz.scenario.inside",
    "load": "rnnviz.scenario.read",
    "loss_surface": "rnnviz.jobs.surface",
    "match": "rnnviz.scenario.inside",
    "names": "rnnviz.scenario.builtin",
    "read_data": "rnnviz.interop.data.read_data",
    "run": "rnnviz.scenario.run_scenario",
    "saliency": "rnnviz.scenario.inside",
    "save": "rnnviz.scenario.write",
    "train": "rnnviz.jobs.training",
    "unit_statistics": "rnnviz.scenario.inside",
}


def __getattr__(name: str) -> object:
    """Import a public name when it is first used: `__main__` has to come before NumPy, and this file before both."""
    if name not in _HOMES:
        raise AttributeError(f"module 'rnnviz' has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
