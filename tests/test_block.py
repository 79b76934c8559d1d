"""Blocks on disk: whole ones are read, and nothing behind the first torn or altered one is."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rentree.block import Block, BlockReader, BlockWriter
from rentree.sample import OUTCOMES, Sample

HEAD = 24  # magic, length, digest


def sample(seq: int, **changes: Any) -> Sample:
    """A row as workers store them."""
    row = Sample(
        seq=seq, worker=1, phase="bell", territory="île-de-france", school="s", level="lycée",
        persona="pupil", person=f"p{seq}", platform="ent", step="sign in", attempt=1, due=10,
        sent=11, first_byte=12, done=13, outcome="ok", status=200, bytes=9, address="127.16.0.1",
        route="straight", queue_position=None, request_id="ab" * 16, detail="{}",
    )  # fmt: skip
    return row._replace(**changes)


def three_blocks() -> list[Block]:
    """A short life of a worker: opened, closed, ended."""
    return [
        Block(0, 1, 1_000_000, [sample(0, done=None)], [], {"cpu": 0.5, "loop_lag": 3}),
        Block(1, 1, 2_000_000, [sample(1, done=None)], [sample(0)], {"cpu": 0.25, "loop_lag": 0}),
        Block(2, 1, 3_000_000, [], [sample(1, outcome="error")], {}, end=True),
    ]


def write(path: Path, blocks: list[Block]) -> list[int]:
    """Append blocks to a file; returns where each one ends."""
    writer, ends = BlockWriter(path), []
    for block in blocks:
        writer.append(block)
        ends.append(path.stat().st_size)
    writer.close()
    return ends


def test_what_was_written_is_read(tmp_path: Path) -> None:
    """Numbers, rows, the monitor's second and the end mark come back as they were."""
    write(tmp_path / "b", three_blocks())
    reader = BlockReader(tmp_path / "b")
    assert list(reader.new()) == three_blocks()
    assert reader.torn() == 0
    assert list(reader.new()) == []


def test_a_file_cut_anywhere_is_read_up_to_its_last_whole_block(tmp_path: Path) -> None:
    """Wherever a worker died within a write, all it stored before counts and nothing else."""
    ends = write(tmp_path / "whole", three_blocks())
    data, cut = (tmp_path / "whole").read_bytes(), tmp_path / "cut"
    for length in range(len(data) + 1):
        cut.write_bytes(data[:length])
        reader = BlockReader(cut)
        whole = [end for end in ends if end <= length]
        assert [b.number for b in reader.new()] == list(range(len(whole))), length
        assert reader.torn() == length - max(whole, default=0)


def test_a_flipped_byte_ends_what_can_be_trusted(tmp_path: Path) -> None:
    """Any byte that changes makes its block and all that follow unread, never wrong."""
    ends = write(tmp_path / "whole", three_blocks())
    data, bent = (tmp_path / "whole").read_bytes(), tmp_path / "bent"
    for place in range(0, len(data), 3):
        bent.write_bytes(data[:place] + bytes([data[place] ^ 0x41]) + data[place + 1 :])
        reader = BlockReader(bent)
        read = list(reader.new())
        assert reader.torn() > 0
        assert read == three_blocks()[: sum(end <= place for end in ends)], place


def test_a_torn_block_is_read_once_the_rest_has_come(tmp_path: Path) -> None:
    """The display reads while the worker writes: a half block is no end, it is not there yet."""
    ends = write(tmp_path / "whole", three_blocks())
    data, growing = (tmp_path / "whole").read_bytes(), tmp_path / "growing"
    reader = BlockReader(growing)
    assert list(reader.new()) == []
    assert reader.torn() == 0
    seen = []
    for until in (HEAD - 1, ends[0] - 1, ends[0] + 5, ends[1], len(data)):
        growing.write_bytes(data[:until])
        seen.append([b.number for b in reader.new()])
    assert seen == [[], [], [0], [1], [2]]


def test_reading_while_another_thread_appends(tmp_path: Path) -> None:
    """Every block comes once and in order, however reads and writes fall together."""
    path = tmp_path / "b"
    blocks = [Block(n, 1, n, [], [sample(n)] * 20) for n in range(60)]
    writing = threading.Thread(target=write, args=(path, blocks))
    reader, seen = BlockReader(path), []
    writing.start()
    while writing.is_alive():
        seen += [b.number for b in reader.new()]
    writing.join()
    seen += [b.number for b in reader.new()]
    assert seen == list(range(60))


def test_a_second_writer_continues_the_file(tmp_path: Path) -> None:
    """Opening a file again appends; nothing stored is ever overwritten."""
    first, second, third = three_blocks()
    write(tmp_path / "b", [first])
    write(tmp_path / "b", [second, third])
    assert list(BlockReader(tmp_path / "b").new()) == three_blocks()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a full disk to offer")
def test_a_disk_that_is_full_is_an_error() -> None:
    """A worker that cannot store says so; it does not go on without samples."""
    writer = BlockWriter(Path("/dev/full"))
    with pytest.raises(OSError, match="No space left"):
        writer.append(Block(0, 1, 0))
    writer.close()


INT64 = st.integers(-(2**63), 2**63 - 1)
ROWS = st.builds(
    sample,
    INT64,
    due=INT64,
    sent=st.none() | INT64,
    done=st.none() | INT64,
    outcome=st.sampled_from(OUTCOMES),
    status=st.none() | st.integers(100, 599),
    queue_position=st.none() | INT64,
    person=st.text(max_size=8),
    detail=st.text(max_size=20),
)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(ROWS, max_size=4), min_size=1, max_size=4), st.floats(0, 64))
def test_any_row_survives(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[Sample]], cpu: float
) -> None:
    """Text in any script, missing times and the largest numbers come back as they were."""
    path = tmp_path_factory.mktemp("blocks") / "b"
    blocks = [Block(n, 2, n, own, own, {"cpu": cpu}) for n, own in enumerate(rows)]
    write(path, blocks)
    assert list(BlockReader(path).new()) == blocks
