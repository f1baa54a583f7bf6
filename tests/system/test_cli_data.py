"""`rnnviz data`: what is understood is printed, wrong rows are told, and nothing is written until it is said how."""

from pathlib import Path

import numpy as np
import pytest

import rnnviz
from rnnviz.cli import main

TABLES = Path(__file__).parents[1] / "data" / "tables"
PASSENGERS = str(TABLES / "airline_passengers.csv")


@pytest.fixture
def broken(tmp_path: Path) -> str:
    lines = Path(PASSENGERS).read_text().splitlines()
    lines[16] = "1950-04,1x5"
    path = tmp_path / "broken.csv"
    path.write_text("\n".join(lines))
    return str(path)


def test_it_says_what_it_understood_and_writes_the_scenario(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = str(tmp_path / "passengers.rnnviz")
    assert main(["data", PASSENGERS, "--for", "sunspots-forecast", "--scale", "100", "-o", out]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "A table of 144 rows of 2 columns, parted by commas; the first row names them."
    assert lines[2:5] == [
        "row  month    passengers_thousands",
        "     step     input",
        "2    1949-01  112",
    ]
    assert "1 sequence of 143 steps, 1 number each; the target is what comes next." in lines
    assert "passengers_thousands is divided by 100." in lines
    made = rnnviz.load(out)
    assert made.inputs[:2, 0, 0].tolist() == [1.12, 1.18]
    assert main(["check", out]) == 0


def test_rows_that_are_wrong_are_told_and_nothing_is_written(
    broken: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.rnnviz"
    assert main(["data", broken, "--for", "sunspots-forecast", "-o", str(out)]) == 1
    said = capsys.readouterr()
    assert (
        "  row 17, passengers_thousands: “1x5” is not a number; expected a number, such as 3.5" in said.out.splitlines()
    )
    assert said.err == f'rnnviz: {broken}: rows are wrong; say what to do, --missing "drop" or "last"\n'
    assert not out.exists()


def test_what_is_said_about_wrong_rows_is_done(broken: str, tmp_path: Path) -> None:
    out = str(tmp_path / "out.rnnviz")
    assert main(["data", broken, "--for", "sunspots-forecast", "--missing", "last", "-o", out]) == 0
    assert rnnviz.load(out).inputs[14:17, 0, 0].tolist() == [141, 141, 125]
    assert main(["data", broken, "--for", "sunspots-forecast", "--missing", "drop", "-o", out]) == 0
    assert rnnviz.load(out).inputs[14:16, 0, 0].tolist() == [141, 125]


def test_without_a_scenario_a_network_is_made_which_can_be_trained(tmp_path: Path) -> None:
    out = str(tmp_path / "new.rnnviz")
    words = ["--window", "12", "--scale", "z-score", "--cell", "gru", "--units", "4"]
    assert main(["data", PASSENGERS, *words, "-o", out]) == 0
    made = rnnviz.load(out)
    assert made.inputs.shape == (12, 11, 1)
    assert [layer.name for layer in made.network.layers] == ["gru", "readout"]
    assert main(["train", out, "--epochs", "2", "--quiet"]) == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["missing.csv"], "missing.csv: cannot be read: No such file or directory"),
        ([PASSENGERS, "--inputs", "people"], "there is no column 'people'; there are month, passengers_thousands"),
        ([PASSENGERS, "--scale", "much"], "'much' is no scale; say z-score, min-max, none or a number"),
        ([PASSENGERS, "--for", "nowhere"], "nowhere: there is no such file"),
        ([PASSENGERS, "--cell", "transformer"], "there is no cell 'transformer'"),
        ([PASSENGERS, "-o", "out.txt"], "the output has to end in .rnnviz"),
    ],
)
def test_what_cannot_be_is_refused_in_a_line(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", *words]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


def test_a_file_of_data_that_is_not_there_is_refused_before_there_is_a_window(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["missing.csv"]) == 2
    assert capsys.readouterr().err == "rnnviz: missing.csv: cannot be read: No such file or directory\n"


def test_the_same_can_be_had_in_python(broken: str) -> None:
    made = rnnviz.read_data(PASSENGERS, rnnviz.load("sunspots-forecast"), scale=100)
    assert made.inputs[0, 0, 0] == 1.12
    with pytest.raises(rnnviz.ScenarioError, match=r"broken\.csv: rows are wrong; say what to do.*row 17"):
        rnnviz.read_data(broken, rnnviz.load("sunspots-forecast"))
    windows = rnnviz.read_data(PASSENGERS, inputs=["passengers_thousands"], window=24, cell="elman", units=3)
    assert windows.inputs.shape == (24, 5, 1)
    digits = rnnviz.read_data(TABLES / "digits8x8_first24.npz", scale=16, count=10)
    assert np.isfinite(rnnviz.run(digits).output).all()
    with pytest.raises(rnnviz.ScenarioError, match="'drop', 'last'"):
        rnnviz.read_data(PASSENGERS, missing="nothing")
    with pytest.raises(rnnviz.ScenarioError, match="nothing called colour to choose"):
        rnnviz.read_data(PASSENGERS, colour="red")
