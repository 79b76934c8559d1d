"""The generic sign-in, on real servers: forms, hidden fields, two pages, SAML, JSON, tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rentree.client import Elsewhere
from rentree.client.login import sign_in, sign_in_json

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rentree.client import Client

    from .conftest import Peer, Visit

HTML = "Content-Type: text/html; charset=utf-8"


def site(pages: Mapping[str, tuple[str, ...]]) -> Callable[[Visit], None]:
    """A server of fixed pages: “METHOD path” → body and header lines; 302 when one is Location."""

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


def test_a_name_that_is_not_known_is_asked_once(
    serve: Callable[..., Peer], browse: Callable[..., Client]
) -> None:
    """The form that comes back is the answer."""
    form = "<form method=post action=/><input name=login></form>"
    peer = serve(site({"GET /": (form,), "POST /": (form,)}))
    client = browse(peer.base)
    sign_in(client, "/", name="ada", password="s")
    assert len(peer.requests) == 2


@pytest.mark.parametrize(
    ("forms", "body"),
    [
        (
            "<form {}><input type=email name=news></form>" + "<form {}><input name=x {}></form>",
            "x=N",
        ),
        ("<form {}><input name=mail><input name=subject></form>", ""),
        ("<form {}><input name=q></form>", ""),
        ("<form {}><input name=q type=search></form><form {}><input name=login></form>", "login=N"),
    ],
)
def test_which_form_asks_for_the_name(
    serve: Callable[..., Peer], browse: Callable[..., Client], forms: str, body: str
) -> None:
    """One field, that of a name; a page's search and its newsletter are left alone."""
    page = forms.replace("{}", "method=post action=/who", 2).format("autocomplete=username")
    peer = serve(site({"GET /": (page,), "POST /who": ("x",)}))
    client = browse(peer.base)
    sign_in(client, "/", name="N", password="P")
    assert [sent(peer, n)[2] for n in range(1, len(peer.requests))] == ([body] if body else [])


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


@pytest.mark.parametrize(
    ("fields", "body"),
    [
        ("<input name=a><input name=b><input type=password name=p><input name=c>", "a=&b=N&p=P&c="),
        (
            "<input name=etab><input name=Username><input type=password name=p>",
            "etab=&Username=N&p=P",
        ),
        (
            "<input name=user><input name=x autocomplete=username><input type=password name=p>",
            "user=&x=N&p=P",
        ),
        ("<input type=email name=z><input type=password name=p>", "z=N&p=P"),
        ("<input type=checkbox name=keep checked><input type=password name=p>", "keep=on&p=P"),
        (
            "<select name=o><option>1<option selected>2</select><input type=password name=p>",
            "o=2&p=P",
        ),
    ],
)
def test_where_the_name_goes(
    serve: Callable[..., Peer], browse: Callable[..., Client], fields: str, body: str
) -> None:
    """The field that says so, or is called so, or stands before the password; others stay."""
    form = f"<form method=post action=/in>{fields}</form>"
    peer = serve(site({"GET /": (form,), "POST /in": ("in",)}))
    client = browse(peer.base)
    sign_in(client, "/", name="N", password="P")
    assert sent(peer, 1)[2] == body


BUTTON = "<form action=/x><input type=hidden name=token><button>Go</button></form>"


def test_an_account_is_not_made(serve: Callable[..., Peer], browse: Callable[..., Client]) -> None:
    """Of two forms, the one that asks for one password only."""
    forms = (
        "<form method=post action=/new><input name=user><input type=password name=p>"
        "<input type=password name=again></form>"
        "<form method=post action=/in><input name=user><input type=password name=p></form>"
    )
    peer = serve(site({"GET /": (forms,), "POST /in": ("in",)}))
    client = browse(peer.base)
    assert sign_in(client, "/", name="ada", password="s").text == "in"


@pytest.mark.parametrize(
    ("page", "onward"),
    [
        ("<form action=/x><input type=hidden name=SAMLRequest value=y></form>", True),
        (f"{BUTTON}<script>f[0].submit()</script>", True),
        (f"<body onload='f.submit()'>{BUTTON}", True),
        (f"{BUTTON}<script>on('submit', f)</script>", False),
        (BUTTON, False),
        ("<form action=/x><input name=q></form><script>f[0].submit()</script>", False),
        ("<form action=/x></form><script>f[0].submit()</script>", False),
        (f"{BUTTON}{BUTTON}<script>f[0].submit()</script>", False),
        ('<meta http-equiv=refresh content="0;url=/x">', True),
        ('<meta http-equiv=refresh content="30;url=/x">', False),
    ],
)
def test_which_pages_lead_on_by_themselves(
    serve: Callable[..., Peer], browse: Callable[..., Client], page: str, onward: bool
) -> None:
    """A button that a person would have to press, as that to sign out, is not pressed."""

    def serve_it(visit: Visit) -> None:
        while request := visit.read():
            visit.page("in" if request.startswith("GET /x") else page, HTML)

    peer = serve(serve_it)
    client = browse(peer.base)
    assert (sign_in(client, "/", name="a", password="b").text == "in") is onward
    assert len(peer.requests) == 1 + onward


def test_across_two_hosts(serve: Callable[..., Peer], browse: Callable[..., Client]) -> None:
    """A form of one host that leads to another tells it the host, and no more of the address."""
    there = serve(site({"POST /acs": ("in",)}), address="127.0.0.2")
    form = f"<form method=post action={there.base}/acs><input type=password name=p></form>"
    here = serve(site({"GET /sso?ticket=secret": (form,)}))
    client = browse(here.base, allow=["127.0.0.2"])
    assert sign_in(client, "/sso?ticket=secret", name="", password="s").text == "in"
    _, headers, _ = sent(there, 0)
    assert headers["Origin"] == here.base
    assert headers["Referer"] == f"{here.base}/"


def test_a_password_goes_to_no_other_host(
    serve: Callable[..., Peer], browse: Callable[..., Client]
) -> None:
    """A form that leads out of the target is not sent."""
    there = serve(site({"POST /in": ("in",)}), address="127.0.0.2")
    form = f"<form method=post action={there.base}/in><input type=password name=p></form>"
    client = browse(serve(site({"GET /": (form,)})).base)
    with pytest.raises(Elsewhere):
        sign_in(client, "/", name="", password="s")
    assert there.sources == []


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


@pytest.mark.parametrize("name", ["csrf-token", "_csrf"])
def test_json_with_a_token_of_the_page(
    serve: Callable[..., Peer], browse: Callable[..., Client], name: str
) -> None:
    """As many frameworks write it into their pages."""
    pages = {"GET /": (f"<meta name={name} content=abc>",), "POST /api": ("{}",)}
    peer = serve(site(pages))
    client = browse(peer.base)
    sign_in_json(client, "/", "/api", fields={})
    assert sent(peer, 1)[1]["X-CSRF-Token"] == "abc"


def test_a_token_of_the_page_cannot_add_a_header(
    serve: Callable[..., Peer], browse: Callable[..., Client]
) -> None:
    """What a page holds never becomes a second line of ours."""
    meta = '<meta name="csrf-token" content="a&#13;&#10;X-Evil: 1">'
    peer = serve(site({"GET /": (meta,), "POST /api": ("{}",)}))
    client = browse(peer.base)
    sign_in_json(client, "/", "/api", fields={})
    assert "X-Evil" not in sent(peer, 1)[1]
