"""The journey through a real sandbox, page by page, as a person's browser makes it."""

from __future__ import annotations

import hashlib
import http.client
import json
import re
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from selectolax.lexbor import LexborHTMLParser

from rentree.sandbox.accounts import Account, Person, write_accounts
from rentree.sandbox.process import RunningSandbox

Start = Callable[..., RunningSandbox]
PASSWORD = "bac-a-sable"


@dataclass
class Answer:
    """One answer, and what a test looks at."""

    status: int
    headers: dict[str, str]
    body: bytes
    set_cookie: list[str]

    @property
    def html(self) -> LexborHTMLParser:
        """The body as HTML."""
        return LexborHTMLParser(self.body.decode())

    def attribute(self, selector: str, name: str) -> str | None:
        """An attribute of the first element that fits."""
        node = self.html.css_first(selector)
        return None if node is None else node.attributes.get(name)

    def text(self, selector: str) -> str | None:
        """The text of the first element that fits."""
        node = self.html.css_first(selector)
        return None if node is None else node.text()

    @property
    def page(self) -> str | None:
        """Which page it says it is."""
        return self.attribute("body", "data-page")

    @property
    def identity(self) -> str | None:
        """Whose page it says it is."""
        return self.attribute('meta[name="identite"]', "content")

    @property
    def form_token(self) -> str:
        """The token of its first form."""
        return self.attribute('input[name="jeton"]', "value") or ""


@dataclass
class Browser:
    """Cookies and one request at a time; redirects are not followed."""

    url: str
    cookies: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)

    def ask(self, method: str, path: str, form: dict[str, str] | None = None) -> Answer:
        """Send one request over a connection of its own."""
        if form is None:
            return self.send(method, path, None, "")
        body = urlencode(form).encode()
        return self.send(method, path, body, "application/x-www-form-urlencoded")

    def send(self, method: str, path: str, body: bytes | None, kind: str) -> Answer:
        """Send one request with any body."""
        headers = {**self.headers, "Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items())}
        if kind:
            headers["Content-Type"] = kind
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=10)
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            content = response.read()
        finally:
            connection.close()
        set_cookie = response.headers.get_all("Set-Cookie") or []
        for cookie in set_cookie:
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        named = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status, named, content, set_cookie)

    def get(self, path: str) -> Answer:
        """GET a path."""
        return self.ask("GET", path)

    def sign_in(self, login: str, password: str = PASSWORD) -> Answer:
        """Fetch the form and send it."""
        token = self.get("/connexion").form_token
        form = {"identifiant": login, "mot_de_passe": password, "jeton": token}
        return self.ask("POST", "/connexion", form)


def signed_in(sandbox: RunningSandbox, login: str = "demo-pupil-001") -> Browser:
    """A browser whose person is inside."""
    browser = Browser(sandbox.url)
    answer = browser.sign_in(login)
    assert (answer.status, answer.headers["location"]) == (302, "/accueil")
    return browser


def test_the_root_leads_to_the_door_and_then_home(sandbox: RunningSandbox) -> None:
    """Without a session `/` leads to the sign-in page, with one to the home page."""
    answer = Browser(sandbox.url).get("/")
    assert (answer.status, answer.headers["location"]) == (302, "/connexion")
    answer = signed_in(sandbox).get("/")
    assert (answer.status, answer.headers["location"]) == (302, "/accueil")


def test_the_session_cookie_is_what_a_browser_keeps_to_itself(sandbox: RunningSandbox) -> None:
    """The session cookie is HttpOnly and Lax, and another sign-in gets another one."""
    first, second = (Browser(sandbox.url).sign_in("demo-pupil-001") for _ in range(2))
    assert re.fullmatch(r"session=[\w-]{32}; HttpOnly; Path=/; SameSite=Lax", first.set_cookie[0])
    assert first.set_cookie != second.set_cookie


def test_a_wrong_password_shows_the_form_again(sandbox: RunningSandbox) -> None:
    """Wrong credentials are told in words and by a mark, with status 200 and no session."""
    browser = Browser(sandbox.url)
    answer = browser.sign_in("demo-pupil-001", "faux")
    assert (answer.status, answer.page) == (200, "connexion")
    assert answer.attribute("body", "data-erreur") == "identifiants"
    assert "incorrect" in answer.body.decode()
    assert "session" not in browser.cookies


def test_a_form_without_its_token_is_refused(sandbox: RunningSandbox) -> None:
    """A form that does not come from our page signs nobody in (CSRF)."""
    browser = Browser(sandbox.url)
    browser.get("/connexion")
    form = {"identifiant": "demo-pupil-001", "mot_de_passe": PASSWORD, "jeton": "autre"}
    answer = browser.ask("POST", "/connexion", form)
    assert (answer.status, answer.attribute("body", "data-erreur")) == (403, "jeton")
    del browser.cookies["jeton"]
    assert browser.ask("POST", "/connexion", {**form, "jeton": ""}).status == 403
    assert "session" not in browser.cookies


@pytest.mark.parametrize("path", ["/accueil", "/messages", "/devoirs"])
def test_personal_pages_bear_the_identity(sandbox: RunningSandbox, path: str) -> None:
    """Every personal page says whose it is, and is never kept by a cache."""
    for login in ("demo-pupil-002", "demo-teacher-01", "demo-parent-01"):
        answer = signed_in(sandbox, login).get(path)
        assert (answer.status, answer.page, answer.identity) == (200, path[1:], login)
        assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["/accueil", "/messages", "/devoirs", "/devoirs/1"])
def test_personal_pages_without_a_session_lead_to_the_door(
    sandbox: RunningSandbox, path: str
) -> None:
    """Who is not signed in, or comes with an invented cookie, is sent to sign in."""
    for cookies in ({}, {"session": "invented"}):
        answer = Browser(sandbox.url, cookies).get(path)
        assert (answer.status, answer.headers["location"]) == (302, "/connexion")


def test_home_has_assets_and_notifications(sandbox: RunningSandbox) -> None:
    """Home greets by name and names four assets of 1 to 20 KiB; its JSON tells who it is for."""
    browser = signed_in(sandbox)
    home = browser.get("/accueil")
    assert "Bonjour Alma Arnaud" in home.body.decode()
    links = re.findall(r'(?:src|href)="(/statique/[^"]+)"', home.body.decode())
    assert len(set(links)) == 4
    for link in links:
        asset = browser.get(link)
        assert asset.status == 200
        assert 1_024 < len(asset.body) < 20_480
        assert "max-age" in asset.headers["cache-control"]
        browser.headers["If-None-Match"] = asset.headers["etag"]
        assert browser.get(link).status == 304
        browser.headers.clear()
    told = json.loads(browser.get("/api/notifications").body)
    assert told["identite"] == "demo-pupil-001"
    assert Browser(sandbox.url).get("/api/notifications").status == 401


def test_homework_is_handed_in_and_read_back(sandbox: RunningSandbox) -> None:
    """The receipt shows the text unchanged and its SHA-256, to the teacher of the class too."""
    pupil = signed_in(sandbox)
    text = "Première ligne <script>alert(1)</script> & « fin »\nDeuxième : 9 h"
    form = {"texte": text, "jeton": pupil.get("/devoirs").form_token}
    answer = pupil.ask("POST", "/devoirs", form)
    assert answer.status == 303
    path = answer.headers["location"]
    receipt = pupil.get(path)
    assert (receipt.page, receipt.identity) == ("recu", "demo-pupil-001")
    assert receipt.text("#texte") == text
    assert receipt.text("#numero") == path.rpartition("/")[2]
    digest = hashlib.sha256(text.encode()).hexdigest()
    assert receipt.text("#empreinte") == digest
    assert path in pupil.get("/devoirs").body.decode()
    teacher = signed_in(sandbox, "demo-teacher-01")
    assert path in teacher.get("/devoirs").body.decode()
    assert teacher.get(path).text("#texte") == text


def test_homework_is_nobody_elses(sandbox: RunningSandbox) -> None:
    """A classmate, a parent, another class's teacher, or a number nobody has: the same 403."""
    pupil = signed_in(sandbox)
    form = {"texte": "à moi", "jeton": pupil.get("/devoirs").form_token}
    path = pupil.ask("POST", "/devoirs", form).headers["location"]
    for login in ("demo-pupil-002", "demo-parent-01", "demo-teacher-02"):
        other = signed_in(sandbox, login)
        answers = [other.get(path), other.get("/devoirs/999999")]
        assert [(a.status, a.page, a.identity) for a in answers] == [(403, "erreur", login)] * 2
        assert answers[0].body == answers[1].body.replace(b"999999", path.encode())
        assert path not in other.get("/devoirs").body.decode()


def test_what_cannot_be_handed_in(sandbox: RunningSandbox) -> None:
    """Empty or endless text, a wrong token, or a person who is no pupil: nothing is stored."""
    pupil = signed_in(sandbox, "demo-pupil-050")
    token = pupil.get("/devoirs").form_token
    for text in ("", " \n", "x" * 50_001):
        answer = pupil.ask("POST", "/devoirs", {"texte": text, "jeton": token})
        assert (answer.status, answer.attribute("body", "data-erreur")) == (400, "texte")
    assert pupil.ask("POST", "/devoirs", {"texte": "x", "jeton": "autre"}).status == 403
    assert pupil.ask("POST", "/devoirs", {"texte": "x" * 300_000, "jeton": token}).status == 413
    assert "Aucun devoir rendu" in pupil.get("/devoirs").body.decode()
    parent = signed_in(sandbox, "demo-parent-01")
    page = parent.get("/devoirs")
    assert page.html.css_first("textarea") is None
    answer = parent.ask("POST", "/devoirs", {"texte": "x", "jeton": page.form_token})
    assert answer.status == 403


def test_signing_out_ends_the_session(sandbox: RunningSandbox) -> None:
    """After signing out the old cookie opens nothing; without the token nobody is signed out."""
    browser = signed_in(sandbox)
    kept = dict(browser.cookies)
    token = browser.get("/accueil").form_token
    assert browser.ask("POST", "/deconnexion", {"jeton": "autre"}).status == 403
    assert browser.get("/accueil").status == 200
    answer = browser.ask("POST", "/deconnexion", {"jeton": token})
    assert (answer.status, answer.headers["location"]) == (303, "/au-revoir")
    assert browser.get("/au-revoir").page == "au-revoir"
    assert Browser(sandbox.url, kept).get("/accueil").headers["location"] == "/connexion"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/rien", 404), ("GET", "/statique/../app.py", 404), ("GET", "/devoirs/x", 404),
     ("PUT", "/connexion", 405), ("POST", "/connexion", 415), ("GET", "/accueil/", 404)],
)  # fmt: skip
def test_errors_are_pages_in_french(
    sandbox: RunningSandbox, method: str, path: str, status: int
) -> None:
    """What cannot be answered is answered with a page that says so."""
    answer = Browser(sandbox.url).ask(method, path)
    assert (answer.status, answer.page) == (status, "erreur")
    assert answer.attribute("html", "lang") == "fr"


def test_accounts_of_ones_own(run_sandbox: Start, tmp_path: Path) -> None:
    """With a file of accounts its people sign in, and those of the demonstration do not."""
    person = Person("élise", "Élise <Dite> Lise", "staff", "grand-est", "lycee-1", "lycée", "")
    write_accounts(tmp_path / "accounts.csv", [Account(person, "mot, de passe")])
    sandbox = run_sandbox(accounts=tmp_path / "accounts.csv")
    browser = Browser(sandbox.url)
    assert browser.sign_in("demo-pupil-001").attribute("body", "data-erreur") == "identifiants"
    assert browser.sign_in("élise", "mot, de passe").status == 302
    home = browser.get("/accueil")
    assert (home.identity, home.text("h1")) == ("élise", "Bonjour Élise <Dite> Lise")


def test_who_leaves_in_the_middle_of_a_form_disturbs_nobody(sandbox: RunningSandbox) -> None:
    """A connection that ends before its form is there leaves no trace of an error in the log."""
    head = (
        "POST /connexion HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n\r\njeton="
    )
    address = urlsplit(sandbox.url)
    with socket.create_connection((address.hostname, address.port), timeout=5) as connection:
        connection.sendall(head.encode())
        time.sleep(0.1)
    assert Browser(sandbox.url).get("/connexion").status == 200
    assert (sandbox.work / "sandbox.log").read_text() == ""


def test_the_quota_refuses_with_status_200_and_ghosts_count(run_sandbox: Start) -> None:
    """Full, it refuses with HTTP 200; a closed tab keeps its place, and signing out frees one."""
    sandbox = run_sandbox(quota="{sessions: 200}", scale=0.01)  # two places
    ghost, leaver, third = (Browser(sandbox.url) for _ in range(3))
    late = Browser(sandbox.url)
    late_token = late.get("/connexion").form_token
    ghost.sign_in("demo-pupil-001")
    leaver.sign_in("demo-pupil-002")
    answer = third.get("/connexion")
    assert (answer.status, answer.page, answer.form_token) == (200, "refus", "")
    text = answer.body.decode()
    for words in ("mesures exceptionnelles", "quota", "temps de session", "3 minutes"):
        assert words in text
    form = {"identifiant": "demo-pupil-003", "mot_de_passe": PASSWORD, "jeton": late_token}
    assert late.ask("POST", "/connexion", form).page == "refus"
    leaver.ask("POST", "/deconnexion", {"jeton": leaver.get("/accueil").form_token})
    assert third.sign_in("demo-pupil-004").status == 302
    state = json.loads(third.get("/etat").body)
    assert (state["sessions"], state["refused"], state["quota"]) == (2, 2, 2.0)


def test_a_second_sign_in_of_one_browser_takes_no_second_place(run_sandbox: Start) -> None:
    """Who signs in again with an open session keeps one place, even on a full platform."""
    sandbox = run_sandbox(quota="{sessions: 1}")
    browser = Browser(sandbox.url)
    token = browser.get("/connexion").form_token
    form = {"identifiant": "demo-pupil-001", "mot_de_passe": PASSWORD, "jeton": token}
    assert browser.ask("POST", "/connexion", form).status == 302
    assert browser.get("/connexion").headers["location"] == "/accueil"
    assert browser.ask("POST", "/connexion", form).status == 302
    assert json.loads(browser.get("/etat").body)["sessions"] == 1


def test_the_clock_compresses_the_life_of_sessions(run_sandbox: Start) -> None:
    """At 1 800 times the clock, an idle time of 30 min is over after 1 s."""
    browser = signed_in(run_sandbox(clock=1_800))
    assert browser.get("/accueil").status == 200
    time.sleep(1.2)
    assert browser.get("/accueil").headers["location"] == "/connexion"


def storm(url: str, count: int) -> list[Answer]:
    """So many people ask at once."""
    answers: list[Answer] = []
    people = [
        threading.Thread(target=lambda: answers.append(Browser(url).get("/connexion")))
        for _ in range(count)
    ]
    for person in people:
        person.start()
    for person in people:
        person.join()
    return answers


@pytest.mark.parametrize(("retry_after", "header"), [("none", None), ("30 s", "30")])
def test_beyond_the_queue_it_says_503_at_once(
    run_sandbox: Start, retry_after: str, header: str | None
) -> None:
    """Who finds the queue full is told so at once; `retry_after` is the preset's."""
    sandbox = run_sandbox(servers="1", queue="2", service="400 ms", retry_after=retry_after)
    answers = storm(sandbox.url, 10)
    refused = [answer for answer in answers if answer.status == 503]
    assert len(answers) == 10
    assert 1 <= len(refused) <= 7  # one is served, two wait; 7 unless this machine was very slow
    assert {answer.page for answer in refused} == {"surcharge"}
    assert {answer.headers.get("retry-after") for answer in refused} == {header}
    state = json.loads(Browser(sandbox.url).get("/etat").body)
    assert (state["overloaded"], state["waiting"]) == (len(refused), 0)


def test_the_service_time_is_waited_and_scale_leaves_it_alone(run_sandbox: Start) -> None:
    """At a hundredth of the size a page takes its own service time, not a hundred times it."""
    sandbox = run_sandbox(servers="200", service="300 ms", scale=0.01)
    started = time.monotonic()
    answers = storm(sandbox.url, 2)
    took = time.monotonic() - started
    assert [answer.status for answer in answers] == [200, 200]
    assert took >= 0.3
    facts: dict[str, Any] = json.loads(Browser(sandbox.url).get("/etat").body)
    assert facts["capacity"] == {"servers": 2.0, "queue": 10.0}
    assert (facts["preset"], facts["scale"], facts["steps"]) == ("trial", 0.01, 2)
