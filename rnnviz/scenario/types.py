"""What a scenario is: the value that all parts of the program share, and the form that it has in a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

import numpy as np
from msgspec import Meta, Struct
from numpy.typing import NDArray

from rnnviz.engine.network import Network, Params
from rnnviz.scenario import limits

Array = NDArray[np.float64]

FORMAT = "rnnviz-scenario"
VERSION = 1

Name = Annotated[str, Meta(pattern=r"^[A-Za-z][A-Za-z0-9_]*$", max_length=80)]
Text = Annotated[str, Meta(max_length=limits.TEXT)]
Line = Annotated[str, Meta(max_length=1_000)]
Count = Annotated[int, Meta(ge=0)]
Units = Annotated[int, Meta(ge=1, le=limits.UNITS)]


class Expected(Struct, frozen=True, kw_only=True):
    """Numbers that the trace must show.

    at : a quantity of the trace, "output", or a number of `rnnviz.scenario.derived`
    when : "before" for a carried quantity as the step finds it, "after" as the step leaves it
    value : one number, which every unit must show, or a list with a number for each unit
    unit : where only one unit is meant
    """

    at: Line
    step: Annotated[int, Meta(ge=1)]
    value: float | list[float]
    within: Annotated[float, Meta(ge=0)] = 1e-9
    when: Literal["after", "before"] = "after"
    sequence: Count = 0
    unit: Count | None = None


class Loss(Struct, frozen=True, kw_only=True):
    """How an output is compared with its target; summed over the units, then over the steps that count.

    "half squared error" is (y - target)^2 / 2; cross entropies are in nats.
    weights : for each step, how much it counts; none where all count the same
    """

    kind: Literal["half squared error", "squared error", "cross entropy", "binary cross entropy"]
    at: Literal["every step", "last step"] = "every step"
    weights: tuple[float, ...] = ()


class View(Struct, frozen=True, kw_only=True):
    """How the window opens: layout, step and sequence of the cursor, and panels if not those of the layout.

    explain : the quantity, such as "lstm.c" or "lstm.c[2]", whose number at that step is opened
    compare : what the story compares it with: the title of an alternative, or the name of a built-in scenario
    """

    layout: Line = "step"
    step: Count = 0
    sequence: Count = 0
    panels: tuple[Line, ...] = ()
    explain: Line = ""
    compare: Line = ""


class Alternative(Struct, frozen=True, kw_only=True):
    """A named variant of a scenario, which the window offers as a button.

    changes : what is different, in the form of the file. An object is merged into the object that it changes, key by
        key; in a list of layers the key is the layer's name; null removes a key; anything else replaces the old value
    expected : numbers that the trace of the variant must show
    """

    title: Line
    changes: dict[str, Any]
    expected: tuple[Expected, ...] = ()


class OwnCell(Struct, frozen=True, kw_only=True):
    """A cell that a file brings along: its equations, one a line, as in `rnnviz.engine.equations`."""

    name: Name
    title: Line = ""
    equations: list[Line]
    sizes: dict[str, Literal["units", "outputs"]] = {}
    constants: dict[str, float] = {}
    output: Line = "h"
    source: Text = ""


class EmbeddingLayer(Struct, frozen=True, kw_only=True, tag_field="kind", tag="embedding"):
    """Turns the id of a word into a row of numbers."""

    name: Name
    vocabulary: Annotated[int, Meta(ge=1, le=limits.VOCABULARY)]
    size: Units
    mask_zero: bool = False


class MaskingLayer(Struct, frozen=True, kw_only=True, tag_field="kind", tag="masking"):
    """Masks the steps whose inputs all equal `value`."""

    name: Name
    value: float = 0.0


class RecurrentLayer(Struct, frozen=True, kw_only=True, tag_field="kind", tag="recurrent"):
    """A layer of units of one cell, run over the sequence."""

    name: Name
    cell: Line
    units: Units
    outputs: Annotated[int, Meta(ge=0, le=limits.UNITS)] = 0
    direction: Literal["forward", "backward", "both"] = "forward"
    merge: Literal["concat", "sum", "mean", "mul"] = "concat"
    activations: dict[str, str] = {}
    constants: dict[str, float] = {}
    returns: Literal["sequence", "final"] = "sequence"
    masked_output: Literal["hold", "zero"] = "hold"
    teacher_forcing: bool = False


class DenseLayer(Struct, frozen=True, kw_only=True, tag_field="kind", tag="dense"):
    """A readout: y = activation(V h + b)."""

    name: Name
    units: Units
    activation: Line = "linear"
    at: Literal["every step", "last step"] = "every step"


class PoolLayer(Struct, frozen=True, kw_only=True, tag_field="kind", tag="pool"):
    """Pools over time what enters it: the mean, the largest or the sum over the steps so far."""

    name: Name
    pool: Literal["mean", "max", "sum"]


Layer = EmbeddingLayer | MaskingLayer | RecurrentLayer | DenseLayer | PoolLayer


class NetworkForm(Struct, frozen=True, kw_only=True):
    """The network: numbers per step of its input, and the layers in order."""

    inputs: Units
    layers: Annotated[list[Layer], Meta(min_length=1, max_length=limits.LAYERS)]


class Encoded(Struct, frozen=True, kw_only=True):
    """Many numbers, as base64 of little-endian bytes. With `divided_by`, each stored number is divided by it."""

    dtype: Literal["<f8", "<f4", "<i4", "<i2", "|u1"]
    shape: Annotated[list[Count], Meta(max_length=4)]
    base64: str
    divided_by: Annotated[float, Meta(gt=0)] = 1.0


ArrayForm = Encoded | list[Any]
Seed = Annotated[int, Meta(ge=0, le=2**63 - 1)]
Positive = Annotated[float, Meta(gt=0)]
Share = Annotated[float, Meta(ge=0, lt=1)]


class Initialiser(Struct, frozen=True, kw_only=True):
    """Weights made from a seed in place of stored ones; see `rnnviz.scenario.initialise`."""

    initialiser: Literal["glorot"]
    seed: Seed = 0
    forget_bias: float = 1.0


class OptimizerForm(Struct, frozen=True, kw_only=True):
    """How a gradient becomes an update; see `rnnviz.engine.optimizers`."""

    kind: Literal["sgd", "momentum", "nesterov", "rmsprop", "adagrad", "adam", "adamw"] = "sgd"
    rate: Positive = 0.01
    momentum: Share = 0.9
    decay: Share = 0.99
    betas: tuple[Share, Share] = (0.9, 0.999)
    epsilon: Annotated[float, Meta(ge=0)] = 1e-8
    weight_decay: Annotated[float, Meta(ge=0)] = 0.0


class ClippingForm(Struct, frozen=True, kw_only=True):
    """What is done with a gradient that is too large; see `rnnviz.engine.clipping`."""

    kind: Literal["none", "value", "norm", "loss cap"] = "none"
    limit: Positive = 1.0


class ScheduleForm(Struct, frozen=True, kw_only=True):
    """The learning rate over the epochs; see `rnnviz.engine.training`."""

    kind: Literal["constant", "step", "exponential", "cosine"] = "constant"
    factor: Annotated[float, Meta(ge=0)] = 1.0
    every: Annotated[int, Meta(ge=1)] = 1


class TrainingData(Struct, frozen=True, kw_only=True):
    """What is learned from, where that is more than the sequences shown: a task of `rnnviz.scenario.tasks`, made anew
    from a seed, or a set that comes with the program, see `rnnviz.scenario.data_sets`.

    steps, sequences, seed : of a task
    held_out : further sequences of the task, on which what was learned is measured; a set brings its own
    """

    source: Line
    steps: Annotated[int, Meta(ge=0, le=limits.STEPS)] = 0
    sequences: Annotated[int, Meta(ge=0, le=limits.SEQUENCES)] = 0
    held_out: Annotated[int, Meta(ge=0, le=limits.SEQUENCES)] = 0
    seed: Seed = 0


class Reached(Struct, frozen=True, kw_only=True):
    """What training reaches from its start, on the sequences held out: right answers at least, mean loss at most."""

    accuracy: Annotated[float, Meta(ge=0, le=1)] | None = None
    loss: Annotated[float, Meta(ge=0)] | None = None


class Training(Struct, frozen=True, kw_only=True):
    """How the network is trained; the numbers are those of `rnnviz.engine.training.Settings`.

    The seed is the scenario's. Without `data` it learns from the sequences of the scenario.
    start : the weights that training begins with, where they are not the scenario's own
    """

    optimizer: OptimizerForm = OptimizerForm()
    clipping: ClippingForm = ClippingForm()
    schedule: ScheduleForm = ScheduleForm()
    epochs: Count = 100
    batch_size: Count = 0
    shuffle: bool = True
    validation: Share = 0.0
    patience: Count = 0
    truncate: Count = 0
    keep_every: Count = 1
    data: TrainingData | None = None
    start: Initialiser | None = None
    reaches: Reached | None = None


class SurfaceAxis(Struct, frozen=True, kw_only=True):
    """One axis of a loss surface: the value of one parameter, or steps along a direction from the weights.

    kind : "random" is a direction from `seed`, "path" one of the training path (PCA), "gradient" that of the gradient
    parameter, row, column : for the kind "parameter"
    """

    kind: Literal["parameter", "random", "path", "gradient"] = "parameter"
    parameter: Line = ""
    row: Count = 0
    column: Count = 0
    seed: Seed = 0
    low: float
    high: float


class SurfaceView(Struct, frozen=True, kw_only=True):
    """The part of the loss surface that is shown.

    resolution : points along each axis
    cap : the loss above which a point is only marked; none where all are shown
    """

    x: SurfaceAxis
    y: SurfaceAxis
    resolution: Annotated[int, Meta(ge=2, le=2001)] = 101
    scale: Literal["linear", "log"] = "linear"
    cap: Positive | None = None


class Imported(Struct, frozen=True, kw_only=True):
    """Where a network came from, and how well it is proven that it is the same here.

    file, framework : the model file's name, and who wrote it
    notes : what was left out or taken for granted when it was read
    samples : the file of the framework's own inputs and outputs that ours were compared with, "" where none came along
    compared : how many numbers; difference : the largest between theirs and ours; within : how far they may differ
    edited : weights or layers were changed since: all of this is about the network as it was in the file
    """

    file: Line
    framework: Line
    notes: tuple[Line, ...] = ()
    samples: Line = ""
    compared: Count = 0
    difference: Annotated[float, Meta(ge=0)] | None = None
    within: Annotated[float, Meta(ge=0)] = 1e-5
    edited: bool = False

    @property
    def is_proven(self) -> bool:
        return self.difference is not None and self.difference <= self.within

    @property
    def is_refuted(self) -> bool:
        """Samples came along, and our numbers are not theirs."""
        return bool(self.samples) and not self.is_proven


class Tokeniser(Struct, frozen=True, kw_only=True):
    """What a text is split into before its pieces are looked up among the tokens; see `rnnviz.scenario.tokens`.

    lower : capitals become small letters first
    letters : what words are made of, all else parts them; "" for all letters, digits and the apostrophe
    joins_blanks : of characters: blanks and line ends in a row are one blank
    """

    unit: Literal["word", "character"] = "word"
    lower: bool = True
    letters: Line = ""
    joins_blanks: bool = False


class ScenarioForm(Struct, frozen=True, kw_only=True):
    """A scenario as it stands in a file; the order of the fields is the order in the file."""

    format: Literal["rnnviz-scenario"]
    version: Literal[1]
    name: Line = ""
    title: Line = ""
    group: Line = ""
    licence: Text = ""
    story: Text | Annotated[list[Text], Meta(max_length=limits.STORY_LINES)] = ""
    seed: Seed = 0
    view: View = View()
    input_names: tuple[Line, ...] = ()
    output_names: tuple[Line, ...] = ()
    sequence_names: tuple[Line, ...] = ()
    images: bool = False
    cells: Annotated[list[OwnCell], Meta(max_length=limits.CELLS)] = []
    network: NetworkForm
    inputs: ArrayForm
    lengths: list[Count] | None = None
    targets: ArrayForm | None = None
    loss: Loss | None = None
    training: Training | None = None
    surface: SurfaceView | None = None
    params: dict[str, Any]
    initial: dict[str, ArrayForm] = {}
    tokens: tuple[str, ...] = ()
    tokeniser: Tokeniser | None = None
    expected: tuple[Expected, ...] = ()
    alternatives: tuple[Alternative, ...] = ()
    imported: Imported | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class Scenario:
    """A network, its weights, its inputs and the story told with them: all that a file holds.

    story : markdown with templates, see `rnnviz.scenario.story`
    params : arrays of float64, or of float32 where they came so: half as large, and worth the same, for runs are in
        float64 all the same
    inputs : (T, N, inputs); lengths : steps of each sequence, None where all have T
    targets : (T, N, outputs); initial : carried quantity -> (N, size)
    tokens : the word of each id, for networks that begin with an embedding; or of each input, for those that do not
    tokeniser : how texts are split into such words
    images : the inputs of a sequence, laid under each other, are a picture
    cells : cells that the file brings along
    initialiser : what `params` were made by, if not stored
    extra : key path of an object -> its keys that this version does not know; they are written back
    origin : the text that the scenario was read from. A scenario that still says the same is written so again
    """

    name: str
    title: str = ""
    group: str = ""
    licence: str = ""
    story: str = ""
    network: Network
    params: Params
    inputs: Array
    lengths: tuple[int, ...] | None = None
    targets: Array | None = None
    initial: Mapping[str, Array] = field(default_factory=dict)
    loss: Loss | None = None
    training: Training | None = None
    surface: SurfaceView | None = None
    input_names: tuple[str, ...] = ()
    output_names: tuple[str, ...] = ()
    sequence_names: tuple[str, ...] = ()
    tokens: tuple[str, ...] = ()
    tokeniser: Tokeniser | None = None
    images: bool = False
    view: View = View()
    expected: tuple[Expected, ...] = ()
    alternatives: tuple[Alternative, ...] = ()
    cells: tuple[OwnCell, ...] = ()
    initialiser: Initialiser | None = None
    seed: int = 0
    imported: Imported | None = None
    extra: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    origin: str = field(default="", repr=False)

    def _repr_html_(self) -> str:
        from rnnviz.scenario import scenario_page  # which needs this module, and only notebooks need it

        return scenario_page.html(self)
