"""A loss surface panel in words: where the weights are and what they lose, and all that is to be seen."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from rnnviz.scenario.loss_plane import loss_here
from rnnviz.session import Snapshot
from rnnviz.ui import numbers, surface_words
from rnnviz.ui.surface_view import SurfaceView


def here(view: SurfaceView, snapshot: Snapshot) -> str:
    """What the weights are and lose."""
    form, scenario = snapshot.scenario.surface, snapshot.scenario
    assert form is not None, "said only of a surface"
    (x, y), (a, b) = (
        [surface_words.of_short_axis(axis, scenario, sign) for axis, sign in ((form.x, "x"), (form.y, "y"))],
        [numbers.text(value) for value in view.marker],
    )
    said = _translate("loss {loss} at {x} = {a}, {y} = {b} · {kind}").format(
        loss=numbers.text(loss_here(snapshot.trace, scenario), underflow=True),
        x=x,
        a=a,
        y=y,
        b=b,
        kind=surface_words.of_loss(scenario),
    )
    is_beside = view.look is not None and view.look.is_beside
    return said + _translate(" · beside this plane") if is_beside else said


def all_of(view: SurfaceView, snapshot: Snapshot) -> str:
    """For screen readers, and as text."""
    assert view.work is not None, "said only of a surface"
    said = [_translate("Loss surface."), here(view, snapshot) + "."]
    said += surface_words.of_ranges(snapshot.scenario, view.work.plane)
    said += surface_words.of_shade(view.shade)
    said += surface_words.of_camera(view.camera) if view.in_3d else []
    notes = view.look.notes if view.look is not None else ()
    said += [f"{note[0].upper()}{note[1:]}." for note in notes]
    if not view.work.is_done:
        said.append(_translate("{part} worked out.").format(part=numbers.percent(view.work.progress, 2)))
    return " ".join(said)


def _translate(text: str) -> str:
    return QCoreApplication.translate("surface", text)
