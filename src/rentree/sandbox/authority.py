"""The certificate authority of this user's sandboxes: made once, kept in the state folder.

Its key never leaves this machine, and only sandboxes on loopback have its certificates.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from rentree.state import state_folder
from rentree.trust import Trust

NAMES = ("127.0.0.1", "127.0.0.2", "::1", "localhost")  # what a certificate is for
_CA, _KEY = "sandbox-ca.pem", "sandbox-ca.key"


def trust() -> Trust:
    """What somebody who goes to a sandbox of ours trusts: this authority and no other."""
    return Trust(str(ca_file()))


def ca_file() -> Path:
    """The authority's certificate, PEM; made with its key (mode 0600) when there is none."""
    folder = state_folder()
    with (folder / "sandbox-ca.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / _CA).exists():
            _make(folder)
    return folder / _CA


def certify(folder: Path) -> tuple[Path, Path]:
    """Make a sandbox's certificate and its key, as two files in a folder."""
    import trustme  # noqa: PLC0415  # it imports cryptography, which plain sandboxes need not

    authority = ca_file()
    key = authority.with_name(_KEY).read_bytes()
    leaf = trustme.CA.from_pem(authority.read_bytes(), key).issue_cert(*NAMES)
    chain, secret = folder / "certificate.pem", folder / "certificate.key"
    chain.write_bytes(b"".join(blob.bytes() for blob in leaf.cert_chain_pems))
    write_secret(secret, leaf.private_key_pem.bytes())
    return chain, secret


def _make(folder: Path) -> None:
    import trustme  # noqa: PLC0415

    made = trustme.CA(organization_name="Rentrée", organization_unit_name="sandboxes of this user")
    write_secret(folder / _KEY, made.private_key_pem.bytes())
    new = folder / f"{_CA}.new"
    new.write_bytes(made.cert_pem.bytes())
    new.replace(folder / _CA)  # last: whoever finds the certificate finds the key too


def write_secret(path: Path, data: bytes) -> None:
    """Write a file that only this user reads, in place of any that is there."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)
