"""Windows into a loss surface, one within the other: worked out by hand."""

from rnnviz.ui.surface_zoom import Window, Zoom

WHOLE = Window((0.0, 4.0), (-1.0, 1.0))


def test_a_point_stays_where_it_is_while_one_comes_nearer() -> None:
    zoom = Zoom(WHOLE).by(0.5, 1.0, 1.0)
    assert zoom.shown == Window((0.5, 2.5), (0.0, 1.0))
    assert zoom.by(2.0, 1.0, 1.0).shown == WHOLE


def test_the_way_back_leads_through_every_window_and_out_at_once() -> None:
    first, second = Window((1.0, 2.0), (0.0, 0.5)), Window((1.2, 1.4), (0.1, 0.2))
    zoom = Zoom(WHOLE).into(first).into(second)
    assert zoom.back().shown == first
    assert zoom.back().back().is_whole
    assert zoom.out() == Zoom(WHOLE)
    assert Zoom(WHOLE).back() == Zoom(WHOLE)


def test_turning_the_wheel_makes_one_window_and_not_many() -> None:
    zoom = Zoom(WHOLE).by(0.5, 0.0, 0.0, is_fluid=True).by(0.5, 0.0, 0.0, is_fluid=True)
    assert zoom.shown == Window((0.0, 1.0), (-0.25, 0.25))
    assert zoom.back().is_whole
    kept = Zoom(WHOLE).into(Window((0.0, 1.0), (0.0, 1.0))).by(0.5, 0.0, 0.0, is_fluid=True)
    assert len(kept.inner) == 2


def test_where_the_digits_of_a_float_end_it_goes_no_nearer() -> None:
    zoom = Zoom(WHOLE)
    for _ in range(200):
        zoom = zoom.by(0.5, 3.0, 0.5)
    low, high = zoom.shown.x
    assert 3e-8 < high - low < 7e-8
    assert low < high
    for _ in range(200):
        zoom = zoom.by(2.0, 3.0, 0.5)
    assert zoom.shown.x[1] - zoom.shown.x[0] <= 4e6


def test_a_window_knows_what_it_holds() -> None:
    assert WHOLE.holds(4.0, -1.0)
    assert not WHOLE.holds(4.1, 0.0)
