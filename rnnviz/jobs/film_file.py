"""Pictures in a row to a film: GIF with one palette for all of them, or APNG, which is exact."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_COLOURS = 256
_GROUNDS = 64  # of those, the most frequent as they are: flat grounds stay flat
_SAMPLE = 40  # frames from which the palette is taken

Codes = NDArray[np.uint32]  # a colour as 0xRRGGBB


def make_film(frames: Sequence[str], out: str, duration_s: float, loops: int) -> Iterator[float]:
    """Write `out` by its ending, and yield the share that is done.

    frames : picture files of one size; duration_s : of each; loops : how often it is shown, 0 for ever
    A GIF counts time in 1/100 s; pictures that are alike become one that stands longer. Raises OSError.
    """
    is_gif = out.lower().endswith(".gif")
    yield from (_make_gif if is_gif else _make_apng)(frames, out, duration_s, loops)
    yield 1.0


def _make_gif(frames: Sequence[str], out: str, duration_s: float, loops: int) -> Iterator[float]:
    palette, steps = Palette(), 2 * len(frames) + 1
    chosen = np.linspace(0, len(frames) - 1, min(len(frames), _SAMPLE)).round().astype(int).tolist()
    for number in range(len(frames)):
        if number in chosen:
            palette.take_in(_codes(frames[number]))
        yield number / steps
    palette.settle()
    pictures = []
    for number, name in enumerate(frames):
        pictures.append(palette.picture(_codes(name)))
        yield (len(frames) + number) / steps
    again: dict[str, int] = {} if loops == 1 else {"loop": max(loops - 1, 0)}  # it counts the repetitions
    _save(pictures, out, format="GIF", duration=10 * hundredths(duration_s), disposal=1, optimize=False, **again)


def _make_apng(frames: Sequence[str], out: str, duration_s: float, loops: int) -> Iterator[float]:
    pictures = []
    for number, name in enumerate(frames):
        with Image.open(name) as picture:
            pictures.append(picture.convert("RGB"))
        yield number / (len(frames) + 1)
    _save(pictures, out, format="PNG", duration=1000 * duration_s, disposal=0, blend=0, loop=loops)


def _save(pictures: Sequence[Image.Image], out: str, **options: Any) -> None:
    pictures[0].save(out, save_all=True, append_images=pictures[1:], **options)


def hundredths(duration_s: float) -> int:
    """What a GIF takes for it; a browser does not show less than 2."""
    return max(2, round(100 * duration_s))


class Palette:
    """At most 256 colours for all pictures of a film, and for each colour the nearest of them; nothing is dithered."""

    def __init__(self) -> None:
        self._counts: dict[int, int] = {}
        self._colours: NDArray[np.int64] = np.empty((0, 3), np.int64)
        self._nearest = np.full(1 << 24, -1, np.int16)

    def take_in(self, codes: Codes) -> None:
        found, counts = np.unique(codes, return_counts=True)
        for code, count in zip(found.tolist(), counts.tolist(), strict=True):
            self._counts[code] = self._counts.get(code, 0) + count

    def settle(self) -> None:
        """Choose the colours: all, where they are few; else the most frequent, and middles of boxes of the others."""
        ordered = sorted(self._counts, key=lambda code: (-self._counts[code], code))
        chosen = _channels(np.array(ordered[:_COLOURS], np.uint32))
        if len(ordered) > _COLOURS:
            others = _channels(np.array(ordered[_GROUNDS:], np.uint32)).astype(np.uint8)
            strip = Image.fromarray(others[None], "RGB")
            cut = strip.quantize(_COLOURS - _GROUNDS, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
            middles = np.array(cut.getpalette() or [], np.int64).reshape(-1, 3)[: _COLOURS - _GROUNDS]
            chosen = np.concatenate([chosen[:_GROUNDS], middles])
        self._colours = chosen.astype(np.int64)

    def picture(self, codes: Codes) -> Image.Image:
        index = self._nearest[codes]
        if (index < 0).any():
            fresh = np.unique(codes[index < 0])
            for part in np.array_split(fresh, max(1, len(fresh) // 4096)):
                apart = _channels(part)[:, None, :].astype(np.int64) - self._colours
                self._nearest[part] = (apart * apart * (2, 4, 3)).sum(axis=2).argmin(axis=1)
            index = self._nearest[codes]
        found = Image.fromarray(index.astype(np.uint8), "P")
        found.putpalette(self._colours.astype(np.uint8).tobytes(), "RGB")
        return found


def _codes(name: str) -> Codes:
    with Image.open(name) as picture:
        values = np.asarray(picture.convert("RGB"), np.uint32)
    return np.asarray(values[..., 0] << 16 | values[..., 1] << 8 | values[..., 2])


def _channels(codes: Codes) -> NDArray[np.int64]:
    return np.stack([codes >> 16 & 255, codes >> 8 & 255, codes & 255], axis=-1).astype(np.int64)
