"""When a lease is over, by what was heard when and at which moments somebody looked."""

from __future__ import annotations

import pytest

from rentree.lease import Lease


def steps(start: float, end: float) -> list[float]:
    """Looks five times a second."""
    return [start + i * 0.2 for i in range(round((end - start) / 0.2) + 1)]


@pytest.mark.parametrize(
    ("heard", "looks", "over_at"),
    [
        ([], steps(0, 6), 4.2),  # never a word
        ([1.0, 2.0, 3.0], steps(0, 8), 7.2),  # the last word at 3
        ([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0], steps(0, 8), None),  # a word a second
        ([], [0, 0.2, 9.0, *steps(9.2, 12)], 10.2),  # we were stopped: a second more, and no other
        ([9.4], [0, 0.2, 9.0, *steps(9.2, 12)], None),  # in which we read what lay there
    ],
)
def test_over(heard: list[float], looks: list[float], over_at: float | None) -> None:
    """The first look that finds the lease over."""
    lease, unheard = Lease(0.0), list(heard)
    found = None
    for now in looks:
        while unheard and unheard[0] <= now:
            lease.heard(unheard.pop(0))
        if lease.over(now):
            found = now
            break
    assert found == pytest.approx(over_at) if over_at is not None else found is None
