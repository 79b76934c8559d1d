"""The queue before the door: its order, positions and passages, in its own time."""

from __future__ import annotations

import pytest

from rentree.sandbox.protections.queue import Queue

SECOND = 1_000_000


class Clock:
    """Time that only a test moves, µs."""

    def __init__(self) -> None:
        self.now = 0

    def __call__(self) -> int:
        """The time now."""
        return self.now


def queue(clock: Clock, *defects: str, opens: int | None = None, seed: int = 0) -> Queue:
    """One person a second; passages of 100 s; unseen after 30 s."""
    return Queue(
        rate=1e-6, passage=100 * SECOND, unseen=30 * SECOND, opens=opens, clock=clock,
        broken=lambda name: name in defects, seed=seed,
    )  # fmt: skip


def called(q: Queue, clock: Clock, tickets: list[str], seconds: int) -> list[int]:
    """The order in which tickets are let in, all asking once a second."""
    order: list[int] = []
    for _ in range(seconds):
        for i, ticket in enumerate(tickets):
            if i not in order and q.ask(ticket).let_in:
                order.append(i)
        clock.now += SECOND
    return order


@pytest.mark.parametrize(
    ("defects", "order"), [((), [0, 1, 2, 3, 4]), (("queue-lifo",), [0, 4, 3, 2, 1])]
)
def test_order(defects: tuple[str, ...], order: list[int]) -> None:
    """Who came first is let in first; with the defect, after the first, who came last."""
    clock = Clock()
    q = queue(clock, *defects)
    assert called(q, clock, [q.ticket() for _ in range(5)], 10) == order


def test_nobody_waits_before_an_empty_queue() -> None:
    """The first is let in at once, the second after a second."""
    clock = Clock()
    q = queue(clock)
    first, second = q.ticket(), q.ticket()
    assert q.ask(first).let_in
    told = q.ask(second)
    assert (told.let_in, told.position, told.wait) == (False, 1, 1_000_000)
    clock.now += SECOND
    assert q.ask(second).let_in


@pytest.mark.parametrize(("defects", "falls"), [((), True), (("queue-position-lies",), False)])
def test_position_only_falls(defects: tuple[str, ...], falls: bool) -> None:
    """What the last of twenty is told, second after second."""
    clock = Clock()
    q = queue(clock, *defects)
    tickets = [q.ticket() for _ in range(20)]
    told: list[int] = []
    for _ in range(15):
        answers = [q.ask(ticket) for ticket in tickets]
        told.append(answers[-1].position or 0)
        clock.now += SECOND
    assert (told == sorted(told, reverse=True)) == falls


def test_who_left_is_passed_over() -> None:
    """Nine of ten ask no more: after half a minute the tenth is called in their stead."""
    clock = Clock()
    q = queue(clock)
    tickets = [q.ticket() for _ in range(50)]
    for ticket in tickets:
        q.ask(ticket)
    last = tickets[-1]
    for _ in range(33):
        clock.now += SECOND
        told = q.ask(last)
    assert told.let_in


@pytest.mark.parametrize(("defects", "again"), [((), False), (("queue-token-shared",), True)])
def test_a_passage_is_good_once(defects: tuple[str, ...], again: bool) -> None:
    """Once somebody signed in with it, it lets nobody else in."""
    q = queue(Clock(), *defects)
    ticket = q.ticket()
    assert q.ask(ticket).let_in
    q.use(ticket)
    assert q.ask(ticket).let_in == again
    assert q.spent(ticket) != again


def test_a_passage_ends() -> None:
    """Who does not sign in within its time takes a new number."""
    clock = Clock()
    q = queue(clock)
    ticket = q.ticket()
    assert q.ask(ticket).let_in
    clock.now += 101 * SECOND
    q.ask(q.ticket())  # somebody else is called now
    assert not q.ask(ticket).let_in


@pytest.mark.parametrize("ticket", ["", "made-up", "made-up.0123", "é.é"])
def test_a_ticket_cannot_be_made_up(ticket: str) -> None:
    """Only what we signed has a place."""
    assert not queue(Clock()).genuine(ticket)


def test_a_ticket_of_another_queue_is_none() -> None:
    """Each queue has its own key."""
    assert not queue(Clock()).genuine(queue(Clock()).ticket())


def test_before_it_opens_places_are_drawn() -> None:
    """Who came before the opening gets a random number, who came after it stands behind."""
    orders = set()
    for seed in range(8):
        clock = Clock()
        q = queue(clock, opens=10 * SECOND, seed=seed)
        tickets = [q.ticket() for _ in range(6)]
        for ticket in tickets:
            told = q.ask(ticket)
            assert (told.let_in, told.position) == (False, None)
        clock.now = 11 * SECOND
        late = q.ticket()
        q.ask(late)
        order = called(q, clock, [*tickets, late], 20)
        assert sorted(order) == list(range(7))
        assert order[-1] == 6
        orders.add(tuple(order))
    assert len(orders) > 4
