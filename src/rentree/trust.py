"""Which authorities may vouch for a platform: the system's, only those of a file, or nobody's."""

from __future__ import annotations

import ssl
from functools import cache
from pathlib import Path
from typing import NamedTuple

from rentree.errors import UsageError


class Trust(NamedTuple):
    """By whom the certificates of a platform must be signed."""

    ca: str | None = None  # a file, PEM: then *only* these authorities count
    verify: bool = True  # false: any certificate will do, its owner said so in the target

    def apply(self, context: ssl.SSLContext) -> None:
        """Make a context (of a client, without authorities yet) trust them, and speak 1.2 or later.

        Raises:
            UsageError: the file cannot be used.
        """
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if not self.verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        elif self.ca is None:
            context.load_default_certs()
        else:
            _load(context, self.ca)


SYSTEM = Trust()


@cache  # parsing the system's authorities takes 40 ms
def context_of(trust: Trust = SYSTEM) -> ssl.SSLContext:
    """A context for questions of our own (the crowd has `rentree.client.shared_context`).

    Raises:
        UsageError: the file of authorities cannot be used.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trust.apply(context)
    return context


def _load(context: ssl.SSLContext, ca: str) -> None:
    try:
        context.load_verify_locations(cadata=Path(ca).read_text(encoding="ascii"))
    except (OSError, ValueError) as error:
        raise UsageError(
            f"{ca}: no authorities can be read from this file ({error}); it must be PEM"
        ) from None
