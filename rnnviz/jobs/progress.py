"""A line on a terminal that says how far a piece of work is."""

from __future__ import annotations

import time
from typing import TextIO

from rnnviz.engine.training import Iterate

WIDTH = 30
EVERY_S = 0.1


class ProgressBar:
    """Writes over its own line, ten times a second at most."""

    def __init__(self, planned: int, stream: TextIO) -> None:
        self.planned, self.stream = max(1, planned), stream
        self.began = time.monotonic()
        self.due = self.began
        self.length = 0

    def show(self, iterate: Iterate) -> None:
        figures = f"update {iterate.number:,} of {self.planned:,}  loss {iterate.score.loss:.4g}"
        self.show_share(min(1.0, iterate.number / self.planned), figures)

    def show_share(self, share: float, figures: str) -> None:
        """share : of the work that is done, 0 to 1"""
        now = time.monotonic()
        if now >= self.due:
            self.due = now + EVERY_S
            self._write(self._text(share, figures, now - self.began))

    def clear(self) -> None:
        self._write("")
        self.stream.write("\r")
        self.stream.flush()

    def _text(self, share: float, figures: str, worked_s: float) -> str:
        bar = "#" * round(WIDTH * share)
        left = f"  {worked_s / share - worked_s:.0f} s left" if share > 0.0 else ""
        return f"[{bar:.<{WIDTH}}] {100 * share:3.0f} %  {figures}{left}"

    def _write(self, text: str) -> None:
        self.stream.write("\r" + text.ljust(self.length))
        self.length = len(text)
        self.stream.flush()
