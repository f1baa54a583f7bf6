"""Which part of a loss surface one looks at: the whole range, or windows into it, one within the other."""

from __future__ import annotations

from dataclasses import dataclass

Range = tuple[float, float]
# No nearer than this share of the numbers on an axis, for there the digits of a float end, and no further than that.
NEAREST, FURTHEST = 1e-8, 1e6


@dataclass(frozen=True)
class Window:
    """From here to there on each axis."""

    x: Range
    y: Range

    def holds(self, x: float, y: float) -> bool:
        return self.x[0] <= x <= self.x[1] and self.y[0] <= y <= self.y[1]

    def scaled(self, factor: float, x: float, y: float) -> Window:
        """`factor` times as wide, with this point at the same place of the picture."""
        return Window(_scaled(self.x, factor, x), _scaled(self.y, factor, y))


@dataclass(frozen=True)
class Zoom:
    """
    whole : the range of the scenario
    inner : the windows that one came through, the last one is shown; none for the whole
    is_fluid : the last one came from turning the wheel, which changes it and adds no other
    """

    whole: Window
    inner: tuple[Window, ...] = ()
    is_fluid: bool = False

    @property
    def shown(self) -> Window:
        return self.inner[-1] if self.inner else self.whole

    @property
    def is_whole(self) -> bool:
        return not self.inner

    def into(self, window: Window) -> Zoom:
        return Zoom(self.whole, (*self.inner, window)) if self._can_show(window) else self

    def by(self, factor: float, x: float, y: float, is_fluid: bool = False) -> Zoom:
        """Nearer around a point (a factor below 1), or further away."""
        window = self.shown.scaled(factor, x, y)
        if not self._can_show(window):
            return self
        before = self.inner[:-1] if is_fluid and self.is_fluid else self.inner
        return Zoom(self.whole, (*before, window), is_fluid)

    def back(self) -> Zoom:
        """The window before this one."""
        return Zoom(self.whole, self.inner[:-1])

    def out(self) -> Zoom:
        return Zoom(self.whole)

    def _can_show(self, window: Window) -> bool:
        pairs = ((window.x, self.whole.x), (window.y, self.whole.y))
        return all(_can_show(*pair) for pair in pairs)


def _scaled(old: Range, factor: float, fixed: float) -> Range:
    return fixed + (old[0] - fixed) * factor, fixed + (old[1] - fixed) * factor


def _can_show(part: Range, whole: Range) -> bool:
    size = part[1] - part[0]
    largest = max(abs(part[0]), abs(part[1]))
    return NEAREST * largest < size <= FURTHEST * (whole[1] - whole[0])
