"""`rentree verify`: is the folder what was sealed, the one expected, and judged the same again?"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from rentree.errors import UsageError
from rentree.evidence import Evidence, broken_seals
from rentree.judge import judge
from rentree.verdict import read_verdict, same


@dataclass(frozen=True)
class Verification:
    """What was found, in lines, and whether nothing speaks against the folder."""

    sound: bool
    lines: list[str]


def verify(folder: Path, expect: str | None = None) -> Verification:
    """Check seal, anchor and verdict.

    Raises:
        UsageError: not an evidence folder.
    """
    if not (folder / "raw").is_dir():
        raise UsageError(f"{folder} is not an evidence folder: it has no raw/ in it")
    broken = broken_seals(folder)
    lines, sound = [f"BROKEN: {difference}" for difference in broken], not broken
    if broken:
        return Verification(False, [*lines, "the evidence is not what was sealed"])
    evidence = Evidence(folder)
    if expect is None:
        lines.append(f"intact, not anchored: its manifest is {evidence.manifest}")
        lines.append(
            "a seal shows that nothing changed since it was made; whoever holds the folder could "
            "make another: compare the digest with the one that the run printed (--expect)"
        )
    elif expect == evidence.manifest:
        lines.append("intact, and the manifest is the one expected")
    else:
        sound = False
        lines.append(f"ANOTHER FOLDER: expected {expect}, found {evidence.manifest}")
    if (folder / "verdict.json").exists():
        differences = same(read_verdict(folder), judge(evidence))
        sound = sound and not differences
        lines += [f"JUDGED ANEW, IT DIFFERS: {difference}" for difference in differences]
        if not differences:
            lines.append("judged anew: the same verdict")
    return Verification(sound, lines)
