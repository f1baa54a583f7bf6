"""A save either happens wholly or leaves what was there; every step of it is made to fail here once."""

import errno
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from rnnviz.scenario import builtin, write
from rnnviz.scenario.errors import ScenarioError
from rnnviz.scenario.types import Scenario
from rnnviz.scenario.write import save, to_text

OLD = b"what was there before"


@pytest.fixture
def scenario() -> Scenario:
    return builtin.load("all-ones-elman")


@pytest.fixture
def target(tmp_path: Path) -> Path:
    path = tmp_path / "mine.rnnviz"
    path.write_bytes(OLD)
    return path


def full(*_: Any, **__: Any) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("call", ["open", "write", "fsync", "replace", "chmod"])
def test_a_failing_save_leaves_the_old_file_and_nothing_else(
    call: str, scenario: Scenario, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(write.os, call, full)
    with pytest.raises(ScenarioError, match="not saved: No space left on device; what was there before is unchanged"):
        save(scenario, target)
    monkeypatch.undo()
    assert target.read_bytes() == OLD
    assert list(target.parent.iterdir()) == [target]


def test_a_disk_that_fills_up_half_way_leaves_the_old_file(
    scenario: Scenario, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, written = os.write, []

    def write_a_little(file: int, data: Any) -> int:
        if sum(written) > 1000:
            full()
        written.append(real(file, bytes(data)[:100]))
        return written[-1]

    monkeypatch.setattr(write.os, "write", write_a_little)
    with pytest.raises(ScenarioError, match="not saved"):
        save(scenario, target)
    assert len(written) == 11
    assert target.read_bytes() == OLD
    assert list(target.parent.iterdir()) == [target]


def test_short_writes_are_continued(scenario: Scenario, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.write
    monkeypatch.setattr(write.os, "write", lambda file, data: real(file, bytes(data)[:100]))
    save(scenario, target)
    assert target.read_bytes() == to_text(scenario).encode()


def test_an_interrupted_save_leaves_no_temporary_file(
    scenario: Scenario, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(_: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(write.os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        save(scenario, target)
    assert target.read_bytes() == OLD
    assert list(target.parent.iterdir()) == [target]


def test_a_folder_that_is_not_confirmed_is_said(
    scenario: Scenario, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.fsync
    monkeypatch.setattr(write.os, "fsync", lambda file: full() if stat.S_ISDIR(os.fstat(file).st_mode) else real(file))
    with pytest.raises(ScenarioError, match="written, but the disk did not confirm it"):
        save(scenario, target)


def test_the_order_is_write_sync_replace_sync_folder(
    scenario: Scenario, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    for name in ("write", "fsync", "replace"):
        real = getattr(os, name)

        def noted(*arguments: Any, name: str = name, real: Any = real) -> Any:
            is_folder = name == "fsync" and stat.S_ISDIR(os.fstat(arguments[0]).st_mode)
            calls.append("fsync folder" if is_folder else name)
            return real(*arguments)

        monkeypatch.setattr(write.os, name, noted)
    save(scenario, target)
    assert calls == ["write", "fsync", "replace", "fsync folder"]


def test_what_could_not_be_read_again_is_not_written(
    scenario: Scenario, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(write, "to_text", lambda _: '{"format": "rnnviz-scenario"')
    with pytest.raises(ScenarioError, match="not JSON"):
        save(scenario, target)
    assert target.read_bytes() == OLD


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o664, 0o755])
def test_the_permissions_of_the_old_file_stay(mode: int, scenario: Scenario, target: Path) -> None:
    target.chmod(mode)
    save(scenario, target)
    assert stat.S_IMODE(target.stat().st_mode) == mode


def test_a_new_file_has_the_permissions_of_any_new_file(scenario: Scenario, tmp_path: Path) -> None:
    (tmp_path / "other").touch()
    save(scenario, tmp_path / "new.rnnviz")
    assert (tmp_path / "new.rnnviz").stat().st_mode == (tmp_path / "other").stat().st_mode


def test_a_link_stays_a_link_and_its_file_is_replaced(scenario: Scenario, target: Path, tmp_path: Path) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    first, second = folder / "first", folder / "second"
    second.symlink_to(target)
    first.symlink_to("second")
    save(scenario, first)
    assert first.is_symlink()
    assert second.is_symlink()
    assert not target.is_symlink()
    assert target.read_bytes() == to_text(scenario).encode()
    assert sorted(folder.iterdir()) == [first, second]


def test_a_link_to_nothing_gets_its_file(scenario: Scenario, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "new.rnnviz")
    save(scenario, link)
    assert link.is_symlink()
    assert (tmp_path / "new.rnnviz").read_bytes() == to_text(scenario).encode()


def test_a_folder_a_device_and_a_missing_folder_are_refused(scenario: Scenario, tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="not that of a file"):
        save(scenario, tmp_path)
    with pytest.raises(ScenarioError, match="not that of a file"):
        save(scenario, "/dev/null")
    with pytest.raises(ScenarioError, match="No such file or directory"):
        save(scenario, tmp_path / "none" / "mine.rnnviz")
    assert list(tmp_path.iterdir()) == []


def test_a_read_only_file_is_refused(scenario: Scenario, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # the superuser may write anything, so that the answer of the system is given here
    monkeypatch.setattr(write.os, "access", lambda path, mode: False)
    with pytest.raises(ScenarioError, match="read-only"):
        save(scenario, target)
    assert target.read_bytes() == OLD


def test_the_longest_file_name_can_be_saved(scenario: Scenario, tmp_path: Path) -> None:
    path = tmp_path / ("n" * 247 + ".rnnviz")
    save(scenario, path)
    assert path.read_bytes() == to_text(scenario).encode()
