"""From a bare Python to the project's own virtual environment: what every command in this folder starts with.

    import bootstrap
    bootstrap.command("rnnviz", sys.argv[1:], kind="run")     installs what is missing, then becomes that command
    bootstrap.inside("test")                                  goes on with the calling script, inside the environment

Standard library only, in a Python old enough to say politely that it is too old. What is installed is pinned and hashed
in requirements-run.txt and requirements-test.txt. A stamp in `.venv` tells a later start that nothing is left to do.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "installed.json"
OLDEST = (3, 11)

# What the window needs from the system: the name that the loader asks for, and the Debian package that has it.
LIBRARIES = {
    "libglib-2.0.so.0": "libglib2.0-0",
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}
# What the tests need beside it, to use the program on a screen of its own.
SCREEN_PROGRAMS = {"Xvfb": "xvfb", "openbox": "openbox", "xauth": "xauth", "xdotool": "xdotool"}


def command(name: str, arguments: list[str], kind: str, **environment: str) -> None:
    """Become the program `name` of the virtual environment; `environment` fills in what is not set already."""
    prepare(kind)
    for variable, value in environment.items():
        os.environ.setdefault(variable, value)
    program = str(VENV / "bin" / name)
    os.execv(program, [program, *arguments])


def inside(kind: str) -> None:
    """Return only when this script runs in the virtual environment: start it again there when it does not."""
    prepare(kind)
    if Path(sys.prefix).resolve() != VENV.resolve():
        python = str(VENV / "bin" / "python")
        os.execv(python, [python, *sys.argv])


def prepare(kind: str) -> None:
    """Install what `kind` ("run" or "test") needs, unless the stamp says that it is there."""
    if sys.version_info < OLDEST:
        stop(
            f"rnnviz needs Python {OLDEST[0]}.{OLDEST[1]} or newer, and {sys.executable} is {sys.version.split()[0]}; "
            f"start it with a newer one, such as: python3.13 {' '.join(sys.argv)}"
        )
    if is_current(kind):
        return
    if sys.platform == "win32":
        stop("this set-up is for Linux and macOS: on Windows, make a virtual environment and run pip install . in it")
    try:
        complete_system(kind)
        with only_one():
            if not is_current(kind):  # another start may have done it while this one waited
                install(kind)
    except OSError as error:
        stop(f"the set-up failed: {error}")
    except subprocess.CalledProcessError as error:
        words = " ".join(error.cmd)
        stop(f"this ended with exit code {error.returncode}, see above; mend it, then start again:\n  {words}")
    except KeyboardInterrupt:
        stop("interrupted; starting again begins anew")


def is_current(kind: str) -> bool:
    """Whether the stamp shows this very checkout, Python and lock as installed."""
    stamp = read_stamp()
    return stamp["place"] == place() and stamp["locks"].get(kind) == digest(kind)


def read_stamp() -> dict:
    try:
        return json.loads(STAMP.read_text("utf-8"))
    except (OSError, ValueError):
        return {"place": None, "locks": {}}


def place() -> list[str]:
    """What a virtual environment cannot survive a change of."""
    return [str(ROOT), sys.version]


def lock_file(kind: str) -> Path:
    return ROOT / "scripts" / f"requirements-{kind}.txt"


def digest(kind: str) -> str:
    content = lock_file(kind).read_bytes() + (ROOT / "pyproject.toml").read_bytes()
    return hashlib.sha256(content).hexdigest()


def missing_packages(kind: str) -> dict[str, str]:
    """What the system lacks, as it is looked for -> the Debian package that brings it."""
    import ctypes  # imported here, because the second start needs none of them
    import importlib.util
    import shutil

    importlib.invalidate_caches()  # for the second look, after an installation
    missing = {}
    if not importlib.util.find_spec("ensurepip"):  # Debian takes it out of Python
        missing["ensurepip"] = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    if sys.platform == "linux":
        for library, package in LIBRARIES.items():
            try:
                ctypes.CDLL(library)
            except OSError:
                missing[library] = package
        if kind == "test":
            missing.update((name, package) for name, package in SCREEN_PROGRAMS.items() if not shutil.which(name))
    return missing


def complete_system(kind: str) -> None:
    """Have the system's packages installed: do it as root, else say exactly what to type."""
    import shutil

    missing = missing_packages(kind)
    if not missing:
        return
    packages = sorted(set(missing.values()))
    say("missing on this system: " + ", ".join(missing))
    if not shutil.which("apt-get"):
        stop(f"install them with your system's package manager (on Debian: {' '.join(packages)})")
    if os.geteuid() != 0:
        stop("install them, then start again:\n  sudo apt-get update && sudo apt-get install -y " + " ".join(packages))
    say("installing " + " ".join(packages))
    os.environ["DEBIAN_FRONTEND"] = "noninteractive"
    run("apt-get", "update", "-q")
    run("apt-get", "install", "-y", "-q", "--no-install-recommends", *packages)
    missing = missing_packages(kind)
    if missing:
        stop("still missing after the installation: " + ", ".join(missing))


def install(kind: str) -> None:
    """Fill `.venv`. The stamp goes first and comes last, so that an interrupted set-up is begun anew."""
    stamp = read_stamp()
    STAMP.unlink(missing_ok=True)
    if stamp["place"] != place():
        say(f"making a virtual environment in {VENV}")
        run(sys.executable, "-m", "venv", "--clear", str(VENV))
        stamp = {"place": place(), "locks": {}}
    say("installing Python packages; this happens once")
    pip = (str(VENV / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "install")
    run(*pip, "--require-hashes", "--only-binary", ":all:", "--requirement", str(lock_file(kind)))
    run(*pip, "--quiet", "--no-deps", "--no-build-isolation", "--editable", str(ROOT))
    # the test lock holds all of the run lock, with the same pins
    stamp["locks"].update({name: digest(name) for name in ("run", kind)})
    STAMP.write_text(json.dumps(stamp), "utf-8")


@contextlib.contextmanager
def only_one() -> Iterator[None]:
    """Make a second set-up of the same checkout wait for the first one."""
    import fcntl

    folder = os.open(str(ROOT), os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def run(*words: str) -> None:
    """Run a program of the set-up; standard output stays free for what is started in the end."""
    subprocess.run(words, check=True, stdin=subprocess.DEVNULL, stdout=sys.stderr)


def say(text: str) -> None:
    print("rnnviz set-up: " + text, file=sys.stderr, flush=True)


def stop(text: str) -> None:
    say(text)
    sys.exit(2)
