"""What floods did, from their senders' files to sealed evidence, and in words."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from rentree.evidence import FLOODS, Evidence, write_json
from rentree.finish import finish
from rentree.plan import PlannedFault, dump
from rentree.seal_check import broken_seals
from rentree.testing import make_plan
from rentree.tried import tried

T0 = 7_000_000_000  # ns: when the run began
SECOND = 1_000_000  # µs


def line(second: int, name: str = "hot-spot", **figures: int) -> str:
    """A second of 500 attempts, of which 450 were answered and 300 of these refused."""
    row = {"t": T0 + second * 10**9, "name": name, "asked": 500, "issued": 499, "on_time": 498,
           "answered": 450, "refused": 300, "failed": 20, "unanswered": 29}  # fmt: skip
    return json.dumps(row | figures) + "\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A run with one flood, about to end."""
    (tmp_path / "raw").mkdir()
    (tmp_path / "work").mkdir()
    flood = PlannedFault(
        name="hot-spot", fault="flood", hits={"platform": "ent", "step": "sign in"},
        start=20 * SECOND, end=22 * SECOND, settings={}, told={"fr": "×100", "en": "×100"},
        sends=500.0,
    )  # fmt: skip
    plan = make_plan().model_copy(update={"faults": [flood]})
    write_json(tmp_path / "raw" / "plan.json", dump(plan))
    return tmp_path


def test_figures_are_kept_by_the_second_of_the_run(folder: Path) -> None:
    """In order of time over all floods, on the run's clock, sealed; half a line is left out."""
    (folder / "work" / "floods-0.jsonl").write_text(line(20) + line(21) + '{"t": 70', "utf-8")
    (folder / "work" / "floods-1.jsonl").write_text(line(20, "other", asked=3), "utf-8")
    finish(folder, t0=T0, why="finished", ended=60 * SECOND)
    floods = Evidence(folder).floods
    assert floods.schema == FLOODS
    assert floods.select("t", "name", "asked").rows() == [
        (20 * SECOND, "hot-spot", 500), (20 * SECOND, "other", 3), (21 * SECOND, "hot-spot", 500),
    ]  # fmt: skip
    assert broken_seals(folder) == []
    floods.with_columns(on_time=pl.col("asked")).write_parquet(folder / "raw" / "floods.parquet")
    assert broken_seals(folder) == ["raw/floods.parquet was changed after sealing"]


def test_what_became_of_it_is_told(folder: Path) -> None:
    """How many were sent on time, answered and refused, in both languages."""
    (folder / "work" / "floods-0.jsonl").write_text(line(20) + line(21), "utf-8")
    finish(folder, t0=T0, why="finished", ended=60 * SECOND)
    evidence = Evidence(folder)
    assert tried(evidence, "fr")[-1].endswith(
        "\u00a0; 996 requêtes envoyées à l’heure sur 1\u202f000, 900 ont eu une réponse, dont 600 "
        "refus."
    )
    assert tried(evidence, "en")[-1].endswith(
        "; 996 of 1,000 requests were sent on time, 900 were answered, 600 of them refused."
    )


def test_a_run_without_floods_has_an_empty_table(folder: Path) -> None:
    """So that whoever reads needs no case of their own; and nothing is told of it."""
    finish(folder, t0=T0, why="finished", ended=60 * SECOND)
    evidence = Evidence(folder)
    assert evidence.floods.is_empty()
    assert evidence.floods.schema == FLOODS
    assert "requests were sent" not in tried(evidence, "en")[-1]
