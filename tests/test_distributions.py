"""The crowd as it comes, against the recorded figures: each row holds, and a wrong figure does not.

Crowds are whole ones, made from a profile with one seed. Shares are tried by chi-square, curves by
Kolmogorov-Smirnov: p above 1 %. Means lie within the row's tolerance, about two standard errors of
a mean over so many schools or classes. What sizes are drawn from is tried in `test_sizes`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

import numpy as np
import pytest
from scipy import stats

from rentree.crowd import Crowd, crowd
from rentree.prepare import Request, prepare
from rentree.profile import Profile
from rentree.schedule import Floats, Ints

Make = Callable[..., Profile]
ALMOST_NEVER = 0.01  # p below which a sample is not of that distribution
SEED, MINUTE = 1, 60_000_000
CLASS_FILLING = {"pupil": 300_000, "teacher": 21_000}  # 14 pupils a teacher
HOMES = {"fibre": 0.55, "dsl": 0.25, "4g-rural": 0.15, "school-hub": 0.05}


@pytest.fixture(scope="module")
def recorded(make_profile: Make) -> Crowd:
    """A territory of schools as they were recorded, a third of its pupils at each level."""
    coming = make_profile().crowd[0].model_dump(exclude={"classes", "schools"})
    coming["unit"]["levels"] = ["école", "collège", "lycée"]
    coming |= {"come": CLASS_FILLING | {"pupil": 1_200_000}, "schools": {"sizes": "recorded"}}
    return crowd(make_profile(crowd=[coming]), seed=SEED)


@cache
def shipped(name: str, scale: float) -> tuple[Profile, Crowd]:
    """A profile of ours, and who comes."""
    ready = prepare(Request(name, scale=scale, seed=SEED))
    return ready.profile, ready.members


def pupils(members: Crowd) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Who is a pupil."""
    of_group = np.array([group.persona == "pupil" for group in members.groups])
    return of_group[members.group]


def school_sizes(members: Crowd, level: str) -> Ints:
    """Pupils of each school of a level."""
    sizes = np.bincount(
        members.school[members.class_[pupils(members)]], minlength=len(members.schools)
    )
    return sizes[np.array([at == level for at in members.levels]) & (sizes > 0)]


def class_sizes(members: Crowd, level: str = "") -> Ints:
    """Pupils of each class, of a level or of all."""
    sizes = np.bincount(members.class_[pupils(members)], minlength=len(members.school))
    here = np.array([level in ("", at) for at in members.levels])[members.school]
    return sizes[here & (sizes > 0)]


def is_spread(counts: Sequence[float], shares: Sequence[float]) -> bool:
    """Whether counts are of these shares: chi-square."""
    wanted = np.array(shares) / sum(shares) * sum(counts)
    return bool(stats.chisquare(counts, wanted).pvalue > ALMOST_NEVER)


@pytest.mark.parametrize(
    ("level", "limits", "shares", "wrong", "says"),
    [
        ("école", [63.5, 143.5, 292.5], [0.1, 0.4, 0.4, 0.1], [0.1, 0.45, 0.35, 0.1],
         "a tenth of the écoles have 63 pupils at most, half 143, nine tenths 292 (domain 4)"),
        ("école", [143.5], [0.5, 0.5], [0.46, 0.54], "half of them are smaller than the middle"),
        ("collège", [547.5], [0.5, 0.5], [0.4, 0.6], "half of the collèges have fewer than 548"),
    ],
)  # fmt: skip
def test_schools_are_spread_as_recorded(
    recorded: Crowd, level: str, limits: list[float], shares: list[float], wrong: list[float],
    says: str,
) -> None:  # fmt: skip
    """Schools between limits of size, pupils."""
    counts = np.histogram(school_sizes(recorded, level), bins=[0, *limits, np.inf])[0].tolist()
    assert is_spread(counts, shares), says
    assert not is_spread(counts, wrong), "the test cannot tell"


@pytest.mark.parametrize(
    ("sizes", "mean", "within", "wrong", "says"),
    [
        (lambda c: school_sizes(c, "école"), 110_324 / 676, 0.02, 137,
         "676 écoles for 110 324 pupils (Ille-et-Vilaine); the country's are smaller"),
        (lambda c: school_sizes(c, "collège"), 524, 0.03, 548,
         "108 collèges of 524 on average, which is not their middle"),
        (lambda c: school_sizes(c, "lycée"), 0.572 * 319 + 0.214 * (1_108 + 1_039), 0.05, 1_108,
         "lycées of 319, 1 108 and 1 039 by their kinds' shares, not all general ones"),
        (lambda c: class_sizes(c, "école"), 23.0, 0.01, 23.8, "23.0 pupils a class in écoles"),
        (lambda c: class_sizes(c, "collège"), 23.8, 0.01, 23.0, "23.8 in collèges (F10)"),
        (lambda c: class_sizes(c, "lycée"), 23.8, 0.01, 23.0, "23.8 in lycées (F10)"),
    ],
)  # fmt: skip
def test_means_are_as_recorded(
    recorded: Crowd, sizes: Callable[[Crowd], Ints], mean: float, within: float, wrong: float,
    says: str,
) -> None:  # fmt: skip
    """Pupils of a school or a class, on average, within a share of the figure."""
    found = sizes(recorded).mean()
    assert found == pytest.approx(mean, rel=within), says
    assert found != pytest.approx(wrong, rel=within), "the test cannot tell"


@pytest.mark.parametrize(
    ("profile", "mean", "within", "wrong", "says"),
    [
        ("class-morning", 23.8, 0.02, 25, "24 a class where all are alike: F10's 23.8"),
        ("virtual-classes", 5.9, 0.02, 24, "918 000 / 155 345 pupils in a virtual class (X02)"),
        ("inscriptions-6-avril", 5.9, 0.02, 6.2, "and so where accounts are created first"),
    ],
)
def test_classes_of_our_profiles(
    profile: str, mean: float, within: float, wrong: float, says: str
) -> None:
    """Classes that are all alike have the recorded size."""
    found = class_sizes(shipped(profile, 1.0)[1]).mean()
    assert found == pytest.approx(mean, rel=within), says
    assert found != pytest.approx(wrong, rel=within), "the test cannot tell"


@pytest.mark.parametrize(
    ("profile", "scale"),
    [("class-morning", 0.1), ("virtual-classes", 0.05), ("auvergne-rhone-alpes", 0.1)],
)
def test_a_rehearsal_has_the_personas_of_the_whole(profile: str, scale: float) -> None:
    """Its whole classes bring teachers and parents in the shares of `come`; half as many pupils no.

    Chi-square over the personas of each territory, so many territories sharing the 1 %.
    """
    whole, part = shipped(profile, scale)
    for coming in whole.crowd:
        come = list(coming.come.values())
        counts = [part.counts.get((coming.territory, persona), 0) for persona in coming.come]
        assert sum(counts) == pytest.approx(scale * sum(come), rel=0.02)
        assert is_spread(counts, come)
        assert not is_spread(counts, [come[0] / 2, *come[1:]]), "the test cannot tell"


def test_parents_are_as_many_as_have_an_account() -> None:
    """AURA's lycées: 62 100 parents activated for 356 000 pupils, 0.17 each (domain 3.3)."""
    come = shipped("auvergne-rhone-alpes", 0.1)[0].crowd[0].come
    assert come["parent"] / come["pupil"] == pytest.approx(62_100 / 356_000, rel=0.03)
    assert come["parent"] / come["pupil"] != pytest.approx(1 / 20, rel=0.03), "the test cannot tell"


@pytest.fixture(scope="module")
def at_home(make_profile: Make) -> Crowd:
    """A territory whose people have home networks, and of whose pupils 46 % create an account."""
    coming = {**make_profile().crowd[0].model_dump(), "come": CLASS_FILLING}
    return crowd(
        make_profile(
            crowd=[coming], homes={name: f"{share:.0%}" for name, share in HOMES.items()},
            new_accounts={"share": {"pupil": "46 %"}},
        ), seed=SEED,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("column", "shares", "wrong", "says"),
    [
        ("home", list(HOMES.values()), [0.54, 0.26, 0.15, 0.05], "home networks of the pupils"),
        ("new_account", [0.54, 0.46], [0.55, 0.45], "419 000 of 918 000 had no account (X01)"),
    ],
)
def test_shares_of_people(
    at_home: Crowd, column: str, shares: list[float], wrong: list[float], says: str
) -> None:
    """What is drawn person by person, of 300 000 pupils; a hundredth more or less is seen."""
    drawn = getattr(at_home, column)[pupils(at_home)].astype(np.int64)
    counts = np.bincount(drawn, minlength=len(shares)).tolist()
    assert is_spread(counts, shares), says
    assert not is_spread(counts, wrong), "the test cannot tell"


def ebbing(x: Floats) -> Floats:
    """The exponential, cut off: 91 % are there by 3 h 15 of 10 h (X05)."""
    found: Floats = stats.truncexpon(7.38991).cdf(x * 7.38991)
    return found


def sharp(x: Floats) -> Floats:
    """Four fifths in the ten minutes around a bell at half the hour."""
    return np.interp(x, [0, 25 / 60, 35 / 60, 1], [0, 0.1, 0.9, 1])


def rushing(x: Floats) -> Floats:
    """A triangle with its top at the bell."""
    found: Floats = stats.triang(0.5).cdf(x)
    return found


def swelling(x: Floats) -> Floats:
    """A density that grows from zero to the bell: x², and nobody after it."""
    return np.minimum(2 * x, 1) ** 2


def even(x: Floats) -> Floats:
    """A straight line."""
    return x


FORMULAS = {"ebb": ebbing, "sharp": sharp, "rush": rushing, "swell": swelling, "even": even}


@pytest.mark.parametrize("curve", FORMULAS)
def test_arrivals_follow_their_curve(make_profile: Make, curve: str) -> None:
    """Pupils who are convened in an hour, the bell in its middle, by the curve's own formula.

    No other curve's formula fits them.
    """
    bell = {
        "at": "09:00", "source": "assumption", "convenes": {"pupil": "100 %"},
        "arrive": {"from": "08:30", "to": "09:30", "curve": curve},
    }  # fmt: skip
    phases = {"bell": "08:30-09:30"}
    bearing = {**make_profile().behaviour.model_dump(), "stay": {"until": "09:29"}}
    coming = {**make_profile().crowd[0].model_dump(), "come": {"pupil": 20_000}}
    profile = make_profile(crowd=[coming], bells=[bell], phases=phases, behaviour=bearing)
    x = crowd(profile, seed=SEED).due / (60 * MINUTE)
    fits = {
        name
        for name, formula in FORMULAS.items()
        if stats.kstest(formula(x), stats.uniform.cdf).pvalue > ALMOST_NEVER
    }
    assert fits == {curve}
