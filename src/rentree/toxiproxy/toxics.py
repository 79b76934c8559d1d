"""Toxiproxy's toxics as `fault:` kinds: what each takes, and how each is seen to be in force.

Every value that Toxiproxy 2.12 would crash on, take in silence or turn into something else is
refused here (its source; measured). A toxic that cannot be seen within a look of a second is
refused too: what is not observed makes a run invalid.
"""

from __future__ import annotations

from typing import Any, ClassVar, Literal, Self

from pydantic import model_validator

from rentree.fault import Settings
from rentree.quantity import Bytes, DataRate, Duration
from rentree.toxiproxy.sight import Exchange, Question
from rentree.words import duration, number

LONGEST = 600_000_000  # µs of a delay
LOOK = 500_000  # µs that one look at a toxic may take
SLACK = 1_000  # µs; timers round
MOST = 65_536  # bytes of one look
_PING = Question(16, LOOK)


class Toxic(Settings):
    """A toxic on all that comes down to a territory's people."""

    type: ClassVar[str] = ""  # Toxiproxy's; "" is a listener that is disabled

    def attributes(self) -> dict[str, int]:
        """As Toxiproxy takes them: ms, bytes, KB/s, and µs for the slicer."""
        return {}

    def question(self) -> Question:
        """What is asked through the twin, each second."""
        return _PING

    def shown_by(self, seen: Exchange) -> str:
        """Empty when an exchange shows the toxic at work; else why it does not."""
        raise NotImplementedError

    def floor_us(self) -> int:
        """What it adds to an exchange at least."""
        return 0


def _whole_ms(name: str, us: int, least: int, most: int) -> None:
    if us % 1000 or not least <= us <= most:
        raise ValueError(
            f"`{name}` must be whole milliseconds, {least // 1000} ms to {most // 1000} ms"
        )


class Latency(Toxic):
    """What `fault: latency` takes."""

    explains = "every answer comes later by `delay`, give or take `jitter`; nothing is lost"
    type: ClassVar[str] = "latency"
    delay: Duration
    jitter: Duration = 0

    @model_validator(mode="after")
    def _sane(self) -> Self:
        if not 0 < self.delay <= LONGEST:
            raise ValueError("`delay` must be above 0 and at most 10 min")
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
        """A ping, waited for as long as the longest draw, and a second."""
        return Question(16, self.delay + self.jitter + 1_000_000)

    def floor_us(self) -> int:
        """Toxiproxy draws evenly from delay ± jitter."""
        return self.delay - self.jitter

    def shown_by(self, seen: Exchange) -> str:
        """It came back, and not too soon."""
        if seen.first_us is None:
            return "a ping through the twin got lost"
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
        if seen.received and (seen.received < size or (seen.last_us or 0) >= least):
            return ""
        return f"{seen.received} bytes took {seen.last_us} µs; the rate alone takes {least} µs"


class Timeout(Toxic):
    """What `fault: timeout` takes."""

    explains = (
        "nothing comes back, and the connection is closed after `after` of silence (`never`: it "
        "stays); connections that it held are closed when it ends"
    )
    type: ClassVar[str] = "timeout"
    after: Duration | Literal["never"] = "never"

    @model_validator(mode="after")
    def _sane(self) -> Self:
        if self.after != "never":
            _whole_ms("after", self.after, 1_000, LONGEST)
        return self

    def told(self, language: str) -> str:
        """“silence, connexion fermée après 5 s”."""
        if self.after == "never":
            return {"fr": "silence sans fin", "en": "silence without end"}[language]
        after = duration(self.after, language)
        return {
            "fr": f"silence, connexion fermée après {after}",
            "en": f"silence, closed after {after}",
        }[language]

    def attributes(self) -> dict[str, int]:
        """ms; 0 is never."""
        return {"timeout": 0 if self.after == "never" else self.after // 1000}

    def question(self) -> Question:
        """300 ms of silence are enough."""
        return Question(16, 300_000)

    def shown_by(self, seen: Exchange) -> str:
        """Nothing came back on a connection that was taken."""
        if seen.received or seen.ended in ("refused", "reset"):
            return f"{seen.received} bytes came back ({seen.ended})"
        if self.after == "never" and seen.ended != "open":
            return "the connection was closed"
        return ""


class Reset(Toxic):
    """What `fault: reset` takes."""

    explains = (
        "a new connection is reset once it has sent something, after `after`; one that was open "
        "before ends with a plain close"
    )
    type: ClassVar[str] = "reset_peer"
    after: Duration = 0

    @model_validator(mode="after")
    def _sane(self) -> Self:
        _whole_ms("after", self.after, 0, 300_000)
        return self

    def told(self, language: str) -> str:
        """“connexions rompues après 100 ms”."""
        after = duration(self.after, language)
        return {
            "fr": f"connexions rompues après {after}",
            "en": f"connections reset after {after}",
        }[language]

    def attributes(self) -> dict[str, int]:
        """ms."""
        return {"timeout": self.after // 1000}

    def shown_by(self, seen: Exchange) -> str:
        """A reset, and not a byte."""
        return "" if seen.ended == "reset" and not seen.received else f"no reset ({seen.ended})"


class Down(Toxic):
    """What `fault: down` takes: no key."""

    explains = "connections are refused, and those that are open end"

    def told(self, language: str) -> str:
        """“connexions refusées”."""
        return {"fr": "connexions refusées", "en": "connections refused"}[language]

    def shown_by(self, seen: Exchange) -> str:
        """Refused."""
        return "" if seen.ended == "refused" else f"a connection was taken ({seen.ended})"


class SlowClose(Toxic):
    """What `fault: slow-close` takes."""

    explains = "the platform's closing of a connection reaches people later by `delay`"
    type: ClassVar[str] = "slow_close"
    delay: Duration

    @model_validator(mode="after")
    def _sane(self) -> Self:
        _whole_ms("delay", self.delay, 50_000, LONGEST)
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
        """A request to hang up."""
        return Question(0, LOOK, close=True)

    def shown_by(self, seen: Exchange) -> str:
        """The end came late, or has not come while we looked."""
        if seen.ended == "refused":
            return "the connection was refused"
        if seen.ended == "open" or seen.took_us >= self.delay - SLACK:
            return ""
        return f"the close took {seen.took_us} µs; the fault alone takes {self.delay} µs"


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
        """“morceaux de 500 octets, 10 ms entre eux”."""
        size, delay = number(self.average, language), duration(self.delay, language)
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
        if seen.received and (
            seen.received < self.question().size or (seen.last_us or 0) >= self._least()
        ):
            return ""
        alone = f"the delays alone take {self._least()} µs"
        return f"{seen.received} bytes took {seen.last_us} µs; {alone}"


class LimitData(Toxic):
    """What `fault: limit-data` takes."""

    explains = "a connection is closed once `bytes` have come through it since the fault began"
    type: ClassVar[str] = "limit_data"
    bytes: Bytes

    @model_validator(mode="after")
    def _sane(self) -> Self:
        if not 1 <= self.bytes <= MOST // 2:
            raise ValueError("`bytes` must be 1 B to 32 KiB: more cannot be seen in a look")
        return self

    def told(self, language: str) -> str:
        """“connexion fermée après 1 000 octets”."""
        size = number(self.bytes, language)
        return {"fr": f"connexion fermée après {size} octets", "en": f"closed after {size} bytes"}[
            language
        ]

    def attributes(self) -> dict[str, int]:
        """Bytes; less than 0 would close at once."""
        return {"bytes": self.bytes}

    def question(self) -> Question:
        """Twice the limit, and something."""
        return Question(2 * self.bytes + 16, LOOK)

    def shown_by(self, seen: Exchange) -> str:
        """No more than that came, and then the end."""
        if seen.ended in ("closed", "reset") and seen.received <= self.bytes:
            return ""
        return f"{seen.received} bytes came back ({seen.ended})"


KINDS: dict[str, type[Toxic]] = {
    "latency": Latency, "bandwidth": Bandwidth, "timeout": Timeout, "reset": Reset, "down": Down,
    "slow-close": SlowClose, "slicer": Slicer, "limit-data": LimitData,
}  # fmt: skip


def of(kind: str, settings: dict[str, Any]) -> Toxic:
    """The toxic of a planned fault."""
    return KINDS[kind].model_validate(settings)
