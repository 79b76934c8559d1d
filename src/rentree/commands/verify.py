"""`rentree verify`: is the folder what was sealed, the one expected, and judged the same again?"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from rentree.evidence import broken_seals, open_folder, sha256
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
    evidence = open_folder(folder)
    broken = broken_seals(folder)
    lines, sound = [f"BROKEN: {difference}" for difference in broken], not broken
    if broken:
        return Verification(False, [*lines, "the evidence is not what was sealed"])
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
    changed = changed_reports(folder)
    lines += [f"CHANGED: {difference}" for difference in changed]
    return Verification(sound and not changed, lines)


def changed_reports(folder: Path) -> list[str]:
    """Which verdict and report files are not what was written from the evidence."""
    path = folder / "derived.sha256"
    if not path.exists():
        return []
    differences = []
    for line in path.read_text(encoding="utf-8").splitlines():
        digest, _, name = line.partition("  ")
        if line.startswith("#"):
            continue
        if not (folder / name).exists():
            differences.append(f"{name} is missing")
        elif sha256(folder / name) != digest:
            differences.append(f"{name} is not what was written (rentree report writes it again)")
    return differences
