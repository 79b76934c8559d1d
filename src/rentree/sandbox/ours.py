"""A sandbox that is already running, given by URL: is it ours, and what does it say of itself?

It must be a loopback address and prove to be ours (a nonce signed with this user's key). An
address that is not loopback is refused without a single packet.
"""

from __future__ import annotations

import http.client
import ipaddress
import json
import socket
from urllib.parse import urlsplit

from rentree.errors import UsageError
from rentree.fault import address_of
from rentree.sandbox.ask import connection as connection_to
from rentree.sandbox.identity import prove


def require_ours(url: str) -> str:
    """Return the base URL of a target that proved to be a sandbox of ours.

    Raises:
        UsageError: not a URL, not loopback (no packet was sent), nobody there, or not ours.
    """
    try:
        parts = urlsplit(url if "//" in url else f"http://{url}")
        known = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port or an address that is none
        known = False
    if not known or not parts.hostname:
        raise UsageError(f"“{url}” is not a URL: write http://127.0.0.1:PORT")
    if not _loopback(parts.hostname):
        raise UsageError(
            f"{parts.hostname} is not a sandbox of yours: nothing was sent. Another platform is "
            "described in a file, profiles/targets/NAME.yaml, serves its owner's authorisation, "
            "and is tried with --target NAME --authorized HOST (docs/how-to/your-platform.md)"
        )
    base = f"{parts.scheme}://{parts.netloc}"
    try:
        socket.create_connection(address_of(base), timeout=2).close()
    except OSError as error:
        raise UsageError(f"the platform is not there: {base} ({error.strerror or error})") from None
    if not prove(base):
        raise UsageError(
            f"{base} does not prove to be a sandbox of yours (a tunnel to a real platform ends on "
            "loopback too): nothing more was sent. Start one with `rentree sandbox start rentree`, "
            "or describe the platform in profiles/targets/NAME.yaml (docs/how-to/your-platform.md)"
        )
    return base


def facts_of(base: str) -> dict[str, object]:
    """What a sandbox says of itself at /etat; {"trouble": why} when it does not answer."""
    connection = connection_to(base, timeout=2)
    try:
        connection.request("GET", "/etat")
        facts: dict[str, object] = json.loads(connection.getresponse().read(65_536))
    except (OSError, ValueError, http.client.HTTPException) as error:
        return {"trouble": str(error)}
    finally:
        connection.close()
    return facts


def _loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
