"""Toxics that slow what comes down to people: latency, bandwidth, slicer, slow close."""

from __future__ import annotations

from typing import ClassVar, Self

from pydantic import model_validator

from rentree.quantity import Bytes, DataRate, Duration
from rentree.toxiproxy.sight import Exchange, Question
from rentree.toxiproxy.toxic import LATE, LONGEST, LOOK, MOST, PING, SLACK, Toxic, whole_ms
from rentree.words import duration, number


class Latency(Toxic):
    """What `fault: latency` takes."""

    explains = "every answer comes later by `delay`, give or take `jitter`; nothing is lost"
    type: ClassVar[str] = "latency"
    delay: Duration
    jitter: Duration = 0

    @model_validator(mode="after")
    def _sane(self) -> Self:
        if not 0 < self.delay <= LONGEST - self.jitter:
            raise ValueError("`delay` must be above 0, and with `jitter` at most 60 s")
        if not 0 <= self.jitter <= self.delay:
            raise ValueError("`jitter` must not be above `delay`: time does not run backwards")
        if self.delay % 1000 or self.jitter % 1000:
            raise ValueError("`delay` and `jitter` must be whole milliseconds")
        return self

    def told(self, language: str) -> str:
        """“délai 200 ms, gigue 50 ms”."""
        delay, jitter = {"fr": ("délai", "gigue"), "en": ("delay", "jitter")}[language]
        return (
            f"{delay} {duration(self.delay, language)}, {jitter} {duration(self.jitter, language)}"
        )

    def attributes(self) -> dict[str, int]:
        """ms."""
        return {"latency": self.delay // 1000, "jitter": self.jitter // 1000}

    def question(self) -> Question:
        """A ping, followed for as long as the longest draw."""
        return Question(PING, self.delay + self.jitter + LATE)

    def floor_us(self) -> int:
        """Toxiproxy draws evenly from delay ± jitter."""
        return self.delay - self.jitter

    def shown_by(self, seen: Exchange) -> str:
        """It came back, and not too soon; or it may yet come."""
        if seen.first_us is None:
            lost = seen.ended != "open" or seen.took_us >= self.question().wait_us
            return "a ping through the twin got lost" if lost else ""
        if seen.first_us < self.floor_us() - SLACK:
            return f"a ping took {seen.first_us} µs; the fault alone takes {self.floor_us()} µs"
        return ""


class Bandwidth(Toxic):
    """What `fault: bandwidth` takes. Toxiproxy's KB is 1 000 bytes, a connection and direction."""

    explains = "each connection gets `rate` at most; two connections get twice that"
    type: ClassVar[str] = "bandwidth"
    rate: DataRate  # bytes/s

    @model_validator(mode="after")
    def _sane(self) -> Self:
        if self.rate % 1000 or not 1_000 <= self.rate <= 2_000_000:
            raise ValueError(
                "`rate` must be whole kB/s, 1 kB/s (8 kbit/s) to 2 000 kB/s (16 Mbit/s): a faster "
                "line cannot be told from an open one in a look"
            )
        return self

    def told(self, language: str) -> str:
        """“1 000 ko/s par connexion”."""
        rate = number(self.rate / 1000, language)
        return {"fr": f"{rate}\u00a0ko/s par connexion", "en": f"{rate} kB/s a connection"}[
            language
        ]

    def attributes(self) -> dict[str, int]:
        """KB/s; 0 would be a black hole, and less a crash."""
        return {"rate": self.rate // 1000}

    def question(self) -> Question:
        """What takes 200 ms at that rate, 64 KiB at most."""
        return Question(min(self.rate // 5, MOST), LOOK)

    def shown_by(self, seen: Exchange) -> str:
        """It took as long as the rate asks, four fifths at least."""
        size = self.question().size
        least = size * 800_000 // self.rate
        cut = seen.received < size and seen.ended != "open"
        if seen.received and not cut and (seen.received < size or (seen.last_us or 0) >= least):
            return ""
        return (
            f"{seen.received} bytes took {seen.last_us} µs ({seen.ended}); "
            f"the rate alone takes {least} µs"
        )


class Slicer(Toxic):
    """What `fault: slicer` takes."""

    explains = (
        "what comes is cut into pieces of `average` ± `variation` bytes, with `delay` between them"
    )
    type: ClassVar[str] = "slicer"
    average: Bytes
    variation: Bytes = 0
    delay: Duration

    @model_validator(mode="after")
    def _sane(self) -> Self:
        if self.average < 1 or not 0 <= self.variation < self.average:
            raise ValueError("`average` must be 1 B or more, and `variation` less than `average`")
        if not 0 < self.delay <= 1_000_000:
            raise ValueError("`delay` must be above 0 and at most 1 s")
        if self._least() < 20_000:
            raise ValueError(
                "so short a `delay` between so large pieces cannot be told from none in a look of "
                "64 KiB: make `delay` longer or `average` smaller"
            )
        return self

    def _least(self) -> int:
        pieces = self.question().size // (self.average + self.variation)
        return int(0.8 * max(pieces - 1, 0) * self.delay)

    def told(self, language: str) -> str:
        """“morceaux de 500 ± 100 octets, 10 ms entre eux”."""
        size, delay = number(self.average, language), duration(self.delay, language)
        if self.variation:
            size += f"\u00a0±\u00a0{number(self.variation, language)}"
        return {
            "fr": f"morceaux de {size} octets, {delay} entre eux",
            "en": f"pieces of {size} bytes, {delay} between them",
        }[language]

    def attributes(self) -> dict[str, int]:
        """Bytes, and µs."""
        return {
            "average_size": self.average, "size_variation": self.variation, "delay": self.delay,
        }  # fmt: skip

    def question(self) -> Question:
        """What takes some 200 ms in such pieces, 64 KiB at most."""
        pieces = max(2, 200_000 // self.delay)
        return Question(min(pieces * (self.average + self.variation), MOST), LOOK)

    def shown_by(self, seen: Exchange) -> str:
        """It took as long as the delays between its pieces."""
        size, least = self.question().size, self._least()
        cut = seen.received < size and seen.ended != "open"
        if seen.received and not cut and (seen.received < size or (seen.last_us or 0) >= least):
            return ""
        return (
            f"{seen.received} bytes took {seen.last_us} µs ({seen.ended}); "
            f"the delays alone take {least} µs"
        )


class SlowClose(Toxic):
    """What `fault: slow-close` takes."""

    explains = "the platform's closing of a connection reaches people later by `delay`"
    type: ClassVar[str] = "slow_close"
    delay: Duration

    @model_validator(mode="after")
    def _sane(self) -> Self:
        whole_ms("delay", self.delay, 50_000, LONGEST)
        return self

    def told(self, language: str) -> str:
        """“fermetures retardées de 2 s”."""
        delay = duration(self.delay, language)
        return {"fr": f"fermetures retardées de {delay}", "en": f"closing delayed by {delay}"}[
            language
        ]

    def attributes(self) -> dict[str, int]:
        """ms."""
        return {"delay": self.delay // 1000}

    def question(self) -> Question:
        """A request to hang up, followed to the end."""
        return Question(0, self.delay + LATE, close=True)

    def holds_us(self) -> int:
        """Its delay."""
        return self.delay

    def shown_by(self, seen: Exchange) -> str:
        """The end came, and not too soon; or it may yet come."""
        if seen.ended == "open" and seen.took_us < self.question().wait_us:
            return ""
        if seen.ended == "closed" and seen.took_us >= self.delay - SLACK:
            return ""
        return (
            f"after {seen.took_us} µs the connection was {seen.ended}; "
            f"the fault closes it after {self.delay} µs"
        )
