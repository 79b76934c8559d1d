"""Changing a sandbox while it runs: `rentree sandbox set quota.sessions=200 blackhole=[127.0.0.9]`.

A key is a preset's, with a dot for what stands inside; a value is what YAML would have there.
What comes out is checked as a preset is. Sent signed with this user's key, with a label of its
own, as accounts are (`rentree.sandbox.provision`).
"""

from __future__ import annotations

import copy
import hashlib
import hmac
import http.client
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rentree.errors import InvalidFileError, RentreeError, UsageError
from rentree.sandbox.ask import connection as connection_to
from rentree.sandbox.preset import Preset
from rentree.state import sandbox_key
from rentree.yamltext import Document, check, nearest, read_text

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from rentree.sandbox.site import Site

PATH = "/.well-known/rentree-settings"
HEADER = "Rentree-Signature"
MOST = 64 * 1024  # bytes
FIXED = (
    "sandbox",
    "title",
    "replaces",
    "sign_in",
    "identity_providers",
)  # what a running sandbox is, for good


def changed(data: Mapping[str, Any], changes: Mapping[str, str | None]) -> dict[str, Any]:
    """The text data of a preset with some of its values replaced, or (None) taken out.

    Checked by nobody yet.

    Raises:
        UsageError: a key that no sandbox has, or a value that is not YAML.
    """
    made: dict[str, Any] = copy.deepcopy(dict(data))
    for key, text in changes.items():
        first, *inner = key.split(".")
        known = [f.alias or name for name, f in Preset.model_fields.items()]
        if first not in known or first in FIXED:
            could = [name for name in known if name not in FIXED]
            raise UsageError(f"no setting “{key}”: {nearest(first, could)}")
        if text is None:
            made.pop(first, None)
            continue
        try:
            value = read_text(text, key).data if text.strip() else ""
        except InvalidFileError as error:
            raise UsageError(f"{key}: {error.problems[0].text}") from error
        at, words = made, [first, *inner]
        for word in words[:-1]:
            if not isinstance(at.get(word), dict):
                at[word] = {}
            at = at[word]
        at[words[-1]] = value
    return made


def checked(data: Mapping[str, Any]) -> Preset:
    """The preset of text data. Raises UsageError with every mistake in it."""
    value, problems = check(Preset, Document("settings", dict(data)))
    if problems:
        raise UsageError("; ".join(problem.text for problem in problems))
    assert isinstance(value, Preset)  # noqa: S101  # checked as one
    return value


def send(
    base: str, changes: Mapping[str, str | None], *, time: tuple[int, int] | None = None
) -> dict[str, Any]:
    """Change a running sandbox of ours; returns its settings as they are now.

    `time`: (monotonic ns, µs since midnight that this moment is in the scenario).

    Raises:
        UsageError: it does not know such a setting, RentreeError: it does not take any.
    """
    body = json.dumps({"set": dict(changes), "time": time}).encode()
    connection = connection_to(base, timeout=10)
    try:
        connection.request("POST", PATH, body, {HEADER: signature(body)})
        response = connection.getresponse()
        said = json.loads(response.read(4 * MOST) or b"{}")
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise RentreeError(f"the sandbox at {base} did not take the settings: {error}") from error
    finally:
        connection.close()
    if response.status == 400:
        raise UsageError(str(said.get("error", "")))
    if response.status != 200:
        raise RentreeError(
            f"the sandbox at {base} did not take the settings: HTTP {response.status}"
        )
    settings: dict[str, Any] = said["settings"]
    return settings


def signature(body: bytes) -> str:
    """What proves that settings come from this user, hex."""
    key = sandbox_key()
    return hashlib.blake2b(body, key=key, person=b"rentree-settings", digest_size=32).hexdigest()


async def take(site: Site, request: Request) -> Response:
    """The sandbox's side: 200 with the new settings, 403 not ours, 400 not possible."""
    from starlette.responses import JSONResponse, Response  # noqa: PLC0415

    if int(request.headers.get("content-length", "0")) > MOST:
        return Response(status_code=413)
    body = await request.body()
    if not hmac.compare_digest(request.headers.get(HEADER, ""), signature(body)):
        return Response(status_code=403)
    try:
        said = json.loads(body)
        if said["time"]:
            site.set_time(*said["time"])
        if said["set"]:
            data = changed(site.data, said["set"])
            site.apply(checked(data), data)
    except UsageError as error:
        return JSONResponse({"error": str(error)}, 400)
    site.telemetry.changed(said["set"])
    return JSONResponse({"settings": site.data})


def as_changes(words: list[str]) -> dict[str, str]:
    """`KEY=VALUE` of a command line. Raises UsageError: no `=`, or a key twice."""
    made: dict[str, str] = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not equals or not key.strip():
            raise UsageError(f"“{word}” is not KEY=VALUE, as in quota.sessions=200")
        if key.strip() in made:
            raise UsageError(f"“{key.strip()}” stands twice")
        made[key.strip()] = value
    return made
