"""The panels in the View menu: which are shown, and the keys that lead to them."""

from rnnviz.ui.compare.comparing import Comparing
from rnnviz.ui.menus import Entry, Menus
from rnnviz.ui.panel import Panel
from rnnviz.ui.workspace import Workspace


def fill(menus: Menus, workspace: Workspace, comparing: Comparing, go_to: str) -> None:
    """go_to : "Go to {0}", translated"""
    if comparing.view is not None and comparing.is_open:
        view = comparing.view
        names = {name: switch.text() for name, switch in view.switches.items() if name in view.applying()}
        menus.fill("panels", [Entry(text, name, is_checked=name in view.wanted) for name, text in names.items()])
        shown = [(_beside(panel), panel) for panel in comparing.shown()]
    else:
        panels = [panel for name, panel in workspace.panels.items() if name in workspace.applying]
        there = workspace.shown()
        menus.fill("panels", [Entry(_title(panel), panel.name, is_checked=panel in there) for panel in panels])
        shown = [(_title(panel), panel) for panel in there]
    entries = [
        Entry(go_to.format(title), number - 1, f"{number} Alt+{number}" if number < 10 else "")
        for number, (title, _) in enumerate(shown, start=1)
    ]
    menus.fill("go", entries)


def _title(panel: Panel) -> str:
    return panel.translated(panel.title)


def _beside(panel: Panel) -> str:
    return _title(panel) if panel.beside is None else f"{_title(panel)} {'AB'[panel.beside.index(panel)]}"
