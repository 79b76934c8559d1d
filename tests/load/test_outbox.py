"""Blocks on their way: resent until acknowledged, each kept once, in order, memory bounded."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from rentree.block import Block, BlockReader, BlockWriter, label, whole
from rentree.load.inbox import Inbox
from rentree.load.outbox import Outbox, outbox_of


def outbox(*blocks: bytes, window: int = 100) -> tuple[Outbox, list[bytes]]:
    """An outbox of blocks to which more may be appended."""
    stored = list(blocks)
    read = 0

    def frames() -> Iterator[bytes]:
        nonlocal read
        while read < len(stored):
            read += 1
            yield stored[read - 1]

    return Outbox(frames, window), stored


def numbers(due: list[tuple[int, bytes]]) -> list[int]:
    """Which blocks."""
    return [number for number, _ in due]


def test_each_is_sent_once_while_acknowledgements_come() -> None:
    """New blocks go at once, and never again once they were acknowledged."""
    box, stored = outbox(b"a", b"b")
    assert box.due(0.0) == [(0, b"a"), (1, b"b")]
    assert box.due(1.0) == []
    box.acknowledged(1, 1.5)
    stored.append(b"c")
    assert box.due(2.0) == [(2, b"c")]
    assert not box.empty()
    box.acknowledged(3, 2.5)
    assert box.empty()
    assert box.due(9.0) == []


def test_all_that_is_under_way_goes_again_after_three_seconds_of_silence() -> None:
    """In order, from the first that was not acknowledged; then again three seconds later."""
    box, _ = outbox(b"a", b"b", b"c")
    box.due(0.0)
    box.acknowledged(1, 1.0)
    assert numbers(box.due(3.9)) == []
    assert numbers(box.due(4.1)) == [1, 2]
    assert numbers(box.due(5.0)) == []
    assert numbers(box.due(7.2)) == [1, 2]


def test_memory_is_bounded_however_long_the_line_is_down() -> None:
    """A window's worth is held; a block that is larger than the window goes alone."""
    box, _ = outbox(*[bytes(40)] * 1000, window=100)
    for second in range(50):
        box.due(float(second))
    assert box.held <= 100 + 40
    box.acknowledged(2, 51.0)
    assert numbers(box.due(51.0)) == [2, 3]
    large, _ = outbox(bytes(500), b"b", window=100)
    assert numbers(large.due(0.0)) == [0]
    large.acknowledged(1, 1.0)
    assert numbers(large.due(1.0)) == [1]


@pytest.mark.parametrize("seed", range(20))
def test_a_line_that_loses_doubles_damages_and_reorders(tmp_path: Path, seed: int) -> None:
    """Whatever it does, the file at the other end becomes the worker's, to the letter."""
    chance = random.Random(seed)
    mine, theirs = tmp_path / "mine", tmp_path / "theirs"
    writer, inbox = BlockWriter(mine), Inbox(theirs, 3)
    box = outbox_of(mine)
    written, now, count = 0, 0.0, 0
    line: list[bytes] = []
    while written < 30 or not box.empty():
        if written < 30:
            writer.append(Block(written, 3, written, end=written == 29))
            written += 1
        for _, frame in box.due(now):
            copies = chance.choice([0, 1, 1, 2])
            line += [frame] * copies
            if chance.random() < 0.2:
                line.append(frame[:-1] + bytes([frame[-1] ^ 1]))
        chance.shuffle(line)
        for _ in range(len(line) // 2 + 1):
            if line:
                count = inbox.take(line.pop())
        if chance.random() < 0.7:
            box.acknowledged(count, now)
        now += 1.0
        assert now < 5000
    writer.close()
    inbox.close()
    assert theirs.read_bytes() == mine.read_bytes()
    assert [b.number for b in BlockReader(theirs).new()] == list(range(30))


def test_blocks_of_others_and_what_is_no_block_are_not_kept(tmp_path: Path) -> None:
    """Another worker's, a later one, and bytes that are no block at all."""
    path = tmp_path / "w"
    writer = BlockWriter(path)
    for number, worker in [(0, 1), (1, 1), (0, 2)]:
        writer.append(Block(number, worker, 0))
    writer.close()
    first, second, foreign = BlockReader(path).frames()
    assert [label(frame) for frame in (first, second, foreign)] == [(0, 1), (1, 1), (0, 2)]
    assert whole(first)
    assert not whole(first + b"x")
    inbox = Inbox(tmp_path / "kept", 1)
    counts = [inbox.take(f) for f in (foreign, second, b"", b"RBLK", first[:-1], first, first)]
    assert counts == [0, 0, 0, 0, 0, 1, 1]
    inbox.close()


def test_a_block_that_is_being_written_is_waited_for(tmp_path: Path) -> None:
    """Half a block is none; the whole one comes later, from where it began."""
    path = tmp_path / "w"
    writer = BlockWriter(path)
    writer.append(Block(0, 1, 0))
    writer.close()
    whole_file = path.read_bytes()
    path.write_bytes(whole_file[:-3])
    box = outbox_of(path)
    assert box.due(0.0) == []
    path.write_bytes(whole_file)
    assert box.due(1.0) == [(0, whole_file)]
