"""The generic sign-in against real servers: forms, hidden fields, two pages, SAML, JSON with a token."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rentree.client.login import sign_in, sign_in_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from rentree.client import Client
    from tests.client.conftest import Peer, Visit

HTML = "Content-Type: text/html; charset=utf-8"


def site(pages: dict[str, tuple[str, ...]]) -> Callable[[Visit], None]:
    """A server of fixed pages: “METHOD path” → body and header lines; a 3xx when Location is one."""

    def serve(visit: Visit) -> None:
        while request := visit.read():
            method, path, _ = request.split(" ", 2)
            body, *lines = pages[f"{method} {path}"]
            moved = any(line.startswith("Location") for line in lines)
            visit.page(body, HTML, *lines, status="302 Found" if moved else "200 OK")

    return serve


def sent(peer: Peer, number: int) -> tuple[str, dict[str, str], str]:
    """The request line, header lines and body of a request that a server got."""
    head, _, body = peer.requests[number].partition("\r\n\r\n")
    line, *lines = head.split("\r\n")
    return line, dict(x.split(": ", 1) for x in lines), body


def test_a_form_with_hidden_fields(
    serve: Callable[..., Peer], browse: Callable[..., Client]
) -> None:
    """Name and password go where they are asked for; hidden fields and the button stay."""
    form = (
        '<form method=post action=/in><input type=hidden name=_xsrf value="2|a&amp;b">'
        "<input name=q type=search><input name=identifiant><input type=password name=mdp>"
        "<button type=submit name=go value=1>Entrer</button></form>"
    )
    peer = serve(
        site({"GET /": ("", "Location: /login"), "GET /login": (form,), "POST /in": ("in",)})
    )
    client = browse(peer.base)
    page = sign_in(client, "/", name="ada@x.invalid", password="a b&c")
    assert page.text == "in"
    line, headers, body = sent(peer, 2)
    assert line == "POST /in HTTP/1.1"
    assert body == "_xsrf=2%7Ca%26b&q=&identifiant=ada%40x.invalid&mdp=a+b%26c&go=1"
    assert headers["Referer"] == f"{peer.base}/login"
    assert headers["Origin"] == peer.base


def test_a_password_alone(serve: Callable[..., Peer], browse: Callable[..., Client]) -> None:
    """Some applications know one password for all."""
    form = "<form method=post action=/in><input type=password name=password></form>"
    peer = serve(site({"GET /": (form,), "POST /in": ("in",)}))
    client = browse(peer.base)
    assert sign_in(client, "/", name="", password="secret").text == "in"
    assert sent(peer, 1)[2] == "password=secret"


def test_the_name_is_asked_first(serve: Callable[..., Peer], browse: Callable[..., Client]) -> None:
    """Two pages: the name, then the password."""
    pages = {
        "GET /": ("<form method=post action=/who><input type=email name=mail></form>",),
        "POST /who": ("<form method=post action=/in><input type=password name=p></form>",),
        "POST /in": ("in",),
    }
    peer = serve(site(pages))
    client = browse(peer.base)
    assert sign_in(client, "/", name="ada", password="s").text == "in"
    assert [sent(peer, n)[2] for n in (1, 2)] == ["mail=ada", "p=s"]


def test_forms_that_submit_themselves(
    serve: Callable[..., Peer], browse: Callable[..., Client]
) -> None:
    """As SAML goes: there with a request, back with an assertion, on by a refresh of 0 s."""
    login = "<form method=post action=/idp><input name=username><input type=password name=p></form>"
    saml = (
        "<body onload='document.forms[0].submit()'><form method=post action=/{}>"
        "<input type=hidden name=SAMLResponse value=x><input type=submit value=Continue></form>"
    )
    pages = {
        "GET /": (saml.format("sso"),),
        "POST /sso": (login,),
        "POST /idp": (saml.format("acs"),),
        "POST /acs": ('<meta http-equiv=refresh content="0; url=/portal">',),
        "GET /portal": ("in",),
    }
    peer = serve(site(pages))
    client = browse(peer.base)
    assert sign_in(client, "/", name="ada", password="s").text == "in"
    assert len(peer.requests) == 5


def test_a_refused_password_is_asked_once(
    serve: Callable[..., Peer], browse: Callable[..., Client]
) -> None:
    """The form that comes back is the answer: nobody hammers an account."""
    form = "<form method=post action=/><input name=user><input type=password name=p></form>"
    peer = serve(site({"GET /": (form,), "POST /": (form,)}))
    client = browse(peer.base)
    page = sign_in(client, "/", name="ada", password="no")
    assert "type=password" in page.text
    assert len(peer.requests) == 2


def test_a_page_that_asks_for_nothing_is_returned(
    serve: Callable[..., Peer], browse: Callable[..., Client]
) -> None:
    """A refusal, say: the adapter reads it. A form that does not submit itself is left alone."""
    peer = serve(
        site({"GET /": ("<form action=/search><input type=hidden name=a></form>Complet",)})
    )
    client = browse(peer.base)
    assert "Complet" in sign_in(client, "/", name="a", password="b").text
    assert len(peer.requests) == 1


def test_pages_that_lead_on_for_ever_end(
    serve: Callable[..., Peer], browse: Callable[..., Client]
) -> None:
    """Twelve pages, then whatever is there is the answer."""
    peer = serve(site({"GET /": ('<meta http-equiv="Refresh" content="0;URL=/">',)}))
    client = browse(peer.base)
    sign_in(client, "/", name="a", password="b")
    assert len(peer.requests) == 13


@pytest.mark.parametrize(
    ("cookie", "header"),
    [
        ("_xsrf", "X-XSRFToken"),
        ("csrftoken", "X-CSRFToken"),
        ("XSRF-TOKEN", "X-XSRF-TOKEN"),
    ],
)
def test_json_with_a_token(
    serve: Callable[..., Peer], browse: Callable[..., Client], cookie: str, header: str
) -> None:
    """The token of the page's cookie comes back in the header that its framework reads."""
    pages = {"GET /": ("x", f"Set-Cookie: {cookie}=a%3Db; Path=/"), "POST /api": ("{}",)}
    peer = serve(site(pages))
    client = browse(peer.base)
    sign_in_json(client, "/", "/api", fields={"user": "é", "pass": "s"})
    _, headers, body = sent(peer, 1)
    assert headers[header] == "a=b"
    assert headers["Content-Type"] == "application/json"
    assert body == '{"user": "\\u00e9", "pass": "s"}'


def test_a_token_of_the_page_cannot_add_a_header(
    serve: Callable[..., Peer], browse: Callable[..., Client]
) -> None:
    """What a page holds never becomes a second line of ours."""
    meta = '<meta name="csrf-token" content="a&#13;&#10;X-Evil: 1">'
    peer = serve(site({"GET /": (meta,), "POST /api": ("{}",)}))
    client = browse(peer.base)
    sign_in_json(client, "/", "/api", fields={})
    assert "X-Evil" not in sent(peer, 1)[1]
