"""The matrix as Markdown: a line a defect, and a line for all sound runs of a profile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matrix.rows import Row
from rentree.sandbox.defects import DEFECTS

Results = Mapping[str, Mapping[str, Any]]


def markdown(rows: Sequence[Row], results: Results) -> str:
    """Two tables: what each defect was caught by, and what the sound runs came to."""
    lines = ["| defect | what it breaks | profile | finding | verdict |", "|---|---|---|---|---|"]
    for row in rows:
        told = results.get(row.id)
        if row.defect and told is not None:
            caught = f"`{row.finding}`" if told["right"] else f"**missed** ({told['failed'][:2]})"
            lines.append(
                f"| `{row.defect}` | {DEFECTS[row.defect].breaks} | `{row.profile}` | {caught} | "
                f"{told['verdict']} |"
            )
    lines += ["", "| profile, sound | runs | pass | fail | undecided or invalid |",
              "|---|--:|--:|--:|--:|"]  # fmt: skip
    for profile in dict.fromkeys(row.profile for row in rows):
        told_all = [results[r.id] for r in rows if r.profile == profile and not r.defect
                    and r.id in results]  # fmt: skip
        counts = [sum(t["verdict"] == v for t in told_all) for v in ("pass", "fail")]
        if told_all:
            rest = len(told_all) - sum(counts)
            lines.append(f"| `{profile}` | {len(told_all)} | {counts[0]} | {counts[1]} | {rest} |")
    return "\n".join(lines) + "\n"


def summary(rows: Sequence[Row], results: Results) -> str:
    """The line that README shows."""
    known = [(row, results[row.id]) for row in rows if row.id in results]
    broken = [told for row, told in known if row.defect]
    sound = [told for row, told in known if not row.defect]
    return (
        f"{sum(t['right'] for t in broken)} of {len(broken)} defects caught by the right finding; "
        f"{sum(t['false_alarm'] for t in sound)} false alarms in {len(sound)} sound runs "
        f"({sum(t['verdict'] == 'pass' for t in sound)} passed)"
    )
