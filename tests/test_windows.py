"""When a fault is in force: anchors, bursts, drawn moments, growing settings."""

from __future__ import annotations

import itertools

import pytest
from pydantic import ValidationError

from rentree.quantity import SECOND, Span
from rentree.ramp import between, cut
from rentree.testing import us
from rentree.windows import Repeat, spans, window

NINE = 9 * 3600
PHASES = {
    "baseline": Span(us(NINE - 60), us(NINE - 20)),
    "bell": Span(us(NINE - 20), us(NINE + 40)),
    "recovery": Span(us(NINE + 40), us(NINE + 100)),
}


@pytest.mark.parametrize(
    ("sentence", "during", "start", "end"),
    [
        ("a phase is its whole stretch", "bell", -20, 40),
        ("from one phase to another, both whole", "baseline to recovery", -60, 100),
        ("a moment after a phase's start", "bell + 10 s to recovery", -10, 100),
        ("a moment before a phase's end", "baseline to bell - 5 s", -60, 35),
        ("around a bell, by its time", "09:00 - 10 s to 09:00 + 20 s", -10, 20),
        ("times of day alone", "08:59:50 to 09:00:10", -10, 10),
        ("a time and a phase", "09:00 to recovery - 1 min", 0, 40),
    ],
)
def test_a_window_is_told_by_its_anchors(sentence: str, during: str, start: int, end: int) -> None:
    """Relative to phases and bells."""
    assert window(during, PHASES) == Span(us(NINE + start), us(NINE + end)), sentence


@pytest.mark.parametrize(
    ("sentence", "during", "told"),
    [
        ("a phase that is not there", "bel", "did you mean “bell”"),
        ("half of a stretch that is not there", "bell to recovry", "did you mean “recovery”"),
        ("no time of day", "bell to 9h", "neither a phase nor a time of day"),
        ("backwards", "recovery to baseline", "ends before it begins"),
        ("beyond the run", "bell to recovery + 1 s", "beyond the phases"),
        ("a bare number", "bell + 10 to recovery", "is not a duration"),
    ],
)
def test_a_window_that_cannot_be_is_refused(sentence: str, during: str, told: str) -> None:
    """With what is wrong, and what may have been meant."""
    with pytest.raises(ValueError, match=told):
        window(during, PHASES)


def bursts(repeat: dict[str, str], clock: float = 1.0, seed: str = "1") -> list[tuple[float, ...]]:
    """The bursts in the bell, seconds after its start."""
    bell = PHASES["bell"]
    found = spans(
        bell, Repeat.model_validate(repeat), lambda t: round((t - bell.start) / clock), clock, seed
    )
    return [(span.start / SECOND, span.end / SECOND) for span in found]


@pytest.mark.parametrize(
    ("sentence", "repeat", "clock", "expected"),
    [
        ("every so often, from the beginning", {"every": "20 s", "for": "5 s"}, 1,
         [(0, 5), (20, 25), (40, 45)]),
        ("what would not end in time is left out", {"every": "25 s", "for": "12 s"}, 1,
         [(0, 12), (25, 37)]),
        ("so many, spread evenly", {"times": "3", "for": "4 s"}, 1, [(0, 4), (20, 24), (40, 44)]),
        ("a faster clock makes them shorter and nearer", {"every": "20 s", "for": "5 s"}, 2,
         [(0, 2.5), (10, 12.5), (20, 22.5)]),
    ],
)  # fmt: skip
def test_bursts(
    sentence: str, repeat: dict[str, str], clock: float, expected: list[tuple[float, float]]
) -> None:
    """Where the bursts of a repeated fault lie."""
    assert bursts(repeat, clock) == expected, sentence


def test_drawn_bursts_are_the_seeds() -> None:
    """Random, and the same again with the same seed: apart, inside, on whole seconds."""
    repeat = {"times": "5", "for": "4 s", "at": "random"}
    drawn = bursts(repeat, seed="7")
    assert drawn == bursts(repeat, seed="7")
    assert len({tuple(bursts(repeat, seed=str(seed))) for seed in range(9)}) > 1
    for seed in range(50):
        found = bursts(repeat, seed=str(seed))
        assert all(start % 1 == 0 and end - start == 4 for start, end in found)
        assert found[0][0] >= 0
        assert found[-1][1] <= 60
        assert all(a[1] <= b[0] for a, b in itertools.pairwise(found))


@pytest.mark.parametrize(
    ("sentence", "repeat", "told"),
    [
        ("too short to be seen", {"every": "5 s", "for": "1 s"}, "cannot be seen"),
        ("they do not fit", {"times": "20", "for": "5 s"}, "do not fit"),
        ("one on top of the other", {"every": "5 s", "for": "6 s"}, "do not overlap"),
        ("neither or both", {"for": "5 s"}, "either `times`, or `every`"),
        ("a rhythm that is drawn", {"every": "9 s", "for": "5 s", "at": "random"}, "no rhythm"),
    ],
)
def test_bursts_that_cannot_be_are_refused(
    sentence: str, repeat: dict[str, str], told: str
) -> None:
    """Before the run."""
    with pytest.raises((ValueError, ValidationError), match=told):
        bursts(repeat)


def test_a_ramp_goes_in_equal_steps() -> None:
    """Figures go from the one to the other; whole milliseconds stay whole; the rest is the same."""
    first = {"delay": 100_000, "times": 10, "rate": 5.0, "from": {"addresses": 1}, "of": "école"}
    last = {"delay": 401_000, "times": 40, "rate": 6.5, "from": {"addresses": 3}, "of": "école"}
    assert between(first, last, 1 / 3) == {
        "delay": 200_000, "times": 20, "rate": 5.5, "from": {"addresses": 2}, "of": "école"
    }  # fmt: skip
    assert between(first, last, 1) == last
    with pytest.raises(ValueError, match="between figures"):
        between({"of": "a"}, {"of": "b"}, 0.5)
    assert cut(Span(0, 10), 3) == [Span(0, 3), Span(3, 7), Span(7, 10)]
