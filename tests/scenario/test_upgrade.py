"""Older files are brought up to date one version at a time; newer ones are refused."""

from typing import Any

import pytest

from rnnviz.scenario import upgrade
from rnnviz.scenario.errors import ScenarioError
from rnnviz.scenario.upgrade import upgraded


def to_two(tree: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in tree.items() if key != "old"} | {"steps": [tree["old"]]}


def to_three(tree: dict[str, Any]) -> dict[str, Any]:
    return tree | {"steps": [*tree["steps"], "three"]}


def test_each_version_is_passed_through_in_turn() -> None:
    upgrades = {1: to_two, 2: to_three}
    first = {"format": "rnnviz-scenario", "version": 1, "old": "one"}
    assert upgraded(first, upgrades, 3) == {"format": "rnnviz-scenario", "version": 3, "steps": ["one", "three"]}
    assert first["version"] == 1
    second = {"format": "rnnviz-scenario", "version": 2, "steps": ["two"]}
    assert upgraded(second, upgrades, 3)["steps"] == ["two", "three"]
    third = {"format": "rnnviz-scenario", "version": 3, "steps": []}
    assert upgraded(third, upgrades, 3) == third


def test_a_newer_version_is_refused() -> None:
    with pytest.raises(ScenarioError, match=r"version 4 is newer than 3.*update rnnviz"):
        upgraded({"format": "rnnviz-scenario", "version": 4}, {}, 3)


def test_there_is_an_upgrade_from_every_older_version() -> None:
    assert sorted(upgrade.UPGRADES) == list(range(1, upgrade.VERSION))
