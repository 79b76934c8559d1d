"""People who go to several platforms: what a profile may say, and who must be able to do what."""

from __future__ import annotations

from pathlib import Path

import pytest

from rentree.begin import accounts_of
from rentree.errors import InvalidFileError, UsageError
from rentree.places import Places
from rentree.plan import Behaviour
from rentree.prepare import Prepared, Request, prepare
from rentree.profile import load_profile

MORNING = """
profile: moving
title: {fr: "Ailleurs", en: "Elsewhere"}
journeys: {pupil: classmate, teacher: lecturer}
phases: {bell: 08:50-09:10}
crowd:
  - territory: occitanie
    unit: {authority: région, levels: [lycée], provider: ours}
    come: {pupil: 240, teacher: 10}
    source: assumption
  - territory: bretagne
    unit: {authority: région, levels: [lycée], provider: ours}
    platform: bbb
    come: {pupil: 24, teacher: 1}
    source: assumption
steps_at: {join class: cned}
others: {arrive: {from: 08:55, to: 09:05}}
behaviour:
  patience: 20 s
  retry: {after: 1 s, at_most: 1}
  stay: {until: 09:09}
  fallback: {from: bbb, to: rescue, share: 60 %}
slos: [{slo: error, share_below: 5 %, platform: rescue, source: F30}]
"""
STEPS = {
    "classmate": ["sign in", "join class", "sign out"],
    "lecturer": ["sign in", "open class", "sign out"],
}
ALL = "bbb=rentree cned=rentree ent=rentree rescue=rentree"


def prepared(folder: Path, sandbox: str = ALL) -> Prepared:
    """The run, ready."""
    profile = folder / "moving.yaml"
    profile.write_text(MORNING, encoding="utf-8")
    return prepare(Request(str(profile), sandbox=sandbox, seed=1))


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """The run as it is meant."""
    return prepared(tmp_path_factory.mktemp("ready"))


def test_who_has_an_account_where(ready: Prepared) -> None:
    """Everybody where they may come: at home, where a step is done, where they may fall back."""
    assert ready.profile.platforms == ["bbb", "cned", "ent", "rescue"]
    people = {name: len(accounts_of(ready, name)) for name in ["", *ready.profile.platforms]}
    assert people == {"": 275, "bbb": 25, "cned": 275, "ent": 250, "rescue": 25}
    assert ready.plan.steps_at == {"join class": "cned"}
    fallback = ready.plan.behaviour.fallback
    assert fallback is not None
    assert (fallback.from_, fallback.to, fallback.share) == ("bbb", "rescue", 0.6)


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ("join class: cned", "join clas: cned", "nobody does the step “join clas”: did you mean"),
        ("join class: cned", "sign in: cned", "people sign in and out of each platform by itself"),
        ("from: bbb", "from: bb", "nobody goes to “bb”: did you mean “bbb”?"),
        ("to: rescue", "to: bbb", "people fall back on another platform"),
        ("platform: rescue", "platform: rescu", "nobody goes to “rescu”: did you mean “rescue”?"),
        (
            "{slo: error, share_below: 5 %, platform: rescue",
            "{slo: no-leak, platform: rescue",
            "“no-leak” is told of all platforms: leave it out",
        ),
        (
            "{slo: error, share_below: 5 %, platform: rescue",
            "{slo: quota, at_most: 100",
            "each platform has a quota of its own",
        ),
        (
            "{slo: error, share_below: 5 %, platform: rescue",
            "{slo: signed-in-at-once, at_least: 100, held: 1 min",
            "people are signed in at several platforms",
        ),
    ],
)
def test_what_cannot_be_is_told(tmp_path: Path, before: str, after: str, says: str) -> None:
    """Before anything is sent."""
    assert before in MORNING
    profile = tmp_path / "moving.yaml"
    profile.write_text(MORNING.replace(before, after), encoding="utf-8")
    with pytest.raises(InvalidFileError) as error:
        load_profile(
            str(profile), journeys=STEPS, fault_kinds={},
            territories={"occitanie": {}, "bretagne": {}},
        )  # fmt: skip
    assert any(says in problem.text for problem in error.value.problems), error.value.problems


@pytest.mark.parametrize(
    ("sandbox", "says"),
    [
        ("bbb=rentree cned=rentree ent=rentree", "people go to “rescue” too, which has no sandbox"),
        (f"{ALL} cnd=rentree", "nobody goes to “cnd”: did you mean “cned”?"),
    ],
)
def test_each_platform_has_a_sandbox(tmp_path: Path, sandbox: str, says: str) -> None:
    """And each sandbox a platform."""
    with pytest.raises(UsageError, match=says):
        prepared(tmp_path, sandbox)


class Ground:
    """A stage of which only the ways to platforms are asked, and none is gone."""

    def __init__(self, behaviour: Behaviour, seed: str) -> None:
        self.behaviour, self.seed = behaviour, seed
        self.steps_at = {"join class": "cned"}


def test_the_share_that_falls_back(ready: Prepared) -> None:
    """60 % of those who give it up, the same people each time, others with another seed."""
    members = [m for m in ready.members if m.platform == "bbb"]
    account = accounts_of(ready)[0]

    def moved(seed: str, moment: int) -> list[str]:
        ground = Ground(ready.plan.behaviour, seed)
        places = {m.person: Places(ground, m, account) for m in members}  # type: ignore[arg-type]
        return [p for p, one in places.items() if one.instead_of("bbb", moment) == "rescue"]

    assert moved("1", 5) == moved("1", 6) != moved("2", 5)
    assert 9 <= len(moved("1", 5)) <= 21  # of 25


def test_where_steps_are_done_then(ready: Prepared) -> None:
    """What was meant for the first is done at the second; a third one’s steps stay there."""
    fallback = ready.plan.behaviour.fallback
    assert fallback is not None
    surely = ready.plan.behaviour.model_copy(
        update={"fallback": fallback.model_copy(update={"share": 1.0})}
    )
    member = next(m for m in ready.members if m.platform == "bbb")
    places = Places(Ground(surely, "1"), member, accounts_of(ready)[0])  # type: ignore[arg-type]
    assert places.of("home") == ("bbb", "bbb")
    assert places.instead_of("cned", 3) is None  # nobody falls back from there
    assert places.instead_of("bbb", 4) == "rescue"
    assert (places.home, places.given_up) == ("rescue", {"bbb": 4})
    assert places.of("home") == ("bbb", "rescue")
    assert places.of("join class") == ("cned", "cned")
    assert places.is_new("rescue")
    places.did("rescue", "sign in")
    places.did("cned", "sign in")
    assert not places.is_new("rescue")
    assert places.visited() == ["cned"]  # to be signed out of before the one they are at home in
