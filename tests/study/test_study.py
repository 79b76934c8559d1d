"""`rentree study NAME --from`: runs become one table, and one that is not there, a hole."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from rentree.cli import app
from rentree.errors import RentreeError, UsageError
from rentree.testing import Story, make_plan

RUNNER = CliRunner(env={"NO_COLOR": "1"})
STUDY = """\
study: both
title: {{fr: "La foule et le flot", en: "Crowd and flood"}}
{}
measure: {{slo: punctual, share: 90 %, within: 3 s, in: bell, each: none}}
runs:
"""
FACTORIAL = STUDY.format(
    "kind: factorial\n"
    "factors: {crowd: {fr: la foule, en: the crowd}, flood: {fr: le flot, en: the flood}}"
) + "".join(
    f"  - {{profile: {name}, sandbox: rentree, with: [{factors}]}}\n"
    for name, factors in [
        ("calm", ""), ("crowd", "crowd"), ("flood", "flood"), ("all", "crowd, flood"),
    ]
)  # fmt: skip
DAYS = STUDY.format("kind: days") + "".join(
    f"  - {{profile: calm, sandbox: {preset}, changed: {{fr: {word}, en: {word}}}}}\n"
    for preset, word in [("rentree", "first"), ("6-avril-2021", "fewer")]
)
PROMISE = {"slo": "refused", "share_below": "50 %", "in": "bell", "each": "none", "of": "attempts"}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace with four profiles, in which we stand."""
    (tmp_path / "profiles" / "studies").mkdir(parents=True)
    for name in ("calm", "crowd", "flood", "all"):
        path = tmp_path / "profiles" / f"{name}.yaml"
        path.write_text(f"profile: {name}\nextends: essai\n", encoding="utf-8")
    (tmp_path / "profiles" / "studies" / "both.yaml").write_text(FACTORIAL, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def told(
    name: str,
    away: int,
    *,
    sandbox: str = "rentree",
    seed: int = 1,
    late: bool = False,
    clock: float = 1,
) -> Path:
    """A folder of a run of 200 people, of whom so many of each hundred are turned away for good."""
    plan = make_plan(
        profile=name, sandbox=sandbox, seed=seed, clock=clock, slos=[PROMISE],
        verdict_at={"scale": 1.0, "clock": clock},
    )  # fmt: skip
    story = Story(plan)
    for i in range(200):
        out = i * 37 % 100 < away  # evenly over the bell
        story.tries(
            story.person(10 + i * 0.2),
            outcome="refused" if out else "ok",
            lag=0.3 if late else 0.001,
        )
    folder = Path("runs") / f"{name}-{sandbox}"
    story.write(folder)
    return folder


def study(*words: str | Path) -> tuple[int, str]:
    """The exit code and what was printed, in English; what cannot be done raises."""
    done = RUNNER.invoke(
        app, ["study", "both", *map(str, words), "--evidence", "out", "--lang", "en"]
    )
    if isinstance(done.exception, RentreeError):
        raise done.exception
    return done.exit_code, done.output.replace("\u00a0", " ")


def four(**shares: int) -> list[str]:
    """`--from` of four runs, with other shares turned away than the usual where said."""
    away = {"calm": 0, "crowd": 40, "flood": 30, "all": 90} | shares
    return [word for name, share in away.items() for word in ("--from", str(told(name, share)))]


def test_four_runs_give_two_effects_and_an_interaction() -> None:
    """The table, its figures as data, and exit 0: a study passes no verdict."""
    code, printed = study(*four())
    assert code == 0, printed
    flat = " ".join(printed.split())
    assert "the crowd − neither −40 pt −" in flat
    assert "interaction: both − the crowd − the flood + neither −20 pt −" in flat
    assert "Together both do more harm than the sum of what each does alone." in printed
    assert "Never why a real platform failed." in printed
    assert "One morning tried a row" in printed
    data = json.loads(Path("out/study.json").read_text("utf-8"))
    assert [one["change"] for one in data["result"]["effects"]] == pytest.approx([-0.4, -0.3, -0.2])
    assert [run["decision"] for run in data["runs"]] == ["pass", "pass", "pass", "fail"]
    assert Path("out/study.txt").read_text("utf-8").replace("\u00a0", " ").strip() in printed


def test_the_folder_of_all_of_them_is_enough() -> None:
    """As `rentree study` makes it."""
    four()
    assert study("--from", "runs")[0] == 0


@pytest.mark.parametrize(
    ("shares", "said"),
    [
        ({"calm": 0, "crowd": 60, "flood": 70, "all": 75},
         "−30%; a share ends at 0%. So the interaction is +30 pt at least, whatever the platform"),
        ({"calm": 0, "crowd": 40, "flood": 30, "all": 70}, "Nothing sure is added to the sum"),
    ],
)  # fmt: skip
def test_what_is_said_of_both_together(shares: dict[str, int], said: str) -> None:
    """A share has an end, beyond which no two effects can add up; and they may just add up."""
    assert said in study(*four(**shares))[1]


def test_a_run_that_was_not_valid_is_a_hole() -> None:
    """It is named with its reason, nothing that needs it is told, and the exit code says so."""
    words = four()
    told("flood", 30, late=True)
    code, printed = study(*words)
    assert code == 3
    assert "1 run is missing in the table, and enters no difference:" in printed
    assert "- the flood (flood): of 200 attempts (bell), none unsent, 200 sent more than" in printed
    assert "the crowd − neither" in printed
    assert printed.count("∅ a run is missing") == 2
    data = json.loads(Path("out/study.json").read_text("utf-8"))
    assert data["runs"][2]["measured"] is None


def test_a_run_that_is_not_there_is_a_hole_too() -> None:
    """Three of four."""
    code, printed = study(*four()[:6])
    assert code == 3
    assert "- both (all): there is no run of it" in printed


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"name": "all", "away": 9, "seed": 2}, "have one seed, and these have 1, 2"),
        ({"name": "all", "away": 9, "clock": 2}, "need one scale and one clock"),
        ({"name": "essai", "away": 9}, "is no run of this study: calm on rentree"),
        ({"name": "calm", "away": 9, "sandbox": "6-avril-2021"}, "calm on 6-avril-2021"),
    ],
)
def test_what_does_not_go_together_is_refused(other: dict[str, object], said: str) -> None:
    """Nothing is concluded from runs of other seeds, clocks, profiles, or presets."""
    words = four()[:6]
    with pytest.raises(UsageError, match=said):
        study(*words, "--from", told(**other))  # type: ignore[arg-type]


def test_two_folders_of_one_run_are_refused() -> None:
    """Which one counts is the user's to say."""
    words = four()
    with pytest.raises(UsageError, match="are of the same run of the study: leave one out"):
        study(*words, "--from", "runs/calm-rentree")


def test_what_was_altered_is_not_judged() -> None:
    """A seal that is broken ends it."""
    words = four()
    path = Path("runs/calm-rentree/raw/plan.json")
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(RentreeError, match="what was altered is not judged"):
        study(*words)


def test_from_makes_no_run() -> None:
    """What only a run knows is refused."""
    with pytest.raises(UsageError, match="--from makes no run"):
        study("--from", "runs", "--seed", "3")


def test_days() -> None:
    """What was changed, the verdict before and after, and by how much the measure differs."""
    Path("profiles/studies/both.yaml").write_text(DAYS, encoding="utf-8")
    runs = [told("calm", 0), told("calm", 80, sandbox="6-avril-2021")]
    code, printed = study("--from", runs[0], "--from", runs[1])
    assert code == 0, printed
    (row,) = [line for line in printed.splitlines() if line.endswith("fewer")]
    assert row.split()[:7] == ["day", "2", "held", "→", "not", "held", "−80"]
