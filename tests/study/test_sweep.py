"""Between which values of a sweep the verdict changes, and what is said when it does not."""

from __future__ import annotations

import re

import pytest

from rentree.study.conclusion import Conclusion
from rentree.study.kinds.sweep import Sweep, changes
from rentree.study.outcome import NO_RUN, Outcome
from rentree.study.picture import picture
from rentree.verdict import Decision

WORDS: dict[str, Decision | None] = {
    "p": "pass", "f": "fail", "u": "undecided", "i": "invalid", "-": None,
}  # fmt: skip
AT = [240, 60, 15, 5]


def sweep() -> Sweep:
    """Four windows, from 4 h to 5 min."""
    return Sweep.model_validate({
        "study": "s", "title": {"fr": "t", "en": "t"}, "kind": "sweep",
        "swept": {"what": {"fr": "fenêtre", "en": "window"}, "unit": {"fr": "min", "en": "min"}},
        "measure": {"slo": "punctual", "share": "90 %", "within": "3 s", "each": "none"},
        "runs": [{"profile": "p", "sandbox": "s", "at": str(at)} for at in AT],
    })  # fmt: skip


@pytest.mark.parametrize(
    ("verdicts", "expected", "said"),
    [
        pytest.param("ppff", [(1, 2)], "changes between 60 min (held) and 15 min (not held).",
                     id="a knee"),
        pytest.param("pfff", [(0, 1)], "between 240 min (held) and 60 min (not held).",
                     id="a knee at the first step"),
        pytest.param("puif", [(0, 3)], "held) and 5 min (not held), and nothing is said of 60 min, "
                     "15 min.", id="a knee across what is not decided"),
        pytest.param("pppp", [], "does not change (held at all 4 values that are decided)",
                     id="never fails"),
        pytest.param("ff-f", [], "does not change (not held at all 3 values that are decided)",
                     id="never holds, and one is missing"),
        pytest.param("pfpf", [(0, 1), (1, 2), (2, 3)], "changes 3 times, which shows no single",
                     id="it changes back"),
        pytest.param("upui", [], "one value alone is decided (held), and nothing is said of",
                     id="one decided"),
        pytest.param("uuii", [], "No run is decided", id="nothing decided"),
    ],
)  # fmt: skip
def test_where_the_verdict_changes(
    verdicts: str, expected: list[tuple[int, int]], said: str
) -> None:
    """p pass, f fail, u undecided, i invalid, - no run; from wide to narrow."""
    decisions = [WORDS[letter] for letter in verdicts]
    assert changes(decisions) == expected
    outcomes = [
        Outcome(0.5, (0.4, 0.6), 100, decision=one,
                whys=() if one not in ("invalid", None) else ({"fr": "", "en": "late"},))
        for one in decisions
    ]  # fmt: skip
    text = " ".join(sweep().lines(outcomes, "en")).replace("\u00a0", " ")
    assert said in text
    told = sweep().told(outcomes)["changes"]
    assert told == [[AT[one], AT[other]] for one, other in expected]


def test_the_picture_shows_what_is_no_hole() -> None:
    """Each value by its name, share and verdict in the description; a hole is not drawn."""
    outcomes = [
        Outcome(1.0, (0.98, 1.0), 100, decision="pass"),
        Outcome(0.4, (0.3, 0.5), 100, decision="fail"),
        NO_RUN,
        Outcome(0.1, (0.0, 0.2), 100, decision="fail"),
    ]
    drawn = picture(Conclusion(sweep(), outcomes), "en")
    assert drawn is not None
    (told,) = re.findall("<desc>(.*)</desc>", drawn.replace("\u00a0", " "))
    assert told == "240 min 100% ✓ held, 60 min 40% ✗ not held, 5 min 10% ✗ not held"


def test_nothing_sound_is_no_picture() -> None:
    """A sweep of holes."""
    assert picture(Conclusion(sweep(), [NO_RUN] * 4), "en") is None
