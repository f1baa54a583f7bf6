"""The loop over time of a cell as source, from its equations: the same in NumPy and in PyTorch but for a few words."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from rnnviz.engine.cell import Cell
from rnnviz.engine.network import Recurrent
from rnnviz.interop.programs.equations import Equations, is_same_for_all
from rnnviz.interop.programs.text import WIDTH


@dataclass(frozen=True)
class Words:
    """
    library : in front of `where`
    product : a matrix times a vector, see `Equations`
    zeros : of {size} numbers for each sequence of xs
    stacked : the list `out` as one array
    taken : names that the program uses for something else
    indent : spaces in front of the body of a function
    """

    library: str
    product: str
    zeros: str
    stacked: str
    taken: Collection[str]
    indent: int


@dataclass(frozen=True)
class Loop:
    """A cell as a layer uses it; layers whose loops are equal share one function.

    started : carried quantities that do not start at 0
    """

    cell: Cell
    functions: tuple[tuple[str, str], ...]
    constants: tuple[tuple[str, float], ...]
    is_masked: bool
    is_forced: bool
    started: tuple[str, ...]

    def __hash__(self) -> int:
        return hash((self.cell.name, self.functions, self.constants, self.started))

    def equations(self, words: Words) -> Equations:
        return Equations(
            self.cell.graph,
            words.product,
            words.zeros,
            dict(self.functions),
            dict(self.constants),
            words.taken,
            words.indent + 4,
        )

    @property
    def carried(self) -> tuple[str, ...]:
        """Quantities that go from step to step; not the output where targets take its place."""
        forced = {self.cell.output} if self.is_forced else set()
        return tuple(name for name in self.cell.graph.carried if name not in forced)

    @property
    def sizes(self) -> tuple[str, ...]:
        """The sizes that the loop has to be told, for what starts at 0 and what is the same for all."""
        alike = [equation.name for equation in self.cell.graph.equations if is_same_for_all(equation)]
        return tuple(dict.fromkeys(self.cell.graph.sizes[name] for name in (*self._from_zero(), *alike)))

    def _from_zero(self) -> list[str]:
        held = [self.cell.output] if self._is_held_apart else []
        return [*(name for name in self.cell.graph.carried if name not in self.started), *held]

    @property
    def _is_held_apart(self) -> bool:
        """Whether the output has to be kept for padding although no equation reads it."""
        return self.is_masked and self.cell.output not in self.carried

    def lines(self, words: Words) -> list[str]:
        """The body of a function whose arguments are xs and, where they are needed, mask and targets."""
        written = self.equations(words)
        output = written.name(self.cell.output)
        return [
            *(f"{written.name(name)} = {value!r}" for name, value in self.constants),
            *self._starts(written, words),
            "out = []",
            self._head(),
            *(f"    {line}" for line in written.lines()),
            *self._hold(written, words),
            f"    out.append({output})",
            *self._carry(written),
            f"return {words.stacked}",
        ]

    def _starts(self, written: Equations, words: Words) -> list[str]:
        """A line for each size: all that start at 0 with that many numbers."""
        by_size: dict[str, list[str]] = {self.cell.graph.sizes[name]: [] for name in self._from_zero()}
        for name in self.cell.graph.carried:
            if name not in self.started:
                by_size[self.cell.graph.sizes[name]].append(written.previous(name))
        if self._is_held_apart:
            by_size[self.cell.graph.sizes[self.cell.output]].append(self._last(written))
        return [f"{' = '.join(names)} = {words.zeros.format(size=size)}" for size, names in by_size.items()]

    def _head(self) -> str:
        parts = {"x": "xs", "m": "mask" if self.is_masked else "", "target": "targets" if self.is_forced else ""}
        used = {name: source for name, source in parts.items() if source}
        if len(used) == 1:
            return "for x in xs:"
        return f"for {', '.join(used)} in zip({', '.join(used.values())}):"

    def _last(self, written: Equations) -> str:
        return f"{written.name(self.cell.output)}_last"

    def _before(self, written: Equations) -> dict[str, str]:
        """What is kept from step to step -> what its value before is called."""
        before = {written.name(name): written.previous(name) for name in self.carried}
        if self._is_held_apart:
            before[written.name(self.cell.output)] = self._last(written)
        return before

    def _hold(self, written: Equations, words: Words) -> list[str]:
        if not self.is_masked:
            return []
        held = {name: f"{words.library}.where(m, {name}, {old})" for name, old in self._before(written).items()}
        says = "  # padding changes nothing"
        line = f"    {', '.join(held)} = {', '.join(held.values())}{says}"
        if words.indent + len(line) <= WIDTH:
            return [line]
        return [f"    {name} = {value}{says}" for name, value in held.items()]

    def _carry(self, written: Equations) -> list[str]:
        before = self._before(written)
        lines = [f"    {', '.join(before.values())} = {', '.join(before)}"] if before else []
        forced = [f"    {written.previous(self.cell.output)} = target"] if self.is_forced else []
        return [*lines, *forced]


def loop_of(layer: Recurrent, prefix: str, is_masked: bool, initial: Collection[str]) -> Loop:
    """The loop of a direction of a layer. initial : the carried quantities of the network that do not start at 0."""
    return Loop(
        layer.cell,
        tuple(layer.functions().items()),
        tuple(layer.constant_values().items()),
        is_masked,
        bool(layer.forced),
        tuple(name for name in layer.cell.graph.carried if prefix + name in initial),
    )
