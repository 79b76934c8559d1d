"""What a page is made of: loaded several at once, once, and never from elsewhere."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from rentree.client import Client, Failure, Headers
from rentree.client.cache import Cache

if TYPE_CHECKING:
    from tests.client.conftest import Peer, Visit

Serve = Callable[..., "Peer"]
Browse = Callable[..., Client]


def html(count: int) -> str:
    """A page of so many images."""
    return "".join(f'<img src="/{n}.png">' for n in range(count))


def site(count: int, *lines: str, together: int = 1) -> Callable[[Visit], None]:
    """A page of `count` images, answered once `together` of them are asked for at once."""
    gate = threading.Barrier(together)

    def behave(visit: Visit) -> None:
        while request := visit.read():
            if request.startswith("GET / "):
                visit.page(html(count), "Content-Type: text/html")
            else:
                gate.wait(5)
                visit.page("image", *lines)

    return behave


def test_six_at_once_over_connections_that_end_with_the_page(serve: Serve, browse: Browse) -> None:
    """Twelve images by six connections, each used twice; then one is kept."""
    peer = serve(site(12, together=6))
    client = browse(peer.base)
    page = client.get("/")
    assert [asset.body for asset in client.assets(page)] == [b"image"] * 12
    assert len(peer.sources) == 6
    client.get("/")
    assert len(peer.sources) == 6
    assert client.tally.status == 200
    assert len(client.tally.hops) == 14


@pytest.mark.parametrize(
    ("lines", "asked"),
    [
        (["Cache-Control: max-age=60"], 3),
        (["Cache-Control: no-store, max-age=60"], 6),
        (["Cache-Control: no-cache, max-age=60", 'ETag: "1"'], 6),
        ([], 6),
    ],
)
def test_what_is_fresh_is_not_asked_again(
    lines: list[str], asked: int, serve: Serve, browse: Browse
) -> None:
    """Two visits to a page of three images."""
    peer = serve(site(3, *lines))
    client = browse(peer.base)
    for _ in range(2):
        client.assets(client.get("/"))
    images = [request for request in peer.requests if ".png" in request]
    assert len(images) == asked
    assert all(("If-None-Match" in r) == ("ETag" in str(lines)) for r in images[3:])


def test_another_persons_cache_is_another(serve: Serve, browse: Browse) -> None:
    """Who comes anew has nothing yet."""
    peer = serve(site(1, "Cache-Control: max-age=60"))
    for _ in range(2):
        client = browse(peer.base)
        assert len(client.assets(client.get("/"))) == 1


def test_hosts_outside_the_target_are_left_alone(serve: Serve, browse: Browse) -> None:
    """Somebody else's image is not loaded."""

    def behave(visit: Visit) -> None:
        while visit.read():
            visit.page('<img src="http://elsewhere.invalid/1.png"><img src="/2.png">')

    client = browse(serve(behave).base)
    assert [asset.url[-5:] for asset in client.assets(client.get("/"))] == ["2.png"]


def test_the_first_failure_ends_them(serve: Serve, browse: Browse) -> None:
    """A connection that breaks is told; the status of the attempt stays the page's."""

    def behave(visit: Visit) -> None:
        while request := visit.read():
            if not request.startswith("GET / "):
                visit.send(b"nonsense")
                return
            visit.page(html(9))

    client = browse(serve(behave).base)
    page = client.get("/")
    with pytest.raises(Failure, match="malformed answer"):
        client.assets(page)
    assert client.tally.status == 200


def headers(**values: str) -> Headers:
    """Header lines."""
    return Headers([(k.replace("_", "-").encode(), v.encode()) for k, v in values.items()])


@pytest.mark.parametrize(
    ("status", "lines", "fresh_at_59", "fresh_at_60", "question"),
    [
        (200, headers(cache_control="public, max-age=60"), True, False, ""),
        (200, headers(cache_control="max-age=60, no-store"), False, False, ""),
        (200, headers(cache_control="s-maxage=60"), False, False, ""),
        (200, headers(cache_control="max-age=60", vary="*"), False, False, ""),
        (200, headers(etag='"a"'), False, False, 'If-None-Match: "a"\r\n'),
        (200, headers(last_modified="then"), False, False, "If-Modified-Since: then\r\n"),
        (200, headers(etag='"a"', last_modified="then"), False, False, 'If-None-Match: "a"\r\n'),
        (200, headers(etag="a\x07b"), False, False, ""),
        (404, headers(cache_control="max-age=60"), False, False, ""),
    ],
)
def test_how_long_an_asset_is_fresh(
    status: int, lines: Headers, fresh_at_59: bool, fresh_at_60: bool, question: str
) -> None:
    """RFC 9111, as far as a browser that keeps no bodies needs it."""
    now = [0.0]
    cache = Cache(lambda: now[0])
    cache.take("u", status, lines)
    now[0] = 59.9
    assert cache.fresh("u") == fresh_at_59
    now[0] = 60.0
    assert cache.fresh("u") == fresh_at_60
    assert cache.question("u") == question


def test_an_unchanged_asset_is_fresh_again() -> None:
    """A 304 without a validator keeps the old one."""
    now = [0.0]
    cache = Cache(lambda: now[0])
    cache.take("u", 200, headers(cache_control="max-age=10", etag='"a"'))
    now[0] = 11
    assert not cache.fresh("u")
    cache.take("u", 304, headers(cache_control="max-age=10"))
    assert cache.fresh("u")
    assert cache.question("u") == 'If-None-Match: "a"\r\n'
