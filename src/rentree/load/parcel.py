"""All that a remote worker needs, in one piece of bytes: it shares no file system with the run.

The spec with every file that it names: plan, journeys, adapters; of the people only its share.
The profile's text goes along, to be known by its hash. Passwords do not: a worker reads its own
environment.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgpack

from rentree.load.spec import LoadSpec, read_members

CHUNK = 1 << 20  # bytes of one message
_APART = ("members", "work")  # paths that are not sent as they are


def pack(spec: LoadSpec, worker: int) -> bytes:
    """The parcel of one worker.

    Raises:
        OSError: a file that the spec names cannot be read.
    """
    data = spec.model_dump(mode="python", exclude=set(_APART))
    files: list[tuple[str, bytes]] = []
    return bytes(
        msgpack.packb(
            {
                "spec": _out(data, files),
                "files": files,
                "members": [list(m) for m in read_members(spec, worker)],
                "profile": profile_of(spec),
            }
        )
    )


def unpack(parcel: bytes, folder: Path) -> LoadSpec:
    """Lay a parcel out in a folder of the worker's own.

    Raises:
        ValueError: it is no parcel of this version.
        OSError: the folder cannot be written.
    """
    told = msgpack.unpackb(parcel, use_list=True)
    laid = [
        _lay(folder / "files" / str(i), name, data) for i, (name, data) in enumerate(told["files"])
    ]
    members = folder / "members.msgpack"
    members.write_bytes(msgpack.packb(told["members"]))
    data = _back(told["spec"], laid)
    return LoadSpec.model_validate({**data, "members": members, "work": folder})


def digest(data: bytes) -> str:
    """SHA-256, hex."""
    return hashlib.sha256(data).hexdigest()


def profile_of(spec: LoadSpec) -> bytes:
    """The resolved profile of the run, which stands beside its plan; empty when there is none."""
    path = spec.plan.parent / "profile.yaml"
    return path.read_bytes() if path.exists() else b""


def profile_in(parcel: bytes) -> str:
    """The hash of the profile that a parcel holds."""
    return digest(msgpack.unpackb(parcel)["profile"])


def chunks(parcel: bytes) -> int:
    """In how many messages a parcel goes."""
    return -(-len(parcel) // CHUNK)


def chunk(parcel: bytes, index: int) -> bytes:
    """One of them."""
    return parcel[index * CHUNK : (index + 1) * CHUNK]


def _out(value: Any, files: list[tuple[str, bytes]]) -> Any:
    """The value with each path replaced by the number of the file that is sent along."""
    if isinstance(value, Path):
        files.append((value.name, value.read_bytes()))
        return {"\0file": len(files) - 1}
    if isinstance(value, Mapping):
        return {key: _out(each, files) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_out(each, files) for each in value]
    return value


def _back(value: Any, laid: list[Path]) -> Any:
    if isinstance(value, dict):
        if "\0file" in value:
            return laid[value["\0file"]]
        return {key: _back(each, laid) for key, each in value.items()}
    return [_back(each, laid) for each in value] if isinstance(value, list) else value


def _lay(folder: Path, name: str, data: bytes) -> Path:
    if name != Path(name).name or name in ("", ".", ".."):
        raise ValueError(f"a file of the parcel has no plain name: {name!r}")
    folder.mkdir(parents=True)
    (folder / name).write_bytes(data)
    return folder / name
