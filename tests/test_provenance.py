"""Where each figure comes from: kinds, the record, contradictions, and who a profile is not of."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rentree.evidence import Evidence
from rentree.i18n import Language
from rentree.judge import judge
from rentree.plan import Figure, Plan
from rentree.prepare import Request, prepare
from rentree.profile import Profile
from rentree.provenance import figure, kind_of
from rentree.reconstruction import disclaimer, named
from rentree.record import cited, french, record
from rentree.report import reporters
from rentree.testing import Story, make_plan

SAME = {"fr": "x", "en": "x"}


@pytest.fixture(scope="module")
def nine() -> Plan:
    """The plan of rentree-9h."""
    return prepare(Request("rentree-9h", sandbox="rentree", seed=1)).plan


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("F13", "sourced"),
        ("F06, plus 4 % so that 50 000 can be inside at once", "sourced"),
        ("CCTP 4.3.2", "sourced"),
        ("the buyer, Région X", "sourced"),
        ("convention", "convention"),
        ("convention: one node must bear what two do", "convention"),
        (None, "hypothèse"),
        ("", "hypothèse"),
        ("assumption: Insee has none", "hypothèse"),
        ("exemple non sourcé, convention", "hypothèse"),
        ("two a class", "hypothèse"),
    ],
)
def test_what_a_source_makes_of_its_figure(source: str | None, kind: str) -> None:
    """What names nothing is a hypothesis: nobody believes that it was found somewhere."""
    assert kind_of(source) == kind


def test_the_record_is_whole() -> None:
    """F01 to F61 as the documents' table has them, X01 to X17; each document it cites is named."""
    numbers = [f"F{n:02}" for n in range(1, 62) if n not in (19, *range(35, 40), 49)]
    assert {n for n in record().facts if n[0] == "F"} == set(numbers)
    assert {n for n in record().facts if n[0] == "X"} == {f"X{n:02}" for n in range(1, 18)}
    named = {s for fact in record().facts.values() for s in fact.sources if len(s) == 2}
    assert named == set(record().documents)
    assert cited("F06, F07 and F99, F06") == ["F06", "F07"]


def test_a_number_of_the_record_is_told_in_full_with_who_contradicts_it() -> None:
    """918,000 or 500,000: both stand in the row."""
    row = figure(SAME, SAME, "F02")
    (told,) = row.record
    assert told == (
        "F02\u00a0: 918\u202f000 élèves en classe virtuelle du CNED le mardi 6 avril "
        "(S0, S1)\u00a0; mais\u00a0: 500\u202f000 en visio selon France Bleu"
    )
    assert french("« a » : 5 % ; 1 000") == "«\u00a0a\u00a0»\u00a0: 5\u00a0%\u00a0; 1\u202f000"


def test_every_figure_of_the_nine_oclock_profile_is_there(nine: Plan) -> None:
    """People, classes, bells, bearing, faults, promises, populations; each with its kind."""
    rows = [f for f in nine.figures if not f.disputed]
    assert all(f.kind for f in rows)
    assert all(f.what[x] and f.value[x] for f in rows for x in ("fr", "en"))
    told = {f.what["en"]: f for f in rows}
    pupils = next(f for what, f in told.items() if what.startswith("pupils, Grand Est, Hauts"))
    assert (pupils.value["fr"], pupils.kind) == ("384 (chacun)", "hypothèse")
    assert told["Fault point-chaud"].kind == told["Bell"].kind == "sourced"
    assert told["Patience before a page"].kind == "hypothèse"
    assert told["Grand Est, pupils"].value["fr"] == "945\u202f000 (2020)"
    assert len([f for f in rows if f.what["en"] == "Promise"]) == len(nine.slos)


def test_what_the_sources_do_not_agree_on_stays_visible(nine: Plan) -> None:
    """Four, five or seven regions; many pupils or all; millions at once or 1.2 million in a day."""
    said = " | ".join(f.value["fr"] for f in nine.figures if f.disputed)
    for words in (
        "918\u202f000", "500\u202f000", "quatre", "cinq", "sept", "à nombreux élèves",
        "à tous les élèves", "millions de connexions simultanées", "1,2 million",
    ):  # fmt: skip
        assert words in said


def test_it_says_of_whom_it_is_not(nine: Plan) -> None:
    """Territories and providers are named; a plan of somebody's own says nothing."""
    assert disclaimer(nine, "fr") == (
        "Reconstitution d’après la presse\u00a0; n’est pas la plateforme de Grand Est, "
        "Hauts-de-France, Île-de-France, Nouvelle-Aquitaine, Occitanie."
    )
    assert disclaimer(make_plan(), "fr") == ""
    bare = make_plan(disclaimer=True, named=["Kosmos"])
    assert disclaimer(bare, "en").endswith("not the platform of North, Kosmos.")


@pytest.mark.parametrize(
    ("profile", "provider", "names"),
    [
        ("eclat-bfc-50k", "bac à sable", ["ÉCLAT-BFC"]),
        ("cned-classes-court", "Kosmos", ["CNED", "Kosmos"]),
        ("rentree-9h", "bac à sable", []),
        ("parisienne", "sandbox", []),
    ],
)
def test_a_name_that_is_somebodys_is_found(
    make_profile: Callable[..., Profile], profile: str, provider: str, names: list[str]
) -> None:
    """Whole words of the profile's name, and the providers of its units."""
    made = make_profile(profile=profile)
    unit = made.crowd[0].unit.model_copy(update={"provider": provider})
    crowd = [coming.model_copy(update={"unit": unit}) for coming in made.crowd]
    assert named(made.model_copy(update={"crowd": crowd})) == names


@pytest.mark.parametrize(("name", "language"), [("html", "fr"), ("markdown", "fr"), ("html", "en")])
def test_reports_print_the_table_from_evidence(
    tmp_path_factory: pytest.TempPathFactory, nine: Plan, name: str, language: Language
) -> None:
    """Figures, sources, contradictions and the disclaimer, read from raw/plan.json."""
    rows: list[Figure] = nine.figures
    plan = make_plan(figures=rows, disclaimer=True, documents=nine.documents)
    evidence: Evidence = Story(plan).write(tmp_path_factory.mktemp("figures"))
    text = reporters()[name]().render(judge(evidence), evidence, language)
    head = {"fr": "Les chiffres et leurs sources", "en": "The figures and their sources"}
    assert head[language] in text
    for words in ("500\u202f000 selon France Bleu", "hypothèse", "AEF info", "F20"):
        assert words in text
    assert {"fr": "n’est pas la plateforme de Nord", "en": "not the platform of North"}[
        language
    ] in text
