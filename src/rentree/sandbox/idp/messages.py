"""SAML 2.0 messages: read with suspicion, written with a signature (OASIS saml-core-2.0-os).

Profile: Web Browser SSO, request by redirect, response by post (saml-profiles-2.0-os, 4.1).
"""

from __future__ import annotations

import base64
import binascii
import datetime
import secrets
import zlib
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from lxml import etree
from signxml.exceptions import InvalidInput, InvalidSignature
from signxml.signer import XMLSigner
from signxml.verifier import XMLVerifier

from rentree.sandbox.accounts import Person
from rentree.sandbox.idp.keys import Keys

LARGEST = 64 * 1024  # bytes of a message, inflated
LIFE = 300  # s for which an assertion is good
_SKEW = 60  # s that clocks may differ
NS = {
    "samlp": "urn:oasis:names:tc:SAML:2.0:protocol",
    "saml": "urn:oasis:names:tc:SAML:2.0:assertion",
    "md": "urn:oasis:names:tc:SAML:2.0:metadata",
    "ds": "http://www.w3.org/2000/09/xmldsig#",
}
_XMLNS = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in NS.items())
_BEARER = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
_POST = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
_REDIRECT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
_BASIC = "urn:oasis:names:tc:SAML:2.0:attrname-format:basic"
_UNSPECIFIED = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"


class WrongMessageError(Exception):
    """A message that is not one, or not for us; says why in few words, for the log."""


@dataclass(frozen=True)
class Request:
    """An AuthnRequest: who asks, and where the answer goes."""

    id: str
    issuer: str
    acs: str


def parse(data: bytes) -> etree._Element:
    """XML of a stranger: no entities, no network, no huge trees. Raises WrongMessageError."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise WrongMessageError("not XML") from error
    if data.lstrip()[:200].find(b"<!DOCTYPE") >= 0 or b"<!ENTITY" in data:
        raise WrongMessageError("a document type")
    return root


def encode_request(request: Request, destination: str) -> str:
    """An AuthnRequest as the redirect binding has it: deflated, base64."""
    xml = (
        f"<samlp:AuthnRequest {_XMLNS} ID={quoteattr(request.id)} Version='2.0'"
        f" IssueInstant='{_time(0)}' Destination={quoteattr(destination)}"
        f" AssertionConsumerServiceURL={quoteattr(request.acs)} ProtocolBinding='{_POST}'>"
        f"<saml:Issuer>{escape(request.issuer)}</saml:Issuer></samlp:AuthnRequest>"
    )
    packed = zlib.compressobj(wbits=-15)
    return base64.b64encode(packed.compress(xml.encode()) + packed.flush()).decode()


def decode_request(text: str) -> Request:
    """The AuthnRequest of a redirect. Raises WrongMessageError."""
    try:
        unpack = zlib.decompressobj(wbits=-15)
        data = unpack.decompress(base64.b64decode(text, validate=True), LARGEST)
    except (binascii.Error, zlib.error, ValueError) as error:
        raise WrongMessageError("not a deflated message") from error
    root = parse(data)
    if root.tag != f"{{{NS['samlp']}}}AuthnRequest":
        raise WrongMessageError("not an AuthnRequest")
    issuer = root.findtext("saml:Issuer", "", NS).strip()
    acs = root.get("AssertionConsumerServiceURL") or ""
    return Request(root.get("ID") or "", issuer, acs)


def signed_response(person: Person, request: Request, issuer: str, keys: Keys) -> str:
    """The answer to a request: a Response whose assertion is signed, base64."""
    answer, assertion = f"_{secrets.token_hex(16)}", f"_{secrets.token_hex(16)}"
    facts = {"uid": person.login, "displayName": person.name, "role": person.role}
    attributes = "".join(
        f"<saml:Attribute Name={quoteattr(name)} NameFormat='{_BASIC}'>"
        f"<saml:AttributeValue>{escape(value)}"
        "</saml:AttributeValue></saml:Attribute>"
        for name, value in facts.items()
    )
    to, audience = quoteattr(request.acs), escape(request.issuer)
    xml = (
        f"<samlp:Response {_XMLNS} ID='{answer}' Version='2.0' IssueInstant='{_time(0)}'"
        f" Destination={to} InResponseTo={quoteattr(request.id)}>"
        f"<saml:Issuer>{escape(issuer)}</saml:Issuer><samlp:Status><samlp:StatusCode"
        " Value='urn:oasis:names:tc:SAML:2.0:status:Success'/></samlp:Status>"
        f"<saml:Assertion ID='{assertion}' Version='2.0' IssueInstant='{_time(0)}'>"
        f"<saml:Issuer>{escape(issuer)}</saml:Issuer><ds:Signature Id='placeholder'/>"
        f"<saml:Subject><saml:NameID Format='{_UNSPECIFIED}'>{escape(person.login)}</saml:NameID>"
        f"<saml:SubjectConfirmation Method='{_BEARER}'><saml:SubjectConfirmationData"
        f" InResponseTo={quoteattr(request.id)} Recipient={to} NotOnOrAfter='{_time(LIFE)}'/>"
        "</saml:SubjectConfirmation></saml:Subject>"
        f"<saml:Conditions NotBefore='{_time(-_SKEW)}' NotOnOrAfter='{_time(LIFE)}'>"
        f"<saml:AudienceRestriction><saml:Audience>{audience}</saml:Audience>"
        "</saml:AudienceRestriction></saml:Conditions>"
        f"<saml:AuthnStatement AuthnInstant='{_time(0)}' SessionIndex='{assertion}'>"
        "<saml:AuthnContext><saml:AuthnContextClassRef>"
        "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"
        "</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>"
        f"<saml:AttributeStatement>{attributes}</saml:AttributeStatement>"
        "</saml:Assertion></samlp:Response>"
    )
    signer = XMLSigner(c14n_algorithm="http://www.w3.org/2001/10/xml-exc-c14n#")
    signed = signer.sign(
        parse(xml.encode()),
        key=keys.signing,
        cert=keys.certificate.decode(),
        reference_uri=assertion,
    )
    return base64.b64encode(etree.tostring(signed)).decode()


@dataclass(frozen=True)
class Proven:
    """What a signed assertion says."""

    login: str
    in_response_to: str
    id: str


def read_response(text: str, *, certificate: bytes, issuer: str, audience: str, acs: str) -> Proven:
    """What the signature covers, and nothing else, once it is found to be for us and of now.

    Raises:
        WrongMessageError: not signed by that certificate, for another service, or too late.
    """
    try:
        data = base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise WrongMessageError("not base64") from error
    if len(data) > LARGEST:
        raise WrongMessageError("too large")
    try:
        verified = XMLVerifier().verify(
            parse(data), x509_cert=certificate.decode(), expect_references=1
        )
    except (InvalidSignature, InvalidInput, ValueError, etree.LxmlError) as error:
        raise WrongMessageError("not signed by that provider") from error
    assertion = (verified[0] if isinstance(verified, list) else verified).signed_xml
    if assertion is None or assertion.tag != f"{{{NS['saml']}}}Assertion":
        raise WrongMessageError("what is signed is no assertion")
    confirmation = assertion.find(".//saml:SubjectConfirmationData", NS)
    conditions = assertion.find("saml:Conditions", NS)
    if confirmation is None or conditions is None:
        raise WrongMessageError("neither confirmed nor bounded")
    told = {
        "issuer": (assertion.findtext("saml:Issuer", "", NS).strip(), issuer),
        "audience": (assertion.findtext(".//saml:Audience", "", NS).strip(), audience),
        "recipient": (confirmation.get("Recipient"), acs),
    }
    for what, (is_, should) in told.items():
        if is_ != should:
            raise WrongMessageError(f"for another {what}")
    now = datetime.datetime.now(datetime.UTC)
    skew = datetime.timedelta(seconds=_SKEW)
    for node in (confirmation, conditions):
        if now >= _read_time(node.get("NotOnOrAfter")) + skew:
            raise WrongMessageError("too late")
    if (begin := conditions.get("NotBefore")) and now < _read_time(begin) - skew:
        raise WrongMessageError("too soon")
    login = assertion.findtext("saml:Subject/saml:NameID", "", NS)
    return Proven(login, confirmation.get("InResponseTo") or "", assertion.get("ID") or "")


def provider_metadata(entity: str, sso: str, keys: Keys) -> bytes:
    """The identity provider's metadata."""
    lines = keys.certificate.decode().strip().splitlines()[1:-1]
    return (
        f"<md:EntityDescriptor {_XMLNS} entityID={quoteattr(entity)}>"
        "<md:IDPSSODescriptor protocolSupportEnumeration='urn:oasis:names:tc:SAML:2.0:protocol'>"
        "<md:KeyDescriptor use='signing'><ds:KeyInfo><ds:X509Data><ds:X509Certificate>"
        f"{''.join(lines)}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>"
        f"<md:NameIDFormat>{_UNSPECIFIED}</md:NameIDFormat>"
        f"<md:SingleSignOnService Binding='{_REDIRECT}' Location={quoteattr(sso)}/>"
        "</md:IDPSSODescriptor></md:EntityDescriptor>"
    ).encode()


def service_metadata(entity: str, acs: str) -> bytes:
    """A service provider's metadata."""
    return (
        f"<md:EntityDescriptor {_XMLNS} entityID={quoteattr(entity)}>"
        "<md:SPSSODescriptor protocolSupportEnumeration='urn:oasis:names:tc:SAML:2.0:protocol'"
        " WantAssertionsSigned='true'>"
        f"<md:AssertionConsumerService Binding='{_POST}' Location={quoteattr(acs)} index='0'/>"
        "</md:SPSSODescriptor></md:EntityDescriptor>"
    ).encode()


def services_of(metadata: bytes) -> dict[str, list[str]]:
    """Entity → where its assertions may be sent, of a metadata file. Raises WrongMessageError."""
    root = parse(metadata)
    known: dict[str, list[str]] = {}
    for entity in root.iter(f"{{{NS['md']}}}EntityDescriptor"):
        found = entity.iterfind("md:SPSSODescriptor/md:AssertionConsumerService", NS)
        known[entity.get("entityID") or ""] = [
            node.get("Location") or "" for node in found if node.get("Binding") == _POST
        ]
    if not any(known.values()):
        raise WrongMessageError("no service provider with an AssertionConsumerService by POST")
    return known


def _time(seconds: float) -> str:
    moment = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=seconds)
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _read_time(text: str | None) -> datetime.datetime:
    try:
        moment = datetime.datetime.fromisoformat(text or "")
    except ValueError as error:
        raise WrongMessageError("no time") from error
    if moment.tzinfo is None:
        raise WrongMessageError("no time zone")
    return moment
