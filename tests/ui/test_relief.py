"""The relief is projected as by hand, hides what is behind, and draws what is capped, unknown or flat."""

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtGui import QColor

from rnnviz.ui.colour_maps import sequential_table
from rnnviz.ui.plots.relief import TALL, Camera, Field, View, between, field, fitted
from rnnviz.ui.plots.relief_raster import Paint, Raster, render

PAINT = Paint(sequential_table(), QColor("#808080"))
SIZE = 200, 160


def seen(heights: NDArray[np.float64], camera: Camera, above: NDArray[np.bool_] | None = None) -> tuple[Raster, View]:
    view = fitted(camera, 0, 0, *SIZE)
    marked = np.zeros(heights.shape, bool) if above is None else above
    return render(Field(heights.astype(np.float32), marked), view, *SIZE, PAINT), view


def pixel(view: View, x: float, y: float, height: float) -> tuple[int, int]:
    right, down, _ = view.project(np.array([x, y, height]))
    return int(right), int(down)


def colour_of(height: float) -> int:
    return QColor(*sequential_table()[round(255 * height)].tolist()).rgb()


@pytest.mark.parametrize(
    ("azimuth", "elevation", "point", "expected"),
    [
        (0, 90, (1, 1, 0.3), (150, 30, 0.5)),  # from above, as on a map: y goes up
        (0, 30, (0.5, 0.5, 1), (100, 80 - 0.5 * TALL * 100 * np.sqrt(0.75), 0)),
        (90, 30, (1, 0.5, 0.5), (100, 80 - 0.5 * 0.5 * 100, 0.5)),  # x goes away from the eye
        (90, 30, (0.5, 1, 0.5), (50, 80, 0)),
        (-90, 30, (0.5, 1, 0.5), (150, 80, 0)),
        (45, 90, (0, 0, 0), (100, 80 + 100 * np.sqrt(0.5), -np.sqrt(0.5))),
    ],
)
def test_points_are_where_they_are_by_hand(azimuth, elevation, point, expected) -> None:
    view = View(Camera(azimuth, elevation), x=100, y=80, scale=100)
    assert view.project(np.array(point, float)) == pytest.approx(np.array(expected), abs=1e-9)


@pytest.mark.parametrize("azimuth", [-145, -90, -35, 0, 60, 180])
@pytest.mark.parametrize("elevation", [8, 34, 90])
@pytest.mark.parametrize("long_y", [False, True])
def test_the_whole_box_is_in_the_rectangle(azimuth, elevation, long_y) -> None:
    view = fitted(Camera(azimuth, elevation, long_y), 10, 20, 300, 160)
    corners = np.array([[x, y, h] for x in (0, 1) for y in (0, 1) for h in (0, 1)], float)
    right, down, _ = view.project(corners).T
    assert right.min() >= 10 - 1e-6
    assert right.max() <= 310 + 1e-6
    assert down.min() >= 20 - 1e-6
    assert down.max() <= 180 + 1e-6
    fills = max((right.max() - right.min()) / 300, (down.max() - down.min()) / 160)
    assert fills == pytest.approx(1)


def test_what_is_seen_is_where_it_is_projected() -> None:
    y, x = np.mgrid[0:1:40j, 0:1:40j]
    heights = 0.3 + 0.2 * np.sin(3 * x) * y
    for azimuth in (-60, 0, 35, 150):
        raster, view = seen(heights, Camera(azimuth, 50, long_y=azimuth < 0))
        for place in ((0.2, 0.3), (0.5, 0.5), (0.9, 0.6)):
            height = 0.3 + 0.2 * np.sin(3 * place[0]) * place[1]
            right, down, depth = view.project(np.array([*place, height]))
            found = raster.place_at(right, down)
            assert found == pytest.approx(place, abs=0.02)
            assert raster.depths[int(right), int(down)] == pytest.approx(depth, abs=0.02)


def test_a_high_wall_hides_what_is_behind_it() -> None:
    heights = np.zeros((61, 61))
    heights[34:44] = 0.5  # a step, behind where the wall will be
    camera = Camera(0, 30)
    without, view = seen(heights, camera)
    at = pixel(view, 0.523, 38.4 / 60, 0.5)
    assert without.pixels[at] == colour_of(0.5)
    heights[26:30] = 1.0
    with_wall, view = seen(heights, camera)
    assert with_wall.pixels[at] != colour_of(0.5)
    assert with_wall.place_at(*at)[1] == pytest.approx(26 / 60, abs=0.02)  # the face of the wall
    behind = view.project(np.array([[0.523, 38.4 / 60, 0.5], [0.52, 26.5 / 60, 1.01], [0.52, 0.1, 0.01]]))
    assert with_wall.hides(behind).tolist() == [True, False, False]
    assert without.hides(behind).tolist() == [False, False, False]
    from_behind, view = seen(heights, Camera(180, 30))
    assert from_behind.pixels[pixel(view, 0.523, 38.4 / 60, 0.5)] == colour_of(0.5)


def test_flat_ground_has_the_colour_of_the_key() -> None:
    raster, view = seen(np.full((9, 9), 0.7), Camera(-35, 60))
    assert raster.pixels[pixel(view, 0.55, 0.55, 0.7)] == colour_of(0.7)


def test_the_light_comes_from_the_left() -> None:
    x = np.mgrid[0:1:41j, 0:1:41j][1]
    ridge = 1 - np.abs(2 * x - 1)
    raster, view = seen(ridge, Camera(0, 60))
    lit, dark = (raster.pixels[pixel(view, x, 0.52, 0.6)] for x in (0.3, 0.7))
    assert [QColor(int(each)).lightness() for each in (lit, colour_of(0.6), dark)] == sorted(
        (QColor(int(each)).lightness() for each in (lit, colour_of(0.6), dark)), reverse=True
    )
    assert lit != dark


def test_what_is_capped_is_flat_and_hatched() -> None:
    above = np.zeros((21, 21), bool)
    above[:, 11:] = True
    heights = np.where(above, 1.0, 0.0)
    raster, view = seen(heights, Camera(0, 90), above)
    parts = []
    for start in (0.05, 0.65):
        left, top = pixel(view, start, 0.9, 0)
        right, bottom = pixel(view, start + 0.3, 0.1, 0)
        parts.append(raster.pixels[left:right, top:bottom])
    low, high = (np.unique(part) for part in parts)
    assert colour_of(0.0) in low
    assert colour_of(1.0) in high
    hatching = np.minimum(sequential_table()[255] * 0.55, 255).astype(int)
    assert QColor(*hatching.tolist()).rgb() in high
    assert not set(low.tolist()) & {QColor(*np.minimum(sequential_table()[0] * 0.55, 255).astype(int).tolist()).rgb()}


def test_what_is_not_known_is_not_drawn() -> None:
    heights = np.full((21, 21), 0.2)
    heights[8:13, 8:13] = np.nan
    raster, view = seen(heights, Camera(0, 90))
    assert raster.pixels[pixel(view, 0.5, 0.5, 0)] == 0
    assert raster.place_at(*pixel(view, 0.5, 0.5, 0)) is None
    assert raster.pixels[pixel(view, 0.22, 0.22, 0)] != 0
    raster, _ = seen(np.full((21, 21), np.nan), Camera())
    assert not raster.pixels.any()
    assert not raster.hides(np.array([[100.0, 80.0, 0.5]])).any()


@pytest.mark.parametrize("azimuth", [-180, -90, -35, 0, 90])
@pytest.mark.parametrize("elevation", [8, 90])
@pytest.mark.parametrize(
    "heights", [np.zeros((2, 2)), np.ones((2, 2)), np.array([[0, np.nan], [1, 0.5]]), np.full((3, 90), 0.4)]
)
def test_small_and_constant_grids_can_be_seen_from_everywhere(azimuth, elevation, heights) -> None:
    raster, _ = seen(heights, Camera(azimuth, elevation))
    image = raster.image()
    assert (image.width(), image.height()) == SIZE
    assert bool(raster.pixels.any()) == (not np.isnan(heights).any())
    assert render(Field(heights.astype(np.float32), heights > 2), fitted(Camera(), 0, 0, 1, 1), 1, 1, PAINT) is not None


def test_bilinear_between_grid_points() -> None:
    grid = np.array([[0, 1], [2, 5]], np.float32)
    x, y = np.array([0, 1, 0.5, 0.25], np.float32), np.array([0, 1, 0.5, 1.0], np.float32)
    assert between(grid, x, y) == pytest.approx([0, 5, 2, 2.75])


def test_fewer_grid_lines_keep_peaks_and_holes() -> None:
    heights = np.full((401, 301), 0.5)
    heights[123, 77], heights[201, 250] = 1.0, 0.0
    above = heights == 1.0
    thinned = field(heights, above, 128)
    assert thinned.heights.shape == (128, 128)
    assert (thinned.heights.max(), thinned.heights.min()) == (1.0, 0.0)
    row, column = np.unravel_index(thinned.heights.argmax(), thinned.heights.shape)
    assert (row * 400 / 127, column * 300 / 127) == pytest.approx((123, 77), abs=2)
    assert (thinned.above == (thinned.heights == 1)).all()


def test_fewer_grid_lines_of_a_smooth_surface_are_its_own_values() -> None:
    y, x = np.mgrid[0:1:257j, 0:1:257j]
    heights = 0.2 + 0.6 * x * y
    thinned = field(heights, heights > 2, 129)
    assert thinned.heights == pytest.approx(heights[::2, ::2].astype(np.float32))


def test_turning_goes_round_but_not_below() -> None:
    assert Camera(170, 30).turned(20, 0).azimuth == -170
    assert Camera(0, 80).turned(0, 50).elevation == 90
    assert Camera(0, 20).turned(0, -50).elevation == 8
