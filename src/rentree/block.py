"""Blocks: how samples reach the disk while the run goes on.

A worker appends a block about once a second to a file of its own; each block is numbered and
hashed, so that a file cut short by a dead worker is read up to its last whole block. No
polars here: workers stay small. The parent turns blocks into Parquet (`rentree.evidence`).

On disk: `RBLK`, payload length (u32, little endian), BLAKE2b-16 of the payload, payload (msgpack).
"""

from __future__ import annotations

import hashlib
import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import msgpack

from rentree.sample import Sample

_HEAD = struct.Struct("<4sI16s")
_MAGIC = b"RBLK"


@dataclass
class Block:
    """What one worker stored at one moment."""

    number: int  # from 0, without gaps
    worker: int
    until: int  # µs: every attempt that ended before this is stored
    opened: list[Sample] = field(default_factory=list)  # begun since the last block and under way
    samples: list[Sample] = field(default_factory=list)  # ended since the last block
    monitor: dict[str, Any] = field(default_factory=dict)  # the generator's own second
    end: bool = False  # the end mark: nothing follows, nothing is in flight
    ledger: list[Any] = field(default_factory=list)  # rows of `rentree.ledger` since the last block


class BlockWriter:
    """Appends blocks to one file and makes them durable before it returns."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("ab", buffering=0)

    def append(self, block: Block) -> None:
        """Write one block.

        Raises:
            OSError: the disk is full or gone.
        """
        payload = msgpack.packb(
            [
                block.number,
                block.worker,
                block.until,
                block.opened,
                block.samples,
                block.monitor,
                block.end,
                block.ledger,
            ]
        )
        digest = hashlib.blake2b(payload, digest_size=16).digest()
        self._file.write(_HEAD.pack(_MAGIC, len(payload), digest) + payload)
        os.fdatasync(self._file.fileno())

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class BlockReader:
    """Reads what has been appended so far; call `new` again and again while the run goes on."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.position = 0  # bytes of whole blocks read

    def new(self) -> Iterator[Block]:
        """Yield the whole blocks that were appended since the last call; stop at a torn one."""
        if not self.path.exists():
            return
        with self.path.open("rb") as file:
            file.seek(self.position)
            while len(head := file.read(_HEAD.size)) == _HEAD.size:
                magic, length, digest = _HEAD.unpack(head)
                payload = file.read(length)
                if magic != _MAGIC or len(payload) != length:
                    return
                if hashlib.blake2b(payload, digest_size=16).digest() != digest:
                    return
                self.position += _HEAD.size + length
                number, worker, until, opened, samples, monitor, end, ledger = msgpack.unpackb(
                    payload
                )
                yield Block(
                    number, worker, until, [Sample(*row) for row in opened],
                    [Sample(*row) for row in samples], monitor, end, ledger,
                )  # fmt: skip

    def frames(self) -> Iterator[bytes]:
        """Like `new`, as the bytes that stand in the file, to be sent on and not looked into."""
        if not self.path.exists():
            return
        with self.path.open("rb") as file:
            file.seek(self.position)
            while frame := _frame(file):
                self.position += len(frame)
                yield frame

    def torn(self) -> int:
        """How many bytes stand behind the last whole block."""
        return self.path.stat().st_size - self.position if self.path.exists() else 0


def _frame(file: BinaryIO) -> bytes:
    """The next whole block; empty when there is none."""
    head = file.read(_HEAD.size)
    if len(head) < _HEAD.size:
        return b""
    frame = head + file.read(_HEAD.unpack(head)[1])
    return frame if whole(frame) else b""


def whole(frame: bytes) -> bool:
    """Whether the bytes are exactly one block, as it was written."""
    if len(frame) < _HEAD.size:
        return False
    magic, length, digest = _HEAD.unpack_from(frame)
    payload = frame[_HEAD.size :]
    if magic != _MAGIC or len(payload) != length:
        return False
    return bool(hashlib.blake2b(payload, digest_size=16).digest() == digest)


def label(frame: bytes) -> tuple[int, int]:
    """Number and worker of a whole block."""
    unpacker = msgpack.Unpacker(max_buffer_size=len(frame))
    unpacker.feed(frame[_HEAD.size :])
    unpacker.read_array_header()
    return int(unpacker.unpack()), int(unpacker.unpack())
