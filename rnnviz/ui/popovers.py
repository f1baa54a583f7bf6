"""What is shown above the window when one asks for it: the palette, all keys, what one looks at, the history."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rnnviz.session.edit_error import EditError

if TYPE_CHECKING:
    from rnnviz.ui.main_window import MainWindow


class Popovers:
    def __init__(self, window: MainWindow) -> None:
        self._window = window

    def palette(self) -> None:
        from rnnviz.ui.command_palette import CommandPalette

        window = self._window
        every = [*window.actions_.by_id.values(), *window.menus.changing_actions()]
        CommandPalette(every, window).open()

    def keys(self) -> None:
        from rnnviz.ui import help_cards

        help_cards.keys_card(self._window).open()

    def what(self) -> None:
        from rnnviz.ui import help_cards

        window = self._window
        if window.session.snapshot is not None:
            help_cards.what_card(window.current_panel(), window.session.snapshot, window).open()

    def about(self) -> None:
        from rnnviz.ui import help_cards

        help_cards.about_card(self._window).open()

    def history(self) -> None:
        from rnnviz.ui.help_cards import HistoryCard

        window = self._window
        if window.session.snapshot is not None:
            card = HistoryCard(window.session.snapshot, window)
            card.chosen.connect(self._go_to_history)
            card.open()

    def _go_to_history(self, done: int) -> None:
        try:
            self._window.session.go_to_history(done)
        except EditError as error:
            self._window.message_bar.show_error(str(error))
