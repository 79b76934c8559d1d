"""`rentree check` as a new user sees it: in their language, within their terminal, with the SVG."""

from __future__ import annotations

import io
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from rich.console import Console

from rentree.commands import preview_reckoning
from rentree.commands.making import making
from rentree.commands.preview import preview
from rentree.errors import UsageError
from rentree.headroom import OWN, Means
from rentree.i18n import Language
from rentree.workspace import starter


def checked(
    width: int,
    language: Language,
    svg: Path | None,
    profile: str = "essai",
    target: str | None = None,
) -> list[str]:
    """The lines that a terminal of this width is given."""
    out = io.StringIO()
    console = Console(file=out, width=width, force_terminal=False)
    preview(profile, 1.0, None, language, console, target, svg)
    return out.getvalue().splitlines()


def test_everything_is_told(tmp_path: Path) -> None:
    """Picture, table and figures in French; the table's rows are not cut; the SVG is there."""
    svg = tmp_path / "essai.svg"
    lines = checked(80, "fr", svg)
    text = "\n".join(lines)
    for words in ("Sessions ouvertes", "seconde la plus chargée", "loi de Little", "requêtes",
                  "chiffres\u00a0:", "cette machine", "Rien n’a été envoyé"):  # fmt: skip
        assert words in text
    head = next(i for i, line in enumerate(lines) if line.startswith("territoire"))
    assert len(lines[head]) <= 80
    assert "…" not in lines[head] + lines[head + 1]
    assert ET.parse(svg).getroot().tag.endswith("svg")  # noqa: S314


def test_a_picture_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """A sentence with the file and the reason."""
    with pytest.raises(UsageError, match="cannot be written"):
        checked(140, "en", tmp_path / "no" / "such" / "folder.svg")


EVERYTHING = """\
# All that check can say, in one.
profile: everything
title: {fr: Tout, en: Everything}
extends: essai
stop:
  - {when: errors, share_above: 50 %, for: 10 s}
  - {when: health, platform: ent, path: /statut, for: 15 s}
slos:
  - {slo: refused, share_below: 1 %, each: [persona], source: convention}
"""
MUTE = """\
# Tells neither whose its pages are nor what a refusal looks like.
platform: mute
steps:
  sign in: [{sign_in: /, ok: {text: x}, personal: no}]
  home: [{get: /, ok: {text: x}, personal: no}]
  messages: [{get: /, ok: {text: x}, personal: no}]
  read homework: [{get: /, ok: {text: x}, personal: no}]
  hand in: [{get: /, ok: {text: x}, personal: no}]
  sign out: [{get: /, ok: {text: x}, personal: no}]
"""
SOMEWHERE = """\
target: somewhere
platforms:
  ent: {adapter: mute, hosts: {portal: "http://127.0.0.1:9"}}
accounts: {password: env PASSWORD_OF_NOBODY, fictitious: attested}
control: http://127.0.0.2:9/ping
"""
ENGLISH = re.compile(
    r"\b(the|of|and|is|are|does|not|what|when|with|needs|all|people|was|how|every|would|asked"
    r"|medium|high|low|pupils?|teachers?|sign in|making)\b"
)


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A profile, a target and an adapter of which check has much to say; we stand beside them."""
    for name, text in (
        ("profiles/everything.yaml", EVERYTHING),
        ("profiles/targets/somewhere.yaml", SOMEWHERE),
        ("loadtests/platforms/mute.yaml", MUTE),
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(preview_reckoning, "means", lambda: Means(OWN + 100, 50))


@pytest.mark.usefixtures("workspace")
def test_in_french_nothing_is_english() -> None:
    """Stop rules, shortages, sentences of the target, groups and sources: a line in one language.

    Identifiers stand as they are written, and so do the words of sources.
    """
    lines = checked(120, "fr", None, "everything", "somewhere")
    text = "\n".join(lines)
    for words in (
        "s’arrête dès que plus de 50\u00a0% des tentatives sont en échec",
        "TROP PEU de descripteurs\u00a0: si les 616 personnes sont là ensemble",
        "TROP PEU de ports\u00a0: 616 connexions depuis l’adresse de cette machine",
        "cible somewhere\u00a0: ent est à http://127.0.0.1:9, par l’adaptateur mute.yaml",
        "témoin http://127.0.0.2:9/ping, interrogé chaque seconde",
        "pas dans l’environnement pour l’instant\u00a0: PASSWORD_OF_NOBODY",
        "slo refused peut être rompu, jamais tenu\u00a0: l’adaptateur de ent ne sait pas",
        "les données d’autrui ne seraient pas remarquées\u00a0: l’adaptateur de ent",
        "fiabilité moyenne\u00a0: ",
        "le plus petit, parents, en a",
        "sur identification (ent)",
        "sur Grand Est",
    ):
        assert words in text, text
    assert [line for line in lines if ENGLISH.search(line)] == []


@pytest.mark.usefixtures("workspace")
def test_in_english_the_same_is_told() -> None:
    """A line for a line."""
    french, english = (
        checked(120, language, None, "everything", "somewhere") for language in ("fr", "en")
    )
    assert len(french) == len(english)
    assert "control http://127.0.0.2:9/ping, asked once a second" in english
    assert sum(line.startswith("stops when ") for line in english) == 2
    assert sum(line.startswith("TOO FEW ") for line in english) == 2


@pytest.mark.parametrize(
    "name", [path.stem for path in sorted((starter() / "profiles").glob("*panne*.yaml"))]
)
def test_what_we_ship_is_told_in_french(name: str) -> None:
    """Profiles of outages, that have stop rules and faults of many kinds."""
    assert [line for line in checked(120, "fr", None, name) if ENGLISH.search(line)] == []


def test_the_making_of_a_crowd_is_told_in_french() -> None:
    """Once it takes over two seconds."""
    out, times = io.StringIO(), iter([0.0, 3.0])
    with making(Console(file=out), lambda: next(times), "fr") as tell:
        tell(1_200, 5_000)
    assert out.getvalue() == "· la foule se forme\u00a0: 1\u202f200 personnes sur 5\u202f000\n"
