"""What a network does, layer by layer, as source: how padding, directions and merges go together in every program."""

from __future__ import annotations

from abc import ABC, abstractmethod

from rnnviz.engine.network import Dense, Embedding, Layer, Masking, Network, Pool, Recurrent
from rnnviz.interop.programs.sample import Sample, reads_on
from rnnviz.interop.programs.text import assigned
from rnnviz.interop.samples import is_one_answer

_MERGES = {"sum": "{a} + {b}", "mean": "({a} + {b}) / 2", "mul": "{a} * {b}"}


class Steps(ABC):
    """Writes the lines that turn x into the output; `shown` is the variable that holds it in the end.

    A program's words for it are in the methods that are abstract here.
    indent : spaces that will be in front of the lines
    """

    indent: int

    def __init__(self, network: Network, sample: Sample) -> None:
        self.network, self.sample = network, sample
        self.at_end = is_one_answer(network)
        self.is_masked = sample.lengths is not None
        self.is_sequence = True  # until the last step is taken
        self.shown = "x"
        self.lines: list[str] = []
        for index, layer in enumerate(network.layers):
            self._layer(index, layer)
        if self.at_end and self.is_sequence:
            self._take_last()

    def say(self, expression: str, name: str = "h") -> None:
        """Give a variable this value."""
        self.lines += assigned(name, expression, self.indent)
        if name in ("h", "y"):
            self.shown = name

    def answer(self) -> tuple[list[str], str]:
        """The lines but for the last one, and what that gives to `shown`; all of them where it is not so simple."""
        *before, last = self.lines
        value = last.removeprefix(f"{self.shown} = ")
        return (self.lines, self.shown) if value == last else (before, value)

    # --- words ------------------------------------------------------------------------------------------------------

    @abstractmethod
    def embed(self, layer: Embedding) -> str: ...

    @abstractmethod
    def read_out(self, layer: Dense) -> str: ...

    @abstractmethod
    def pool(self, layer: Pool, is_taken: bool) -> str:
        """What has been pooled after each step, or (is taken) after the last one."""

    @abstractmethod
    def padding(self, layer: Embedding | Masking) -> str:
        """Where there is none: an expression that is true at real steps."""

    @abstractmethod
    def one_direction(self, layer: Recurrent, direction: str) -> str:
        """The outputs of a direction, row t at input t."""

    def both_directions(self, layer: Recurrent) -> str:
        """Lines that name the outputs of the directions a and b; or an expression for the two side by side."""
        self.say(self.one_direction(layer, "forward"), "a")
        self.say(self.one_direction(layer, "backward"), "b")
        return ""

    @abstractmethod
    def concatenated(self, a: str, b: str) -> str: ...

    @abstractmethod
    def everywhere(self, name: str) -> str:
        """The first step of an array, at all steps."""

    @abstractmethod
    def zero_at_padding(self) -> str: ...

    def skips(self, layer: Recurrent) -> bool:
        """Whether a layer is part of one that has been written already."""
        return False

    # --- layers -----------------------------------------------------------------------------------------------------

    def _layer(self, index: int, layer: Layer) -> None:
        match layer:
            case Embedding():
                if layer.mask_zero:
                    self._mask(layer)
                self.say(self.embed(layer))
            case Masking():
                self._mask(layer)
            case Recurrent():
                if not self.skips(layer):
                    self._recur(index, layer)
            case Dense():
                if self.at_end and self.is_sequence and not reads_on(self.network, index):
                    self._take_last()
                self.say(self.read_out(layer), "y")
            case Pool():
                is_taken = self.at_end and not reads_on(self.network, index)
                self.say(self.pool(layer, is_taken))
                self.is_sequence = not is_taken

    def _mask(self, layer: Embedding | Masking) -> None:
        found = self.padding(layer)
        self.lines.append(f"mask = {f'mask & ({found})' if self.is_masked else found}  # False at padding")
        self.is_masked = True

    def _recur(self, index: int, layer: Recurrent) -> None:
        is_zeroed = self.is_masked and layer.masked_output == "zero"
        is_taken = self.at_end and not reads_on(self.network, index) and not is_zeroed
        if layer.direction == "both":
            self._recur_both(layer, is_taken)
        else:
            self._recur_once(layer, is_taken)
        if is_zeroed:
            self.say(self.zero_at_padding())

    def _recur_once(self, layer: Recurrent, is_taken: bool) -> None:
        outputs = self.one_direction(layer, layer.direction)
        if layer.direction == "forward":
            self.say(outputs + "[-1]" * is_taken)
            self.is_sequence = not is_taken
            return
        self.say(outputs)
        if layer.returns == "final":
            self.say("h[0]" if is_taken else self.everywhere("h"))  # what is read last stands at step 1
            self.is_sequence = not is_taken

    def _recur_both(self, layer: Recurrent, is_taken: bool) -> None:
        together = self.both_directions(layer)
        if together:
            self.say(together)
        elif layer.returns == "final" and is_taken:
            self.say(self.merged(layer, "a[-1]", "b[0]"))
            self.is_sequence = False
        else:
            if layer.returns == "final":
                self.say(self.everywhere("b"), "b")
            self.say(self.merged(layer, "a", "b"))

    def merged(self, layer: Recurrent, a: str, b: str) -> str:
        return self.concatenated(a, b) if layer.merge == "concat" else _MERGES[layer.merge].format(a=a, b=b)

    def _take_last(self) -> None:
        self.say(f"{self.shown}[-1]", self.shown if self.shown != "x" else "h")
        self.is_sequence = False
