"""The window: it listens to the session and passes each snapshot on; what it can do is in the table of actions."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QKeyEvent
from PySide6.QtWidgets import QApplication, QStackedWidget, QVBoxLayout, QWidget

from rnnviz.interop.data.source import is_data
from rnnviz.scenario.gradients import has_gradients
from rnnviz.scenario.types import Alternative
from rnnviz.session.change import Change
from rnnviz.session.edit_error import EditError
from rnnviz.session.edit_training import with_training
from rnnviz.session.session import Session
from rnnviz.session.snapshot import Snapshot
from rnnviz.ui import documents, keys, layouts, panels_menu
from rnnviz.ui.actions import Actions
from rnnviz.ui.backwards import Backwards
from rnnviz.ui.compare.comparing import Comparing
from rnnviz.ui.data.bringing import Bringing
from rnnviz.ui.descents import Descents
from rnnviz.ui.documents import Documents
from rnnviz.ui.export.exports import Exports
from rnnviz.ui.exporting import Exporting
from rnnviz.ui.importing import Importing, is_model
from rnnviz.ui.inputs_actions import InputsActions
from rnnviz.ui.look import Look
from rnnviz.ui.menus import Entry, Menus
from rnnviz.ui.message_bar import MessageBar
from rnnviz.ui.panel import Panel
from rnnviz.ui.player import Player
from rnnviz.ui.popover import Popover
from rnnviz.ui.popovers import Popovers
from rnnviz.ui.settings import Settings
from rnnviz.ui.status_line import StatusLine
from rnnviz.ui.surface_axes import SurfaceAxes, can_have_surface
from rnnviz.ui.timeline import Timeline
from rnnviz.ui.top_bar import TopBar
from rnnviz.ui.training_clock import JobClock
from rnnviz.ui.workspace import Workspace


class MainWindow(QWidget):
    """All that is in the window. It stands in a Shell, which is painted before this is made; in tests, alone."""

    def __init__(self, session: Session, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session, self.settings = session, settings
        self._panel_in_use: Panel | None = None
        self._layout = "step"
        self.is_filled = False
        self._applying: frozenset[str] = frozenset()
        self._alternatives: tuple[Alternative, ...] = ()
        self.setObjectName("main-window")
        self.setAcceptDrops(True)
        self.documents = Documents(session, settings, self)
        self.player = Player(session, self)
        self.job_clock = JobClock(session, self)
        self.backwards = Backwards(session, self)
        self.comparing = Comparing(session, self)
        self.popovers, self.look = Popovers(self), Look(settings)
        self.surface, self.descents = SurfaceAxes(self), Descents(self)
        self.inputs = InputsActions(self)
        self.importing, self.exporting, self.data = Importing(self), Exporting(self), Bringing(self)
        self.exports = Exports(self)
        self.actions_ = Actions(self)
        self.player.set_speed(settings.speed)
        self._build()
        session.listener = self._changed
        self.documents.failed.connect(self.message_bar.show_error)
        self.documents.opened.connect(self.exports.cancel_film)
        self.exports.failed.connect(self.message_bar.show_error)
        self.exports.done.connect(self.message_bar.show_note)
        self.workspace.export_asked.connect(self.exports.panel_as)
        self.documents.opened.connect(self._opened)
        self.documents.saved.connect(self._fill_recent)
        self.importing.failed.connect(self.message_bar.show_error)
        self.exporting.failed.connect(self.message_bar.show_error)
        self.exporting.exported.connect(self.message_bar.show_note)
        self.data.failed.connect(self.message_bar.show_error)
        self.importing.busy.connect(self._show_importing)
        self.importing.done.connect(self.message_bar.clear)
        self.status_line.badge.clicked.connect(self.importing.show_report)
        self.player.changed.connect(self._remember_speed)
        self.backwards.failed.connect(self.message_bar.show_error)
        self.backwards.turned.connect(self.player.stop)
        self.comparing.failed.connect(self.message_bar.show_error)
        self.comparing.begun.connect(self._show_comparison)
        self.comparing.ended.connect(self._show_workspace)
        self.comparing.stepped.connect(self._draw_timeline)
        QApplication.instance().focusChanged.connect(self._focus_changed)
        self._fill_recent()
        self._show_state()

    def _build(self) -> None:
        self.top_bar = TopBar(self.actions_, self)
        self.top_bar.layouts.chosen.connect(self.choose_layout)
        self.menus = Menus(self.top_bar.menus, self.actions_, self)
        self.menus.chosen.connect(self._chosen)
        self.addActions(list(self.actions_.by_id.values()))
        self.message_bar = MessageBar(self)
        self.workspace = Workspace(self)
        self.workspace.changed.connect(self._arranged)
        self.pages = QStackedWidget(self)
        self.pages.addWidget(self.workspace)
        self.gallery = None
        self.timeline = Timeline(self.session, self.player, self.actions_, self)
        self.timeline.walk_through(self.comparing.sessions)
        self.status_line = StatusLine(self)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # so that a click beside everything gives the keys back
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for widget in (self.top_bar, self.message_bar, self.pages, self.timeline, self.status_line):
            column.addWidget(widget, 1 if widget is self.pages else 0)

    # --- start ------------------------------------------------------------------------------------------------------

    def begin(self, file: str | None) -> None:
        """Open a file or a built-in scenario, or the gallery."""
        if file is not None and is_data(file):
            self.show_gallery()
            self.data.import_path(file, is_new=True)
        elif file is None or not self.open_file(file):
            self.show_gallery()
        self.fill()

    def open_file(self, path: str) -> bool:
        """Open a scenario; a model is read first, data are asked about. Whether something is open now."""
        if is_data(path):
            self.data.import_path(path)
            return False
        if is_model(path):
            self.importing.import_path(path)
            return False
        return self.documents.open_path(path)

    def fill(self) -> None:
        """Make the panels, once."""
        if self.is_filled:
            return
        self.is_filled = True
        from rnnviz.ui import panels

        classes = panels.load()
        made = [panel(self.session) for panel in classes.values()]
        self._layout = self._wanted_layout()
        arrangement = layouts.from_json(self.settings.layout(self._layout), classes, self._layout)
        self.workspace.add_panels(made, arrangement)
        if "loss_surface" in classes:
            self.surface.begin()
        if "story" in classes:
            self.workspace.panels["story"].open_requested.connect(self.documents.open_builtin)
            self.workspace.panels["story"].compare_requested.connect(self.comparing.open_wanted)
        if self.session.snapshot is not None:
            self._changed(self.session.snapshot, ~Change(0))
        self._fill_panels_menu()

    # --- what changes -----------------------------------------------------------------------------------------------

    def _changed(self, snapshot: Snapshot, change: Change) -> None:
        """The one listener of the session."""
        self.job_clock.follow()
        self.comparing.follow(change)
        self.timeline.draw(snapshot)
        self.status_line.draw(snapshot)
        if change & (Change.SCENARIO | Change.TRACE):
            self._applying = self._that_apply(snapshot)
        for name in self._applying:
            self.workspace.panels[name].present(snapshot, change)
        self.workspace.show_applying(self._applying)  # what comes into view has its snapshot by now
        if change & ~(Change.CURSOR | Change.TRAINING):
            self._show_state()

    def _that_apply(self, snapshot: Snapshot) -> frozenset[str]:
        return frozenset(name for name, panel in self.workspace.panels.items() if panel.applies(snapshot))

    def _show_state(self) -> None:
        """Title, unsaved mark, and which actions are on."""
        snapshot, there = self.session.snapshot, set()
        if snapshot is not None:
            title = documents.title_of(snapshot.scenario)
            self.top_bar.show_title(title, is_modified=snapshot.is_modified)
            self.top_bar.layouts.show_layouts(self._offered_layouts(), self._layout)
            self.window().setWindowTitle(f"{title}[*] – rnnviz")
            self.window().setWindowModified(snapshot.is_modified)
            there = {"document", "panel"} if self.comparing.is_open else {"document", "panel", "cards"}
            if snapshot.scenario.alternatives is not self._alternatives:
                self._fill_alternatives(snapshot)
            if snapshot.scenario.imported is not None:
                there.add("imported")
            if self.session.can_undo:
                there.add("undo")
            if self.session.can_redo:
                there.add("redo")
            if snapshot.trace.batch > 1:
                there.add("sequences")
            if snapshot.selection is not None:
                there.add("selection")
            if snapshot.scenario.training is not None:
                there.add("training")
            elif snapshot.scenario.targets is not None:
                there.add("targets")
            if can_have_surface(snapshot):
                there.add("surface")
            there.update(f"layout {name}" for name in self._offered_layouts())
            if self.session.is_busy:
                there.add("job")
            if has_gradients(snapshot.scenario) and snapshot.trace.steps:
                there.add("gradients")
            if snapshot.descent is not None:
                there.add("descent")
            if snapshot.training is not None and len(snapshot.training.kept) > 1:
                there.add("iterates")
        else:
            self.window().setWindowTitle("rnnviz")
        self.actions_.enable(there)
        self.actions_.say("undo", self.session.undo_label)
        self.actions_.say("redo", self.session.redo_label)
        is_open = snapshot is not None and self.pages.currentWidget() is not self.gallery
        self.timeline.setVisible(is_open)
        self.status_line.setVisible(is_open)

    def _opened(self) -> None:
        self.player.stop()
        self.message_bar.clear()
        self.comparing.leave()
        self.pages.setCurrentWidget(self.workspace)
        self._fill_recent()
        self.choose_layout(self._wanted_layout())
        self._fill_panels_menu()
        self._show_state()
        self.setFocus()

    def _show_importing(self, text: str) -> None:
        self.message_bar.show_busy(text, self.tr("Cancel"), self.importing.cancel)

    # --- panels -----------------------------------------------------------------------------------------------------

    def _focus_changed(self, _old: QWidget | None, now: QWidget | None) -> None:
        """Remember the panel in use, also while a menu or the palette has the focus."""
        while now is not None and not isinstance(now, Panel):
            now = now.parentWidget()
        if now is not None:
            self._panel_in_use = now

    def shown_panels(self) -> list[Panel]:
        return self.comparing.shown() if self.comparing.is_open else self.workspace.shown()

    def current_panel(self) -> Panel | None:
        """The panel that is maximised, or under the mouse, or that had the focus last."""
        shown = self.shown_panels()
        if self.workspace.maximised and not self.comparing.is_open:
            return self.workspace.panels[self.workspace.maximised]
        if self._panel_in_use in shown and self._panel_in_use.isAncestorOf(QApplication.focusWidget() or self):
            return self._panel_in_use
        under = next((panel for panel in shown if panel.underMouse()), None)
        return under or (self._panel_in_use if self._panel_in_use in shown else None)

    # --- layouts ----------------------------------------------------------------------------------------------------

    def _offered_layouts(self) -> tuple[str, ...]:
        """Train only where there is something to train, or the scenario wants to be seen so; Inside where there are
        units to look at."""
        scenario = self.session.snapshot.scenario if self.session.snapshot is not None else None
        if scenario is None:
            return ("step",)
        trains = scenario.training is not None or scenario.view.layout == "train"
        return ("step", *["train"] * trains, *["inside"] * bool(scenario.network.recurrent))

    def _wanted_layout(self) -> str:
        """The one with which the scenario wants to be seen."""
        wanted = self.session.snapshot.scenario.view.layout if self.session.snapshot is not None else "step"
        return wanted if wanted in self._offered_layouts() else "step"

    def choose_layout(self, name: str) -> None:
        """Each layout is remembered as it was left."""
        self.comparing.leave()
        if name == self._layout or name not in self._offered_layouts():
            return
        self._layout = name
        if self.is_filled:
            from rnnviz.ui import panels

            self.workspace.arrange(layouts.from_json(self.settings.layout(name), panels.load(), name))
        self._show_state()

    def _arranged(self) -> None:
        self.settings.set_layout(self._layout, self.workspace.arrangement.to_json())
        self._fill_panels_menu()

    def bring_up(self, name: str) -> Panel:
        """A panel of the workspace, in view; a comparison ends, and the gallery gives way."""
        self.comparing.leave()
        if self.pages.currentWidget() is not self.workspace:
            self._show_workspace()
        return self.workspace.bring_up(name)

    def toggle_panel(self, name: str) -> None:
        if self.comparing.is_open:
            self.comparing.view.toggle(name)
        else:
            self.workspace.set_closed(name, name not in self.workspace.arrangement.closed)

    def go_to_panel(self, number: int) -> None:
        """Of those that are shown, from 0."""
        panel = self.shown_panels()[number]
        if self.workspace.maximised and not self.comparing.is_open:
            self.workspace.maximise(panel.name)
        panel.window().activateWindow()
        panel.setFocus(Qt.FocusReason.ShortcutFocusReason)
        panel.has_just_come = True

    def maximise_panel(self) -> None:
        panel = self.current_panel()
        if panel is not None and self.comparing.is_open:
            self.comparing.view.maximise(panel.name)
        elif panel is not None:
            self.workspace.maximise("" if self.workspace.maximised else panel.name)

    def float_panel(self) -> None:
        panel = self.current_panel()
        if panel is not None:
            self.workspace.set_floating(panel.name, panel.name not in self.workspace.arrangement.floating)

    def close_panel(self) -> None:
        panel = self.current_panel()
        if panel is not None and self.comparing.is_open:
            self.comparing.view.toggle(panel.name)
        elif panel is not None:
            self.workspace.set_closed(panel.name, True)

    def reset_layout(self) -> None:
        from rnnviz.ui import panels

        self.workspace.arrange(layouts.default(panels.load(), self._layout))

    def copy_panel(self) -> None:
        panel = self.current_panel()
        if panel is not None:
            panel.copy_text()

    # --- time and numbers -------------------------------------------------------------------------------------------

    def step_forward(self) -> None:
        self._by_hand(self.timeline.walk.move, 1)

    def step_back(self) -> None:
        self._by_hand(self.timeline.walk.move, -1)

    def next_equation(self) -> None:
        self._by_hand(self.session.substep, 1)

    def previous_equation(self) -> None:
        self._by_hand(self.session.substep, -1)

    def go_first(self) -> None:
        self._by_hand(self.timeline.walk.seek, 0)

    def go_last(self) -> None:
        if self.session.snapshot is not None:
            self._by_hand(self.timeline.walk.seek, self.timeline.walk.last)

    def next_sequence(self) -> None:
        self._move_sequence(1)

    def previous_sequence(self) -> None:
        self._move_sequence(-1)

    def play(self) -> None:
        self.player.toggle()

    def train(self) -> None:
        """Start training, or pause what runs, or go on with what was paused."""
        snapshot = self.session.snapshot
        run = snapshot.training if snapshot is not None and self.session.is_busy else None
        try:
            if run is None:
                self.session.start_training()
            elif run.state == "paused":
                self.session.resume_job()
            else:
                self.session.pause_job()
        except EditError as error:
            self.message_bar.show_error(str(error))

    def set_up_training(self) -> None:
        """Give a network with targets the usual settings, and show them."""
        if self.session.snapshot is not None:
            self.session.edit(self.tr("Set up training"), with_training(self.session.snapshot.scenario))
            self.choose_layout("train")

    def cancel_training(self) -> None:
        self.session.cancel_job()

    def _by_hand(self, ask: Callable[[int], None], argument: int) -> None:
        """A step by hand ends playing."""
        self.player.stop()
        ask(argument)

    def _move_sequence(self, count: int) -> None:
        snapshot = self.session.snapshot
        if snapshot is not None:
            wanted = min(max(snapshot.cursor.sequence + count, 0), snapshot.trace.batch - 1)
            self.session.seek_sequence(wanted)

    def explain(self) -> None:
        """Open the number under the keyboard cursor, else the output at this step."""
        from rnnviz.engine.trace import Address

        snapshot, panel = self.session.snapshot, self.current_panel()
        if snapshot is None:
            return
        address = panel.address if panel is not None and panel.hasFocus() else None
        step = max(snapshot.cursor.step, 1)
        self.session.select(address or Address(snapshot.trace.output_name, step, snapshot.cursor.sequence, 0))

    def go_back(self) -> None:
        self.session.back()

    def edit_number(self) -> None:
        """Edit the number under the keyboard cursor or the selected one, in the first panel that can."""
        panel, snapshot = self.current_panel(), self.session.snapshot
        address = (panel.address if panel is not None and panel.hasFocus() else None) or (
            snapshot.selection if snapshot else None
        )
        others = [other for other in self.shown_panels() if other is not panel]
        candidates = [*([panel] if panel is not None else []), *others]
        if address is None or not any(candidate.begin_edit(address) for candidate in candidates):
            self.message_bar.show_note(self.tr("Select a weight, an input or an initial state first, then press E."))

    def undo(self) -> None:
        self.session.undo()

    def redo(self) -> None:
        self.session.redo()

    # --- cards above the window -------------------------------------------------------------------------------------

    def show_gallery(self) -> None:
        from rnnviz.ui.gallery import Gallery

        if self.gallery is None:
            self.gallery = Gallery(self)
            self.gallery.chosen.connect(self.documents.open_path)
            self.gallery.open_asked.connect(self.documents.ask_and_open)
            self.gallery.import_asked.connect(self.importing.ask_and_import)
            self.gallery.back_asked.connect(self._show_workspace)
            self.pages.addWidget(self.gallery)
        self.player.stop()
        self.comparing.leave()
        snapshot = self.session.snapshot
        way_back = documents.title_of(snapshot.scenario) if snapshot else ""
        self.pages.setCurrentWidget(self.gallery)
        self.gallery.fill(self.settings.recent, way_back=way_back)
        self.gallery.focus()
        self._show_state()

    def _show_workspace(self) -> None:
        """After the gallery or a comparison, as it was left."""
        self.pages.setCurrentWidget(self.workspace)
        self._fill_panels_menu()
        self._show_state()
        self.setFocus()

    def _show_comparison(self) -> None:
        view = self.comparing.view
        if self.pages.indexOf(view) < 0:
            self.pages.addWidget(view)
            view.rows_changed.connect(self._fill_panels_menu)
            view.export_asked.connect(self.exports.panel_as)
        self.pages.setCurrentWidget(view)
        self._fill_panels_menu()
        self._show_state()
        self._draw_timeline()
        self.setFocus()

    def _draw_timeline(self) -> None:
        if self.session.snapshot is not None:
            self.timeline.draw(self.session.snapshot)

    # --- menus that follow the document -----------------------------------------------------------------------------

    def _fill_recent(self) -> None:
        self.menus.fill("recent", [Entry(path, path) for path in self.settings.recent])

    def _fill_alternatives(self, snapshot: Snapshot) -> None:
        self._alternatives = snapshot.scenario.alternatives
        text = self.tr("Try: {0}")
        named = enumerate(self._alternatives)
        self.menus.fill("try", [Entry(text.format(alternative.title), index) for index, alternative in named])

    def _fill_panels_menu(self) -> None:
        panels_menu.fill(self.menus, self.workspace, self.comparing, self.tr("Go to {0}"))
        self.workspace.share_actions(self.actions())

    def _chosen(self, menu: str, data: Any) -> None:
        {
            "recent": self.documents.open_path,
            "panels": self.toggle_panel,
            "go": self.go_to_panel,
            "try": self._apply_alternative,
        }[menu](data)

    def _apply_alternative(self, index: int) -> None:
        try:
            self.session.apply_alternative(index)
        except EditError as error:
            self.message_bar.show_error(str(error))

    def quit(self) -> None:
        self.window().close()

    def _remember_speed(self) -> None:
        self.settings.speed = self.player.speed

    # --- Qt ---------------------------------------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        """Keys that the widget with the focus needs are kept from the actions."""
        if event.type() == QEvent.Type.ShortcutOverride and self._has_popover():
            event.accept()
            return True
        return keys.keeps_from_actions(event) or super().event(event)

    def _has_popover(self) -> bool:
        return any(popover.isVisible() for popover in self.findChildren(Popover))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.comparing.is_open:
            self.comparing.leave()
        elif event.key() == Qt.Key.Key_Escape and self.workspace.maximised:
            self.workspace.maximise("")
        elif event.key() == Qt.Key.Key_Escape:
            self.message_bar.clear()
        else:
            super().keyPressEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        path = next((url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()), "")
        if path:
            self.open_file(path)

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self.documents.may_leave():
            event.ignore()
            return
        self.player.stop()
        self.exports.close()
        self.settings.write()
        self.session.listener = None
        self.importing.close()
        self.data.close()
        self.session.close()
        self.comparing.close()
        self.workspace.close_floats()
        event.accept()
