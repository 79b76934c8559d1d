"""Whole runs against applications that no one here wrote: target, adapter in YAML, verdict.

Jupyter Server: /login (a password, an XSRF token) → /api/me; /api/status, /api/contents; /logout.
CAS: / → the provider on another host, its form → a ticket → /; /accounts/logout.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from .conftest import HERE, SECRET, App, leave

pytestmark = [pytest.mark.flow, pytest.mark.timeout(400)]


def held(evidence: Path, secret: str) -> list[str]:
    """The files of a folder in which a text stands."""
    files = (p for p in evidence.rglob("*") if p.is_file())
    return [p.name for p in files if secret.encode() in p.read_bytes()]


@pytest.mark.parametrize("name", ["jupyter", "cas"])
def test_target_and_adapter_take_under_forty_lines(name: str) -> None:
    """Together, comments included."""
    workspace = HERE / name / "workspace"
    files = [*(workspace / "profiles" / "targets").glob("*.yaml"),
             *(workspace / "loadtests" / "platforms").glob("*.yaml")]  # fmt: skip
    assert len(files) == 2
    assert sum(len(p.read_text(encoding="utf-8").splitlines()) for p in files) < 40


def test_jupyter_server_gets_a_verdict(jupyter: App) -> None:
    """Conforme; the report names target and leave, and no file holds the password."""
    done = jupyter.run_fit("--authorized", "127.0.0.1")
    assert done.returncode == 0, done.stdout + done.stderr
    folder = jupyter.home.latest()
    report = (folder / "report.html").read_text(encoding="utf-8")
    assert "cible «\u00a0jupyter\u00a0»" in report
    assert "Essai autorisé par le document que sert http://127.0.0.1:" in report
    assert "partagent un seul compte" in report
    assert held(folder, SECRET) == []
    assert (folder / "raw" / "authorization.json").exists()


def test_a_page_behind_cas_gets_a_verdict(cas: App) -> None:
    """Over two hosts, each of which granted it; every person with an account of their own."""
    done = cas.run_fit("--authorized", "127.0.0.1", "--authorized", "127.0.0.2")
    assert done.returncode == 0, done.stdout + done.stderr
    folder = cas.home.latest()
    assert held(folder, SECRET) == []
    granted = json.loads((folder / "raw" / "authorization.json").read_text(encoding="utf-8"))
    assert [g["address"] for g in granted] == ["127.0.0.2", "127.0.0.1"]


def test_without_consent_nothing_is_sent(jupyter: App) -> None:
    """Exit 2, and what to say. On loopback one question is asked: is it a sandbox of ours?"""
    log = jupyter.home.folder / "jupyter.log"
    before = log.read_text(encoding="utf-8")
    done = jupyter.rentree(*jupyter.command())
    assert done.returncode == 2
    assert "--authorized 127.0.0.1" in done.stderr
    asked = log.read_text(encoding="utf-8").removeprefix(before).splitlines()
    assert all("/.well-known/rentree-sandbox?nonce=" in line for line in asked)
    assert len(asked) == 1
    assert not jupyter.home.evidence.exists()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"hosts": ["192.0.2.1"]}, "it is for 192.0.2.1, not for 127.0.0.1"),
        ({"addresses": ["192.0.2.0/24"]}, "is not among its addresses"),
        ({"ceilings": {"people": 10, "arrivals_per_second": 100, "requests_per_second": 9,
                       "minutes": 5}}, "96 people would come, 10 may"),
    ],
)  # fmt: skip
def test_what_the_document_does_not_grant_is_not_done(
    jupyter: App, changes: dict[str, object], sentence: str
) -> None:
    """Exit 2, with the reason in words."""
    jupyter.document.write_text(leave(["127.0.0.1"], **changes), encoding="utf-8")
    done = jupyter.rentree(*jupyter.command("--authorized", "127.0.0.1"))
    assert done.returncode == 2
    assert sentence in done.stderr


def test_no_document_no_test(jupyter: App) -> None:
    """Consent alone is not leave."""
    jupyter.document.unlink()
    done = jupyter.rentree(*jupyter.command("--authorized", "127.0.0.1"))
    assert done.returncode == 2
    assert "grants no test" in done.stderr
    assert "rentree authorize" in done.stderr


def test_leave_that_is_withdrawn_stops_the_run(jupyter: App) -> None:
    """Within 5 s; what was not finished is invalid, and nobody is accused."""
    words = jupyter.command("--authorized", "127.0.0.1")
    running = subprocess.Popen(
        [sys.executable, "-c", "from rentree.cli import main; main()", *words],
        cwd=jupyter.workspace, env={**jupyter.home.env, **jupyter.env}, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    journal = None
    while journal is None or "started" not in journal.read_text(encoding="utf-8"):
        time.sleep(0.1)
        assert running.poll() is None, running.communicate()
        journal = next(jupyter.home.evidence.glob("*/raw/journal.jsonl"), None)
    time.sleep(3)
    jupyter.document.unlink()
    gone = time.monotonic()
    while '"withdrawn"' not in journal.read_text(encoding="utf-8"):
        time.sleep(0.05)
        assert time.monotonic() - gone < 5
    out, err = running.communicate(timeout=60)
    assert running.returncode == 3, out + err
    assert "ESSAI NON VALABLE" in out
    assert '"why": "withdrawn"' in journal.read_text(encoding="utf-8")


def test_a_wrong_password_is_the_cause_that_is_named(jupyter: App) -> None:
    """Nobody gets in: non conforme, and why."""
    jupyter.env["JUPYTER_PASSWORD"] = "wrong"
    done = jupyter.run_fit("--authorized", "127.0.0.1")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "la plateforme refuse le mot de passe" in done.stdout


def test_a_password_that_is_not_there_is_told(jupyter: App) -> None:
    """Before anything is sent."""
    jupyter.env["JUPYTER_PASSWORD"] = ""
    done = jupyter.rentree(*jupyter.command("--authorized", "127.0.0.1"))
    assert done.returncode == 2
    assert "JUPYTER_PASSWORD" in done.stderr


def test_fewer_accounts_than_people_is_told(cas: App) -> None:
    """With what happens, and what to do; nothing is sent."""
    accounts = cas.workspace / "profiles" / "targets" / "accounts.csv"
    accounts.write_text("login\n" + "".join(f"pupil-{n:03}\n" for n in range(1, 51)))
    done = cas.rentree(*cas.command("--authorized", "127.0.0.1", "--authorized", "127.0.0.2"))
    assert done.returncode == 2
    assert "50 accounts for 96 people: 46 pupil would have none" in done.stderr


def test_check_tells_what_a_target_cannot_decide(jupyter: App) -> None:
    """Whose page it is, Jupyter does not tell."""
    told = jupyter.rentree("check", "small-class", "--target", "jupyter")
    assert told.returncode == 0, told.stderr
    assert "somebody else's data would not be noticed" in told.stdout


def test_check_tells_what_a_target_can_decide(cas: App) -> None:
    """The page behind CAS tells all that the profile asks."""
    told = cas.rentree("check", "small-class", "--target", "cas")
    assert "every promise of this profile can be decided there" in told.stdout
