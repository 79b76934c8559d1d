"""The crowd as columns: the rows, the counts and the table say the same, at any size."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console
from scipy import stats

from rentree.commands.making import making
from rentree.crowd import crowd
from rentree.crowd_table import table
from rentree.errors import UsageError
from rentree.evidence import PEOPLE
from rentree.profile import Profile
from rentree.reach import busiest
from rentree.schools import MOST, address

Make = Callable[..., Profile]


@settings(max_examples=20, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    scale=st.floats(0.01, 1),
    of=st.integers(1, 40),
    per_school=st.integers(1, 12),
    pupils=st.integers(1, 600),
)
def test_columns_and_rows_are_the_same_people(
    make_profile: Make, seed: int, scale: float, of: int, per_school: int, pupils: int
) -> None:
    """Counts, schools, classes, order and the table, whatever the classes: one person, one row."""
    comings = [
        {**c.model_dump(), "classes": {"of": of, "per_school": per_school},
         "come": {"pupil": pupils, "teacher": 7}}
        for c in make_profile().crowd
    ]  # fmt: skip
    made = crowd(make_profile(crowd=comings), seed=seed, scale=scale)
    rows = list(made)
    assert len({m.person for m in rows}) == len(rows) == len(made) > 0
    assert made.counts == Counter((m.territory, m.persona) for m in rows)
    assert Counter(m.address for m in rows) == {
        made.addresses[i]: n for i, n in enumerate(made.per_school.tolist()) if n
    }
    assert [(m.due, m.person) for m in rows] == sorted((m.due, m.person) for m in rows)
    place = {m.class_: (m.territory, m.school, m.level, m.address) for m in rows}
    assert all(place[m.class_] == (m.territory, m.school, m.level, m.address) for m in rows)
    assert max(Counter(m.class_ for m in rows if m.persona == "pupil").values()) <= of
    as_rows = [[*m[:12], m.control] for m in rows]
    assert table(made).equals(pl.DataFrame(as_rows, schema=PEOPLE, orient="row"))


@pytest.mark.parametrize("scale", [0.05, 0.3])
def test_a_part_has_the_personas_of_the_whole(make_profile: Make, scale: float) -> None:
    """14 pupils a teacher and 0.17 parents a pupil, in a part too: chi-square, p above 1 %."""
    come = {"pupil": 28_000, "teacher": 2_000, "parent": 4_760}
    comings = [{**c.model_dump(), "come": come} for c in make_profile().crowd]
    made = crowd(make_profile(crowd=comings), seed=1, scale=scale)
    seen = [sum(n for (_, p), n in made.counts.items() if p == persona) for persona in come]
    share = [count / sum(come.values()) for count in come.values()]
    assert sum(seen) == pytest.approx(scale * 2 * sum(come.values()), rel=0.01)
    assert stats.chisquare(seen, [part * sum(seen) for part in share]).pvalue > 0.01


def test_somebody_and_some_in_a_row(make_profile: Make) -> None:
    """A place, a place from the end, a stretch; past the end there is nobody."""
    made = crowd(make_profile(), seed=1)
    rows = list(made)
    assert (made[0], made[-1], made[5:9]) == (rows[0], rows[-1], rows[5:9])
    with pytest.raises(IndexError):
        made[len(made)]


def test_accounts_of_a_target_replace_logins_and_names_only(make_profile: Make) -> None:
    """In the table and in each row, for the person to whom they were given."""
    made = crowd(make_profile(), seed=1)
    given = [m._replace(login=f"l{m.arrival}", name=f"N {m.arrival}") for m in made]
    other = made.signing_in_as(given)
    assert list(other) == given
    assert table(other)["login"].to_list() == [m.login for m in given]
    assert table(other)["name"].to_list() == [m.name for m in given]
    assert table(other).drop("login", "name").equals(table(made).drop("login", "name"))


def test_a_hundred_thousand_of_a_group_stand_by_number_when_due_together(
    make_profile: Make,
) -> None:
    """Names of six digits do not sort as texts: a tie is decided by the number itself."""
    comings = [c.model_dump() for c in make_profile().crowd]
    comings[0]["come"] = {"pupil": 100_500}
    made = crowd(make_profile(crowd=comings[:1]), seed=1, clock=1e9)  # all due within one µs
    assert len(np.unique(made.due)) < 10
    assert all(
        np.array_equal(np.sort(numbers), numbers)
        for due in np.unique(made.due)
        for numbers in [made.number[made.due == due]]
    )
    assert made[100_499].person.startswith("north/pupil-")


def test_every_school_has_an_address_below_those_of_floods() -> None:
    """127.16.0.1 to 127.199.255.254: no two alike where a row ends; then an error."""
    edges = [*range(1, 600), *range(65_000, 65_600), *range(MOST - 600, MOST + 1)]
    found = [tuple(map(int, address(i).split("."))) for i in edges]
    assert len(set(found)) == len(edges)
    assert (found[0], found[-1]) == ((127, 16, 0, 1), (127, 199, 255, 254))
    assert all(1 <= d <= 254 and 16 <= b < 200 for _, b, _, d in found)
    with pytest.raises(UsageError, match="more than 11,964,416 schools"):
        address(MOST + 1)


@pytest.mark.parametrize(
    ("due", "found"),
    [
        ([], (0, 0)),
        ([0, 999_999, 1_000_000], (2, 0)),
        ([5, 3_000_001, 3_000_000, 7_000_000, 7_999_999], (2, 3_000_000)),
    ],
)
def test_the_busiest_second(due: list[int], found: tuple[int, int]) -> None:
    """How many, and when it begins: of several the first."""
    assert busiest(np.array(due, dtype=np.int64)) == found


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        ([0, 0.5, 1.0, 1.9], []),
        ([0, 0.5, 2.5, 3.0, 11.0], ["· making the crowd: 200 of 400 people"]),
        (
            [0, 2.0, 9.0, 12.0, 13.0],
            ["· making the crowd: 100 of 400 people", "· making the crowd: 300 of 400 people"],
        ),
    ],
)
def test_a_crowd_that_takes_long_says_how_far_it_is(seconds: list[float], said: list[str]) -> None:
    """Nothing within two seconds, then a line every ten where there is no terminal."""
    times, out = iter(seconds), io.StringIO()
    with making(Console(file=out), lambda: next(times), "en") as progress:
        for i in range(1, len(seconds)):
            progress(i * 100, 400)
    assert out.getvalue().splitlines() == said
