"""How often two sound runs are found different, and a slower one found: on simulated queues."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from rentree.compare.doubt import Change, Window, quantile_p, share_changed
from rentree.compare.measures import QUANTILES, ROWS
from rentree.compare.weighing import Compared, Least, weighed
from rentree.judge.statistics import quantile

from .queues import run

NO_WORDS = {"fr": "", "en": ""}


def worse(before: list[Window], after: list[Window], least: Least) -> bool:
    """Whether `after` is found worse in any of its steps."""
    figures = []
    for step, (one, other) in enumerate(zip(before, after, strict=True)):
        for name, q in QUANTILES.items():
            if min(len(one.due), len(other.due)) >= ROWS[name]:
                sizes = quantile(one.waited, q), quantile(other.waited, q)
                change = Change(*sizes, (0.0, np.inf), quantile_p(one, other, q))
                figures.append(Compared(f"{name}/{step}", NO_WORDS, "", "s", change))
        figures.append(Compared(f"x/{step}", NO_WORDS, "", "share", share_changed(one, other)))
    return any(figure.state == "worse" for figure in weighed(figures, least))


@pytest.mark.parametrize(
    ("kind", "load", "length"),
    [
        ("same", 0.3, 15.0),
        ("same", 0.6, 15.0),
        ("same", 0.8, 15.0),
        ("exponential", 0.6, 15.0),
        ("exponential", 0.8, 15.0),
        ("log-normal", 0.3, 10.0),
        ("log-normal", 0.8, 15.0),
        ("log-normal", 0.8, 60.0),
    ],
)
def test_two_sound_runs_are_rarely_found_worse(kind: str, load: float, length: float) -> None:
    """Of 200 pairs, over all their figures, one in twenty at most, whatever the least change."""
    random = np.random.default_rng(2021)
    runs = [run(random, load, kind=kind, length=length) for _ in range(201)]
    found = [worse(before, after, Least(0.0, 0.0, 0.0)) for before, after in pairwise(runs)]
    assert sum(found) <= 0.05 * len(found)


@pytest.mark.parametrize(
    ("kind", "length", "slower", "least", "share"),
    [
        ("same", 15.0, 1.30, 0.10, 0.95),  # what is asked of two runs of a profile
        ("same", 15.0, 1.15, 0.10, 0.90),
        ("same", 15.0, 1.10, 0.05, 0.90),
        ("exponential", 60.0, 1.30, 0.10, 0.80),  # service that varies asks for longer windows
        ("log-normal", 60.0, 1.30, 0.10, 0.80),
        ("log-normal", 240.0, 1.15, 0.10, 0.80),
    ],
)
def test_a_slower_run_is_found(
    kind: str, length: float, slower: float, least: float, share: float
) -> None:
    """At 60 % utilisation, so often at least, of 60 pairs."""
    random = np.random.default_rng(2021)
    found = [
        worse(run(random, 0.6, kind=kind, length=length),
              run(random, 0.6, kind=kind, length=length, slower=slower), Least(least, 0.0, 0.01))
        for _ in range(60)
    ]  # fmt: skip
    assert sum(found) >= share * len(found)


def test_a_change_smaller_than_the_least_is_never_worse() -> None:
    """5 % more, seen surely in four minutes, is not worse where 20 % matters."""
    random = np.random.default_rng(2021)
    pairs = [
        (run(random, 0.3, kind="same", length=60), run(random, 0.3, kind="same", length=60,
                                                       slower=1.05))
        for _ in range(10)
    ]  # fmt: skip
    assert all(worse(*pair, Least(0.02, 0.0, 0.01)) for pair in pairs)
    assert not any(worse(*pair, Least(0.20, 0.0, 0.01)) for pair in pairs)
