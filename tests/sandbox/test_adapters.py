"""The contract of adapters: one set of tests for both kinds, Python and YAML, on the real sandbox.

The YAML one is a twin of ours (`sandbox-in-yaml.yaml`), so that both must tell the same.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rentree import dropin
from rentree.client import Client
from rentree.load.inspect import facts_of
from rentree.platform import SESSION_LOST, Account, Answer, Platform, UnknownStepError
from rentree.sandbox.accounts import demo_accounts
from rentree.sandbox.process import RunningSandbox
from rentree.workspace import find

FILES = [find("platforms", "sandbox"), Path(__file__).parent / "sandbox-in-yaml.yaml"]
STEPS = ["sign in", "home", "messages", "hand in", "read homework", "sign out"]
Start = Callable[..., RunningSandbox]
Person = Callable[..., Platform]


def clock() -> int:
    """µs, monotonic."""
    return time.monotonic_ns() // 1000


@pytest.fixture(params=FILES, ids=["python", "yaml"])
def adapter(request: pytest.FixtureRequest) -> type[Platform]:
    """Each adapter in turn."""
    return dropin.adapter(request.param)


@pytest.fixture
def person(adapter: type[Platform]) -> Iterator[Callable[..., Platform]]:
    """Makes demo people at a sandbox's door, and closes their browsers."""
    made: list[Platform] = []

    def make(url: str, number: int = 0, secret: str = "") -> Platform:
        who, password = demo_accounts()[number]
        account = Account(who.login, secret or password, who.name, who.role)
        made.append(adapter(Client(base=url, clock=clock), account))
        made[-1].hosts = {"portal": url}
        return made[-1]

    yield make
    for platform in made:
        platform.client.close()


def do(platform: Platform, step: str) -> Answer:
    """One attempt, 10 s at most."""
    platform.client.begin("0" * 31 + "1", clock() + 10_000_000)
    return platform.do(step, **({"text": "Mon devoir"} if step == "hand in" else {}))


def test_a_whole_journey_is_ok(person: Person, sandbox: RunningSandbox) -> None:
    """Every step of a sound platform."""
    pupil = person(sandbox.url)
    assert [do(pupil, step).outcome for step in STEPS] == ["ok"] * len(STEPS)


def test_signing_in_again_while_inside_is_ok(person: Person, sandbox: RunningSandbox) -> None:
    """A retry after an answer that was lost on the way."""
    pupil = person(sandbox.url)
    assert [do(pupil, "sign in").outcome for _ in range(2)] == ["ok", "ok"]


def test_a_wrong_password_is_an_error(person: Person, sandbox: RunningSandbox) -> None:
    """In the same words."""
    answer = do(person(sandbox.url, secret="wrong"), "sign in")
    assert answer == Answer("error", "the platform does not accept the password")


def test_a_session_that_is_lost_is_told(person: Person, sandbox: RunningSandbox) -> None:
    """Nobody who is asked to sign in again has had the page."""
    answer = do(person(sandbox.url), "messages")
    assert answer == Answer("error", SESSION_LOST)


def test_a_quota_page_of_status_200_is_a_refusal(person: Person, run_sandbox: Start) -> None:
    """Content decides before status."""
    full = run_sandbox(quota="{sessions: 0}")
    assert do(person(full.url), "sign in") == Answer("refused", "quota")


@pytest.mark.parametrize(("retry_after", "outcome"), [("30 s", "refused"), ("none", "error")])
def test_an_overloaded_platform(
    person: Person, run_sandbox: Start, retry_after: str, outcome: str
) -> None:
    """503 is a refusal when it says when to come back, and an error when it does not."""
    small = run_sandbox(servers="0.001", queue="0", service="60 s", retry_after=retry_after)
    first = person(small.url)
    first.client.begin("0" * 31 + "2", clock() + 200_000)
    with pytest.raises(Exception, match=r"no answer within 0\.2 s"):
        first.do("sign in")  # takes the only place
    assert do(person(small.url, 1), "sign in").outcome == outcome


def test_somebody_elses_page_is_a_leak(person: Person, sandbox: RunningSandbox) -> None:
    """The page is whole and right, and another's; only a hash of whose it is is kept."""
    pupil = person(sandbox.url)
    assert do(pupil, "sign in").outcome == "ok"
    other = demo_accounts()[1][0].login
    pupil.account = Account(other, "", "Other", "pupil")  # as if the platform mixed them up
    answer = do(pupil, "home")
    assert answer.outcome == "leak"
    assert "sha256" in answer.why
    assert demo_accounts()[0][0].login not in answer.why


def test_an_unknown_step_is_our_mistake(person: Person, sandbox: RunningSandbox) -> None:
    """It raises, and is never an outcome of the platform's."""
    with pytest.raises(UnknownStepError, match="dance"):
        do(person(sandbox.url), "dance")


def test_an_adapter_tells_what_it_is(adapter: type[Platform]) -> None:
    """What `check` and floods must know before anything is sent."""
    facts = facts_of(adapter)
    assert set(facts["steps"]) >= set(STEPS)  # type: ignore[call-overload]
    assert facts["doors"]["home"] == "/accueil"  # type: ignore[index]
    assert facts["identifies"] is True
    assert facts["tells_refusal"] is True
