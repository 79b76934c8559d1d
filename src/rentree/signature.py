"""Signatures of an authorisation: Ed25519 (RFC 8032) over the document as canonical JSON.

Canonical: without its key `signature`, keys sorted, no spaces, UTF-8. A key pinned in a profile,
`ed25519:` and 32 bytes in base64, says whose word is needed beside control of the web server.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
from pathlib import Path
from typing import Any

from rentree.errors import UsageError

PREFIX = "ed25519:"


def parse_key(text: str) -> bytes:
    """The 32 bytes of a pinned key. Raises ValueError."""
    try:
        key = base64.b64decode(text.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not text.startswith(PREFIX) or len(key) != 32:
        raise ValueError(f"a key is written {PREFIX} and 32 bytes in base64 (rentree authorize)")
    return key


def canonical(document: dict[str, Any]) -> bytes:
    """What is signed."""
    bare = {key: value for key, value in document.items() if key != "signature"}
    return json.dumps(bare, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def unsigned(text: str, key: str) -> str:
    """Why a document is not signed by that key, in words; empty when it is."""
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415  # seldom needed
    from cryptography.hazmat.primitives.asymmetric import ed25519  # noqa: PLC0415

    document = json.loads(text)
    signature = document.get("signature")
    if not signature:
        return "it is not signed, and the profile pins a key (authorization_key)"
    public = ed25519.Ed25519PublicKey.from_public_bytes(parse_key(key))
    try:
        public.verify(base64.b64decode(signature, validate=True), canonical(document))
    except (InvalidSignature, binascii.Error, ValueError):
        return "its signature is not that of the key that the profile pins (authorization_key)"
    return ""


def sign(document: dict[str, Any], file: Path) -> str:
    """The signature of a document by the private key in a PEM file.

    Raises:
        UsageError: no such key.
    """
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import ed25519  # noqa: PLC0415

    try:
        key = serialization.load_pem_private_key(file.read_bytes(), None)
    except (OSError, ValueError, TypeError) as error:
        raise UsageError(f"{file} holds no private key: {error}") from None
    if not isinstance(key, ed25519.Ed25519PrivateKey):
        raise UsageError(f"{file} is no Ed25519 key: rentree authorize --new-key FILE makes one")
    return base64.b64encode(key.sign(canonical(document))).decode()


def new_key(file: Path) -> str:
    """Make a private key in a new file of mode 0600; returns the public one, as profiles pin it.

    Raises:
        UsageError: the file is there already, or cannot be made.
    """
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import ed25519  # noqa: PLC0415

    key = ed25519.Ed25519PrivateKey.generate()
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    try:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            out.write(pem)
    except OSError as error:
        raise UsageError(f"no key was made: {file}: {error.strerror}") from None
    return PREFIX + base64.b64encode(key.public_key().public_bytes_raw()).decode()
