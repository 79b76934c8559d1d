"""Accounts that are not there yet: who must create theirs, what is checked, what `check` tells."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from rich.console import Console
from scipy import stats
from tests.test_profile import SOUND, problems

from rentree.begin import accounts_of, write_people
from rentree.commands.preview import preview
from rentree.crowd import crowd
from rentree.decidable import needs
from rentree.errors import UsageError
from rentree.evidence import Evidence
from rentree.i18n import Language
from rentree.judge.stopped import stop_of, with_owed
from rentree.outlook import outlook
from rentree.prepare import Request, prepare
from rentree.profile import Profile
from rentree.recompute.owed import stop_of as stop_anew
from rentree.recompute.owed import with_owed as owed_anew
from rentree.recompute.tables import Folder
from rentree.sample import CREATE_ACCOUNT
from rentree.testing import Story, make_plan, us

Make = Callable[..., Profile]
SHARE = 0.46  # X01
MORNING = """
profile: new
title: {fr: "Comptes", en: "Accounts"}
phases: {bell: 08:50-09:10}
crowd:
  - territory: occitanie
    unit: {authority: région, levels: [lycée], provider: ours}
    come: {pupil: 960, teacher: 40}
    source: assumption
new_accounts: {share: {pupil: 46 %}, source: X01}
steps_at: {messages: cned}
others: {arrive: {from: 08:55, to: 09:05}}
behaviour: {patience: 20 s, retry: {after: 1 s, at_most: 1}, stay: {until: 09:09}}
slos:
  - {slo: response, step: create account, quantile: 90 %, below: 5 s, each: none}
"""


def with_new(make: Make, pupils: int = 4_000, share: float = SHARE) -> Profile:
    """Two territories, where that share of the pupils has no account yet."""
    come = {"pupil": pupils, "teacher": 1_000}
    return make(
        crowd=[{**c.model_dump(), "come": come} for c in make().crowd],
        new_accounts={"share": {"pupil": f"{share:.0%}"}},
    )


def test_so_large_a_share_of_the_persona_has_none(make_profile: Make) -> None:
    """Of the pupils of each territory 46 %, binomial with p above 1 % ÷ 2; of others nobody."""
    members = list(crowd(with_new(make_profile), seed=1))
    for territory in ("north", "south"):
        new = [m.new_account for m in members if (m.territory, m.persona) == (territory, "pupil")]
        assert stats.binomtest(sum(new), len(new), SHARE).pvalue > 0.01 / 2
    assert not any(m.new_account for m in members if m.persona != "pupil")


@pytest.mark.parametrize(("share", "new"), [(0.0, 0), (1.0, 8_000)], ids=["nobody", "everybody"])
def test_none_or_all_of_them(make_profile: Make, share: float, new: int) -> None:
    """0 % are none, and 100 % are all."""
    assert crowd(with_new(make_profile, share=share), seed=1).new_account.sum() == new


def test_it_is_of_its_own_draw(make_profile: Make) -> None:
    """It tells nothing of who comes or when; at a scale, or among more, they are the same."""
    profile = with_new(make_profile)
    full = {m.person: m for m in crowd(profile, seed=1)}
    without = crowd(
        profile.model_copy(update={"new_accounts": make_profile().new_accounts}), seed=1
    )
    assert [m._replace(new_account=False) for m in full.values()] == list(without)
    dues = {
        n: [
            m.due
            for m in full.values()
            if m.convened and m.persona == "pupil" and m.new_account is n
        ]
        for n in (True, False)
    }
    assert stats.kstest(dues[True], dues[False]).pvalue > 0.01
    part = crowd(profile, seed=1, scale=0.1)
    assert all(full[m.person].new_account == m.new_account for m in part)
    more = {m.person: m.new_account for m in crowd(with_new(make_profile, 5_000), seed=1)}
    assert all(more[person] == m.new_account for person, m in full.items())


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("{share: {pupil: 101 %}}", "26: pupil: “101 %” lies outside"),
        ("{share: {pupl: 46 %}}", "26: nobody comes as “pupl”: did you mean “pupil”?"),
        ("{shares: {pupil: 46 %}}", "26: unknown key “shares”: did you mean “share”?"),
    ],
)
def test_what_cannot_be_is_told_where_it_stands(tmp_path: Path, said: str, expected: str) -> None:
    """More than all, of somebody who does not come, or another word: the line and the reason."""
    found = problems(tmp_path, SOUND.replace("faults:", f"new_accounts: {said}\nfaults:"))
    assert [f[: len(expected)] for f in found] == [expected]


def test_nobody_promises_a_step_that_nobody_does(tmp_path: Path) -> None:
    """Without new accounts it is no step; with them, it is done where people go first."""
    asked = SOUND.replace("step: sign in", "step: create account")
    assert problems(tmp_path, asked)[0].startswith("38: nobody does the step “create account”")
    new = "new_accounts: {share: {pupil: 1 %}}\nfaults:"
    elsewhere = asked.replace("faults:", f"steps_at: {{create account: cned}}\n{new}")
    told = problems(tmp_path, elsewhere)[0]
    assert told == "26: people create their account where they go first: leave it out"


@pytest.fixture(scope="module")
def morning(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The profile's file."""
    path = tmp_path_factory.mktemp("new") / "new.yaml"
    path.write_text(MORNING, encoding="utf-8")
    return path


def test_the_platform_where_they_go_first_has_no_password_of_theirs(morning: Path) -> None:
    """There the account is to be created; where they go later it is there."""
    ready = prepare(Request(str(morning), sandbox="ent=rentree cned=rentree", seed=1))
    new = {m.login for m in ready.members if m.new_account}
    assert 380 < len(new) < 500
    for platform, lacking in (("", new), ("ent", new), ("cned", set())):
        accounts = accounts_of(ready, platform)
        assert len(accounts) == 1_000
        assert {a.person.login for a in accounts if not a.password} == lacking


def test_an_adapter_that_cannot_create_accounts_is_told(morning: Path) -> None:
    """Before a packet is sent, by its name."""
    folder = morning.parent / "loadtests" / "platforms"
    folder.mkdir(parents=True)
    page = '{get: "/", ok: {css: main}}'
    steps = ("sign in", "home", "messages", "hand in", "read homework", "sign out")
    told = "\n".join(f"  {step}: [{page}]" for step in steps)
    (folder / "mine.yaml").write_text(f"# Mine.\nplatform: mine\nsteps:\n{told}\n", "utf-8")
    targets = morning.parent / "profiles" / "targets"
    targets.mkdir(parents=True)
    at = "{adapter: mine, hosts: {portal: http://127.0.0.1:1}}"
    (targets / "there.yaml").write_text(
        f"# There.\ntarget: there\nplatforms:\n  ent: {at}\n  cned: {at}\n", "utf-8"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(morning.parent)
        with pytest.raises(UsageError, match="“mine” does not know the step “create account”"):
            prepare(Request(str(morning), target="there", seed=1))


def test_it_is_a_load_of_its_own_in_what_is_told_beforehand(morning: Path) -> None:
    """As many are begun as accounts are lacking, at their due times, and so many can be judged."""
    ready = prepare(Request(str(morning), sandbox="ent=rentree cned=rentree", seed=1))
    new = int(ready.members.new_account.sum())
    seen = outlook(ready.members, ready.plan, ready.walks)
    assert seen.steps[CREATE_ACCOUNT].sum() == new
    assert seen.steps["sign in"].sum() == seen.due.sum() == 1_000
    [need] = needs(ready.plan, ready.members, {p: list(s) for p, s in ready.steps.items()})
    assert need.have == new


@pytest.mark.parametrize(
    ("language", "expected"),
    [("en", "accounts to be created first: "), ("fr", "comptes à créer d’abord\u00a0: ")],
)
def test_check_tells_them(morning: Path, language: Language, expected: str) -> None:
    """How many, and how many in the busiest second."""
    out = io.StringIO()
    preview(str(morning), 1.0, None, language, Console(file=out, width=140))
    [line] = [line for line in out.getvalue().splitlines() if line.startswith(expected)]
    assert "1\u202f000" in line or "1,000" in line


def test_the_evidence_says_who_had_none(tmp_path: Path, make_profile: Make) -> None:
    """A column of its own; none where everybody has an account, and null for who asks."""
    for profile, there in ((with_new(make_profile), True), (make_profile(), False)):
        (tmp_path / str(there) / "raw").mkdir(parents=True)
        members = crowd(profile, seed=1)
        write_people(tmp_path / str(there) / "raw", members)
        written = pl.read_parquet(tmp_path / str(there) / "raw" / "people.parquet")
        read = Evidence(tmp_path / str(there))
        assert ("new_account" in written.columns) is there
        told = read.people["new_account"]
        assert told.to_list() == (members.new_account.tolist() if there else [None] * len(members))
        assert not read.damaged


def test_what_they_owe_when_the_platform_ends_the_run(tmp_path: Path) -> None:
    """Who was to come did not get an account; who tries to create one has not signed in either.

    Nobody else owes an account; and a recomputation from the rows alone says the same.
    """
    story = Story(make_plan(slos=[]))
    had, has, creates, late, others = (story.person(due) for due in (10, 11, 12, 40, 41))
    for step in (CREATE_ACCOUNT, "sign in", "home"):
        story.tries(had, step)
    story.tries(has)
    story.tries(creates, CREATE_ACCOUNT, outcome="error")
    story.ends, story.ends_at, story.lost = "unreachable", 37.0, {1}
    said = {"base": "https://ent.example", "why": "HTTP 503", "since": us(25), "ours": False}
    story.says(36.0, "authorization", "over", **said)
    story.says(37.0, "worker", "lost", worker=1, last_stored=us(36.5), why="no end mark")
    evidence = story.write(tmp_path)
    people, path = evidence.people, evidence.raw / "people.parquet"
    new = [person["person"] for person in (had, creates, late)]
    whose = pl.col("person").is_in(new)
    people.drop("home").with_columns(new_account=whose).write_parquet(path)
    evidence = Evidence(tmp_path)
    stop = stop_of(evidence)
    assert stop is not None
    owed = with_owed(evidence, stop).tail(-len(story.samples))
    found = owed.select("person", pl.col("step", "outcome").cast(pl.String)).rows()
    left = [(p["person"], step, "abandoned") for p, steps in (
        (had, ["sign out"]), (has, ["home", "sign out"]),
        (creates, ["home", "sign in", "sign out"]), (late, ["home", "sign in", "sign out"]),
        (others, ["home", "sign out"]),
    ) for step in steps]  # fmt: skip
    doors = [(late["person"], CREATE_ACCOUNT, "error"), (others["person"], "sign in", "error")]
    assert sorted(found) == sorted(left + doors)
    folder = Folder(tmp_path)
    again = stop_anew(folder)
    assert again is not None
    rows = owed_anew(folder, again).where(slice(len(story.samples), None))
    assert sorted(rows.each("person", "step", "outcome")) == sorted(left + doors)
