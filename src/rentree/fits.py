"""What `rentree check --fits` is told: a capacity in words, or the result of `rentree capacity`."""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Sequence
from functools import reduce
from pathlib import Path
from typing import Any

from rentree.asked import Capacity
from rentree.capacity.record import SEARCH
from rentree.errors import UsageError
from rentree.quantity import Span, parse_number, parse_span
from rentree.sample import SIGN_IN

_UNITS = {
    "/s": "steps", "steps/s": "steps", "étapes/s": "steps",
    "people/s": "sign_ins", "personnes/s": "sign_ins", "sign-ins/s": "sign_ins",
    "sessions": "sessions", "places": "sessions",
}  # fmt: skip
_HOW = (
    "write it as in “160 steps/s” (or 160/s), “40 people/s”, “8 500 sessions”, or name the folder "
    "or file that `rentree capacity` wrote"
)


def read_capacities(texts: Sequence[str]) -> Capacity | None:
    """All of them together; None: nothing was asked. Raises UsageError as `read_capacity`."""
    each = [read_capacity(text) for text in texts]
    return reduce(Capacity.and_, each) if each else None


def read_capacity(text: str) -> Capacity:
    """A capacity as the user gives it.

    Raises:
        UsageError: no unit, a wrong one, no number, or a search that found nothing that holds.
    """
    if os.path.exists(text):  # noqa: PTH110  # Path's raises where a name is too long
        return _measured(Path(text))
    units = "|".join(sorted(map(re.escape, _UNITS), key=len, reverse=True))
    found = re.fullmatch(rf"(.*?\d)\s*({units})", text.strip())
    if not found:
        plain = re.fullmatch(r"[\d\s.,]+", text.strip())
        why = "has no unit" if plain else "is no capacity and no file"
        raise UsageError(f"--fits: “{text}” {why}: {_HOW}")
    try:
        number = parse_number(found[1])
    except ValueError as error:
        raise UsageError(f"--fits: {error}") from None
    if number <= 0:
        raise UsageError(f"--fits: “{text}” is nothing: {_HOW}")
    unit = _UNITS[found[2]]
    return Capacity(*(number if unit == one else None for one in ("steps", "sign_ins", "sessions")))


def read_day(text: str) -> Span:
    """The stretch of the day that slots may take. Raises UsageError."""
    try:
        return parse_span(text)
    except ValueError as error:
        raise UsageError(f"--day: {error}") from None


def _measured(path: Path) -> Capacity:
    """The rate that held, the lower end of what the search left in doubt."""
    file = path / SEARCH if path.is_dir() else path
    try:
        data: Any = json.loads(file.read_text(encoding="utf-8"))
        told = data["capacity"]
        only = told["step"]
        holds, steps = (float(told[key] or 0) for key in ("holds", "steps_per_second"))
        surely, of = bool(told.get("holds_surely", told["sure"])), (str(data["profile"]),)
    except OSError as error:
        raise UsageError(f"--fits: {file}: {error.strerror or error}") from None
    except (ValueError, KeyError, TypeError):
        raise UsageError(
            f"--fits: {file} is no result of `rentree capacity` (its {SEARCH}): {_HOW}"
        ) from None
    if not holds > 0:
        raise UsageError(f"--fits: {file} found no rate that holds: nothing can be fitted to it")
    if not (surely and math.isfinite(holds) and math.isfinite(steps)):
        raise UsageError(
            f"--fits: {file}: {holds:g} a second held once only, or the search was cut short: let "
            "it come to its end, then fit to it"
        )
    if only is None and steps > 0:
        return Capacity(steps=steps, of=of)
    if only in (None, SIGN_IN):
        return Capacity(sign_ins=holds, of=of)
    raise UsageError(
        f"--fits: {file} measured the step “{only}” alone: measure the journeys (without --step) "
        f"or --step “{SIGN_IN}”"
    )
