"""The ways in: by clients that no one here wrote, and by ours that is told nothing else."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import cas
import pytest
from tests.sandbox.people import clock, do, person
from tests.sandbox.test_app import PASSWORD, Answer, Browser, signed_in

from rentree.client import Client, Page
from rentree.client.login import sign_in
from rentree.sandbox.ours import facts_of
from rentree.sandbox.process import RunningSandbox

Start = Callable[..., RunningSandbox]
FAMILIES = {
    "local": "",
    "cas": "sign_in: cas",
    "saml": "sign_in: saml",
    "saml by académie": "sign_in: saml\nidentity_providers: academies",
}


@pytest.fixture(scope="module", params=["local", "cas"])
def family(request: pytest.FixtureRequest, run_sandbox: Start) -> RunningSandbox:
    """A sandbox of each family of sign-in."""
    return run_sandbox(more=FAMILIES[request.param])


class Service(BaseHTTPRequestHandler):
    """A service of somebody else's, which hears of sign-outs."""

    heard: ClassVar[list[str]] = []

    def do_POST(self) -> None:
        """Single sign-out."""
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        Service.heard += parse_qs(body).get("logoutRequest", [])
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def service() -> Iterator[str]:
    """Its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    Service.heard.clear()
    yield f"http://127.0.0.1:{server.server_port}/appli?a=1"
    server.shutdown()
    server.server_close()


def cas_sign_in(sandbox: RunningSandbox, service: str) -> tuple[Browser, Answer]:
    """A browser's way from a service to the CAS server, through whatever form, and its end."""
    browser = Browser(sandbox.url)
    at = f"/cas/login?service={quote(service)}"
    while (answer := browser.get(at)).status == 302:
        at = answer.headers["location"]
    form = {"identifiant": "demo-pupil-001", "mot_de_passe": PASSWORD, "jeton": answer.form_token}
    form["callback"] = answer.attribute('input[name="callback"]', "value") or ""
    action = answer.attribute("main form", "action") or ""
    answer = browser.ask("POST", action, form)
    while answer.headers["location"].startswith("/"):
        answer = browser.get(answer.headers["location"])
    return browser, answer


def test_python_cas_gets_in(family: RunningSandbox, service: str) -> None:
    """A CAS client that no one here wrote: to the form, back with a ticket, validated, once."""
    client = cas.CASClient(version=3, service_url=service, server_url=f"{family.url}/cas/")
    assert client.get_login_url() == f"{family.url}/cas/login?{urlencode({'service': service})}"
    _, answer = cas_sign_in(family, service)
    query = parse_qs(urlsplit(answer.headers["location"]).query)
    assert query["a"] == ["1"]
    user, attributes, _ = client.verify_ticket(query["ticket"][0])
    assert user == "demo-pupil-001"
    assert attributes["role"] == "pupil"
    assert client.verify_ticket(query["ticket"][0])[0] is None, "a ticket is good once"
    assert client.verify_ticket("ST-made-up")[0] is None


def test_single_sign_on_and_out(family: RunningSandbox, service: str) -> None:
    """A second service asks for no password; at the end each hears that it is over."""
    client = cas.CASClient(version=3, service_url=service, server_url=f"{family.url}/cas/")
    browser, answer = cas_sign_in(family, service)
    tickets = [parse_qs(urlsplit(answer.headers["location"]).query)["ticket"][0]]
    second = browser.get(f"/cas/login?service={quote(service)}")
    assert second.status == 302
    tickets += parse_qs(urlsplit(second.headers["location"]).query)["ticket"]
    assert [client.verify_ticket(ticket)[0] for ticket in tickets] == ["demo-pupil-001"] * 2
    unused = parse_qs(
        urlsplit(browser.get(f"/cas/login?service={quote(service)}").headers["location"]).query
    )["ticket"][0]
    assert browser.get("/cas/logout").page == "au-revoir"
    assert len(Service.heard) == 2
    assert all(any(ticket in heard for heard in Service.heard) for ticket in tickets)
    assert client.verify_ticket(unused)[0] is None, "a ticket dies with its session"
    after = browser.get(f"/cas/login?service={quote(service)}")
    assert "ticket=" not in after.headers.get("location", "")


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", "INVALID_REQUEST"), ("ticket=ST-x", "INVALID_REQUEST"),
        ("ticket=ST-x&service=http://127.0.0.1/", "INVALID_TICKET"),
    ],
)  # fmt: skip
def test_what_cannot_be_validated_is_told_by_its_code(
    sandbox: RunningSandbox, query: str, code: str
) -> None:
    """As the protocol names them."""
    answer = Browser(sandbox.url).get(f"/cas/serviceValidate?{query}")
    assert answer.status == 200
    assert f'code="{code}"' in answer.body.decode()


def test_a_ticket_is_for_one_service(sandbox: RunningSandbox, service: str) -> None:
    """Another cannot use it, and has spoilt it."""
    _, answer = cas_sign_in(sandbox, service)
    ticket = parse_qs(urlsplit(answer.headers["location"]).query)["ticket"][0]
    other = f"/cas/serviceValidate?ticket={ticket}&service=http://127.0.0.1:1/"
    assert "INVALID_SERVICE" in Browser(sandbox.url).get(other).body.decode()
    own = f"/cas/serviceValidate?{urlencode({'ticket': ticket, 'service': service})}"
    assert "INVALID_TICKET" in Browser(sandbox.url).get(own).body.decode()
    assert facts_of(sandbox.url)["forged"]


@pytest.mark.parametrize(
    "service", ["https://example.org/", "http://198.51.100.1/", "javascript:alert(1)", "//x", "[::"]
)
def test_nobody_is_sent_elsewhere(sandbox: RunningSandbox, service: str) -> None:
    """A service of another machine is not known; a callback is a path of ours."""
    browser = signed_in(sandbox)
    assert browser.get(f"/cas/login?service={quote(service)}").status == 403
    back = browser.get(f"/connexion?callback={quote(service)}").headers["location"]
    assert back == "/accueil"


@pytest.mark.parametrize("name", FAMILIES)
def test_the_generic_sign_in_gets_in(run_sandbox: Start, name: str) -> None:
    """Told nothing but address, name and password (and, of several providers, which link)."""
    sandbox = run_sandbox(more=FAMILIES[name])
    client = Client(base=sandbox.url, allow=["127.0.0.2"], clock=clock)
    start = "/saml/connexion?idp=demonstration" if "académie" in name else "/"
    client.begin("0" * 31 + "1", clock() + 10_000_000)

    def inside(page: Page) -> bool:
        return page.attribute("meta[name=identite]", "content") == "demo-pupil-001"

    page = sign_in(client, start, name="demo-pupil-001", password=PASSWORD, inside=inside)
    assert inside(page)
    client.close()


def test_it_comes_back_to_where_it_was_going(sandbox: RunningSandbox) -> None:
    """A callback (family B) leads on to the page that was asked for."""
    browser = Browser(sandbox.url)
    token = browser.get("/connexion?callback=/devoirs").form_token
    form = {"identifiant": "demo-pupil-001", "mot_de_passe": PASSWORD, "jeton": token}
    answer = browser.ask("POST", "/connexion", {**form, "callback": "/devoirs"})
    assert answer.headers["location"] == "/devoirs"


@pytest.mark.parametrize("name", FAMILIES)
def test_our_people_get_in(run_sandbox: Start, name: str) -> None:
    """By the adapter that we ship; a wrong password is told in the same words everywhere."""
    sandbox = run_sandbox(more=FAMILIES[name])
    pupil = person(sandbox.url, allow=["127.0.0.2"])
    assert do(pupil, "sign in").outcome == "ok"
    assert do(pupil, "home").outcome == "ok"
    other = person(sandbox.url, 1, allow=["127.0.0.2"], secret="wrong")
    answer = do(other, "sign in")
    assert (answer.outcome, answer.why) == ("error", "the platform does not accept the password")


def test_another_way_in_is_no_way_around(run_sandbox: Start) -> None:
    """Where people come by SAML or CAS, a form posted to the portal's door opens nothing."""
    for more in ("sign_in: cas", "sign_in: saml"):
        browser = Browser(run_sandbox(more=more).url)
        form = {"identifiant": "demo-pupil-001", "mot_de_passe": PASSWORD, "jeton": "x"}
        assert browser.ask("POST", "/connexion", form).status == 404


def test_the_quota_holds_for_federated_people(run_sandbox: Start) -> None:
    """They are turned away when they come back, after their provider's work (domain.md 2.4)."""
    sandbox = run_sandbox(more="sign_in: saml", quota="{sessions: 1}")
    signed = person(sandbox.url, allow=["127.0.0.2"])
    assert do(signed, "sign in").outcome == "ok"
    assert do(person(sandbox.url, 1, allow=["127.0.0.2"]), "sign in").outcome == "refused"
