"""Every number of a run in a file: NumPy arrays, or a line of CSV for each."""

from __future__ import annotations

import csv
from pathlib import Path

from rnnviz.engine.trace import Trace


def write(trace: Trace, path: Path) -> None:
    """As .npz or .csv, by the ending. Raises OSError."""
    if path.suffix == ".csv":
        _write_csv(trace, path)
    else:
        trace.to_npz(path)


def _write_csv(trace: Trace, path: Path) -> None:
    """Long form: one line per number, in digits that read back as the same number."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("name", "step", "sequence", "unit", "value"))
        for name, array in (*trace.items(), ("output", trace.output)):
            for step, rows in enumerate(array, start=1):
                for sequence, values in enumerate(rows.tolist()):
                    writer.writerows((name, step, sequence, unit, repr(value)) for unit, value in enumerate(values))
