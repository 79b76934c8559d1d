"""Every file of the four folders: it loads, is valid, explains itself, and stands in the docs."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import pytest

from rentree import dropin
from rentree.errors import UsageError
from rentree.fault import Injector, Settings
from rentree.platform import Platform
from rentree.prepare import Request, inspect, prepare
from rentree.presets import presets_of
from rentree.profile import Profile
from rentree.report import reporters
from rentree.sample import SIGN_IN, SIGN_OUT
from rentree.sandbox.preset import load_preset
from rentree.seal_check import named_as_ours
from rentree.study.reading import load_study
from rentree.territory import load_territory
from rentree.workspace import KINDS, Found, find, listing, starter

DOCS = Path(__file__).parents[2] / "docs"
SHIPPED = [found for kind in KINDS for found in listing(kind, starter()).values()]
LANGUAGES = {"fr", "en"}


def shipped(kind: str) -> pytest.MarkDecorator:
    """Parametrise over the files of a kind."""
    files = [found for found in SHIPPED if found.kind == kind]
    return pytest.mark.parametrize("found", files, ids=[found.name for found in files])


@pytest.fixture(autouse=True)
def _outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand outside any workspace: what is found is what we ship. Leave no module behind."""
    monkeypatch.chdir(tmp_path)
    for name in [n for n in sys.modules if n.startswith("rentree_dropin.")]:
        monkeypatch.delitem(sys.modules, name)


def journeys() -> dict[str, Any]:
    """What a short child tells of all our journeys; it alone imports Locust."""
    return inspect(listing("journeys"), listing("platforms"))[0]


ROWS = {
    "territories": "a territory", "profiles": "a profile", "slo-sets": "a set of SLOs",
    "sandboxes": "a sandbox preset", "studies": "a study", "journeys": "a journey",
    "platforms": "a platform adapter", "faults": "a fault injector", "reports": "a reporter",
}  # fmt: skip


@pytest.mark.parametrize("found", SHIPPED, ids=lambda f: f"{f.kind}-{f.name}")
def test_it_is_named_in_the_docs(found: Found) -> None:
    """docs/reference/dropins.md lists every file that we ship, in the row of its kind."""
    page = (DOCS / "reference" / "dropins.md").read_text(encoding="utf-8")
    [row] = [row for row in page.splitlines() if row.startswith(f"| {ROWS[found.kind]} |")]
    assert f"`{found.path.name}`" in row


def test_the_docs_name_nothing_that_there_is_not() -> None:
    """Every file in the table of what we ship is there."""
    page = (DOCS / "reference" / "dropins.md").read_text(encoding="utf-8")
    there = {p.name for p in starter().glob("*/*") if p.is_file()}
    there |= {found.path.name for found in SHIPPED} | {"catalogues/fr.po"}
    for row in page.splitlines():
        if row.startswith("| a "):
            named = set(re.findall(r"`([^`]+\.\w+)`", row))
            assert named <= there, named - there


@pytest.mark.parametrize("found", SHIPPED, ids=lambda f: f"{f.kind}-{f.name}")
def test_it_says_first_what_it_is(found: Found) -> None:
    """A docstring or a comment opens the file; the rule for editors may stand before it."""
    lines = found.path.read_text(encoding="utf-8").splitlines()
    if found.kind == "profiles":
        lines = lines[1:]
    assert lines[0].startswith('"""' if found.path.suffix == ".py" else "# ")
    assert len(lines[0]) > 15


@shipped("territories")
def test_a_territory(found: Found) -> None:
    """It has both names, people, and says where its count is from."""
    territory = load_territory(found.name)
    assert set(territory.name) == LANGUAGES
    assert territory.pupils.count > 0
    assert territory.pupils.source or territory.pupils.hypothesis


@shipped("profiles")
def test_a_profile(found: Found) -> None:
    """It is valid with what we ship, makes a plan, and each of its promises cites a source."""
    prepared = prepare(Request(found.name, seed=1))
    assert prepared.profile.profile == found.name
    assert len(prepared.members) == prepared.plan.people == prepared.plan.people_in_full
    assert all(slo.source for slo in prepared.plan.slos)
    assert all(fault.source for fault in prepared.plan.faults)
    for key in prepared.profile.expects:
        presets = presets_of(key)
        assert set(presets.values()) <= set(listing("sandboxes"))
        assert list(presets) in ([""], prepared.profile.platforms)
    assert not prepared.plan.rehearsal


@shipped("sandboxes")
def test_a_sandbox_preset(found: Found) -> None:
    """It is valid and has both titles."""
    preset, path = load_preset(found.name)
    assert path == found.path.resolve()
    assert set(preset.title) == LANGUAGES


@shipped("studies")
def test_a_study(found: Found) -> None:
    """It is sound, has both titles, and says what its measure's limits are from."""
    study = load_study(found.name)
    assert set(study.title.model_dump()) == LANGUAGES
    assert study.measure.source
    assert len({label["fr"] for label in study.labels()}) == len(study.runs)


@shipped("journeys")
def test_a_journey(found: Found) -> None:
    """It loads without sending anything, begins by signing in, ends by signing out, says why."""
    told = journeys()[found.name]
    assert told["file"] == str(found.path)
    assert told["says"].endswith(".")
    assert (told["steps"][0], told["steps"][-1]) == (SIGN_IN, SIGN_OUT)


@shipped("platforms")
def test_a_platform(found: Found) -> None:
    """It names itself and knows every step of every journey that we ship."""
    adapter = dropin.load(found).PLATFORM
    assert issubclass(adapter, Platform)
    assert adapter.name == found.name
    told = journeys()
    assert {step for facts in told.values() for step in facts["steps"]} <= set(adapter.methods)
    for method in adapter.methods.values():
        assert getattr(adapter, method).__doc__


@shipped("faults")
def test_a_fault_injector(found: Found) -> None:
    """It has every method of the contract, and each kind explains itself in a sentence."""
    injector = dropin.load(found).Injector
    for name in ("prepare", "floor_us", "apply", "observe", "alive", "clear", "close", "undo"):
        assert getattr(injector, name) is not getattr(Injector, name), name
    assert injector.left_over is not Injector.left_over
    assert injector.kinds
    for settings in injector.kinds.values():
        assert issubclass(settings, Settings)
        assert len(settings.explains) > 20


@shipped("reports")
def test_a_reporter(found: Found) -> None:
    """It explains itself, and no two write the same file."""
    known = reporters()
    reporter = known[found.name]
    assert len(reporter.explains) > 20
    assert [r.filename for r in known.values()].count(reporter.filename) == 1
    assert named_as_ours(reporter.filename)  # `rentree verify` asks who wrote it


@pytest.fixture(scope="module")
def recipes() -> dict[str, str]:
    """The files of docs/reference/dropins.md: path → text."""
    page = (DOCS / "reference" / "dropins.md").read_text(encoding="utf-8")
    return dict(re.findall(r"^`(\S+)`:\n\n```\w+\n(.*?)^```$", page, re.M | re.S))


class TestRecipes:
    """What the docs tell people to add works as it is written."""

    @pytest.fixture(autouse=True)
    def workspace(self, tmp_path: Path, recipes: dict[str, str]) -> None:
        """A workspace with every file of the page."""
        assert len(recipes) == len(KINDS) - 1  # no targets yet
        for name, text in recipes.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")

    def test_each_is_found_beside_the_starters(self, recipes: dict[str, str]) -> None:
        """One file in one folder, and it is there."""
        for kind, (folder, _) in KINDS.items():
            names = {Path(p).stem for p in recipes if str(Path(p).parent) == folder}
            own = {name for name, found in listing(kind).items() if not found.starter}
            assert own == names

    def test_the_profile_uses_territory_journey_and_fault(self) -> None:
        """The whole run is ready; nothing was sent."""
        prepared = prepare(Request("lundi", seed=1, sandbox="petit"))
        profile: Profile = prepared.profile
        assert profile.title.en == "Monday"
        assert prepared.journeys["librarian"] == find("journeys", "librarian")
        assert [fault.fault for fault in prepared.plan.faults] == ["nothing"]
        assert prepared.plan.territories["pays-d-exemple"]["en"] == "Exampleland"
        assert {f.name for f in prepared.dropins if not f.starter} == {
            "librarian",
            "notice-board",
            "nothing",
            "line",
        }

    def test_the_study_knows_the_profile_and_the_preset(self) -> None:
        """Both are of this workspace."""
        assert [ran.sandbox for ran in load_study("avant-apres").runs] == ["rentree", "petit"]

    def test_the_adapter_and_the_reporter_load(self) -> None:
        """Both say what they are."""
        adapter = dropin.load(listing("platforms")["notice-board"]).PLATFORM
        assert adapter.methods == {"home": "home"}
        assert reporters()["line"].filename == "line.txt"

    def test_starter_only_refuses_them(self) -> None:
        """A run that must be ours alone says whose files stand in the way."""
        with pytest.raises(UsageError, match=r"--starter-only refuses .*librarian\.py"):
            prepare(Request("lundi", seed=1, starter_only=True))
