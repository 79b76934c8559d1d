"""What is replayed: each profile that we ship × each preset of which it expects a verdict."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from rentree.errors import InvalidFileError
from rentree.presets import key_of, presets_of
from rentree.profile import Profile, VerdictAt, resolve
from rentree.quantity import SECOND
from rentree.workspace import find, listing, starter
from rentree.yamltext import check_sections, read

_AROUND = 12  # s that a run takes beside its phases: people, processes, judging
_NO_MATTER = (  # the run is the same
    "title", "reproduces", "expects", "named_by", "verdict_at", "rehearsal", "do_not_add_up",
)  # fmt: skip


class Row(NamedTuple):
    """One run, and what it must come to."""

    profile: str
    preset: str
    expected: str  # pass, fail or undecided
    named_by: str  # the beginning of the id of a finding that must have that decision; "": any
    scale: float
    clock: float
    rehearsal: bool
    seconds: float  # that its phases take by the clock on the wall
    digest: str  # of all that makes the run: a changed profile or preset is run anew

    @property
    def id(self) -> str:
        """Its name."""
        return f"{self.profile} on {self.preset}"

    @property
    def key(self) -> str:
        """By which its result is kept."""
        return f"{self.id} {self.digest}"

    @property
    def lasts(self) -> float:
        """About how long it takes, s, when this machine is fit for it at once."""
        return self.seconds + _AROUND

    @property
    def alone(self) -> bool:
        """Whether it needs this machine to itself: everybody comes."""
        return self.scale == 1

    def words(self) -> list[str]:
        """What `rentree run` is told."""
        at = ["--scale", f"{self.scale * 100:.10g}%", "--clock", f"{self.clock:.10g}x"]
        asked = ["--rehearsal"] if self.rehearsal else []
        each = [key_of({platform: preset}) for platform, preset in presets_of(self.preset).items()]
        return [self.profile, *(w for one in each for w in ("--sandbox", one)), *at, *asked]


def reckoned(rows: Iterable[Row], jobs: int) -> float:
    """How long these take, s: so many at the same time, and one by one those that need it."""
    return sum(row.lasts if row.alone else row.lasts / jobs for row in rows)


class Shipped(NamedTuple):
    """A profile of ours."""

    name: str
    reproduces: dict[str, str]  # number of the record → what it asserts of it
    rows: list[Row]


def shipped() -> list[Shipped]:
    """Every profile that we ship, by name.

    Raises:
        InvalidFileError: with every problem of the first that is not sound.
    """
    return [_read(found.path) for _, found in sorted(listing("profiles", starter()).items())]


def _read(path: Path) -> Shipped:
    document = resolve(path)
    parts, problems = check_sections(Profile, document, "a profile")
    if problems:
        raise InvalidFileError(problems)
    asked = parts.get("rehearsal")
    at = asked or parts.get("verdict_at") or VerdictAt()
    phases = parts["phases"].values()
    lasts = max(p.end for p in phases) - min(p.start for p in phases)
    rows = [
        Row(
            path.stem, preset, expected, parts.get("named_by", {}).get(preset, ""),
            at.scale, at.clock, asked is not None, lasts / at.clock / SECOND,
            _digest(at, document.data, *_files(preset)),
        )
        for preset, expected in parts.get("expects", {}).items()
    ]  # fmt: skip
    return Shipped(path.stem, parts.get("reproduces", {}), rows)


def _files(key: str) -> list[Mapping[str, Any]]:
    """What the presets of a run say."""
    return [read(find("sandboxes", name, starter())).data for name in presets_of(key).values()]


def _digest(at: VerdictAt, *files: Mapping[str, Any]) -> str:
    """Of what makes the run: words about it, and scale and clock of other runs, do not."""
    made_of = [{key: f[key] for key in f if key not in _NO_MATTER} for f in files]
    made_of.append({"scale": at.scale, "clock": at.clock})
    text = json.dumps(made_of, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
