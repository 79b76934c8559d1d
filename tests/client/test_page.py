"""What a person reads of an answer: text, forms, elements, assets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rentree.client import Failure, Headers, Page

LOGIN = """<!doctype html><html><head><base href="/cas/"><title>Connexion</title>
<link rel="stylesheet" href="s.css"><link rel="icon" href="i.ico"><script src="/a.js"></script>
</head><body><img src="logo.png"><img src="logo.png"><img src="data:image/png;base64,AA=="><img>
<form action="/search"><input name="q"></form>
<form method="POST" action="login?x=1&amp;y=2#f">
 <input type="hidden" name="execution" value="e1s1&amp;"><input name="username">
 <input type="password" name="password"><input type="checkbox" name="stay" checked>
 <input type="checkbox" name="warn" value="true"><input name="off" value="1" disabled>
 <input type="file" name="upload"><textarea name="note">deux
mots</textarea>
 <select name="profile"><option value="p">Élève<option selected>Parent</select>
 <select name="lang"><option value="fr">Français</option></select>
 <button name="_eventId" value="submit">Se connecter</button>
 <button name="other" value="1"></button>
</form></body></html>"""


def page(body: bytes | str = LOGIN, kind: str = "text/html; charset=utf-8") -> Page:
    """An answer with this body."""
    raw = body.encode() if isinstance(body, str) else body
    headers = Headers([(b"content-type", kind.encode()), (b"x", b"1"), (b"x", b" 2 ")])
    return Page("http://ent.test/portal/index", 200, headers, raw)


def test_headers_are_found_in_any_case() -> None:
    """Header names have no case; a name may come several times."""
    headers = page().headers
    assert headers.get("Content-TYPE") == "text/html; charset=utf-8"
    assert headers.get_all("X") == ["1", "2"]
    assert headers.get("absent", "none") == "none"
    assert headers.get("absent") is None


def test_a_login_form_is_read_as_the_browser_would_send_it() -> None:
    """Hidden fields, defaults and the first button stay; the disabled and the unchecked do not."""
    form = page().form(with_field="password")
    assert form.action == "http://ent.test/cas/login?x=1&y=2"
    assert form.method == "post"
    assert form.fields == {
        "execution": "e1s1&",
        "username": "",
        "password": "",
        "stay": "on",
        "note": "deux\nmots",
        "profile": "Parent",
        "lang": "fr",
        "_eventId": "submit",
    }
    assert [form.method for form in page().forms()] == ["get", "post"]


def test_a_form_without_action_goes_to_its_own_page() -> None:
    """An empty action is the page's own address, whatever <base> says."""
    form = page('<base href="/elsewhere/"><form method="post"><input name="a"></form>').form()
    assert form.action == "http://ent.test/portal/index"


def test_a_missing_form_is_a_wrong_page() -> None:
    """A sign-in page that has no password field says so, with its status and path."""
    with pytest.raises(LookupError, match=r"no form with a field 'password' .*200 /portal/index"):
        page("<form></form>").form(with_field="password")


def test_elements_by_selector() -> None:
    """A selector finds the first element, its text and its attributes."""
    seen = page()
    title = seen.css_first("title")
    assert title is not None
    assert title.text() == "Connexion"
    assert seen.attribute("input[name=execution]", "value") == "e1s1&"
    assert seen.attribute("input[name=nothing]", "value") is None
    assert seen.css_first("video") is None


def test_assets_are_absolute_and_counted_once() -> None:
    """Images, scripts and style sheets, under the page's <base>; data: and icons left out."""
    assert page().assets() == [
        "http://ent.test/cas/s.css",
        "http://ent.test/a.js",
        "http://ent.test/cas/logo.png",
    ]


def test_assets_are_bounded() -> None:
    """A page of ten thousand pictures yields five hundred."""
    assert len(page("".join(f"<img src={n}>" for n in range(10_000))).assets()) == 500


@pytest.mark.parametrize(
    ("body", "kind", "text"),
    [
        ("élève".encode(), "text/html; charset=UTF-8", "élève"),
        ("élève".encode(), "text/html", "élève"),
        ("élève €".encode("cp1252"), 'text/html; charset="ISO-8859-1"', "élève €"),
        ("é€".encode("iso-8859-15"), "text/html; charset=iso-8859-15", "é€"),
        (b'<meta charset="latin1">' + b"\xe9", "text/html", '<meta charset="latin1">é'),
        ("é".encode("utf-8-sig"), "text/html; charset=iso-8859-1", "é"),
        ("é".encode("utf-16"), "text/html", "é"),
        (b"\xff\xfea", "text/html", "\ufffd"),
        (b"a\xe9", "text/html", "a\ufffd"),
        (b"xx", "text/html; charset=punycode", "xx"),
        (b"xx", "text/html; charset=iso-8859-99", "xx"),
    ],
)
def test_text_by_its_charset(body: bytes, kind: str, text: str) -> None:
    """BOM, header, page, UTF-8: in this order; codecs that are no charsets are not used."""
    assert page(body, kind).text == text


def test_json_or_a_wrong_page() -> None:
    """JSON is read; what is none, or bottomless, is said in words."""
    assert page('{"a": [1]}', "application/json").json() == {"a": [1]}
    for body in ("<html>", "", "[" * 100_000):
        with pytest.raises(ValueError, match="not JSON"):
            page(body).json()


@given(body=st.one_of(st.binary(max_size=200), st.text(max_size=200).map(str.encode)))
def test_no_page_makes_it_fail(body: bytes) -> None:
    """Any bytes can be looked at as a page; only Failure is raised."""
    for raw in (body, b"<form action='" + body, b"<base href='" + body + b"'><img src=x><form>"):
        seen = page(raw, "text/html")
        assert isinstance(seen.assets(), list)
        try:
            assert isinstance(seen.forms(), list)
        except Failure as failure:
            assert "address" in failure.why  # noqa: PT017  # only for a form that leads nowhere


@pytest.mark.parametrize(
    ("words", "there"),
    [
        ("l’ENT est restreint", True),
        ("l&rsquo;ENT", True),
        ("est\u00a0 restreint", True),
        ("a < b", True),
        ("&lt;", True),
        ("l'ENT", False),
        ("estrestreint", False),
        ("document", True),
    ],
)
def test_words_stand_in_a_page(words: str, there: bool) -> None:
    """However the page writes its signs and spaces; scripts are looked at too."""
    source = "<p>L’accès à l&rsquo;ENT\n  est&nbsp;restreint : a &lt; b<script>document</script>"
    assert page(source).says(words) is there
