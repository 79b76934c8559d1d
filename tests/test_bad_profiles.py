"""Bad input, each kind of it in one table: a fragment of YAML → the message, with its line.

What each key by itself refuses is in `test_profile.py`, `test_territory.py` and
`test_quantity.py`; here stands what a person gets who writes a file of their own.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from rentree.errors import InvalidFileError
from rentree.prepare import Request, prepare

PROFILE = """\
profile: mine
title: {fr: Le mien, en: Mine}
phases:
  baseline: 08:58-08:59
  bell: 08:59-09:01
crowd:
  - territory: north
    unit: {authority: région, levels: [lycée], provider: ours}
    come: {pupil: 480, teacher: 40}
    source: assumption
bells:
  - at: 09:00
    source: assumption
    convenes: {pupil: 80 %}
    arrive: {from: 08:59:40, to: 09:00:20}
others: {arrive: {from: 08:58:10, to: 09:00:20}}
homes: {fibre: 60 %, dsl: 40 %}
behaviour:
  patience: 20 s
  retry: {after: 10 s, jitter: 3 s, at_most: 2}
  stay: {until: 09:00:50}
slos:
  - slo: refused
    share_below: 1 %
    source: convention
"""
NORTH = """\
territory: north
name: {fr: Nord, en: North}
kind: académie
pupils: {count: 1 000, year: 2020, source: somewhere, confidence: high}
pupils_by_level:
  collège: {count: 500, hypothèse: "élèves × 50 %"}
  lycée: {count: 500, hypothèse: "élèves × 50 %"}
"""
NIGHT = [("08:58-08:59", "01:10-01:20"), ("08:59-09:01", "01:20-01:55"), ("09:00\n", "01:40\n"),
         ("08:59:40, to: 09:00:20", "01:30, to: 01:50"), ("until: 09:00:50", "until: 01:54"),
         ("08:58:10, to: 09:00:20", "01:15, to: 01:50")]  # fmt: skip
OCTOBER = [("phases:", "day: 2020-10-25\nphases:"), *NIGHT]  # 02:00 to 03:00 comes twice
MARCH = [("phases:", "day: 2021-03-28\nphases:"), *NIGHT]  # and does not exist

Edits = list[tuple[str, str]]


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace with a territory of its own; we stand in it."""
    (tmp_path / "profiles" / "territories").mkdir(parents=True)
    (tmp_path / "profiles" / "territories" / "north.yaml").write_text(NORTH, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "profiles"


def told(folder: Path, edits: Edits) -> list[str]:
    """What is wrong with the profile and its territory, so changed: `file:line: words`."""
    profile, north = PROFILE, NORTH
    for before, after in edits:
        assert profile.count(before) + north.count(before) == 1, before
        profile, north = profile.replace(before, after), north.replace(before, after)
    (folder / "mine.yaml").write_text(profile, encoding="utf-8")
    (folder / "territories" / "north.yaml").write_text(north, encoding="utf-8")
    try:
        prepare(Request("mine", seed=1))
    except InvalidFileError as error:
        return [f"{Path(p.file).name}:{p.line}: {p.text}" for p in error.problems]
    return []


@pytest.mark.parametrize(
    ("edits", "words"),
    [
        pytest.param(
            [("500, hypothèse: \"élèves × 50 %\"}\n  lycée", "501, hypothèse: x}\n  lycée")],
            "north.yaml:5: the levels add up to 1 001, but pupils says 1 000: correct one, or say "
            "why in `do_not_add_up: {pupils: …}`",
            id="levels that are not the whole",
        ),
        pytest.param(
            [("pupil: 480", "pupil: 1 200")],
            "mine.yaml:9: 1 200 pupils come from “north”, where there are 1 000 in all "
            "(2020, high): correct one, or say why in `do_not_add_up: {north: …}`",
            id="more than there are",
        ),
        pytest.param(
            [("pupil: 480", "pupil: 504")],
            "mine.yaml:9: 504 pupils come from “north”, where there are 500 at its levels, lycée "
            "(hypothèse): correct one, or say why",
            id="more than there are at the unit's levels",
        ),
        pytest.param(
            [("bells:\n", "do_not_add_up: {north: a claim}\nbells:\n")],
            "mine.yaml:11: no more pupils come from “north” than there are: take this out",
            id="an excuse that is not needed",
        ),
        pytest.param(
            [("bells:\n", "do_not_add_up: {norht: a claim}\nbells:\n")],
            "mine.yaml:11: nobody comes from “norht”: did you mean “north”?",
            id="an excuse for nobody",
        ),
        pytest.param(
            [("pupil: 80 %", "pupil: 120 %")],
            "mine.yaml:14: pupil: “120 %” lies outside 0 % to 100 %",
            id="a share above all",
        ),
        pytest.param(
            [("others:", ("  - at: 09:00\n    source: x\n    convenes: {pupil: 30 %}\n"
              "    arrive: {from: 08:59:40, to: 09:00:20}\nothers:"))],
            "mine.yaml:11: the bells convene more than all of “pupil”",
            id="bells that convene more than all",
        ),
        pytest.param(
            [("dsl: 40 %", "dsl: 50 %")],
            "mine.yaml:17: the shares of home networks do not make 100 %",
            id="homes of more than all",
        ),
        pytest.param(
            [("    source: assumption\nbells",
              "    schools: {sizes: recorded, shares: {lycée: 110 %}}\n    source: x\nbells")],
            "mine.yaml:10: lycée: “110 %” lies outside 0 % to 100 %",
            id="schools of more than all",
        ),
        pytest.param(
            [("at: 09:00\n", "at: 10:00\n")],
            "mine.yaml:12: the bell rings at 10:00:00, outside the phases (08:58:00 to 09:01:00)",
            id="a bell outside the phases",
        ),
        pytest.param(
            [("08:59:40, to: 09:00:20", "08:57, to: 09:00:20")],
            "mine.yaml:15: people arrive outside the phases (08:58:00 to 09:01:00)",
            id="arrivals outside the phases",
        ),
        pytest.param(
            [("profile: mine\n", "profile: mine\nextends: mine\n")],
            "mine.yaml:2: the profile extends itself (mine → mine): take one `extends` out",
            id="it extends itself",
        ),
        pytest.param(
            [("territory: north\n    unit", "territory: nroth\n    unit")],
            "mine.yaml:7: unknown territory “nroth”: did you mean “north”?",
            id="a territory that there is not",
        ),
        pytest.param(
            [("patience: 20 s", "patience: 20")],
            "mine.yaml:19: patience: “20” is not a duration: give its unit, as in 200 ms, 60 s",
            id="a duration without its unit",
        ),
        pytest.param(
            [("share_below: 1 %", "share_below: 1")],
            "mine.yaml:24: share_below: “1” is not a share: write it in per cent, as in 95 %",
            id="a share without its sign",
        ),
        pytest.param(
            [("title:", "verdict_at: {clock: 10}\ntitle:")],
            "mine.yaml:2: clock: “10” is not a factor: write it as in 10x",
            id="a factor without its sign",
        ),
        pytest.param(
            [("phases:", "day: 7 avril 2021\nphases:")],
            "mine.yaml:3: “7 avril 2021” is not a day: write year, month and day, as in",
            id="a day in words",
        ),
        pytest.param(
            [("phases:", "day: 2021-02-30\nphases:")],
            "mine.yaml:3: “2021-02-30” is not a day: the calendar has none such",
            id="a day that the calendar does not have",
        ),
    ],
)  # fmt: skip
def test_bad_input_is_told_with_its_line(workspace: Path, edits: Edits, words: str) -> None:
    """File, line, what is wrong, and what to do about it."""
    found = told(workspace, edits)
    assert any(line.startswith(words) for line in found), found


@pytest.mark.parametrize(
    ("edits", "words"),
    [
        pytest.param(OCTOBER, [], id="the night of a change, before it"),
        pytest.param(
            [*OCTOBER, ("01:20-01:55", "01:20-02:00")],
            [("6: 02:00 comes twice: on 2020-10-25 clocks go back in Europe/Paris, 02:00 to "
             "03:00 comes twice: take another time, or another `day`")],
            id="a phase to the hour that comes twice",
        ),
        pytest.param(
            [*OCTOBER, ("01:20-01:55", "01:20-02:30"), ("at: 01:40", "at: 02:10"),
             ("01:30, to: 01:50", "02:05, to: 02:20"), ("01:15, to: 01:50", "01:15, to: 02:01"),
             ("until: 01:54", "until: 02:29:30")],
            ["6: 02:30 comes twice", "13: 02:10 comes twice", "16: 02:05 comes twice",
             "16: 02:20 comes twice", "17: 02:01 comes twice", "22: 02:29:30 comes twice"],
            id="every time in it",
        ),
        pytest.param(
            [*OCTOBER, ("01:20-01:55", "01:20-03:00")],
            ["6: phase “bell” goes over a clock change and would last longer than its times say"],
            id="a phase over the hour that comes twice",
        ),
        pytest.param(
            [*MARCH, ("01:20-01:55", "01:20-02:30")],
            [("6: 02:30 does not exist: on 2021-03-28 clocks go forward in Europe/Paris, "
             "02:00 to 03:00 does not exist: take another time, or another `day`")],
            id="a time that does not exist",
        ),
        pytest.param(
            [*MARCH, ("01:20-01:55", "01:20-03:10")],
            ["6: phase “bell” goes over a clock change and would last shorter than its times say"],
            id="a phase over the hour that does not exist",
        ),
        pytest.param(
            [*NIGHT, ("01:20-01:55", "01:20-03:10")], [], id="without a day nothing is in doubt",
        ),
        pytest.param(
            [*OCTOBER, ("01:20-01:55", "01:20-03:10"),
             ("profile: mine", "zone: America/Martinique\nprofile: mine")], [],
            id="a zone whose clocks do not change",
        ),
    ],
)  # fmt: skip
def test_times_of_a_clock_change(workspace: Path, edits: Edits, words: list[str]) -> None:
    """The hour that comes twice, and the one that does not exist, on the day that is played."""
    found = told(workspace, edits)
    assert len(found) == len(words), found
    for line, start in zip(found, words, strict=True):
        assert line.startswith(f"mine.yaml:{start}"), found


DATED = "    share_below: 1 %\n    promise: {ref: CCTP, text: x, from: 2021-04-07}\n"


@pytest.mark.parametrize(
    ("edits", "words"),
    [
        pytest.param(
            [("    share_below: 1 %\n", DATED)],
            [("25: a promise that holds from a day on needs the day that is played: say `day: "
             "2021-04-07` in the profile, or another day")],
            id="a dated promise, and no day",
        ),
        pytest.param(
            [("    share_below: 1 %\n", DATED), ("phases:", "day: 2021-04-06\nphases:")],
            ["3: nothing is promised on 2021-04-06 yet: play a later day, or promise something"],
            id="the day before it, and nothing else is promised",
        ),
        pytest.param(
            [("    share_below: 1 %\n", DATED), ("phases:", "day: 2021-04-07\nphases:")], [],
            id="the day itself",
        ),
        pytest.param(
            [("    share_below: 1 %\n", DATED.replace("2021-04-07", "demain"))],
            ["25: from: “demain” is not a day: write year, month and day, as in 2021-04-07"],
            id="a day in words",
        ),
        pytest.param(
            [("slos:", "not_checked: [{ref: a, text: b}]\nslos:")],
            [("22: say why it is not checked: `why`, or `needs` (what a promise without a figure "
             "would take to be testable), or `from` (the day from which it holds)")],
            id="not checked, and nobody says why",
        ),
        pytest.param(
            [("slos:", "not_checked: [{ref: a, text: b, why: c, needs: d}]\nslos:")],
            ["22: say why it is not checked: `why`, or `needs`"],
            id="two reasons for one",
        ),
    ],
)  # fmt: skip
def test_promises_of_a_day(workspace: Path, edits: Edits, words: list[str]) -> None:
    """A promise that holds from a day on, and what is not checked."""
    found = told(workspace, edits)
    assert len(found) == len(words), found
    for line, start in zip(found, words, strict=True):
        assert start in line, found


def test_a_loop_of_three_is_told_with_its_way(workspace: Path) -> None:
    """Which files it goes through, in the line that closes it."""
    for name, base in (("one", "two"), ("two", "three"), ("three", "one")):
        text = f"# A link of the loop.\nprofile: {name}\nextends: {base}\n"
        (workspace / f"{name}.yaml").write_text(text, encoding="utf-8")
    words = r"three\.yaml:3: the profile extends itself \(one → two → three → one\): take one"
    with pytest.raises(InvalidFileError, match=words):
        prepare(Request("one", seed=1))


def test_a_claim_beyond_what_there_is_is_let_through(workspace: Path) -> None:
    """A profile may play a vendor's figure: it says why."""
    claim = ("bells:\n", "do_not_add_up: {north: their brochure}\nbells:\n")
    assert told(workspace, [("pupil: 480", "pupil: 1 200"), claim]) == []
