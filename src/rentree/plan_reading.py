"""Reading `raw/plan.json`: a plan of another release is said to be one, and what is not known."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from rentree import __version__
from rentree.errors import RentreeError
from rentree.plan import Plan

_UNKNOWN = ("extra_forbidden", "union_tag_invalid")  # what a later release may have added
_SHOWN = 3


def read_plan(raw: Path) -> Plan:
    """The plan of an evidence folder, by its `raw/`.

    Raises:
        RentreeError: there is none, it is damaged, or another release wrote it.
    """
    try:
        return Plan.model_validate_json((raw / "plan.json").read_bytes())
    except (OSError, ValueError) as error:
        told = _misfit(error, _writer(raw)) if isinstance(error, ValidationError) else str(error)
        raise RentreeError(
            f"{raw.parent} cannot be read as evidence: raw/plan.json {told}"
        ) from error


def _misfit(error: ValidationError, writer: str) -> str:
    """Where the plan differs from what this release reads, and which release wrote it."""
    problems = error.errors(include_url=False, include_context=True)
    unknown = [_at(p) for p in problems if p["type"] in _UNKNOWN]
    if not unknown:
        told = "; ".join(f"{_at(p)}: {p['msg']}" for p in problems[:_SHOWN])
        return f"is no plan of this release ({__version__}): {told}"
    names = ", ".join(unknown[:_SHOWN]) + ", …" * (len(unknown) > _SHOWN)
    return (
        f"was written by Rentrée {writer} and has what this release ({__version__}) does not know: "
        f"{names}. What it asks for cannot be judged without: use the release that wrote it"
    )


def _at(problem: Mapping[str, Any]) -> str:
    place = ".".join(str(part) for part in problem["loc"]) or "the file"
    tag = problem.get("ctx", {}).get("tag")
    return f"“{place}”" if tag is None else f"“{place}: {tag}”"


def _writer(raw: Path) -> str:
    """The release that wrote the folder, as its environment.json says."""
    try:
        return str(json.loads((raw / "environment.json").read_bytes())["rentree"])
    except (OSError, ValueError, TypeError, KeyError):
        return "of an unknown version"
