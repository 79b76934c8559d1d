"""Quantities as people write them: "5 min", "95 %", "50 000", "08:40-08:50", each with its unit.

YAML hands us text only (`rentree.yamltext`). A validator passes through what is already a
number, so that the same models read the plan in an evidence folder, where values are normal:
durations int µs, shares float 0..1, times of day int µs since midnight.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

SECOND = 1_000_000  # µs
DAY = 86_400 * SECOND

_UNITS = {"µs": 1, "us": 1, "ms": 1_000, "s": SECOND, "min": 60 * SECOND, "h": 3600 * SECOND}
_BYTES = {"B": 1, "kB": 1_000, "KiB": 1_024, "MB": 1_000_000, "MiB": 1_048_576,
          "kbit": 125, "Mbit": 125_000, "Gbit": 125_000_000}  # fmt: skip
_SPACES = " \u00a0\u202f\u2009"  # plain, no-break, narrow no-break, thin
_NUMBER = re.compile(rf"\d{{1,3}}(?:[{_SPACES}]\d{{3}})+(?:\.\d+)?|\d+(?:\.\d+)?")


def two_readings(text: str) -> str:
    """Why a number like `1,500` is refused; empty for any other text."""
    if not re.fullmatch(r"\d{1,3}(,\d{3})+", text):
        return ""
    plain = text.replace(",", "")
    return (
        f"“{text}” can be read {plain} or {text.replace(',', '.', 1)}: "
        f"write {plain} (spaces may group digits), or a decimal point"
    )


def parse_number(text: str) -> float:
    """Read a number whose digits spaces may group; `1,500` is refused with its two readings.

    Raises:
        ValueError: not a number, or ambiguous.
    """
    text = text.strip(_SPACES)
    if ambiguous := two_readings(text):
        raise ValueError(ambiguous)
    if re.fullmatch(r"\d+,\d+", text):
        raise ValueError(f"“{text}” is not a number: write {text.replace(',', '.')}")
    if not _NUMBER.fullmatch(text):
        raise ValueError(f"“{text}” is not a number")
    return float(re.sub(f"[{_SPACES}]", "", text))


def parse_duration(value: object) -> int:
    """Read a duration, µs: `200 ms`, `60 s`, `5 min`, `1.5 h`.

    Raises:
        ValueError: no number, no unit, or a unit unknown.
    """
    if isinstance(value, int):
        return value
    text = str(value).strip(_SPACES)
    found = re.fullmatch(rf"(.*?)[{_SPACES}]*(µs|us|ms|s|min|h)", text)
    if not found:
        raise ValueError(
            f"“{text}” is not a duration: give its unit, as in 200 ms, 60 s, 5 min, 1 h"
        )
    return round(parse_number(found[1]) * _UNITS[found[2]])


def parse_share(value: object) -> float:
    """Read a share, 0..1: `95 %`.

    Raises:
        ValueError: no per cent sign, or outside 0 to 100 %.
    """
    if isinstance(value, (int, float)):
        return float(value)
    text = str(value).strip(_SPACES)
    if not text.endswith("%"):
        raise ValueError(f"“{text}” is not a share: write it in per cent, as in 95 %")
    share = parse_number(text[:-1]) / 100
    if not 0 <= share <= 1:
        raise ValueError(f"“{text}” lies outside 0 % to 100 %")
    return share


def parse_count(value: object) -> int:
    """Read a whole number of people or things: `50 000`.

    Raises:
        ValueError: not a whole number, or ambiguous.
    """
    if isinstance(value, int):
        return value
    number = parse_number(str(value))
    if number != int(number):
        raise ValueError(f"“{value}” is not a whole number")
    return int(number)


def parse_factor(value: object) -> float:
    """Read a factor: `10x`, `1x`.

    Raises:
        ValueError: no `x`, or not above zero.
    """
    if isinstance(value, (int, float)):
        return float(value)
    text = str(value).strip(_SPACES)
    if not text.endswith(("x", "×")) or (number := parse_number(text[:-1])) <= 0:
        raise ValueError(f"“{text}” is not a factor: write it as in 10x")
    return number


def parse_rate(value: object) -> float:
    """Read a rate, requests a second: `5 requests/s`.

    Raises:
        ValueError: no number, not `requests/s`, or not above zero.
    """
    if isinstance(value, (int, float)):
        return float(value)
    text = str(value).strip(_SPACES)
    found = re.fullmatch(rf"(.*?)[{_SPACES}]*requests?/s", text)
    if not found or (number := parse_number(found[1])) <= 0:
        raise ValueError(f"“{text}” is not a rate: write it as in 5 requests/s")
    return number


def parse_bytes(value: object) -> int:
    """Read an amount of data, bytes: `500 B`, `20 kB` (1 000), `20 KiB` (1 024), `1 MB`.

    Raises:
        ValueError: no number, no unit, or a unit unknown.
    """
    if isinstance(value, int):
        return value
    text = str(value).strip(_SPACES)
    found = re.fullmatch(rf"(.*?)[{_SPACES}]*(B|kB|KiB|MB|MiB)", text)
    if not found:
        raise ValueError(f"“{text}” is not an amount of data: write it as in 500 B, 20 kB, 20 KiB")
    return round(parse_number(found[1]) * _BYTES[found[2]])


def parse_data_rate(value: object) -> int:
    """Read a rate of data, bytes/s: `64 kB/s`, `1 MB/s`, `512 kbit/s`, `8 Mbit/s`, `1 Gbit/s`.

    Raises:
        ValueError: no number, no unit, or a unit unknown.
    """
    if isinstance(value, int):
        return value
    text = str(value).strip(_SPACES)
    found = re.fullmatch(rf"(.*?)[{_SPACES}]*(kB|MB|kbit|Mbit|Gbit)/s", text)
    if not found:
        raise ValueError(f"“{text}” is not a rate of data: write it as in 64 kB/s, 8 Mbit/s")
    return round(parse_number(found[1]) * _BYTES[found[2]])


def parse_time(value: object) -> int:
    """Read a time of day, µs since midnight: `09:00` or `08:59:30`.

    Raises:
        ValueError: not a time of day.
    """
    if isinstance(value, int):
        return value
    found = re.fullmatch(r"(\d{1,2}):(\d{2})(?::(\d{2}))?", str(value).strip())
    if not found:
        raise ValueError(f"“{value}” is not a time of day: write 09:00 or 08:59:30")
    hours, minutes, seconds = int(found[1]), int(found[2]), int(found[3] or 0)
    if hours > 23 or minutes > 59 or seconds > 59:
        raise ValueError(f"“{value}” is not a time of day: it ends at 23:59:59")
    return (hours * 3600 + minutes * 60 + seconds) * SECOND


def parse_day(value: object) -> date:
    """Read a day: `2021-04-07`.

    Raises:
        ValueError: not a day, or none that the calendar has.
    """
    if isinstance(value, date):
        return value
    text = str(value).strip(_SPACES)
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        raise ValueError(f"“{text}” is not a day: write year, month and day, as in 2021-04-07")
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"“{text}” is not a day: the calendar has none such") from None


@dataclass(frozen=True)
class Span:
    """A stretch of time [start, end), µs."""

    start: int
    end: int

    def __contains__(self, moment: int) -> bool:
        return self.start <= moment < self.end

    @property
    def length(self) -> int:
        """How long it lasts, µs."""
        return self.end - self.start

    def overlaps(self, other: Span) -> bool:
        """Whether the two have a moment in common."""
        return self.start < other.end and other.start < self.end


def parse_span(value: object) -> Span:
    """Read a stretch of the day: `08:40-08:50`.

    Raises:
        ValueError: not two times of day, or the end is not after the start.
    """
    if isinstance(value, Span):
        return value
    if isinstance(value, dict):
        return Span(int(value["start"]), int(value["end"]))
    parts = re.split(r"\s*[-–]\s*", str(value).strip())
    if len(parts) != 2:
        raise ValueError(f"“{value}” is not a stretch of time: write 08:40-08:50")
    span = Span(parse_time(parts[0]), parse_time(parts[1]))
    if span.end <= span.start:
        raise ValueError(f"“{value}” ends before it begins")
    return span


def _schema(kind: str, pattern: str, example: str, *, integer: bool = False) -> WithJsonSchema:
    # Editors read YAML 1.1 types: `8` is an integer to them, and so is `15:00` (base sixty).
    types: dict[str, Any] = {"type": ["string", "integer"], "minimum": 0} if integer else {}
    shown = {"description": kind, "pattern": pattern, "examples": [example]}
    return WithJsonSchema({"type": "string", **types, **shown})


_TIME = r"\d{1,2}:\d{2}(:\d{2})?"
Duration = Annotated[
    int,
    BeforeValidator(parse_duration),
    _schema("a duration", r"\d\s*(µs|us|ms|s|min|h)$", "5 s"),
]
Share = Annotated[float, BeforeValidator(parse_share), _schema("a share", r"\d\s*%$", "95 %")]
Count = Annotated[
    int, BeforeValidator(parse_count), _schema("a count", r"^[\d\s]+$", "50 000", integer=True)
]
Factor = Annotated[float, BeforeValidator(parse_factor), _schema("a factor", r"\d\s*[x×]$", "10x")]
Rate = Annotated[
    float, BeforeValidator(parse_rate), _schema("a rate", r"\d\s*requests?/s$", "5 requests/s")
]
Bytes = Annotated[
    int, BeforeValidator(parse_bytes), _schema("an amount of data", r"\d\s*([kM]i?)?B$", "20 kB")
]
DataRate = Annotated[
    int,
    BeforeValidator(parse_data_rate),
    _schema("a rate of data", r"\d\s*([kM]B|[kMG]bit)/s$", "64 kB/s"),
]
TimeOfDay = Annotated[
    int, BeforeValidator(parse_time), _schema("a time", f"^{_TIME}$", "09:00", integer=True)
]
Day = Annotated[
    date,
    BeforeValidator(parse_day),
    _schema("a day", r"^\d{4}-\d{2}-\d{2}$", "2021-04-07"),
]
DaySpan = Annotated[
    Any,
    BeforeValidator(parse_span),
    _schema("a stretch of time", rf"^{_TIME}\s*[-–]\s*{_TIME}$", "08:40-08:50"),
]
