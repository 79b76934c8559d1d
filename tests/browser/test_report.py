"""The HTML report in a real browser: accessible, alone, readable when enlarged, whole on paper."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rentree.evidence import Evidence
from rentree.i18n import Language
from rentree.judge import judge
from rentree.report import reporters

CHROMIUM = shutil.which("chromium")
if CHROMIUM is None and not os.environ.get("CI"):
    pytest.skip("no chromium here (tests/system-packages.sh installs it)", allow_module_level=True)
from axe_playwright_python.sync_playwright import Axe  # noqa: E402
from playwright.sync_api import Browser, Page, sync_playwright  # noqa: E402

pytestmark = pytest.mark.browser
GOLDEN = Path(__file__).parents[1] / "golden"
RUNS = ("all-fine", "one-territory-ruined", "late-in-a-short-bell", "rehearsal")
_QUIET = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
          "--disable-background-networking", "--disable-component-update")  # fmt: skip


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The system's Chromium."""
    assert CHROMIUM is not None, "under CI the browser tests are never skipped"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=[*_QUIET])
        yield chromium
        chromium.close()


@pytest.fixture(scope="module", params=[(r, lang) for r in RUNS for lang in ("fr", "en")],
                ids="-".join)  # fmt: skip
def report(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report of a passed, a failed, an invalid run and of a rehearsal, in both languages."""
    run: str
    language: Language
    run, language = request.param
    evidence = Evidence(GOLDEN / run)
    path = tmp_path_factory.mktemp("report") / f"{run}.{language}.html"
    text = reporters()["html"]().render(judge(evidence), evidence, language)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def page(browser: Browser, report: Path) -> Iterator[Page]:
    """The report, opened from its file."""
    opened = browser.new_page(viewport={"width": 1280, "height": 800})
    opened.goto(report.as_uri())
    yield opened
    opened.close()


def test_axe_finds_nothing_serious(page: Page) -> None:
    """axe-core, with every fold opened: no serious and no critical finding, none of any kind."""
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    found: list[dict[str, Any]] = Axe().run(page).response["violations"]
    assert [(v["id"], v["impact"], v["nodes"][0]["html"][:200]) for v in found] == []


def test_no_request_leaves_the_page(browser: Browser, report: Path) -> None:
    """It needs nothing but itself."""
    opened = browser.new_page()
    asked: list[str] = []
    opened.on("request", lambda request: asked.append(request.url))
    opened.goto(report.as_uri())
    opened.wait_for_load_state("networkidle")
    opened.close()
    assert asked == [report.as_uri()]


@pytest.mark.parametrize("width", [640, 320])
def test_enlarged_nothing_is_cut_off(page: Page, width: int) -> None:
    """At 200 % (640 px of 1280), and on a telephone: the page itself never scrolls sideways."""
    page.set_viewport_size({"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_five_questions_are_answered_on_the_first_screen(page: Page) -> None:
    """Verdict, promises, who was hurt, what was not checked, trust: above the fold at 1280x800."""
    for selector in (".verdict strong", ".why", ".card >> nth=0", ".card >> nth=3"):
        box = page.locator(selector).bounding_box()
        assert box is not None
        assert box["y"] + min(box["height"], 60) < 800, selector
    size = page.locator(".verdict strong").evaluate("e => parseFloat(getComputedStyle(e).fontSize)")
    assert size >= 60  # read from two metres


def test_on_paper_the_folds_are_open(page: Page) -> None:
    """What is folded on screen is printed."""
    table = page.locator("details table").first
    assert not table.is_visible()
    page.emulate_media(media="print")
    assert table.evaluate("e => e.getBoundingClientRect().height") > 20
    assert page.pdf(format="A4", print_background=True).startswith(b"%PDF")


def test_one_can_read_it_by_keyboard(page: Page) -> None:
    """The first Tab lands on a link, and one sees where one is."""
    page.keyboard.press("Tab")
    focused = page.evaluate("document.activeElement.tagName")
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert focused == "A"
    assert outline == "solid"
