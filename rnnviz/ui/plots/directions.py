"""Which layer and direction a panel shows: it follows the opened layer and the selected number; tabs choose another."""

from __future__ import annotations

from rnnviz.engine.trace import Address
from rnnviz.session import Snapshot
from rnnviz.ui.panel import Panel
from rnnviz.ui.plots.reading import Direction
from rnnviz.ui.plots.tabs import Tabs


class DirectionTabs(Tabs):
    """The tabs of one panel. Another layer is opened for all panels, another direction only here."""

    def __init__(self, panel: Panel) -> None:
        super().__init__(panel.translated(panel.title), panel)
        self._panel = panel
        self._options: list[Direction] = []
        self._lead: tuple[object, ...] = ()
        self._picked = ""  # the prefix of the direction shown
        self.chosen.connect(self._take)

    def direction(self, snapshot: Snapshot, options: list[Direction]) -> Direction:
        """The one of the options to draw."""
        self._options = options
        lead = (snapshot.opened_layer, snapshot.selection)
        if lead != self._lead:
            self._picked = self._led(snapshot)
            self._lead = lead
        index = next((n for n, option in enumerate(options) if option.hidden == self._picked), 0)
        of_many = len({option.layer.name for option in options}) > 1
        titles = tuple(option.title(of_many) for option in options)
        self.show_titles(titles, tuple(option.short_title(of_many) for option in options), index)
        return options[index]

    def _led(self, snapshot: Snapshot) -> str:
        """Where a newly opened layer or a newly selected number leads."""
        place = snapshot.selection
        if isinstance(place, Address) and place != (self._lead[1] if self._lead else None):
            for option in self._options:
                if option.holds(place.quantity):
                    return option.hidden
        opened = [option for option in self._options if option.layer.name == snapshot.opened_layer]
        stays = [option for option in opened if option.hidden == self._picked]
        return (stays or opened or self._options)[0].hidden

    def _take(self, index: int) -> None:
        option = self._options[index]
        self._picked = option.hidden
        session, snapshot = self._panel.session, self._panel.snapshot
        if snapshot is not None and option.layer.name != snapshot.opened_layer:
            self._lead = (option.layer.name, snapshot.selection)
            session.open_layer(option.layer.name)
        else:
            self._panel.redraw()
