"""Home networks by name: their figures, and where each figure is from.

Rates are of Arcep, the French regulator, where it names one. It publishes no delays that a relay
could use: they are conventions, and so is how fast such a line sends.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from rentree.line.spec import Figures, Per
from rentree.quantity import parse_data_rate, parse_duration

NetworkName = Literal["fibre", "dsl", "4g-rural", "4g-edge", "school-hub"]


class Network(NamedTuple):
    """A named line."""

    figures: Figures
    per: Per
    source: str


def _line(down: str, up: str, delay: str, jitter: str) -> Figures:
    return Figures(
        down=parse_data_rate(down), up=parse_data_rate(up),
        delay=parse_duration(delay), jitter=parse_duration(jitter),
    )  # fmt: skip


NETWORKS: dict[NetworkName, Network] = {
    "fibre": Network(
        _line("100 Mbit/s", "100 Mbit/s", "10 ms", "2 ms"),
        "person",
        "Arcep, observatoire du très haut débit: most such subscriptions have 100 Mbit/s or more; "
        "up, delay: convention",
    ),
    "dsl": Network(
        _line("8 Mbit/s", "1 Mbit/s", "40 ms", "10 ms"),
        "person",
        "8 Mbit/s is the « bon haut débit » of the State's plan for 2020; up, delay: convention",
    ),
    "4g-rural": Network(
        _line("31 Mbit/s", "8 Mbit/s", "60 ms", "30 ms"),
        "person",
        "Arcep, 8 December 2020: 31 Mbit/s on average in rural areas; up, delay: convention",
    ),
    "4g-edge": Network(
        _line("3 Mbit/s", "1 Mbit/s", "120 ms", "60 ms"),
        "person",
        "Arcep, 8 December 2020: 3 Mbit/s is the least for usual mobile uses, not reached in 23 to "
        "29 % of rural measurements; up, delay: convention",
    ),
    "school-hub": Network(
        _line("100 Mbit/s", "100 Mbit/s", "15 ms", "5 ms"),
        "school",
        "convention: one fibre line that all people of a school share",
    ),
}
