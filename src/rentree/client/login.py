"""Signing in as a browser would, at any platform: an address, a name and a password are enough.

Follows redirects, forms with their hidden fields, a name asked before the password, forms that
submit themselves (SAML), pages that lead on by themselves. Whether the person is then inside is
not for this file to say: the adapter knows what success looks like.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from urllib.parse import unquote

from rentree.client.client import Client
from rentree.client.form import Form
from rentree.client.page import Page

_PAGES_MOST = 12  # of one sign-in, redirects not counted
_TYPED = ("text", "email", "tel", "username")  # kinds of fields that may ask for the name
_NAMES = re.compile(r"user|login|identifi|ident\b|mail|compte|account|name", re.I)
_REFRESH = re.compile(r"\s*0*\s*;\s*url\s*=\s*[\"']?([^\"'>]+)", re.I)
_SUBMITS = re.compile(r"(submit|click)\s*\(\s*\)", re.I)  # what a page's script does to its form
_SAML = {"SAMLRequest", "SAMLResponse"}  # such a form submits itself, whatever its script is
# cookie → the header by which its page's script gives it back
_TOKENS = {
    "_xsrf": "X-XSRFToken",  # Tornado, Jupyter
    "csrftoken": "X-CSRFToken",  # Django
    "XSRF-TOKEN": "X-XSRF-TOKEN",  # Angular, entcore
    "csrf_token": "X-CSRF-Token",
}
_META = 'meta[name="csrf-token"], meta[name="_csrf"]'  # Rails and many; Spring


def sign_in(
    client: Client,
    address: str,
    *,
    name: str,
    password: str,
    inside: Callable[[Page], bool] = lambda _: False,
    through: Callable[[Page], Page] = lambda page: page,
) -> Page:
    """Sign in through the forms that start at `address`, and return where that led.

    `inside` says whether a page shows that the person is in already. `through` gets every page, and
    may bring another: the one behind a queue. The page that comes back may be the form again: then
    the platform did not accept the password. Or it asks for none, as one does that refuses people.

    Raises Failure, the client's.
    """
    page = through(client.get(address))
    named = told = False
    for _ in range(_PAGES_MOST):
        if inside(page):
            break
        if not told and (form := _password_form(page)) is not None:
            following = client.submit(form, **_filled(form, name, password))
            told = True
        elif not (told or named) and (form := _name_form(page)) is not None:
            following = client.submit(form, **_filled(form, name, password))
            named = True
        elif (onward := _onward(client, page)) is not None:
            following = onward
        else:
            break
        page = through(following)
    return page


def sign_in_json(
    client: Client,
    page: str,
    api: str,
    *,
    fields: Mapping[str, str],
    through: Callable[[Page], Page] = lambda page: page,
) -> Page:
    """Sign in as a page's script does: load the page, then send its JSON with the page's token.

    The anti-forgery token is a cookie or a `<meta>`, and goes into the header that its framework
    reads. `through` is as in `sign_in`.

    Raises Failure, the client's.
    """
    loaded = through(client.get(page))
    headers = {
        header: unquote(value)
        for cookie, header in _TOKENS.items()
        if (value := client.cookie(cookie))
    }
    if token := loaded.attribute(_META, "content"):
        headers.setdefault("X-CSRF-Token", token)
    return through(client.post_json(api, dict(fields), headers))


def _password_form(page: Page) -> Form | None:
    """The form that asks for a password; one that asks for two makes an account, or changes it."""
    asking = [form for form in _forms(page) if "password" in form.kinds.values()]
    once = [form for form in asking if list(form.kinds.values()).count("password") == 1]
    return next(iter(once or asking), None)


def _name_form(page: Page) -> Form | None:
    """A form that asks for the name only, as the first of two pages does."""
    found: list[tuple[bool, Form]] = []
    for form in _forms(page):
        asked = [field for field, kind in form.kinds.items() if kind in _TYPED]
        if len(asked) == 1 and (form.kinds[asked[0]] != "text" or _NAMES.search(asked[0])):
            found.append((form.kinds[asked[0]] == "username", form))
    # A page says `username` of one form; else the first, though it may be that of a newsletter.
    return max(found, key=lambda pair: pair[0])[1] if found else None


def _filled(form: Form, name: str, password: str) -> dict[str, str]:
    """The fields that a person fills in: the name where one is asked, the password.

    The name's field is told, or called so, or the last that is typed before the password.
    """
    filled: dict[str, str] = {}
    typed: list[str] = []
    for field, kind in form.kinds.items():
        if kind == "password":
            filled[field] = password
        elif kind in _TYPED and not filled:
            typed.append(field)
    told = [field for field in typed if form.kinds[field] == "username"]
    likely = told or [field for field in typed if _NAMES.search(field)] or typed[-1:]
    return ({likely[0]: name} if likely else {}) | filled


def _onward(client: Client, page: Page) -> Page | None:
    """Where a page leads by itself: its only form, which submits itself, or a refresh."""
    forms = _forms(page)
    if len(forms) == 1 and _submits_itself(page, forms[0]):
        return client.submit(forms[0])
    for node in page.tree.css("meta[http-equiv]")[:10]:
        if (node.attributes.get("http-equiv") or "").lower() == "refresh":
            found = _REFRESH.fullmatch(node.attributes.get("content") or "")
            if found:
                return client.get(found[1].strip())
    return None


def _submits_itself(page: Page, form: Form) -> bool:
    if not {"hidden"} <= set(form.kinds.values()) <= {"hidden", "submit"}:
        return False
    if not _SAML.isdisjoint(form.kinds):
        return True
    if _SUBMITS.search(page.attribute("body", "onload") or ""):
        return True
    return any(_SUBMITS.search(node.text()) for node in page.tree.css("script")[:50])


def _forms(page: Page) -> list[Form]:
    return page.forms() if "html" in (page.headers.get("content-type") or "html") else []
