"""Random cells for Hypothesis: any valid set of equations of moderate size, as text."""

from __future__ import annotations

from hypothesis import strategies as st

from rnnviz.engine.cell import Cell

NAMES = ("a", "e", "k", "h")
SMOOTH = ("linear", "tanh", "sigmoid")


class _Writer:
    """Writes the equations of one cell; every choice is drawn from Hypothesis."""

    def __init__(self, draw: st.DrawFn, activations: tuple[str, ...]) -> None:
        self.draw, self.activations = draw, activations
        count = draw(st.integers(1, 4))
        self.names = NAMES[-count:]
        self.sizes = {name: draw(st.sampled_from(("units", "units", "outputs"))) for name in self.names}
        self.sizes["h"] = "units"

    def cell(self) -> Cell:
        lines = []
        for index, name in enumerate(self.names):
            right = self.expression(self.sizes[name], self.names[:index], depth=3)
            lines.append(f"{name} = {right}")
        order = self.draw(st.permutations(lines))
        return Cell("random", "Random", "\n".join(order), sizes=self.sizes, constants={"kappa": 0.7})

    def known(self, size: str, done: tuple[str, ...]) -> list[str]:
        """Quantities of a size that may be read."""
        before = [f"{name}_prev" for name in self.names if self.sizes[name] == size]
        return before + [name for name in done if self.sizes[name] == size]

    def leaf(self, size: str, done: tuple[str, ...]) -> str:
        vectors = [f"{letter}_{size}" for letter in "bp"]
        return self.draw(st.sampled_from(["0.5", "1", "kappa", *vectors, *self.known(size, done) * 2]))

    def product(self, size: str, done: tuple[str, ...], depth: int) -> str:
        columns = self.draw(st.sampled_from(("inputs", "units", "outputs")))
        known = ["x"] if columns == "inputs" else self.known(columns, done)
        if not known:
            columns, known = "inputs", ["x"]
        vector = self.draw(st.sampled_from(known))
        if depth and self.draw(st.integers(0, 4)) == 0:
            vector = f"({vector} * {self.draw(st.sampled_from(known))} - 0.25 * {vector})"
        matrix = self.draw(st.sampled_from(("W", "U")))
        return f"({matrix}_{size}_{columns} @ {vector})"

    def expression(self, size: str, done: tuple[str, ...], depth: int) -> str:
        if depth == 0:
            return self.leaf(size, done)
        kind = self.draw(st.sampled_from(("+", "+", "-", "*", "minus", "product", "product", "activation", "leaf")))

        def part() -> str:
            return self.expression(size, done, depth - 1)

        match kind:
            case "+" | "-" | "*":
                left, right = part(), part()
                return f"({left}) * ({right})" if kind == "*" else f"{left} {kind} ({right})"
            case "minus":
                return f"-({part()})"
            case "product":
                return self.product(size, done, depth)
            case "activation":
                return f"{self.draw(st.sampled_from(self.activations))}({part()})"
        return self.leaf(size, done)


@st.composite
def random_cells(draw: st.DrawFn, activations: tuple[str, ...] = SMOOTH) -> Cell:
    """A cell of one to four quantities in any order, some of them carried, of two sizes."""
    return _Writer(draw, activations).cell()
