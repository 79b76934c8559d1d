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
    places = [capacity.enter(now * MS, service * MS) for now, service in asked]
    capacity.advance(10**9)
    finished = [None if place is None else place.finish for place in places]
    assert finished == [None if f is None else f * MS for f in told]


@pytest.mark.parametrize(("servers", "queue"), [(-1, 1), (1, -1)])
def test_impossible_sizes(servers: float, queue: float) -> None:
    """Servers or a queue below zero are refused."""
    with pytest.raises(ValueError, match="below 0"):
        Capacity(servers, queue)


def test_waiting_counts_who_is_not_being_served() -> None:
    """Of three at once for one server two wait, and one fewer each time a service ends."""
    capacity = Capacity(1, 9)
    for _ in range(3):
        capacity.enter(0, 10)
    assert [capacity.waiting(now) for now in (0, 9, 10, 19, 20)] == [2, 2, 1, 1, 0]


arrivals = st.lists(st.tuples(st.integers(0, 20_000), st.integers(1, 50_000)), min_size=1)
sizes = st.floats(0.05, 12)


@given(sizes, arrivals)
def test_order_is_kept_and_service_untouched(servers: float, steps: list[tuple[int, int]]) -> None:
    """Nobody starts before who came earlier, and everybody is served for exactly their time."""
    capacity, now, last = Capacity(servers, 10_000), 0, 0
    places = []
    for pause, service in steps:
        now += pause
        places.append(capacity.enter(now, service))
    capacity.advance(10**12)
    for place in places:
        assert place is not None
        assert place.finish is not None
        assert place.finish - place.service >= max(place.came, last)
        last = place.finish - place.service


@given(sizes, arrivals)
def test_the_rate_is_held(servers: float, steps: list[tuple[int, int]]) -> None:
    """All come at once: the work is done at the pace of the servers, neither quicker nor slower."""
    capacity = Capacity(servers, 10_000)
    places = [capacity.enter(0, service) for _, service in steps]
    capacity.advance(10**12)
    finishes = [place.finish for place in places if place is not None]
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
        refused = capacity.enter(now, service) is None
        waiting = capacity.waiting(now)
        assert waiting <= queue
        assert not refused or waiting == queue


def test_who_leaves_gives_their_place_up() -> None:
    """Of three at once the second leaves: the third is served after the first, no later."""
    capacity = Capacity(1, 9)
    first, second, third = (capacity.enter(0, 10) for _ in range(3))
    assert first is not None
    assert second is not None
    assert third is not None
    assert capacity.leave(second)
    assert not capacity.leave(first), "a server has it"
    capacity.advance(100)
    assert (first.finish, second.finish, third.finish) == (10, None, 20)


@pytest.mark.parametrize(
    ("to", "finishes", "why"),
    [
        (2, [10, 20, 15, 25], "a second server helps from the moment at which it comes"),
        (1, [10, 20, 30, 40], "the same servers: nothing changes"),
        (0, [10, None, None, None], "all servers gone: what is begun is finished, the rest waits"),
    ],
)
def test_servers_come_and_go(to: float, finishes: list[int | None], why: str) -> None:
    """Four at once for one server; at 5 there are others."""
    capacity = Capacity(1, 9)
    places = [capacity.enter(0, 10) for _ in range(4)]
    capacity.resize(to, 9, 5)
    capacity.advance(1_000)
    assert sorted(p.finish or 10**9 for p in places if p) == sorted(f or 10**9 for f in finishes), (
        why
    )


# configured steps/s, share of it that comes, seconds: the knee, in virtual time
@pytest.mark.parametrize("rate", [40, 80, 160])
@pytest.mark.parametrize(("load", "holds"), [(0.95, True), (1.05, False), (1.5, False)])
def test_the_knee_is_where_it_was_put(rate: int, load: float, holds: bool) -> None:
    """Even arrivals: below the configured rate nobody waits for long, above it the queue grows
    for as long as they come, and what is done is the configured rate within 1 %.
    """
    capacity = Capacity(rate / 10, 1_000_000)  # a step takes 100 ms of a server
    gap = 1e6 / (rate * load)
    places = [capacity.enter(round(i * gap), 100_000) for i in range(round(60e6 / gap))]
    queued = capacity.waiting(60_000_000)
    done = sum(1 for p in places if p and p.finish and p.finish <= 60_000_000)
    assert (queued == 0) == holds
    assert done == pytest.approx(60 * rate * min(load, 1), rel=0.01)
