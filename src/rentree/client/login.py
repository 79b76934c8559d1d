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
_NAMES = re.compile(r"user|login|identifi|ident\b|mail|compte|account|name", re.I)
_REFRESH = re.compile(r"\s*0*\s*;\s*url\s*=\s*[\"']?([^\"'>]+)", re.I)
# cookie → the header by which its page's script gives it back
_TOKENS = {
    "_xsrf": "X-XSRFToken",  # Tornado, Jupyter
    "csrftoken": "X-CSRFToken",  # Django
    "XSRF-TOKEN": "X-XSRF-TOKEN",  # Angular, entcore
    "csrf_token": "X-CSRF-Token",
}


def sign_in(
    client: Client,
    address: str,
    *,
    name: str,
    password: str,
    inside: Callable[[Page], bool] = lambda _: False,
) -> Page:
    """Sign in through the forms that start at `address`, and return where that led.

    `inside` says whether a page shows that the person is in already. The page that comes back may
    be the form again: then the platform did not accept the password. Or it asks for none, as a
    page that refuses people.

    Raises Failure, the client's.
    """
    page = client.get(address)
    named = told = False
    for _ in range(_PAGES_MOST):
        form = None if told else _password_form(page)
        if inside(page):
            return page
        if form is not None:
            page = client.submit(form, **_filled(form, name, password))
            told = True
        elif not (told or named) and (form := _name_form(page)) is not None:
            page = client.submit(form, **_filled(form, name, ""))
            named = True
        elif (onward := _onward(client, page)) is not None:
            page = onward
        else:
            break
    return page


def sign_in_json(client: Client, page: str, api: str, *, fields: Mapping[str, str]) -> Page:
    """Sign in as a page's script does: load the page, then send its JSON with the page's token.

    The anti-forgery token is a cookie or a `<meta name="csrf-token">`, and goes into the header
    that the cookie's framework reads.

    Raises Failure, the client's.
    """
    loaded = client.get(page)
    headers = {
        header: unquote(value)
        for cookie, header in _TOKENS.items()
        if (value := client.cookie(cookie))
    }  # fmt: skip
    token = loaded.attribute('meta[name="csrf-token"]', "content")
    if token:
        headers.setdefault("X-CSRF-Token", token)
    return client.post_json(api, dict(fields), headers)


def _password_form(page: Page) -> Form | None:
    return next((f for f in _forms(page) if "password" in f.kinds.values()), None)


def _name_form(page: Page) -> Form | None:
    """A form that asks for the name only, as the first of two pages does."""
    for form in _forms(page):
        asked = [name for name, kind in form.kinds.items() if kind in _TYPED]
        if len(asked) == 1 and (form.kinds[asked[0]] != "text" or _NAMES.search(asked[0])):
            return form
    return None


_TYPED = ("text", "email", "tel", "username")


def _filled(form: Form, name: str, password: str) -> dict[str, str]:
    """The fields that a person fills in: the name where one is asked, the password."""
    filled = {field: password for field, kind in form.kinds.items() if kind == "password"}
    typed = [field for field, kind in form.kinds.items() if kind in _TYPED]
    told = [field for field in typed if form.kinds[field] == "username"]
    likely = told or [field for field in typed if _NAMES.search(field)] or typed
    return ({likely[0]: name} if likely else {}) | filled


def _onward(client: Client, page: Page) -> Page | None:
    """Where a page leads by itself: a form of hidden fields that submits itself, or a refresh."""
    forms = _forms(page)
    if forms and set(forms[0].kinds.values()) <= {"hidden", "submit"} and _submits_itself(page):
        return client.submit(forms[0])
    for node in page.tree.css("meta[http-equiv]")[:10]:
        if (node.attributes.get("http-equiv") or "").lower() == "refresh":
            found = _REFRESH.fullmatch(node.attributes.get("content") or "")
            if found:
                return client.get(found[1].strip())
    return None


def _submits_itself(page: Page) -> bool:
    if "submit" in (page.attribute("body", "onload") or ""):
        return True
    return any("submit" in node.text() for node in page.tree.css("script")[:50])


def _forms(page: Page) -> list[Form]:
    return page.forms() if "html" in (page.headers.get("content-type") or "html") else []
