"""TLS as a browser does it: verified, 1.2 or later, one context for everybody."""

from __future__ import annotations

import ssl
from functools import cache
from pathlib import Path

import gevent.ssl as gssl

from rentree.errors import UsageError


@cache
def shared_context(ca_file: str | None = None) -> ssl.SSLContext:
    """The process's context: the system's authorities, or *only* those of `ca_file` (PEM).

    A context of one's own costs each person 40 ms and 800 kB: the authorities are parsed again.
    Raises UsageError when the file cannot be used.
    """
    context = gssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    if ca_file is None:
        context.load_default_certs()
        return context
    try:
        context.load_verify_locations(cadata=Path(ca_file).read_text(encoding="ascii"))
    except (OSError, ValueError) as error:
        raise UsageError(
            f"{ca_file}: no authorities can be read from this file ({error}); it must be PEM"
        ) from None
    return context
