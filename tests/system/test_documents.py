"""README.md and CONTRIBUTING.md are true: what they name exists, what they show runs, and gives what they say."""

from __future__ import annotations

import doctest
import importlib.util
import os
import re
import shlex
import struct
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import rnnviz
from rnnviz.scenario.alternatives import apply_alternative
from rnnviz.ui import actions, panels
from tests.system.screen import command

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = ("README.md", "CONTRIBUTING.md")
TEXTS = {name: (ROOT / name).read_text("utf-8") for name in DOCUMENTS}
README = TEXTS["README.md"]
# console and python blocks are run, the json block is the file of the console blocks after it, sh blocks are read only
KINDS = {"console", "python", "json", "sh"}
TOP = {"rnnviz", "resources", "tests", "scripts", ".ci"}
ABSOLUTE_PATH = r"(?<![\w.*<>)}/-])/[a-z][\w/.-]*"
ADDRESS = r"\w+://\S*|\blocalhost\b|\b(?:\w+\.)+(?:org|com|net|io|internal|local)\b"


def blocks(text: str, kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def prose(text: str) -> str:
    return re.sub(r"^```\w*\n.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)


# --- what is named -------------------------------------------------------------------------------------------------


def paths_named(text: str) -> set[str]:
    """Everything in backquotes, links, pictures and commands that begins like a path of this checkout."""
    words = re.findall(r"[\w./*-]+", text)
    return {word.rstrip(".") for word in words if word.partition("/")[0] in TOP and "/" in word.rstrip("/")}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_path_that_is_named_exists(document: str) -> None:
    named = paths_named(TEXTS[document])
    assert len(named) >= 10
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []


def test_a_path_that_does_not_exist_is_noticed() -> None:
    assert paths_named("see `rnnviz/engine/nowhere.py`, or [this](resources/no.png).") == {
        "rnnviz/engine/nowhere.py",
        "resources/no.png",
    }


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_link_leads_to_a_file(document: str) -> None:
    links = re.findall(r"\]\(([^)]+)\)|(?:src|srcset)=\"([^\"]+)\"", TEXTS[document])
    targets = {first or second for first, second in links}
    assert {target for target in targets if not target.startswith("#") and not (ROOT / target).is_file()} == set()


@pytest.mark.parametrize("document", DOCUMENTS)
def test_no_place_of_one_machine_or_network_is_named(document: str) -> None:
    assert re.findall(ABSOLUTE_PATH, TEXTS[document]) == []
    assert re.findall(ADDRESS, TEXTS[document]) == []


@pytest.mark.parametrize(
    "text", ["in `/srv/me/x`", "see /home", "http://mirror:80/simple", "pip from pypi.example.org"]
)
def test_a_place_of_one_machine_or_network_is_noticed(text: str) -> None:
    assert re.findall(f"{ABSOLUTE_PATH}|{ADDRESS}", text)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_block_is_of_a_kind_that_is_known(document: str) -> None:
    fences = re.findall(r"^```(\w*)$", TEXTS[document], re.MULTILINE)
    assert set(fences[::2]) <= KINDS
    assert set(fences[1::2]) <= {""}


def test_the_map_has_every_folder_of_the_program() -> None:
    packages = {path.parent.relative_to(ROOT).as_posix() + "/" for path in (ROOT / "rnnviz").rglob("__init__.py")}
    assert {package for package in packages if f"`{package}`" not in TEXTS["CONTRIBUTING.md"]} == set()


def test_the_keys_are_those_of_the_window() -> None:
    known = {row.text: row.keys.split() for row in actions.TABLE}
    rows = re.findall(r"^\| (`[^|]+) \| ([^|]+) \|$", README, re.MULTILINE)
    assert len(rows) >= 8
    for keys, names in rows:
        for key, name in zip(re.findall(r"`(.+?)`", keys), names.split(", "), strict=True):
            assert key in known[name]


# --- pictures ------------------------------------------------------------------------------------------------------


def test_every_picture_is_shown_and_all_together_are_small() -> None:
    pictures = sorted((ROOT / "resources" / "pictures").iterdir())
    assert [picture.name for picture in pictures if picture.relative_to(ROOT).as_posix() not in README] == []
    for picture in pictures:
        content = picture.read_bytes()
        assert content.startswith(b"\x89PNG\r\n\x1a\n")
        assert min(struct.unpack(">II", content[16:24])) >= 300
    assert sum(picture.stat().st_size for picture in pictures) < 2_000_000


# --- what is shown runs ----------------------------------------------------------------------------------------------


def test_the_python_examples_give_what_they_show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    examples = doctest.DocTestParser().get_doctest("\n".join(blocks(README, "python")), {}, "README.md", None, 0)
    assert len(examples.examples) >= 12
    said: list[str] = []
    result = doctest.DocTestRunner(verbose=False).run(examples, out=said.append)
    assert result.failed == 0, "".join(said)


def test_the_commands_give_what_they_show(tmp_path: Path) -> None:
    (file,) = blocks(README, "json")
    (tmp_path / "sum.rnnviz").write_text(file, "utf-8")
    (tmp_path / "bin").mkdir()
    shim = tmp_path / "bin" / "rnnviz"
    shim.write_text(f'#!/bin/sh\nPYTHONPATH={shlex.quote(str(ROOT))} exec {shlex.join(command())} "$@"\n', "utf-8")
    shim.chmod(0o755)
    environment = {**os.environ, "PATH": f"{shim.parent}:{os.environ['PATH']}", "QT_QPA_PLATFORM": "offscreen"}
    steps = [step for block in blocks(README, "console") for step in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]]
    assert len(steps) >= 9
    for step in steps:
        line, _, shown = step.partition("\n")
        done = subprocess.run(line, shell=True, cwd=tmp_path, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, f"{line}\n{done.stderr}"
        pattern = re.escape(shown).replace(r"\.\.\.", ".*")
        assert re.fullmatch(pattern, done.stdout, re.DOTALL), f"{line}\ngave\n{done.stdout}"
    written = {path.name for path in tmp_path.iterdir() if path.is_file()}
    made = {"sum.rnnviz", "counter.csv", "counter.npz", "gates.svg", "cliff.npz", "trained.rnnviz", "sum.png"}
    made |= {"counter.py", "sunspots.onnx", "again.rnnviz", "spots.csv", "spots.rnnviz"}
    assert written == made


def test_the_numbers_of_the_tour_are_those_of_the_networks() -> None:
    tour = prose(README).partition("## Five minutes")[2].partition("\n## ")[0]
    counter = rnnviz.load("lstm-counter")
    answer, forget_gate = rnnviz.run(counter).output[3, 0, 0], rnnviz.run(counter)["lstm.f"][3, 0, 0]
    assert f"{answer:.4f}, not 7" in tour
    assert f"is {np.floor(forget_gate * 1e5) / 1e5:.5f} and not 1" in tour.replace("\n", " ")
    edited = replace(counter, params={**counter.params, "lstm.b_f": np.zeros(1)})
    assert f"the answer is {rnnviz.run(edited).output[3, 0, 0]:.2f}." in tour
    assert counter.alternatives[0].title.startswith("Hard gates")
    assert rnnviz.run(apply_alternative(counter, 0)).output[3, 0, 0] == 7
    digit = rnnviz.run(rnnviz.load("mnist-rows-lstm")).output[:, 1]
    assert digit[[20, 27]].argmax(axis=1).tolist() == [8, 6]
    assert f"{digit[20, 8] * 100:.1f} %" in tour
    assert f"{digit[27, 6] * 100:.1f} %" in tour
    sentence = rnnviz.run(rnnviz.load("sentiment-bilstm")).output[-1, 0, 0]
    assert f'"I am lucky!" gets {sentence:.3f}' in tour
    for title in re.findall(r"\*([A-Z][^*]+[a-z?])\*", tour):
        titles = {rnnviz.load(name).title for name in rnnviz.names()} | {"Things to try"}
        assert title in titles | {panel.title for panel in panels.load().values()}


@pytest.mark.system
def test_the_bench_measures_a_part_and_says_what_is_missing() -> None:
    program = [sys.executable, str(ROOT / "scripts" / "bench"), "--only", "kernel"]
    done = subprocess.run(program, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    ratios = [float(ratio) for ratio in re.findall(r"by hand (\d+\.\d+)", done.stdout)]
    assert len(ratios) == 4
    assert min(ratios) > 0
    assert f"numpy {np.__version__}" in done.stdout
    missing = [name for name in ("torch", "jax", "matplotlib") if not importlib.util.find_spec(name)]
    assert ("-m pip install " + " ".join(missing) + "\n" in done.stdout) == bool(missing)
