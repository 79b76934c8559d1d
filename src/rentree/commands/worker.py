"""`rentree worker`: this process becomes a load process of a run that waits for remote ones."""

from __future__ import annotations

import ipaddress
import os
import re
import sys
from typing import NoReturn

from rentree.errors import UsageError
from rentree.worker_token import VARIABLE, known_token

PORT = 5557


def become_worker(master: str, token: str, profile: str) -> NoReturn:
    """Replace this process by the worker. The token goes through the environment.

    Raises:
        UsageError: the address cannot be read, or nobody told the token.
    """
    host, port = _address(master)
    if not _on_loopback(host):
        raise UsageError(
            f"{host} is another machine, and what goes there is not encrypted: open a tunnel, "
            f"ssh -L {port}:127.0.0.1:{port} {host}, and give --master 127.0.0.1:{port}"
        )
    secret = token or known_token(port)
    if not secret:
        raise UsageError(
            f"the run's token is not known here: give --token, or {VARIABLE}, as the run printed it"
        )
    if re.fullmatch("[0-9a-f]{0,64}", profile) is None:
        raise UsageError("--profile takes a SHA-256 in hex, or its beginning")
    words = [sys.executable, "-P", "-m", "rentree.load.remote", host, str(port), profile]
    os.execve(sys.executable, words, {**os.environ, VARIABLE: secret})  # noqa: S606


def _on_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _address(text: str) -> tuple[str, int]:
    """HOST, HOST:PORT, ::1 or [::1]:PORT."""
    found = re.fullmatch(r"\[([^\]]+)\](?::(\d+))?|([^:]+)(?::(\d+))?|([0-9a-fA-F:]+)", text)
    if found is None:
        raise UsageError(f"{text} is no address: write HOST or HOST:PORT")
    host = found[1] or found[3] or found[5]
    port = int(found[2] or found[4] or PORT)
    if not 0 < port < 65536:
        raise UsageError(f"{port} is no port")
    return host, port
