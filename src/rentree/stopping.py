"""The stop rules of a run while it goes on: what people try, and the platform's health page."""

from __future__ import annotations

import contextlib
import http.client
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from rentree import __version__
from rentree.block import Block
from rentree.fault import address_of
from rentree.journal import Journal
from rentree.leave import Pinned
from rentree.plan import Plan
from rentree.quantity import SECOND
from rentree.stop import Errors, Health, Tried, share_of_errors, told
from rentree.trust import SYSTEM, Trust

STOP_RULE = "stop rule"  # why the run ended
EVERY = 1.0  # s between two looks at a health page
ANSWER = 2.0  # s that it may take
LAG = 2 * SECOND  # µs: attempts are known so late
_HEADERS = {"User-Agent": f"rentree/{__version__}", "Cache-Control": "no-cache"}


@dataclass(frozen=True)
class Page:
    """A health page, at a pinned address."""

    base: str
    address: str


class Stops:
    """Call `take` with new blocks and `over` twice a second; `over` says why the run must end."""

    def __init__(
        self,
        plan: Plan,
        pages: Mapping[str, Page],
        journal: Journal,
        clock: Callable[[], int],
        trust: Trust = SYSTEM,
    ) -> None:
        """`pages`: platform → where its pages are. `clock`: µs of the run."""
        self._plan, self._pages, self._journal = plan, pages, journal
        self._clock, self._trust = clock, trust
        self._tried: deque[Tried] = deque()
        self._longest = max((r.for_ for r in plan.stops), default=0) + 10 * SECOND
        self._sick: dict[int, int] = {}  # rule → since when its page is bad, µs of the run
        self._stop = threading.Event()

    def start(self) -> None:
        """Begin to look at health pages."""
        for i, rule in enumerate(self._plan.stops):
            if isinstance(rule, Health):
                threading.Thread(target=self._look_on, args=(i, rule), daemon=True).start()

    def stop(self) -> None:
        """Look no more."""
        self._stop.set()

    def take(self, blocks: Iterable[Block]) -> None:
        """Take in what people tried."""
        if not self._plan.stops:
            return
        for block in blocks:
            self._tried += (Tried(r.done or r.due, r.outcome, r.territory) for r in block.samples)
        oldest = self._clock() - self._longest
        while self._tried and self._tried[0].ended < oldest:
            self._tried.popleft()

    def over(self) -> str:
        """Why the run ends now, written down; empty while it goes on."""
        now = self._clock()
        for i, rule in enumerate(self._plan.stops):
            since, why, base = 0, "", ""
            if isinstance(rule, Errors):
                since = max(0, now - LAG - rule.for_)
                if now - LAG < rule.for_:
                    continue
                share = share_of_errors(self._tried, self._plan.faults, since, now - LAG)
                if share is not None and share > rule.share_above:
                    why = told(rule, share)
            elif i in self._sick and now - self._sick[i] >= rule.for_:
                since, base = self._sick[i], self._pages[rule.platform].base
                why = told(rule)
            if why:
                self._journal.write("stop", "over", t=now, rule=i, since=since, base=base, why=why)
                return why
        return ""

    def _look_on(self, i: int, rule: Health) -> None:
        while not self._stop.is_set():
            asked, began = self._clock(), time.monotonic()
            if self._well(rule):
                self._sick.pop(i, None)
            else:
                self._sick.setdefault(i, max(asked, 0))
            self._stop.wait(max(0.0, EVERY - (time.monotonic() - began)))

    def _well(self, rule: Health) -> bool:
        page = self._pages[rule.platform]
        connection = Pinned(page.base, page.address, ANSWER, self._trust)
        cut = threading.Timer(ANSWER, connection.cut)
        cut.daemon = True
        cut.start()
        try:
            connection.request("GET", rule.path, headers=_HEADERS)
            return 200 <= connection.getresponse().status < 300
        except (OSError, ValueError, http.client.HTTPException):
            return False
        finally:
            cut.cancel()
            with contextlib.suppress(OSError):
                connection.close()


def page_of(base: str, pins: Mapping[str, str]) -> Page:
    """Where the pages of a base URL are asked for."""
    host = address_of(base)[0]
    return Page(base, pins.get(host, host))
