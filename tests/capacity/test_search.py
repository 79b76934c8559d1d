"""Which rate is tried next, and what is found in the end: on platforms that are a sentence long."""

from __future__ import annotations

import math
import random
from collections.abc import Callable

import pytest

from rentree.capacity.search import Found, Next, Outcome, Try, Wanted, decide, so_far

Platform = Callable[[float, int], Outcome]  # rate, number of the try


def search(platform: Platform, wanted: Wanted, most: int = 80) -> tuple[Found, list[Try]]:
    """Search to the end."""
    tries: list[Try] = []
    while len(tries) < most:
        step = decide(tries, wanted)
        if isinstance(step, Found):
            return step, tries
        tries.append(Try(step.rate, platform(step.rate, len(tries))))
    raise AssertionError(f"no end: {tries}")


def knee(at: float) -> Platform:
    """Holds up to a rate, exactly."""

    def answer(rate: float, _: int) -> Outcome:
        return "held" if rate <= at else "failed"

    return answer


def blurred(at: float, seed: int, by: float) -> Platform:
    """Near its knee it holds by chance: the knee is another one each time, by so much."""
    draw = random.Random(seed)

    def answer(rate: float, _: int) -> Outcome:
        return "held" if rate <= at * draw.gauss(1, by) else "failed"

    return answer


@pytest.mark.parametrize("start", [0.5, 9.0, 40.0, 250.0])
@pytest.mark.parametrize("width", [0.02, 0.05, 0.2])
@pytest.mark.parametrize("at", [3.0, 40.0, 41.7, 160.0])
def test_a_sharp_knee_is_enclosed(at: float, width: float, start: float) -> None:
    """What held lies below it, what failed above, no further apart than asked; each tried twice."""
    found, tries = search(knee(at), Wanted(start, width))
    assert found.sure
    assert found.holds is not None
    assert found.fails is not None
    assert found.holds <= at < found.fails
    assert found.fails / found.holds <= 1 + width + 1e-6
    for edge in (found.holds, found.fails):
        assert sum(one.rate == edge for one in tries) == 2


def test_five_percent_from_below_takes_about_a_dozen_rungs() -> None:
    """Four doublings, four halvings, and the two edges again."""
    _, tries = search(knee(40), Wanted(5))
    assert len(tries) <= 12


@pytest.mark.parametrize("blur", [0.01, 0.02, 0.05])
def test_chance_at_the_knee_seldom_leads_astray(blur: float) -> None:
    """Of 200 searches on a platform whose knee wavers, 95 in 100 end within width and blur."""
    near = 0
    for seed in range(200):
        found, tries = search(blurred(40, seed, blur), Wanted(7))
        assert found.holds is not None
        assert len(tries) <= 40
        near += abs(found.holds / 40 - 1) <= 0.05 + 2 * blur
    assert near >= 190


@pytest.mark.parametrize(
    ("tries", "wanted", "expected"),
    [
        ([], Wanted(10), Next(10, coarse=True)),
        ([(10, "held")], Wanted(10), Next(20, coarse=True)),
        ([(10, "failed")], Wanted(10), Next(5, coarse=True)),
        ([(10, "unfit")], Wanted(10), Next(10)),
        ([(10, "held"), (20, "failed")], Wanted(10), Next(math.sqrt(200), coarse=True)),
        ([(10, "held"), (12, "failed")], Wanted(10), Next(math.sqrt(120))),
        ([(10, "held"), (20, "failed")], Wanted(10, at_least=15), Next(15, coarse=True)),
        (
            [(10, "held"), (20, "failed")],
            Wanted(10, at_least=25),
            Next(math.sqrt(200), coarse=True),
        ),
        ([(10, "held"), (10.4, "failed")], Wanted(10), Next(10)),
        ([(10, "held"), (10.4, "failed"), (10, "held")], Wanted(10), Next(10.4)),
        ([(10, "held"), (10.4, "failed"), (10, "failed")], Wanted(10), Next(10)),
        ([(10, "held"), (20, "failed"), (14, "failed"), (17, "held")], Wanted(10), Next(14)),
        ([(10, "held")], Wanted(10, most=15), Next(15, coarse=True)),
        ([(10, "held"), (15, "held")], Wanted(10, most=15), Next(15)),
    ],
    ids=[
        "nothing yet: where it begins",
        "it held: twice as much",
        "it failed: half as much",
        "we were not fit: the same again",
        "in between, by ratio",
        "in between, and near: a whole rung",
        "the rate that is to be decided lies in between",
        "the rate that is to be decided lies above",
        "near enough: what held is tried again",
        "and what failed",
        "once held, once failed: a third time",
        "more held than what failed: was that chance?",
        "no more than may be asked",
        "the most that may be asked is tried again",
    ],
)
def test_what_is_tried_next(
    tries: list[tuple[float, Outcome]], wanted: Wanted, expected: Next
) -> None:
    """One step."""
    assert decide([Try(*one) for one in tries], wanted) == expected


def unfit_above(limit: float, at: float) -> Platform:
    """We can make no more load than that."""

    def answer(rate: float, number: int) -> Outcome:
        return "unfit" if rate > limit else knee(at)(rate, number)

    return answer


def never_fit(_: float, __: int) -> Outcome:
    """We can make none."""
    return "unfit"


@pytest.mark.parametrize(
    ("platform", "wanted", "why", "holds", "fails"),
    [
        (knee(1000), Wanted(10, most=60), "limit", 60, None),
        (unfit_above(50, 1000), Wanted(10), "unfit", 40, None),
        (unfit_above(50, 60), Wanted(100), "unfit", None, None),
        (never_fit, Wanted(10), "unfit", None, None),
        (knee(0), Wanted(10), "nothing", None, 10 / 2**7),
    ],
    ids=[
        "as much as may be asked holds",
        "we are not fit for more",
        "we are not fit for where it begins",
        "we are fit for nothing",
        "nothing holds",
    ],
)
def test_a_search_that_finds_no_knee_says_why(
    platform: Platform, wanted: Wanted, why: str, holds: float | None, fails: float | None
) -> None:
    """It ends, is not sure, and what it knows is an edge at most."""
    found, _ = search(platform, wanted)
    assert (found.why, found.holds, found.fails) == (why, holds, fails)
    assert not found.sure


@pytest.mark.parametrize(
    ("tries", "rate", "reaches"),
    [
        ([(10, "held"), (10, "held")], 10, True),
        ([(10, "held"), (10, "held")], 9, True),
        ([(10, "held"), (10, "held")], 10.1, None),
        ([(10, "held")], 10, None),
        ([(10, "failed"), (10, "failed")], 10, False),
        ([(10, "failed"), (10, "failed")], 11, False),
        ([(10, "failed"), (10, "failed")], 9, None),
        ([(10, "failed")], 11, None),
        ([(10, "held"), (10, "failed"), (10, "held")], 10, True),
        ([(10, "held"), (10, "failed"), (10, "failed")], 10, False),
        ([(10, "unfit"), (10, "unfit"), (10, "unfit")], 10, None),
        ([], 10, None),
    ],
    ids=[
        "held twice", "more than asked held twice", "less than asked held", "held once",
        "failed twice", "less than asked failed twice", "more than asked failed", "failed once",
        "two of three held", "two of three failed", "we were not fit", "nothing was tried",
    ],
)  # fmt: skip
def test_whether_a_rate_holds(
    tries: list[tuple[float, Outcome]], rate: float, reaches: bool | None
) -> None:
    """No data, one lucky rung, or a rung of ours that was not fit never decide."""
    assert so_far([Try(*one) for one in tries]).reaches(rate) is reaches
