"""What a person decides about data: what each column is, what a sequence is, what happens to gaps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

Role = Literal["input", "target", "sequence", "step", "ignored"]
Form = Literal["one series", "by column", "a row each", "windows"]
Aim = Literal["none", "columns", "next"]
Missing = Literal["ask", "drop", "last"]
Scale = Literal["none", "z-score", "min-max", "divide"]
Axes = Literal[
    "", "steps", "steps, features", "sequences, steps", "sequences, steps, features", "steps, sequences, features"
]
Unknown = Literal["ask", "leave out", "blank"]

ROLES: tuple[Role, ...] = ("input", "target", "sequence", "step", "ignored")


@dataclass(frozen=True, kw_only=True)
class Choices:
    """
    roles : of the columns of a table, by name; a column that is not named is ignored
    form : how rows become sequences; for text, "a row each" is a sequence for each line
    width : numbers that make one step, where a row holds a whole sequence
    window, stride : steps of a window, and from one to the next (0: as many as it has)
    target : the target columns, or what comes next
    missing : what happens to rows in which something is missing; "ask" leaves it to be decided
    scale, divisor : what is done with numbers, and by what they are divided
    arrays : which array of an archive is "inputs", "targets", "lengths"
    axes : what the axes of an array of inputs stand for, "" where it has not been said
    resize, invert : a picture is made as wide as the network reads; dark becomes large
    unknown : what happens to characters that the network has no number for
    unit, lower : what a text is split into, and whether capitals become small letters, where the network does not say
    classes : of a network to be made: numbers in the target column are numbers of classes
    first, count : the first sequence that is taken, counted from 1, and how many (0: all)
    """

    roles: Mapping[str, Role] = field(default_factory=lambda: MappingProxyType({}))
    form: Form = "one series"
    width: int = 1
    window: int = 12
    stride: int = 0
    target: Aim = "none"
    missing: Missing = "ask"
    scale: Scale = "none"
    divisor: float = 1.0
    arrays: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    axes: Axes = ""
    resize: bool = False
    invert: bool = False
    unknown: Unknown = "ask"
    unit: Literal["word", "character"] = "word"
    lower: bool = True
    classes: bool = False
    first: int = 1
    count: int = 0

    def named(self, role: Role) -> list[str]:
        """The columns with this role."""
        return [name for name, given in self.roles.items() if given == role]
