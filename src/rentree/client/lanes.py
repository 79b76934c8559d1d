"""Several requests of one person at once, as a browser loads what a page is made of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import gevent

LANES = 6  # at once: what browsers allow a host over HTTP/1.1

T = TypeVar("T")
R = TypeVar("R")


def load(wanted: Sequence[T], fetch: Callable[[T], R]) -> list[R]:
    """`fetch` each, at most LANES at once; the answers in their order.

    The first error ends the others and is raised; so does the end of who asks.
    """
    if len(wanted) < 2:
        return [fetch(one) for one in wanted]
    came: dict[int, R] = {}
    wrong: list[BaseException] = []
    rest = iter(enumerate(wanted))

    def lane() -> None:
        for number, one in rest:
            if wrong:
                return
            try:
                came[number] = fetch(one)
            except Exception as error:  # raised below, where the person stands
                wrong.append(error.with_traceback(None))

    lanes = [gevent.spawn(lane) for _ in range(min(LANES, len(wanted)))]
    try:
        gevent.joinall(lanes)
    finally:
        gevent.killall(lanes, block=False)
    if wrong:
        try:
            raise wrong[0]
        finally:
            wrong.clear()  # a circle through this frame
    return [came[number] for number in range(len(wanted))]
