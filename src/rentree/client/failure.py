"""How a request can fail, in words that a report prints."""

from __future__ import annotations

import errno
import ssl
from typing import Literal

_OUT_OF_MEANS = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}
_UNREACHABLE = {errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ENETDOWN, errno.EHOSTDOWN}
_CERTIFICATE = {  # X509_V_ERR_* of OpenSSL
    9: "is not valid yet",
    10: "has expired",
    18: "comes from an unknown authority (it signed itself)",
    19: "comes from an unknown authority",
    20: "comes from an unknown authority",
    21: "comes from an unknown authority",
    62: "is for another name",
    64: "is for another address",
}


class Failure(Exception):  # noqa: N818  # the glossary's word: an outcome of a person, not a bug
    """A request without a usable answer: `kind` is the sample's outcome, `why` its words.

    `ours`: our own machine could not send it (no descriptor, no port, no such local address), which
    accuses nobody but the harness.
    """

    def __init__(self, kind: Literal["error", "timeout"], why: str, *, ours: bool = False) -> None:
        super().__init__(why)
        self.kind: Literal["error", "timeout"] = kind
        self.why = why
        self.ours = ours


class Elsewhere(Failure):
    """An address of a host that is not part of the target: nothing was sent there."""

    def __init__(self, what: str) -> None:
        super().__init__("error", f"{what} a host that is not part of the target")


class UnreadableError(LookupError, ValueError):
    """A complete answer that is not what it should be: no such form, no JSON."""


def in_words(error: OSError, doing: str) -> Failure:
    """What the system said while `doing` ("while connecting"), as a failure.

    A ConnectionAbortedError without errno is ours for "the other side closed".
    """
    if isinstance(error, ssl.SSLError):
        return _of_tls(error, doing)
    number = error.errno
    if isinstance(error, ConnectionRefusedError):
        return Failure("error", "connection refused")
    if isinstance(error, ConnectionAbortedError) and number is None:
        return Failure("error", f"connection closed {doing}")
    if isinstance(error, (ConnectionResetError, ConnectionAbortedError, BrokenPipeError)):
        return Failure("error", f"connection reset {doing}")
    if number == errno.ETIMEDOUT:
        return Failure("timeout", f"the network gave up {doing}")
    if number in _UNREACHABLE:
        return Failure("error", "host unreachable")
    if number in _OUT_OF_MEANS:
        return Failure("error", "our machine has no descriptor or memory left", ours=True)
    if number == errno.EADDRNOTAVAIL:
        return Failure("error", "our machine has no such address, or no port left", ours=True)
    return Failure("error", f"{(error.strerror or 'network error').lower()} {doing}")


def _of_tls(error: ssl.SSLError, doing: str) -> Failure:
    if isinstance(error, ssl.SSLCertVerificationError):
        words = _CERTIFICATE.get(error.verify_code)
        return Failure("error", f"certificate {words or 'refused: ' + error.verify_message}")
    if isinstance(error, (ssl.SSLEOFError, ssl.SSLZeroReturnError)):
        return Failure("error", f"connection closed {doing}")
    reason = (error.reason or "unknown reason").lower().replace("_", " ")
    if reason in ("wrong version number", "http request", "record layer failure"):
        return Failure("error", "the other side does not speak TLS")
    return Failure("error", f"TLS failed {doing}: {reason}")
