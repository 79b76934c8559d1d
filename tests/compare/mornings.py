"""Small evidence folders: a bell of 40 s in which people sign in, each taking their own time."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from rentree.evidence import Evidence, seal, write_json
from rentree.series import Listed, write_series
from rentree.testing import Story, make_plan

REFUSED = {"slo": "refused", "share_below": "5 %", "in": "bell", "each": "none", "of": "attempts"}


def morning(
    seed: int = 1, *, slower: float = 1.0, refused: float = 0.0, people: int = 240, **plan: Any
) -> Story:
    """People who come evenly through the bell, served in 80 to 120 ms; a share is turned away."""
    random = np.random.default_rng(seed)
    plan.setdefault("slos", [REFUSED])
    story = Story(make_plan(**({"seed": seed} | plan)))
    for i in range(people):
        took = float(random.uniform(0.08, 0.12)) * slower
        away = bool(random.random() < refused)
        story.tries(
            story.person(10 + i * 40 / people), took=took, outcome="refused" if away else "ok"
        )
    return story


def written(story: Story, folder: Path, documents: dict[str, Any] | None = None) -> Path:
    """The story as a sealed folder, with documents of its own in raw/ (name → content)."""
    story.write(folder)
    for name, content in (documents or {}).items():
        if name.endswith(".json"):
            write_json(folder / "raw" / name, content)
        else:
            (folder / "raw" / name).write_text(str(content), encoding="utf-8")
    seal(folder)
    return folder


def group(folder: Path, count: int, tell: Callable[[int], Story], first: int = 1) -> Path:
    """A folder of several runs, as `rentree run --repeat` makes one, with its own file in it."""
    listed = []
    for i in range(first, first + count):
        run = Evidence(written(tell(i), folder / f"run-{i}"))
        listed.append(Listed(run.folder.name, run.manifest, run.plan.seed))
    write_series(folder, count, listed)
    return folder
