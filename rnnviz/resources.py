"""Where the files that come with the program are: scenarios, data, models, icons, fonts."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
# An installed package carries its own copy; a checkout has the folder beside the package.
_FOLDERS = (_PACKAGE / "_resources", _PACKAGE.parent / "resources")


def resource(name: str = "") -> Path:
    """The path of a shipped file or folder, such as ``resource("scenarios")``.

    Raises FileNotFoundError, naming the folder that was searched, when the program was installed incompletely.
    """
    folder = next((folder for folder in _FOLDERS if folder.is_dir()), _FOLDERS[-1])
    path = folder / name
    if not path.exists():
        raise FileNotFoundError(f"{name!r} is missing in {folder}: install rnnviz again")
    return path
