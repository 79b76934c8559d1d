"""Stop rules: what counts as going wrong, and what tells nothing of the platform."""

from __future__ import annotations

import pytest

from rentree.planned_fault import PlannedFault
from rentree.stop import Errors, Health, Tried, announced, share_of_errors, told
from rentree.testing import us

SLOW = PlannedFault(
    name="slow", fault="latency", hits={"territory": "north"}, start=us(10), end=us(20), settings={}
)


@pytest.mark.parametrize(
    ("sentence", "rows", "share"),
    [
        ("half goes wrong", [("ok", "south", 20), ("error", "south", 20)], 0.5),
        ("patience that ends is one", [("ok", "south", 10), ("timeout", "south", 30)], 0.75),
        ("a refusal is the platform's own protection", [("refused", "south", 40)], 0.0),
        ("what we did not send is nothing", [("ok", "south", 20), ("not_sent", "south", 60)], 0.0),
        ("what was given up was not tried", [("ok", "south", 20), ("abandoned", "south", 9)], 0.0),
        ("nineteen are too few", [("error", "south", 19)], None),
        ("nobody is nothing", [], None),
        ("who is behind a line that we break tells nothing",
         [("ok", "south", 20), ("error", "north", 60)], 0.0),
    ],
)  # fmt: skip
def test_share_of_errors(
    sentence: str, rows: list[tuple[str, str, int]], share: float | None
) -> None:
    """In a stretch in which one territory's line is broken by us."""
    tried = [Tried(us(12), outcome, place) for outcome, place, count in rows for _ in range(count)]
    assert share_of_errors(tried, [SLOW], us(10), us(15)) == share, sentence


def test_only_the_stretch_counts() -> None:
    """Before and after it is another matter; so is a fault that is over."""
    tried = [Tried(us(second), "error", "north") for second in range(30) for _ in range(30)]
    assert share_of_errors(tried, [SLOW], us(10), us(20)) is None
    assert share_of_errors(tried, [SLOW], us(20), us(25)) == 1.0
    assert share_of_errors(tried, [SLOW], us(40), us(50)) is None


def test_a_rule_in_words() -> None:
    """With what was seen."""
    rule = Errors.model_validate({"when": "errors", "share_above": "50 %", "for": "10 s"})
    assert told(rule, 0.734) == "more than 50% of attempts went wrong for 10 s (73%)"


@pytest.mark.parametrize(
    ("language", "errors", "health"),
    [
        ("en", "more than 50% of attempts went wrong for 10 s",
         "/statut of ent gave no good answer for 2.5 s"),
        ("fr", "plus de 50\u00a0% des tentatives sont en échec pendant 10\u00a0s",
         "/statut de ent ne donne pas de bonne réponse pendant 2,5\u00a0s"),
    ],
)  # fmt: skip
def test_a_rule_before_a_run(language: str, errors: str, health: str) -> None:
    """As `rentree check` says what would stop one."""
    rule = Errors.model_validate({"when": "errors", "share_above": "50 %", "for": "10 s"})
    page = {"when": "health", "platform": "ent", "path": "/statut", "for": "2500 ms"}
    assert announced(rule, language) == errors
    assert announced(Health.model_validate(page), language) == health
