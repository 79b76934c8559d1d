"""Journeys by territory: who walks which, from the profile to the load processes."""

from __future__ import annotations

from pathlib import Path

import pytest

from rentree.errors import InvalidFileError
from rentree.prepare import Request, prepare
from rentree.profile import load_profile
from rentree.walks import persona_of, walked

MORNING = """
profile: levels
title: {fr: "Par niveaux", en: "By levels"}
journeys: {pupil: classmate}
phases: {bell: 08:50-09:10}
crowd:
  - territory: occitanie
    unit: {authority: région, levels: [lycée], provider: ours}
    come: {pupil: 240, teacher: 10}
    source: assumption
  - territory: bretagne
    unit: {authority: commune, levels: [école], provider: ours}
    come: {pupil: 240, teacher: 10}
    journeys: {pupil: visitor}
    source: F16
bells:
  - at: 09:00
    source: assumption
    convenes: {pupil: 100 %, teacher: 100 %}
    arrive: {from: 08:55, to: 09:05}
behaviour: {patience: 20 s, retry: {after: 1 s, at_most: 1}, stay: {until: 09:09}}
slos: [{slo: response, step: join class, quantile: 95 %, below: 5 s, source: F16}]
"""


@pytest.mark.parametrize(
    ("territory", "persona", "is_", "says"),
    [
        ("a", "pupil", "own", "a territory's own comes first"),
        ("b", "pupil", "all", "elsewhere that of all"),
        ("a", "teacher", "teach", "its other personas walk as all do"),
    ],
)
def test_a_territorys_own_comes_first(territory: str, persona: str, is_: str, says: str) -> None:
    """An entry of both words, else of the persona."""
    table = {"pupil": "all", "a/pupil": "own", "teacher": "teach"}
    assert walked(table, territory, persona) == is_, says
    assert [persona_of(key) for key in table] == ["pupil", "pupil", "teacher"]


def prepared(tmp_path: Path, text: str = MORNING) -> dict[str, str]:
    """Entry → the file of the journey, in a run that is ready."""
    profile = tmp_path / "levels.yaml"
    profile.write_text(text, encoding="utf-8")
    ready = prepare(Request(str(profile), sandbox="rentree", seed=1))
    assert ready.plan.journeys_apart == ("bretagne/pupil" in ready.journeys)
    assert set(ready.steps) == set(ready.roles) == set(ready.journeys)
    return {key: path.stem for key, path in ready.journeys.items()}


def test_pupils_of_one_territory_walk_another_journey(tmp_path: Path) -> None:
    """The entry of the crowd comes before the profile's; who walks as all do has no own entry."""
    walks = {"pupil": "classmate", "bretagne/pupil": "visitor", "teacher": "teacher"}
    assert prepared(tmp_path) == walks
    del walks["bretagne/pupil"]
    assert prepared(tmp_path, MORNING.replace("    journeys: {pupil: visitor}\n", "")) == walks


@pytest.mark.parametrize(
    ("journeys", "says"),
    [
        ("{pupil: visitr}", "no journey for “visitr” in loadtests/: did you mean “visitor”?"),
        ("{parent: visitor}", "nobody comes from there as “parent”"),
    ],
)
def test_what_cannot_be_is_told(tmp_path: Path, journeys: str, says: str) -> None:
    """With the line of the crowd's entry."""
    profile = tmp_path / "levels.yaml"
    profile.write_text(MORNING.replace("{pupil: visitor}", journeys), encoding="utf-8")
    steps = ["sign in", "join class"]
    with pytest.raises(InvalidFileError) as error:
        load_profile(
            str(profile), journeys=dict.fromkeys(("classmate", "visitor", "teacher"), steps),
            fault_kinds={}, territories={"occitanie": {}, "bretagne": {}},
        )  # fmt: skip
    assert [(p.line, says in p.text) for p in error.value.problems] == [(14, True)]
