"""A desk: requests wait there in real time for what `Capacity` reckons in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Literal

from rentree.sandbox.capacity import Capacity, Place

Served = Literal["served", "full", "gone", "too long"]


class Desk:
    """Wakes who waits when a server takes them. `clock`: int µs, the one of the event loop."""

    def __init__(self, capacity: Capacity, clock: Callable[[], int]) -> None:
        self.capacity = capacity
        self._clock = clock
        self._timer: asyncio.TimerHandle | None = None
        self._at = 0.0  # when the timer rings, µs

    async def serve(
        self,
        service: int,
        *,
        gone: Callable[[], asyncio.Task[None]] | None = None,
        at_most: float | None = None,
        late: Callable[[int], None] = lambda _: None,
    ) -> Served:
        """Return when the request has been served for `service` µs, or why it was not.

        `gone` makes a task that ends when whoever asked has left; without it the work is done
        for nobody. `at_most`: s of waiting. `late` is told by how many µs the clock woke late.
        """
        place = self.capacity.enter(self._clock(), service)
        if place is None:
            return "full"
        if place.finish is None:
            why = await self._turn(place, gone() if gone else None, at_most)
            if why is not None:
                return why
        finish = place.finish
        assert finish is not None  # noqa: S101  # it was taken
        await asyncio.sleep(max(0, finish - self._clock()) / 1e6)
        late(max(0, self._clock() - finish))
        return "served"

    def wake(self) -> None:
        """Look again: the capacity was changed, or time has passed."""
        self.capacity.advance(self._clock())
        moment = self.capacity.next_start()
        if self._timer is not None and (moment is None or moment != self._at):
            self._timer.cancel()
            self._timer = None
        if moment is not None and self._timer is None:
            self._at = moment
            self._timer = asyncio.get_running_loop().call_at(moment / 1e6, self._ring)

    def _ring(self) -> None:
        self._timer = None
        self.wake()

    async def _turn(
        self, place: Place, gone: asyncio.Task[None] | None, at_most: float | None
    ) -> Served | None:
        """Wait until a server takes the place; or say why nobody ever will."""
        turn = asyncio.get_running_loop().create_future()
        place.on_start = lambda: None if turn.done() else turn.set_result(None)
        self.wake()
        waits: set[asyncio.Future[None]] = {turn} if gone is None else {turn, gone}
        try:
            await asyncio.wait(waits, timeout=at_most, return_when=asyncio.FIRST_COMPLETED)
        finally:
            left = place.finish is None and self.capacity.leave(place)
        if not left:
            return None
        return "gone" if gone is not None and gone.done() else "too long"
