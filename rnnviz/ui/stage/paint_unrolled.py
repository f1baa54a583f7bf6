"""Paints the unrolled strip."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QPolygonF

from rnnviz.scenario.gradients import gradients_of
from rnnviz.ui import numbers
from rnnviz.ui.stage import glyphs
from rnnviz.ui.stage.items import Item
from rnnviz.ui.stage.places import step_of
from rnnviz.ui.stage.shades import mix
from rnnviz.ui.stage.type_setter import text_in
from rnnviz.ui.stage.unrolled import Line, Unrolled
from rnnviz.ui.theme import Theme

_BELOW_TOOLS = 29  # the step is written where the tools over the corner of the panel do not cover it


class UnrolledPainter:
    """`at` is the step that the highlight stands at, a fraction while it moves."""

    def __init__(self, painter: QPainter, strip: Unrolled, theme: Theme, at: float) -> None:
        self.painter, self.strip, self.theme, self.at = painter, strip, theme, at
        self.snapshot = strip.snapshot
        self.is_backward = strip.snapshot.is_backward
        self.current = max(strip.snapshot.cursor.step, int(self.is_backward))

    def paint(self) -> None:
        for line in self.strip.lines:
            self._line(line)
        for item in self.strip.items:
            self._item(item)
        glyphs.heat_strips(self.painter, self.strip.strips, self.theme)
        self._labels()
        self._ellipses()

    def _line(self, line: Line) -> None:
        """The connecting wire, with arrow heads where two directions have to be told apart, and the boxes."""
        strip, theme = self.strip, self.theme
        steps = strip.steps
        has_arrows = self.is_backward or any(other.level.is_backward for other in strip.lines)
        start, end = strip.x(steps.start), strip.x(steps.stop - 1)
        start = strip.left if strip.before else start
        end = strip.left + strip.pitch * len(steps) if strip.after else end
        now = min(max(strip.x(self.at), start), end)
        strengths = (0.3, 0.7) if self.is_backward else (0.7, 0.3)
        for a, b, strength in ((start, now, strengths[0]), (now, end, strengths[1])):
            self.painter.setPen(QPen(mix(theme.panel, theme.muted, strength), 1.5))
            self.painter.drawLine(QPointF(a, line.middle), QPointF(b, line.middle))
        for step in steps:
            box = strip.box_of(line, step)
            is_masked = self.snapshot.trace.is_masked(step, self.snapshot.cursor.sequence)
            if is_masked:
                self.painter.setPen(QPen(theme.line, theme.hairline, Qt.PenStyle.DashLine))
                self.painter.setBrush(theme.panel)
                self.painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
            else:
                glyphs.rounded(self.painter, box, theme.line, theme.hairline, theme.raised, 6.5)
            if has_arrows:
                self._arrow(box, line)
        if self.at >= 1 and steps.start - 1 < self.at < steps.stop:
            box = strip.box_of(line, self.at).adjusted(0.5, 0.5, -0.5, -0.5)
            self.painter.setPen(
                QPen(theme.accent if line.is_open else mix(theme.panel, theme.accent, 0.5), 2 if line.is_open else 1.5)
            )
            self.painter.setBrush(theme.panel)
            self.painter.drawRoundedRect(box, 6, 6)

    def _arrow(self, box: QRectF, line: Line) -> None:
        """The head of the wire that comes into a box; derivatives come the other way."""
        from_right = line.level.is_backward != self.is_backward
        tip = box.right() + 2 if from_right else box.left() - 2
        back = 5 * self.strip.unit * (1 if from_right else -1)
        head = [
            QPointF(tip, line.middle),
            QPointF(tip + back, line.middle - 3.5),
            QPointF(tip + back, line.middle + 3.5),
        ]
        self.painter.setPen(Qt.PenStyle.NoPen)
        self.painter.setBrush(mix(self.theme.panel, self.theme.muted, 0.8))
        self.painter.drawPolygon(QPolygonF(head))

    def _item(self, item: Item) -> None:
        theme, setter = self.theme, self.strip.type
        step = step_of(item.address)
        is_now = step == self.current
        is_to_come = step < self.current if self.is_backward else step > self.current
        is_masked = self.snapshot.trace.is_masked(step, self.snapshot.cursor.sequence)
        faint = mix(theme.panel, theme.muted, 0.75)
        if item.kind in ("box", "part"):
            colour = theme.muted if is_to_come or is_masked else theme.ink
            if item.kind == "part":
                colour = faint if is_to_come else theme.accent if is_now else theme.ink
        else:
            colour = theme.ink if is_now else theme.muted
            if (
                is_now
                and item.kind == "plain"
                and getattr(item.address, "quantity", "") == self.snapshot.trace.output_name
            ):
                colour = theme.positive_ink if item.value > 0 else theme.negative_ink if item.value < 0 else theme.ink
        self.painter.setPen(faint if is_masked else colour)
        if item.kind == "word":
            self.painter.setFont(setter.name if is_now else setter.sans)
            metrics = self.painter.fontMetrics()
            text_in(
                self.painter,
                item.rect,
                metrics.elidedText(item.text, Qt.TextElideMode.ElideRight, int(item.rect.width())),
            )
        else:
            self.painter.setFont(setter.number)
            text_in(self.painter, item.rect, item.text)
        if item.address == self.snapshot.selection:
            glyphs.outline(self.painter, item.rect.adjusted(2, 2, -2, -2), theme)

    def _labels(self) -> None:
        strip, theme = self.strip, self.theme
        left = strip.rect.left()
        self.painter.setPen(theme.muted)
        self.painter.setFont(strip.type.letter)
        below = "x" if strip.weight is None else f"∂L/∂{strip.weight.parameter.rpartition('.')[2]}"
        for middle, letter in ((strip.y_middle, "y"), (strip.x_middle, below)):
            if middle is not None:
                self._text(left, middle, letter)
        for line in strip.lines:
            if len(strip.lines) == 1:
                self._text(left, line.middle, ("∂L/∂" if self.is_backward else "") + line.level.memory)
            else:
                self.painter.setFont(strip.type.name if line.is_open else strip.type.sans)
                self.painter.setPen(theme.ink if line.is_open else theme.muted)
                self._text(left, line.middle, line.level.title)
        self.painter.setPen(theme.accent)
        self.painter.setFont(strip.type.name)
        of = QCoreApplication.translate("stage", "t = {0} of {1}")
        text = of.format(numbers.count(self.current), numbers.count(self.snapshot.trace.steps))
        below_tools = strip.rect.top() + _BELOW_TOOLS * strip.unit
        self._at_end(max(strip.lines[0].middle, below_tools), f"◀ {text}" if self.is_backward else text)
        if strip.weight is not None and strip.x_middle is not None:
            gradients = gradients_of(self.snapshot.scenario, self.snapshot.trace)
            so_far = gradients.sum_from(strip.weight, self.current)
            self._at_end(strip.x_middle, f"Σ {numbers.text(so_far, 5)}")

    def _at_end(self, middle: float, text: str) -> None:
        box = QRectF(self.strip.rect.right() - 200, middle - 12, 200, 24)
        self.painter.drawText(box, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), text)

    def _text(self, left: float, middle: float, text: str) -> None:
        box = QRectF(left, middle - 12, 200, 24)
        self.painter.drawText(box, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), text)

    def _ellipses(self) -> None:
        """How many steps lie outside the window, on the side where they lie."""
        strip = self.strip
        self.painter.setPen(self.theme.muted)
        self.painter.setFont(strip.type.sans)
        middle = strip.lines[-1].middle
        width = 46 * strip.unit
        if strip.before:
            self._count(QRectF(strip.left - width, middle - 12, width, 24), strip.before)
        if strip.after:
            end = strip.left + strip.pitch * len(strip.steps)
            self._count(QRectF(end, middle - 12, width, 24), strip.after)

    def _count(self, rect: QRectF, count: int) -> None:
        text_in(self.painter, rect, f"⋯ {numbers.count(count)}")
