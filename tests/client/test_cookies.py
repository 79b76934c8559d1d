"""Cookies as browsers keep, send and drop them (RFC 6265)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rentree.client.cookies import Cookies, parse

NOW = 1_617_865_200.0  # 8 April 2021, 09:00 in Paris


def jar() -> Cookies:
    """A jar whose clock stands."""
    return Cookies(lambda: NOW)


@pytest.mark.parametrize(
    ("line", "seen_at", "sent_to", "expected"),
    [
        pytest.param("a=1", "http://ent.test/", "http://ent.test/x", "a=1", id="plain"),
        pytest.param("a=1", "http://ent.test/", "http://sub.ent.test/", "", id="host only"),
        pytest.param(
            "a=1; Domain=.ent.test", "http://ent.test/", "http://sub.ent.test/", "a=1", id="domain"
        ),
        pytest.param(
            "a=1; Domain=ent.test", "http://ent.test/", "http://notent.test/", "", id="suffix only"
        ),
        pytest.param(
            "a=1; Domain=other.test", "http://ent.test/", "http://other.test/", "", id="foreign"
        ),
        pytest.param(
            "a=1; Domain=test", "http://ent.test/", "http://ent.test/", "", id="one label"
        ),
        pytest.param(
            "a=1; Domain=localhost", "http://localhost/", "http://localhost/", "a=1", id="own label"
        ),
        pytest.param(
            "a=1; Domain=127.0.0.1",
            "http://127.0.0.1/",
            "http://127.0.0.1/",
            "a=1",
            id="own address",
        ),
        pytest.param(
            "a=1; Domain=0.0.1", "http://127.0.0.1/", "http://127.0.0.1/", "", id="part of address"
        ),
        pytest.param(
            "a=1", "http://e.test/cas/login", "http://e.test/cas/x", "a=1", id="default path"
        ),
        pytest.param(
            "a=1", "http://e.test/cas/login", "http://e.test/", "", id="beside default path"
        ),
        pytest.param(
            "a=1; Path=/cas", "http://e.test/", "http://e.test/cas", "a=1", id="path itself"
        ),
        pytest.param(
            "a=1; Path=/cas", "http://e.test/", "http://e.test/cash", "", id="path prefix"
        ),
        pytest.param(
            "a=1; Path=cas", "http://e.test/", "http://e.test/x", "a=1", id="path without /"
        ),
        pytest.param("a=1; Secure", "https://e.test/", "https://e.test/", "a=1", id="secure"),
        pytest.param("a=1; Secure", "https://e.test/", "http://e.test/", "", id="secure in clear"),
        pytest.param(
            "a=1; Secure", "http://e.test/", "https://e.test/", "", id="secure set in clear"
        ),
        pytest.param(
            "a=1; HttpOnly; SameSite=Lax", "http://e.test/", "http://e.test/", "a=1", id="more"
        ),
        pytest.param("a=1; Max-Age=1", "http://e.test/", "http://e.test/", "a=1", id="lives"),
        pytest.param("a=1; Max-Age=0", "http://e.test/", "http://e.test/", "", id="zero age"),
        pytest.param(
            "a=1; Expires=Thu, 08-Apr-2021 06:59:59 GMT",
            "http://e.test/",
            "http://e.test/",
            "",
            id="expired, with dashes",
        ),
        pytest.param(
            "a=1; Expires=Thu, 08 Apr 21 07:00:01 GMT",
            "http://e.test/",
            "http://e.test/",
            "a=1",
            id="two digits of year",
        ),
        pytest.param(
            "a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=9",
            "http://e.test/",
            "http://e.test/",
            "a=1",
            id="age beats date",
        ),
        pytest.param(
            "a=1; Expires=tomorrow", "http://e.test/", "http://e.test/", "a=1", id="no date"
        ),
        pytest.param(
            "a=1; Expires=Wed, 31 Feb 2020 00:00:00 GMT",
            "http://e.test/",
            "http://e.test/",
            "a=1",
            id="no such day: for the session",
        ),
        pytest.param("a=b=c", "http://e.test/", "http://e.test/", "a=b=c", id="equals in value"),
        pytest.param('a="q"', "http://e.test/", "http://e.test/", 'a="q"', id="quotes are kept"),
        pytest.param("a", "http://e.test/", "http://e.test/", "", id="no equals sign"),
        pytest.param("=1", "http://e.test/", "http://e.test/", "", id="no name"),
        pytest.param("a=1\r\nX: 1", "http://e.test/", "http://e.test/", "", id="line break"),
        pytest.param("a=" + "x" * 5000, "http://e.test/", "http://e.test/", "", id="too large"),
        pytest.param(
            "__Host-a=1; Secure; Path=/",
            "https://e.test/",
            "https://e.test/",
            "__Host-a=1",
            id="__Host-",
        ),
        pytest.param(
            "__Host-a=1; Secure",
            "https://e.test/x/y",
            "https://e.test/x/y",
            "",
            id="__Host- elsewhere",
        ),
        pytest.param(
            "__Secure-a=1", "https://e.test/", "https://e.test/", "", id="__Secure- without"
        ),
    ],
)
def test_what_is_sent_back(line: str, seen_at: str, sent_to: str, expected: str) -> None:
    """A cookie goes to the hosts, paths and schemes it is for, while it lives, and nowhere else."""
    cookies = jar()
    cookies.receive(line, *_cut(seen_at))
    assert cookies.header(*_cut(sent_to)) == (f"Cookie: {expected}\r\n" if expected else "")


def _cut(url: str) -> tuple[str, str, bool]:
    scheme, _, rest = url.partition("://")
    host, _, path = rest.partition("/")
    return host, "/" + path, scheme == "https"


def test_longer_paths_come_first_then_older_ones() -> None:
    """The order of RFC 6265, 5.4, which some platforms rely on."""
    cookies = jar()
    for line in ("a=1; Path=/", "b=1; Path=/", "c=1; Path=/cas", "a=2; Path=/"):
        cookies.receive(line, "e.test", "/", False)
    assert cookies.header("e.test", "/cas/login", False) == "Cookie: c=1; a=2; b=1\r\n"


def test_a_cookie_is_deleted_by_an_age_of_zero() -> None:
    """Signing out takes the session away, although the line to send was made before."""
    cookies = jar()
    cookies.receive("s=1; Path=/", "e.test", "/", False)
    assert cookies.header("e.test", "/", False)
    cookies.receive("s=; Path=/; Max-Age=0", "e.test", "/out", False)
    assert cookies.header("e.test", "/", False) == ""
    assert len(cookies) == 0


def test_a_cookie_expires_by_the_wall_clock() -> None:
    """What was sent a second ago is no longer sent once its time has come."""
    now = [NOW]
    cookies = Cookies(lambda: now[0])
    cookies.receive("a=1; Max-Age=10", "e.test", "/", False)
    cookies.receive("b=1", "e.test", "/", False)
    now[0] += 9.9
    assert cookies.header("e.test", "/", False) == "Cookie: a=1; b=1\r\n"
    now[0] += 0.1
    assert cookies.header("e.test", "/", False) == "Cookie: b=1\r\n"


def test_a_jar_is_bounded() -> None:
    """A platform that sets a new cookie with each answer fills no memory; the oldest goes."""
    cookies = jar()
    for number in range(1_000):
        cookies.receive(f"n{number}=1", "e.test", "/", False)
    assert len(cookies) == 180
    assert "n999=1" in cookies.header("e.test", "/", False)
    assert "n0=1" not in cookies.header("e.test", "/", False)


@given(line=st.text(max_size=200), path=st.text(max_size=20).map(lambda text: "/" + text))
def test_no_line_makes_it_fail(line: str, path: str) -> None:
    """Any Set-Cookie is kept or ignored, and nothing kept can break out of its header line."""
    cookie = parse(line, host="ent.test", path=path, secure=True, now=NOW)
    if cookie is not None:
        assert not set("\r\n\0;") & set(cookie.name + cookie.value)
