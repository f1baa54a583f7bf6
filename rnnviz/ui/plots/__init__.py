"""Plots over time: lines and heat maps as tracks of a TimePlot, all plots of a session on one TimeAxis.

Why not pyqtgraph: a step must cost the same at 16 units x 100 steps and at 512 x 10,000. Measured, a pyqtgraph scene
costs 5 to 23 ms a step where four layers of our own cost under 0.4, and its import alone takes longer than Python and
QtWidgets together. What it would still give, axes with a handful of ticks and zooming of one shared range, is
time_axis.py and scale.py here, which every panel needs to agree on anyway. So a plot is a plain widget: the still
picture is drawn once at the screen's resolution, and a step repaints the pixels of the cursor line, its pill, the
step's number and one column.
"""

from rnnviz.ui.plots.few import FEW
from rnnviz.ui.plots.heat_map import HeatMap, Range, signed_range
from rnnviz.ui.plots.lines import Line, Lines
from rnnviz.ui.plots.style import Style
from rnnviz.ui.plots.time_axis import TimeAxis
from rnnviz.ui.plots.time_plot import TimePlot
from rnnviz.ui.plots.track import Now

__all__ = ["FEW", "HeatMap", "Line", "Lines", "Now", "Range", "Style", "TimeAxis", "TimePlot", "signed_range"]
