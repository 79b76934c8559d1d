"""A person whose account was not created: they leave, or go where they fall back on.

Locust patches the standard library, so people live in a process of their own. Nothing is sent.
"""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

LIFE = """
import json, sys
from types import SimpleNamespace

from rentree.person import Person  # first: it patches the standard library
from locust.exception import StopUser
from rentree.client import Client
from rentree.crowd import Member
from rentree.plan import Behaviour, Fallback
from rentree.platform import OK, Account, Answer, Platform, does


class Ill(Platform):
    name = "ill"

    @does("create account")
    def create_account(self):
        return Answer("error", "HTTP 500")


class Well(Platform):
    name = "well"

    @does("sign in")
    def sign_in(self):
        return OK

    home = does("home")(lambda self: OK)
    sign_out = does("sign out")(lambda self: OK)


class Stage:
    behaviour = Behaviour(
        patience=10**6, retry_after=0, retry_jitter=0, retry_at_most=1, stay_until=10**12,
        fallback=Fallback(**{"from": "ent"}, to="rescue", share=float(sys.argv[1])),
    )
    steps_at, compression, seed, end, worker, once = {}, 1.0, "1", 10**12, 1, True
    rows = []

    def now(self):
        return 10**6

    def cast(self, persona):
        who = Member(0, "north/pupil-1", "north", "s", "lycée", "c", persona, "127.0.0.1", "login",
                     "name", False, 0, "ent", new_account=True)
        return who, Account("login", "secret", "name", persona)

    def client(self, member):
        return Client(base="http://127.0.0.1:9", clock=self.now), "straight"

    def platform(self, name, client, account):
        return {"ent": Ill, "rescue": Well}[name](client, account)

    def phase_at(self, moment):
        return "bell"

    def opened(self, sample):
        return 0

    def closed(self, sample):
        self.rows.append((sample.platform, sample.step, sample.outcome))

    def finished(self):
        pass


class Pupil(Person):
    persona = "pupil"

    def journey(self):
        for step in ("sign in", "home", "sign out"):
            self.step(step)


try:
    Pupil(SimpleNamespace(stage=Stage())).live()
except StopUser:
    print(json.dumps(Stage.rows))
"""
TRIED = [["ent", "create account", "error"]] * 2


@pytest.mark.parametrize(
    ("share", "then"),
    [
        pytest.param(
            0,
            [["ent", step, "abandoned"] for step in ("sign in", "home", "sign out")],
            id="nobody falls back: they leave",
        ),
        pytest.param(
            1,
            [
                ["ent", "sign in", "abandoned"], ["rescue", "sign in", "ok"],
                ["ent", "home", "abandoned"], ["rescue", "home", "ok"],
                ["ent", "sign out", "abandoned"], ["rescue", "sign out", "ok"],
            ],
            id="they sign in where they have an account, and create none there",
        ),
    ],
)  # fmt: skip
def test_whoever_gets_no_account(share: float, then: list[list[str]]) -> None:
    """Tried twice, as the profile lets; every step is missing on the platform that gave none."""
    done = subprocess.run(
        [sys.executable, "-c", LIFE, str(share)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == TRIED + then
