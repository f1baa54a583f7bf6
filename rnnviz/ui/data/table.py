"""The first rows of the data; above each column of a table, a choice of what it is."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from rnnviz.interop.data.choices import ROLES, Choices
from rnnviz.interop.data.preview import Preview
from rnnviz.ui import theme
from rnnviz.ui.data.words import tr
from rnnviz.ui.training_row import Choice

Index = QModelIndex | QPersistentModelIndex
ROLE_NAMES = {
    "input": "input",
    "target": "target",
    "sequence": "tells sequences apart",
    "step": "names steps",
    "ignored": "not used",
}
_NARROWEST, _WIDEST, _PIXEL = 110, 340, 22
_READABLE = 16
_TOP = QModelIndex()


class Cells(QAbstractTableModel):
    """The cells as they stand in the file; what is wrong is in the colour of errors, what is not used is muted."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.preview = Preview((), (), ())
        self._unused: set[int] = set()

    def show_preview(self, preview: Preview, choices: Choices) -> None:
        self.beginResetModel()
        self.preview = preview
        roles = choices.roles
        self._unused = {
            k for k, name in enumerate(preview.columns) if preview.has_roles and roles.get(name, "ignored") == "ignored"
        }
        self.endResetModel()

    def rowCount(self, parent: Index = _TOP) -> int:
        return 0 if parent.isValid() else len(self.preview.rows)

    def columnCount(self, parent: Index = _TOP) -> int:
        return 0 if parent.isValid() else len(self.preview.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        place = (index.row(), index.column())
        is_wrong = bool({place, (index.row(), -1)} & self.preview.wrong)
        text = self.preview.rows[index.row()][index.column()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return "" if self._is_only_grey else text
            case Qt.ItemDataRole.ToolTipRole:
                return text if self._is_only_grey or len(text) > 40 else None
            case Qt.ItemDataRole.TextAlignmentRole if index.column() in self.preview.numbers:
                return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            case Qt.ItemDataRole.ForegroundRole:
                return self._ink(is_wrong, *place)
            case Qt.ItemDataRole.BackgroundRole if is_wrong:
                colours = theme.current()
                return theme.mix(colours.panel, colours.error, 0.14)
            case Qt.ItemDataRole.BackgroundRole if self.preview.shades:
                return _grey(self.preview.shades[index.row()][index.column()])
            case Qt.ItemDataRole.AccessibleTextRole:
                row, column = self.preview.names[index.row()], self.preview.columns[index.column()]
                said = tr("row {0}, {1}: {2}").format(row, column, text or tr("empty"))
                return f"{said}, {tr('wrong')}" if is_wrong else said
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        names = self.preview.columns if orientation == Qt.Orientation.Horizontal else self.preview.names
        if role == Qt.ItemDataRole.DisplayRole and section < len(names):
            return names[section]
        is_number = orientation == Qt.Orientation.Horizontal and section in self.preview.numbers
        if role == Qt.ItemDataRole.TextAlignmentRole and is_number and not self.preview.has_roles:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
        return None

    @property
    def _is_only_grey(self) -> bool:
        """A picture of so many pixels that their numbers would not be readable: the mouse tells them."""
        return bool(self.preview.shades) and len(self.preview.columns) > _READABLE

    def _ink(self, is_wrong: bool, row: int, column: int) -> QColor:
        colours = theme.current()
        if self.preview.shades:
            return QColor("black") if self.preview.shades[row][column] > 0.5 else QColor("white")
        return colours.error if is_wrong else colours.muted if column in self._unused else colours.ink


def _grey(shade: float) -> QColor:
    return QColor.fromRgbF(*3 * (min(max(shade, 0.0), 1.0),))


class RolesHeader(QHeaderView):
    """The names of the columns, and under each a choice of what it is."""

    chosen = Signal(str, str)  # column, role

    def __init__(self, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.boxes: list[Choice] = []
        self.setSectionsClickable(False)
        self.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self.setMinimumSectionSize(theme.px(_PIXEL))
        self.sectionResized.connect(self._place)
        parent.horizontalScrollBar().valueChanged.connect(self._place)

    def show_roles(self, preview: Preview, choices: Choices) -> None:
        """The boxes stay while the columns are the same, so that the one in use keeps the keys."""
        columns = preview.columns if preview.has_roles else ()
        if [box.property("column") for box in self.boxes] != list(columns):
            for box in self.boxes:
                box.hide()
                box.deleteLater()
            self.boxes = [self._made(name) for name in columns]
        for box in self.boxes:
            box.setCurrentIndex(box.findData(choices.roles.get(box.property("column"), "ignored")))
        self._place()
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        hint = super().sizeHint()
        return QSize(hint.width(), hint.height() + (theme.px(32) if self.boxes else 0))

    def updateGeometries(self) -> None:
        super().updateGeometries()
        self._place()

    def _made(self, column: str) -> Choice:
        box = Choice(self.viewport())
        box.setProperty("column", column)
        box.setFont(theme.sans(theme.SMALL))
        for role in ROLES:
            box.addItem(tr(ROLE_NAMES[role]), role)
        box.setAccessibleName(tr("What column {0} is").format(column))
        box.setToolTip(tr("What the column is for the network"))
        box.activated.connect(self._chosen)
        box.show()
        return box

    def _place(self, *_: object) -> None:
        height = theme.px(24)
        for section, box in enumerate(self.boxes):
            left = self.sectionViewportPosition(section)
            width = self.sectionSize(section)
            box.setGeometry(left + 3, self.height() - height - theme.px(5), max(width - 6, 10), height)

    def _chosen(self) -> None:
        box = self.sender()
        assert isinstance(box, Choice)
        self.chosen.emit(box.property("column"), box.currentData())


class PreviewTable(QTableView):
    """Read-only; arrows walk over the cells, Tab leaves it."""

    role_chosen = Signal(str, str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.cells = Cells(self)
        self.setModel(self.cells)
        self.roles = RolesHeader(self)
        self.setHorizontalHeader(self.roles)
        self.roles.chosen.connect(self.role_chosen)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.setShowGrid(True)
        self.setCornerButtonEnabled(False)
        self.setAccessibleName(tr("First rows"))
        self.restyle()

    def restyle(self) -> None:
        self.setFont(theme.mono(12))
        self.roles.setFont(theme.sans(theme.SMALL, semibold=True))
        self.verticalHeader().setFont(theme.sans(theme.SMALL))
        self.verticalHeader().setDefaultSectionSize(theme.px(22))

    def show_preview(self, preview: Preview, choices: Choices) -> None:
        self.setFont(theme.mono(9 if preview.shades else 12))
        is_other = preview.columns != self.cells.preview.columns or preview.rows[:1] != self.cells.preview.rows[:1]
        at = self.currentIndex()
        self.cells.show_preview(preview, choices)
        self.roles.show_roles(preview, choices)
        if is_other:
            self._fit_columns(preview)
        elif at.isValid():
            self.setCurrentIndex(self.cells.index(at.row(), at.column()))

    def go_to(self, row_name: str, column: str) -> None:
        """Show the row of the file with this number, if it is among those that are here."""
        preview = self.cells.preview
        if row_name in preview.names:
            at = preview.columns.index(column) if column in preview.columns else 0
            index = self.cells.index(preview.names.index(row_name), at)
            self.setCurrentIndex(index)
            self.scrollTo(index, QAbstractItemView.ScrollHint.PositionAtCenter)

    def _fit_columns(self, preview: Preview) -> None:
        least = theme.px(_NARROWEST if preview.has_roles else _PIXEL if preview.shades else 40)
        if not preview.shades:
            self.resizeColumnsToContents()
        for column in range(len(preview.columns)):
            wanted = least if preview.shades else self.columnWidth(column)
            self.setColumnWidth(column, min(max(wanted, least), theme.px(_WIDEST)))
        if len(preview.columns) == 1:
            self.setColumnWidth(0, theme.px(560))
