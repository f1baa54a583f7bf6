"""From a bare machine to the program: what is missing is named, nothing is done twice or left half done."""

import ast
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCKS = {kind: ROOT / "scripts" / f"requirements-{kind}.txt" for kind in ("run", "test")}

pytestmark = pytest.mark.system


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of all that the set-up reads, without an environment."""
    folder = tmp_path / "check out"  # a space, because people have them
    shutil.copytree(ROOT / "scripts", folder / "scripts", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / ".ci", folder / ".ci")
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


@pytest.fixture
def bootstrap(checkout: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("bootstrap_in_test", checkout / "scripts" / "bootstrap.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def commands(bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The commands of the set-up, written down in place of being run."""
    written: list[str] = []

    def write_down(*words: str) -> None:
        written.append(" ".join(words))
        bootstrap.VENV.mkdir(exist_ok=True)

    monkeypatch.setattr(bootstrap, "run", write_down)
    return written


# Python itself


@pytest.mark.parametrize("name", ["bootstrap.py", "run", "test"])
def test_a_python_that_is_too_old_can_read_the_script_that_says_so(name: str) -> None:
    ast.parse((ROOT / "scripts" / name).read_text("utf-8"), feature_version=(3, 7))


def test_a_python_that_is_too_old_is_told_so(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    with pytest.raises(SystemExit) as stopped:
        bootstrap.prepare("run")
    assert stopped.value.code == 2
    assert "needs Python 3.11 or newer" in capsys.readouterr().err


# The system


def test_a_missing_library_is_named_with_its_package(bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "LIBRARIES", {"libc.so.6": "libc6", "libnowhere.so.9": "libnowhere9"})
    assert bootstrap.missing_packages("run") == {"libnowhere.so.9": "libnowhere9"}


def test_only_the_tests_need_programs_for_a_screen(bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "LIBRARIES", {})
    monkeypatch.setattr(bootstrap, "SCREEN_PROGRAMS", {"sh": "dash", "no-such-program": "nowhere"})
    assert bootstrap.missing_packages("run") == {}
    assert bootstrap.missing_packages("test") == {"no-such-program": "nowhere"}


def test_a_python_without_ensurepip_gets_the_package_of_its_own_version(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "ensurepip" else find(name))
    major, minor = sys.version_info[:2]
    assert bootstrap.missing_packages("run")["ensurepip"] == f"python{major}.{minor}-venv"


def missing_until_installed(bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, *looks: dict[str, str]) -> None:
    remaining = iter(looks)
    monkeypatch.setattr(bootstrap, "missing_packages", lambda kind: next(remaining))
    monkeypatch.setattr(shutil, "which", lambda name: "/usr/bin/" + name)


def test_an_ordinary_user_is_told_the_exact_command(
    bootstrap: ModuleType, commands: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    missing_until_installed(bootstrap, monkeypatch, {"libEGL.so.1": "libegl1", "ensurepip": "python3.11-venv"})
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(SystemExit) as stopped:
        bootstrap.prepare("run")
    assert stopped.value.code == 2
    said = capsys.readouterr().err
    assert "missing on this system: libEGL.so.1, ensurepip" in said
    assert "\n  sudo apt-get update && sudo apt-get install -y libegl1 python3.11-venv\n" in said
    assert commands == []


def test_root_has_the_packages_installed(
    bootstrap: ModuleType, commands: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    missing_until_installed(bootstrap, monkeypatch, {"libEGL.so.1": "libegl1", "libGL.so.1": "libgl1"}, {})
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    bootstrap.complete_system("run")
    assert commands == ["apt-get update -q", "apt-get install -y -q --no-install-recommends libegl1 libgl1"]


def test_what_an_installation_did_not_bring_is_said(
    bootstrap: ModuleType, commands: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    missing_until_installed(bootstrap, monkeypatch, *[{"libEGL.so.1": "libegl1"}] * 2)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with pytest.raises(SystemExit):
        bootstrap.complete_system("run")
    assert "still missing after the installation: libEGL.so.1" in capsys.readouterr().err


# The environment


def test_the_tests_bring_all_that_the_program_needs(bootstrap: ModuleType, commands: list[str]) -> None:
    bootstrap.install("test")
    assert bootstrap.is_current("test")
    assert bootstrap.is_current("run")


def test_the_program_does_not_bring_the_tests(bootstrap: ModuleType, commands: list[str]) -> None:
    bootstrap.install("run")
    assert bootstrap.is_current("run")
    assert not bootstrap.is_current("test")


def test_the_tests_are_added_to_an_environment_that_fits(bootstrap: ModuleType, commands: list[str]) -> None:
    bootstrap.install("run")
    assert sum("venv --clear" in command for command in commands) == 1
    bootstrap.install("test")
    assert sum("venv --clear" in command for command in commands) == 1


@pytest.mark.parametrize("changed", ["scripts/requirements-run.txt", "pyproject.toml"])
def test_a_changed_lock_is_installed(bootstrap: ModuleType, commands: list[str], checkout: Path, changed: str) -> None:
    bootstrap.install("run")
    with (checkout / changed).open("a") as file:
        file.write("# changed\n")
    assert not bootstrap.is_current("run")


@pytest.mark.parametrize("place", [["/elsewhere", sys.version], ["", "3.10.0"]])
def test_an_environment_of_another_place_or_python_is_made_anew(
    bootstrap: ModuleType, commands: list[str], place: list[str]
) -> None:
    bootstrap.install("run")
    stamp = bootstrap.read_stamp()
    bootstrap.STAMP.write_text(json.dumps({**stamp, "place": place}))
    assert not bootstrap.is_current("run")
    bootstrap.install("run")
    assert sum("venv --clear" in command for command in commands) == 2


def test_an_interrupted_installation_is_begun_anew(
    bootstrap: ModuleType, commands: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    bootstrap.install("run")
    write_down = bootstrap.run

    def break_off(*words: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(bootstrap, "run", break_off)
    monkeypatch.setattr(bootstrap, "missing_packages", lambda kind: {})
    with pytest.raises(SystemExit) as stopped:
        bootstrap.prepare("test")
    assert stopped.value.code == 2
    assert not bootstrap.is_current("run")

    monkeypatch.setattr(bootstrap, "run", write_down)
    bootstrap.prepare("test")
    assert sum("venv --clear" in command for command in commands) == 2
    assert bootstrap.is_current("test")


def test_a_second_start_only_starts(bootstrap: ModuleType, commands: list[str], checkout: Path) -> None:
    bootstrap.install("run")
    stand_in = checkout / ".venv" / "bin" / "rnnviz"
    stand_in.parent.mkdir()
    stand_in.write_text('#!/bin/sh\necho "started with: $*"\nexit 3\n')
    stand_in.chmod(0o755)
    words = [sys.executable, str(checkout / "scripts" / "run"), "file name.rnnviz", "--light"]
    result = subprocess.run(words, capture_output=True, text=True)
    assert (result.stdout, result.stderr, result.returncode) == ("started with: file name.rnnviz --light\n", "", 3)


def test_continuous_integration_looks_for_a_python_that_is_new_enough(checkout: Path, tmp_path: Path) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    for old in ("python3", "python3.13"):
        (programs / old).write_text("#!/bin/sh\nexit 1\n")
    (programs / "python3.12").write_text('#!/bin/sh\n[ "$1" = -c ] || echo "tests started by $0 $*"\n')
    for program in programs.iterdir():
        program.chmod(0o755)
    environment = {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}"}
    result = subprocess.run([str(checkout / ".ci" / "run")], cwd="/", env=environment, capture_output=True, text=True)
    assert result.stdout == f"tests started by {programs}/python3.12 scripts/test\n"


# The locks


def pins(kind: str) -> dict[str, set[str]]:
    """Distribution -> its lines "name==version ; marker"."""
    found: dict[str, set[str]] = {}
    for line in LOCKS[kind].read_text("utf-8").splitlines():
        if line and line[0] not in "# ":
            found.setdefault(line.split("==")[0], set()).add(line.rstrip(" \\"))
    return found


@pytest.mark.parametrize("kind", LOCKS)
def test_a_lock_pins_and_hashes_everything_and_names_no_host(kind: str) -> None:
    text = LOCKS[kind].read_text("utf-8")
    assert "://" not in text
    requirements = re.split(r"\n(?=\S)", re.sub(r"^#.*\n", "", text, flags=re.MULTILINE).strip())
    assert len(requirements) > 5
    for requirement in requirements:
        assert re.match(r"[a-z0-9-]+==[\w.]+[^\n]*\\\n", requirement), requirement
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", requirement), requirement


def test_the_locks_agree_with_each_other_and_with_the_project() -> None:
    run, test = pins("run"), pins("test")
    assert run.items() <= test.items()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    wanted = {"run": project["project"]["dependencies"] + project["dependency-groups"]["build"]}
    wanted["test"] = wanted["run"] + project["dependency-groups"]["test"]
    for kind, requirements in wanted.items():
        assert {re.match(r"[\w.-]+", text).group().lower() for text in requirements} <= pins(kind).keys()


# The installed program


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """rnnviz as `pip install .` installs it, into a folder of its own."""
    folder = tmp_path_factory.mktemp("installed")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    words = [*pip, "--no-index", "--no-deps", "--no-build-isolation", "--target", str(folder), str(ROOT)]
    result = subprocess.run(words, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return folder


def test_an_installation_carries_every_resource_but_the_pictures_of_the_readme(installed: Path) -> None:
    files = {path.relative_to(ROOT / "resources") for path in (ROOT / "resources").rglob("*") if path.is_file()}
    here = {path for path in files if path.parts[0] != "pictures"}
    there = installed / "rnnviz" / "_resources"
    assert {path.relative_to(there) for path in there.rglob("*") if path.is_file()} == here
    assert len(here) > 0


def test_an_installation_finds_its_own_resources(installed: Path, tmp_path: Path) -> None:
    code = "from rnnviz.resources import resource; print(resource())"
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    words = [sys.executable, "-c", code]
    result = subprocess.run(words, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert result.stdout == f"{installed / 'rnnviz' / '_resources'}\n", result.stderr


def test_an_installation_has_the_command(installed: Path) -> None:
    assert os.access(installed / "bin" / "rnnviz", os.X_OK)


def test_a_missing_resource_is_named() -> None:
    from rnnviz.resources import resource

    with pytest.raises(FileNotFoundError, match=r"'no/such\.file' is missing in .*resources"):
        resource("no/such.file")
