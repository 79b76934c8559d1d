"""The identity provider: a service provider that no one here wrote, and assertions that are not."""

from __future__ import annotations

import base64
import contextlib
import html
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from saml2 import BINDING_HTTP_POST, BINDING_HTTP_REDIRECT
from saml2.client import Saml2Client
from saml2.config import SPConfig
from tests.sandbox.test_app import PASSWORD, Browser

from rentree.sandbox.accounts import demo_accounts
from rentree.sandbox.ask import fetch
from rentree.sandbox.idp.keys import Keys, keys_in
from rentree.sandbox.idp.messages import (
    Request,
    WrongMessageError,
    decode_request,
    encode_request,
    parse,
    read_response,
    service_metadata,
    services_of,
    signed_response,
)
from rentree.sandbox.ours import facts_of
from rentree.sandbox.process import READY, RunningSandbox

Start = Callable[..., RunningSandbox]
PUPIL = demo_accounts()[0].person
ACS, SERVICE, ISSUER = "http://127.0.0.1:1/acs", "http://127.0.0.1:1/sp", "http://127.0.0.2:1/idp"
ASKED = Request("_asked", SERVICE, ACS)


def answer_of(location: str) -> tuple[str, dict[str, str]]:
    """Through the provider's form at an address: where the assertion goes, and its fields."""
    parts = urlsplit(location)
    browser = Browser(f"{parts.scheme}://{parts.netloc}")
    page = browser.get(f"{parts.path}?{parts.query}")
    form = {
        name: page.attribute(f'input[name="{name}"]', "value") or ""
        for name in ("jeton", "SAMLRequest", "RelayState")
    }
    action = page.attribute("main form", "action") or ""
    done = browser.ask("POST", action, {**form, "j_username": PUPIL.login, "j_password": PASSWORD})
    assert done.page == "reprise", done.body.decode()
    fields = dict(
        re.findall(r'name="(SAMLResponse|RelayState)" value="([^"]*)"', done.body.decode())
    )
    return done.attribute("main form", "action") or "", {
        k: html.unescape(v) for k, v in fields.items()
    }


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`--only idp`, for one service: its address."""
    work = tmp_path_factory.mktemp("idp")
    (work / "sp.xml").write_bytes(service_metadata(SERVICE, ACS))
    command = [sys.executable, "-m", "rentree.sandbox.idp", "--work", str(work)]
    with (work / "log").open("w") as log:
        child = subprocess.Popen(
            [*command, "--metadata-in", str(work / "sp.xml")], stdout=log, stderr=log
        )
    try:
        for _ in range(500):
            if (work / READY).exists() or child.poll() is not None:
                break
            subprocess.run(["sleep", "0.02"], check=True)
        yield json.loads((work / READY).read_text(encoding="utf-8"))["url"]
    finally:
        child.terminate()
        child.wait(10)


def test_pysaml2_gets_in(provider: str, tmp_path: Path) -> None:
    """A service provider that no one here wrote: metadata, request, signature by xmlsec1."""
    assert shutil.which("xmlsec1"), "tests/system-packages.sh installs it"
    metadata = tmp_path / "idp.xml"
    metadata.write_bytes(fetch(provider, "/educonnect/metadata"))
    config = SPConfig().load(
        {
            "entityid": SERVICE,
            "allow_unknown_attributes": True,
            "service": {
                "sp": {
                    "endpoints": {"assertion_consumer_service": [(ACS, BINDING_HTTP_POST)]},
                    "allow_unsolicited": False,
                    "want_response_signed": False,
                    "want_assertions_signed": True,
                }
            },
            "metadata": {"local": [str(metadata)]},
        }
    )
    client = Saml2Client(config)
    request_id, info = client.prepare_for_authenticate(
        entityid=f"{provider}/educonnect/metadata", relay_state="back",
        binding=BINDING_HTTP_REDIRECT, response_binding=BINDING_HTTP_POST,
    )  # fmt: skip
    to, fields = answer_of(dict(info["headers"])["Location"])
    assert (to, fields["RelayState"]) == (ACS, "back")
    told = client.parse_authn_request_response(
        fields["SAMLResponse"], BINDING_HTTP_POST, {request_id: "/"}
    )
    assert told.get_subject().text == PUPIL.login
    assert told.ava["displayName"] == [PUPIL.name]


@pytest.mark.parametrize(
    "asked",
    [
        Request("_x", "http://127.0.0.1:1/other", ACS),
        Request("_x", SERVICE, "http://127.0.0.1:1/elsewhere"),
        Request("_x", SERVICE, "https://example.org/acs"),
    ],
)
def test_only_the_service_of_the_metadata_is_answered(provider: str, asked: Request) -> None:
    """And only where its metadata says."""
    query = urlencode({"SAMLRequest": encode_request(asked, provider)})
    assert Browser(provider).get(f"/educonnect/SSO?{query}").status == 403


@pytest.mark.parametrize("text", ["", "x", "%%%", base64.b64encode(b"plain").decode()])
def test_what_is_no_request_is_refused(provider: str, text: str) -> None:
    """With a page."""
    answer = Browser(provider).get(f"/educonnect/SSO?SAMLRequest={text}")
    assert (answer.status, answer.page) == (403, "erreur")


def test_a_bomb_is_not_inflated() -> None:
    """What unpacks to more than a message may hold is refused."""
    bomb = encode_request(Request("_x", "s" * 5_000_000, ACS), ISSUER)
    assert len(bomb) < 20_000
    with pytest.raises(WrongMessageError):
        decode_request(bomb)


@pytest.mark.parametrize(
    "data",
    [
        b"", b"<a", b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
        b"<!DOCTYPE a><a/>", b"\xff\xfe", "a",
    ],
)  # fmt: skip
def test_xml_of_strangers(data: bytes) -> None:
    """No entities, no document types."""
    with pytest.raises(WrongMessageError):
        parse(data)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    """A provider's."""
    return keys_in(tmp_path_factory.mktemp("keys"))


def read(text: str, keys: Keys, **other: str) -> str:
    """Whose an assertion is, for the service that asked."""
    told = {"issuer": ISSUER, "audience": SERVICE, "acs": ACS, **other}
    return read_response(text, certificate=keys.certificate, **told).login


def test_an_assertion_proves_its_person(keys: Keys) -> None:
    """As it was signed."""
    assert read(signed_response(PUPIL, ASKED, ISSUER, keys), keys) == PUPIL.login


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ({"issuer": "http://127.0.0.2:1/other"}, "another issuer"),
        ({"audience": "http://127.0.0.1:1/other"}, "another audience"),
        ({"acs": "http://127.0.0.1:1/other"}, "another recipient"),
    ],
)
def test_an_assertion_for_somebody_else(keys: Keys, other: dict[str, str], words: str) -> None:
    """Signed and of now, and not for us."""
    with pytest.raises(WrongMessageError, match=words):
        read(signed_response(PUPIL, ASKED, ISSUER, keys), keys, **other)


def changed(text: str, old: bytes, new: bytes) -> str:
    """The same answer with something else in it."""
    data = base64.b64decode(text)
    assert old in data
    return base64.b64encode(data.replace(old, new)).decode()


def test_forged_assertions(keys: Keys, tmp_path: Path) -> None:
    """Another's key, a changed name, no signature, a wrapped one: none proves anybody."""
    genuine = signed_response(PUPIL, ASKED, ISSUER, keys)
    login = PUPIL.login.encode()
    data = base64.b64decode(genuine)
    unsigned = re.sub(rb"<ds:Signature.*?</ds:Signature>", b"", data, flags=re.S)
    assertion = re.search(rb"<saml:Assertion.*</saml:Assertion>", data, re.S)
    assert assertion is not None
    forged = re.sub(rb"<ds:Signature.*?</ds:Signature>", b"", assertion[0], flags=re.S)
    forged = forged.replace(login, b"demo-teacher-01").replace(b' ID="_', b' ID="_0')
    wrapped = data.replace(b"<saml:Assertion", forged + b"<saml:Assertion", 1)
    for text in (
        signed_response(PUPIL, ASKED, ISSUER, keys_in(tmp_path)),
        changed(genuine, login, b"demo-pupil-002"),
        base64.b64encode(unsigned).decode(),
        "",
        "é",
        "x" * 200_000,
    ):
        with pytest.raises(WrongMessageError):
            read(text, keys)
    # Wrapped around a genuine one, what was forged is not what is read.
    with contextlib.suppress(WrongMessageError):
        assert read(base64.b64encode(wrapped).decode(), keys) == PUPIL.login


def test_too_late(keys: Keys, monkeypatch: pytest.MonkeyPatch) -> None:
    """Five minutes and a little after it was made."""
    import rentree.sandbox.idp.messages as module  # noqa: PLC0415

    monkeypatch.setattr(module, "LIFE", -120)
    with pytest.raises(WrongMessageError, match="too late"):
        read(signed_response(PUPIL, ASKED, ISSUER, keys), keys)


def test_metadata_without_a_service_is_told() -> None:
    """A file that is not the right one is no silent consent to everybody."""
    assert services_of(service_metadata(SERVICE, ACS)) == {SERVICE: [ACS]}
    with pytest.raises(WrongMessageError, match="no service provider"):
        services_of(b"<a/>")


def test_an_assertion_is_good_once(run_sandbox: Start) -> None:
    """Replayed, or asked for by nobody, it opens nothing: 403, and counted."""
    sandbox = run_sandbox(more="sign_in: saml")
    browser = Browser(sandbox.url)
    location = browser.get(browser.get("/connexion").headers["location"]).headers["location"]
    assert urlsplit(location).hostname == "127.0.0.2"
    assert "RelayState" not in parse_qs(urlsplit(location).query)
    to, fields = answer_of(location)
    assert to == f"{sandbox.url}/saml/acs"
    first = browser.ask("POST", "/saml/acs", fields)
    assert (first.status, first.headers["location"]) == (302, "/accueil")
    assert browser.get("/accueil").identity == PUPIL.login
    again = Browser(sandbox.url).ask("POST", "/saml/acs", fields)
    assert (again.status, again.page) == (403, "erreur")
    assert facts_of(sandbox.url)["forged"] == 1
