"""The key that signs assertions, loaded once, and its certificate."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from rentree.sandbox.authority import write_secret

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

_DAYS = 3650


@dataclass(frozen=True)
class Keys:
    """A private key and its certificate, PEM."""

    key: bytes
    certificate: bytes

    @cached_property
    def signing(self) -> RSAPrivateKey:
        """The key, read once: that proves its primes, and takes as long as thirty signatures.

        Raises:
            TypeError: it is of another kind.
        """
        from cryptography.hazmat.primitives import serialization  # noqa: PLC0415  # as below
        from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: PLC0415

        key = serialization.load_pem_private_key(self.key, password=None)
        if not isinstance(key, rsa.RSAPrivateKey):
            raise TypeError("the provider's key is no RSA key")
        return key


def keys_in(folder: Path) -> Keys:
    """The keys of a folder, made when there are none."""
    key, certificate = folder / "idp.key", folder / "idp.pem"
    if not (key.exists() and certificate.exists()):
        made = _make()
        write_secret(key, made.key)
        certificate.write_bytes(made.certificate)
    return Keys(key.read_bytes(), certificate.read_bytes())


def _make() -> Keys:
    from cryptography import x509  # noqa: PLC0415  # plain sandboxes need none of it
    from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: PLC0415
    from cryptography.x509.oid import NameOID  # noqa: PLC0415

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    text = "Rentrée, fournisseur d’identité simulé"
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=_DAYS))
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return Keys(private, certificate.public_bytes(serialization.Encoding.PEM))
