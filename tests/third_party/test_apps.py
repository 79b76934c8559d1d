"""Whole runs against applications that no one here wrote: target, adapter in YAML, verdict.

Their pages, as found by hand; → is a redirect.

Jupyter Server: GET /login has a field `password` and a hidden `_xsrf`; POST /login → GET /api/me,
JSON with an identity.username that is made up anew for every browser. /api/status, /api/contents:
JSON, and 403 to who is not signed in (/ is 200 to anybody, so it shows nothing). /logout says so.
A wrong password is a 401.

CAS: GET / → /accounts/login → GET /cas/login of the other host, a form with `csrfmiddlewaretoken`,
`lt` and `service`; POST it → /accounts/login?ticket=… → /, whose <main data-user> is the login.
/accounts/logout → /cas/logout → / → … → that form again. A wrong password is that form, 200.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections import Counter
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.flow.conftest import finish, journal_has, verdict_of, wait_until

from .conftest import HERE, SECRET, App

pytestmark = [pytest.mark.flow, pytest.mark.beside, pytest.mark.timeout(400)]
ALL_WELL = {("sign in", "ok"): 96, ("home", "ok"): 96, ("sign out", "ok"): 96}


def holding(evidence: Path, text: str) -> set[str]:
    """The files of a folder in which a text stands, in compressed columns too."""
    found = set()
    for path in (p for p in evidence.rglob("*") if p.is_file()):
        content = path.read_bytes()
        if path.suffix == ".parquet":
            content += pl.read_parquet(path).write_ndjson().encode()
        if text.encode() in content:
            found.add(path.name)
    return found


def outcomes(evidence: Path) -> dict[tuple[str, str], int]:
    """(step, outcome) → how many attempts."""
    samples = pl.read_parquet(evidence / "raw" / "samples" / "*.parquet")
    return Counter(samples.select("step", "outcome").iter_rows())


@pytest.mark.parametrize("name", ["jupyter", "cas"])
def test_target_and_adapter_take_under_forty_lines(name: str) -> None:
    """Together, comments included."""
    workspace = HERE / name / "workspace"
    files = [*(workspace / "profiles" / "targets").glob("*.yaml"),
             *(workspace / "loadtests" / "platforms").glob("*.yaml")]  # fmt: skip
    assert len(files) == 2
    assert sum(len(p.read_text(encoding="utf-8").splitlines()) for p in files) < 40


def test_jupyter_server_gets_a_verdict(jupyter: App) -> None:
    """Conforme; the report names target and leave; Jupyter saw as many sign-ins as we say."""
    done = jupyter.run_fit(*jupyter.profile, *jupyter.consent)
    assert done.returncode == 0, done.stdout + done.stderr
    folder = jupyter.latest()
    report = (folder / "report.html").read_text(encoding="utf-8")
    assert "cible «\u00a0jupyter\u00a0»" in report
    assert "Essai autorisé par le document que sert http://127.0.0.1:" in report
    assert "partagent un seul compte" in report
    assert holding(folder, SECRET) == set()
    assert "authorization.json" in holding(folder, "nobody@ops.invalid")
    assert outcomes(folder) == ALL_WELL
    runs = len(list(jupyter.evidence.iterdir()))  # as often as this machine was not fit, and once
    told = [asked[1:] for asked in jupyter.asked()]
    assert told.count((302, "POST", "/login?next=%2Fapi%2Fme")) == 96 * runs
    assert jupyter.rentree("verify", str(folder)).returncode == 0


def test_a_page_behind_cas_gets_a_verdict(cas: App) -> None:
    """Conforme, over two hosts, each of which granted it; everybody as themselves, by CAS."""
    done = cas.run_fit(*cas.profile, *cas.consent)
    assert done.returncode == 0, done.stdout + done.stderr
    folder = cas.latest()
    assert holding(folder, SECRET) == set()
    assert "people.parquet" in holding(folder, "pupil-001")
    granted = json.loads((folder / "raw" / "authorization.json").read_text(encoding="utf-8"))
    assert [g["address"] for g in granted] == ["127.0.0.2", "127.0.0.1"]
    assert outcomes(folder) == ALL_WELL
    with closing(sqlite3.connect(cas.folder / "service.sqlite")) as theirs:
        known = {name for (name,) in theirs.execute("SELECT username FROM auth_user")}
    assert known == set(pl.read_parquet(folder / "raw" / "people.parquet")["login"])
    assert len(known) == 96
    assert cas.rentree("verify", str(folder)).returncode == 0


def test_a_page_that_is_somebody_elses_is_a_leak(
    monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    """A page of Django cached without regard to who asks: non conforme, whatever was promised."""
    monkeypatch.setenv("ONE_FOR_ALL", "1")
    app: App = request.getfixturevalue("cas")
    done = app.run_fit(*app.profile, *app.consent)
    assert done.returncode == 1, done.stdout + done.stderr
    assert outcomes(app.latest())["sign in", "leak"] > 80
    failed = [f for f in verdict_of(app.latest())["findings"] if f["decision"] == "fail"]
    assert "leak" in {finding["slo"] for finding in failed}


def test_without_consent_nothing_is_sent(jupyter: App) -> None:
    """Exit 2, and what to say. On loopback one question is asked: is it a sandbox of ours?"""
    before = len(jupyter.asked())
    done = jupyter.run(*jupyter.profile)
    assert done.returncode == 2
    assert "--authorized 127.0.0.1" in done.stderr
    ((_, status, _, address),) = jupyter.asked()[before:]
    assert (status, address.partition("?")[0]) == (404, "/.well-known/rentree-sandbox")
    assert not jupyter.evidence.exists()


def test_consent_for_one_host_of_two_is_not_enough(cas: App) -> None:
    """The other is named."""
    done = cas.run(*cas.profile, "--authorized", "127.0.0.2")
    assert done.returncode == 2
    assert "--authorized 127.0.0.1" in done.stderr
    assert "--authorized 127.0.0.2" not in done.stderr


def test_leave_from_one_host_of_two_is_not_enough(cas: App) -> None:
    """The page's operator cannot answer for whoever signs people in."""
    cas.leaves["127.0.0.1"].unlink()
    done = cas.run(*cas.profile, *cas.consent)
    assert done.returncode == 2
    assert "http://127.0.0.1:" in done.stderr
    assert "grants no test: HTTP 404" in done.stderr


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"hosts": ["192.0.2.1"]}, "it is for 192.0.2.1, not for 127.0.0.1"),
        ({"addresses": ["192.0.2.0/24"]}, "is not among its addresses"),
        ({"people": 10}, "96 people would come, 10 may"),
    ],
)
def test_what_the_document_does_not_grant_is_not_done(
    jupyter: App, changes: dict[str, Any], sentence: str
) -> None:
    """Exit 2, with the reason in words; nobody tries to sign in."""
    jupyter.publish("127.0.0.1", **changes)
    done = jupyter.run(*jupyter.profile, *jupyter.consent)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert not any("/login" in asked[3] for asked in jupyter.asked())


def test_no_document_no_test(jupyter: App) -> None:
    """Consent alone is not leave."""
    jupyter.leaves["127.0.0.1"].unlink()
    done = jupyter.run(*jupyter.profile, *jupyter.consent)
    assert done.returncode == 2
    assert "grants no test" in done.stderr
    assert "rentree authorize" in done.stderr


def test_leave_that_is_withdrawn_stops_the_run(jupyter: App) -> None:
    """Jupyter is asked nothing from 5 s on; what was not finished is invalid, nobody is accused."""
    running = jupyter.start_run(*jupyter.profile, *jupyter.consent)
    try:
        wait_until(lambda: journal_has(jupyter, "run", "started"), "the start of the run")
        time.sleep(3)
        jupyter.leaves["127.0.0.1"].unlink()
        gone = datetime.now()  # as Jupyter's log has it
        code, out, err = finish(running)
    finally:
        running.kill()
    assert code == 3, out + err
    assert "ESSAI NON VALABLE" in out
    assert journal_has(jupyter, "authorization", "withdrawn")
    asked = [when for when, *_ in jupyter.asked()]
    assert (max(asked) - gone).total_seconds() < 5
    assert sum(when < gone for when in asked) > 20  # it was under way
    verdict = verdict_of(jupyter.latest())
    assert {finding["decision"] for finding in verdict["findings"]} == {"invalid"}


@pytest.mark.parametrize("name", ["jupyter", "cas"])
def test_a_wrong_password_is_the_cause_that_is_named(
    name: str, request: pytest.FixtureRequest
) -> None:
    """Nobody gets in, whether that page is a 401 or a 200: non conforme, and why."""
    app: App = request.getfixturevalue(name)
    app.secret = dict.fromkeys(app.secret, "wrong-9c41")
    done = app.run_fit(*app.profile, *app.consent)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "la plateforme refuse le mot de passe" in done.stdout
    signed_in = {outcome for step, outcome in outcomes(app.latest()) if step == "sign in"}
    assert signed_in == {"error"}
    assert holding(app.latest(), "wrong-9c41") == set()


def test_a_password_that_is_not_there_is_told(jupyter: App) -> None:
    """Before anything is sent."""
    jupyter.secret = {"JUPYTER_PASSWORD": ""}
    done = jupyter.run(*jupyter.profile, *jupyter.consent)
    assert done.returncode == 2
    assert "JUPYTER_PASSWORD" in done.stderr
    assert not any("/login" in asked[3] for asked in jupyter.asked())


def test_fewer_accounts_than_people_is_told(cas: App) -> None:
    """With what happens, and what to do; nothing is sent."""
    accounts = cas.workspace / "profiles" / "targets" / "accounts.csv"
    logins = "".join(f"pupil-{number:03}\n" for number in range(1, 51))
    accounts.write_text(f"login\n{logins}", encoding="utf-8")
    done = cas.run(*cas.profile, *cas.consent)
    assert done.returncode == 2
    assert "50 accounts for 96 people: 46 pupil would have none" in done.stderr


def test_check_tells_what_a_target_cannot_decide(jupyter: App) -> None:
    """Whose page it is, Jupyter does not tell."""
    told = jupyter.rentree("check", "small-class", "--target", "jupyter")
    assert told.returncode == 0, told.stderr
    assert "les données d’autrui ne seraient pas remarquées" in told.stdout


def test_check_tells_what_a_target_can_decide(cas: App) -> None:
    """The page behind CAS tells all that the profile asks."""
    told = cas.rentree("check", "small-class", "--target", "cas")
    assert told.returncode == 0, told.stderr
    assert "chaque engagement de ce scénario peut y être tranché" in told.stdout
