"""Profiles: the shipped ones are valid, every mistake has its line, and extending merges."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rentree import dropin
from rentree.errors import InvalidFileError, UsageError
from rentree.fault import Settings
from rentree.prepare import inspect
from rentree.profile import Profile, load_profile
from rentree.quantity import Duration, Span
from rentree.territory import load_territory
from rentree.workspace import listing
from rentree.yamltext import Document

SOUND = """\
profile: small
title: {fr: Petit, en: Small}
expects: {rentree: pass}
zone: Europe/Paris
phases:
  baseline: 08:59:00-08:59:30
  bell: 08:59:30-09:01:00
  recovery: 09:01:00-09:02:00
crowd:
  - territory: north
    unit: {authority: région, levels: [lycée], provider: ours}
    come: {pupil: 480, teacher: 40}
    classes: {of: 24, per_school: 4}
    source: assumption
bells:
  - at: 09:00
    source: assumption
    convenes: {pupil: 80 %}
    arrive: {from: 08:59:40, to: 09:00:20, curve: rush}
    earlier: {pupil: 5 s}
others: {arrive: {from: 08:59:10, to: 09:00:20}}
behaviour:
  patience: 20 s
  retry: {after: 10 s, jitter: 3 s, at_most: 2}
  stay: {until: 09:01:30}
faults:
  - fault: latency
    name: slow
    hits: {territory: north}
    during: bell
    delay: 200 ms
slos:
  - slo: punctual
    share: 95 %
    within: 20 s
    in: bell
  - slo: response
    step: sign in
    quantile: 95 %
    below: 5 s
  - slo: signed-in-at-once
    persona: pupil
    at_least: 400
    held: 10 s
  - slo: refused
    share_below: 1 %
"""


class Latency(Settings):
    """A fault as an injector declares it."""

    delay: Duration
    jitter: Duration = 0


def load(path: Path, kind: type[Settings] | None = None) -> tuple[Profile, Document]:
    """Load a profile where pupils and teachers have journeys and two territories exist."""
    return load_profile(
        str(path),
        journeys={"pupil": ["sign in", "home"], "teacher": ["sign in", "messages"]},
        fault_kinds={"latency": kind or Latency},
        territories={"north": {}, "south": {}},
    )


def problems(folder: Path, text: str) -> list[str]:
    """Everything that is wrong with a profile, as `line: words`."""
    path = folder / "small.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidFileError) as error:
        load(path)
    assert {Path(p.file).name for p in error.value.problems} == {"small.yaml"}
    return [f"{p.line}: {p.text}" for p in error.value.problems]


@pytest.fixture(scope="module")
def known() -> dict[str, Any]:
    """What a run knows: the journeys, fault kinds and territories that we ship."""
    journeys = {n: f["steps"] for n, f in inspect(listing("journeys"), {})[0].items()}
    kinds = {word: kind.kinds[word] for word, kind in dropin.injectors().items()}
    territories = {name: load_territory(name).name for name in listing("territories")}
    return {"journeys": journeys, "fault_kinds": kinds, "territories": territories}


@pytest.mark.parametrize("name", ["essai", "rentree-9h"])
def test_the_shipped_profiles_are_valid(name: str, known: dict[str, Any]) -> None:
    """What we ship loads, has the name of its file, and expects verdicts of both presets."""
    profile, document = load_profile(name, **known)
    assert profile.profile == name
    assert profile.expects == {"rentree": "pass", "6-avril-2021": "fail"}
    assert document.problems == []


def test_values_are_normal_and_times_are_of_the_day(tmp_path: Path) -> None:
    """Durations are µs, shares 0..1, times µs since midnight; what is left out has its default."""
    path = tmp_path / "small.yaml"
    path.write_text(SOUND, encoding="utf-8")
    profile, _ = load(path)
    assert profile.phases["bell"] == Span(32_370_000_000, 32_460_000_000)
    assert (profile.starts_at, profile.ends_at) == (32_340_000_000, 32_520_000_000)
    assert profile.bells[0].convenes == {"pupil": 0.8}
    assert profile.behaviour.retry.jitter == 3_000_000
    assert profile.others is not None
    assert profile.others.arrive.curve == "even"
    assert (profile.verdict_at.scale, profile.verdict_at.clock) == (1.0, 1.0)
    assert profile.faults[0].own_keys() == {"delay": "200 ms"}
    assert profile.slos[0].each == ["territory"]
    assert profile.slos[2].each == "none"


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("zone: Europe/Paris", "zoen: x", "4: unknown key “zoen”: did you mean “zone”?"),
        ("zone: Europe/Paris", "zone: Europe/Pari", "4: unknown time zone “Europe/Pari”"),
        ("rentree: pass", "rentree: passed", "3: “passed” is not possible here: did you mean"),
        (
            "expects: {rentree: pass}",
            "expects: {rentree: pass}\nnamed_by: {rentre: refused}",
            "4: no verdict is expected of “rentre”: did you mean “rentree”?",
        ),
        (
            "expects: {rentree: pass}",
            "expects: {rentree: pass}\nreproduces: {F6: half}",
            "4: “F6” is no number of the record",
        ),
        (
            "expects: {rentree: pass}",
            "expects: {rentree: pass}\nreproduces: {X18: one too many}",
            "4: “X18” is no number of the record",
        ),
        (
            "expects: {rentree: pass}",
            "expects: {ent=rentree: pass, ent=rentree cned=x: fail}",
            "3: people go to ent: name a preset for each",
        ),
        (
            "expects: {rentree: pass}",
            "expects: {ent=rentree cned=x: fail}",
            "3: platforms stand in the order of their names: “cned=x ent=rentree”",
        ),
        ("in: bell", "in: bell\n    platform: cned", "37: nobody goes to “cned”: "),
        ("patience: 20 s", "patience: 20", "23: patience: “20” is not a duration"),
        ("patience: 20 s", "patience: 0 s", "23: patience must be longer than zero"),
        ("patience: 20 s", "patiense: 20 s", "22: the key “patience” is missing"),
        ("pupil: 480", "pupil: 1,500", "12: “1,500” can be read 1500 or 1.500"),
        ("territory: north\n    unit", "territory: nord\n    unit", "10: unknown territory “nord”"),
        ("teacher: 40", "techer: 40", "12: no journey for “techer” in loadtests/: did you mean"),
        ("pupil: 480", "pupil: 0", "12: no pupils come: classes are made of pupils"),
        ("of: 24", "of: 0", "13: a class and a school need at least one"),
        ("levels: [lycée]", "levels: []", "11: levels: must have at least one"),
        ("levels: [lycée]", "levels: [lycée, lycée]", "11: a level stands twice"),
        ("levels: [lycée]", "levels: [lycee]", "11: “lycee” is not possible here: did you mean"),
        ("from: 08:59:40", "from_: 08:59:40", "19: unknown key “from_”: did you mean “from”?"),
        ("curve: rush", "curve: rusch", "19: “rusch” is not possible here: did you mean “rush”?"),
        (
            "from: 08:59:40, to: 09:00:20, curve: rush",
            "from: 09:00, to: 09:00:20, curve: swell",
            "16: “swell” ends at the bell",
        ),
        (
            "from: 08:59:10, to: 09:00:20}",
            "from: 08:59:10, to: 09:00:20, curve: swell}",
            "21: “swell” grows towards a bell, and none rings",
        ),
        (
            "recovery: 09:01:00",
            "recovery: 09:01:10",
            "8: phase “recovery” begins at 09:01:10, but “bell” ends at 09:01:00",
        ),
        (
            "recovery: 09:01:00",
            "recovery: 09:00:50",
            "8: phase “recovery” begins at 09:00:50, but “bell” ends at 09:01:00",
        ),
        ("bell: 08:59:30-09:01:00", "bell: 09:01:00-08:59:30", "7: bell: “09:01:00-08:59:30” ends"),
        ("at: 09:00\n", "at: 09:00:30\n", "16: the bell rings outside its arrivals"),
        ("pupil: 80 %", "pupil: 80", "18: pupil: “80” is not a share: write it in per cent"),
        ("pupil: 80 %", "pupils: 80 %", "18: nobody comes as “pupils”: did you mean “pupil”?"),
        ("earlier: {pupil: 5 s}", "earlier: {pupil: 1 min}", "20: “pupil” would arrive before the"),
        ("earlier: {pupil: 5 s}", "earlier: {staff: 5 s}", "20: nobody comes as “staff”"),
        ("others: {arrive: {from: 08:59:10", "others: {arrive: {from: 08:58:10", "21: people arr"),
        ("others: {arrive: {from: 08:59:10", "others: {arrive: {from: 09:00:20", "21: arrivals en"),
        ("others: {arrive: {from: 08:59:10, to: 09:00:20}}\n", "", "1: not everybody is convened"),
        ("    earlier:", "    levels: [collège]\n    earlier:", "20: nobody comes of the level"),
        ("    earlier:", "    levels: [lycee]\n    earlier:", "20: “lycee” is not possible here"),
        ("until: 09:01:30", "until: 09:01:30, at_most: 5", "25: at_most: “5” is not a duration"),
        ("until: 09:01:30", "until: 09:01:30, at_most: 0 s", "25: give more than nothing"),
        ("until: 09:01:30", "until: 09:12:30", "25: people stay until a time outside the phases"),
        ("fault: latency", "fault: latencie", "27: unknown fault “latencie”: did you mean “late"),
        ("delay: 200 ms", "delai: 200 ms", "31: unknown key “delai”: did you mean “delay”?"),
        ("delay: 200 ms", "delay: 200", "31: delay: “200” is not a duration"),
        ("    delay: 200 ms\n", "", "27: the key “delay” is missing"),
        ("name: slow", "name: Slow Line", "28: name: String should match pattern"),
        ("during: bell", "during: bel", "30: no phase “bel”: did you mean “bell”?"),
        ("hits: {territory: north}", "hits: {territory: south}", "29: nobody comes from “south”"),
        ("hits: {territory: north}", "hits: {link: a}", "29: a latency hits {territory: …}: say"),
        ("hits: {territory: north}", "hits: {}", "29: a latency hits {territory: …}: say these"),
        ("slo: refused", "slo: refusd", "45: unknown kind “refusd”: did you mean “refused”?"),
        ("  - slo: refused\n    share_below", "  - share_below", "45: its kind is missing"),
        ("share_below: 1 %", "share_below: 0 %", "46: nothing lies below 0 %"),
        ("in: bell", "in: bel", "36: no phase “bel”: did you mean “bell”?"),
        ("in: bell", "phase: bell", "36: unknown key “phase”: "),
        (
            "within: 20 s",
            "within: 2 min",
            "35: “within” reaches past the end of the run (09:02:00)",
        ),
        ("step: sign in", "step: sing in", "38: nobody does the step “sing in”: did you mean “sig"),
        ("quantile: 95 %", "quantile: 100 %", "39: a quantile lies between 0 % and 100 %"),
        ("persona: pupil", "persona: pupils", "42: nobody comes as “pupils”: did you mean “pupil”"),
        ("at_least: 400", "at_least: 481", "43: only 480 come: 481 can never be in"),
        ("held: 10 s", "held: 10 s\n    each: [school]", "45: counts are over the whole: leave"),
        ("profile: small\n", "", "1: the key “profile” is missing"),
        ("profile: small\n", "profile: big\n", "1: the file is named “small”"),
    ],
)
def test_each_mistake_is_told_where_it_stands(
    tmp_path: Path, before: str, after: str, expected: str
) -> None:
    """One mistake in a sound profile gives a problem with its line and what to write instead."""
    assert SOUND.count(before) >= 1
    found = problems(tmp_path, SOUND.replace(before, after, 1))
    assert any(f.startswith(expected) for f in found), found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{sizes: huge}", ["13: “huge” is not possible here: known: recorded"]),
        ("{sizes: recorded, shares: {lycée: 90 %}}", ["13: the shares do not make 100 %"]),
        (
            "{sizes: recorded, shares: {école: 100 %}}",
            ["13: no “école” among the unit's levels: known: lycée"],
        ),
        (
            "{sizes: recorded, shares: {lycee: 100 %}}",
            ["13: “lycee” is not possible here: did you mean “lycée”?"],
        ),
        (
            "{sizes: recorded}\n    classes: {of: 24}",
            ["14: schools of recorded sizes have classes of their own: leave it out"],
        ),
    ],
)
def test_schools_of_recorded_sizes(tmp_path: Path, text: str, expected: list[str]) -> None:
    """Instead of classes that are all alike; shares are of the unit's levels, all of the pupils."""
    classes = "    classes: {of: 24, per_school: 4}"
    sound = SOUND.replace(classes, "    schools: {sizes: recorded, shares: {lycée: 100 %}}")
    (tmp_path / "small.yaml").write_text(sound, encoding="utf-8")
    assert load(tmp_path / "small.yaml")[0].crowd[0].schools is not None
    found = problems(tmp_path, SOUND.replace(classes, f"    schools: {text}"))
    assert len(found) == len(expected)
    assert all(f.startswith(e) for f, e in zip(found, expected, strict=True)), found


@pytest.mark.parametrize(
    ("homes", "hits", "expected"),
    [
        ("fibre: 70 %, dsl: 20 %", "", "26: the shares of home networks do not make 100 %"),
        ("fibre: 70 %, adsl: 30 %", "", "26: “adsl” is not possible here"),
        ("fibre: 70 %, dsl: 30 %", ", home: 4g-edge", "30: nobody has the home network “4g-edge”"),
        ("fibre: 100 %, dsl: 0 %", ", home: dsl", "30: nobody has the home network “dsl”"),
        ("fibre: 70 %, dsl: 30 %", ", home: dsl", "30: a latency hits {territory: …}: say these"),
    ],
)
def test_home_networks(tmp_path: Path, homes: str, hits: str, expected: str) -> None:
    """Shares make all of the people; a fault of a home hits one that somebody has."""

    class Line(Latency):
        may_hit = () if expected.startswith("30: a latency") else ("home",)

    path = tmp_path / "small.yaml"
    text = SOUND.replace("faults:", f"homes: {{{homes}}}\nfaults:")
    path.write_text(text.replace("{territory: north}", f"{{territory: north{hits}}}"), "utf-8")
    with pytest.raises(InvalidFileError) as error:
        load(path, Line)
    assert [f"{p.line}: {p.text}"[: len(expected)] for p in error.value.problems] == [expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("slos: []", "nothing is promised: a run that checks nothing proves nothing"),
        ("phases: {}", "a run needs at least one phase"),
        ("crowd: []", "nobody comes: a run needs people"),
    ],
)
def test_an_empty_section_is_a_mistake(tmp_path: Path, text: str, expected: str) -> None:
    """A run without promises, phases or people shows nothing."""
    key = text.partition(":")[0]
    lines, keep = [], True
    for line in SOUND.splitlines():
        keep = not line.startswith(f"{key}:") if not line.startswith(" ") else keep
        lines += [line] * keep
    found = problems(tmp_path, "\n".join([*lines, text]) + "\n")
    assert f"{len(lines) + 1}: {expected}" in found


BELLS = SOUND[SOUND.index("bells:") : SOUND.index("others:")]
OTHERS = SOUND[SOUND.index("others:") : SOUND.index("behaviour:")]


def test_a_profile_without_bells_needs_others(tmp_path: Path) -> None:
    """Who is not convened must come some time; and nobody can be punctual then."""
    found = problems(tmp_path, SOUND.replace(BELLS + OTHERS, ""))
    assert "1: not everybody is convened: say when `others` arrive" in found
    found = problems(tmp_path, SOUND.replace(BELLS, ""))
    assert found == ["27: no bell convenes anybody: nobody can be punctual"]


@pytest.mark.parametrize(
    ("shares", "sound"),
    [((70, 20, 10), True), ((10, 20, 70), True), ((60, 40), True), ((60, 41), False)],
)
def test_bells_convene_everybody_once(tmp_path: Path, shares: tuple[int, ...], sound: bool) -> None:
    """Shares that add up to all need no `others`, and more than all is a mistake."""
    head, bell = BELLS.split("\n", 1)
    bells = "".join(
        bell.replace("{pupil: 80 %}", f"{{pupil: {share} %, teacher: {share} %}}")
        for share in shares
    )
    text = SOUND.replace(BELLS + OTHERS, f"{head}\n{bells}")
    if sound:
        path = tmp_path / "small.yaml"
        path.write_text(text, encoding="utf-8")
        assert load(path)[0].others is None
    else:
        assert problems(tmp_path, text) == [
            "15: the bells convene more than all of “pupil”",
            "15: the bells convene more than all of “teacher”",
        ]


SECOND = """\
  - territory: south
    unit: {authority: région, levels: [lycée], provider: ours}
    come: {pupil: 240, teacher: 20}
    source: assumption
"""


@pytest.mark.parametrize(
    ("north", "south", "found"),
    [
        # A bell for each territory: together they convene everybody, and nobody twice.
        ("north", "south", []),
        # Both ring in one territory, and none in the other.
        ("north", "north", ["not everybody is convened: say when `others` arrive",
                            "the bells convene more than all of “pupil”",
                            "the bells convene more than all of “teacher”"]),
        # A territory that nobody comes from.
        ("north", "suoth", [
            "not everybody is convened: say when `others` arrive",
            "nobody comes from “suoth”: did you mean “south”? known: north, south",
        ]),
    ],
)  # fmt: skip
def test_a_bell_may_be_of_one_territory(
    tmp_path: Path, north: str, south: str, found: list[str]
) -> None:
    """Each territory's people are convened by the bells that ring there."""
    head, bell = BELLS.split("\n", 1)
    bell = bell.replace("{pupil: 80 %}", "{pupil: 100 %, teacher: 100 %}")
    bells = "".join(f"{bell}    territories: [{name}]\n" for name in (north, south))
    text = SOUND.replace(BELLS + OTHERS, f"{SECOND}{head}\n{bells}")
    if found:
        assert [told.partition(": ")[2] for told in problems(tmp_path, text)] == found
    else:
        path = tmp_path / "small.yaml"
        path.write_text(text, encoding="utf-8")
        assert load(path)[0].bells[1].share("south", "pupil", "") == 1


def test_all_mistakes_of_a_file_come_together(tmp_path: Path) -> None:
    """Thirteen different mistakes are told in one message, in order of their lines."""
    text = SOUND
    for before, after in [
        ("zone: Europe/Paris", "zoen: Europe/Paris"),
        ("recovery: 09:01:00", "recovery: 09:01:10"),
        ("territory: north\n    unit", "territory: nrth\n    unit"),
        ("teacher: 40", "techer: 40"),
        ("at: 09:00\n", "at: 09:00:30\n"),
        ("patience: 20 s", "patience: 20"),
        ("at_most: 2", "at_most: 1,500"),
        ("fault: latency", "fault: latencie"),
        ("during: bell", "during: bel"),
        ("within: 20 s", "within: 10 min"),
        ("step: sign in", "step: sing in"),
        ("persona: pupil", "persona: pupils"),
        ("share_below: 1 %", "share_below: 0 %"),
    ]:
        assert before in text
        text = text.replace(before, after, 1)
    found = problems(tmp_path, text)
    lines = [int(f.split(":")[0]) for f in found]
    assert lines == sorted(lines)
    assert set(lines) == {4, 8, 10, 12, 16, 23, 24, 27, 29, 30, 35, 38, 42, 46}


def test_a_file_with_nothing_in_it_is_one_problem(tmp_path: Path) -> None:
    """An empty file, a list and a word are no profile."""
    for text in ("", "[a, b]", "word"):
        assert problems(tmp_path, text) == ["1: a profile is a mapping of keys"]


def test_there_is_no_such_profile() -> None:
    """An unknown name is answered with the nearest there is."""
    with pytest.raises(UsageError, match=r"no profile “esai”: did you mean “essai”?"):
        load(Path("esai"))


class TestExtends:
    """A profile may extend another: mappings merge, lists and texts are replaced."""

    @pytest.fixture(autouse=True)
    def workspace(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        """A workspace with one sound profile, `small`."""
        (tmp_path / "profiles").mkdir()
        (tmp_path / "profiles" / "small.yaml").write_text(SOUND, encoding="utf-8")
        monkeypatch.chdir(tmp_path)
        return tmp_path

    def child(self, text: str) -> Path:
        """Write the profile that extends."""
        path = Path("profiles/child.yaml")
        path.write_text(f"profile: child\nextends: small\n{text}", encoding="utf-8")
        return path

    def test_mappings_are_merged_and_lists_replaced(self) -> None:
        """What the child says holds, and what it leaves out is the base's."""
        profile, document = load(
            self.child(
                "behaviour: {retry: {at_most: 5}}\n"
                "slos:\n  - {slo: refused, share_below: 2 %}\nfaults: []\n"
            )
        )
        assert profile.profile == "child"
        assert profile.behaviour.retry.at_most == 5
        assert profile.behaviour.retry.after == 10_000_000
        assert [slo.slo for slo in profile.slos] == ["refused"]
        assert profile.faults == []
        assert document.data["phases"]["bell"] == "08:59:30-09:01:00"

    def test_problems_point_into_the_file_that_says_it(self) -> None:
        """A mistake of the base is told in the base, one of the child in the child."""
        base = Path("profiles/small.yaml")
        base.write_text(SOUND.replace("delay: 200 ms", "delay: 200"), encoding="utf-8")
        path = self.child("behaviour:\n  retry:\n    at_most: lots\nzoen: x\nzoen: y\n")
        with pytest.raises(InvalidFileError) as error:
            load(path)
        told = [(p.file, p.line, p.text.split(":")[0]) for p in error.value.problems]
        assert told == [
            ("profiles/child.yaml", 5, "at_most"),
            ("profiles/child.yaml", 6, "unknown key “zoen”"),
            ("profiles/child.yaml", 7, "the key “zoen” stands twice (first in line 6)"),
            ("profiles/small.yaml", 31, "delay"),
        ]

    def test_a_list_of_the_child_has_no_lines_of_the_base(self) -> None:
        """A missing key in a replaced list is looked for in the child."""
        path = self.child("slos:\n  - slo: punctual\n    share: 95 %\n")
        with pytest.raises(InvalidFileError) as error:
            load(path)
        assert [str(p) for p in error.value.problems] == [
            "profiles/child.yaml:4: the key “within” is missing"
        ]

    def test_what_it_is_tried_by_is_its_own(self) -> None:
        """The facts and verdicts of the base are not the child's; those of the child stand."""
        base = Path("profiles/small.yaml")
        tried = "expects: {rentree: pass}\nreproduces: {F06: held}\nnamed_by: {rentree: punctual}"
        base.write_text(SOUND.replace("expects: {rentree: pass}", tried), encoding="utf-8")
        profile, _ = load(self.child("expects: {6-avril-2021: fail}\n"))
        assert profile.expects == {"6-avril-2021": "fail"}
        assert (profile.reproduces, profile.named_by) == ({}, {})

    @pytest.mark.parametrize("base", ["child", "grandchild"])
    def test_a_circle_is_refused(self, base: str) -> None:
        """A profile that extends itself, at once or by way of another, never ends."""
        path = self.child("").rename("profiles/child.yaml")
        path.write_text(f"profile: child\nextends: {base}\n", encoding="utf-8")
        other = Path("profiles/grandchild.yaml")
        other.write_text("profile: grandchild\nextends: child\n", encoding="utf-8")
        with pytest.raises(InvalidFileError, match="the profile extends itself"):
            load(path)

    def test_an_empty_mapping_empties(self) -> None:
        """Merged key by key, nothing could ever be taken away."""
        profile, _ = load(self.child("expects: {}\n"))
        assert profile.expects == {}

    def test_an_unknown_base_is_told_with_what_else_is_wrong(self) -> None:
        """The child's own mistakes are not hidden by a base that does not exist."""
        path = Path("profiles/child.yaml")
        path.write_text("profile: child\nextends: smal\nzoen: x\n", encoding="utf-8")
        with pytest.raises(InvalidFileError) as error:
            load(path)
        told = [f"{p.line}: {p.text}" for p in error.value.problems]
        assert any(t.startswith("2: no profile “smal”: did you mean “small”?") for t in told)
        assert any(t.startswith("3: unknown key “zoen”") for t in told)

    def test_a_base_that_is_no_mapping_is_told(self) -> None:
        """The problem stands in the base's file."""
        Path("profiles/small.yaml").write_text("- a\n", encoding="utf-8")
        with pytest.raises(InvalidFileError, match=r"small\.yaml:1: a profile is a mapping"):
            load(self.child(""))

    def test_a_base_of_a_base_is_merged_too(self) -> None:
        """The nearest one that says something is heard."""
        self.child("behaviour: {patience: 7 s, retry: {at_most: 5}}\n")
        path = Path("profiles/grandchild.yaml")
        path.write_text(
            "profile: grandchild\nextends: child\nbehaviour: {patience: 9 s}\n", "utf-8"
        )
        profile, _ = load(path)
        assert profile.behaviour.patience == 9_000_000
        assert profile.behaviour.retry.at_most == 5
        assert profile.behaviour.retry.after == 10_000_000


class _Network(Settings):
    """A kind that may hit one host only, or a link instead of people."""

    may_hit = ("host",)
    or_hits = ("link",)


@pytest.mark.parametrize(
    ("hits", "sound"),
    [
        ("territory: north", True),
        ("territory: north, host: idp", True),
        ("link: database", True),
        ("link: database, host: idp", False),
        ("territory: north, link: database", False),
        ("host: idp", False),
    ],
)
def test_a_kind_says_what_it_may_hit(tmp_path: Path, hits: str, sound: bool) -> None:
    """The keys that it needs, those that may stand beside them, or others in their place."""
    text = SOUND.replace("hits: {territory: north}", f"hits: {{{hits}}}")
    text = text.replace("    delay: 200 ms\n", "")
    path = tmp_path / "small.yaml"
    path.write_text(text, encoding="utf-8")
    found = []
    try:
        load(path, _Network)
    except InvalidFileError as error:
        found = [problem.text for problem in error.problems]
    shape = "a latency hits {territory: …} or {link: …} (host if need be): say these keys, no other"
    assert found == ([] if sound else [shape])
