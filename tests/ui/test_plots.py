"""The plots on the screen: what is painted where, what a step costs, and which number lies under a point."""

import itertools

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage, QPaintEvent, QRegion, QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from rnnviz.engine.trace import Address
from rnnviz.ui import theme
from rnnviz.ui.plots import HeatMap, Line, Lines, Now, Range, Style, TimeAxis, TimePlot, scale, signed_range
from rnnviz.ui.plots.track import Track

RNG = np.random.default_rng(0)


class PaintedRegions(QObject):
    """Writes down what each paint event of a widget was asked to paint."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self.regions: list[QRegion] = []
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QPaintEvent):
            self.regions.append(QRegion(event.region()))
        return False

    def pixels(self) -> int:
        return sum(rect.width() * rect.height() for region in self.regions for rect in region)


def line(values: np.ndarray, name: str = "h", unit: int = 0, **more: object) -> Line:
    return Line(name, np.asarray(values, float), QColor("#E07B00"), "layer.h", unit, **more)  # type: ignore[arg-type]


def lines(*arrays: np.ndarray) -> Lines:
    arrays = tuple(np.asarray(array, float) for array in arrays)
    found = [line(array, f"h{unit}", unit) for unit, array in enumerate(arrays)]
    return Lines(found, scale.linear(*scale.finite_range(arrays)))


def heat(values: np.ndarray) -> HeatMap:
    return HeatMap(values, "layer.h", signed_range(values))


@pytest.fixture
def shown(qtbot: QtBot):
    alive = []  # a plot collected as garbage while it is painted would take the process with it

    def show(tracks: list[Track], steps: int, now: Now | None = None, size: tuple[int, int] = (252, 130)) -> TimePlot:
        if theme.switch().choice != "light":
            theme.switch().choose("light")
        plot = TimePlot(TimeAxis(steps))
        qtbot.addWidget(plot)
        alive.append(plot)
        plot.resize(*size)
        plot.show_tracks(tracks)
        plot.show_now(now or Now(1))
        plot.show()
        qtbot.waitExposed(plot)
        plot.grab()
        QApplication.processEvents()
        return plot

    yield show
    alive.clear()


def picture(plot: TimePlot) -> QImage:
    return plot.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)


def colours_in(image: QImage) -> set[str]:
    rows = np.frombuffer(image.constBits(), np.uint32).reshape(image.height(), image.bytesPerLine() // 4)
    return {QColor(int(pixel)).name() for pixel in np.unique(rows[:, : image.width()])}


@pytest.mark.parametrize(("units", "steps"), [(16, 100), (512, 10_000)])
def test_a_step_repaints_a_small_part_of_a_heat_map(shown, qtbot: QtBot, units: int, steps: int) -> None:
    plot = shown([heat(RNG.normal(size=(steps, units)))], steps, Now(40), (600, 400))
    painted = PaintedRegions(plot)
    plot.show_now(Now(41))
    qtbot.waitUntil(lambda: bool(painted.regions))
    place = plot.places()[0]
    the_bars = place.right.width() * (place.plot.height() + 8)
    assert painted.pixels() < the_bars + 0.06 * plot.width() * plot.height()
    left_over = QRegion(painted.regions[0]).subtracted(QRegion(place.right.adjusted(0, -10, 0, 10)))
    within_map = [rect for rect in left_over if rect.height() > place.plot.height() / 2]
    assert sum(rect.width() for rect in within_map) <= 12


def test_a_step_repaints_a_small_part_of_lines(shown, qtbot: QtBot) -> None:
    plot = shown([lines(*RNG.normal(size=(3, 10_000)))], 10_000, Now(40), (600, 400))
    painted = PaintedRegions(plot)
    plot.show_now(Now(41))
    qtbot.waitUntil(lambda: bool(painted.regions))
    assert painted.pixels() < 0.08 * plot.width() * plot.height()


def test_nothing_is_painted_when_nothing_changes(shown, qtbot: QtBot) -> None:
    plot = shown([lines(np.arange(9))], 9, Now(4))
    QApplication.processEvents()
    painted = PaintedRegions(plot)
    plot.show_now(Now(4))
    QApplication.processEvents()
    assert not painted.regions


@pytest.mark.parametrize("kind", ["lines", "heat map"])
def test_after_steps_to_and_fro_the_picture_is_the_one_drawn_afresh(shown, kind: str) -> None:
    values = RNG.normal(size=(60, 3 if kind == "lines" else 20))

    def tracks() -> list[Track]:
        return [lines(*values.T) if kind == "lines" else heat(values)]

    stepped, fresh = shown(tracks(), 60, Now(1)), shown(tracks(), 60, Now(33, 2))
    for now in (Now(2), Now(60, 1), Now(0), Now(17), Now(33, 2)):
        stepped.show_now(now)
        QApplication.processEvents()
    assert picture(stepped) == picture(fresh)


def test_every_point_of_a_line_is_the_number_it_stands_for(shown) -> None:
    values = RNG.normal(size=(2, 12))
    plot = shown([lines(*values)], 12)
    for unit, step in itertools.product(range(2), range(1, 13)):
        rect = plot.rect_of(Address("layer.h", step, 0, unit))
        found = plot.address_at(rect.center())
        others = [plot.rect_of(Address("layer.h", step, 0, other)).center() for other in range(2) if other != unit]
        if all(abs(other.y() - rect.center().y()) > 3 for other in others):
            assert found == Address("layer.h", step, 0, unit)


def test_every_cell_of_a_heat_map_is_the_number_it_stands_for(shown) -> None:
    plot = shown([heat(RNG.normal(size=(12, 9)))], 12, size=(300, 200))
    for unit, step in itertools.product(range(9), range(1, 13)):
        address = Address("layer.h", step, 0, unit)
        assert plot.address_at(plot.rect_of(address).center()) == address


def test_the_keyboard_reaches_every_number_once(shown) -> None:
    plot = shown([heat(RNG.normal(size=(5, 4))), lines(*RNG.normal(size=(2, 5)))], 5)
    found = [plot.address_in(row, column) for row in range(plot.rows) for column in range(5)]
    assert plot.rows == 6
    assert found[0] == Address("layer.h", 1, 0, 0)
    assert found[19] == Address("layer.h", 5, 0, 3)
    assert None not in found


def test_the_bars_of_a_heat_map_show_the_current_column(shown) -> None:
    values = np.zeros((10, 8))
    values[4, 2] = 1.0
    plot = shown([heat(values)], 10, Now(5), (400, 200))
    bars = plot.tracks[0]._bars_rect(plot.places()[0])
    row = bars.top() + round(2.5 * bars.height() / 8)
    strongest = theme.current().ends[3].name()
    assert picture(plot).pixelColor(bars.left() + bars.width() // 3, row).name() == strongest
    plot.show_now(Now(6))
    assert picture(plot).pixelColor(bars.left() + bars.width() // 3, row).name() != strongest
    assert plot.address_at(QPoint(bars.left() + 5, row)) == Address("layer.h", 6, 0, 2)


def test_labels_at_lines_ends_never_overlap(shown) -> None:
    plot = shown([lines(*np.full((6, 20), 0.5) + np.linspace(0, 0.01, 6)[:, None])], 20, size=(252, 100))
    track, place = plot.tracks[0], plot.places()[0]
    boxes = [box for _, box, _ in track.labels(place, plot.style_now())]
    assert len(boxes) == 6
    tops = sorted(box.top() for box in boxes)
    letters = plot.style_now().metrics.ascent()
    assert all(b - a >= letters for a, b in itertools.pairwise(tops))
    assert tops[0] >= 0
    assert all(box.right() <= plot.width() + 1 for box in boxes)


def test_pills_of_close_values_stand_apart(shown) -> None:
    plot = shown([lines([0.5] * 9, [0.5] * 9, [0.51] * 9)], 9, Now(5))
    pills = [mark.rect for mark in plot._marks if mark.rect.height() == plot.style_now().pill_height + 2]
    assert len(pills) == 3
    assert not any(
        a.adjusted(1, 1, -1, -1).intersects(b.adjusted(1, 1, -1, -1)) for a, b in itertools.combinations(pills, 2)
    )
    assert all(plot.rect().contains(pill) for pill in pills)


@pytest.mark.parametrize("steps", [1, 2, 5, 28, 1_000, 99_999])
def test_numbers_of_steps_are_never_cut_and_never_overlap(shown, steps: int) -> None:
    plot = shown([heat(np.zeros((steps, 2)))], steps)
    boxes = [box for _, box in plot._ticks]
    assert all(box.left() >= 0 and box.right() <= plot.width() for box in boxes)
    assert all(a.right() < b.left() for a, b in itertools.pairwise(boxes))


EXTREMES = {
    "not a number": [1, np.nan, 3, np.nan],
    "infinite": [1, np.inf, -np.inf, 2],
    "nothing but infinities": [np.inf, np.inf, -np.inf, np.nan],
    "constant": [2.5] * 4,
    "zero": [0.0] * 4,
    "as large as it gets": [1.7e308, -1.7e308, 0, 1],
    "as small as it gets": [5e-324, 0, 1e-310, 0],
    "barely different": [1.0, np.nextafter(1, 2), 1.0, 1.0],
}


@pytest.mark.parametrize("name", EXTREMES)
@pytest.mark.parametrize("kind", ["lines", "heat map"])
def test_extreme_values_are_drawn_without_a_warning(shown, kind: str, name: str) -> None:
    values = np.array(EXTREMES[name])
    with np.errstate(all="raise", under="ignore"):
        track = lines(values) if kind == "lines" else heat(np.tile(values[:, None], (1, 9)))
        plot = shown([track], 4, Now(2))
        for step in range(5):
            plot.show_now(Now(step))
            plot.grab()


def test_what_is_not_finite_takes_the_error_colour(shown) -> None:
    values = np.zeros((6, 9))
    values[3, 4] = np.inf
    error = theme.light().error.name()
    assert error in colours_in(picture(shown([heat(values)], 6)))
    assert error not in colours_in(picture(shown([heat(np.ones((6, 9)))], 6)))
    assert error in colours_in(picture(shown([lines([1, np.nan, 2])], 3)))
    assert error not in colours_in(picture(shown([lines([1, 1.5, 2])], 3)))


def test_an_underflow_is_marked_on_the_line_and_in_the_pill(shown) -> None:
    values = np.float64(0.01) ** np.arange(300)
    track = Lines([line(values)], scale.logarithmic(1e-300, 1))
    plot = shown([track], 300, Now(170), (500, 200))
    assert track.lines[0].underflow == 163
    assert max(mark.rect.width() for mark in plot._marks) > plot.style_now().width("0 (underflow)")


@pytest.mark.parametrize("steps", [0, 1, 10_000])
@pytest.mark.parametrize("units", [1, 512])
@pytest.mark.parametrize("size", [(80, 60), (252, 126), (1200, 800)])
def test_any_number_of_steps_and_units_in_any_size(shown, steps: int, units: int, size: tuple[int, int]) -> None:
    plot = shown([heat(RNG.normal(size=(steps, units)))], steps, Now(min(steps, 1)), size)
    place = plot.places()[0]
    assert place.plot.width() > 0
    assert plot.rect().contains(place.plot) or size == (80, 60)
    plot.show_tracks([lines(*RNG.normal(size=(min(units, 6), steps)))])
    plot.show_now(Now(steps))
    plot.grab()


def test_long_names_are_cut_with_an_ellipsis_and_leave_the_plot_its_room(shown) -> None:
    long = "the name of a unit that somebody wrote without thinking of narrow panels"
    plot = shown([Lines([line(np.arange(9), long)], scale.linear(0, 8))], 9)
    place = plot.places()[0]
    ((_, box, text),) = plot.tracks[0].labels(place, plot.style_now())
    assert place.plot.width() > 0.4 * plot.width()
    assert text.endswith("…")
    assert box.right() <= plot.width() + 1


def test_padding_is_hatched(shown, qtbot: QtBot) -> None:
    values = np.zeros((10, 9))
    plain = shown([heat(values)], 10, Now(1))
    padded = shown([heat(values)], 10, Now(1))
    padded.show_tracks([heat(values)], 0, np.arange(10) >= 6)
    place = padded.places()[0]
    where = place.plot.adjusted(0, 0, 0, 0)
    where.setLeft(round(place.x(6.6)))
    before = place.plot.adjusted(0, 0, 0, 0)
    before.setLeft(round(place.x(2)))
    before.setRight(round(place.x(6)))
    assert len(colours_in(picture(padded).copy(where))) > len(colours_in(picture(plain).copy(where)))
    assert picture(padded).copy(before) == picture(plain).copy(before)


def test_where_the_axis_goes_on_beyond_the_sequence_nothing_is_made_up(shown) -> None:
    """Ten steps on the axis, six of them known: each keeps the width of a tenth, and the rest stays empty."""
    values = np.full((6, 9), 1.0)
    plot = shown([heat(values)], 10, Now(1), (600, 160))
    whole = {plot.places()[0].x(step) for step in (1, 6)}
    plot.show_tracks([heat(values)], 0, None, 6)
    place = plot.places()[0]
    assert {place.x(step) for step in (1, 6)} == whole
    image, panel = picture(plot), theme.current().panel.name()
    inside = QPoint(round(place.x(5.8)), place.plot.center().y() + 2)
    beyond = QPoint(round(place.x(8)), place.plot.center().y() + 2)
    assert image.pixelColor(inside).name() != panel
    assert image.pixelColor(beyond).name() == panel
    assert plot.address_at(inside).step == 6
    assert plot.address_at(beyond) is None


def wheel(plot: TimePlot, at: QPointF, turn: int) -> None:
    QApplication.sendEvent(
        plot,
        QWheelEvent(
            at,
            plot.mapToGlobal(at),
            QPoint(),
            QPoint(0, turn),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        ),
    )


def test_the_wheel_zooms_all_plots_of_one_axis(shown, qtbot: QtBot) -> None:
    one = shown([heat(RNG.normal(size=(100, 9)))], 100)
    other = TimePlot(one.axis)
    qtbot.addWidget(other)
    other.show_tracks([lines(np.arange(100))])
    place = one.places()[0]
    wheel(one, QPointF(place.plot.center()), 240)
    assert one.axis.span == pytest.approx(64)
    assert other.places()[0].cell_width == pytest.approx(other.places()[0].plot.width() / 64)
    wheel(one, QPointF(place.plot.center()), -1200)
    assert one.axis.shows_all


def test_a_press_on_the_numbers_of_steps_asks_for_that_step(shown, qtbot: QtBot) -> None:
    plot = shown([heat(RNG.normal(size=(20, 9)))], 20)
    at = QPoint(round(plot.places()[0].x(13)), plot.height() - 5)
    with qtbot.waitSignal(plot.sought) as asked:
        qtbot.mouseClick(plot, Qt.MouseButton.LeftButton, pos=at)
    assert asked.args == [13]


@pytest.mark.parametrize("name", theme.THEMES)
def test_a_change_of_theme_repaints_in_its_colours(shown, name: str) -> None:
    plot = shown([heat(RNG.normal(size=(20, 9)))], 20)
    theme.switch().choose(name)
    plot.restyle()
    image = picture(plot)
    assert image.pixelColor(0, 0).name() == theme.THEMES[name]().panel.name()
    theme.switch().choose("light")


def test_gates_have_the_colours_of_the_theme_and_others_a_colour_of_the_series(qtbot: QtBot) -> None:
    style = Style()
    assert style.gate_colour("f", 1) == style.theme.gate_colour("f")
    assert style.gate_colour("unheard", 1) == style.series_colour(1)
    assert len({style.series_colour(n).name() for n in range(6)}) == 6


def test_a_range_of_a_gate_is_written_below_its_bars() -> None:
    assert Range(0, 1).text == "0–1"
    assert Range(-0.5, 0.5).text == "±0.5"
