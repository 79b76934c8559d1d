"""What goes wrong in the middle: each a recorded event, and a verdict that is never conforme."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import time

import polars as pl
import psutil
import pytest

from rentree.evidence import Evidence
from rentree.process import Identity
from rentree.runs import RunRecord
from rentree.seal_check import broken_seals

from .conftest import (
    COMMAND,
    ROOT,
    Home,
    child_of,
    finish,
    interrupt,
    journal_has,
    verdict_of,
    wait_until,
)

pytestmark = [pytest.mark.flow, pytest.mark.beside]
RUN = ("essai", "--sandbox", "rentree", "--seed", "7")


def _in_the_bell(home: Home) -> None:
    wait_until(lambda: journal_has(home, "phase", "begins", name="bell"), "the bell")
    time.sleep(5)


def test_platform_that_dies_fails_in_time(home: Home) -> None:
    """A platform killed in the bell: the run ends in time and its findings fail."""
    runner = home.start_run(*RUN)
    _in_the_bell(home)
    child_of(runner, "rentree.sandbox").kill()
    code, out, err = finish(runner)
    assert code == 1, out + err
    assert "the platform is gone" in err
    evidence = Evidence(home.latest())
    assert any((e["event"], e["state"]) == ("platform", "gone") for e in evidence.journal)
    ended = next(e for e in evidence.journal if (e["event"], e["state"]) == ("run", "ended"))
    assert ended["why"] == "finished"
    assert ended["t"] <= evidence.plan.end + evidence.plan.behaviour.patience + 5_000_000


def test_lost_worker_makes_the_trial_invalid_and_is_named(home: Home) -> None:
    """A worker killed in the bell: windows from there on are invalid, it is named, exit 3."""
    runner = home.start_run(*RUN)
    _in_the_bell(home)
    child_of(runner, "rentree.load.worker", " 2 ").kill()
    code, out, err = finish(runner)
    assert code == 3, out + err
    assert "NON VALABLE" in out
    verdict = verdict_of(home.latest())
    assert any(w["gate"] == "b" and "2" in w["why"]["fr"] for w in verdict["invalid"])
    assert all(f["decision"] != "pass" for f in verdict["findings"])


def test_lost_worker_on_a_drowning_platform_accuses_nobody(home: Home) -> None:
    """Limits broken in windows that a lost worker made invalid: exit 3, not 1."""
    runner = home.start_run("essai", "--sandbox", "6-avril-2021", "--seed", "7")
    _in_the_bell(home)
    child_of(runner, "rentree.load.worker", " 1 ").kill()
    code, out, err = finish(runner)
    assert code == 3, out + err
    assert "NON VALABLE" in out


def test_dead_toxiproxy_is_never_conforme(home: Home) -> None:
    """Toxiproxy killed while people go through it: exit 3 or 4, the routes are told as down."""
    runner = home.start_run(*RUN)
    _in_the_bell(home)
    child_of(runner, "server", "-host").kill()
    code, out, err = finish(runner)
    assert code in (3, 4), out + err
    evidence = Evidence(home.latest())
    assert any((e["event"], e["state"]) == ("route", "down") for e in evidence.journal)


def test_ctrl_c_clears_faults_first_and_exits_130(home: Home) -> None:
    """Ctrl-C in the bell: the fault is cleared and proven, the evidence sealed, exit 130."""
    runner = home.start_run(*RUN)
    _in_the_bell(home)
    children = psutil.Process(runner.pid).children(recursive=True)
    interrupt(runner)
    code, out, err = finish(runner, 30)
    assert code == 130, out + err
    evidence = Evidence(home.latest())
    for name in ("reseau-lent", "point-chaud"):
        lines = [e["state"] for e in evidence.journal if e.get("name") == name]
        life = [state for state in lines if state != "observed"]
        assert life == ["asked", "applied", "cleared", "proven"], name
    assert evidence.journal[-1]["why"] == "interrupted"
    assert broken_seals(evidence.folder) == []
    assert not [c for c in children if c.is_running() and c.status() != psutil.STATUS_ZOMBIE]
    assert verdict_of(evidence.folder)["decision"] != "pass"
    assert home.rentree("clear").stdout.startswith("nothing to clear")


def _runner_of(guard: subprocess.Popen[str]) -> psutil.Process:
    """The process that runs it; what a user starts is its guard."""
    return child_of(guard, "-m rentree run")


def _all_clear(home: Home, children: list[psutil.Process]) -> Evidence:
    """Nothing is left, the evidence is sealed and judged, and it is no pass."""
    assert not [c for c in children if c.is_running() and c.status() != psutil.STATUS_ZOMBIE]
    evidence = Evidence(home.latest())
    assert evidence.samples.height > 50
    states = [e["state"] for e in evidence.journal if e["event"] == "fault"]
    assert states[-1] == "proven", states
    assert verdict_of(evidence.folder)["decision"] in ("invalid", "fail")
    assert broken_seals(evidence.folder) == []
    assert home.rentree("clear").stdout.startswith("nothing to clear")
    return evidence


def test_killed_runner_is_cleared_proven_and_judged_by_its_guard(home: Home) -> None:
    """SIGKILL of the runner in the fault: its children die with it, the guard does the rest."""
    guard = home.start_run(*RUN)
    _in_the_bell(home)
    runner = _runner_of(guard)
    children = runner.children(recursive=True)
    assert len(children) >= 5  # sandbox, Toxiproxy, master, two workers
    runner.kill()
    code, out, err = finish(guard, 60)
    assert code == 4, out + err
    assert "killed by signal 9" in err
    evidence = _all_clear(home, [runner, *children])
    assert evidence.journal[-1]["why"] == "killed"
    assert any(e["event"] == "guard" and "signal 9" in e["why"] for e in evidence.journal)


def test_hung_runner_is_ended_by_its_guard(home: Home) -> None:
    """A runner that is stopped gives no sign of life: the guard ends it and clears."""
    guard = home.start_run("rentree-9h", "--sandbox", "rentree")
    _in_the_bell(home)
    runner = _runner_of(guard)
    children = runner.children(recursive=True)
    runner.suspend()
    code, out, err = finish(guard, 90)
    assert code == 4, out + err
    assert "hung" in err
    _all_clear(home, [runner, *children])


def test_ctrl_c_twice_is_done_by_the_guard(home: Home) -> None:
    """Whoever does not wait for the orderly end gets the guard's: all clear, exit 130."""
    guard = home.start_run(*RUN)
    _in_the_bell(home)
    runner = _runner_of(guard)
    children = runner.children(recursive=True)
    runner.suspend()  # it would be quick otherwise
    interrupt(guard)
    time.sleep(0.5)
    interrupt(guard)
    code, out, err = finish(guard, 60)
    assert code == 130, out + err
    assert "interrupted twice" in err
    _all_clear(home, [runner, *children])


def test_killed_guard_is_noticed_and_the_run_ends_in_order(home: Home) -> None:
    """SIGKILL of the guard: the runner clears the faults, proves it, seals, and ends."""
    guard = home.start_run(*RUN)
    _in_the_bell(home)
    runner = _runner_of(guard)
    children = runner.children(recursive=True)
    os.kill(guard.pid, signal.SIGKILL)
    guard.communicate(timeout=60)  # its pipes are the runner's, too: until that has ended
    evidence = _all_clear(home, [runner, *children])
    assert evidence.journal[-1]["why"] == "guard lost"


def test_after_a_death_without_a_guard_a_run_is_refused_until_it_is_cleared(home: Home) -> None:
    """Both killed at once: the kernel ends the rest; `clear` proves it and judges."""
    guard = home.start_run(*RUN)
    _in_the_bell(home)
    runner = _runner_of(guard)
    children = runner.children(recursive=True)
    os.kill(guard.pid, signal.SIGSTOP)
    runner.kill()
    os.kill(guard.pid, signal.SIGKILL)
    guard.communicate(timeout=10)
    wait_until(lambda: not any(c.is_running() for c in children), "the children to die", 10)
    refused = home.run(*RUN)
    assert refused.returncode == 2
    assert "rentree clear" in refused.stderr
    cleared = home.rentree("clear")
    assert cleared.returncode == 0, cleared.stdout + cleared.stderr
    assert "proven clear" in cleared.stdout
    assert _all_clear(home, [runner, *children]).journal[-1]["why"] == "killed"


BROKEN = """
REPLACES = "starter"

from rentree.person import Person


class Pupil(Person):
    \"\"\"Signs in; every fourth one's journey is broken.\"\"\"

    persona = "pupil"

    def journey(self) -> None:
        \"\"\"What a pupil does.\"\"\"
        self.step("sign in")
        if int(self.who.person[-5:]) % 4 == 0:
            raise RuntimeError("a mistake of ours")
        self.step("home")
        self.stay()
        self.step("sign out")
"""


def test_a_journey_that_raises_is_our_fault_and_recorded(home: Home) -> None:
    """An exception in a journey: not sent, once a person; never conforme, nobody accused."""
    workspace = home.folder / "mine"
    (workspace / "profiles").mkdir(parents=True)
    (workspace / "loadtests").mkdir()
    (workspace / "loadtests" / "pupil.py").write_text(BROKEN, encoding="utf-8")
    options = ["run", *RUN, "--clock", "2x", "--rehearsal", "--evidence", str(home.evidence)]
    done = subprocess.run(
        [*COMMAND, *options], cwd=workspace, env=home.env, capture_output=True, text=True,
        timeout=90, check=False,
    )  # fmt: skip
    assert done.returncode == 3, done.stdout + done.stderr
    samples = Evidence(home.latest()).samples
    broken = samples.filter(pl.col("outcome") == "not_sent")
    assert broken.height == broken["person"].n_unique() == 144
    assert broken["detail"].str.contains("a mistake of ours").all()
    assert samples.filter(pl.col("step") == "sign in")["person"].is_duplicated().sum() == 0
    decisions = {f["decision"] for f in verdict_of(home.latest())["findings"]}
    assert "fail" not in decisions


def _with_rule(home: Home, rule: str) -> str:
    folder = home.folder / "mine"
    folder.mkdir()
    path = folder / "arret.yaml"
    text = f"profile: arret\nextends: essai\nexpects: {{}}\nstop:\n  - {rule}\n"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_a_stop_rule_on_errors_ends_the_run_and_fails_it(home: Home) -> None:
    """The platform's own errors end it: that is a failing finding, not an excuse."""
    profile = _with_rule(home, "{when: errors, share_above: 40 %, for: 2 s}")
    done = home.run(profile, "--sandbox", "6-avril-2021", "--seed", "7")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "stop rule" in done.stderr
    evidence = Evidence(home.latest())
    assert evidence.journal[-1]["why"] == "stop rule"
    assert evidence.journal[-1]["t"] < evidence.plan.end - 1_000_000
    findings = {f["slo"]: f["decision"] for f in verdict_of(evidence.folder)["findings"]}
    assert findings["stopped"] == "fail"
    assert "règle d’arrêt" in done.stdout


def test_a_stop_rule_on_a_page_that_only_is_not_there_accuses_nobody(home: Home) -> None:
    """The health page gives 404 while all goes well: the run ends, and nobody is accused."""
    rule = "{when: health, platform: ent, path: /sante-qui-n-existe-pas, for: 6 s}"
    done = home.run(_with_rule(home, rule), "--sandbox", "rentree", "--seed", "7")
    assert done.returncode == 3, done.stdout + done.stderr
    evidence = Evidence(home.latest())
    assert evidence.journal[-1]["why"] == "stop rule"
    findings = {f["slo"]: f["decision"] for f in verdict_of(evidence.folder)["findings"]}
    assert "stopped" not in findings
    assert "fail" not in findings.values()


def test_two_runs_at_once_are_refused(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run refuses to start while another one of this user is under way."""
    monkeypatch.setenv("XDG_STATE_HOME", str(home.folder / "state"))
    me = Identity.of(os.getpid())
    RunRecord("other", str(home.evidence / "other"), me.pid, me.started).save()
    refused = home.run(*RUN)
    assert refused.returncode == 2
    assert "under way" in refused.stderr
    assert not home.evidence.exists()


def test_a_full_disk_is_one_clear_line(home: Home) -> None:
    """Whoever cannot write ends the run: exit 4, why, no traceback, and nobody is accused."""
    words = ["run", "essai", "--sandbox", "rentree", "--evidence", str(home.evidence)]
    done = subprocess.run(
        [*COMMAND, *words], cwd=ROOT, env=home.env, capture_output=True, text=True, timeout=240,
        check=False, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (400_000,) * 2),
    )  # fmt: skip
    assert done.returncode == 4, done.stdout + done.stderr
    assert "File too large" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
    assert "CONFORME" not in done.stdout
    assert home.rentree("clear").returncode == 0


def test_an_evidence_folder_that_cannot_be_made_is_one_clear_line(home: Home) -> None:
    """Exit 2: nothing was sent."""
    file = home.folder / "file"
    file.write_text("", encoding="utf-8")
    done = home.rentree("run", "essai", "--sandbox", "rentree", "--evidence", str(file / "in"))
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith("the evidence folder cannot be made: ")
