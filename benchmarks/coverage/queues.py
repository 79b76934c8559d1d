"""Mornings of a simulated platform: a queue with eight servers (M/M/8), 300 s, as numbers.

People come at random (Poisson), each is served for an exponential time by the first server that
is free, and what they wait is their due time's distance from the end of that. Utilisation is the
share of the servers' time that is asked for. A bell rises from 0.3 to its peak in the middle of the
window and back, as sin². Before the window the queue has run for 300 mean services at what it
begins with. Everybody stays until served.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rentree.quantity import SECOND, Span

SERVERS = 8
SERVICE = 0.5  # s, on average
WINDOW = Span(0, 300 * SECOND)  # µs
_LENGTH = WINDOW.length / SECOND
_WARM = 300 * SERVICE
_TOGETHER = 500  # runs computed side by side


@dataclass(frozen=True)
class Load:
    """What is asked of the platform, in shares of what it can give."""

    name: str
    base: float
    peak: float


@dataclass(frozen=True)
class Morning:
    """Who was due in the window of one run: when (µs), and how long they waited (s)."""

    due: NDArray[np.int64]
    took: NDArray[np.float64]


def steady(utilisation: float) -> Load:
    """The same all the time."""
    return Load(f"steady {utilisation:g}", utilisation, utilisation)


def bell(peak: float) -> Load:
    """Up to a peak in the middle of the window."""
    return Load(f"bell to {peak:g}", 0.3, peak)


LOADS = (*map(steady, (0.5, 0.6, 0.7, 0.8, 0.9)), *map(bell, (0.9, 1.05, 1.3)))


def mornings(load: Load, count: int, rng: np.random.Generator) -> Iterator[Morning]:
    """So many independent runs."""
    for done in range(0, count, _TOGETHER):
        due, took = _together(load, min(_TOGETHER, count - done), rng)
        inside = (due >= 0) & (due < _LENGTH)
        for run in range(due.shape[1]):
            here = inside[:, run]
            yield Morning((due[here, run] * SECOND).astype(np.int64), took[here, run])


def _together(
    load: Load, runs: int, rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Due times and waits in s, a row a person, a column a run; the last are due after the end."""
    moments = np.linspace(-_WARM, _LENGTH, 6001)
    bow = np.where(moments < 0, 0.0, np.sin(np.pi * moments / _LENGTH) ** 2)
    rate = SERVERS / SERVICE * (load.base + (load.peak - load.base) * bow)
    expected = np.concatenate([[0], np.cumsum((rate[1:] + rate[:-1]) / 2 * np.diff(moments))])
    people = int(expected[-1] + 6 * np.sqrt(expected[-1]))
    turns = np.cumsum(rng.standard_exponential((people, runs)), axis=0)
    due = np.interp(turns, expected, moments)
    took = rng.standard_exponential((people, runs)) * SERVICE
    free = np.full((SERVERS, runs), -_WARM)  # when each server is; the first to be comes first
    for came, served in zip(due, took, strict=True):
        done = np.maximum(came, free[0]) + served
        np.subtract(done, came, out=served)
        for place in range(1, SERVERS):
            np.minimum(free[place], done, out=free[place - 1])
            np.maximum(free[place], done, out=done)
        free[-1] = done
    return due, took
