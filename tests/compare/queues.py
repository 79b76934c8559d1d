"""Simulated platforms: Poisson arrivals at some servers, and what people waited, by three steps."""

from __future__ import annotations

import heapq

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from rentree.compare.doubt import Window
from rentree.quantity import SECOND, Span

SERVERS, SERVICE, STEPS, WARM_UP = 4, 0.1, 3, 5.0  # servers, s of one request, steps, s


def services(random: Generator, kind: str, count: int, mean: float) -> NDArray[np.float64]:
    """Service times, s: all the same, exponential, or log-normal (two thirds spread)."""
    if kind == "same":
        return np.full(count, mean)
    if kind == "exponential":
        return random.exponential(mean, count)
    return mean * np.exp(random.normal(0, 0.8, count) - 0.32)


def run(
    random: Generator, load: float, *, kind: str, length: float, slower: float = 1.0
) -> list[Window]:
    """A run of `length` s at an offered `load` (0..1), served `slower` times longer: its steps.

    Each wait has some milliseconds of a machine's own on top.
    """
    rate = load * SERVERS / SERVICE
    count = int(random.poisson(rate * (length + WARM_UP)))
    came = np.sort(random.uniform(-WARM_UP, length, count))
    service = services(random, kind, count, SERVICE * slower)
    free, waited = [-WARM_UP] * SERVERS, np.empty(count)
    for i in range(count):
        start = max(came[i], free[0])
        heapq.heapreplace(free, start + service[i])
        waited[i] = start + service[i] - came[i]
    waited += random.gamma(2, 0.001, count)
    step, span = random.integers(0, STEPS, count), Span(0, round(length * SECOND))
    rows = [(came >= 0) & (step == s) for s in range(STEPS)]
    return [Window(waited[r] * SECOND, (came[r] * SECOND).astype(np.int64), span) for r in rows]
