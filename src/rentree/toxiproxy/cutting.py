"""Toxics that cut people off: timeout, reset, down, limit data."""

from __future__ import annotations

from typing import ClassVar, Literal, Self

from pydantic import model_validator

from rentree.quantity import Bytes, Duration
from rentree.toxiproxy.sight import Exchange, Question
from rentree.toxiproxy.toxic import LATE, LONGEST, LOOK, MOST, PING, SLACK, Toxic, whole_ms
from rentree.words import duration, number

_PAUSE = 1_000_000  # µs; nothing interrupts Toxiproxy's pause before a reset, clearing waits for it


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
            whole_ms("after", self.after, 1_000, LONGEST)
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
        """A ping; its silence is followed to the end, if there is one."""
        return Question(PING, 300_000 if self.after == "never" else self.after + LATE)

    def shown_by(self, seen: Exchange) -> str:
        """Nothing came back on a connection that was taken, and was closed in time if ever."""
        if seen.received or seen.ended in ("refused", "reset"):
            return f"{seen.received} bytes came back ({seen.ended})"
        if self.after == "never":
            return "" if seen.ended == "open" else "the connection was closed"
        if seen.ended == "open" and seen.took_us < self.question().wait_us:
            return ""
        if seen.ended == "closed" and seen.took_us >= self.after - SLACK:
            return ""
        return (
            f"after {seen.took_us} µs the connection was {seen.ended}; "
            f"the fault closes it after {self.after} µs"
        )


class Reset(Toxic):
    """What `fault: reset` takes."""

    explains = (
        "a new connection is reset in place of its first answer, after `after`; one that was open "
        "before ends with a plain close"
    )
    type: ClassVar[str] = "reset_peer"
    after: Duration = 0

    @model_validator(mode="after")
    def _sane(self) -> Self:
        whole_ms("after", self.after, 0, _PAUSE)
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

    def question(self) -> Question:
        """A ping, followed until its reset."""
        return Question(PING, self.after + LATE)

    def holds_us(self) -> int:
        """It waits before a plain close, too."""
        return self.after

    def shown_by(self, seen: Exchange) -> str:
        """A reset and not a byte, not too soon; or it may yet come."""
        if not seen.received:
            if seen.ended == "open" and seen.took_us < self.question().wait_us:
                return ""
            if seen.ended == "reset" and seen.took_us >= self.after - SLACK:
                return ""
        return (
            f"after {seen.took_us} µs and {seen.received} bytes the connection was {seen.ended}; "
            f"the fault resets it after {self.after} µs"
        )


class Down(Toxic):
    """What `fault: down` takes: no key."""

    explains = "connections are refused, and those that are open end"

    def told(self, language: str) -> str:
        """“connexions refusées”."""
        return {"fr": "connexions refusées", "en": "connections refused"}[language]

    def shown_by(self, seen: Exchange) -> str:
        """Refused."""
        return "" if seen.ended == "refused" else f"a connection was taken ({seen.ended})"


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
        """Just that came, and then the end."""
        if seen.ended in ("closed", "reset") and seen.received == self.bytes:
            return ""
        return f"{seen.received} bytes came back ({seen.ended})"
