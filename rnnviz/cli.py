"""The command `rnnviz`: the window, and what can be done without one."""

from __future__ import annotations

import argparse
import contextlib
import csv
import difflib
import os
import socket
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, Literal, NoReturn, get_args

import numpy as np

import rnnviz
import rnnviz.fast
from rnnviz.engine import latex_card
from rnnviz.engine.errors import EngineError
from rnnviz.engine.explain import Explanation
from rnnviz.engine.training import Iterate
from rnnviz.interop.data import NetworkPlan, arranged, in_words, new_scenario, open_source, with_data
from rnnviz.interop.data.bytes import ENCODINGS, beginning
from rnnviz.interop.data.choices import Aim, Axes, Form, Missing, Unknown
from rnnviz.interop.data.said import said
from rnnviz.interop.data.source import Format, is_data
from rnnviz.interop.errors import ModelError, UndecidedError
from rnnviz.interop.export import TARGETS, export_model
from rnnviz.interop.formats import SUFFIXES, format_of
from rnnviz.interop.import_model import import_model
from rnnviz.interop.in_words import ask, report
from rnnviz.interop.question import HINTS
from rnnviz.jobs import run_here
from rnnviz.jobs.film import KINDS
from rnnviz.jobs.progress import ProgressBar
from rnnviz.jobs.summary import Summary, first_steps, in_the_scenarios_measure
from rnnviz.jobs.surface import loss_surface
from rnnviz.jobs.training import job_of, plan_of, with_weights
from rnnviz.scenario import builtin, inside, inside_report, step_table, write_trace
from rnnviz.scenario.check import check_all
from rnnviz.scenario.errors import ScenarioError
from rnnviz.scenario.read import load
from rnnviz.scenario.run_scenario import explain, run
from rnnviz.scenario.types import Scenario
from rnnviz.scenario.write import save
from rnnviz.session import EditError

SUFFIX = ".rnnviz"
DONE, WANTING, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130

WITHOUT_A_SCREEN = (
    "list, check, trace, explain, render, film, train, surface, inside, import, data and export work without one"
)


class CommandError(Exception):
    """What the command line itself refuses: one line that says what happened and what to do."""


def main(words: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code. Nothing that a user can cause gets out of here as an exception."""
    given = list(sys.argv[1:] if words is None else words)
    sys.stdout.reconfigure(errors="replace")  # a terminal may not have the letters of a title
    try:
        code = _run(given)
        sys.stdout.flush()
    except BrokenPipeError:
        _flush_into_nothing()  # whoever was reading has seen enough
        return DONE
    except (CommandError, ScenarioError, EngineError, EditError) as error:
        return _complain(str(error))
    except OSError as error:
        if not error.filename:
            _flush_into_nothing()
        return _complain(f"{error.filename or 'the output'}: {error.strerror}" if error.strerror else str(error))
    except MemoryError:
        return _complain("there is not enough memory for this; take fewer steps, sequences or units")
    except KeyboardInterrupt:
        return INTERRUPTED
    return code


def _flush_into_nothing() -> None:
    """Python flushes its output once more at exit; what could not be written is not tried again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _complain(message: str) -> int:
    print("rnnviz: " + " ".join(message.split()), file=sys.stderr)
    return BAD_INPUT


def _run(words: list[str]) -> int:
    """A first word that is a command is one; a file of that name is opened as ./NAME."""
    if words and words[0] in COMMANDS:
        chosen = _commands().parse_args(words)
        rnnviz.fast.load()
        return COMMANDS[words[0]](chosen)
    return _window(_window_parser().parse_args(words))


# --- commands -------------------------------------------------------------------------------------------------------


def _window(chosen: argparse.Namespace) -> int:
    if chosen.file is not None and is_data(chosen.file):
        beginning(chosen.file)
    elif chosen.file is not None and chosen.file.lower().endswith(SUFFIXES):
        _model_format(chosen.file)
    elif chosen.file is not None:
        _open(chosen.file)  # what is wrong with it is said here, before there is a window
    reason = _no_screen()
    if reason:
        raise CommandError(f"{reason}; {WITHOUT_A_SCREEN}")
    return _ui().start(chosen.file)


def _model_format(file: str) -> None:
    """Refuse what is no model at all."""
    try:
        format_of(Path(file))
    except ModelError as error:
        raise error.within(file) from None


def _list(chosen: argparse.Namespace) -> int:
    entries = builtin.entries()
    width = max(len(entry.name) for entry in entries)
    for entry in entries:
        print(entry.name if chosen.names else f"{entry.name:{width}}  {entry.title}")
    return DONE


def _check(chosen: argparse.Namespace) -> int:
    """All files are checked, also after one that cannot be opened."""
    code = DONE
    for file in chosen.files:
        try:
            scenario = load(file)
            misses = check_all(scenario)
        except (ScenarioError, EngineError) as error:
            sys.stdout.flush()
            code = _complain(str(error))
            continue
        for miss in misses:
            print(f"{file}: {miss}")
        if misses:
            code = max(code, WANTING)
        else:
            print(f"{file}: as expected")
    return code


def _trace(chosen: argparse.Namespace) -> int:
    if chosen.table is not None:
        return _step_table(chosen)
    if chosen.unit is not None or chosen.sequence:
        raise CommandError("--unit and --sequence choose what is in a table; say --table LAYER too")
    out = _output(chosen.out, (".npz", ".csv"))
    write_trace.write(run(_open(chosen.file)), out)
    return DONE


def _step_table(chosen: argparse.Namespace) -> int:
    out = _output(chosen.out, (".csv", ".tex"))
    scenario = _open(chosen.file)
    table = step_table.step_table(scenario, run(scenario), chosen.table, chosen.sequence, chosen.unit)
    step_table.write(table, out)
    return DONE


def _explain(chosen: argparse.Namespace) -> int:
    scenario = _open(chosen.file)
    explanation = explain(scenario, chosen.name, chosen.step, chosen.unit, chosen.sequence)
    print(latex_card.card(explanation) if chosen.latex else _in_words(explanation))
    return DONE


def _render(chosen: argparse.Namespace) -> int:
    out = _output(chosen.out, (".png", ".svg", ".pdf", ".csv") if chosen.panel else (".png", ".svg", ".pdf"))
    commands, subject = _subject(chosen)
    commands.render(subject, out, chosen.scale)
    return DONE


def _film(chosen: argparse.Namespace) -> int:
    out = _output(chosen.out, KINDS)
    commands, subject = _subject(chosen)
    over = "training" if chosen.training else "steps"
    wish = commands.Wish(over, chosen.first, chosen.last, chosen.every, chosen.fps, chosen.loops, chosen.scale)
    bar = ProgressBar(1, sys.stderr) if sys.stderr.isatty() else None
    try:
        count = commands.film(subject, wish, out, bar.show_share if bar is not None else _say_nothing)
    finally:
        if bar is not None:
            bar.clear()
    print(f"{out}: {count:,} pictures")
    return DONE


def _say_nothing(_share: float, _text: str) -> None:
    pass


def _subject(chosen: argparse.Namespace) -> tuple[ModuleType, Any]:
    """What is drawn, and the module that draws it."""
    scenario = _open(chosen.file)
    step = None if chosen.step is None else _step(scenario, chosen.step)
    if _no_screen():
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    commands = _ui("rnnviz.ui.export.commands")
    return commands, commands.Subject(chosen.file, scenario, chosen.panel or "", step, chosen.size, chosen.theme)


def _train(chosen: argparse.Namespace) -> int:
    """OUT is written when all is done: an interrupted run leaves it as it was."""
    out = _output(chosen.out, (SUFFIX,)) if chosen.out is not None else None
    scenario = _open(chosen.file)
    plan = plan_of(scenario, chosen.epochs, chosen.go_on)
    shown = sys.stderr.isatty() and not chosen.quiet
    summary, bar = Summary(), ProgressBar(plan.updates, sys.stderr) if shown else None
    last: Iterate | None = None
    try:
        for last in run_here(job_of(scenario, plan, keep_every=0)):
            summary.add(last)
            if bar is not None:
                bar.show(last)
    except KeyboardInterrupt:
        written = f"{out} is not written" if out else "nothing is written"
        if bar is not None:
            bar.clear()
        print(f"rnnviz: interrupted after update {last.number if last else 0:,}; {written}", file=sys.stderr)
        return INTERRUPTED
    if bar is not None:
        bar.clear()
    learned = with_weights(scenario, last)
    if out is not None:
        save(learned, out)
    if not chosen.quiet:
        for line in (*summary.lines(plan), *in_the_scenarios_measure(learned), *first_steps(scenario)):
            print(line)
    if last is not None and last.stopped.startswith("not finite"):
        kept = f"; {out} has the last good weights" if out else ""
        print(f"rnnviz: training stopped: {last.stopped}{kept}", file=sys.stderr)
        return WANTING
    return DONE


def _import(chosen: argparse.Namespace) -> int:
    """Where the file does not say enough, a person at the terminal is asked."""
    out = _output(chosen.out, (SUFFIX,)) if chosen.out is not None else None
    hints = dict(chosen.hints)
    is_asked = sys.stdin.isatty() and sys.stderr.isatty()
    while True:
        try:
            scenario = import_model(chosen.model, chosen.samples, chosen.vocabulary, **hints)
            break
        except UndecidedError as error:
            if not is_asked:
                raise CommandError(f"{error} On the command line: {_as_options(error)}") from None
            hints |= ask(error.questions)
    for line in report(scenario):
        print(line)
    if out is not None:
        save(scenario, out)
        print(f"written: {out}")
    return DONE if scenario.imported is None or not scenario.imported.is_refuted else WANTING


def _data(chosen: argparse.Namespace) -> int:
    """What was understood is printed before anything can go wrong with it."""
    out = _output(chosen.out, (SUFFIX,)) if chosen.out is not None else None
    scenario = _open(chosen.scenario) if chosen.scenario is not None else None
    source = open_source(chosen.file, Format(encoding=chosen.encoding, header=chosen.header))
    choices = said(source, scenario, **{name: getattr(chosen, name) for name in _SAID_OF_DATA})
    for line in (*in_words.understood(source, choices), ""):
        print(line)
    found = arranged(source, choices, scenario)
    for line in in_words.outcome(found):
        print(line)
    if not found.decided:
        print(f"rnnviz: {chosen.file}: {_as_data_options(in_words.ways_out(found))}", file=sys.stderr)
        return WANTING
    if scenario is not None:
        made = with_data(scenario, found)
    else:
        made = new_scenario(found, NetworkPlan(cell=chosen.cell, units=chosen.units))
    if out is not None:
        save(made, out)
    return DONE


_SAID_OF_DATA = (
    "inputs", "targets", "sequences", "steps", "lengths", "form", "width", "window", "stride", "target", "missing",
    "scale", "axes", "unknown", "unit", "resize", "invert", "first", "count",
)  # fmt: skip


def _as_data_options(line: str) -> str:
    return line.replace("unknown ", "--unknown ").replace("missing ", "--missing ")


def _as_options(error: UndecidedError) -> str:
    return " ".join(f'--hint {question.hint}="{question.choices[0].value}"' for question in error.questions)


def _export(chosen: argparse.Namespace) -> int:
    """A line for each file that was written."""
    for path in export_model(_open(chosen.file), chosen.out, chosen.to):
        print(path)
    return DONE


def _surface(chosen: argparse.Namespace) -> int:
    out = _output(chosen.out, (".npz",))
    found = loss_surface(_open(chosen.file))
    with out.open("wb") as file:
        np.savez(file, x=found.x, y=found.y, loss=found.loss, gradient_norm=found.gradient_norm)
    return DONE


def _inside(chosen: argparse.Namespace) -> int:
    """What is asked for of saliency, lesion and match; without any, what the units do."""
    out = _output(chosen.out, (".npz", ".csv")) if chosen.out is not None else None
    found = _looked_into(_open(chosen.file), chosen)
    for line in found.lines:
        print(line)
    if out is not None and out.suffix == ".npz":
        with out.open("wb") as file:
            np.savez(file, **found.arrays)
    elif out is not None:
        with out.open("w", newline="", encoding="utf-8") as text:
            csv.writer(text, lineterminator="\n").writerows(found.rows)
    return DONE


def _looked_into(scenario: Scenario, chosen: argparse.Namespace) -> inside_report.Report:
    sequence = chosen.sequence
    if chosen.saliency is not None:
        name, step, unit = chosen.saliency[0], *_whole_numbers(chosen.saliency[1:], "--saliency NAME STEP UNIT")
        return inside_report.of_saliency(scenario, run(scenario), inside.saliency(scenario, name, step, unit, sequence))
    if chosen.lesion is not None:
        found = inside.lesion(scenario, chosen.lesion, sequence, chosen.value)
        return inside_report.of_lesions(scenario, chosen.lesion, found)
    if chosen.match is not None:
        name, first, last = chosen.match[0], *_whole_numbers(chosen.match[1:], "--match QUANTITY FROM TO")
        matches = inside.match(scenario, name, first, last, chosen.threshold, sequence)
        return inside_report.of_matches(scenario, matches)
    return inside_report.of_units(run(scenario), inside.unit_statistics(scenario))


def _whole_numbers(words: Sequence[str], usage: str) -> list[int]:
    for word in words:
        if not word.isdecimal():
            raise CommandError(f"{word!r} is not a whole number from 0 on; it is {usage}")
    return [int(word) for word in words]


COMMANDS = {
    "list": _list,
    "check": _check,
    "trace": _trace,
    "explain": _explain,
    "render": _render,
    "film": _film,
    "train": _train,
    "surface": _surface,
    "inside": _inside,
    "import": _import,
    "data": _data,
    "export": _export,
}


# --- what is typed --------------------------------------------------------------------------------------------------


class _Parser(argparse.ArgumentParser):
    """Complains in one line."""

    def error(self, message: str) -> NoReturn:
        raise CommandError(f"{message}; see {self.prog} --help")


def _window_parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="rnnviz",
        description="Open the window on a scenario; without FILE, on the gallery of built-in ones.",
        epilog=f"Commands that need no screen: {', '.join(COMMANDS)}. `rnnviz COMMAND --help` says more about each.",
        usage="rnnviz [FILE] | rnnviz COMMAND ...",
        allow_abbrev=False,
    )
    parser.add_argument("file", nargs="?", metavar="FILE", help=_FILE)
    parser.add_argument("--version", action="version", version=f"rnnviz {rnnviz.__version__}")
    return parser


_FILE = "a scenario file, or the name of a built-in scenario; a file of that name comes first, ./NAME is always a file"


def _commands() -> argparse.ArgumentParser:
    parser = _Parser(prog="rnnviz", allow_abbrev=False)
    commands = parser.add_subparsers(dest="command", required=True)

    def command(name: str, says: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=says, description=says, allow_abbrev=False)

    lists = command("list", "The built-in scenarios, a line each.")
    lists.add_argument("--names", action="store_true", help="the names alone")

    checks = command("check", "Run scenarios and compare them with the values they expect; exit 1 if one is missed.")
    checks.add_argument("files", nargs="+", metavar="FILE", help=_FILE)

    traces = command("trace", "Write every named quantity over time, and the output.")
    traces.add_argument("file", metavar="FILE", help=_FILE)
    traces.add_argument(
        "-o",
        dest="out",
        required=True,
        metavar="OUT",
        help="a file .npz, arrays (steps, sequences, units); or .csv, a line per number",
    )
    traces.add_argument(
        "--table",
        metavar="LAYER",
        help="instead, the table of one layer as lecture notes print it, a line per step; OUT is then .csv or .tex",
    )
    traces.add_argument("--unit", metavar="N", type=_count, help="in the table, this unit alone; 0 is the first")
    traces.add_argument("--sequence", metavar="N", type=_count, default=0, help="of the table; 0 is the first")

    explains = command("explain", "One number: its equation with the numbers in.")
    explains.add_argument("file", metavar="FILE", help=_FILE)
    explains.add_argument(
        "name", metavar="NAME", help="a quantity, such as lstm.c; grad:lstm.c is the derivative of the loss by it"
    )
    explains.add_argument(
        "step", metavar="STEP", type=int, help="1 is the first; 0 the state before it; of a weight, ROW"
    )
    explains.add_argument("unit", metavar="UNIT", type=int, help="0 is the first; of a weight, COLUMN")
    explains.add_argument("--sequence", metavar="N", type=int, default=0, help="of the batch; 0 is the first")

    explains.add_argument("--latex", action="store_true", help="as LaTeX (amsmath) instead of text")

    renders = command("render", "Draw a panel, or the whole window, as the window shows it.")
    _add_subject(renders, scale=2)
    renders.add_argument(
        "-o", dest="out", required=True, metavar="OUT", help="a file .png, .svg or .pdf, of a panel also .csv"
    )

    films = command("film", "Draw a panel, or the whole window, step after step: a film as GIF or APNG.")
    _add_subject(films, scale=1)
    films.add_argument(
        "-o", dest="out", required=True, metavar="OUT", help="a file .gif, or .png or .apng for exact colours"
    )
    films.add_argument(
        "--training", action="store_true", help="train first, and show the iterates in place of the steps"
    )
    films.add_argument(
        "--from", dest="first", type=_count, metavar="N", help="the first step (or iterate) that is shown"
    )
    films.add_argument("--to", dest="last", type=_count, metavar="N", help="the last")
    films.add_argument("--every", type=_positive, default=1, metavar="N", help="show every so many, and the last")
    films.add_argument("--fps", type=_speed, default=2.0, metavar="N", help="pictures a second, 2 if not given")
    films.add_argument("--loops", type=_count, default=0, metavar="N", help="how often it is shown; 0, for ever")

    trains = command("train", "Train as the scenario says and print the final figures, the same as in the window.")
    trains.add_argument("file", metavar="FILE", help=_FILE)
    trains.add_argument("-o", dest="out", metavar="OUT", help=f"a file {SUFFIX} with the weights that were learned")
    trains.add_argument("--epochs", type=_count, metavar="N", help="another number than the scenario's")
    trains.add_argument(
        "--go-on", action="store_true", help="begin with the weights of FILE, also where it says what to begin with"
    )
    trains.add_argument("--quiet", action="store_true", help="neither progress nor figures")

    insides = command("inside", "Look into a trained network; with no option, what its units do over all sequences.")
    insides.add_argument("file", metavar="FILE", help=_FILE)
    questions = insides.add_mutually_exclusive_group()
    questions.add_argument(
        "--saliency",
        nargs=3,
        metavar=("NAME", "STEP", "UNIT"),
        help="how this number depends on every input and state; NAME as in explain, or NAME.pre before its activation",
    )
    questions.add_argument(
        "--lesion",
        metavar="QUANTITY",
        help="what changes when each unit of it, such as lstm.h or lstm.f, is held in turn",
    )
    questions.add_argument(
        "--match", nargs=3, metavar=("QUANTITY", "FROM", "TO"), help="which units are on at these steps, and where else"
    )
    insides.add_argument("--value", type=_value, default=0.0, metavar="V", help="at which a unit is held: 0, or mean")
    insides.add_argument(
        "--threshold", type=float, metavar="T", help="from which on a unit is on; suggested if not given"
    )
    insides.add_argument("--sequence", metavar="N", type=_count, default=0, help="of the batch; 0 is the first")
    insides.add_argument("-o", dest="out", metavar="OUT", help="a file .npz or .csv with all that was found")

    surfaces = command("surface", "Write the loss over the plane that the scenario asks for.")
    surfaces.add_argument("file", metavar="FILE", help=_FILE)
    surfaces.add_argument(
        "-o",
        dest="out",
        required=True,
        metavar="OUT",
        help="a file .npz: x, y, loss (y, x), gradient_norm (y, x). A picture: rnnviz render --panel loss_surface",
    )

    data = command(
        "data",
        "Say what is understood of a file of data, and put it into a scenario; exit 1 if rows are wrong and nothing is "
        "said about them.",
    )
    data.add_argument("file", metavar="FILE", help="a file .csv, .tsv, .npy, .npz, .txt or .png")
    data.add_argument("--for", dest="scenario", metavar="SCENARIO", help=f"{_FILE}; without it, a new network is made")
    data.add_argument("-o", dest="out", metavar="OUT", help=f"a file {SUFFIX}, the scenario with the data in it")
    data.add_argument("--cell", default="lstm", metavar="NAME", help="of a new network: lstm, gru, elman, ...")
    data.add_argument("--units", type=_count, default=16, metavar="N", help="of a new network")
    for name, says in (
        ("inputs", "names of columns, apart by commas; of a .npz, the array"),
        ("targets", "names of columns, apart by commas; of a .npz, the array"),
        ("sequences", "the column that tells sequences apart"),
        ("steps", "the column that numbers or dates the steps"),
        ("lengths", "of a .npz, the array of lengths, or a mask"),
        ("scale", "z-score, min-max, or a number that all are divided by"),
    ):
        data.add_argument(f"--{name}", default="", metavar="NAMES" if name.endswith("puts") else "NAME", help=says)
    for name, values, says in (
        ("form", get_args(Form), "what a sequence is"),
        ("target", get_args(Aim), "the target: none, columns, or what comes next"),
        ("missing", get_args(Missing)[1:], "rows in which something is wrong: drop them, or take the last value"),
        ("unknown", get_args(Unknown)[1:], "characters that the network does not know"),
        ("axes", get_args(Axes)[1:], "what the axes of an array are"),
        ("unit", ("word", "character"), "what a text is split into for a new network"),
    ):
        data.add_argument(f"--{name}", choices=values, help=says)
    for name, says in (
        ("window", "steps of a window"),
        ("stride", "from one window to the next; as many as it has, if not given"),
        ("width", "numbers that make one step, where a row is a sequence"),
        ("first", "the first sequence that is taken, from 1"),
        ("count", "how many sequences are taken"),
    ):
        data.add_argument(f"--{name}", type=_count, metavar="N", help=says)
    data.add_argument("--resize", action="store_true", default=None, help="make a picture as wide as the network reads")
    data.add_argument("--invert", action="store_true", default=None, help="dark becomes large")
    data.add_argument("--no-header", dest="header", action="store_false", default=None, help="the first row is data")
    data.add_argument("--encoding", choices=[name for name in ENCODINGS if name], default="", help="of a text")

    imports = command("import", "Read a network of PyTorch, Keras or ONNX, and say how well it is proven.")
    imports.add_argument("model", metavar="MODEL", help="a file .pt, .pth, .safetensors, .keras, .h5, .onnx or .npz")
    imports.add_argument("-o", dest="out", metavar="OUT", help=f"a file {SUFFIX}; without it, only the report")
    imports.add_argument(
        "--samples",
        metavar="NPZ",
        help="inputs x and outputs y of the framework itself; if not given, the .npz file beside MODEL",
    )
    imports.add_argument(
        "--vocabulary",
        metavar="FILE",
        help="the tokens that a network of words or characters reads: a JSON list or object of ids, or one a line",
    )
    imports.add_argument(
        "--hint",
        dest="hints",
        action="append",
        default=[],
        type=_hint,
        metavar="NAME=VALUE",
        help=f"what the file does not say: {'; '.join(f'{name}, {says}' for name, says in HINTS.items())}",
    )

    exports = command("export", "Write a network for another program.")
    exports.add_argument("file", metavar="FILE", help=_FILE)
    exports.add_argument(
        "--to",
        choices=TARGETS,
        help=f"{'; '.join(f'{name}: {target.title} ({target.suffix})' for name, target in TARGETS.items())}",
    )
    exports.add_argument(
        "-o",
        dest="out",
        required=True,
        metavar="OUT",
        help="the file; the numbers of a program stand beside it under the same name",
    )
    return parser


def _hint(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or name not in HINTS:
        raise argparse.ArgumentTypeError(f"{text!r} is no hint; say one of {', '.join(f'{n}=...' for n in HINTS)}")
    return name, value


def _add_subject(parser: argparse.ArgumentParser, scale: int) -> None:
    """What is drawn, where the cursor stands, and how large: the same for a picture and a film."""
    parser.add_argument("file", metavar="FILE", help=_FILE)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--panel", metavar="NAME", help="such as gates")
    what.add_argument("--window", action="store_true", help="all of it, as it opens on the file")
    parser.add_argument("--step", type=int, metavar="STEP", help="where the cursor stands; as in the file if not given")
    parser.add_argument("--theme", choices=("light", "dark"), default="light")
    parser.add_argument("--size", type=_size, metavar="WxH", help="in pixels of the window, such as 900x600")
    parser.add_argument(
        "--scale",
        type=int,
        choices=(1, 2),
        default=scale,
        help=f"how many pixels of the picture for one of the window each way, {scale} if not given",
    )


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 on")
    return int(text)


def _speed(text: str) -> float:
    try:
        fps = float(text)
    except ValueError:
        fps = 0.0
    if not 0.1 <= fps <= 50:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of pictures a second, 0.1 to 50")
    return fps


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0 on")
    return int(text)


def _value(text: str) -> float | Literal["mean"]:
    try:
        return "mean" if text == "mean" else float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is neither a number nor 'mean'") from None


def _size(text: str) -> tuple[int, int]:
    width, cross, height = text.partition("x")
    if not (cross and width.isdecimal() and height.isdecimal()):
        raise argparse.ArgumentTypeError(f"{text!r} is not a size such as 900x600")
    size = int(width), int(height)
    if not all(MIN_SIDE <= side <= MAX_SIDE for side in size):
        raise argparse.ArgumentTypeError(f"{text!r}: each side can be {MIN_SIDE} to {MAX_SIDE} pixels")
    return size


MIN_SIDE, MAX_SIDE = 32, 4_096


def _open(file: str) -> Scenario:
    """The scenario; for a word that is nearly a command, the error says so."""
    try:
        return load(file)
    except ScenarioError as error:
        near = difflib.get_close_matches(file, COMMANDS, n=1)
        if near and not Path(file).exists():
            raise CommandError(f"{error} (or is it the command {near[0]}?)") from None
        raise


def _output(name: str, suffixes: tuple[str, ...]) -> Path:
    path = Path(name)
    if path.suffix not in suffixes:
        raise CommandError(f"{name}: the output has to end in {' or '.join(suffixes)}")
    if not path.parent.is_dir():
        raise CommandError(f"{name}: there is no folder {path.parent}")
    return path


def _step(scenario: Scenario, step: int | None) -> int:
    steps = len(scenario.inputs)
    if step is None:
        return scenario.view.step
    if not 0 <= step <= steps:
        raise CommandError(f"there is no step {step}; it can be 0 (before the first) to {steps}")
    return step


# --- what is written ------------------------------------------------------------------------------------------------


def _in_words(explanation: Explanation) -> str:
    title = f"{explanation.title}: {explanation.meaning}"
    if not explanation.law:
        return f"{title}\n  {explanation.value!r}"
    return f"{title}\n  {explanation.law}\n  = {explanation.numbers()}\n  = {explanation.value!r}"


# --- the screen -----------------------------------------------------------------------------------------------------


def _ui(name: str = "rnnviz.ui.app") -> ModuleType:
    """What needs Qt; imported only now, so that the other commands start fast and do without it."""
    try:
        return import_module(name)
    except ImportError as error:
        if (error.name or "").startswith("rnnviz"):
            raise
        raise CommandError(f"Qt cannot be loaded ({error}); list, check, trace and explain do without it") from None


def _no_screen() -> str:
    """Why a window cannot be opened, "" if it can. Qt itself would end the process without a word to the point."""
    chosen = os.environ.get("QT_QPA_PLATFORM", "")
    if not sys.platform.startswith("linux") or chosen.split(":")[0] not in ("", "xcb", "wayland"):
        return ""
    if os.environ.get("WAYLAND_DISPLAY"):
        return ""
    display = os.environ.get("DISPLAY", "")
    if not display:
        return "there is no screen (neither DISPLAY nor WAYLAND_DISPLAY is set)"
    return "" if _answers(display) else f"there is no screen (nothing answers at DISPLAY={display})"


def _answers(display: str) -> bool:
    """Whether an X server listens; one on another machine is believed."""
    host, _, number = display.rpartition(":")
    if host not in ("", "unix"):
        return True
    path = f"/tmp/.X11-unix/X{number.split('.')[0]}"
    for address in ("\0" + path, path):
        with socket.socket(socket.AF_UNIX) as server, contextlib.suppress(OSError):
            server.connect(address)
            return True
    return False
