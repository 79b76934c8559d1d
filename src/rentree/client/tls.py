"""TLS as a browser does it: verified, 1.2 or later, one context for everybody."""

from __future__ import annotations

import ssl
from functools import cache

import gevent.ssl as gssl

from rentree.trust import SYSTEM, Trust


@cache
def shared_context(trust: Trust = SYSTEM) -> ssl.SSLContext:
    """The process's context for people who trust these authorities.

    A context of one's own costs each person 40 ms and 800 kB: the authorities are parsed again.
    Raises UsageError when the file of authorities cannot be used.
    """
    context = gssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.set_alpn_protocols(["http/1.1"])
    trust.apply(context)
    return context
