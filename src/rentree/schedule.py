"""When people are due: curves as inverse distribution functions. Pure; the draw comes in as `u`."""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

Curve = str
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def draws(count: int, *words: object) -> Floats:
    """`count` numbers in [0, 1) that depend on the words alone (seed, territory, persona …).

    The i-th number never depends on `count`: a smaller crowd keeps its people's times.
    """
    text = "\x1f".join(map(str, words)).encode()
    key = int.from_bytes(hashlib.blake2b(text, digest_size=16).digest(), "little")
    return np.random.Generator(np.random.Philox(key=key)).random(count)


def even(u: Floats, start: int, end: int, bell: int) -> Floats:
    """Arrivals spread evenly over [start, end), µs; the bell plays no part."""
    return start + u * (end - start)


def rush(u: Floats, start: int, end: int, bell: int) -> Floats:
    """Arrivals that grow towards the bell and ebb after it: the triangular distribution.

    Density zero at `start` and `end`, highest at `bell` (all µs). Assumption: the record tells
    of peaks "sur des laps de temps très limités" (F05) and of no curve.
    """
    width = end - start
    rise = (bell - start) / width
    up = start + np.sqrt(u * width * (bell - start))
    down = end - np.sqrt((1 - u) * width * (end - bell))
    return np.where(u < rise, up, down)


CURVES = {"even": even, "rush": rush}


def due_times(curve: Curve, u: Floats, start: int, end: int, bell: int) -> Ints:
    """Due times, whole µs in [start, end], for draws `u`.

    Raises:
        KeyError: an unknown curve.
    """
    times = CURVES[curve](u, start, end, bell)
    whole: Ints = np.clip(np.rint(times), start, end).astype(np.int64)
    return whole
