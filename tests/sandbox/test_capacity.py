"""The capacity model: its arithmetic as tables of numbers, its promises as properties."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rentree.sandbox.capacity import Capacity

MS = 1_000

# servers, queue, [(now, service)], [finish or None], sentence; all times ms
TABLE = [
    (1, 9, [(0, 10)], [10], "an idle server serves at once"),
    (1, 9, [(0, 10), (0, 10), (0, 10)], [10, 20, 30], "one server serves one after the other"),
    (2, 9, [(0, 10), (0, 10), (0, 10)], [10, 10, 20], "two servers serve two at once"),
    (1, 9, [(0, 10), (50, 10)], [10, 60], "a pause is not saved up"),
    (1, 1, [(0, 10), (0, 10), (0, 10)], [10, 20, None], "who finds the queue full is refused"),
    (1, 1, [(0, 10), (0, 10), (10, 10)], [10, 20, 30], "the queue has room once one is served"),
    (1, 0, [(0, 10), (5, 10), (10, 10)], [10, None, 20], "without a queue nobody may wait"),
    (0.5, 9, [(0, 10), (0, 10)], [10, 30], "half a server is idle for as long as it works"),
    (1.5, 9, [(0, 30), (0, 30), (0, 30)], [30, 30, 70], "1.5 servers: two lanes at 3/4 pace"),
    (1, 0.5, [(0, 10), (0, 10)], [10, None], "half a place in the queue is none"),
    (2, 9, [(0, 100), (0, 10), (1, 10)], [100, 10, 20], "the lane that is free first is taken"),
]  # fmt: skip


@pytest.mark.parametrize(("servers", "queue", "asked", "told"), [row[:4] for row in TABLE])
def test_table(
    servers: float, queue: float, asked: list[tuple[int, int]], told: list[int | None]
) -> None:
    """Every row of the table holds."""
    capacity = Capacity(servers, queue)
    finished = [capacity.reserve(now * MS, service * MS) for now, service in asked]
    assert finished == [None if f is None else f * MS for f in told]


@pytest.mark.parametrize(("servers", "queue"), [(0, 1), (-1, 1), (1, -1)])
def test_impossible_sizes(servers: float, queue: float) -> None:
    """No servers, or a queue below zero, are refused."""
    with pytest.raises(ValueError, match="more than 0 servers"):
        Capacity(servers, queue)


def test_waiting_counts_who_is_not_being_served() -> None:
    """Of three at once for one server two wait, and one fewer each time a service ends."""
    capacity = Capacity(1, 9)
    for _ in range(3):
        capacity.reserve(0, 10)
    assert [capacity.waiting(now) for now in (0, 9, 10, 19, 20)] == [2, 2, 1, 1, 0]


arrivals = st.lists(st.tuples(st.integers(0, 20_000), st.integers(1, 50_000)), min_size=1)
sizes = st.floats(0.05, 12)


@given(sizes, arrivals)
def test_order_is_kept_and_service_untouched(servers: float, steps: list[tuple[int, int]]) -> None:
    """Nobody starts before who came earlier, and everybody is served for exactly their time."""
    capacity, now, last = Capacity(servers, 10_000), 0, 0
    for pause, service in steps:
        now += pause
        finish = capacity.reserve(now, service)
        assert finish is not None
        assert finish - service >= max(now, last)
        last = finish - service


@given(sizes, arrivals)
def test_the_rate_is_held(servers: float, steps: list[tuple[int, int]]) -> None:
    """All come at once: the work is done at the pace of the servers, neither quicker nor slower."""
    capacity = Capacity(servers, 10_000)
    finishes = [capacity.reserve(0, service) for _, service in steps]
    lanes = math.ceil(servers)
    work = sum(service for _, service in steps)
    longest = max(service for _, service in steps)
    last_start = max(f - s for f, (_, s) in zip(finishes, steps, strict=True) if f is not None)
    assert last_start <= work / servers + 1
    assert last_start >= (work - longest) / servers - (lanes - 1) * longest / servers - 1


@given(sizes, st.integers(0, 5), arrivals)
def test_the_queue_is_never_longer_than_it_may_be(
    servers: float, queue: int, steps: list[tuple[int, int]]
) -> None:
    """However people come, no more of them wait than the queue has places."""
    capacity, now = Capacity(servers, queue), 0
    for pause, service in steps:
        now += pause
        refused = capacity.reserve(now, service) is None
        waiting = capacity.waiting(now)
        assert waiting <= queue
        assert not refused or waiting == queue
