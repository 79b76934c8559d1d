"""Several runs judged together: tables of numbers, a sentence a row."""

from __future__ import annotations

from pathlib import Path

import pytest

from rentree.errors import RentreeError, UsageError
from rentree.judge.repeated import judge_runs, judge_series
from rentree.series import Listed, is_series, open_evidence, read_series, write_series
from rentree.testing import Story, make_plan
from rentree.verdict import Deciding, Decision, Finding, RunTold, Verdict

RESPONSE = "response/home/bell/territory=a"


def share(broken: float, decision: Decision = "pass", count: int = 300) -> Finding:
    """A finding with doubt: so large a share broke a promise that bears 5 %."""
    return Finding(
        id=RESPONSE, slo="response", text={"fr": "p", "en": "p"}, group={}, window="bell",
        decision=decision, measured=1.0 + broken, measured_text={"fr": "m", "en": "m"}, limit=2.0,
        unit="s", interval=(0.0, 1.0), p=0.5, count=count,
        deciding=Deciding(
            rows=count, broken=round(broken * count), touching=round(broken * count), limit=0.05
        ),
    )  # fmt: skip


def exact(decision: Decision, kind: str = "recovers") -> Finding:
    """A finding without doubt."""
    said: dict[str, str] = {"fr": decision, "en": decision}
    return Finding(
        id=f"{kind}/flood/run", slo=kind, text=said, group={}, window="", decision=decision,
        measured=10.0, measured_text=said, limit=30.0, unit="s", interval=None, count=1,
    )  # fmt: skip


def apart(distance: float) -> Finding:
    """A finding of `fair`: a group fares so much worse than the others, 5 % is allowed."""
    seen = Deciding(rows=None, broken=distance, touching=distance, limit=0.05)
    told = {"id": "fair/run/territory=a", "slo": "fair", "measured": distance, "unit": "share"}
    return share(0.0).model_copy(update={**told, "deciding": seen})


def verdict(*findings: Finding) -> Verdict:
    """One run's verdict, as far as the judge of several looks at it."""
    return Verdict(
        decision="pass", rehearsal=False, rehearsal_asked=False, profile="p", manifest="m",
        title={"fr": "t", "en": "t"}, findings=list(findings), invalid=[],
    )  # fmt: skip


def together(*runs: list[Finding]) -> Verdict:
    """The verdict of runs with these findings."""
    told = [
        (RunTold(folder=f"run-{i}", manifest="m", seed=i, decision="pass"), verdict(*findings))
        for i, findings in enumerate(runs)
    ]
    return judge_runs(told, "digest")


@pytest.mark.parametrize(
    ("sentence", "runs", "decision"),
    [
        ("five quiet mornings pass", [[share(s)] for s in (0.01, 0.012, 0.009, 0.011, 0.01)],
         "pass"),
        ("five bad ones fail", [[share(s)] for s in (0.2, 0.22, 0.19, 0.21, 0.2)], "fail"),
        ("mornings on both sides of the limit decide nothing",
         [[share(s)] for s in (0.01, 0.12, 0.02, 0.09, 0.03)], "undecided"),
        ("one bad morning among four good ones is no pass, though its mean is below the limit",
         [[share(s)] for s in (0.0, 0.0, 0.0, 0.0, 0.2)], "undecided"),
        ("too few rows in all: never a pass",
         [[share(0.0, count=10)] for _ in range(5)], "undecided"),
        ("an invalid run is left out", [[share(0.01)] for _ in range(5)]
         + [[share(0.9, "invalid")]], "pass"),
        ("only one valid run: invalid", [[share(0.01)], *[[share(0.01, "invalid")]] * 4],
         "invalid"),
        ("a distance that is always small passes, though some are negative",
         [[apart(d)] for d in (-0.01, 0.01, 0.0, -0.005, 0.005)], "pass"),
        ("a distance that is always large fails",
         [[apart(d)] for d in (0.1, 0.12, 0.11, 0.1, 0.12)], "fail"),
        ("a distance that varies decides nothing",
         [[apart(d)] for d in (-0.1, 0.12, 0.11, -0.1, 0.12)], "undecided"),
        ("what is exact holds in every run", [[exact("pass")] for _ in range(5)], "pass"),
        ("what is exact and fails in one fails", [[exact("pass")]] * 4 + [[exact("fail")]], "fail"),
        ("what is exact and open in one is open",
         [[exact("pass")]] * 4 + [[exact("undecided")]], "undecided"),
        ("what is exact and invalid in one rests on the others",
         [[exact("pass")]] * 4 + [[exact("invalid")]], "pass"),
        ("a leak in one run fails, though it is the only valid one",
         [[exact("fail", "leak")]] + [[exact("invalid", "recovers")]] * 4, "fail"),
        ("a loss in a run stands, whatever the others",
         [[exact("fail", "nothing-lost")], *[[exact("invalid", "nothing-lost")]] * 4], "fail"),
        ("wrong content in one run fails, as it would alone",
         [[share(0.0, "pass", 400).model_copy(update={"slo": "wrong", "id": "wrong/run"})]] * 19
         + [[share(0.1, "fail", 400).model_copy(update={"slo": "wrong", "id": "wrong/run"})]],
         "fail"),
        ("one run alone is no series", [[share(0.01)]], "invalid"),
        ("one run alone that leaked fails", [[exact("fail", "leak")]], "fail"),
        ("nothing was promised", [[], [], [], [], []], "undecided"),
    ],
)  # fmt: skip
def test_what_several_runs_come_to(
    sentence: str, runs: list[list[Finding]], decision: Decision
) -> None:
    """Student's t across runs where there is doubt, every run where there is none."""
    assert together(*runs).decision == decision, sentence


def test_what_is_printed() -> None:
    """The median of the runs' figures, their range, how much broke it, and the runs themselves."""
    told = together(*[[share(s)] for s in (0.01, 0.03, 0.02, 0.02, 0.02)], [share(0.0, "invalid")])
    [finding] = told.findings
    assert finding.measured == pytest.approx(1.02)
    assert finding.count == 1500
    assert (
        "5 runs, 1.01\u00a0s to 1.03\u00a0s; 2% broke it on average" in finding.measured_text["en"]
    )
    assert "5 essais" in finding.measured_text["fr"]
    assert "1 run left out" in finding.reasons[0]["en"]
    assert [run.seed for run in told.runs] == [0, 1, 2, 3, 4, 5]
    assert told.manifest == "digest"


def test_holm_over_what_has_doubt() -> None:
    """Of many findings a fail must be surer, across runs as in one."""
    shares = (0.06, 0.075, 0.055, 0.08, 0.07)  # p = 0.012
    alone = together(*[[share(s)] for s in shares])
    assert alone.decision == "fail"
    others = [share(0.001).model_copy(update={"id": f"other-{i}"}) for i in range(9)]
    among = together(*[[share(s), *others] for s in shares])
    assert among.decision == "undecided"


@pytest.fixture
def series(tmp_path: Path) -> Path:
    """Two sealed runs, listed."""
    listed = []
    for seed in (1, 2):
        promise = {"slo": "response", "step": "sign in", "quantile": 0.9, "below": 2_000_000}
        story = Story(make_plan(slos=[promise | {"in": "bell"}], seed=seed))
        for i in range(100):
            story.tries(story.person(10 + i * 0.3))
        evidence = story.write(tmp_path / f"run-{seed}")
        listed.append(Listed(evidence.folder.name, evidence.manifest, seed))
    write_series(tmp_path, 2, listed)
    return tmp_path


def test_a_series_is_judged_from_its_folders(series: Path) -> None:
    """Its runs are judged anew, and its title says how many there were."""
    evidence = open_evidence(series)
    told = judge_series(evidence)  # type: ignore[arg-type]
    assert told.decision == "pass"
    assert told.title["fr"].endswith("2 essais")
    assert told.manifest == evidence.manifest
    assert [run.decision for run in told.runs] == ["pass", "pass"]


def test_a_series_that_was_cut_short_passes_nothing(series: Path) -> None:
    """Who may stop when it looks well would: undecided, and the title says how many of how many."""
    _, runs = read_series(series)
    write_series(series, 5, runs)
    told = judge_series(open_evidence(series))  # type: ignore[arg-type]
    assert told.decision == "undecided"
    assert told.title["en"].endswith("2 of 5 runs")
    assert "cut short" in told.findings[0].reasons[0]["en"]


def test_runs_of_another_profile_are_no_series(series: Path) -> None:
    """A profile that was edited between two runs: neither's words stand for both."""
    _, (one, two) = read_series(series)
    for run, text in ((one, "profile: a\n"), (two, "profile: b\n")):
        (series / run.folder / "raw" / "profile.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(RentreeError, match="another profile"):
        judge_series(open_evidence(series))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "cannot be read as a series"),
        ('{"asked": 5, "runs": []}', "names no run"),
        ('{"asked": 5, "runs": [{"folder": "../x", "manifest": "m", "seed": 1}]}', "beside it"),
        ('{"asked": 5, "runs": [{"folder": "run-1", "manifest": "m"}]}', "cannot be read"),
    ],
)
def test_a_damaged_list_is_said(series: Path, text: str, why: str) -> None:
    """No run outside the folder is opened, and nothing is guessed."""
    (series / "series.json").write_text(text, encoding="utf-8")
    with pytest.raises(RentreeError, match=why):
        read_series(series)


def test_a_run_put_in_anothers_place_is_seen(series: Path) -> None:
    """Each run is the one whose manifest was listed."""
    asked, (one, two) = read_series(series)
    write_series(series, asked, [one, two._replace(folder=one.folder)])
    with pytest.raises(RentreeError, match="not the run that was listed"):
        judge_series(open_evidence(series))  # type: ignore[arg-type]


def test_what_is_no_evidence(tmp_path: Path) -> None:
    """A folder that is neither a run nor a series."""
    assert not is_series(tmp_path)
    with pytest.raises(UsageError, match="not an evidence folder"):
        open_evidence(tmp_path)
