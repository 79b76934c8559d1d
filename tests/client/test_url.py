"""Addresses: what goes into the request line, and what never does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rentree.client.failure import Failure
from rentree.client.url import locate

BASE = "http://ent.test:8080/cas/login?service=x"


@pytest.mark.parametrize(
    ("reference", "text", "origin"),
    [
        ("/home", "http://ent.test:8080/home", "http://ent.test:8080"),
        ("home", "http://ent.test:8080/cas/home", "http://ent.test:8080"),
        ("?a=1", "http://ent.test:8080/cas/login?a=1", "http://ent.test:8080"),
        ("#top", BASE, "http://ent.test:8080"),
        ("", BASE, "http://ent.test:8080"),
        ("../x", "http://ent.test:8080/x", "http://ent.test:8080"),
        ("//SSO.test/x#y", "http://sso.test/x", "http://sso.test:80"),
        ("https://sso.test:443", "https://sso.test/", "https://sso.test:443"),
        ("http://u:p@sso.test/", "http://sso.test/", "http://sso.test:80"),
        ("http://[::1]:81/a", "http://[::1]:81/a", "http://[::1]:81"),
        ("http://école.test/é à?q=ç", "http://xn--cole-9oa.test/%C3%A9%20%C3%A0?q=%C3%A7",
         "http://xn--cole-9oa.test:80"),
        ("/a%20b?t=ST-1%2F2", "http://ent.test:8080/a%20b?t=ST-1%2F2", "http://ent.test:8080"),
        ("/" + "x" * 5_000, "http://ent.test:8080/" + "x" * 5_000, "http://ent.test:8080"),
    ],
)  # fmt: skip
def test_addresses_as_a_browser_reads_them(reference: str, text: str, origin: str) -> None:
    """Relative, absolute, accented, with or without port and fragment."""
    url = locate(BASE, reference)
    assert url.text == text
    assert url.origin == origin


@pytest.mark.parametrize(
    "reference",
    ["mailto:a@b.test", "javascript:void(0)", "https://", "http://[::1", "http://a:99999/",
     "http://a b/", "file:///etc/passwd", "http://" + "a" * 70 + "é.test/", "/" + "x" * 70_000],
)  # fmt: skip
def test_what_is_no_address(reference: str) -> None:
    """Anything but http(s) with a sound host is a failure in words."""
    with pytest.raises(Failure, match="address"):
        locate(BASE, reference)


@given(reference=st.text(max_size=100))
def test_no_address_breaks_out_of_the_request_line(reference: str) -> None:
    """Whatever a page links to, the request line and Host stay one line of ASCII without spaces."""
    try:
        url = locate(BASE, reference)
    except Failure:
        return
    assert url.target.isascii()
    assert not any(sign <= " " or sign == "\x7f" for sign in url.target)
    assert url.target.startswith("/")
    assert url.head.count("\r\n") == 5
