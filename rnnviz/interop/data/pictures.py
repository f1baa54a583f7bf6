"""Pictures (PNG) as rows of grey, a row a step. Their sizes are checked before anything is unpacked."""

from __future__ import annotations

import io
import struct
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnviz.interop.data import limits
from rnnviz.interop.data.errors import DataError
from rnnviz.scenario.arrays import read_only


@dataclass(frozen=True, eq=False)
class Picture:
    """
    grey : (rows, columns), 0 black to 255 white
    depth : what white was in the file, 255 or 65,535
    """

    name: str
    grey: NDArray[np.float64]
    depth: int
    had_colours: bool

    @property
    def sentence(self) -> str:
        rows, columns = self.grey.shape
        colours = " Its colours are read as grey." if self.had_colours else ""
        return f"A picture of {rows:,} rows of {columns:,} pixels; a row is a step.{colours}"

    def rows_at(self, columns: int) -> int:
        """How many rows it has where it is so many pixels wide, in the same proportions."""
        rows, wide = self.grey.shape
        found: int = max(1, round(rows * columns / wide))
        return found

    def as_wide_as(self, columns: int) -> NDArray[np.float64]:
        """The grey of the picture, made so many pixels wide."""
        from PIL import Image

        size = (columns, self.rows_at(columns))
        small = Image.fromarray(self.grey.astype(np.float32)).resize(size, Image.Resampling.BOX)
        return np.asarray(small, dtype=np.float64)


def read_png(data: bytes, name: str) -> Picture:
    """The picture in these bytes. Raises DataError."""
    from PIL import Image  # here: most data are no pictures

    try:
        if data[12:16] == b"IHDR" and len(data) >= 24:
            _check_size(*struct.unpack(">2L", data[16:24]))  # before Pillow, which has an alarm and limits of its own
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with Image.open(io.BytesIO(data), formats=["PNG"]) as picture:
                _check_size(*picture.size)  # a second header counts, if there is one
                had_colours = picture.mode in ("RGB", "RGBA", "P")
                grey, depth = _grey(picture)
    except DataError as error:
        raise error.of(name) from None
    except Exception as error:  # Pillow raises what its decoders happen to raise: SyntaxError, struct.error, OSError
        said = " ".join(str(error).split())[:120].replace("<_io.BytesIO object", "it")
        raise DataError(f"is no sound PNG: {said or type(error).__name__}", name) from None
    return Picture(name, read_only(grey), depth, had_colours)


def _check_size(columns: int, rows: int) -> None:
    if max(columns, rows) > limits.PICTURE_SIDE or columns * rows > limits.PICTURE_PIXELS:
        message = f"{columns:,} × {rows:,} pixels; at most {limits.PICTURE_PIXELS:,} are read; make it smaller"
        raise DataError(message)


def _grey(picture: Any) -> tuple[NDArray[np.float64], int]:
    """On white where it is transparent."""
    from PIL import Image

    if picture.mode.startswith("I"):
        return np.asarray(picture, dtype=np.float64) * (255 / 65_535), 65_535
    if "A" in picture.getbands() or "transparency" in picture.info:
        whole = picture.convert("RGBA")
        ground = Image.new("RGBA", whole.size, "white")
        ground.alpha_composite(whole)
        picture = ground
    return np.array(picture.convert("L"), dtype=np.float64), 255
