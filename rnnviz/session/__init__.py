"""An open scenario that one walks through and changes: a mutable session that hands out frozen snapshots."""

from rnnviz.session.change import Change
from rnnviz.session.cursor import Cursor
from rnnviz.session.descent_run import DescentPath, DescentRun
from rnnviz.session.edit_error import EditError
from rnnviz.session.session import Session
from rnnviz.session.snapshot import Snapshot
from rnnviz.session.training_run import TrainingRun

__all__ = ["Change", "Cursor", "DescentPath", "DescentRun", "EditError", "Session", "Snapshot", "TrainingRun"]
