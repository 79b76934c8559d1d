"""The sandbox in a real browser: a pupil's morning, and every page accessible."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from rentree.sandbox.process import RunningSandbox, start
from rentree.sandbox.settings import send
from rentree.workspace import find

from .test_report import browser, pytestmark

__all__ = ["browser", "pytestmark"]
PASSWORD = "bac-a-sable"
PAGES = (
    "/accueil",
    "/messages",
    "/devoirs",
    "/classe",
    "/au-revoir",
    "/inscription",
    "/statut",
    "/rien",
)


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSandbox]:
    """A sound one, with a heavy home page."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        running = start("rentree", work=tmp_path_factory.mktemp("sandbox"), clock=2)
        send(running.url, {"home": "{assets: 50, calls: 3}"})
        yield running
        running.stop()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of a browser of its own."""
    context = browser.new_context()
    yield context.new_page()
    context.close()


def sign_in(page: Page, sandbox: RunningSandbox, login: str) -> None:
    """By the form, as a person does."""
    page.goto(sandbox.url)
    page.get_by_label("Identifiant").fill(login)
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter").click()
    page.wait_for_url("**/accueil")


def serious(page: Page) -> list[str]:
    """What axe-core finds that is serious or worse."""
    found = Axe().run(page).response["violations"]
    return [v["id"] for v in found if v["impact"] in ("serious", "critical")]


def test_a_pupils_morning(
    page: Page, browser: Browser, sandbox: RunningSandbox, tmp_path: Path
) -> None:
    """Signs in, reads, hands in text and file, joins the class, opens the service, signs out."""
    sign_in(page, sandbox, "demo-pupil-001")
    page.get_by_text("nouveaux messages").wait_for()
    page.get_by_role("link", name="Messages").click()
    page.get_by_text("Rendez-vous sur le portail").wait_for()
    page.get_by_role("link", name="Devoirs").click()
    page.get_by_label("Texte du devoir").fill("Ma première journée à distance.")
    page.get_by_role("button", name="Rendre", exact=True).click()
    assert page.locator("#texte").inner_text().strip() == "Ma première journée à distance."
    (tmp_path / "photo.png").write_bytes(b"not really a picture")
    page.get_by_role("link", name="Devoirs", exact=True).click()
    page.get_by_label("Ou un fichier").set_input_files(tmp_path / "photo.png")
    page.get_by_role("button", name="Rendre le fichier").click()
    assert page.locator("#fichier").inner_text() == "photo.png"
    page.get_by_role("link", name="Accueil").click()
    page.get_by_role("link", name="Rejoindre la classe virtuelle").click()
    page.get_by_role("link", name="Rejoindre la classe").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Salle d’attente"
    assert serious(page) == []
    context = browser.new_context()
    teacher = context.new_page()
    sign_in(teacher, sandbox, "demo-teacher-01")
    teacher.goto(f"{sandbox.url}/classe")
    assert serious(teacher) == []
    teacher.get_by_role("button", name="Admettre tout le monde").click()
    context.close()
    page.get_by_text("Vous êtes dans la classe").wait_for()  # its page asked again by itself
    assert serious(page) == []
    page.goto(f"{sandbox.url}/vers-le-service")
    assert "Carnet de notes" in page.title()
    assert serious(page) == []
    page.goto(f"{sandbox.url}/accueil")
    page.get_by_role("button", name="Se déconnecter").click()
    page.get_by_text("Vous êtes déconnecté").wait_for()


@pytest.mark.parametrize(
    "family", ["sign_in: saml", "sign_in: saml\nidentity_providers: academies"]
)
def test_signing_in_by_saml(
    page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, family: str
) -> None:
    """To the identity provider's host, and back by a form that a browser sends by itself."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    text = find("sandboxes", "rentree").read_text(encoding="utf-8")
    preset = tmp_path / "saml.yaml"
    preset.write_text(
        f"{text.replace('sandbox: rentree', 'sandbox: saml')}\n{family}\n", encoding="utf-8"
    )
    running = start(preset, work=tmp_path / "work")
    try:
        page.goto(f"{running.url}/connexion")
        if "academies" in family:
            assert serious(page) == []
            page.get_by_role("link", name="Académie").click()
        assert page.url.startswith("http://127.0.0.2:")
        assert serious(page) == []
        page.get_by_label("Identifiant").fill("demo-pupil-001")
        page.get_by_label("Mot de passe").fill(PASSWORD)
        page.get_by_role("button", name="Se connecter").click()
        page.wait_for_url(f"{running.url}/accueil")
        assert page.locator("h1").inner_text().startswith("Bonjour")
    finally:
        running.stop()


def test_signing_in_by_cas(page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the CAS server's form, and back with a ticket."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    text = find("sandboxes", "rentree").read_text(encoding="utf-8")
    preset = tmp_path / "cas.yaml"
    preset.write_text(
        f"{text.replace('sandbox: rentree', 'sandbox: cas')}\nsign_in: cas\n", encoding="utf-8"
    )
    running = start(preset, work=tmp_path / "work")
    try:
        sign_in(page, running, "demo-pupil-001")
        assert page.locator("h1").inner_text().startswith("Bonjour")
    finally:
        running.stop()


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("login", ["demo-pupil-002", "demo-teacher-02"])
def test_pages_are_accessible(page: Page, sandbox: RunningSandbox, path: str, login: str) -> None:
    """Nothing serious on any page of the inside, for pupil and teacher."""
    sign_in(page, sandbox, login)
    page.goto(sandbox.url + path)
    assert serious(page) == []


def test_who_comes_too_early_can_read_why(
    page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page of the gate, and that of a ticket which is none."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    running = start("rentree", work=tmp_path / "work")
    try:
        noon = (time.monotonic_ns(), 43_200_000_000)
        send(running.url, {"gate": "{keeps_out: [parent], until: 15:00}"}, time=noon)
        page.goto(running.url)
        page.get_by_label("Identifiant").fill("demo-parent-01")
        page.get_by_label("Mot de passe").fill(PASSWORD)
        page.get_by_role("button", name="Se connecter").click()
        assert page.locator("h1").inner_text() == "Accès réservé jusqu’à 15\u00a0h"
        assert serious(page) == []
        page.goto(f"{running.url}/service?ticket=ST-x")
        assert serious(page) == []
    finally:
        running.stop()


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        ({}, "connexion"),
        ({"quota": "{sessions: 0}"}, "refus"),
        ({"queue": "{admits: 1 people/min}"}, "file-attente"),
        ({"rate_limit": "{rate: 1 requests/s, burst: 1}"}, "limite"),
        ({"capacity.queue": "0", "capacity.servers": "0.0001"}, "surcharge"),
    ],
)
def test_pages_of_the_door_are_accessible(
    page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: dict[str, str], name: str
) -> None:
    """Who is kept out can read why, with whatever reads for them."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    running = start("rentree", work=tmp_path / "work")
    try:
        send(running.url, settings)
        for _ in range(3):
            page.context.clear_cookies()
            page.goto(f"{running.url}/connexion")
        assert page.locator("body").get_attribute("data-page") == name
        assert serious(page) == []
    finally:
        running.stop()
