"""Promises as values: what they tolerate, their limits, and whom findings are for."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from rentree.slo import KINDS, AnySlo, Slo

RESPONSE = {"slo": "response", "step": "home", "quantile": "95 %", "below": "2 s"}
REFUSED = {"slo": "refused", "share_below": "1 %"}
PUNCTUAL = {"slo": "punctual", "share": "99.9 %", "within": "5 min"}
AT_ONCE = {"slo": "signed-in-at-once", "at_least": "50 000", "held": "20 min"}
GOODPUT = {"slo": "goodput", "share": "99 %", "within": "5 s"}
RECOVERS = {"slo": "recovers", "after": "hot-spot", "within": "2 min"}
AVAILABLE = {"slo": "available", "slow_above": "5 s", "slow_at_most": "15 min"}
ALL: list[dict[str, Any]] = [
    RESPONSE, REFUSED, PUNCTUAL, AT_ONCE, GOODPUT, RECOVERS, AVAILABLE,
    *({**REFUSED, "slo": word} for word in ("wrong", "error", "timeout", "waiting")),
    {"slo": "resilient", "in": "disturbance", "share": "90 %"},
    {"slo": "fair", "within": "5 s", "apart": "10 %"},
    {"slo": "classes-can-start", "by": "09:05", "share": "95 %"},
    {"slo": "gate", "shuts": ["parent"], "until": "15:00"},
    {"slo": "session-time", "idle": "30 min"},
    {"slo": "quota", "at_most": "8 000"},
    {"slo": "queue-fair"},
    {"slo": "refuses-well"},
    {"slo": "single-use", "steps": ["ticket again"]},
    {"slo": "fresh", "within": "5 s"},
    {"slo": "nothing-lost"},
    {"slo": "no-leak"},
    {"slo": "same-for-all"},
    {"slo": "agrees"},
]  # fmt: skip


def slo(keys: dict[str, Any]) -> Slo:
    """A promise from its YAML keys."""
    value: Slo = TypeAdapter(AnySlo).validate_python(keys)
    return value


@pytest.mark.parametrize(
    ("keys", "tolerated", "limit_us", "groups"),
    [
        (RESPONSE, 0.05, 2_000_000, ["territory"]),
        (REFUSED, 0.01, None, ["territory"]),
        (PUNCTUAL, 0.001, 300_000_000, ["territory"]),
        (AT_ONCE, None, None, []),
        (RESPONSE | {"each": ["school", "persona"]}, 0.05, 2_000_000, ["school", "persona"]),
        (REFUSED | {"each": "none"}, 0.01, None, []),
    ],
)
def test_what_a_promise_tolerates(
    keys: dict[str, Any], tolerated: float | None, limit_us: int | None, groups: list[str]
) -> None:
    """The share that may break it, exact to the last digit, its time limit, and its groups."""
    promise = slo(keys)
    assert promise.tolerated() == tolerated
    assert promise.limit_us() == limit_us
    assert promise.groups() == groups


def test_a_phase_is_called_in() -> None:
    """`in: bell` in YAML and in the plan; the word `phase` is refused."""
    promise = slo(RESPONSE | {"in": "bell"})
    assert promise.phase == "bell"
    assert slo(promise.model_dump(by_alias=True)) == promise
    with pytest.raises(ValidationError, match="phase"):
        slo(RESPONSE | {"phase": "bell"})


@pytest.mark.parametrize("keys", ALL, ids=[str(k["slo"]) for k in ALL])
def test_a_promise_is_read_back_from_a_plan(keys: dict[str, Any]) -> None:
    """Numbers in the evidence are normal values, and stay what they are."""
    promise = slo(keys)
    assert slo(promise.model_dump(mode="json", by_alias=True)) == promise


def test_every_kind_explains_itself() -> None:
    """`rentree list slos` has a sentence for each."""
    assert set(KINDS) == {k["slo"] for k in ALL}
    assert all(len(kind.explains) > 40 for kind in KINDS.values())
