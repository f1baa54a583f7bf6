"""What can be wrong with data: with a row, a problem to decide about; with the whole, an error."""

from __future__ import annotations

from dataclasses import dataclass

from rnnviz.scenario.errors import ScenarioError


class DataError(ScenarioError):
    """Data that cannot be read or used: file, place in it, what is wrong, what to do."""

    def of(self, path: str) -> DataError:
        """The same error, said of the file `path`."""
        return DataError(self.message, path, self.where)


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with one row.

    row : of the file, counted from 1 with its heading, as spreadsheets count; 0 where it belongs to no row
    column : its name, "" for the row as a whole
    wrong : what is there; right : what would be
    is_unknown : the text is sound, but the network has no id for some of it; `Choices.unknown` decides about that
    """

    row: int
    column: str
    wrong: str
    right: str = ""
    is_unknown: bool = False

    def __str__(self) -> str:
        where = ", ".join(part for part in (f"row {self.row}" if self.row else "", self.column) if part)
        said = f"{self.wrong}; expected {self.right}" if self.right else self.wrong
        return f"{where}: {said}" if where else said
