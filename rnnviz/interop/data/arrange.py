"""A source and what was decided about it -> sequences. Nothing is guessed here: see `rnnviz.interop.data.guess`."""

from __future__ import annotations

from rnnviz.interop.data.arrange_arrays import from_arrays, from_picture
from rnnviz.interop.data.arrange_table import from_table
from rnnviz.interop.data.arrange_text import from_plain_text
from rnnviz.interop.data.arrays import Arrays
from rnnviz.interop.data.choices import Choices
from rnnviz.interop.data.errors import DataError
from rnnviz.interop.data.pictures import Picture
from rnnviz.interop.data.sequences import Sequences
from rnnviz.interop.data.source import PlainText, Source
from rnnviz.interop.data.table import Table
from rnnviz.scenario.types import Scenario


def arranged(source: Source, choices: Choices, scenario: Scenario | None = None) -> Sequences:
    """The sequences; `scenario` says what is going to read them, None that a network is to be made for them.

    Rows in which something is wrong are told as problems. While `choices.missing` says "ask", such rows are left out
    and `decided` is false. Raises DataError where nothing can be made.
    """
    try:
        match source:
            case Table():
                return from_table(source, choices, scenario)
            case Arrays():
                return from_arrays(source, choices, scenario)
            case Picture():
                return from_picture(source, choices, scenario)
            case PlainText():
                return from_plain_text(source, choices, scenario)
    except DataError as error:
        raise error.of(source.name) from None
    except MemoryError:
        raise DataError("there is not enough memory for this; take fewer sequences", source.name) from None
