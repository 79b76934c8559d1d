"""A form with files, as a browser sends it (multipart/form-data, RFC 7578; names as in HTML)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import NamedTuple

_ESCAPES = str.maketrans({"\n": "%0A", "\r": "%0D", '"': "%22"})  # HTML, multipart form data


class File(NamedTuple):
    """What a person chose from their disk."""

    name: str
    content: bytes
    kind: str = "application/octet-stream"  # its media type


def multipart(fields: Mapping[str, str], files: Mapping[str, File]) -> tuple[str, bytes]:
    """The Content-Type and the body."""
    edge = f"----rentree{secrets.token_hex(12)}"  # 96 bits: in no file by accident
    parts: list[bytes] = []
    for name, value in fields.items():
        text = value.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n")
        parts.append(_part(edge, f'name="{_quoted(name)}"', "", text.encode()))
    for name, file in files.items():
        named = f'name="{_quoted(name)}"; filename="{_quoted(file.name)}"'
        parts.append(_part(edge, named, f"Content-Type: {file.kind}\r\n", file.content))
    return f"multipart/form-data; boundary={edge}", b"".join(parts) + f"--{edge}--\r\n".encode()


def _part(edge: str, named: str, lines: str, content: bytes) -> bytes:
    head = f"--{edge}\r\nContent-Disposition: form-data; {named}\r\n{lines}\r\n"
    return head.encode() + content + b"\r\n"


def _quoted(name: str) -> str:
    return name.translate(_ESCAPES)
