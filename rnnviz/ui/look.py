"""The look as one chooses it: colours and text size, remembered."""

from rnnviz.ui import theme
from rnnviz.ui.settings import Settings

_TEXT_SCALES = (0.8, 0.9, 1.0, 1.1, 1.25, 1.5, 1.75, 2.0)


class Look:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def choose_theme(self, choice: str) -> None:
        self._settings.theme = choice
        theme.switch().choose(choice)

    def larger_text(self) -> None:
        self._scale_text(next((scale for scale in _TEXT_SCALES if scale > theme.switch().text_scale), 2.0))

    def smaller_text(self) -> None:
        self._scale_text(next((scale for scale in reversed(_TEXT_SCALES) if scale < theme.switch().text_scale), 0.8))

    def normal_text(self) -> None:
        self._scale_text(1.0)

    def _scale_text(self, scale: float) -> None:
        self._settings.text_scale = scale
        theme.switch().choose(theme.switch().choice, scale)
