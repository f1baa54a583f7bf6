"""Every built-in scenario can be walked through, varied and changed, and comes back as it was."""

import pytest

from rnnviz.engine.trace import Address
from rnnviz.scenario import builtin
from rnnviz.scenario.write import to_text
from rnnviz.session import Session


@pytest.mark.parametrize("name", builtin.names())
def test_a_built_in_scenario_comes_back_as_its_file(name):
    session = Session()
    session.open(builtin.load(name))
    scenario = session.snapshot.scenario
    for index in range(len(scenario.alternatives)):
        session.apply_alternative(index)
    session.edit_number(Address("x", 1), 1.0)
    session.insert_step(1, scenario.inputs[0, session.snapshot.cursor.sequence])
    session.move_step(1, 2)
    session.substep(session.snapshot.equations + 1)
    session.select(Address(session.snapshot.trace.output_name, 2))
    assert session.snapshot.explanation.value == session.snapshot.trace.output[1, 0, 0]
    assert session.snapshot.is_modified
    session.go_to_history(0)
    assert not session.snapshot.is_modified
    assert to_text(session.snapshot.scenario) == builtin.path(name).read_text("utf-8")
