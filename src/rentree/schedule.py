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


MORNING = 7.38991  # k of the ebb: (1 − e^(−0.325 k)) / (1 − e^(−k)) = 0.91


def ebb(u: Floats, start: int, end: int, bell: int) -> Floats:
    """Arrivals that are dense at `start` and thin out: the exponential, cut off at `end`.

    F(x) = (1 − e^(−kx)) / (1 − e^(−k)), x in [0, 1] of the stretch: x = −ln(1 − u(1 − e^(−k))) / k.
    k makes 91 % of the people be there by 32.5 % of the stretch: 11:15 of a day from 8:00 to 18:00,
    as on 26 April 2021 (666 700 users by 11:15, 735 000 that day). The bell plays no part.
    """
    x: Floats = -np.log1p(u * np.expm1(-MORNING)) / MORNING
    return start + x * (end - start)


def swell(u: Floats, start: int, end: int, bell: int) -> Floats:
    """Arrivals that grow towards the bell and stop there: a density that rises from zero.

    F(x) = x², x in [0, 1] from `start` to `bell`: x = √u. `end` plays no part. Saturation "entre
    7 heures et 8 heures" is on record (La Voix du Nord); that it grows evenly is an assumption.
    """
    return start + np.sqrt(u) * (bell - start)


AROUND = 300_000_000  # µs on either side of the bell
MOST = 0.8  # of a step, in those ten minutes


def sharp(u: Floats, start: int, end: int, bell: int) -> Floats:
    """Four fifths in the ten minutes around the bell, the others evenly before and after.

    F is made of straight lines: 0.8 lies between bell − 5 min and bell + 5 min, or what of that is
    in the stretch, and 0.2 over the rest of it, as long as there is a rest. Steps at 8:00 and 9:00
    are on record; that 80 % of one come in 10 minutes is a convention of ours.
    """
    first, last = max(start, bell - AROUND), min(end, bell + AROUND)
    rest = (first - start) + (end - last)
    most = MOST if rest else 1.0
    before = (1 - most) * (first - start) / rest if rest else 0.0
    return np.interp(u, [0.0, before, before + most, 1.0], [start, first, last, end])


CURVES = {"even": even, "rush": rush, "ebb": ebb, "swell": swell, "sharp": sharp}


def due_times(curve: Curve, u: Floats, start: int, end: int, bell: int) -> Ints:
    """Due times, whole µs in [start, end], for draws `u`.

    Raises:
        KeyError: an unknown curve.
    """
    times = CURVES[curve](u, start, end, bell)
    whole: Ints = np.clip(np.rint(times), start, end).astype(np.int64)
    return whole
