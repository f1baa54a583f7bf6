"""Derivatives at one's fingertips: back through time step by step (BPTT), and from a number to the derivative by it."""

from PySide6.QtCore import QObject, Signal

from rnnviz.engine.trace import GradientAddress
from rnnviz.session.edit_error import EditError
from rnnviz.session.gradient_place import counterpart, followed_weight
from rnnviz.session.session import Session


class Backwards(QObject):
    """What the actions do; `failed` says why something cannot be done."""

    failed = Signal(str)
    turned = Signal()  # the way one walks is about to change

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session

    def toggle(self) -> None:
        """Begin at the last step to walk back, or walk on again."""
        snapshot = self._session.snapshot
        if snapshot is None:
            return
        self.turned.emit()
        try:
            self._session.walk_back(not snapshot.is_backward)
        except EditError as error:
            self.failed.emit(str(error))

    def open_derivative(self) -> None:
        """Of the selected number, or back to it; with nothing selected, of the weight that is followed."""
        snapshot = self._session.snapshot
        if snapshot is None:
            return
        weight = followed_weight(snapshot)
        place = counterpart(snapshot)
        if snapshot.selection is None and weight is not None:
            place = GradientAddress(weight)
        try:
            if place is None and snapshot.selection is not None:
                place = GradientAddress(snapshot.selection)  # which the session refuses, and says why
            if place is not None:
                self._session.select(place)
        except EditError as error:
            self.failed.emit(str(error))
