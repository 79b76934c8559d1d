"""Two folders, or groups of them: what is said of them, and the exit code."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest
from typer.testing import CliRunner

from rentree.cli import app
from rentree.compare.measures import _MORE_IS_GOOD
from rentree.errors import RentreeError, UsageError
from rentree.judge.measure import MEASURES
from rentree.series import read_series, write_series
from rentree.testing import Story, make_plan

from .mornings import group, morning, written

RUNNER = CliRunner(env={"NO_COLOR": "1"})


def compare(*words: str | Path) -> tuple[int, str]:
    """The exit code and what was printed, in English; what cannot be done raises."""
    done = RUNNER.invoke(app, ["compare", *map(str, words), "--lang", "en"])
    if isinstance(done.exception, RentreeError):
        raise done.exception
    return done.exit_code, done.output


def pair(folder: Path, before: Story, after: Story) -> tuple[Path, Path]:
    """Two stories as two folders."""
    return written(before, folder / "before"), written(after, folder / "after")


@pytest.mark.parametrize(
    ("before", "after", "code", "said"),
    [
        # the same platform, other people: nothing got worse
        ({}, {}, 0, "NOT WORSE: of 4 figures compared, none got worse"),
        # everything takes 30 % longer
        ({}, {"slower": 1.3}, 1, "WORSE: of 4 figures compared, 2 got worse"),
        # 5 % longer is seen, and does not matter
        ({}, {"slower": 1.05}, 0, "NOT WORSE"),
        # it got better, which is no fault
        ({"slower": 1.3}, {}, 0, "✓ better"),
        # one in five is turned away: its share, and the promise's; the 95th percentile is gone
        ({}, {"refused": 0.2}, 1, "∞ (+6,298% … ∞)  ✗ worse"),
        # everybody is turned away before and after: nothing got worse
        ({"refused": 1.0}, {"refused": 1.0}, 0, "NOT WORSE: of 2 figures compared"),
        # fifteen people tell nothing
        ({"people": 15}, {"people": 15}, 3, "UNDECIDED: nothing could be compared"),
        # nobody at all
        ({"people": 0}, {"people": 0}, 3, "UNDECIDED: nothing could be compared"),
    ],
)
def test_two_runs(
    before: dict[str, Any], after: dict[str, Any], code: int, said: str, tmp_path: Path
) -> None:
    """A row each: how the runs were, the exit code, and a part of what is printed."""
    folders = pair(tmp_path, morning(1, **before), morning(2, **after))
    ended, printed = compare(*folders)
    assert (ended, said in printed) == (code, True), printed


def late(story: Story) -> Story:
    """The same story, with everything sent 300 ms late by us."""
    story.samples = [row._replace(sent=row.due + 300_000) for row in story.samples]
    return story


def tailed(story: Story, lag: int) -> Story:
    """The same story, with one in ten waiting 60 ms more, and everything sent `lag` µs late."""
    story.samples = [
        row._replace(sent=row.due + lag, done=(row.done or 0) + 60_000 * (i % 10 == 0))
        for i, row in enumerate(story.samples)
    ]
    return story


@pytest.mark.parametrize(("lag", "code"), [(1_000, 1), (60_000, 0)])
def test_what_our_own_machine_was_late_by_is_no_platforms(
    lag: int, code: int, tmp_path: Path
) -> None:
    """A 95th percentile that is 40 ms longer: worse, unless we ourselves were 60 ms late."""
    assert compare(*pair(tmp_path, morning(1), tailed(morning(2), lag)))[0] == code


def leaking(story: Story) -> Story:
    """The same story, with someone else's page shown once."""
    story.samples[3] = story.samples[3]._replace(outcome="leak")
    return story


def test_a_run_of_which_we_were_late_accuses_nobody(tmp_path: Path) -> None:
    """30 % slower, but our own instrument was not fit: undecided, with the reason."""
    code, printed = compare(*pair(tmp_path, morning(1), late(morning(2, slower=1.3))))
    assert code == 3
    assert "bell, sign in: not valid, of 240 attempts (bell), none unsent, 240 sent more" in printed


def test_one_leak_is_enough(tmp_path: Path) -> None:
    """What a sound platform never does needs no statistics."""
    code, printed = compare(*pair(tmp_path, morning(1), leaking(morning(2))))
    assert code == 1
    assert "Nobody sees someone else’s data" in printed


def test_nobody_comes_to_a_step_any_more(tmp_path: Path) -> None:
    """A step that one side shows and the other does not is not passed over."""
    before, after = morning(1), morning(2)
    for person in list(before.people):
        before.tries(person, "home", due=person["due"] / 1e6 + 1)
    code, printed = compare(*pair(tmp_path, before, after))
    assert code == 3
    assert "bell, home, median: 234 first attempts on one side, 0 on the other" in printed


@pytest.mark.parametrize(
    ("before", "after", "slower", "code"),
    [
        (3, 3, 1.0, 0),  # three sound runs, three more
        (3, 3, 1.3, 1),  # three sound runs, three slow ones
        (5, 1, 1.0, 0),  # a baseline of five, one new run
        (5, 1, 1.3, 1),  # the same, slow
        (1, 5, 1.3, 1),  # and the other way round
    ],
)
def test_groups(before: int, after: int, slower: float, code: int, tmp_path: Path) -> None:
    """Each run is one observation; a side may be a single run."""
    old = group(tmp_path / "old", before, morning)
    new = group(tmp_path / "new", after, lambda seed: morning(seed, slower=slower), first=20)
    ended, printed = compare(old, new)
    assert ended == code, printed
    assert f"({max(before, after)} runs)" in printed


def test_groups_without_the_unfit_run(tmp_path: Path) -> None:
    """A run whose window is not valid is left out, and the others speak."""
    old = group(tmp_path / "old", 3, morning)
    new = group(tmp_path / "new", 3, lambda seed: morning(seed, slower=1.3), first=10)
    (new / "series.json").unlink()  # a folder of runs, and no series
    written(late(morning(20, slower=1.3)), new / "run-20")
    assert compare(old, new)[0] == 1


def test_a_series_is_compared_whole(tmp_path: Path) -> None:
    """A bad run that was taken out, or a series that was cut short, compares with nothing."""
    old, new = group(tmp_path / "old", 3, morning), written(morning(9), tmp_path / "new")
    asked, runs = read_series(old)
    write_series(old, asked + 2, runs)
    with pytest.raises(UsageError, match="3 of 5 runs"):
        compare(old, new)
    write_series(old, asked, runs)
    shutil.rmtree(old / "run-2")
    with pytest.raises(UsageError, match=r"run-2 is not the run that series\.json names"):
        compare(old, new)


def north_and_south(slow: bool) -> Story:
    """Sixty people of the south among a thousand; half of them may take 10 s."""
    story = Story(make_plan(slos=[EACH]))
    for i in range(1060):
        south = i % 17 == 0
        person = story.person(10 + i * 40 / 1060, territory="south" if south else "north")
        story.tries(person, took=10.0 if slow and south and i % 34 == 0 else 0.1 + i % 7 * 0.01)
    return story


EACH = {"slo": "response", "step": "sign in", "quantile": "90 %", "below": "5 s", "in": "bell"}


def test_a_promise_that_is_broken_in_one_territory_is_not_passed_over(tmp_path: Path) -> None:
    """The whole's figures do not move; the territory's promise was kept, and no longer is."""
    code, printed = compare(*pair(tmp_path, north_and_south(False), north_and_south(True)))
    assert code == 3, printed
    assert "kept before, and no longer" in printed


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [(1, 1, 0), (2, 3, 0), (1, 2, 1), (1, 40, 1), (40, 1, 0)],
)
def test_more_leaks_than_before_are_worse(
    before: int, after: int, code: int, tmp_path: Path
) -> None:
    """Broken on both sides is not the same: twice as many people are worse."""

    def leaks(seed: int, count: int) -> Story:
        story = morning(seed)
        for i in range(count):
            story.samples[3 + i] = story.samples[3 + i]._replace(outcome="leak")
        return story

    assert compare(*pair(tmp_path, leaks(1, before), leaks(2, after)))[0] == code


def test_every_kind_with_a_good_share_is_known_as_such() -> None:
    """None that promises `share` is missing, but those that are exact or counted apart."""
    good = {
        str(get_args(kind.model_fields["slo"].annotation)[0])
        for kind in MEASURES
        if "share" in kind.model_fields
    }
    assert good - set(_MORE_IS_GOOD) <= {"recovers"}


def test_a_quantile_that_is_beyond_any_time_in_one_run_is_told(tmp_path: Path) -> None:
    """One of five new runs has more than 5 % not ok: its 95th percentile is no time."""
    old = group(tmp_path / "old", 5, morning)
    new = group(
        tmp_path / "new", 5, lambda seed: morning(seed, refused=0.1 * (seed == 20)), first=20
    )
    code, printed = compare(old, new)
    assert code == 3, printed
    assert "beyond any time in some of the runs" in printed


def test_the_baseline_of_a_pipeline(tmp_path: Path) -> None:
    """`compare AFTER --baseline BEFORE` is `compare BEFORE AFTER`."""
    before, after = pair(tmp_path, morning(1), morning(2, slower=1.3))
    assert compare(after, "--baseline", before) == compare(before, after)
    assert compare(before, "--baseline", after)[0] == 0


def test_the_least_change_is_the_users(tmp_path: Path) -> None:
    """30 % slower is not worse where 50 % matters."""
    folders = pair(tmp_path, morning(1), morning(2, slower=1.3))
    assert compare(*folders, "--time", "50%")[0] == 0
    folders = pair(tmp_path, morning(1), morning(2, refused=0.1))
    assert compare(*folders)[0] == 1
    assert compare(*folders, "--share", "30%")[0] == 0


def test_in_french_and_as_json(tmp_path: Path) -> None:
    """The result first, and all of it as data."""
    before, after = pair(tmp_path, morning(1), morning(2, slower=1.3))
    file = tmp_path / "result.json"
    done = RUNNER.invoke(app, ["compare", str(before), str(after), "--json", str(file)])
    assert done.output.startswith("DÉGRADÉ\u00a0: sur 4 grandeurs comparées, 2 se sont dégradées")
    assert "identification, médiane" in done.output
    data = json.loads(file.read_text(encoding="utf-8"))
    assert (data["decision"], data["exit_code"]) == ("worse", 1)
    worst = data["compared"][0]
    assert worst["id"] in ("median/sign in/bell", "p95/sign in/bell")
    assert worst["interval"][0] > 1.1
    assert worst["p"] < 0.01
    assert data["before"]["runs"][0]["seed"] == 1


ASKED = "crowd:\n- {territory: north, come: {pupil: 240}, source: F1}\n"


@pytest.mark.parametrize(
    ("changes", "documents", "said"),
    [
        ({"profile": "other-morning"}, {}, "profile: small-morning on one side, other-morning"),
        ({"scale": 0.5}, {}, "scale: 1.0 on one side, 0.5"),
        ({"clock": 2.0}, {}, "clock: 1.0 on one side, 2.0"),
        ({"people_in_full": 120}, {}, "people: 240 on one side, 120 on the other"),
        ({"sandbox": "rentree"}, {}, "sandbox: nothing on one side, rentree"),
        ({"target": "preprod"}, {}, "target: nothing on one side, preprod"),
        ({"faults": [("slow-line", 20, 40)]}, {}, "fault “slow-line”: nothing on one side"),
        ({"slos": []}, {}, "promise “refused”: {"),
        ({"patience": 9.0}, {}, "behaviour: {"),
        ({"phases": {"baseline": (0, 10), "bell": (10, 60), "recovery": (60, 100)}}, {},
         "phase “bell”: 10–50 s on one side, 10–60 s on the other"),
        ({}, {"profile.yaml": ASKED}, "crowd: nothing on one side"),
        ({}, {"environment.json": {"dropins": [
            {"kind": "journeys", "name": "pupil", "sha256": "0123456789abcdef"}]}},
         "journey “pupil”: nothing on one side, 0123456789ab on the other"),
    ],
)  # fmt: skip
def test_what_is_not_comparable_is_refused_by_name(
    changes: dict[str, Any], documents: dict[str, Any], said: str, tmp_path: Path
) -> None:
    """A row a difference in what was asked, and how it is told; a usage error, exit 2."""
    before = written(morning(1), tmp_path / "before")
    after = written(morning(2, **changes), tmp_path / "after", documents)
    with pytest.raises(UsageError) as refused:
        compare(before, after)
    assert said in str(refused.value)
    assert "cannot be compared" in str(refused.value)


def test_all_differences_are_told_at_once(tmp_path: Path) -> None:
    """Nobody mends one and meets the next."""
    before, after = pair(tmp_path, morning(1), morning(2, scale=0.5, clock=2.0, people=100))
    with pytest.raises(UsageError, match=r"(?s)scale.*clock.*people"):
        compare(before, after)


def test_a_run_of_a_group_that_is_of_another_profile(tmp_path: Path) -> None:
    """Each run of a group must be alike."""
    old = group(tmp_path / "old", 3, morning)
    (old / "series.json").unlink()
    written(morning(9, scale=0.5), old / "run-9")
    with pytest.raises(UsageError, match="scale"):
        compare(old, written(morning(2), tmp_path / "new"))


def test_bursts_that_the_seed_places_are_no_difference(tmp_path: Path) -> None:
    """A repeated fault is compared by what it does."""

    def bursts(seed: int) -> Story:
        starts = [(f"b #{i}", 20 + seed + 5 * i, 22 + seed + 5 * i) for i in range(3)]
        story = morning(seed, faults=starts)
        parts = [fault.model_copy(update={"part_of": "b"}) for fault in story.plan.faults]
        story.plan = story.plan.model_copy(update={"faults": parts})
        return story

    assert compare(*pair(tmp_path, bursts(1), bursts(2)))[0] == 0


def test_what_may_differ_is_a_remark(tmp_path: Path) -> None:
    """Machine, defects, declared build, workers: the platform is what may have changed."""
    about = {"rentree": "1.0", "cpus": 2, "system": "Linux"}
    target = {"defects": [], "target": {"declared": {"build": "7", "nodes": 3}}}
    before = written(morning(1), tmp_path / "before",
                     {"environment.json": about, "target.json": target})  # fmt: skip
    after = written(
        morning(2, workers=2), tmp_path / "after",
        {"environment.json": about | {"cpus": 8},
         "target.json": {"defects": ["homework-lost"], "target": {"declared": {"build": "8"}}}},
    )  # fmt: skip
    code, printed = compare(before, after)
    assert code == 0
    for remark in (
        "processors: 2 on one side, 8 on the other", "workers: 1 on one side, 2 on the other",
        'defects: nothing on one side, ["homework-lost"] on the other',
        "declared by the target “build”: 7 on one side, 8 on the other",
    ):  # fmt: skip
        assert f"- {remark}" in printed


def unsealed(folder: Path) -> None:
    """A file that was changed after sealing."""
    (folder / "raw" / "journal.jsonl").write_text("", encoding="utf-8")


def without_plan(folder: Path) -> None:
    """A sealed folder of which the plan is no plan."""
    written(morning(2), folder, {"plan.json": {"profile": "x"}})


@pytest.mark.parametrize(
    ("spoil", "error", "code", "said"),
    [
        (unsealed, UsageError, 2, "raw/journal.jsonl was changed after sealing"),
        (without_plan, RentreeError, 4, "plan.json is no plan of this release"),
    ],
)
def test_folders_that_are_not_what_they_were(
    spoil: Callable[[Path], None], error: type[RentreeError], code: int, said: str, tmp_path: Path
) -> None:
    """A row each: what was done to the later folder, and what is said."""
    before, after = pair(tmp_path, morning(1), morning(2))
    spoil(after)
    with pytest.raises(error) as told:
        compare(before, after)
    assert said in str(told.value)
    assert told.value.exit_code == code


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["here"], "say what to compare with what: rentree compare BEFORE AFTER"),
        (["here", "here", "--baseline", "here"], "say what to compare with what"),
        (["here", "--baseline", "gone"], "--baseline: .*gone does not exist"),
        (["gone", "here"], "BEFORE: .*gone does not exist"),
        (["here", "empty"], "AFTER: .*empty is neither an evidence folder nor a folder of some"),
        (["here", "here", "--json", "gone/there.json"], "there.json cannot be written"),
    ],
)
def test_what_was_typed_wrong(
    words: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row a mistake, and what to do instead."""
    monkeypatch.chdir(tmp_path)
    written(morning(1), Path("here"))
    Path("empty").mkdir()
    with pytest.raises(UsageError, match=said):
        compare(*words)


@pytest.mark.parametrize("option", ["--time", "--share"])
def test_a_least_change_has_a_unit(option: str, tmp_path: Path) -> None:
    """10 is refused, 10% is meant."""
    done = RUNNER.invoke(app, ["compare", str(tmp_path), str(tmp_path), option, "10"])
    assert done.exit_code == 2
