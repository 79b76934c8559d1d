"""`make torture [N=56] [JOBS=2]`: kinds of process × phases × seeds, and a table of what became.

    python -m torture --count 56 --jobs 2

Exit code 0: every time all faults were proven clear within 10 s, the evidence was readable, the
verdict was no pass, and nothing was left behind.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from torture.kill import KINDS, PHASES, Kill, Outcome, carry_out


def kills(count: int) -> list[Kill]:
    """So many kills: every kind in every phase once, then again with the next seed.

    Fewer than a round are spread over it, so that every kind and every phase has its turn.
    """
    full = [Kill(kind, phase, 0) for phase in PHASES for kind in KINDS]
    chosen = full
    if count < len(full):
        step = len(full) / count
        chosen = [full[int(i * step)] for i in range(count)]
    again = itertools.islice(itertools.cycle(chosen), count)
    return [Kill(kill.kind, kill.phase, 1 + i // len(full)) for i, kill in enumerate(again)]


def row(outcome: Outcome) -> str:
    """One line of the table."""
    kill, proven = outcome.kill, outcome.proven_s
    seen = f"{proven:.1f} s" if proven is not None else "not seen"
    code = "killed" if outcome.code is not None and outcome.code < 0 else f"exit {outcome.code}"
    state = "; ".join(outcome.wrong) or "OK"
    cells = (kill.kind, kill.phase, kill.seed, seen, outcome.verdict, code, state)
    return f"| {' | '.join(map(str, cells))} |"


def say(text: str) -> None:
    """A line, at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> int:
    """Carry all kills out and print the table."""
    words = argparse.ArgumentParser(prog="torture", description=__doc__)
    words.add_argument("--count", type=int, default=56, help="kills; 28 are a round")
    words.add_argument("--jobs", type=int, default=2, help="runs at the same time")
    asked = words.parse_args()
    say("| killed | phase | seed | faults proven clear after | verdict | exit code | |")
    say("|---|---|--:|--:|---|---|---|")
    wrong = 0
    with tempfile.TemporaryDirectory(prefix="rentree-torture-") as scratch:

        def one(numbered: tuple[int, Kill]) -> Outcome:
            folder = Path(scratch) / str(numbered[0])
            folder.mkdir()
            return carry_out(numbered[1], folder)

        with ThreadPoolExecutor(max_workers=asked.jobs) as pool:
            for outcome in pool.map(one, enumerate(kills(asked.count))):
                wrong += bool(outcome.wrong)
                say(row(outcome))
    say(f"\n{asked.count - wrong} of {asked.count} kills left nothing behind and no pass")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
