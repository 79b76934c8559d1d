"""An evidence folder in, a verdict out: every situation of docs/verdict.md, and what goes wrong."""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from rentree.errors import RentreeError
from rentree.evidence import Evidence, seal
from rentree.judge import judge
from rentree.seal_check import broken_seals
from rentree.testing import Story, make_plan
from rentree.verdict import exit_code, read_verdict, same, write

GOLDEN = Path(__file__).parents[1] / "golden"
PAGE = Path(__file__).parents[2] / "docs" / "verdict.md"
FOLDERS = sorted(path.parent.name for path in GOLDEN.glob("*/expected.json"))

RESPONSE = {"slo": "response", "step": "sign in", "quantile": "95 %", "below": "5 s", "in": "bell"}
REFUSED = {"slo": "refused", "share_below": "5 %", "in": "bell"}
PUNCTUAL = {"slo": "punctual", "share": "95 %", "within": "30 s", "in": "bell"}
HELD = {"slo": "signed-in-at-once", "at_least": "100", "held": "20 s"}


def _load_table() -> ModuleType:
    spec = importlib.util.spec_from_file_location("golden_make", GOLDEN / "make.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


TABLE = _load_table()


def sound(*slos: dict[str, Any], people: int = 120, **plan: Any) -> Story:
    """A run in which everything is fine."""
    story = Story(make_plan(slos=slos or (RESPONSE, REFUSED, PUNCTUAL, HELD), **plan))
    for i in range(people):
        story.tries(story.person(10 + 40 * i / people))
    return story


@pytest.mark.parametrize("name", FOLDERS)
def test_every_golden_folder_is_judged_as_expected(name: str) -> None:
    """The committed folder of a situation gives its decision, its findings, its gates, its code."""
    expected = json.loads((GOLDEN / name / "expected.json").read_text(encoding="utf-8"))
    verdict = judge(Evidence(GOLDEN / name))
    decisions = {finding.id: finding.decision for finding in verdict.findings}
    assert verdict.decision == expected["decision"], expected["sentence"]
    assert exit_code(verdict) == expected["exit_code"]
    assert sorted({f"{w.gate} {w.window}" for w in verdict.invalid}) == expected["gates"]
    assert expected["findings"].items() <= decisions.items()


@pytest.mark.parametrize("situation", TABLE.SITUATIONS, ids=lambda s: s.name)
def test_no_golden_folder_is_stale(situation: Any, tmp_path: Path) -> None:
    """Telling a situation again gives the rows that are committed, under an unbroken seal."""
    committed = GOLDEN / situation.name
    anew = situation.tell().write(tmp_path)
    stored = Evidence(committed)
    assert stored.plan == anew.plan
    assert stored.journal == anew.journal
    for table in ("samples", "people", "platform"):
        assert_frame_equal(getattr(stored, table), getattr(anew, table))
    assert broken_seals(committed) == []
    wanted = json.loads((committed / "expected.json").read_text(encoding="utf-8"))
    assert wanted == json.loads(json.dumps(TABLE.expected(situation)))
    assert sum(file.stat().st_size for file in committed.rglob("*") if file.is_file()) < 40 * 1024


def test_the_table_the_folders_and_the_page_name_the_same_situations() -> None:
    """Every situation has its folder and its row in docs/verdict.md, and there are no others."""
    rows = re.findall(r"^\| \[`([a-z-]+)`\]\(\.\./tests/golden/\1\)", PAGE.read_text("utf-8"), re.M)
    assert sorted(rows) == FOLDERS
    assert sorted(situation.name for situation in TABLE.SITUATIONS) == FOLDERS


def test_making_the_folders_takes_the_old_ones_away(tmp_path: Path) -> None:
    """`make.py` writes every folder, removes those of no situation, and touches nothing else."""
    for name in ("of-old", "other"):
        (tmp_path / name).mkdir()
    (tmp_path / "of-old" / "expected.json").write_text("{}", encoding="utf-8")
    TABLE.make(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*FOLDERS, "other"])


def no_samples(raw: Path) -> None:
    """The samples file is gone."""
    shutil.rmtree(raw / "samples")


def no_people(raw: Path) -> None:
    """The crowd is gone."""
    (raw / "people.parquet").unlink()


def half_the_people(raw: Path) -> None:
    """Half of the crowd is gone."""
    people = pl.read_parquet(raw / "people.parquet")
    people.head(60).write_parquet(raw / "people.parquet")


def no_journal(raw: Path) -> None:
    """The journal is gone."""
    (raw / "journal.jsonl").unlink()


def short_journal(raw: Path) -> None:
    """The journal's last lines are gone."""
    lines = (raw / "journal.jsonl").read_text(encoding="utf-8").splitlines()
    (raw / "journal.jsonl").write_text("\n".join(lines[:-2]), encoding="utf-8")


def no_platform(raw: Path) -> None:
    """What the sandbox said of itself is gone."""
    (raw / "platform.parquet").unlink()


def no_observations(raw: Path) -> None:
    """No line of the journal speaks of faults."""
    lines = (raw / "journal.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if '"fault"' not in line]
    (raw / "journal.jsonl").write_text("".join(kept), encoding="utf-8")


def rows_without(raw: Path, condition: pl.Expr) -> None:
    """Take rows out of the samples."""
    path = raw / "samples" / "1.parquet"
    pl.read_parquet(path).filter(~condition).write_parquet(path)


def no_bell(raw: Path) -> None:
    """No row of the bell is left."""
    rows_without(raw, pl.col("phase") == "bell")


def not_the_last(raw: Path) -> None:
    """The last rows are gone, which leaves no gap in the numbers."""
    rows_without(raw, pl.col("seq") >= 115)


def not_the_slow(raw: Path) -> None:
    """One row from the middle is gone, of somebody who has another."""
    rows_without(raw, pl.col("seq") == 60)


@pytest.mark.parametrize(
    "spoil",
    [
        no_samples, no_people, half_the_people, no_journal, short_journal, no_platform,
        no_observations, no_bell, not_the_last, not_the_slow,
    ],
    ids=lambda function: str(function.__doc__),
)  # fmt: skip
def test_incomplete_evidence_is_never_conforme(
    spoil: Callable[[Path], None], tmp_path: Path
) -> None:
    """Take any part of a conforme run's evidence away, and no finding of the bell passes."""
    story = sound(RESPONSE, REFUSED, PUNCTUAL, sandbox="small", faults=[("slow-line", 20, 40)])
    story.tries(story.people[60], "home", due=45)
    assert judge(story.write(tmp_path)).decision == "pass"
    spoil(tmp_path / "raw")
    seal(tmp_path)
    verdict = judge(Evidence(tmp_path))
    assert verdict.decision == "invalid"
    assert not [finding.id for finding in verdict.findings if finding.decision == "pass"]


def test_a_phase_without_a_row_is_not_conforme(tmp_path: Path) -> None:
    """SLOs of a phase in which nobody came are undecided."""
    slos = [slo | {"in": "recovery"} for slo in (RESPONSE, REFUSED, PUNCTUAL)]
    verdict = judge(sound(*slos).write(tmp_path))
    assert [finding.decision for finding in verdict.findings] == ["undecided"] * 3


def test_an_slo_of_no_phase_is_invalid(tmp_path: Path) -> None:
    """A judge function that raises makes an invalid finding that says why, and no crash."""
    verdict = judge(sound(RESPONSE | {"in": "lunch"}, REFUSED).write(tmp_path))
    broken, fine = verdict.findings
    assert (broken.decision, fine.decision) == ("invalid", "pass")
    assert "lunch" in broken.reasons[0]["fr"]
    assert verdict.decision == "invalid"


def test_measured_figures_stay_in_an_invalid_window(tmp_path: Path) -> None:
    """An invalid finding keeps what was measured, and says why it does not count."""
    story = sound(RESPONSE)
    story.ends = "interrupted"
    story.ends_at = 30
    [finding] = judge(story.write(tmp_path)).findings
    assert (finding.decision, finding.measured) == ("invalid", 0.5)
    assert "interrupted" in finding.reasons[0]["en"]


def test_an_interrupted_run_says_so(tmp_path: Path) -> None:
    """The verdict of an interrupted run bears the mark from which the exit code 130 is made."""
    story = sound()
    assert not judge(story.write(tmp_path)).interrupted
    story.ends = "interrupted"
    assert judge(story.write(tmp_path)).interrupted


def test_lateness_of_one_group_spoils_its_finding_alone(tmp_path: Path) -> None:
    """A territory of which we were late is invalid; the others, and the window, are judged."""
    story = Story(make_plan(slos=[RESPONSE]))
    for i in range(1000):
        story.tries(story.person(10 + i / 25, territory="south" if i % 10 == 0 else "north"))
    for i in (0, 100, 200):
        row = story.samples[i]
        story.samples[i] = row._replace(outcome="not_sent", sent=None, done=None)
    verdict = judge(story.write(tmp_path))
    assert [(f.group["territory"], f.decision) for f in verdict.findings] == [
        ("north", "pass"),
        ("south", "invalid"),
    ]


def test_two_promises_of_one_step_have_names_of_their_own(tmp_path: Path) -> None:
    """Findings that differ in their figures only are told apart by a number."""
    verdict = judge(
        sound(RESPONSE, RESPONSE | {"quantile": "50 %", "below": "1 s"}).write(tmp_path)
    )
    assert [finding.id for finding in verdict.findings] == [
        "response/sign in/bell/territory=north",
        "response/sign in/bell/territory=north #2",
    ]


@pytest.mark.parametrize(
    ("took", "plan", "french", "english"),
    [
        pytest.param(
            0.5,
            {"people_in_full": 120},
            "CONFORME aux engagements du scénario «\u00a0Petit matin\u00a0», "
            "sous la charge de 120 élèves",
            "MEETS the promises of the scenario “Small morning”, under the load of 120 pupils",
            id="a full run that holds",
        ),
        pytest.param(
            9.0,
            {"people_in_full": 120},
            "NON CONFORME aux engagements du scénario «\u00a0Petit matin\u00a0», "
            "sous la charge de 120 élèves",
            "DOES NOT MEET the promises of the scenario “Small morning”, under the load of 120 "
            "pupils",
            id="a full run that does not",
        ),
        pytest.param(
            0.5,
            {"scale": 0.01, "people_in_full": 12_000},
            "RÉPÉTITION réussie, 1\u00a0% (120 élèves)\u00a0: ne vaut pas pour l’engagement de "
            "12\u202f000 personnes",
            "REHEARSAL passed, 1% (120 pupils): does not count for the promise of 12,000 people",
            id="a rehearsal of few",
        ),
        pytest.param(
            0.5,
            {"scale": 0.004, "people_in_full": 1_412},
            "RÉPÉTITION réussie, 8,5\u00a0% (120 élèves)\u00a0: ne vaut pas pour l’engagement de "
            "1\u202f412 personnes",
            "REHEARSAL passed, 8.5% (120 pupils): does not count for the promise of 1,412 people",
            id="whole classes are more than the scale that was asked",
        ),
        pytest.param(
            0.5,
            {"scale": 0.5, "people_in_full": 233},
            "RÉPÉTITION réussie, 52\u00a0% (120 élèves)\u00a0: ne vaut pas pour l’engagement de "
            "233 personnes",
            "REHEARSAL passed, 52% (120 pupils): does not count for the promise of 233 people",
            id="no decimals from a tenth on",
        ),
        pytest.param(
            9.0,
            {"clock": 10.0, "people_in_full": 120},
            "RÉPÉTITION échouée, 100\u00a0% (120 élèves), horloge 10x\u00a0: ne vaut pas pour "
            "l’engagement de 120 personnes",
            "REHEARSAL failed, 100% (120 pupils), clock 10x: does not count for the promise of 120 "
            "people",
            id="a rehearsal in haste",
        ),
    ],
)
def test_title(
    took: float, plan: dict[str, Any], french: str, english: str, tmp_path: Path
) -> None:
    """The title says conforme or not of a full run, and of a rehearsal how small it was."""
    story = sound(RESPONSE, **plan)
    story.samples = [row._replace(done=row.due + int(took * 1e6)) for row in story.samples]
    verdict = judge(story.write(tmp_path))
    assert verdict.title == {"fr": french, "en": english}
    for word in ("CONFORME", "MEET"):
        assert not verdict.rehearsal or word not in "".join(verdict.title.values())


def test_figures(tmp_path: Path) -> None:
    """The figures count people, attempts, outcomes and sessions, and are plain JSON."""
    story = sound()
    story.tries(story.people[0], "home", due=20, outcome="error")
    story.tries(story.people[1], "home", due=20, outcome="abandoned")
    story.tries(story.people[2], "home", due=20, took=2.0)
    figures = judge(story.write(tmp_path)).figures
    assert figures["people"] == 120
    assert figures["attempts"] == 122
    assert figures["outcomes"] == {"abandoned": 1, "error": 1, "ok": 121}
    assert figures["peak_signed_in"] == 119  # one had to leave before the last came
    assert figures["worst_lag"] == 0.001
    home = figures["steps"]["home"]
    assert (home["first_attempts"], home["ok"], home["p95"], home["all"]["p50"]) == (3, 1, 2, "inf")
    assert json.loads(json.dumps(figures, allow_nan=False)) == figures


def test_judging_twice_says_the_same(tmp_path: Path) -> None:
    """A stored verdict is found again, to the last bit, by judging the folder anew."""
    story = sound()
    story.samples = [
        row._replace(outcome="refused") if i % 9 == 0 else row
        for i, row in enumerate(story.samples)
    ]
    evidence = story.write(tmp_path)
    write(tmp_path, judge(evidence))
    assert same(read_verdict(tmp_path), judge(Evidence(tmp_path))) == []
    assert read_verdict(tmp_path).manifest == evidence.manifest


def other_columns(raw: Path) -> None:
    """Samples of another version."""
    path = raw / "samples" / "1.parquet"
    pl.read_parquet(path).rename({"due": "expected"}).write_parquet(path)


def unsealed(raw: Path) -> None:
    """A folder that was never sealed."""
    (raw / "MANIFEST.sha256").unlink()


def no_plan(raw: Path) -> None:
    """A folder without a plan."""
    (raw / "plan.json").unlink()


@pytest.mark.parametrize(
    "spoil",
    [other_columns, unsealed, no_plan],
    ids=lambda function: str(function.__doc__),
)
def test_a_folder_that_cannot_be_read_is_an_error(
    spoil: Callable[[Path], None], tmp_path: Path
) -> None:
    """What cannot be read at all is said with the folder's name, and never judged."""
    sound().write(tmp_path)
    spoil(tmp_path / "raw")
    with pytest.raises(RentreeError, match="cannot be read as evidence"):
        judge(Evidence(tmp_path))


@pytest.mark.parametrize(
    ("sentence", "at", "decision"),
    [
        ("a platform that ends in the recovery, where nothing was promised", 70, "fail"),
        ("one that ends when the run has", 100, "pass"),
    ],
)
def test_a_platform_that_ends_before_the_run_fails(
    tmp_path: Path, sentence: str, at: float, decision: str
) -> None:
    """Our own sandbox cannot be said to have held when it was gone, whatever was asked."""
    story = sound(REFUSED, people=1200, sandbox="small")
    story.platform = story.sandbox_seconds(at)
    story.says(at, "platform", "gone", why="ended by SIGKILL")
    verdict = judge(story.write(tmp_path))
    assert verdict.decision == decision, sentence
    assert [f.id for f in verdict.findings if f.slo == "gone"] == ["gone/run"] * (at < 100)
