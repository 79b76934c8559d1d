"""`rentree capacity`: short real searches, on the sandbox that docs/how-to/capacity.md shows."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from pathlib import Path

import psutil
import pytest

from rentree.runs import RunRecord

from .conftest import ROOT, Home, child_of, finish, interrupt, journal_has, wait_until

pytestmark = [pytest.mark.flow, pytest.mark.beside]
PAGE = ROOT / "docs" / "how-to" / "capacity.md"


@pytest.fixture
def forty(tmp_path: Path) -> Path:
    """The sandbox of the page: an inbox of 25 ms, one server, 40 steps a second."""
    found = re.search(
        r"^`(forty\.yaml)`:\n\n```yaml\n(.*?)^```", PAGE.read_text("utf-8"), re.M | re.S
    )
    assert found
    path = tmp_path / found[1]
    path.write_text(found[2], encoding="utf-8")
    return path


def search(home: Home, preset: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """A search by messages, tried again, twice at most, while this machine was not fit for it."""
    for _ in range(3):
        done = home.rentree(
            "capacity", "essai", "--sandbox", str(preset), "--step", "messages", "--lang", "en",
            "--seed", "3", "--evidence", str(home.evidence), *words,
        )  # fmt: skip
        if done.returncode != 3 or "not valid" not in done.stdout:
            break
    return done


@pytest.mark.proof
def test_forty_steps_a_second_are_found(home: Home, forty: Path) -> None:
    """A coarse and short search comes near, seals what it did, and decides what was asked."""
    result = home.folder / "result.json"
    words = ["--width", "20%", "--window", "4 s", "--from", "15", "--json", str(result)]
    done = search(home, forty, *words, "--at-least", "25 steps/s")
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(result.read_text(encoding="utf-8"))
    assert found["capacity"]["sure"]
    assert 40 / 1.25 < found["capacity"]["holds"] < 40 * 1.1
    assert found["capacity"]["holds"] < found["capacity"]["fails"] < 40 * 1.3
    assert [step["requests"] for step in found["steps"]] == [1.0]
    assert found["reaches_at_least"] is True
    assert "25 steps/s asked: held." in done.stdout
    folder = home.latest()
    assert json.loads((folder / "capacity.json").read_text(encoding="utf-8")) == found
    assert home.rentree("verify", str(folder)).returncode == 0
    (folder / "capacity.json").write_text("{}", encoding="utf-8")
    assert home.rentree("verify", str(folder)).returncode == 1
    judged = home.rentree("judge", str(folder))
    assert judged.returncode == 2
    assert "certifies nothing" in judged.stderr


def test_the_commands_of_the_page_begin_as_they_should(home: Home, forty: Path) -> None:
    """Given a second, each starts all there is, says that time was short, and ends in 3."""
    commands = re.findall(r"^\$ rentree (.*)", PAGE.read_text("utf-8"), re.M)
    assert len(commands) == 3
    for command in commands:
        words = [*shlex.split(command), "--at-most", "1 s", "--lang", "en"]
        done = home.rentree(*words, cwd=forty.parent)
        assert done.returncode == 3, (command, done.stdout, done.stderr)
        assert "Nothing was measured." in done.stdout
        assert "--at-most" in done.stdout


def test_ctrl_c_leaves_nothing_behind(home: Home, forty: Path) -> None:
    """Meanwhile no other run may begin; then 130, no process, what was tried is sealed."""
    runner = home.start(
        "capacity", "essai", "--sandbox", str(forty), "--evidence", str(home.evidence),
        "--step", "home", "--from", "5", "--window", "2 s",
    )  # fmt: skip
    child_of(runner, "rentree.load.worker")
    wait_until(lambda: journal_has(home, "rung", "held"), "a rung that held")
    other = home.run("essai", "--sandbox", "rentree")
    assert other.returncode == 2
    assert "a run is under way" in other.stderr
    children = psutil.Process(runner.pid).children(recursive=True)
    interrupt(runner)
    code, out, err = finish(runner)
    assert code == 130, out + err
    assert not [child for child in children if child.is_running()]
    assert not list((home.folder / "state").rglob("runs/*.json"))
    assert json.loads((home.latest() / "capacity.json").read_text("utf-8"))["capacity"][
        "interrupted"
    ]
    assert home.rentree("verify", str(home.latest())).returncode == 0


def test_a_search_whose_runner_is_killed_is_cleared(home: Home, forty: Path) -> None:
    """The guard ends what is left, seals what was tried, and judges nothing."""
    runner = home.start(
        "capacity", "essai", "--sandbox", str(forty), "--evidence", str(home.evidence)
    )
    wait_until(lambda: journal_has(home, "run", "started"), "the search to begin")
    (path,) = (home.folder / "state").rglob("runs/*.json")
    record = RunRecord(**json.loads(path.read_text(encoding="utf-8")))
    psutil.Process(record.pid).kill()
    code, out, err = finish(runner)
    assert code == 4, out + err
    assert "a search for capacity, cut short" in out
    assert not path.exists()
    assert not (home.latest() / "verdict.json").exists()
    assert home.rentree("verify", str(home.latest())).returncode == 0


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--sandbox", "rentree", "--step", "homme"], "home"),
        (["--sandbox", "rentree", "--step", "sign out"], "sign in"),
        (["--sandbox", "rentree", "--target", "http://127.0.0.1:1"], "say what to measure"),
        (["--sandbox", "rentree", "--at-least", "40 steps/s"], "only with --step"),
        (["--sandbox", "rentree", "--width", "0%"], "1% to 50%"),
        (["--sandbox", "rentree", "--at-most", "5"], "5 min"),
        (["--target", "http://127.0.0.1:1"], ""),
    ],
)
def test_what_cannot_be_measured_sends_nothing(home: Home, words: list[str], why: str) -> None:
    """Exit 2, and what would do is said."""
    done = home.rentree("capacity", "essai", *words, "--evidence", str(home.evidence))
    assert done.returncode == 2, done.stdout + done.stderr
    assert why in done.stderr
    assert not home.evidence.exists()
