"""The program in raw/recompute: it reckons every figure of a verdict anew, without Rentrée."""

from __future__ import annotations

import ast
import json
import math
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from scipy.special import betainc, betaincinv, stdtr

from rentree import recompute
from rentree.begin import write_recomputation
from rentree.commands.verify import verify
from rentree.evidence import Evidence, seal
from rentree.judge import judge
from rentree.recompute.compare import compared
from rentree.recompute.shares import T_NINE, beta, beyond, exact
from rentree.slo import KINDS
from rentree.testing import Story, make_plan
from rentree.verdict import write

GOLDEN = Path(__file__).parent / "golden"
FOLDERS = sorted(path.parent.name for path in GOLDEN.glob("*/raw"))
RESPONSE = {"slo": "response", "step": "sign in", "quantile": "95 %", "below": "5 s", "in": "bell"}
REFUSED = {"slo": "refused", "share_below": "5 %", "in": "bell"}


def judged(name: str, folder: Path) -> Path:
    """A golden folder with its verdict.json."""
    (folder / "raw").symlink_to(GOLDEN / name / "raw")
    write(folder, judge(Evidence(folder)))
    return folder


@pytest.mark.parametrize("name", FOLDERS)
def test_every_figure_of_every_golden_folder_is_found_anew(name: str, tmp_path: Path) -> None:
    """Measured, counts, limits, intervals and p of each finding, and the report's own figures."""
    lines = compared(judged(name, tmp_path))
    assert len(lines) > 10
    assert [line for line in lines if not line.same] == []


def test_golden_folders_have_every_kind_of_promise() -> None:
    """A kind without one would be reckoned by nobody."""
    plans = [json.loads((GOLDEN / name / "raw" / "plan.json").read_bytes()) for name in FOLDERS]
    asked = {slo["slo"] for plan in plans for slo in plan["slos"]}
    assert KINDS.keys() - asked == {"wrong", "error", "timeout", "waiting"}  # as `refused`
    assert KINDS.keys() == recompute.compare.KINDS.keys()


def test_many_rows_and_groups(tmp_path: Path) -> None:
    """Some hundred people of two territories, with every outcome, judged by groups."""
    slos: list[dict[str, Any]] = [
        RESPONSE, {**RESPONSE, "each": ["territory", "persona"], "quantile": "50 %"},
        *({**REFUSED, "slo": word} for word in ("refused", "wrong", "error", "timeout")),
        {**REFUSED, "of": "attempts", "each": "none"}, REFUSED,
        {"slo": "punctual", "share": "60 %", "within": "4 s", "in": "bell"},
        {"slo": "fair", "within": "3 s", "apart": "20 %", "in": "bell"},
        {"slo": "goodput", "share": "70 %", "within": "5 s"},
    ]  # fmt: skip
    places = {name: {"fr": name, "en": name} for name in ("north", "south")}
    story = Story(make_plan(slos=slos, territories=places))
    outcomes = ("ok", "ok", "refused", "ok", "wrong", "ok", "error", "timeout", "not_sent", "ok")
    for i in range(700):
        who = story.person(
            100 * i / 700, territory=("north", "south")[i % 3 == 0],
            persona=("pupil", "teacher")[i % 7 == 0], convened=i % 5 != 0,
        )  # fmt: skip
        outcome: Any = outcomes[(i * i + i // 9) % 10]
        story.tries(who, took=0.3 + (i * 37 % 100) / 15, outcome=outcome)
        if outcome == "refused":
            story.tries(who, due=100 * i / 700 + 8, attempt=2)
        if i % 11 == 0:
            story.tries(who, "home", due=100 * i / 700 + 9, outcome="abandoned")
    write(tmp_path, judge(story.write(tmp_path)))
    lines = compared(tmp_path)
    assert len(lines) > 150
    assert [line for line in lines if not line.same] == []


def first(verdict: dict[str, Any]) -> dict[str, Any]:
    """The first finding."""
    found: dict[str, Any] = verdict["findings"][0]
    return found


CHANGED: list[tuple[Callable[[dict[str, Any]], object], str]] = [
    (lambda v: first(v).update(measured=first(v)["measured"] * (1 + 1e-8)), "measured"),
    (lambda v: first(v).update(count=first(v)["count"] + 1), "count"),
    (lambda v: first(v).update(limit=first(v)["limit"] * 2), "limit"),
    (lambda v: first(v)["interval"].__setitem__(1, 0.5), "interval 2"),
    (lambda v: first(v).update(p=0.5), ", p"),
    (lambda v: first(v).update(measured=None), "measured"),
    (lambda v: first(v).update(id="response/home"), "response/home"),
    (lambda v: v["findings"].pop(0), "response/sign in/bell"),
    (lambda v: v["figures"].update(people=1), "figures, people"),
    (lambda v: v["figures"]["outcomes"].update(ok=7), "figures, outcomes, ok"),
    (lambda v: v["figures"]["steps"]["sign in"].update(p95=0.1), "figures, steps, sign in, p95"),
    (lambda v: v["figures"].pop("peak_signed_in"), "figures, peak_signed_in"),
]


@pytest.mark.parametrize(("change", "what"), CHANGED)
def test_one_changed_figure_is_found(
    change: Callable[[dict[str, Any]], object], what: str, tmp_path: Path
) -> None:
    """Any single figure of verdict.json that does not follow from the evidence is named."""
    path = judged("killed-after-its-end-mark", tmp_path) / "verdict.json"
    stored = json.loads(path.read_bytes())
    change(stored)
    path.write_text(json.dumps(stored), encoding="utf-8")
    apart = [line.what for line in compared(tmp_path) if not line.same]
    assert apart
    assert all(what in one or one.startswith("response/") for one in apart), apart
    assert any(what in one for one in apart), apart


def run(folder: Path) -> subprocess.CompletedProcess[str]:
    """The program as the other side runs it."""
    return subprocess.run(
        [sys.executable, "-E", "raw/recompute.py", "."], cwd=folder, capture_output=True, text=True,
        check=False, timeout=60,
    )  # fmt: skip


def test_the_copy_in_the_evidence_runs_by_itself(tmp_path: Path) -> None:
    """Exit 0 and every figure; 1 when one was changed; the sealed folder stays as it was."""
    story = Story(make_plan(slos=[RESPONSE]))
    for i in range(80):
        story.tries(story.person(10 + i / 2))
    story.write(tmp_path)
    write_recomputation(tmp_path / "raw")
    seal(tmp_path)
    path = write(tmp_path, judge(Evidence(tmp_path)))
    done = run(tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "measured: stored 0.5, reckoned 0.5" in done.stdout
    assert done.stdout.endswith(" figures reckoned anew, 0 differ\n")
    assert verify(tmp_path).code == 0
    path.write_text(path.read_text("utf-8").replace('"measured": 0.5', '"measured": 0.4'), "utf-8")
    done = run(tmp_path)
    assert done.returncode == 1
    assert "DIFFERS" in done.stdout
    assert "stored 0.4, reckoned 0.5, apart by 0.1" in done.stdout
    path.unlink()
    done = run(tmp_path)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_it_imports_nothing_of_rentree() -> None:
    """The standard library, numpy, and polars in the file that reads Parquet."""
    files = sorted(Path(recompute.__file__).parent.glob("*.py"))
    assert len(files) > 8
    for file in files:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module or ""]
            known = sys.stdlib_module_names | {"numpy"}
            known |= {"polars"} if file.name == "tables.py" else set()
            assert {name.partition(".")[0] for name in names} <= known, file.name


@pytest.mark.parametrize(
    ("broken", "count"),
    [(0, 1), (1, 1), (0, 60), (1, 20), (7, 60), (50, 100), (3, 52_000), (2_600, 52_000),
     (51_999, 52_000), (1, 10**6), (400_000, 10**6)],
)  # fmt: skip
def test_its_binomial_interval_is_that_of_scipy(broken: int, count: int) -> None:
    """Clopper and Pearson, by the continued fraction."""
    low, high = exact(broken, count)
    assert low == pytest.approx(
        betaincinv(broken, count - broken + 1, 0.025) if broken else 0.0, rel=1e-11, abs=0
    )
    assert high == pytest.approx(
        betaincinv(broken + 1, count - broken, 0.975) if broken < count else 1.0, rel=1e-11
    )


def test_its_tails_are_those_of_scipy() -> None:
    """The smallest p too, digit for digit."""
    for x, a, b in ((0.5, 3, 4), (0.01, 60, 941), (0.05, 4_000, 48_001), (0.9, 0.5, 4.5)):
        assert beta(x, a, b) == pytest.approx(float(betainc(a, b, x)), rel=1e-10)
    for t in (0.1, 1.0, 2.2621571627409915, 30.0):
        assert beyond(t, T_NINE, 0.0) == pytest.approx(2 * float(stdtr(9, -t)), rel=1e-12)
    assert math.isclose(beyond(T_NINE, T_NINE, 0.0), 0.05)
