"""Long recordings at display resolution: nothing that stands out may vanish."""

import numpy as np
import pytest

from rnnviz.ui.plots.heat_map import HeatMap, Range, signed_range
from rnnviz.ui.plots.pyramid import NOT_FINITE, TOP, encode


def heat_map(values: np.ndarray, low: float = -1, high: float = 1) -> HeatMap:
    return HeatMap(values, "layer.h", Range(low, high))


def test_codes_run_from_the_low_to_the_high_end_and_mark_what_is_not_finite() -> None:
    codes = encode(np.array([[-1, 0, 1, 5, -5, np.nan, np.inf, -np.inf]]), -1, 1)
    assert codes.tolist() == [[0, 127, TOP, TOP, 0, NOT_FINITE, NOT_FINITE, NOT_FINITE]]


def test_values_far_out_of_float32_are_clamped_not_marked() -> None:
    with np.errstate(all="raise"):
        assert encode(np.array([[1e200, -1e200, 0]]), -1e300, 1e300).tolist()[0][2] == 127
        assert encode(np.array([[1e200, -1e200, 0.5]]), 0, 1).tolist() == [[TOP, 0, 127]]


@pytest.mark.parametrize("width", [37, 200, 640])
@pytest.mark.parametrize("sign", [-1, 1])
def test_a_single_spike_among_ten_thousand_steps_keeps_its_pixel(width: int, sign: int) -> None:
    rng = np.random.default_rng(0)
    for step in rng.integers(0, 10_000, 25):
        values = rng.uniform(-0.1, 0.1, (10_000, 5))
        values[step, 3] = sign
        codes = heat_map(values).pyramid.columns(0.5, 10_000.5, width, 5)
        assert (codes[3] == (TOP if sign > 0 else 0)).any()
        assert not (codes[2] == TOP).any()


def test_a_gate_that_shuts_once_is_seen_as_well_as_one_that_opens_once() -> None:
    values = np.ones((10_000, 2))
    values[:, 1] = 0
    values[1234, 0] = 0
    values[4321, 1] = 1
    codes = heat_map(values, 0).pyramid.columns(0.5, 10_000.5, 200, 2)
    assert codes[0].min() == 0
    assert codes[1].max() == TOP


def test_a_value_that_is_not_finite_is_never_pooled_away() -> None:
    values = np.zeros((5_000, 300))
    values[777, 200] = np.nan
    codes = heat_map(values).pyramid.columns(0.5, 5_000.5, 100, 60)
    assert (codes == NOT_FINITE).sum() == 1


def test_units_that_share_a_pixel_keep_the_one_that_stands_out() -> None:
    values = np.zeros((10, 512))
    values[:, 333] = -1
    codes = heat_map(values).pyramid.columns(0.5, 10.5, 10, 90)
    assert ((codes == 0).sum(axis=0) == 1).all()


def test_every_step_of_a_wide_picture_has_its_own_value() -> None:
    values = np.linspace(-1, 1, 28)[:, None]
    codes = heat_map(values).pyramid.columns(0.5, 28.5, 280, 1)[0]
    assert (codes.reshape(28, 10) == encode(values, -1, 1)).all()


def test_a_part_of_the_sequence_shows_only_its_own_steps() -> None:
    values = np.zeros((100, 1))
    values[50] = 1
    pyramid = heat_map(values).pyramid
    assert pyramid.columns(40.5, 60.5, 200, 1).max() == TOP
    assert pyramid.columns(60.5, 80.5, 200, 1).max() == 127


@pytest.mark.parametrize("largest", [1e-12, 0.43, 1, 7, 15, 1e30, 0])
def test_a_signed_range_is_round_and_holds_everything(largest: float) -> None:
    found = signed_range(np.array([[largest, -largest / 2]]))
    assert found.low == -found.high
    assert found.high >= largest
    assert found.high <= max(2 * largest, 1)
