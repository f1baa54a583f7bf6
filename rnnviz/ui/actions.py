"""Everything one can do, in one table: menus, keys, command palette and the list of keys are all made from it."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication, QObject, Signal
from PySide6.QtGui import QAction, QKeySequence

from rnnviz.ui import icons


@dataclass(frozen=True)
class Action:
    """`handler` is the path of a method from the window on; `needs` names what must be there for the action to be on.

    `keys` are apart by spaces. A menu "View/Theme" is a submenu; a change of `section` within a menu draws a line.
    """

    id: str
    text: str
    keys: str
    handler: str
    icon: str = ""
    needs: str = ""
    argument: str = ""
    is_repeated: bool = False  # while the key is held down
    menu: str = ""
    section: int = 0
    is_on_table: bool = False  # its keys work where the table of steps has the focus, and there alone

    @property
    def shown_text(self) -> str:
        return QCoreApplication.translate("actions", self.text)


def _section(menu: str, section: int, *actions: Action) -> tuple[Action, ...]:
    return tuple(replace(action, menu=menu, section=section) for action in actions)


def _table() -> tuple[Action, ...]:
    noop, again = QT_TRANSLATE_NOOP, True
    return (
        *_section(
            "File", 0,
            Action("gallery", noop("actions", "Gallery"), "Ctrl+N", "show_gallery", "gallery"),
            Action("open", noop("actions", "Open…"), "Ctrl+O", "documents.ask_and_open", "open"),
            Action("import", noop("actions", "Import model…"), "Ctrl+I", "importing.ask_and_import"),
            Action("import_data", noop("actions", "Import data…"), "Ctrl+Shift+I", "data.ask_and_import"),
            Action("new_from_data", noop("actions", "New from data…"), "", "data.ask_for_new"),
            Action("vocabulary", noop("actions", "Read a vocabulary…"), "", "importing.ask_for_vocabulary", "",
                   "document"),
            Action("import_report", noop("actions", "How it was imported"), "", "importing.show_report", "",
                   "imported"),
        ),
        *_section(
            "File", 1,
            Action("save", noop("actions", "Save"), "Ctrl+S", "documents.save", "save", "document"),
            Action("save_as", noop("actions", "Save as…"), "Ctrl+Shift+S", "documents.save_as", "", "document"),
        ),
        *_section(
            "File/Export", 0,
            Action("export", noop("actions", "Export panel…"), "Ctrl+E", "exports.panel", "export", "panel"),
            Action("export_window", noop("actions", "Export window…"), "Ctrl+Shift+E", "exports.window", "",
                   "document"),
            Action("export_film", noop("actions", "Export film…"), "", "exports.film", "", "cards"),
        ),
        *_section(
            "File/Export", 1,
            Action("export_trace", noop("actions", "Export trace…"), "", "exports.trace", "", "document"),
            Action("export_table", noop("actions", "Export table of steps…"), "", "exports.table", "", "document"),
            Action("export_network", noop("actions", "Export network…"), "", "exporting.ask_and_export", "",
                   "document"),
        ),
        *_section("File", 2, Action("quit", noop("actions", "Quit"), "Ctrl+Q", "quit")),
        *_section(
            "Edit", 0,
            Action("undo", noop("actions", "Undo"), "Ctrl+Z", "undo", "undo", "undo"),
            Action("redo", noop("actions", "Redo"), "Ctrl+Shift+Z Ctrl+Y", "redo", "redo", "redo"),
            Action("history", noop("actions", "History"), "Ctrl+H", "popovers.history", "history", "document"),
        ),
        *_section(
            "Edit", 1,
            Action("edit", noop("actions", "Edit number"), "E", "edit_number", "edit", "document"),
            Action("copy", noop("actions", "Copy panel as text"), "Ctrl+Shift+C", "copy_panel", "copy", "panel"),
        ),
        *_section(
            "Edit", 2,
            Action("paste_table", noop("actions", "Paste a table as data…"), "Ctrl+Shift+V", "data.paste"),
            Action("feed", noop("actions", "Feed the next step…"), "F", "inputs.feed", "", "cards"),
            *(
                replace(action, needs="cards", is_on_table=True)
                for action in (
                    Action("step_insert", noop("actions", "Insert a step before"), "Ins", "inputs.insert"),
                    Action("step_delete", noop("actions", "Delete step"), "Del", "inputs.delete"),
                    Action("step_up", noop("actions", "Move step up"), "Alt+Up", "inputs.move", argument="up"),
                    Action("step_down", noop("actions", "Move step down"), "Alt+Down", "inputs.move", argument="down"),
                    Action("copy_numbers", noop("actions", "Copy numbers of the inputs"), "Ctrl+C", "inputs.copy"),
                    Action("paste_numbers", noop("actions", "Paste numbers into the inputs"), "Ctrl+V", "inputs.paste"),
                )
            ),
        ),
        *_section(
            "View", 0,
            Action("maximise", noop("actions", "Maximise panel"), "F11", "maximise_panel", "maximise", "panel"),
            Action("float", noop("actions", "Float panel"), "Shift+F11", "float_panel", "float", "cards"),
            Action("close_panel", noop("actions", "Close panel"), "Ctrl+W", "close_panel", "close", "panel"),
        ),
        *_section(
            "View", 1,
            Action("layout_step", noop("actions", "Layout Step"), "", "choose_layout", "", "layout step", "step"),
            Action("layout_train", noop("actions", "Layout Train"), "", "choose_layout", "", "layout train", "train"),
            Action("layout_inside", noop("actions", "Layout Inside"), "", "choose_layout", "", "layout inside",
                   "inside"),
        ),
        *_section("View", 2, Action("compare", noop("actions", "Compare…"), "C", "comparing.toggle", "", "document")),
        *_section(
            "View", 3, Action("reset", noop("actions", "Reset layout"), "", "reset_layout", "layout", "cards")
        ),
        *_section(
            "View/Loss surface", 0,
            Action("surface_x", noop("actions", "X axis of the loss surface: this weight"), "X", "surface.take", "",
                   "surface", "x"),
            Action("surface_y", noop("actions", "Y axis of the loss surface: this weight"), "Y", "surface.take", "",
                   "surface", "y"),
            Action("surface_axes", noop("actions", "Axes, range and colours of the loss surface…"), "",
                   "surface.settings", "", "surface"),
        ),
        *_section(
            "View/Loss surface", 1,
            Action("surface_in", noop("actions", "Zoom into the loss surface"), "", "surface.zoom_in", "", "surface"),
            Action("surface_out", noop("actions", "Zoom out of the loss surface"), "", "surface.zoom_out", "",
                   "surface"),
            Action("surface_back", noop("actions", "Loss surface: back to the range before"), "", "surface.back", "",
                   "surface"),
            Action("surface_whole", noop("actions", "Loss surface: whole range"), "", "surface.whole", "", "surface"),
            Action("surface_trail", noop("actions", "Loss surface: zoom to the training run"), "", "surface.to_trail",
                   "", "surface"),
            Action("surface_stop", noop("actions", "Loss surface: stop working it out, or go on"), "", "surface.stop",
                   "", "surface"),
        ),
        *_section(
            "View/Loss surface", 2,
            Action("surface_3d", noop("actions", "Loss surface in 3-D"), "V", "surface.toggle_3d", "", "surface"),
            Action("surface_left", noop("actions", "Turn the loss surface left"), "Ctrl+Left", "surface.turn", "",
                   "surface", "left", again),
            Action("surface_right", noop("actions", "Turn the loss surface right"), "Ctrl+Right", "surface.turn", "",
                   "surface", "right", again),
            Action("surface_up", noop("actions", "See more of the loss surface from above"), "Ctrl+Up",
                   "surface.turn", "", "surface", "up", again),
            Action("surface_down", noop("actions", "See more of the loss surface from the side"), "Ctrl+Down",
                   "surface.turn", "", "surface", "down", again),
            Action("surface_side", noop("actions", "Loss surface in 3-D as at first"), "", "surface.turn", "",
                   "surface", "back"),
        ),
        *_section(
            "View/Theme", 0,
            Action("system", noop("actions", "Follow the system"), "", "look.choose_theme", argument="system"),
            Action("light", noop("actions", "Light"), "", "look.choose_theme", "light", argument="light"),
            Action("dark", noop("actions", "Dark"), "", "look.choose_theme", "dark", argument="dark"),
            Action("contrast", noop("actions", "High contrast"), "", "look.choose_theme", argument="high contrast"),
        ),
        *_section(
            "View/Text size", 0,
            Action("larger", noop("actions", "Larger text"), "Ctrl++ Ctrl+=", "look.larger_text"),
            Action("smaller", noop("actions", "Smaller text"), "Ctrl+-", "look.smaller_text"),
            Action("normal", noop("actions", "Normal text"), "Ctrl+0", "look.normal_text"),
        ),
        *_section(
            "Run", 0,
            Action(
                "forward", noop("actions", "Step forward"), "Right", "step_forward", "forward", "document", "", again
            ),
            Action("back", noop("actions", "Step back"), "Left", "step_back", "back", "document", "", again),
            Action("next", noop("actions", "Next equation"), "Shift+Right", "next_equation", "", "document", "", again),
            Action(
                "previous", noop("actions", "Previous equation"), "Shift+Left", "previous_equation", "", "document", "",
                again,
            ),
            Action("first", noop("actions", "Go to the start"), "Home", "go_first", "first", "document"),
            Action("last", noop("actions", "Go to the end"), "End", "go_last", "last", "document"),
            Action("go_to", noop("actions", "Go to step…"), "G", "timeline.ask_step", "", "document"),
        ),
        *_section(
            "Run", 1,
            Action("play", noop("actions", "Play or pause"), "Space", "play", "play", "document"),
            Action("faster", noop("actions", "Play faster"), "]", "player.faster", "", "document"),
            Action("slower", noop("actions", "Play slower"), "[", "player.slower", "", "document"),
        ),
        *_section(
            "Run", 2,
            Action("down", noop("actions", "Next sequence"), "Down", "next_sequence", "down", "sequences", "", again),
            Action("up", noop("actions", "Previous sequence"), "Up", "previous_sequence", "up", "sequences", "", again),
        ),
        *_section(
            "Run", 3,
            Action("explain", noop("actions", "Explain number"), "Return Enter", "explain", "", "document"),
            Action("trail", noop("actions", "Back to the number before"), "Backspace", "go_back", "left", "selection"),
            Action(
                "gradient", noop("actions", "Open its derivative or value"), "D",
                "backwards.open_derivative", "", "gradients",
            ),
            Action("bptt", noop("actions", "Step through BPTT"), "Shift+B", "backwards.toggle", "", "gradients"),
        ),
        *_section(
            "Run", 4,
            Action("set_up", noop("actions", "Set up training"), "", "set_up_training", "", "targets"),
            Action("train", noop("actions", "Train, pause or resume"), "T", "train", "", "training"),
            Action(
                "iterates", noop("actions", "Walk through time or training"), "I", "timeline.toggle_training", "",
                "iterates",
            ),
            Action("cancel", noop("actions", "Cancel training"), "Shift+T", "cancel_training", "", "job"),
        ),
        *_section(
            "Run/Descent", 0,
            Action("descend", noop("actions", "Descend with every clipping, or stop"), "Shift+D",
                   "descents.run_or_stop", "", "surface"),
            Action("descent_play", noop("actions", "Play the descents, or pause"), "Shift+Space", "descents.play", "",
                   "descent"),
            Action("descent_forward", noop("actions", "A step on in the descents"), ".", "descents.forward", "",
                   "descent", "", again),
            Action("descent_back", noop("actions", "A step back in the descents"), ",", "descents.back", "", "descent",
                   "", again),
            Action("surface_paths", noop("actions", "Zoom the loss surface to the descents, or out"), "Z",
                   "surface.to_paths", "", "descent"),
        ),
        *_section(
            "Help", 0,
            Action("palette", noop("actions", "Find any action"), "Ctrl+K", "popovers.palette", "search"),
            Action("keys", noop("actions", "All keys"), "Ctrl+/", "popovers.keys", "keyboard"),
            Action("what", noop("actions", "What am I looking at?"), "F1", "popovers.what", "help", "document"),
        ),
        *_section("Help", 1, Action("about", noop("actions", "About rnnviz"), "", "popovers.about")),
    )  # fmt: skip


TABLE = _table()
MENUS = {
    name: QT_TRANSLATE_NOOP("actions", name)
    for name in ("File", "Edit", "View", "Run", "Help", "Theme", "Text size", "Export", "Loss surface", "Descent")
}


class Actions(QObject):
    """The table as QActions of one window. They work in every window that they are added to."""

    done = Signal(str)

    def __init__(self, window: QObject) -> None:
        super().__init__(window)
        self._window = window
        self.by_id = {row.id: self._made(row) for row in TABLE}

    def enable(self, there: Collection[str]) -> None:
        """Turn on what needs nothing, or something that is there now."""
        for row in TABLE:
            self.by_id[row.id].setEnabled(not row.needs or row.needs in there)

    def say(self, id_: str, what: str) -> None:
        """Add to the text of an action what it would do now, as in "Undo: Set lstm.b_i[0] to 3"."""
        text = next(row.shown_text for row in TABLE if row.id == id_)
        self.by_id[id_].setText(f"{text}: {what}" if what else text)

    def _made(self, row: Action) -> QAction:
        action = QAction(row.shown_text, self)
        action.setObjectName(row.id)
        if row.is_on_table:  # the panel itself takes the key; what is after the tab stands where menus show keys
            action.setText(f"{row.shown_text}\t{_written(row.keys)}")
        else:
            action.setShortcuts([QKeySequence(key) for key in row.keys.split()])
        action.setAutoRepeat(row.is_repeated)
        action.setMenuRole(QAction.MenuRole.NoRole)
        if row.icon:
            action.setIcon(icons.icon(row.icon))
            action.setIconVisibleInMenu(False)
        action.triggered.connect(self._triggered)
        return action

    def _triggered(self) -> None:
        action = self.sender()
        row = next(row for row in TABLE if row.id == action.objectName())
        handler = _find(self._window, row.handler)
        handler(row.argument) if row.argument else handler()
        self.done.emit(row.id)


def key_text(action: QAction) -> str:
    """The first key of an action as it is written on a keyboard of this system."""
    keys = action.shortcuts()
    return keys[0].toString(QKeySequence.SequenceFormat.NativeText) if keys else action.text().partition("\t")[2]


def _written(key: str) -> str:
    return QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)


def _find(window: object, path: str) -> Callable[..., object]:
    found = window
    for name in path.split("."):
        found = getattr(found, name)
    assert callable(found)
    return found
