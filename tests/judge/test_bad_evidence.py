"""Evidence that was damaged before it was sealed: never a pass, never a traceback, always a reason.

Each row bends a folder that passes, seals it again, and asks `judge`, `report` and `verify`.
"""

from __future__ import annotations

import json
import math
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
import pytest

from rentree.cli import main
from rentree.evidence import MONITOR, SAMPLES, Evidence, seal
from rentree.judge import judge
from rentree.judge.measure import MEASURES
from rentree.slo import Response
from rentree.testing import Story, make_plan
from rentree.verdict import Finding

GOLDEN = Path(__file__).parents[1] / "golden"
JUDGES: dict[Any, Any] = MEASURES  # for monkeypatch
Bend = Callable[[Path], object]  # of a raw/ folder


class Ended(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str


@pytest.fixture
def ends(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Callable[..., Ended]:
    """Run a command as the `rentree` script does, in this process."""

    def run(*words: str) -> Ended:
        monkeypatch.setattr(sys, "argv", ["rentree", *words])
        capfd.readouterr()
        with pytest.raises(SystemExit) as end:
            main()
        out, err = capfd.readouterr()
        assert "Traceback" not in out + err
        assert "Rentrée broke" not in err
        return Ended(int(end.value.code or 0), out, err)

    return run


def cut(name: str, share: float = 0.5) -> Bend:
    """The file stops in the middle."""

    def bend(raw: Path) -> None:
        data = (raw / name).read_bytes()
        (raw / name).write_bytes(data[: int(len(data) * share)])

    return bend


def gone(*names: str) -> Bend:
    """The files are not there."""

    def bend(raw: Path) -> None:
        for name in names:
            (raw / name).unlink()

    return bend


def samples(**columns: pl.Expr) -> Bend:
    """The samples with other values."""

    def bend(raw: Path) -> None:
        path = raw / "samples" / "1.parquet"
        pl.read_parquet(path).with_columns(**columns).cast(SAMPLES).write_parquet(path)

    return bend


def once(column: str, value: Any, at: int = 40) -> Bend:
    """One sample with another value in a column."""
    here = pl.col("seq") == at
    return samples(**{column: pl.when(here).then(pl.lit(value)).otherwise(pl.col(column))})


def people(**columns: pl.Expr) -> Bend:
    """The crowd with other values."""

    def bend(raw: Path) -> None:
        path = raw / "people.parquet"
        pl.read_parquet(path).with_columns(**columns).write_parquet(path)

    return bend


def plan(change: Callable[[dict[str, Any]], object]) -> Bend:
    """The plan otherwise."""

    def bend(raw: Path) -> None:
        told = json.loads((raw / "plan.json").read_text(encoding="utf-8"))
        change(told)
        (raw / "plan.json").write_text(json.dumps(told), encoding="utf-8")

    return bend


def written(name: str, text: str) -> Bend:
    """A file with other words in it."""
    return lambda raw: (raw / name).write_text(text, encoding="utf-8")


def line(place: int, text: str) -> Bend:
    """A line of the journal with other words in it; place counts from the end."""

    def bend(raw: Path) -> None:
        lines = (raw / "journal.jsonl").read_text(encoding="utf-8").splitlines()
        lines[place] = text
        (raw / "journal.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")

    return bend


def monitor(**values: Any) -> Bend:
    """Our own figures of the bell, second by second, with these in one of them."""

    def bend(raw: Path) -> None:
        sound = {"cpu": 0.2, "loop_lag": 1000, "line": 0.1}
        rows = [
            {"t": s * 1_000_000, "worker": 1, **sound, **(values if s == 30 else {})}
            for s in range(1, 100)
        ]
        pl.DataFrame(rows, schema=MONITOR, orient="row").write_parquet(raw / "monitor.parquet")

    return bend


def split(then: Bend) -> Bend:
    """The samples in three segments, as the journal tells; and then something happens to them."""

    def bend(raw: Path) -> None:
        path = raw / "samples" / "1.parquet"
        rows = pl.read_parquet(path)
        for number in range(3):
            part = rows.slice(number * 40, 40)
            part.write_parquet(raw / "samples" / f"worker-1-{number:03}.parquet")
        path.unlink()
        text = (raw / "journal.jsonl").read_text(encoding="utf-8")
        told = {"t": 100_000_000, "event": "worker", "state": "stored", "worker": 1, "rows": 120}
        (raw / "journal.jsonl").write_text(f"{text}{json.dumps(told)}\n", encoding="utf-8")
        then(raw)

    return bend


def nothing(raw: Path) -> None:
    """Nothing."""


LATE = 10**9  # µs of the run: long after it
FINE = "all-fine"
INVALID: list[tuple[str, str, Bend, str]] = [  # sentence, folder, what is done, words of the reason
    ("samples cut off", FINE, cut("samples/1.parquet"), "raw/samples/1.parquet cannot be read"),
    ("samples of no byte", FINE, cut("samples/1.parquet", 0), "raw/samples/1.parquet cannot be"),
    ("a segment in the middle is missing", FINE, split(gone("samples/worker-1-001.parquet")),
     "samples of worker 1 are missing"),
    ("the last segment is missing", FINE, split(gone("samples/worker-1-002.parquet")),
     "samples of worker 1 are missing"),
    ("all segments are missing", FINE,
     split(gone(*(f"samples/worker-1-{n:03}.parquet" for n in range(3)))), "without a sample"),
    ("a segment is cut off", FINE, split(cut("samples/worker-1-001.parquet")),
     "raw/samples/worker-1-001.parquet cannot be read"),
    ("the crowd is cut off", FINE, cut("people.parquet"), "raw/people.parquet cannot be read"),
    ("the journal is cut off", FINE, cut("journal.jsonl", 0.8), "the journal has no end"),
    ("a line of the journal is no JSON", FINE, line(1, '{"t": 1, "eve'),
     "a line of the journal cannot be read"),
    ("a line of the journal is no entry", FINE, line(1, "[1]"), "a line of the journal cannot"),
    ("a moment that is a word", FINE,
     line(1, '{"t": "soon", "event": "phase", "state": "begins", "name": "bell"}'),
     "a line of the journal cannot be read"),
    ("a worker without a number", FINE, line(-2, '{"t": 1, "event": "worker", "state": "ended"}'),
     "a line of the journal cannot be read"),
    ("our own figures cut off", "starved", cut("platform.parquet"), "raw/platform.parquet cannot"),
    ("our monitor is no table", FINE, written("monitor.parquet", "x" * 99),
     "raw/monitor.parquet cannot be read"),
    ("our monitor has other columns", FINE,
     lambda raw: pl.DataFrame({"t": [1], "mood": [1]}).write_parquet(raw / "monitor.parquet"),
     "raw/monitor.parquet cannot be read: it has other columns"),
    ("probes cut off", FINE, written("probes.parquet", "PAR1"), "raw/probes.parquet cannot be"),
    ("a ledger cut off", "all-homework-there", cut("ledger/worker-1.parquet"),
     "raw/ledger/worker-1.parquet cannot be read"),
    ("what was read back is cut off", "all-homework-there", cut("reads.parquet"),
     "raw/reads.parquet cannot be read"),
    ("the target's facts cut off", FINE, written("target.json", '{"base": "http'),
     "raw/target.json cannot be read"),
    ("the target's facts are a list", FINE, written("target.json", "[]"),
     "raw/target.json cannot be read"),
    ("the leave is no list", FINE, written("authorization.json", "{}"),
     "raw/authorization.json cannot be read"),
    ("due long after the end", FINE, once("due", LATE), "dated outside the run: 1"),
    ("done long after the end", FINE, once("done", LATE), "dated outside the run: 1"),
    ("done in the year 10,000", FINE, once("done", 2**60), "dated outside the run: 1"),
    ("due before the start", FINE, once("due", -5), "dated outside the run: 1"),
    ("sent before the start", FINE, once("sent", -5), "dated outside the run: 1"),
    ("done before it was due", FINE, once("done", 10_000_000), "that end before they begin"),
    ("done before it was sent", FINE, samples(sent=pl.col("done") + 1),
     "that end before they begin, or before they are due: 120"),
    ("ok and without an end", FINE, once("done", None), "that were ok and have no end: 1"),
    ("an outcome of tomorrow", FINE, once("outcome", "superb"), "an outcome that nobody knows: 1"),
    ("no outcome", FINE, once("outcome", None), "without a person, a step, a due time"),
    ("no due time", FINE, once("due", None), "without a person, a step, a due time"),
    ("no person", FINE, once("person", None), "without a person, a step, a due time"),
    ("no step", FINE, once("step", None), "without a person, a step, a due time"),
    ("a worker of nobody", FINE, once("worker", 9), "of a worker that the plan does not have: 1"),
    ("the same row twice", FINE, once("seq", 41), "samples of worker 1 are missing or twice"),
    ("people due after the end", FINE, people(due=pl.col("due") + LATE), "outside the run: 120"),
    ("people due at no time", FINE,
     people(due=pl.when(pl.col("index") != 3).then(pl.col("due"))), "due outside the run: 1"),
    ("one person twice", FINE, people(person=pl.when(pl.col("index") == 3)
                                      .then(pl.lit("p00004")).otherwise(pl.col("person"))),
     "named twice"),
    ("more people than were planned", FINE, plan(lambda told: told.update(people=100)),
     "people too many, named twice, or due outside the run: 20"),
    ("processor time is no number", FINE, monitor(cpu=math.nan), "lines of raw/monitor.parquet"),
    ("an infinite line", FINE, monitor(line=math.inf), "lines of raw/monitor.parquet that are no"),
    ("a process that ran ahead of its time", FINE, monitor(loop_lag=-5), "lines of raw/monitor"),
    ("our figures of no moment", FINE, monitor(t=None), "lines of raw/monitor.parquet that are"),
]  # fmt: skip


def folder_of(golden: str, bend: Bend, tmp_path: Path) -> Path:
    """The golden folder, bent and sealed again."""
    folder = tmp_path / "evidence"
    shutil.copytree(GOLDEN / golden / "raw", folder / "raw")
    bend(folder / "raw")
    seal(folder)
    return folder


@pytest.mark.parametrize(
    ("bend", "golden"), [(nothing, FINE), (split(nothing), FINE), (monitor(), FINE)]
)
def test_what_is_bent_passes_before(bend: Bend, golden: str, tmp_path: Path) -> None:
    """The folders of these tests pass when nothing is wrong with them."""
    assert judge(Evidence(folder_of(golden, bend, tmp_path))).decision == "pass"


@pytest.mark.parametrize(
    ("golden", "bend", "reason"), [row[1:] for row in INVALID], ids=[row[0] for row in INVALID]
)
def test_damaged_evidence_is_invalid_and_says_why(
    golden: str, bend: Bend, reason: str, tmp_path: Path, ends: Callable[..., Ended]
) -> None:
    """`judge` ends in 3 with the reason, `report` tells it, `verify` judges the same."""
    folder = folder_of(golden, bend, tmp_path)
    judged = ends("judge", str(folder), "--lang", "en")
    assert judged.code == 3, judged
    assert reason in judged.out
    stored = json.loads((folder / "verdict.json").read_text(encoding="utf-8"))
    assert stored["decision"] == "invalid"
    assert {finding["decision"] for finding in stored["findings"]} == {"invalid"}
    reported = ends("report", str(folder), "--lang", "en")
    assert reported.code == 0, reported
    assert reason in (folder / "summary.en.md").read_text(encoding="utf-8").replace("\\", "")
    verified = ends("verify", str(folder))
    assert verified.code == 0, verified
    assert "judged anew: the same verdict" in verified.out


def later_release(raw: Path) -> None:
    """A folder that a later release wrote."""
    (raw / "environment.json").write_text('{"rentree": "9.1.0"}', encoding="utf-8")
    plan(lambda told: told.update(weather="rain"))(raw)


def another_slo(told: dict[str, Any]) -> None:
    """A promise of a kind that does not exist."""
    told["slos"].append({"slo": "telepathy", "share": 0.9})


def set_to(value: float, *keys: str) -> Callable[[dict[str, Any]], None]:
    """Set what lies at these keys, SLOs by their number."""

    def change(told: dict[str, Any]) -> None:
        at: Any = told
        for key in keys[:-1]:
            at = at[int(key)] if key.isdigit() else at[key]
        at[keys[-1]] = value

    return change


UNREADABLE: list[tuple[str, Bend, str]] = [
    ("no plan", gone("plan.json"), "raw/plan.json"),
    ("a plan that was cut off", cut("plan.json"), "raw/plan.json is no plan of this release"),
    ("a plan that is no text", lambda raw: (raw / "plan.json").write_bytes(b"\xff\xfe\x00"),
     "raw/plan.json is no plan of this release"),
    ("a plan that is a list", written("plan.json", "[]"), "is no plan of this release"),
    ("a plan of a later release", later_release,
     "was written by Rentrée 9.1.0 and has what this release (0.1.0) does not know: “weather”"),
    ("a key of a promise that is new", plan(lambda told: told["slos"][0].update(mood="good")),
     "does not know: “slos.0.response.mood”"),
    ("a kind of promise that is new", plan(another_slo), "does not know: “slos.3: telepathy”"),
    ("a plan without phases", plan(lambda told: told.update(phases=[])), "“phases”"),
    ("a scale that is no number", plan(set_to(math.nan, "scale")), "“scale”"),
    ("a share that is no number", plan(set_to(math.nan, "slos", "2", "share")), "slos.2"),
    ("a clock without end", plan(set_to(math.inf, "clock")), "“clock”"),
    ("samples of another release",
     lambda raw: pl.read_parquet(raw / "samples" / "1.parquet").with_columns(mood=pl.lit(1))
     .write_parquet(raw / "samples" / "1.parquet"),
     "raw/samples/1.parquet does not have the columns of this release (0.1.0)"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("bend", "says"), [row[1:] for row in UNREADABLE], ids=[row[0] for row in UNREADABLE]
)
def test_evidence_that_cannot_be_read_ends_in_4(
    bend: Bend, says: str, tmp_path: Path, ends: Callable[..., Ended]
) -> None:
    """No verdict is written, and one sentence says what cannot be read."""
    folder = folder_of(FINE, bend, tmp_path)
    for command in ("judge", "report", "verify"):
        ended = ends(command, str(folder))
        assert ended.code == 4, ended
        assert says in ended.out + ended.err
        assert "pydantic" not in ended.out + ended.err
    assert not (folder / "verdict.json").exists()
    assert [path.name for path in folder.iterdir()] == ["raw"]


def test_a_folder_that_was_cut_off_is_not_judged(
    tmp_path: Path, ends: Callable[..., Ended]
) -> None:
    """Half of a copy: each file that is missing is named, by all three commands."""
    folder = tmp_path / "evidence"
    shutil.copytree(GOLDEN / FINE / "raw", folder / "raw")
    shutil.rmtree(folder / "raw" / "samples")
    cut("journal.jsonl")(folder / "raw")
    for command, code in (("judge", 4), ("report", 4), ("verify", 1)):
        ended = ends(command, str(folder))
        assert ended.code == code
        assert "raw/samples/1.parquet is missing" in ended.out + ended.err
        assert "raw/journal.jsonl was changed after sealing" in ended.out + ended.err


def test_rows_that_end_before_they_begin_spoil_their_own_window(tmp_path: Path) -> None:
    """What is wrong in the recovery says nothing of the bell."""
    bell = {"slo": "response", "step": "sign in", "quantile": "95 %", "below": "5 s", "in": "bell"}
    story = Story(make_plan(slos=[bell, bell | {"in": "recovery"}]))
    for i in range(240):
        story.tries(story.person(10 + i / 3))
    story.samples[200] = story.samples[200]._replace(done=story.samples[200].due - 1)
    verdict = judge(story.write(tmp_path))
    assert [finding.decision for finding in verdict.findings] == ["pass", "invalid"]


def test_a_torn_line_spoils_the_windows_around_it(tmp_path: Path) -> None:
    """A line that cannot be read lies between its neighbours: other windows stand."""
    bell = {"slo": "response", "step": "sign in", "quantile": "95 %", "below": "5 s", "in": "bell"}
    story = Story(make_plan(slos=[bell, bell | {"in": "recovery"}]))
    for i in range(240):
        story.tries(story.person(10 + i / 3))
    for second in range(1, 100):
        story.says(second, "note", "said", text=str(second))
    story.write(tmp_path)
    path = tmp_path / "raw" / "journal.jsonl"
    path.write_text(path.read_text(encoding="utf-8").replace('"text": "70"}', '"te'), "utf-8")
    seal(tmp_path)
    verdict = judge(Evidence(tmp_path))
    assert [finding.decision for finding in verdict.findings] == ["pass", "invalid"]


@pytest.mark.parametrize("figure", ["measured", "limit", "p", "interval"])
def test_a_finding_that_is_no_number_is_invalid(
    figure: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A judge function that returns NaN, as a drop-in's may, makes an invalid finding."""
    sound = JUDGES[Response]
    value: Any = (0.1, math.nan) if figure == "interval" else math.nan

    def measure(slo: Any, case: Any) -> list[Finding]:
        return [f.model_copy(update={figure: value}) for f in sound(slo, case)]

    monkeypatch.setitem(JUDGES, Response, measure)
    folder = folder_of(FINE, nothing, tmp_path)
    verdict = judge(Evidence(folder))
    assert verdict.decision == "invalid"
    assert [f.reasons[0]["en"] for f in verdict.findings if f.slo == "response"] == [
        "what was reckoned is no number (NaN)"
    ]


def test_a_judge_function_that_raises_is_invalid(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ends: Callable[..., Ended]
) -> None:
    """Whatever it raises, the command ends in 3 and says it."""

    def measure(slo: Any, case: Any) -> list[Finding]:
        raise ZeroDivisionError("nobody at all")

    monkeypatch.setitem(JUDGES, Response, measure)
    ended = ends("judge", str(folder_of(FINE, nothing, tmp_path)), "--lang", "en")
    assert ended.code == 3
    assert "the judge could not measure: ZeroDivisionError: nobody at all" in ended.out
