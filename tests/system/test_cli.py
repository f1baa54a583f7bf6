"""The command line: what it answers, its exit codes, and one line for everything that can be wrong."""

import csv
import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import rnnviz
from rnnviz.cli import main

ROOT = Path(__file__).resolve().parents[2]


def rnnviz_process(*words: str, cwd: Path = ROOT, **environment: str | None) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own; None takes a variable out of the environment."""
    variables = os.environ | {"PYTHONPATH": str(ROOT)} | environment
    kept = {name: value for name, value in variables.items() if value is not None}
    program = [sys.executable, "-m", "rnnviz", *words]
    return subprocess.run(program, capture_output=True, text=True, cwd=cwd, env=kept, timeout=60)


@pytest.fixture
def refused(capsys):
    """Runs a command that must be refused, and returns the one line that says why."""

    def run(*words: str) -> str:
        code = main(words)
        said = capsys.readouterr()
        assert code == 2
        assert said.out == ""
        assert said.err.startswith("rnnviz: ")
        assert said.err.count("\n") == 1
        assert said.err.endswith("\n")
        return said.err

    return run


@pytest.fixture
def counter(tmp_path):
    """A copy of a built-in scenario, in a folder of its own."""
    path = tmp_path / "counter.rnnviz"
    rnnviz.save(rnnviz.load("lstm-counter"), path)
    return path


# --- list and check ---


def test_list_gives_a_line_for_each_built_in_scenario(capsys):
    assert main(["list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(rnnviz.names())
    assert any("The memory cell that counts" in line for line in lines)


def test_all_built_in_scenarios_show_what_they_expect(capsys):
    assert main(["list", "--names"]) == 0
    names = capsys.readouterr().out.split()
    assert names == list(rnnviz.names())
    assert main(["check", *names]) == 0


def test_a_changed_value_is_missed_with_a_line_for_each_number(capsys, counter):
    tree = json.loads(counter.read_text("utf-8"))
    tree["params"]["lstm.b_f"] = [-10]
    counter.write_text(json.dumps(tree), "utf-8")
    assert main(["check", str(counter), "all-ones-elman"]) == 1
    lines = capsys.readouterr().out.splitlines()
    misses = [line for line in lines if line.startswith(f"{counter}: ")]
    assert len(misses) > 1
    assert any("lstm.c[0] after step 4: expected 6.999501 within 1e-06, found 4.54" in line for line in misses)
    assert lines[-1] == "all-ones-elman: as expected"


def test_check_goes_on_after_a_file_that_cannot_be_opened(capsys, tmp_path):
    (tmp_path / "bad.rnnviz").write_text("{", "utf-8")
    assert main(["check", str(tmp_path / "bad.rnnviz"), "all-ones-elman"]) == 2
    said = capsys.readouterr()
    assert said.out == "all-ones-elman: as expected\n"
    assert said.err.count("\n") == 1
    assert "bad.rnnviz" in said.err


# --- trace ---


def test_trace_writes_arrays_by_name(tmp_path):
    for name, output in (("all-ones-elman", [4, 12, 32]), ("all-ones-bidirectional", [48, 32, 40])):
        out = tmp_path / f"{name}.npz"
        assert main(["trace", name, "-o", str(out)]) == 0
        with np.load(out) as arrays:
            assert arrays["output"].shape == (3, 1, 2)
            assert arrays["output"][:, 0, 0].tolist() == output
            assert "x" in arrays


def test_trace_writes_the_table_of_a_layer(tmp_path):
    for ending, first in ((".csv", "step,x1,x2,x3,"), (".tex", "% The memory cell that counts")):
        out = tmp_path / f"table{ending}"
        assert main(["trace", "lstm-counter", "-o", str(out), "--table", "lstm"]) == 0
        assert out.read_text(encoding="utf-8").startswith(first)


def test_trace_writes_a_line_per_number_with_all_digits(tmp_path):
    out = tmp_path / "trace.csv"
    assert main(["trace", "lstm-counter", "-o", str(out)]) == 0
    with out.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    trace = rnnviz.run(rnnviz.load("lstm-counter"))
    assert len(rows) == sum(array.size for array in trace.values()) + trace.output.size
    for row in rows:
        array = trace.output if row["name"] == "output" else trace[row["name"]]
        assert float(row["value"]) == array[int(row["step"]) - 1, int(row["sequence"]), int(row["unit"])]


# --- explain ---


def test_explain_shows_the_equation_with_its_numbers(capsys):
    assert main(["explain", "lstm-counter", "lstm.c", "4", "0"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "c[0] after step 4: memory cell"
    assert lines[1] == "  c = f * c_prev + i * g"
    assert lines[2] == "  = 0.999955 * 6.99977 + 4.53979e-05 * 1"
    assert float(lines[3].removeprefix("  = ")) == rnnviz.run(rnnviz.load("lstm-counter"))["lstm.c"][3, 0, 0]


def test_explain_as_latex_is_the_law_with_its_numbers_aligned(capsys):
    assert main(["explain", "lstm-counter", "lstm.c", "4", "0", "--latex"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == r"\begin{aligned}"
    assert lines[1] == r"c_{t} &= f_{t} \odot c_{t-1} + i_{t} \odot g_{t} \\"
    assert lines[2:] == [
        r"&= 0.999955 \cdot 6.99977 + 4.53979 \cdot 10^{-5} \cdot 1 \\",
        "&= 6.9995",
        r"\end{aligned}",
    ]


def test_explain_takes_a_sequence_of_the_batch(capsys, tmp_path):
    tree = json.loads(Path(rnnviz.scenario.builtin.path("all-ones-elman")).read_text("utf-8"))
    tree["inputs"] = [[step[0], [5, 5]] for step in tree["inputs"]]
    tree.pop("sequence_names", None)
    path = tmp_path / "two.rnnviz"
    path.write_text(json.dumps(tree), "utf-8")
    assert main(["explain", str(path), "elman.h", "1", "0", "--sequence", "1"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "  = 10.0"


def test_explain_tells_the_value_of_what_is_given(capsys):
    assert main(["explain", "lstm-counter", "lstm.W_i", "0", "1"]) == 0
    assert capsys.readouterr().out == "lstm.W_i[0, 1]: parameter, given\n  100.0\n"


# --- what can be wrong ---


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["explain", "lstm-counter", "lstm.q", "4", "0"], "no quantity is called 'lstm.q'; there is"),
        (["explain", "lstm-counter", "lstm.cc", "4", "0"], "lstm.c"),
        (["explain", "lstm-counter", "lstm.c", "6", "0"], "steps 0 to 5; there is no step 6"),
        (["explain", "lstm-counter", "lstm.c", "-1", "0"], "steps 0 to 5; there is no step -1"),
        (["explain", "lstm-counter", "lstm.c", "4", "1"], "units 0 to 0; there is no unit 1"),
        (["explain", "lstm-counter", "lstm.c", "4", "0", "--sequence", "1"], "no sequence 1"),
        (["explain", "lstm-counter", "lstm.c", "four", "0"], "'four'"),
        (["explain", "lstm-counter", "lstm.c", "4"], "UNIT"),
        (["trace", "lstm-counter"], "-o"),
        (["trace", "lstm-counter", "-o", "trace.txt"], ".npz or .csv"),
        (["trace", "lstm-counter", "-o", "table.npz", "--table", "lstm"], ".csv or .tex"),
        (["trace", "lstm-counter", "-o", "table.tex", "--table", "gru"], "there are lstm"),
        (["trace", "lstm-counter", "-o", "trace.csv", "--unit", "0"], "--table"),
        (["trace", "lstm-counter", "-o", "no/such/folder/trace.npz"], "there is no folder no/such/folder"),
        (["trace", "lstm-countr", "-o", "trace.npz"], "did you mean lstm-counter?"),
        (["check"], "FILE"),
        (["check", "no-such-file.rnnviz"], "no-such-file.rnnviz"),
        (["check", "/"], "/: cannot be read"),
        (["lits"], "the command list?"),
        (["--frobnicate"], "--frobnicate"),
        (["one.rnnviz", "two.rnnviz"], "two.rnnviz"),
        (["render", "lstm-counter", "--panel", "gates", "-o", "gates.gif"], ".png or .svg or .pdf"),
        (["render", "lstm-counter", "--panel", "gates", "--step", "6", "-o", "gates.png"], "no step 6"),
        (["render", "lstm-counter", "--panel", "gates", "--size", "big", "-o", "gates.png"], "'big'"),
        (["render", "lstm-counter", "--panel", "gates", "--size", "99999x9", "-o", "gates.png"], "'99999x9'"),
        (["render", "lstm-counter", "--panel", "gates", "--theme", "pink", "-o", "gates.png"], "'pink'"),
        (["render", "lstm-counter", "-o", "gates.png"], "--panel --window"),
        (["render", "lstm-counter", "--panel", "story", "-o", "story.csv"], "no numbers"),
        (["render", "lstm-counter", "--window", "-o", "window.csv"], ".png or .svg or .pdf"),
        (["film", "lstm-counter", "--panel", "gates", "-o", "gates.mp4"], ".gif or .png or .apng"),
        (["film", "lstm-counter", "--panel", "gates", "--fps", "0", "-o", "gates.gif"], "0.1 to 50"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(refused, words, says):
    assert says in refused(*words)


def test_a_file_one_may_not_read_is_said_in_one_line(refused, counter):
    counter.chmod(0)
    if os.access(counter, os.R_OK):
        pytest.skip("this user may read everything")
    assert "Permission denied" in refused("check", str(counter))


def test_an_output_that_is_a_folder_is_said_in_one_line(refused, tmp_path):
    for name in ("out.npz", "out.csv"):
        (tmp_path / name).mkdir()
        assert f"{name}: Is a directory" in refused("trace", "lstm-counter", "-o", str(tmp_path / name))


def test_an_output_one_may_not_write_is_said_in_one_line(refused, tmp_path):
    tmp_path.chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        if os.access(tmp_path, os.W_OK):
            pytest.skip("this user may write everything")
        assert "Permission denied" in refused("trace", "lstm-counter", "-o", str(tmp_path / "out.npz"))
    finally:
        tmp_path.chmod(stat.S_IRWXU)


def test_a_scenario_that_is_not_one_is_refused_by_every_command(refused, tmp_path):
    bad = tmp_path / "bad.rnnviz"
    bad.write_text('{"format": "rnnviz-scenario", "version": 1, "inputs": NaN}', "utf-8")
    out = str(tmp_path / "out")
    for words in (
        ["check", str(bad)],
        ["trace", str(bad), "-o", out + ".npz"],
        ["explain", str(bad), "lstm.c", "1", "0"],
        ["render", str(bad), "--panel", "gates", "-o", out + ".png"],
        [str(bad)],
    ):
        assert "bad.rnnviz" in refused(*words)


# --- film ---


def test_film_draws_the_steps_one_after_the_other(tmp_path):
    out = tmp_path / "film.gif"
    words = ["film", "lstm-counter", "--panel", "gates", "--from", "2", "--every", "2", "--fps", "4", "-o", str(out)]
    assert rnnviz_process(*words).stdout == f"{out}: 3 pictures\n"
    with Image.open(out) as film:
        assert film.n_frames == 3
        assert film.info["duration"] == 250


# --- render ---


@pytest.mark.system
@pytest.mark.parametrize(
    ("ending", "begins"),
    [("png", b"\x89PNG\r\n\x1a\n"), ("svg", b"<?xml"), ("pdf", b"%PDF-")],
    ids=["png", "svg", "pdf"],
)
def test_a_panel_is_drawn_to_a_file_without_a_screen(tmp_path, ending, begins):
    words = ("render", "lstm-counter", "--panel", "gates", "--step", "4", "-o", f"gates.{ending}", "--size", "400x200")
    done = rnnviz_process(*words, cwd=tmp_path, DISPLAY=None, WAYLAND_DISPLAY=None, QT_QPA_PLATFORM=None)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    drawn = (tmp_path / f"gates.{ending}").read_bytes()
    assert drawn.startswith(begins)
    if ending == "png":
        assert [int.from_bytes(drawn[at : at + 4], "big") for at in (16, 20)] == [800, 400]


@pytest.mark.system
def test_another_step_and_another_theme_are_other_pictures(tmp_path):
    pictures = set()
    for step, theme in (("1", "light"), ("5", "light"), ("5", "dark")):
        words = ("render", "lstm-counter", "--panel", "gates", "--step", step, "--theme", theme, "-o", "gates.png")
        assert rnnviz_process(*words, cwd=tmp_path, QT_QPA_PLATFORM="offscreen").returncode == 0
        pictures.add((tmp_path / "gates.png").read_bytes())
    assert len(pictures) == 3


@pytest.mark.system
@pytest.mark.parametrize(
    ("scenario", "panel", "out", "says"),
    [
        ("lstm-counter", "gtaes", "out.png", "gates"),
        ("all-ones-elman", "gates", "out.png", "nothing to show"),
        ("lstm-counter", "gates", "folder.png", "Is a directory"),
    ],
)
def test_a_panel_that_cannot_be_drawn_is_said_in_one_line(tmp_path, scenario, panel, out, says):
    (tmp_path / "folder.png").mkdir()
    words = ("render", scenario, "--panel", panel, "--step", "1", "-o", out)
    done = rnnviz_process(*words, cwd=tmp_path, QT_QPA_PLATFORM="offscreen")
    assert done.returncode == 2
    assert done.stderr.startswith("rnnviz: ")
    assert says in done.stderr
    assert done.stderr.count("\n") == 1


# --- names, files, commands ---


def test_a_file_comes_before_a_built_in_scenario_and_a_command_before_a_file(monkeypatch, tmp_path, capsys):
    monkeypatch.chdir(tmp_path)
    rnnviz.save(rnnviz.load("all-ones-elman"), tmp_path / "lstm-counter")
    rnnviz.save(rnnviz.load("all-ones-elman"), tmp_path / "list")
    assert main(["explain", "lstm-counter", "elman.h", "1", "0"]) == 0
    capsys.readouterr()
    assert main(["list", "--names"]) == 0
    assert "lstm-counter" in capsys.readouterr().out.split()
    monkeypatch.delenv("QT_QPA_PLATFORM", raising=False)
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    assert main(["./list"]) == 2
    assert "no screen" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["--help"], ["list", "--help"], ["--version"]])
def test_help_and_version_are_answered(capsys, words):
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 0
    assert "rnnviz" in capsys.readouterr().out


# --- processes ---


@pytest.mark.system
@pytest.mark.parametrize("display", [None, ":8765"])
def test_without_a_screen_one_line_names_what_works_without_one(display):
    done = rnnviz_process("lstm-counter", DISPLAY=display, WAYLAND_DISPLAY=None, QT_QPA_PLATFORM=None)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    for word in ("no screen", "list", "check", "trace", "explain", "render"):
        assert word in done.stderr


@pytest.mark.system
def test_commands_without_a_window_do_without_qt(tmp_path):
    """Qt is there, but whoever imports it fails."""
    for package in ("PySide6", "shiboken6"):
        (tmp_path / f"{package}.py").write_text("raise ImportError('libEGL.so.1: cannot open shared object file')")
    path = f"{tmp_path}{os.pathsep}{ROOT}"
    for words in (
        ["list"],
        ["check", "lstm-counter"],
        ["explain", "lstm-counter", "lstm.c", "4", "0"],
        ["trace", "lstm-counter", "-o", str(tmp_path / "trace.csv")],
    ):
        done = rnnviz_process(*words, PYTHONPATH=path)
        assert (done.returncode, done.stderr) == (0, "")
    done = rnnviz_process(
        "render", "lstm-counter", "--panel", "gates", "-o", "gates.png", cwd=tmp_path, PYTHONPATH=path
    )
    assert done.returncode == 2
    assert done.stderr.startswith("rnnviz: Qt cannot be loaded (libEGL.so.1")
    assert done.stderr.count("\n") == 1


@pytest.mark.system
def test_a_reader_that_has_seen_enough_is_no_error():
    program = [sys.executable, "-m", "rnnviz", "list"]
    read, write = os.pipe()
    os.close(read)
    try:
        done = subprocess.run(program, stdout=write, stderr=subprocess.PIPE, text=True, cwd=ROOT, timeout=60)
    finally:
        os.close(write)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.system
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_is_said_in_one_line():
    with Path("/dev/full").open("w") as full:
        program = [sys.executable, "-m", "rnnviz", "list"]
        done = subprocess.run(program, stdout=full, stderr=subprocess.PIPE, text=True, cwd=ROOT, timeout=60)
    assert done.returncode == 2
    assert done.stderr == "rnnviz: the output: No space left on device\n"


@pytest.mark.system
@pytest.mark.parametrize(("given", "found"), [(None, "1"), ("3", "3")])
def test_openblas_is_told_to_use_one_thread_before_numpy_is_imported(given, found):
    program = (
        "import sys, builtins\n"
        "plain = builtins.__import__\n"
        "def watch(name, *rest):\n"
        "    if name == 'numpy' and 'numpy' not in sys.modules:\n"
        "        import os; print(os.environ.get('OPENBLAS_NUM_THREADS'))\n"
        "    return plain(name, *rest)\n"
        "builtins.__import__ = watch\n"
        "import rnnviz.__main__\n"
    )
    variables = {k: v for k, v in os.environ.items() if k != "OPENBLAS_NUM_THREADS"}
    variables |= {"OPENBLAS_NUM_THREADS": given} if given else {}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, env=variables)
    assert done.stdout.split() == [found]
