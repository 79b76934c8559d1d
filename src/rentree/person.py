"""What a file in `loadtests/` uses: a Person with steps, think times and a patience.

A Person is a Locust User. Under `rentree run` a `Stage` gives it its place in the crowd, the
run's clock and the recorder; under the stock `locust -f` it is one of the sandbox's demo people
and reports to Locust's own statistics (`rentree.load.stock`).
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Mapping
from typing import Any, ClassVar, Protocol

import gevent
from locust import User, task
from locust.exception import StopUser

from rentree.client import Client, Failure, UnreadableError
from rentree.crowd import Member
from rentree.ledger import marked
from rentree.places import Places
from rentree.plan import Behaviour
from rentree.platform import Account, Answer, Platform
from rentree.sample import (
    CREATE_ACCOUNT,
    OUTCOMES,
    SIGN_IN,
    SIGN_OUT,
    Outcome,
    Sample,
    detail_of,
)


class Stage(Protocol):
    """Where people act: the run they belong to. All times are µs of the run."""

    behaviour: Behaviour
    steps_at: Mapping[str, str]  # step → the platform where it is done, if not where they are
    compression: float  # --clock
    seed: str
    end: int  # nobody begins anything from here on
    worker: int  # from 1
    once: bool  # a person lives once; the stock Locust casts the next one instead

    def now(self) -> int:
        """The run's clock."""

    def cast(self, persona: str) -> tuple[Member, Account]:
        """Who the next person of this persona is."""

    def client(self, member: Member) -> tuple[Client, str]:
        """A browser for a member, and the name of the route it takes."""

    def platform(self, name: str, client: Client, account: Account) -> Platform:
        """A person's dealings with a platform, by its adapter."""

    def phase_at(self, moment: int) -> str:
        """The phase a due time lies in."""

    def stay_until(self, draw: float) -> int:
        """When a person who drew `draw` (0..1) leaves after the stay."""

    def opened(self, sample: Sample) -> int:
        """Note that an attempt begins; returns its `seq`."""

    def closed(self, sample: Sample) -> None:
        """Keep a sample."""

    def write(
        self, t: int, event: str, kind: str, marker: str, person: str, text: str, request_id: str
    ) -> None:
        """Add a row to the ledger: a write that is tried, or what became of it."""

    def finished(self) -> None:
        """Note that a person's journey came to its end."""


class Person(User):
    """One synthetic human. Subclasses set `persona` and write `journey`."""

    abstract = True
    persona: ClassVar[str]
    role: ClassVar[str] = ""  # what the platform takes them for; "": what the persona says

    def __init__(self, environment: Any) -> None:
        super().__init__(environment)
        self.stage: Stage = (
            environment.stage if hasattr(environment, "stage") else _stock(environment)
        )
        self.become()

    def become(self) -> None:
        """Take up the identity of the next person of this persona."""
        self.who, account = self.stage.cast(self.persona)
        self.places = Places(self.stage, self.who, account)
        self._turn_to(self.places.home)
        self.due = self.who.due  # when this person means to do the next thing
        self.left: int | None = None  # when this person left: the platform's doing, or ours
        self.cut = ""  # why it was ours
        self._gave_up = False  # for good, the last step that was not ok
        self._drawn = 0

    def journey(self) -> None:
        """What this persona does, in order: `step`, `think`, `stay`. A subclass writes it."""

    @task
    def live(self) -> None:
        """Walk the journey once, then leave for good; who has no account creates it first."""
        try:
            if self.who.new_account:
                self.step(CREATE_ACCOUNT)
            self.journey()
        except Over:
            pass
        except Exception as error:  # a drop-in's mistake: ours, and Locust would start it again
            self._not_sent("journey", f"the journey raised {type(error).__name__}: {error}")
        self.places.close()
        self.stage.finished()
        if self.stage.once:
            raise StopUser
        self.become()

    def step(self, name: str, **facts: Any) -> bool:
        """Try a step, again as often as the profile says; True when it was ok.

        A person whom the platform made leave records each further step as abandoned. A step
        that would begin after the stay is not made, but for signing out. It is done where the
        profile says (`steps_at`), and where they fall back on (`fallback`).
        """
        places = self.places
        if self.cut:
            self._not_sent(name, self.cut)
            return False
        if self.left is None and self.due >= self.stage.behaviour.stay_until and name != SIGN_OUT:
            return False
        meant, at = places.of(name)
        for platform in dict.fromkeys((meant, at)):
            if platform in places.given_up:  # missing there, also where it is done elsewhere
                self._abandon(name, platform, places.given_up[platform])
        if self.left is not None:
            self._abandon(name, places.home, self.left)
        if self.left is not None or at in places.given_up:
            return False
        if name == SIGN_OUT:
            for platform in places.visited():
                self._turn_to(platform)
                self._tried(SIGN_OUT, {})
        return self._done_at(at, name, facts)

    def _done_at(self, platform: str, name: str, facts: dict[str, Any]) -> bool:
        """Do a step at a platform, after signing in where that was not done; or fall back."""
        places = self.places
        self._turn_to(platform)
        ok = True
        if name != SIGN_IN and places.is_new(platform):
            ok = self._tried(SIGN_IN, {})
            if not ok and self.cut:
                return False
            if not ok:
                self._abandon(name, platform, self.due)
        ok = ok and self._tried(name, facts)
        if ok or self.cut:
            return ok
        if self._gave_up and self.due < self.stage.behaviour.stay_until:
            instead = places.instead_of(platform, self.due)
            if instead is not None:  # where they have an account
                return name == CREATE_ACCOUNT or self._done_at(instead, name, facts)
        if platform == places.home:
            self.left = self.due
        else:
            places.given_up[platform] = self.due
        return False

    def _turn_to(self, platform: str) -> None:
        """Be at a platform, with the browser that is used there."""
        self.who, self.client, self.route, self.platform = self.places.at(platform)

    def _tried(self, name: str, facts: dict[str, Any]) -> bool:
        """Try a step where they are, again as often as the profile says; True when it was ok."""
        bearing = self.stage.behaviour
        for attempt in range(1, bearing.retry_at_most + 2):
            outcome, done = self._attempt(name, attempt, facts)
            self.due = done
            if outcome == "ok":
                self.places.did(self.who.platform, name)
                return True
            again = done + bearing.retry_after + round((2 * self.draw() - 1) * bearing.retry_jitter)
            if outcome in ("leak", "not_sent") or again >= bearing.stay_until:
                break
            if attempt <= bearing.retry_at_most:
                self.due = again
        self.due = done
        self._gave_up = outcome not in ("leak", "not_sent") and attempt > bearing.retry_at_most
        return False

    def think(self, least: float, most: float) -> None:
        """Let `least` to `most` seconds of the scenario pass before the next step."""
        seconds = least + self.draw() * (most - least)
        self.due += round(seconds * 1_000_000 / self.stage.compression)

    def stay(self) -> None:
        """Stay until the profile's time, or as long as it lets; people leave one after another."""
        until = self.stage.stay_until(self.draw())
        self.due = max(self.due, self.stage.behaviour.leaves(self.who.due, until))

    def text(self, subject: str) -> str:
        """A homework of this person's, unlike anybody else's."""
        return f"{subject}, par {self.who.name} ({self.who.person}), n° {round(self.draw() * 1e9)}."

    def draw(self) -> float:
        """The next of this person's own random numbers, [0, 1), for any number of workers."""
        self._drawn += 1
        words = f"{self.stage.seed}\x1f{self.who.person}\x1f{self._drawn}".encode()
        return int.from_bytes(hashlib.blake2b(words, digest_size=6).digest()) / 2**48

    def _attempt(self, name: str, attempt: int, facts: dict[str, Any]) -> tuple[str, int]:
        stage, client, due = self.stage, self.client, self.due
        if due >= stage.end:
            raise Over
        if (wait := due - stage.now()) > 0:
            gevent.sleep(wait / 1_000_000)
        trace = f"{random.getrandbits(128):032x}"
        kind, marker = self.platform.writes.get(name, ""), ""
        if kind and isinstance(facts.get("text"), str):
            words = (stage.seed, self.who.person, name, due, attempt)
            text, marker = marked(facts["text"], *words)
            facts = facts | {"text": text}
        sent = stage.now()
        begun = self._row(name, attempt, due, sent=sent, request_id=trace)
        seq = stage.opened(begun)
        client.begin(trace, deadline=sent + stage.behaviour.patience)
        self.platform.told = {}
        if marker:  # before it is sent: what nobody wrote down never happened
            stage.write(sent, "tried", kind, marker, self.who.person, facts["text"], trace)
        answer = self._ask(name, facts)
        done = stage.now()
        if marker:
            became = self._became(answer.outcome)
            stage.write(done, became, kind, marker, self.who.person, facts["text"], trace)
        tally, outcome = client.tally, answer.outcome
        ours = outcome == "not_sent"
        if ours:  # what would have followed was not sent either
            self.cut = answer.why
        stage.closed(
            self._row(
                name,
                attempt,
                due,
                seq=seq,
                sent=None if ours else sent,
                first_byte=tally.first_byte,
                done=None if ours else done,
                outcome=outcome,
                status=tally.status,
                received=tally.bytes,
                address=tally.address,
                queue_position=answer.queue_position,
                request_id=trace,
                detail=detail_of(answer.why, tally.hops, self._told(name, outcome)),
            )
        )
        return outcome, done

    def _became(self, outcome: str) -> str:
        """What became of a write: a refusal, or nothing sent, is surely not done."""
        if outcome == "ok" or self.platform.told.get("receipt"):
            return "ok"
        return "no" if outcome == "refused" or self.client.tally.sent is None else "unknown"

    def _told(self, name: str, outcome: str) -> dict[str, Any]:
        """What was seen beyond the outcome: by the adapter, and by us whatever the platform."""
        told, platform = self.platform.told, self.platform
        if outcome == "refused" and (after := _seconds(self.client.tally.retry_after)) is not None:
            told["after"] = after
        if outcome in ("ok", "leak") and name == SIGN_IN and platform.session_cookies:
            values = [self.client.cookie(cookie) or "" for cookie in platform.session_cookies]
            if any(values):  # a digest: nobody can use it
                text = "\x1f".join(values).encode()
                told["session"] = hashlib.blake2b(text, digest_size=8).hexdigest()
        return told

    def _ask(self, name: str, facts: dict[str, Any]) -> Answer:
        try:
            answer: Any = self.platform.do(name, **facts)
        except Failure as failure:
            return Answer("not_sent" if failure.ours else failure.kind, failure.why)
        except UnreadableError as error:  # a page without the form, JSON that is none
            return Answer("wrong", f"the page cannot be read: {error}")
        except Exception as error:  # the adapter is broken, not the platform: never its fault
            return Answer("not_sent", f"the adapter raised {type(error).__name__}: {error}")
        if not isinstance(answer, Answer) or answer.outcome not in OUTCOMES:
            return Answer("not_sent", f"the adapter returned {answer!r:.80}, which is no answer")
        return answer

    def _abandon(self, name: str, platform: str, left: int) -> None:
        self._turn_to(platform)
        self._keep(self._row(name, 1, left, done=left, outcome="abandoned"))

    def _not_sent(self, name: str, why: str) -> None:
        """A row for what we could not do; it accuses nobody and counts against our own validity."""
        self._keep(self._row(name, 1, self.due, detail=detail_of(why)))

    def _keep(self, row: Sample) -> None:
        self.stage.closed(row._replace(seq=self.stage.opened(row)))

    def _row(
        self,
        step: str,
        attempt: int,
        due: int,
        *,
        seq: int = -1,
        sent: int | None = None,
        first_byte: int | None = None,
        done: int | None = None,
        outcome: Outcome = "not_sent",
        status: int | None = None,
        received: int = 0,
        address: str = "",
        queue_position: int | None = None,
        request_id: str = "",
        detail: str = "{}",
    ) -> Sample:
        who = self.who
        return Sample(
            seq, self.stage.worker, self.stage.phase_at(due), who.territory, who.school, who.level,
            who.persona, who.person, who.platform, step, attempt, due, sent, first_byte, done,
            outcome, status, received, address or who.address, self.route, queue_position,
            request_id, detail,
        )  # fmt: skip


def _seconds(retry_after: str | None) -> float | None:
    """Retry-After in seconds (RFC 9110, 10.2.3); None: not said. A date says it too, as 0."""
    if not retry_after:
        return None
    text = retry_after.strip()
    return float(text) if text.isdigit() else 0.0


class Over(Exception):  # noqa: N818  # an end, not an error
    """The run has ended: this person does nothing more, and no row is owed."""


def _stock(environment: Any) -> Stage:
    from rentree.load.stock import stage_for  # noqa: PLC0415  # only under `locust -f`

    return stage_for(environment)
