"""The judge on simulated mornings: the queue is the textbook's, what is said of it mostly true.

Seeds are fixed: the figures are always the same. `make coverage` has many more mornings.
"""

from __future__ import annotations

import importlib.util
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from rentree.judge.across import across_interval, across_p
from rentree.judge.finding import decide
from rentree.judge.statistics import Interval, share_interval
from rentree.verdict import Decision

ROOT = Path(__file__).parents[2]
TRUE = 0.05


@pytest.fixture(scope="module")
def queues() -> ModuleType:
    """`benchmarks/coverage/queues.py`, which is not installed."""
    path = ROOT / "benchmarks/coverage/queues.py"
    spec = importlib.util.spec_from_file_location("coverage_queues", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def steady(queues: ModuleType) -> list[Any]:
    """Two hundred mornings at utilisation 0.7."""
    return list(queues.mornings(queues.steady(0.7), 200, np.random.default_rng(5)))


@pytest.fixture(scope="module")
def bells(queues: ModuleType) -> list[Any]:
    """Fifty times ten mornings with a bell to 0.9."""
    return list(queues.mornings(queues.bell(0.9), 500, np.random.default_rng(5)))


def limit_of(mornings: Sequence[Any], share: float = TRUE) -> float:
    """What so large a share of all waited longer than, s."""
    return float(np.quantile(np.concatenate([m.took for m in mornings]), 1 - share))


def held(intervals: Sequence[Interval]) -> float:
    """How often the truth is inside."""
    return float(np.mean([low <= TRUE <= high for low, high in intervals]))


def test_the_queue_is_the_textbooks(queues: ModuleType, steady: list[Any]) -> None:
    """People come at the rate that was asked, and wait on average what Erlang's C says."""
    servers, offered = queues.SERVERS, 0.7 * queues.SERVERS
    full = offered**servers / math.factorial(servers) / (1 - 0.7)
    queued = full / (sum(offered**k / math.factorial(k) for k in range(servers)) + full)
    wait = queues.SERVICE * (1 + queued / (servers - offered))
    assert np.mean([len(m.due) for m in steady]) == pytest.approx(
        300 * offered / queues.SERVICE, rel=0.01
    )
    assert np.concatenate([m.took for m in steady]).mean() == pytest.approx(wait, rel=0.01)


def test_a_bell_rises_in_the_middle(queues: ModuleType, bells: list[Any]) -> None:
    """Three times as many are due in the middle of the window as at its ends."""
    due = np.concatenate([m.due for m in bells]) / queues.WINDOW.length
    ends, middle = np.mean((due < 0.02) | (due > 0.98)), np.mean(abs(due - 0.5) < 0.02)
    assert middle / ends == pytest.approx(3, rel=0.05)
    assert due.min() >= 0
    assert due.max() < 1


def test_one_run_at_ease(queues: ModuleType, steady: list[Any]) -> None:
    """At 0.7 the interval of one run holds the truth in nine of ten mornings at the least."""
    limit = limit_of(steady)
    found = [share_interval(m.took > limit, m.due, queues.WINDOW) for m in steady]
    assert held(found) >= 0.9


def test_ten_runs_near_the_knee(bells: list[Any]) -> None:
    """In a bell to 0.9 ten runs hold it far more often than rows taken for independent would."""
    limit = limit_of(bells)
    broken = [int((m.took > limit).sum()) for m in bells]
    rows = [len(m.due) for m in bells]
    tens = [slice(at, at + 10) for at in range(0, len(bells), 10)]
    assert held([across_interval(broken[ten], rows[ten]) for ten in tens]) >= 0.85
    accused = [across_p(broken[ten], rows[ten], TRUE) < 0.05 for ten in tens]
    assert np.mean(accused) <= 0.05


@pytest.mark.parametrize(
    ("sentence", "share", "said", "most"),
    [
        ("4.9 % against 5 %: hardly ever accused", 0.049, "fail", 0.03),
        ("2 % against 5 %: never accused", 0.02, "fail", 0.0),
        ("5.5 % against 5 %: hardly ever acquitted", 0.055, "pass", 0.03),
        ("7 % against 5 %: never acquitted", 0.07, "pass", 0.0),
    ],
)
def test_wrong_words_are_rare(
    queues: ModuleType, steady: list[Any], sentence: str, share: float, said: Decision, most: float
) -> None:
    """At 0.7, one run seldom says what is not so."""
    limit = limit_of(steady, share)
    words = [decide(m.took > limit, m.took > limit, m.due, queues.WINDOW, TRUE)[0] for m in steady]
    assert words.count(said) / len(words) <= most, sentence
