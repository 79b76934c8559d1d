"""python -m replay [--jobs 3] [--only WORD ...] [--fresh] [--again-failed] [--write] [--table]

Every profile that we ship, at the scale and clock of its `rehearsal:`, on each preset of which it
expects a verdict: it must come as declared, by the finding that is named. Results are kept in the
state folder as they come, so that it may be stopped and goes on where it was; a profile or preset
that was changed is run anew. Exit 1 when something is not as declared, 130 when stopped.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from rentree.errors import RentreeError
from rentree.state import state_folder
from replay.rows import Row, Shipped, reckoned, shipped
from replay.seen import FILE, load, merged, seen, stored
from replay.table import markdown, summary
from replay.trial import carry_out, weigh
from trials.kept import Kept, Told, as_they_end
from trials.page import say, write_between

PAGE = FILE.with_name("record.md")


def main(words: list[str]) -> int:
    """Carry out what is not there yet, and say what is not as declared."""
    said = _asked(words)
    try:
        profiles = shipped()
    except RentreeError as error:
        sys.exit(str(error))
    if said.table:
        write_between(PAGE, "record", markdown(profiles, load()))
        return 0
    rows = [row for profile in profiles for row in profile.rows]
    wanted = [row for row in rows if not said.only or any(w in row.id for w in said.only)]
    if not wanted:
        sys.exit(f"no run’s name holds {' or '.join(said.only)}: a name is PROFILE on PRESET")
    kept = Kept(state_folder() / "replay.jsonl", by="key")
    if said.fresh:
        kept.forget(row.key for row in wanted)
    missing = [row for row in wanted if _to_run(row, kept.results, said.again_failed)]
    say(f"{len(wanted)} runs, {len(wanted) - len(missing)} known already ({kept.path})")
    try:
        _carry_out(missing, kept, said.jobs)
    except KeyboardInterrupt:
        say("stopped: the same command goes on where it was")
        return 130
    if said.write:
        _write(profiles, rows, kept)
    wrong = [row.id for row in wanted if not _right(row, kept.results)]
    say(f"{len(wanted) - len(wrong)} of {len(wanted)} as declared")
    for name in wrong:
        say(f"NOT {name}")
    return 1 if wrong else 0


def _asked(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m replay", description=__doc__)
    parser.add_argument("--jobs", type=int, default=3, help="runs at the same time")
    parser.add_argument("--only", nargs="*", default=[], help="rows whose name holds a word")
    parser.add_argument("--fresh", action="store_true", help="forget what was replayed before")
    parser.add_argument("--again-failed", action="store_true",
                        help="run anew what was not as declared")  # fmt: skip
    parser.add_argument("--write", action="store_true",
                        help="write docs/replay.json and the table")  # fmt: skip
    parser.add_argument("--table", action="store_true",
                        help="make the table anew, and run nothing")  # fmt: skip
    return parser.parse_args(words)


def _right(row: Row, results: Mapping[str, Told]) -> bool:
    told = results.get(row.key)
    if told is None:
        return False
    return weigh(row.expected, row.named_by, told["decision"], told["findings"]).right


def _to_run(row: Row, results: Mapping[str, Told], again_failed: bool) -> bool:
    return row.key not in results or (again_failed and not _right(row, results))


def _carry_out(rows: Sequence[Row], kept: Kept, jobs: int) -> None:
    """Those that need this machine to themselves first; a line each, with the time left."""
    left = {row.key: row for row in rows}
    began, all_of_it = time.monotonic(), reckoned(rows, jobs)
    if rows:
        say(f"some {_minutes(all_of_it)}, {jobs} at the same time")
    for told in _told(rows, jobs):
        kept.add(told)
        row = left.pop(told["key"])
        to_come = reckoned(left.values(), jobs)
        pace = (time.monotonic() - began) / (all_of_it - to_come)
        right = _right(row, kept.results)
        again = f", {told['attempts']} times" if told["attempts"] > 1 else ""
        say(f"{'ok ' if right else 'NOT'} {row.id}: {told['decision']}, expected {row.expected}"
            f"{f' by {row.named_by}' if row.named_by else ''} ({told['seconds']} s{again}; "
            f"{len(left)} left, {_minutes(to_come * pace)})")  # fmt: skip
        for line in [] if right else [told["why"], *told["said"]]:
            say(f"      {line}" if line else "")


def _told(rows: Sequence[Row], jobs: int) -> Iterator[Told]:
    """What is told of each, longest first, so that none is left alone at the end."""
    for alone in (True, False):
        batch = sorted((row for row in rows if row.alone is alone), key=lambda row: -row.lasts)
        yield from as_they_end(_one, batch, 1 if alone else jobs)


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:.0f} min" if seconds >= 90 else f"{seconds:.0f} s"


def _one(row: Row) -> Told:
    with tempfile.TemporaryDirectory(prefix="replay-") as folder:
        return carry_out(row, Path(folder))


def _write(profiles: Sequence[Shipped], rows: Sequence[Row], kept: Kept) -> None:
    new = [seen(row, kept.results[row.key]) for row in rows if row.key in kept.results]
    all_seen = merged(rows, load(), new)
    FILE.write_text(stored(all_seen), encoding="utf-8")
    write_between(PAGE, "record", markdown(profiles, all_seen))
    say(summary(profiles, all_seen))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
