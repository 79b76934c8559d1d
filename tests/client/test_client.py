"""A person's way through a platform: redirects, cookies, forms, routes, and what it is told of."""

from __future__ import annotations

import re
import sys
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import gevent
import pytest

from rentree import __version__
from rentree.client import Client, Failure, File
from rentree.client.names import Names

if TYPE_CHECKING:
    from tests.client.conftest import Peer, Visit

Serve = Callable[..., "Peer"]
Browse = Callable[..., Client]
TRACE = "0af7651916cd43dd8448eb211c80319c"


def ent(visit: Visit) -> None:
    """A portal whose sign-in goes through redirects, cookies and a form with hidden fields."""
    while request := visit.read():
        line = request.split("\r\n", 1)[0]
        if line.startswith("GET /home ") and "session=s1" not in request:
            visit.page("", "Location: login?service=%2Fhome#here", status="302 Found")
        elif line.startswith("GET /login?"):
            visit.page(
                '<form method="post" action="/login"><input type="hidden" name="lt" value="LT-é">'
                '<input name="username"><input type="password" name="password"></form>',
                "Set-Cookie: asked=1; Path=/login",
            )
        elif line.startswith("POST /login "):
            lines = ("Set-Cookie: session=s1; Path=/; HttpOnly", "Set-Cookie: asked=; Max-Age=0")
            visit.page("", *lines, f"Location: {visit.peer.base}/home", status="303 See Other")
        else:
            visit.page("<title>Accueil</title>", "Content-Type: text/html; charset=utf-8")


def test_a_sign_in_through_redirects_cookies_and_a_form(serve: Serve, browse: Browse) -> None:
    """A person is sent to sign in, fills in the form, and arrives with a session."""
    peer = serve(ent)
    client = browse(peer.base)
    page = client.get("/home")
    assert page.url == f"{peer.base}/login?service=%2Fhome"
    page = client.submit(page.form(with_field="password"), username="elève", password="a&b=c")
    assert page.url == f"{peer.base}/home"
    assert page.text == "<title>Accueil</title>"
    posted = peer.requests[2]
    assert "Cookie: asked=1\r\n" in posted
    assert "Content-Type: application/x-www-form-urlencoded\r\n" in posted
    assert posted.endswith("\r\n\r\nlt=LT-%C3%A9&username=el%C3%A8ve&password=a%26b%3Dc")
    assert peer.requests[3].startswith("GET /home ")
    assert "Cookie: session=s1\r\n" in peer.requests[3]
    assert peer.sources == ["127.0.0.1"]  # four requests, one connection
    assert [hop[:3] for hop in client.tally.hops] == [
        ("GET", "/home", 302),
        ("GET", "/login", 200),
        ("POST", "/login", 303),
        ("GET", "/home", 200),
    ]


def test_what_every_request_says(serve: Serve, browse: Browse) -> None:
    """Host, who we are, our language, one trace with a new span each, and the mark."""
    peer = serve(ent)
    client = browse(peer.base, mark="probe")
    client.get("/a?b=c")
    client.get("/a?b=c")
    spans = set()
    for request in peer.requests:
        assert request.startswith("GET /a?b=c HTTP/1.1\r\n")
        for line in (
            f"Host: 127.0.0.1:{peer.port}",
            f"User-Agent: Rentree/{__version__}",
            "Accept-Language: fr",
            "Accept-Encoding: gzip, deflate",
            "Rentree-Mark: probe",
        ):
            assert f"\r\n{line}\r\n" in request
        found = re.search(rf"\r\ntraceparent: 00-{TRACE}-([0-9a-f]{{16}})-01\r\n", request)
        assert found is not None
        spans.add(found[1])
    assert len(spans) == 2
    assert "0" * 16 not in spans


@pytest.mark.parametrize(
    ("status", "method", "after"),
    [
        (301, "POST", "GET"),
        (302, "POST", "GET"),
        (303, "POST", "GET"),
        (307, "POST", "POST"),
        (308, "POST", "POST"),
        (307, "GET", "GET"),
        (303, "GET", "GET"),
    ],
)
def test_methods_change_as_in_browsers(
    serve: Serve, browse: Browse, status: int, method: str, after: str
) -> None:
    """301 to 303 turn a POST into a GET; 307 and 308 send it again, whole."""

    def behave(visit: Visit) -> None:
        visit.read()
        visit.page("", "Location: /next", status=f"{status} Elsewhere")
        visit.read()
        visit.page()

    peer = serve(behave)
    client = browse(peer.base)
    page = client.get("/") if method == "GET" else client.post("/", {"a": "1"})
    assert page.status == 200
    assert peer.requests[1].startswith(f"{after} /next ")
    assert peer.requests[1].endswith("\r\n\r\na=1" if after == "POST" else "\r\n\r\n")


def test_a_redirect_in_utf8_and_one_without_address(serve: Serve, browse: Browse) -> None:
    """Raw accents in a Location are percent-encoded; a 302 that leads nowhere is a page."""

    def behave(visit: Visit) -> None:
        while request := visit.read():
            lines = ["Location: /élève?x=é"] if request.startswith("GET / ") else []
            visit.page("here", *lines, status="302 Found")

    page = browse(serve(behave).base).get("/")
    assert page.url.endswith("/%C3%A9l%C3%A8ve?x=%C3%A9")
    assert (page.status, page.body) == (302, b"here")


def test_a_redirect_loop_ends(serve: Serve, browse: Browse) -> None:
    """Ten redirects are followed, the eleventh is a failure; each one was timed."""

    def behave(visit: Visit) -> None:
        while visit.read():
            visit.page("", "Location: /again", status="302 Found")

    peer = serve(behave)
    client = browse(peer.base)
    with pytest.raises(Failure, match="too many redirects"):
        client.get("/")
    assert len(peer.requests) == len(client.tally.hops) == 11


@pytest.mark.parametrize("allowed", [True, False])
def test_other_hosts_only_when_they_are_of_the_target(
    serve: Serve, browse: Browse, allowed: bool
) -> None:
    """A redirect to a named host is followed; to any other, no connection is even tried."""
    sso = serve(ent, address="127.0.0.2")

    def behave(visit: Visit) -> None:
        visit.read()
        visit.page("", f"Location: {sso.base}/cas", status="302 Found")

    client = browse(serve(behave).base, allow=["127.0.0.2"] if allowed else [])
    if allowed:
        assert client.get("/").url == f"{sso.base}/cas"
        return
    with pytest.raises(Failure, match="redirect to a host that is not part of the target"):
        client.get("/")
    with pytest.raises(Failure, match="address of a host that is not part of the target"):
        client.get(f"{sso.base}/picture.png")
    assert sso.sources == []
    assert len(client.tally.hops) == 1


def test_addresses_are_relative_to_the_last_page(serve: Serve, browse: Browse) -> None:
    """What follows a redirect starts from where it led."""

    def behave(visit: Visit) -> None:
        while request := visit.read():
            if request.startswith("GET /old"):
                visit.page("", "Location: /new/index", status="301 Moved")
            else:
                visit.page()

    peer = serve(behave)
    client = browse(peer.base)
    client.get("/old")
    assert client.get("news").url == f"{peer.base}/new/news"


def test_a_form_that_is_sent_by_get(serve: Serve, browse: Browse) -> None:
    """Its fields replace the query of its action."""
    peer = serve(
        lambda visit: (visit.read(), visit.page('<form action="/q?old=1#x"><input name=a>'))
    )
    client = browse(peer.base)
    form = client.get("/").form()
    client.submit(form, a="é", b="2")
    assert peer.requests[1].startswith("GET /q?a=%C3%A9&b=2 HTTP/1.1")


def test_the_tally_tells_the_times_in_their_order(serve: Serve, browse: Browse) -> None:
    """Sent, first byte of the first answer, and the hops: what the server waited shows in each."""

    def behave(visit: Visit) -> None:
        for lines, status in ((["Location: /b"], "302 Found"), ([], "200 OK")):
            visit.read()
            time.sleep(0.03)
            visit.send(b"HTTP/1.1 ")
            time.sleep(0.05)
            head = "\r\n".join([status, *lines, "Content-Length: 5"])
            visit.send(head.encode() + b"\r\n\r\nhello")

    client = browse(serve(behave).base)
    before = time.monotonic_ns() // 1_000
    client.get("/")
    after = time.monotonic_ns() // 1_000
    tally = client.tally
    assert tally.sent is not None
    assert tally.first_byte is not None
    assert before <= tally.sent
    assert tally.first_byte - tally.sent >= 30_000
    assert tally.first_byte + 130_000 <= after
    first, second = (hop[3] for hop in tally.hops)
    assert min(first, second) >= 80_000
    assert first + second <= after - tally.sent
    assert (tally.status, tally.address, tally.done) == (200, "127.0.0.1", None)
    sent = b"HTTP/1.1 302 Found\r\nLocation: /b\r\nContent-Length: 5\r\n\r\nhello"
    sent += b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
    assert tally.bytes == len(sent)


def test_a_new_attempt_has_a_new_tally(serve: Serve, browse: Browse) -> None:
    """What one attempt cost is not charged to the next; the cookies stay."""
    peer = serve(ent)
    client = browse(peer.base)
    client.get("/a")
    old = client.tally
    client.begin(TRACE, time.monotonic_ns() // 1_000 + 5_000_000)
    assert client.tally.sent is None
    assert client.tally.hops == []
    assert len(old.hops) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux owns all of 127.0.0.0/8 at once")
def test_people_of_one_school_share_an_address(serve: Serve, browse: Browse) -> None:
    """A straight connection to loopback comes from the person's source address."""
    peer = serve(ent)
    client = browse(peer.base, source="127.4.5.6", forwarded_for=True)
    client.get("/")
    assert peer.sources == ["127.4.5.6"]
    assert client.tally.address == "127.4.5.6"
    assert "X-Forwarded-For" not in peer.requests[0]


def test_an_address_that_is_not_ours_accuses_our_machine(serve: Serve, browse: Browse) -> None:
    """When the source cannot be bound, it is said that the fault is ours."""
    with pytest.raises(Failure, match="our machine has no such address") as caught:
        browse(serve(ent).base, source="192.0.2.1").get("/")
    assert caught.value.ours


@pytest.mark.parametrize("forwarded", [True, False])
def test_a_route_changes_the_connection_and_nothing_else(
    serve: Serve, browse: Browse, forwarded: bool
) -> None:
    """URL and Host stay the real ones; the source is told instead of bound, where wanted."""
    peer = serve(ent)
    routes = {("ent.test", 80): ("127.0.0.1", peer.port)}
    client = browse("http://ent.test", routes=routes, source="127.4.5.6", forwarded_for=forwarded)
    assert client.get("/x").url == "http://ent.test/x"
    assert "\r\nHost: ent.test\r\n" in peer.requests[0]
    assert ("\r\nX-Forwarded-For: 127.4.5.6\r\n" in peer.requests[0]) is forwarded
    assert peer.sources == ["127.0.0.1"]


def test_ipv6(serve: Serve, browse: Browse) -> None:
    """An IPv6 address is connected to and named in brackets."""
    try:
        peer = serve(ent, address="::1")
    except OSError:
        pytest.skip("this machine has no ::1")
    client = browse(peer.base, source="127.4.5.6")  # of another family: not bound
    client.get("/")
    assert f"\r\nHost: [::1]:{peer.port}\r\n" in peer.requests[0]
    assert client.tally.address == "::1"


def test_the_next_address_of_a_name_is_tried(serve: Serve, browse: Browse) -> None:
    """A name with a dead address first is reached at its second."""
    peer = serve(ent)

    def lookup(host: str, port: None, *, type: int) -> list[object]:  # noqa: A002
        return [(0, type, 0, "", (address, 0)) for address in ("127.0.0.9", "127.0.0.1")]

    client = browse(f"http://ent.test:{peer.port}", names=Names(lookup=lookup))
    assert client.get("/").status == 200


def test_one_person_waits_while_another_is_served(serve: Serve, browse: Browse) -> None:
    """Two people of one thread are served at once: the server answers when both have come."""
    both = threading.Barrier(2, timeout=5)

    def behave(visit: Visit) -> None:
        visit.read()
        both.wait()
        visit.page()

    peer = serve(behave)
    statuses: list[int] = []
    people = [
        gevent.spawn(lambda: statuses.append(browse(peer.base).get("/").status)) for _ in range(2)
    ]
    gevent.joinall(people, raise_error=True)
    assert statuses == [200, 200]


def test_a_value_as_json(serve: Serve, browse: Browse) -> None:
    """With the headers of the caller, whose values stay one line."""
    peer = serve(ent)
    client = browse(peer.base)
    client.post_json("/api", {"é": [1]}, {"X-One": "a\r\nX-Two: b"})
    head, _, body = peer.requests[0].partition("\r\n\r\n")
    assert body == '{"\\u00e9": [1]}'
    assert "Content-Type: application/json\r\n" in head + "\r\n"
    assert "X-One: aX-Two: b" in head.split("\r\n")


def test_a_page_may_read_its_cookies(serve: Serve, browse: Browse) -> None:
    """Those that would be sent with a request for it."""
    set_them = ("Set-Cookie: a=1; Path=/", "Set-Cookie: b=2; Path=/elsewhere")
    peer = serve(lambda visit: (visit.read(), visit.page("x", *set_them)))
    client = browse(peer.base)
    assert client.cookie("a") is None
    client.get("/")
    assert (client.cookie("a"), client.cookie("b")) == ("1", None)


def test_nothing_is_sent_that_is_not_permitted(serve: Serve, browse: Browse) -> None:
    """Each request is asked for, a redirect too; what may not go is our own failure."""

    def behave(visit: Visit) -> None:
        while visit.read():
            visit.page("", "Location: /again", status="302 Found")

    peer = serve(behave)
    left = [True, True]
    client = browse(peer.base, permit=lambda: bool(left) and left.pop())
    with pytest.raises(Failure, match="ceiling of the authorisation is reached") as caught:
        client.get("/")
    assert caught.value.ours
    assert len(peer.requests) == 2


def test_a_form_with_files(serve: Serve, browse: Browse) -> None:
    """As browsers send it: fields first, names escaped, the file's bytes untouched."""

    def behave(visit: Visit) -> None:
        while request := visit.read():
            visit.page("" if request.startswith("POST") else '<form method="post"><input name=t>')

    peer = serve(behave)
    client = browse(peer.base)
    form = client.get("/").form()
    client.submit(form, ("devoir", File('l"été.txt', b"\x00\r\n\xff", "text/plain")), t="a\nb")
    head, _, body = peer.requests[-1].partition("\r\n\r\n")
    edge = head.partition("boundary=")[2].partition("\r\n")[0]
    assert f"Content-Length: {len(body)}" in head
    assert (
        body.encode("latin-1")
        == (
            f'--{edge}\r\nContent-Disposition: form-data; name="t"\r\n\r\na\r\nb\r\n'
            f'--{edge}\r\nContent-Disposition: form-data; name="devoir"; filename="l%22été.txt"\r\n'
            f"Content-Type: text/plain\r\n\r\n"
        ).encode()
        + b"\x00\r\n\xff\r\n"
        + f"--{edge}--\r\n".encode()
    )
