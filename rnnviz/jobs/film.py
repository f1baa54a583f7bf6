"""A film as a job, what is refused, and the film that is whole put into its place. Imports nothing of weight."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from rnnviz.jobs.job import Job

KINDS = (".gif", ".png", ".apng")
MOST_PIXELS = 200_000_000  # of all pictures together; each pixel takes 4 bytes at most while they are put together
MOST_FRAMES = 5_000


def film_job(frames: Sequence[Path], out: Path, duration_s: float, loops: int) -> Job:
    from rnnviz.jobs.film_file import make_film  # Pillow is loaded when there is a film to be made

    return Job(make_film, (tuple(map(str, frames)), str(out), duration_s, loops), "Film")


def refusal(frames: int, width: int, height: int) -> str:
    """Why so large a film is not made, "" where it can be."""
    if frames > MOST_FRAMES:
        return f"a film has at most {MOST_FRAMES:,} pictures, and this would have {frames:,}; take every so many"
    pixels = frames * width * height
    if pixels > MOST_PIXELS:
        return (
            f"{frames:,} pictures of {width:,} x {height:,} pixels are {pixels / 1e6:,.0f} million pixels, "
            f"and a film has at most {MOST_PIXELS / 1e6:,.0f} million; take fewer pictures, or smaller ones"
        )
    return ""


def publish(made: Path, out: Path) -> None:
    """Put a film that is whole where it was asked for; until then what is there stays. Raises OSError."""
    beside = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        shutil.copyfile(made, beside)
        with beside.open("rb+") as file:
            os.fsync(file.fileno())
        beside.replace(out)
    finally:
        beside.unlink(missing_ok=True)
