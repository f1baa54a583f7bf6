"""A scenario in a notebook."""

import re
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np

import rnnviz


def tree_of(html: str) -> ElementTree.Element:
    return ElementTree.fromstring(re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL).replace("<br>", "<br/>"))


def test_every_built_in_scenario_shows_itself() -> None:
    for name in rnnviz.names():
        scenario = rnnviz.load(name)
        html = scenario._repr_html_()
        assert scenario.title in "".join(tree_of(html).itertext())
        assert len(html) < 40_000


def test_it_shows_the_first_numbers_and_how_to_run_it() -> None:
    """LSTM that counts: x = 3 1 0 at step 1, output 6.9995 at step 4."""
    tree = tree_of(rnnviz.load("lstm-counter")._repr_html_())
    rows = [[cell.text for cell in row] for row in tree.iter("tr")]
    assert rows[0] == ["step", "x1", "x2", "x3", "output"]
    assert rows[1][:4] == ["1", "3", "1", "0"]
    assert rows[4][4] == "6.9995"
    said = "".join(tree.itertext())
    assert "rnnviz.run(scenario)" in said
    assert "rnnviz lstm-counter" in said


def test_a_title_and_names_from_a_file_are_inert() -> None:
    evil = "<script>alert(1)</script>"
    scenario = replace(rnnviz.load("lstm-counter"), title=evil, name=evil, input_names=(evil, '"><b>', "&"))
    html = scenario._repr_html_()
    assert "<script" not in html
    assert "<b>" not in html
    said = list(tree_of(html).itertext())
    assert said.count(evil) == 2  # the heading, and the head of a column: as text
    assert not any(text.startswith("rnnviz ") for text in said)  # no command with a name that is none


def test_a_scenario_whose_run_would_take_long_is_shown_without_outputs() -> None:
    scenario = rnnviz.load("mnist-rows-lstm")
    long = replace(scenario, inputs=np.zeros((50_000, 1, 28)), targets=None, lengths=None, sequence_names=())
    said = "".join(tree_of(long._repr_html_()).itertext())
    assert "50,000 steps" in said
    assert "output" not in said
