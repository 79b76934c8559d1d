"""Quantities: every unit, every kind of space, and what is refused with its reason."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rentree.quantity import (
    DAY,
    Span,
    parse_count,
    parse_duration,
    parse_factor,
    parse_number,
    parse_rate,
    parse_share,
    parse_span,
    parse_time,
)

SPACES = {"plain": " ", "no-break": "\u00a0", "narrow no-break": "\u202f", "thin": "\u2009"}


@pytest.mark.parametrize("space", SPACES.values(), ids=list(SPACES))
def test_spaces_of_every_kind_group_digits(space: str) -> None:
    """Digits may be grouped by any of the spaces that French typography uses."""
    assert parse_count(f"50{space}000") == 50_000
    assert parse_count(f"1{space}155{space}000") == 1_155_000
    assert parse_number(f"1{space}000.5") == 1_000.5
    assert parse_duration(f"1{space}500{space}ms") == 1_500_000
    assert parse_share(f"95{space}%") == 0.95
    assert parse_factor(f"10{space}x") == 10
    assert parse_count(f"{space}24{space}") == 24


@pytest.mark.parametrize(
    ("text", "us", "says"),
    [
        ("7 µs", 7, "microseconds, with the micro sign"),
        ("7 us", 7, "microseconds, in plain letters"),
        ("200 ms", 200_000, "milliseconds"),
        ("60 s", 60_000_000, "seconds"),
        ("5 min", 300_000_000, "minutes, not mistaken for m"),
        ("1 h", 3_600_000_000, "hours"),
        ("1.5 h", 5_400_000_000, "a decimal point"),
        ("200ms", 200_000, "no space at all"),
        ("0 s", 0, "nothing is a duration too"),
        ("1 500 ms", 1_500_000, "grouped digits"),
    ],
)
def test_durations(text: str, us: int, says: str) -> None:
    """A duration is a number and its unit, and becomes whole microseconds."""
    assert parse_duration(text) == us, says


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("5", "give its unit"),
        ("", "give its unit"),
        ("5 m", "give its unit"),
        ("5 d", "give its unit"),
        ("min", "“” is not a number"),
        ("5 %", "give its unit"),
        ("5 S", "give its unit"),
        ("-5 s", "“-5” is not a number"),
        ("1e3 s", "“1e3” is not a number"),
        ("1_000 s", "“1_000” is not a number"),
        ("1,500 ms", "1500 or 1.500"),
        ("1,5 h", "write 1.5"),
        ("inf s", "is not a number"),
        ("5 s 5 s", "is not a number"),
    ],
)
def test_durations_that_are_refused(text: str, words: str) -> None:
    """What is no duration is refused, with what is wrong about it."""
    with pytest.raises(ValueError, match="“") as error:
        parse_duration(text)
    assert words in str(error.value)


@pytest.mark.parametrize(
    ("text", "readings"),
    [
        ("1,500", ("1500", "1.500")),
        ("50,000", ("50000", "50.000")),
        ("1,155,000", ("1155000", "1.155,000")),
    ],
)
def test_a_comma_before_three_digits_is_refused_with_its_two_readings(
    text: str, readings: tuple[str, str]
) -> None:
    """`1,500` is one and a half to some and fifteen hundred to others: the user decides."""
    with pytest.raises(ValueError, match="can be read") as error:
        parse_number(text)
    for reading in readings:
        assert reading in str(error.value)


@pytest.mark.parametrize(
    "text", ["5 0000", "50 00", "1 000 00", "0x10", "1.", ".5", "½", "douze", "1.5.0", "+5"]
)
def test_what_is_not_a_number(text: str) -> None:
    """Groups have three digits, numbers have digits on both sides of the point."""
    with pytest.raises(ValueError, match="is not a number"):
        parse_number(text)


@pytest.mark.parametrize(
    ("text", "share"),
    [("95 %", 0.95), ("0 %", 0.0), ("100 %", 1.0), ("99.9 %", 0.999), ("1%", 0.01)],
)
def test_shares(text: str, share: float) -> None:
    """A share is written in per cent and becomes a number between 0 and 1."""
    assert parse_share(text) == pytest.approx(share, abs=1e-15)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("95", "write it in per cent"),
        ("0.95", "write it in per cent"),
        ("101 %", "outside 0 % to 100 %"),
        ("-1 %", "is not a number"),
        ("%", "is not a number"),
        ("1,500 %", "can be read"),
        ("0,5 %", "write 0.5"),
    ],
)
def test_shares_that_are_refused(text: str, words: str) -> None:
    """A bare number could be a share or a percentage: it is refused."""
    with pytest.raises(ValueError, match="“") as error:
        parse_share(text)
    assert words in str(error.value)


@pytest.mark.parametrize(("text", "count"), [("0", 0), ("24", 24), ("50 000", 50_000), ("3.0", 3)])
def test_counts(text: str, count: int) -> None:
    """A count is a whole number."""
    assert parse_count(text) == count


@pytest.mark.parametrize("text", ["2.5", "-1", "", "1,500", "0x10", "1_000", "ten", "5 s"])
def test_counts_that_are_refused(text: str) -> None:
    """Half a person, fewer than none, and other notations are refused."""
    with pytest.raises(ValueError, match="“"):
        parse_count(text)


@pytest.mark.parametrize(("text", "factor"), [("10x", 10), ("1×", 1), ("0.5x", 0.5), ("2 x", 2)])
def test_factors(text: str, factor: float) -> None:
    """A factor ends in x or ×."""
    assert parse_factor(text) == factor


@pytest.mark.parametrize("text", ["10", "x", "0x", "-1x", "x10", "10 %"])
def test_factors_that_are_refused(text: str) -> None:
    """A factor without its x, or not above zero, is refused."""
    with pytest.raises(ValueError, match="“"):
        parse_factor(text)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("09:00", 32_400), ("9:00", 32_400), ("08:59:30", 32_370), ("00:00", 0), ("23:59:59", 86_399)],
)
def test_times_of_day(text: str, seconds: int) -> None:
    """A time of day becomes microseconds since midnight."""
    assert parse_time(text) == seconds * 1_000_000


@pytest.mark.parametrize(
    "text", ["24:00", "09:60", "09:00:60", "9", "9h00", "09:0", "", "09:00:00.5", "-1:00"]
)
def test_times_that_are_refused(text: str) -> None:
    """A day has 24 hours of 60 minutes, and other notations are refused."""
    with pytest.raises(ValueError, match="is not a time of day"):
        parse_time(text)


@pytest.mark.parametrize("text", ["08:40-08:50", "08:40 - 08:50", "08:40–08:50", "8:40-8:50:00"])
def test_spans(text: str) -> None:
    """A stretch of the day stands between two times, with a hyphen or a dash."""
    assert parse_span(text) == Span(31_200_000_000, 31_800_000_000)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("08:40", "write 08:40-08:50"),
        ("08:40-08:50-09:00", "write 08:40-08:50"),
        ("08:50-08:40", "ends before it begins"),
        ("08:40-08:40", "ends before it begins"),
        ("08:40-25:00", "ends at 23:59:59"),
    ],
)
def test_spans_that_are_refused(text: str, words: str) -> None:
    """A stretch has two ends, the second after the first."""
    with pytest.raises(ValueError, match="“") as error:
        parse_span(text)
    assert words in str(error.value)


@pytest.mark.parametrize(
    ("one", "other", "common"),
    [
        ((0, 10), (5, 15), True),
        ((0, 10), (2, 3), True),
        ((0, 10), (10, 20), False),
        ((0, 10), (11, 20), False),
    ],
)
def test_spans_that_touch_have_no_moment_in_common(
    one: tuple[int, int], other: tuple[int, int], common: bool
) -> None:
    """A span holds its start and not its end, so neighbours do not overlap."""
    a, b = Span(*one), Span(*other)
    assert a.overlaps(b) is b.overlaps(a) is common
    assert a.start in a
    assert a.end not in a
    assert a.length == one[1] - one[0]


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("5 requests/s", 5.0),
        ("1 request/s", 1.0),
        ("0.5 requests/s", 0.5),
        ("1 000requests/s", 1000.0),
    ],
)
def test_rates(text: str, rate: float) -> None:
    """Requests a second, as people write them; a number of the plan stays as it is."""
    assert parse_rate(text) == parse_rate(rate) == rate


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("5", "write it as in 5 requests/s"),
        ("5 requests/min", "write it as in 5 requests/s"),
        ("5/s", "write it as in 5 requests/s"),
        ("0 requests/s", "write it as in 5 requests/s"),
        ("-5 requests/s", "is not a number"),
        ("1,500 requests/s", "can be read 1500 or 1.500"),
    ],
)
def test_rates_that_are_refused(text: str, words: str) -> None:
    """A rate says of what, in a second, and more than none."""
    with pytest.raises(ValueError, match="“") as error:
        parse_rate(text)
    assert words in str(error.value)


@given(st.integers(0, DAY - 1), st.integers(1, DAY))
def test_normal_values_pass_through(start: int, length: int) -> None:
    """What is already a number, as in the plan of an evidence folder, is not read again."""
    parsers: list[Callable[[object], Any]] = [parse_duration, parse_count, parse_time]
    assert [parse(start) for parse in parsers] == [start] * 3
    assert parse_share(start / DAY) == start / DAY
    assert parse_factor(float(length)) == length
    span = Span(start, start + length)
    assert parse_span(span) is span
    assert parse_span({"start": span.start, "end": span.end}) == span


@given(st.integers(0, 10**9), st.sampled_from(list(SPACES.values())))
def test_a_number_written_with_any_spaces_is_read_back(number: int, space: str) -> None:
    """Writing a whole number with grouped digits and reading it gives the number."""
    text = f"{number:,}".replace(",", space)
    assert parse_count(text) == number
    assert parse_duration(f"{text}{space}µs") == number
