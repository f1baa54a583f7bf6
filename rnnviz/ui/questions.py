"""The questions that stand between a person and the loss of work."""

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QMessageBox, QWidget

Button = QMessageBox.StandardButton


def about_unsaved(parent: QWidget, title: str) -> str:
    """ "save", "discard" or "cancel"."""
    box = _box(parent, _tr("Save the changes to “{0}”?").format(title), _tr("Unsaved changes would be lost."))
    box.setStandardButtons(Button.Save | Button.Discard | Button.Cancel)
    box.setDefaultButton(Button.Save)
    answer = box.exec()
    return {Button.Save.value: "save", Button.Discard.value: "discard"}.get(answer, "cancel")


def about_training(parent: QWidget) -> bool:
    """Whether training that is under way may be stopped."""
    text = _tr("Training is running. Stop it?")
    box = _box(parent, text, _tr("The weights reached so far become an unsaved change of the document."))
    stop = box.addButton(_tr("Stop training"), QMessageBox.ButtonRole.AcceptRole)
    box.addButton(Button.Cancel)
    box.setDefaultButton(stop)
    box.exec()
    return box.clickedButton() is stop


def about_changed_file(parent: QWidget, path: str) -> str:
    """ "overwrite", "elsewhere" or "cancel", when another program has changed the file since it was opened."""
    box = _box(
        parent,
        _tr("“{0}” was changed by another program").format(path),
        _tr("Saving here would overwrite that version. Saving under another name keeps both."),
    )
    overwrite = box.addButton(_tr("Overwrite"), QMessageBox.ButtonRole.DestructiveRole)
    elsewhere = box.addButton(_tr("Save as…"), QMessageBox.ButtonRole.AcceptRole)
    box.addButton(Button.Cancel)
    box.setDefaultButton(elsewhere)
    box.exec()
    clicked = box.clickedButton()
    return "overwrite" if clicked is overwrite else "elsewhere" if clicked is elsewhere else "cancel"


def _box(parent: QWidget, text: str, detail: str) -> QMessageBox:
    box = QMessageBox(QMessageBox.Icon.NoIcon, "rnnviz", text, parent=parent)
    box.setInformativeText(detail)
    return box


def _tr(text: str) -> str:
    return QCoreApplication.translate("questions", text)
