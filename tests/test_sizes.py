"""School and class sizes against the recorded figures, on seeded samples."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from rentree.crowd import crowd
from rentree.profile import Profile
from rentree.schedule import draws
from rentree.sizes import CLASS, CLASS_SPREAD, KINDS, Level, classes_for, schools_for

Make = Callable[..., Profile]
SAMPLE = draws(20_000, "a seeded sample")
LEVELS: list[Level] = ["école", "collège", "lycée"]


def recorded(make: Make, pupils: int = 5_000, **shares: str) -> Profile:
    """Two territories of recorded sizes."""
    comings = [
        {**c.model_dump(exclude={"classes", "schools"}), "come": {"pupil": pupils, "teacher": 357},
         "unit": {**c.unit.model_dump(), "levels": LEVELS},
         "schools": {"sizes": "recorded", "shares": shares}}
        for c in make().crowd
    ]  # fmt: skip
    return make(crowd=comings)


def test_ecoles_are_as_large_as_recorded() -> None:
    """A tenth below 63 pupils, half below 143, nine tenths below 292: chi-square, p above 1 %.

    The mean was 110 324 pupils in 676 écoles; ours is within 2 % of it.
    """
    sizes = schools_for(1_000_000, "école", ("sample",))[:-1]  # the last took the rest
    bins = np.histogram(sizes, bins=[0, 63.5, 143.5, 292.5, np.inf])[0]
    assert stats.chisquare(bins, np.array([0.1, 0.4, 0.4, 0.1]) * len(sizes)).pvalue > 0.01
    assert sizes.mean() == pytest.approx(110_324 / 676, rel=0.02)


def test_colleges_are_as_large_as_recorded() -> None:
    """524 pupils on average, within 1 %; half of the collèges below 548: binomial, p above 1 %."""
    sizes = schools_for(2_000_000, "collège", ("sample",))[:-1]
    assert sizes.mean() == pytest.approx(524, rel=0.01)
    assert stats.binomtest(int((sizes < 548).sum()), len(sizes), 0.5).pvalue > 0.01


@pytest.mark.parametrize(("kind", "mean"), [(0, 319), (1, 1_108), (2, 1_039)])
def test_each_kind_of_lycee_is_as_large_as_recorded(kind: int, mean: int) -> None:
    """Vocational, general and technological, polyvalent: means within 1 %."""
    assert KINDS["lycée"][kind][1].at(SAMPLE).mean() == pytest.approx(mean, rel=0.01)


def test_vocational_lycees_have_the_vocational_pupils() -> None:
    """644 000 of 2 264 000 in 2019: within one hundredth of all."""
    share = [part * of.at(SAMPLE).mean() for part, of in KINDS["lycée"]]
    assert share[0] / sum(share) == pytest.approx(644 / 2_264, abs=0.01)


def test_the_country_has_as_many_schools_as_were_counted() -> None:
    """Écoles, collèges and lycées of all pupils of 2019, against 2020-21: within a fifth each.

    Sizes are those of one département, whose écoles are larger than the country's (163 pupils, not
    137): nothing here was fitted to the country.
    """
    pupils = {"école": 6_704_000, "collège": 3_413_000, "lycée": 2_264_000}
    counted = {"école": 48_950, "collège": 6_950, "lycée": 3_750}
    for level in LEVELS:
        made = len(schools_for(pupils[level], level, ("country",)))
        assert made == pytest.approx(counted[level], rel=0.2)


@pytest.mark.parametrize("level", LEVELS)
def test_classes_are_as_large_as_recorded(level: Level) -> None:
    """23.0 pupils in écoles, 23.8 elsewhere (F10), within 1 % on average.

    In large schools they spread around it as a normal distribution of 12 %: Kolmogorov-Smirnov
    distance below 0.06, of sizes in whole pupils made continuous by a draw of ± half a pupil.
    """
    sizes = schools_for(400_000, level, ("sample",))[:-1]
    school, classes = classes_for(sizes, level, ("sample",))
    assert classes.mean() == pytest.approx(CLASS[level], rel=0.01)
    sharing = classes[sizes[school] > 8 * CLASS[level]]
    smooth = sharing + draws(len(sharing), "smooth") - 0.5
    around = stats.norm(CLASS[level], CLASS_SPREAD * CLASS[level])
    assert stats.kstest(smooth, around.cdf).statistic < 0.06


@settings(max_examples=60, deadline=None)
@given(pupils=st.integers(0, 30_000), level=st.sampled_from(LEVELS), seed=st.integers(0, 2**32))
def test_schools_hold_all_pupils_and_classes_all_of_a_school(
    pupils: int, level: Level, seed: int
) -> None:
    """Nobody is left over or made up, no school or class is empty, however few come."""
    sizes = schools_for(pupils, level, (seed,))
    assert sizes.sum() == pupils
    school, classes = classes_for(sizes, level, (seed,))
    assert (sizes > 0).all()
    assert (classes > 0).all()
    assert np.array_equal(np.bincount(school, weights=classes, minlength=len(sizes)), sizes)


@settings(max_examples=20, deadline=None)
@given(few=st.integers(1, 5_000), more=st.integers(1, 5_000), level=st.sampled_from(LEVELS))
def test_more_pupils_leave_full_schools_alone(few: int, more: int, level: Level) -> None:
    """All but the last school, which took the rest, are as they were."""
    before, after = (schools_for(n, level, ("same",)) for n in (few, few + more))
    assert np.array_equal(before[:-1], after[: len(before) - 1])


def test_a_crowd_of_recorded_schools_keeps_what_holds_of_any(make_profile: Make) -> None:
    """Levels get their shares, a class is of one school, 60 % of the classes are convened."""
    profile = recorded(make_profile, école="54 %", collège="28 %", lycée="18 %")
    members = list(crowd(profile, seed=1))
    pupils = [m for m in members if m.persona == "pupil"]
    for territory in ("north", "south"):
        levels = Counter(m.level for m in pupils if m.territory == territory)
        assert levels == {"école": 2_700, "collège": 1_400, "lycée": 900}
    schools = defaultdict(set)
    for m in members:
        schools[m.class_].add((m.school, m.address, m.level))
    assert all(len(places) == 1 for places in schools.values())
    assert len({m.address for m in members}) == len({m.school for m in members})
    convened = {m.class_ for m in pupils if m.convened}
    assert not convened & {m.class_ for m in pupils if not m.convened}
    assert len(convened) == pytest.approx(0.6 * len(schools), abs=1)


def test_a_part_of_recorded_schools_is_made_of_whole_classes(make_profile: Make) -> None:
    """Everybody of a class comes or nobody does, and they are who they are at full scale."""
    profile = recorded(make_profile)
    full = {m.person: m._replace(arrival=0) for m in crowd(profile, seed=2)}
    part = {m.person: m._replace(arrival=0) for m in crowd(profile, seed=2, scale=0.2)}
    assert all(full[person] == member for person, member in part.items())
    present = {m.class_ for m in part.values()}
    assert part.keys() == {person for person, m in full.items() if m.class_ in present}


def test_shares_of_levels_are_even_unless_said(make_profile: Make) -> None:
    """A third of the pupils each, give or take the one that does not divide."""
    pupils = [m for m in crowd(recorded(make_profile), seed=1) if m.persona == "pupil"]
    assert sorted(Counter(m.level for m in pupils).values()) == [3_332, 3_334, 3_334]
