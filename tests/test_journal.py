"""The journal: durable lines, many writers, and what a killed run leaves of it."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from rentree.journal import Journal, read_journal


def journal(path: Path, now: int = 5) -> Journal:
    """A journal whose clock stands still."""
    return Journal(path, lambda: now)


def test_an_entry_has_its_time_event_state_and_facts(tmp_path: Path) -> None:
    """The run's clock tells the time, unless the writer knows it better."""
    path = tmp_path / "j"
    writer = journal(path)
    entry = writer.write("fault", "observed", name="réseau-lent", in_force=True, probe_ms=None)
    writer.write("phase", "begins", t=3, name="bell")
    writer.close()
    first = {"t": 5, "event": "fault", "state": "observed", "name": "réseau-lent"}
    assert entry == first | {"in_force": True, "probe_ms": None}
    phase = {"t": 3, "event": "phase", "state": "begins", "name": "bell"}
    assert read_journal(path) == [phase, entry]


def test_a_line_is_on_disk_before_the_next_thing_happens(tmp_path: Path) -> None:
    """Whoever reads beside the run sees every entry at once."""
    writer = journal(tmp_path / "j")
    writer.write("note", "said", text="now")
    assert [e["text"] for e in read_journal(tmp_path / "j")] == ["now"]
    writer.close()


def test_threads_write_whole_lines(tmp_path: Path) -> None:
    """Runner and observer write at the same time and never into one another's lines."""
    writer = journal(tmp_path / "j")

    def write(who: int) -> None:
        for n in range(50):
            writer.write("note", "said", text=f"{who}-{n}")

    threads = [threading.Thread(target=write, args=(who,)) for who in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    writer.close()
    lines = (tmp_path / "j").read_text(encoding="utf-8").splitlines()
    assert {json.loads(line)["text"] for line in lines} == {
        f"{who}-{n}" for who in range(4) for n in range(50)
    }
    assert len(lines) == 200


def test_a_last_line_cut_anywhere_is_left_out(tmp_path: Path) -> None:
    """A cut may fall within a character; what was whole before it is read all the same."""
    path = tmp_path / "j"
    writer = journal(path)
    writer.write("note", "said", text="whole")
    whole = path.stat().st_size
    writer.write("note", "said", text="été à « Nîmes »")
    writer.close()
    data = path.read_bytes()
    for length in range(whole, len(data) - 1):
        path.write_bytes(data[:length])
        assert [e["text"] for e in read_journal(path)] == ["whole"], length


@pytest.mark.parametrize("cut", [1, 2, 30])
def test_what_is_written_after_a_cut_line_is_not_lost_in_it(tmp_path: Path, cut: int) -> None:
    """`rentree clear` writes on in the journal of a run that was killed within a line."""
    path = tmp_path / "j"
    first = journal(path)
    first.write("run", "started")
    first.write("note", "said", text="« cut »")
    first.close()
    path.write_bytes(path.read_bytes()[:-cut])
    again = journal(path, 9)
    again.write("run", "ended", why="killed")
    again.close()
    told = [(e["event"], e["state"]) for e in read_journal(path) if e["event"] == "run"]
    assert told == [("run", "started"), ("run", "ended")]


def test_an_empty_journal_has_no_entries(tmp_path: Path) -> None:
    """A run that wrote nothing did nothing that we could tell."""
    journal(tmp_path / "j").close()
    assert read_journal(tmp_path / "j") == []
