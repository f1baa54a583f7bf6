"""A screen of one's own: Xvfb and a window manager, keys and mouse by xdotool, grabs read from Xvfb's own memory."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
import sys
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

ROOT = Path(__file__).resolve().parents[2]
_INSTALLED = Path(sys.executable).with_name("rnnviz")
PATIENCE_S = 60.0
_LOOK_EVERY_S = 0.05
_STILL_S = 0.15  # two grabs this far apart and equal: the window has come to rest

# The clipboard belongs to the program that copied; only another program that talks to the X server can read it.
_READ_CLIPBOARD = """
import sys
from PySide6.QtGui import QGuiApplication
application = QGuiApplication([])
sys.stdout.buffer.write(application.clipboard().text().encode())
"""


@dataclass(frozen=True)
class Grab:
    width: int
    height: int
    pixels: bytes  # rows of BGRX

    def write_png(self, path: Path) -> None:
        """For a person who wants to see what a test saw."""
        rgb = bytearray(3 * self.width * self.height)
        rgb[0::3], rgb[1::3], rgb[2::3] = self.pixels[2::4], self.pixels[1::4], self.pixels[0::4]
        side = 3 * self.width
        rows = b"".join(b"\0" + rgb[at : at + side] for at in range(0, len(rgb), side))
        header = struct.pack(">IIBBBBB", self.width, self.height, 8, 2, 0, 0, 0)
        parts = (b"IHDR", header), (b"IDAT", zlib.compress(rows, 1)), (b"IEND", b"")
        chunks = (struct.pack(">I", len(data)) + kind + data + _crc(kind + data) for kind, data in parts)
        path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(chunks))


class Screen:
    """`with Screen(folder) as screen:` starts it; all that was started on it ends with it. HOME is in the folder."""

    def __init__(self, folder: Path, size: tuple[int, int] = (1280, 800)) -> None:
        self._folder, self._size = folder, size
        self._processes: list[subprocess.Popen[bytes]] = []
        self.home = folder / "home"
        self.environment: dict[str, str] = {}

    def __enter__(self) -> Screen:
        for name in ("frame", "home", "runtime"):
            (self._folder / name).mkdir(mode=0o700, exist_ok=True)
        read, write = os.pipe()
        shape = f"{self._size[0]}x{self._size[1]}x24"
        words = ["Xvfb", "-displayfd", str(write), "-screen", "0", shape, "-fbdir", str(self._folder / "frame")]
        server = subprocess.Popen([*words, "-nolisten", "tcp"], pass_fds=[write], stderr=subprocess.DEVNULL)
        self._processes.append(server)
        os.close(write)
        with os.fdopen(read) as pipe:
            number = pipe.readline().strip()  # Xvfb looks for a free one itself
        assert number, "Xvfb did not start"
        self.environment = self._environment(number)
        manager = ["openbox", "--sm-disable"]
        quiet = subprocess.DEVNULL
        self._processes.append(subprocess.Popen(manager, env=self.environment, stdout=quiet, stderr=quiet))
        self.wait("the window manager", lambda: self._xdotool("get_num_desktops").returncode == 0)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in reversed(self._processes):
            process.terminate()
            process.wait(10)

    def _environment(self, display: str) -> dict[str, str]:
        """What a program sees that is started here: nothing of the user who runs the tests."""
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH") if name in os.environ}
        kinds = ("CONFIG", "CACHE", "DATA", "STATE")
        folders = {f"XDG_{kind}_HOME": str(self.home / kind.lower()) for kind in kinds}
        runtime = {"XDG_RUNTIME_DIR": str(self._folder / "runtime"), "OPENBLAS_NUM_THREADS": "1"}
        package = {} if _INSTALLED.exists() else {"PYTHONPATH": str(ROOT)}
        return {**kept, **folders, **runtime, **package, "HOME": str(self.home), "DISPLAY": f":{display}"}

    # --- what it does -----------------------------------------------------------------------------------------------

    def start(self, *words: str) -> Program:
        """Start a program and wait for its window. Its output goes into files: a full pipe would stop it."""
        out = self._folder / f"output-{len(self._processes)}"
        with out.with_suffix(".out").open("wb") as stdout, out.with_suffix(".err").open("wb") as stderr:
            process = subprocess.Popen(words, env=self.environment, cwd=self.home, stdout=stdout, stderr=stderr)
        self._processes.append(process)
        program = Program(process, out)
        self.wait(f"a window of {words}", lambda: bool(self.titles()) or process.poll() is not None)
        assert process.poll() is None, f"{words} ended at once:\n{program.stderr}"
        self.settle()
        return program

    def press(self, *keys: str) -> None:
        """Keys by their X names, such as ctrl+shift+s, then wait until the window has come to rest."""
        done = self._xdotool("key", "--delay", "20", *keys)
        assert done.returncode == 0, done.stderr.decode()
        self.settle()

    def send_key(self, key: str) -> None:
        """A key after which there may be no window left to wait for."""
        self._xdotool("key", key)

    def type(self, text: str) -> None:
        done = self._xdotool("type", "--delay", "8", "--", text)
        assert done.returncode == 0, done.stderr.decode()
        self.settle()

    def click(self, x: int, y: int, button: int = 1) -> None:
        self._xdotool("mousemove", str(x), str(y))
        time.sleep(_LOOK_EVERY_S)
        self._xdotool("click", str(button))
        self.settle()

    def move_mouse(self, x: int, y: int) -> None:
        self._xdotool("mousemove", str(x), str(y))
        self.settle()

    # --- what it shows ----------------------------------------------------------------------------------------------

    def grab(self) -> Grab:
        """All of the screen. Xvfb keeps it in a file in the format of xwd: a header, the colour map, the pixels."""
        content = (self._folder / "frame" / "Xvfb_screen0").read_bytes()
        fields = struct.unpack(">25I", content[:100])
        header, width, height, per_line, colours = fields[0], fields[4], fields[5], fields[12], fields[19]
        assert fields[11] == 32, "24 bits of colour are kept in 32"
        assert per_line == 4 * width
        start = header + 12 * colours
        return Grab(width, height, content[start : start + height * per_line])

    def settle(self) -> Grab:
        """Wait until two successive grabs are equal."""
        end = time.monotonic() + PATIENCE_S
        last = self.grab()
        while time.monotonic() < end:
            time.sleep(_STILL_S)
            now = self.grab()
            if now == last:
                return now
            last = now
        raise AssertionError("the screen never came to rest")

    def wait(self, what: str, is_there: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE_S
        while not is_there():
            assert time.monotonic() < end, f"waited in vain for {what}; the windows are {self.titles()}"
            time.sleep(_LOOK_EVERY_S)

    def titles(self) -> list[str]:
        """Of the windows that are to be seen, without the window manager's own."""
        found = self._xdotool("search", "--onlyvisible", "--name", ".").stdout.decode().split()
        names = [self._xdotool("getwindowname", window).stdout.decode().strip() for window in found]
        return [name for name in names if name and name != "Openbox"]

    def clipboard(self) -> str:
        """What the program has copied, read by another one."""
        words = [sys.executable, "-c", _READ_CLIPBOARD]
        done = subprocess.run(words, env=self.environment, capture_output=True, timeout=PATIENCE_S)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode()

    def _xdotool(self, *words: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(["xdotool", *words], env=self.environment, capture_output=True, timeout=PATIENCE_S)


class Program:
    def __init__(self, process: subprocess.Popen[bytes], out: Path) -> None:
        self._process, self._out = process, out

    @property
    def stdout(self) -> str:
        return self._out.with_suffix(".out").read_text("utf-8", "replace")

    @property
    def stderr(self) -> str:
        return self._out.with_suffix(".err").read_text("utf-8", "replace")

    def wait(self) -> int:
        """Its exit code, once it has ended by itself."""
        return self._process.wait(PATIENCE_S)


def command() -> list[str]:
    """The installed rnnviz of the Python that runs the tests; where it is not installed, the package itself."""
    return [str(_INSTALLED)] if _INSTALLED.exists() else [sys.executable, "-m", "rnnviz"]


def is_missing() -> str:
    """Which of the programs for a screen is not there, "" when all are."""
    return ", ".join(name for name in ("Xvfb", "openbox", "xdotool") if not shutil.which(name))


def _crc(content: bytes) -> bytes:
    return struct.pack(">I", zlib.crc32(content))
