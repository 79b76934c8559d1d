"""The picture of `rentree check`: its lines, however wide the terminal; and as SVG."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from rentree import charts
from rentree.crowd import crowd
from rentree.i18n import Language, translator
from rentree.outlook import Outlook, Walks, outlook
from rentree.outlook_picture import clock, picture
from rentree.plan import Plan
from rentree.profile import Profile
from rentree.testing import make_plan, us

WALKS: Walks = {
    p: [("step", "sign in"), ("think", 5, 15), ("step", "home"), ("stay",), ("step", "sign out")]
    for p in ("pupil", "teacher", "parent")
}
Seen = tuple[Outlook, Plan]


@pytest.fixture(scope="module")
def seen(make_profile: Callable[..., Profile]) -> Seen:
    """Twenty minutes, two faults, one of them a short one near the end."""
    plan = make_plan(
        phases={"baseline": (0, 300), "bell": (300, 900), "recovery": (900, 1200)},
        faults=[("slow", 300, 900), ("a-name-too-long-for-its-bar", 1_150, 1_160)],
        starts_at=us(8 * 3600 + 50 * 60),
    )
    return outlook(crowd(make_profile(), seed=1), plan, WALKS), plan


def shown(seen: Seen, width: int, language: Language = "en") -> list[str]:
    """The picture's lines."""
    return picture(*seen, width, language, translator(language))


@pytest.mark.parametrize("width", [40, 60, 80, 140])
def test_it_fits(seen: Seen, width: int) -> None:
    """No line is wider than the terminal, and none is wider than 70 columns and their labels."""
    assert max(len(line) for line in shown(seen, width)) <= min(width + 1, 82)


def test_the_figures_stand_beside_the_curves(seen: Seen) -> None:
    """The most sessions beside the second curve, the clock below, names in or beside bars."""
    lines = shown(seen, 80)
    assert any(line.strip().startswith("830 ┤") for line in lines)
    assert "├baseline" in (phases := next(line for line in lines if "phases" in line))
    assert phases.index("├bell") < phases.index("├recovery")
    assert any("├slow──" in line for line in lines)
    bar = next(line for line in lines if "a-name-too-long-for-its-bar" in line)
    assert re.search(r"a-name-too-long-for-its-bar [├┃]", bar)
    assert re.search(r"08:50 .* 09:00 .* 09:10", lines[-1])
    assert "9 h 00" in shown(seen, 80, "fr")[-1]


def test_the_curves_rise_where_people_come(seen: Seen) -> None:
    """Rows from the top: the tallest column touches the first, and every row has its zero."""
    first, last = shown(seen, 80)[1], shown(seen, 80)[6]
    assert re.search("[▁-█]", first)
    assert last.lstrip().startswith("0 ┤")
    assert last.count("█") > first.count("█")


@pytest.mark.parametrize(
    ("at", "french", "english"),
    [(9 * 3600, "9 h 00", "09:00"), (9 * 3600 + 20, "9 h 00 min 20", "09:00:20"),
     (24 * 3600, "0 h 00", "00:00")],
)  # fmt: skip
def test_the_clock(at: int, french: str, english: str) -> None:
    """Seconds only where there are some."""
    assert (clock(at, "fr"), clock(at, "en")) == (french, english)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_svg_is_whole_and_named(seen: Seen, language: Language) -> None:
    """Well-formed; a title and a description with the figures, for who does not see it."""
    root: Any = ET.fromstring(charts.outlook(*seen, language, translator(language)))  # noqa: S314
    told = {child.tag.rpartition("}")[2]: child.text for child in root[:2]}
    assert root.get("role") == "img"
    assert told["title"].endswith({"fr": "Petit matin", "en": "Small morning"}[language])
    assert "830" in told["desc"]
    assert "slow" in "".join(root.itertext())
