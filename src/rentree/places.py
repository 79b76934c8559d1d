"""The platforms that one person goes to: their own, others for some steps, and one to fall back on.

Each is met with a browser of its own, so with cookies of its own, and signed in to by itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import NamedTuple, Protocol

from rentree.client import Client
from rentree.crowd import Member
from rentree.plan import Behaviour
from rentree.platform import Account, Platform
from rentree.sample import SIGN_IN, SIGN_OUT


class Grounds(Protocol):
    """What of a `rentree.person.Stage` leads to platforms."""

    behaviour: Behaviour
    steps_at: Mapping[str, str]
    seed: str

    def client(self, member: Member) -> tuple[Client, str]:
        """A browser for a member, and the name of the route it takes."""

    def platform(self, name: str, client: Client, account: Account) -> Platform:
        """A person's dealings with a platform."""


class Place(NamedTuple):
    """A person at one platform."""

    who: Member  # with that platform
    client: Client
    route: str
    platform: Platform


class Places:
    """Where one person is, has been, and has given up."""

    def __init__(self, grounds: Grounds, who: Member, account: Account) -> None:
        self.home = who.platform  # where steps are done that have no other platform
        self.given_up: dict[str, int] = {}  # platform → when, µs of the run; not where they leave
        self._grounds, self._who, self._account = grounds, who, account
        self._open: dict[str, Place] = {}
        self._inside: set[str] = set()  # platforms at which a sign-in was ok, and no sign-out since
        self._first = who.platform
        self._instead: dict[str, str] = {}

    def at(self, platform: str) -> Place:
        """The person there, with the browser that is used there."""
        if platform not in self._open:
            who = self._who._replace(platform=platform)
            client, route = self._grounds.client(who)
            dealings = self._grounds.platform(platform, client, self._account)
            self._open[platform] = Place(who, client, route, dealings)
        return self._open[platform]

    def of(self, step: str) -> tuple[str, str]:
        """Where a step was meant to be done, and where it is done now."""
        meant = self._grounds.steps_at.get(step, self._first)
        return meant, self._instead.get(meant, meant)

    def is_new(self, platform: str) -> bool:
        """Whether one must sign in there first; at their first platform the journey does."""
        return platform != self._first and platform not in self._inside

    def visited(self) -> list[str]:
        """The platforms beside that of the journey's own sign-out at which the person is in."""
        _, last = self.of(SIGN_OUT)
        return sorted(self._inside - {last, *self.given_up})

    def did(self, platform: str, step: str) -> None:
        """Keep in mind that a step was ok there."""
        if step == SIGN_IN:
            self._inside.add(platform)
        elif step == SIGN_OUT:
            self._inside.discard(platform)

    def instead_of(self, platform: str, moment: int) -> str | None:
        """The platform that this person falls back on, who gives one up for good; None: none."""
        fallback = self._grounds.behaviour.fallback
        if fallback is None or fallback.from_ != platform or fallback.to in self.given_up:
            return None
        words = f"{self._grounds.seed}\x1f{self._who.person}\x1ffallback".encode()
        drawn = int.from_bytes(hashlib.blake2b(words, digest_size=6).digest()) / 2**48
        if drawn >= fallback.share:
            return None
        self.given_up[platform] = moment
        self._instead[platform] = fallback.to
        if platform == self.home:
            self.home = fallback.to
        return fallback.to

    def close(self) -> None:
        """Close every browser."""
        for place in self._open.values():
            place.client.close()
