"""What the parent writes into a feed is what the worker reads, whenever it looks."""

from __future__ import annotations

from pathlib import Path

from rentree.crowd import Member
from rentree.feed import Feed, FeedReader, Feeds, Turn, path_of

SOMEBODY = Member(3, "t/pupil-3", "t", "s", "l", "c", "pupil", "127.16.0.1", "p", "P", True, 5, "e")


def test_rows_are_read_as_they_come_and_the_end_is_told(tmp_path: Path) -> None:
    """Nothing yet, then rows, then the end; nothing twice."""
    path = tmp_path / "feed"
    reader = FeedReader(path)
    assert list(reader.new()) == []
    feed = Feed(path)
    feed.put([SOMEBODY, Turn(7, "home")])
    assert list(reader.new()) == [SOMEBODY, Turn(7, "home")]
    assert list(reader.new()) == []
    assert not reader.ended
    feed.end()
    assert list(reader.new()) == []
    assert reader.ended


def test_a_row_that_is_written_in_halves_is_read_once_it_is_whole(tmp_path: Path) -> None:
    """A look may fall between two writes of the system."""
    whole, path = tmp_path / "whole", tmp_path / "feed"
    feed = Feed(whole)
    feed.put([SOMEBODY, Turn(7, "home")])
    data = whole.read_bytes()
    feed.end()
    reader = FeedReader(path)
    path.write_bytes(data[:10])
    assert list(reader.new()) == []
    path.write_bytes(data)
    assert list(reader.new()) == [SOMEBODY, Turn(7, "home")]


def test_rows_fall_to_workers_in_turn(tmp_path: Path) -> None:
    """The k-th to the k-th of them; all are told of the end."""
    feeds = Feeds(tmp_path, 2)
    for k in range(4):
        feeds.put(k, Turn(10 * k, "home"))
    feeds.end()
    readers = [FeedReader(path_of(tmp_path, number)) for number in (1, 2)]
    assert [[turn.due for turn in reader.new()] for reader in readers] == [[0, 20], [10, 30]]
    assert all(reader.ended for reader in readers)
    assert feeds.last == 30
