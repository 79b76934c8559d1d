"""State files: which runs are under way, and which were left behind."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from rentree.errors import UsageError
from rentree.process import Identity
from rentree.runs import RunRecord, new_record, records, refuse_unless_clean
from rentree.state import cache_folder, sandbox_key, state_folder


@pytest.fixture(autouse=True)
def _own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the records of the tests out of this user's state folder."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def dead() -> Identity:
    """A process that has ended."""
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    identity = Identity.of(child.pid)
    child.communicate(b"\n")
    return identity


def test_nothing_is_under_way_at_first() -> None:
    """A user who never ran anything may run."""
    assert records() == []
    refuse_unless_clean()


def test_a_record_is_read_back_as_it_was_saved(tmp_path: Path) -> None:
    """`rentree clear` gets the pids with their start times, and what each injector left."""
    record = new_record("2026-essai", tmp_path / "evidence")
    record.t0 = 123
    record.children = [(4711, 1.5), (4712, 2.25)]
    record.left_over = [{"drop_in": "network", "state": {"pid": 4713}}]
    record.save()
    assert records() == [record]
    record.children = []
    record.save()
    assert records() == [record]
    record.remove()
    record.remove()
    assert records() == []


def test_a_run_under_way_is_waited_for(tmp_path: Path) -> None:
    """Two runs on one machine would measure one another."""
    new_record("now", tmp_path / "evidence").save()
    with pytest.raises(UsageError, match=f"a run is under way .process {os.getpid()}"):
        refuse_unless_clean()


def test_a_dead_run_must_be_cleared_first(dead: Identity) -> None:
    """Its faults may still be in force."""
    RunRecord("old", "evidence/old", dead.pid, dead.started).save()
    with pytest.raises(UsageError, match=r"evidence/old.*run `rentree clear` first"):
        refuse_unless_clean()


def test_a_later_process_of_the_same_pid_is_not_the_runner() -> None:
    """The start time tells our own process from an earlier one that had its number."""
    me = Identity.of(os.getpid())
    RunRecord("old", "evidence/old", me.pid, me.started - 60).save()
    with pytest.raises(UsageError, match="died and is not proven clean"):
        refuse_unless_clean()


def test_a_save_that_is_cut_short_leaves_the_record_before_it(tmp_path: Path) -> None:
    """The file is replaced as a whole; a half-written one is never read."""
    record = new_record("now", tmp_path / "evidence")
    record.save()
    (state_folder() / "runs" / "now.new").write_text('{"id": "no', encoding="utf-8")
    assert records() == [record]


def test_state_and_cache_are_this_users_alone(tmp_path: Path) -> None:
    """Both folders are made with mode 0700, where XDG says."""
    for folder, parent in [(state_folder(), "state"), (cache_folder(), "cache")]:
        assert folder == tmp_path / parent / "rentree"
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_without_xdg_they_lie_in_the_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The defaults of the XDG base directory specification."""
    monkeypatch.delenv("XDG_STATE_HOME")
    monkeypatch.setenv("XDG_CACHE_HOME", "")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert state_folder() == tmp_path / ".local" / "state" / "rentree"
    assert cache_folder() == tmp_path / ".cache" / "rentree"


def test_the_sandbox_key_is_made_once_for_this_user_alone() -> None:
    """32 bytes of mode 0600; whoever asks later gets the same."""
    key = sandbox_key()
    path = state_folder() / "sandbox.key"
    assert (len(key), sandbox_key()) == (32, key)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [p.name for p in path.parent.iterdir()] == ["sandbox.key"]


def test_processes_that_ask_at_once_get_one_key() -> None:
    """The second one takes the first one's key."""
    code = "from rentree.state import sandbox_key; print(sandbox_key().hex())"
    children = [
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    assert len({child.communicate(timeout=60)[0] for child in children}) == 1
