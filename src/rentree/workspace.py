"""Finding the four folders: the workspace one stands in, then the starter that the wheel carries.

A workspace is a folder with `profiles/` in it; the current folder or the nearest one above it.
The repository is its own first workspace; installed, the same four folders lie in
`rentree/starter/`. A name that both have is an error, unless the workspace's file says
`replaces: starter` (YAML) or `REPLACES = "starter"` (Python).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.resources import files
from itertools import pairwise
from pathlib import Path

from rentree.errors import UsageError
from rentree.yamltext import nearest

# kind → (folder, what its files end in)
KINDS: dict[str, tuple[str, tuple[str, ...]]] = {
    "profiles": ("profiles", (".yaml",)),
    "territories": ("profiles/territories", (".yaml",)),
    "slo-sets": ("profiles/slos", (".yaml",)),
    "sandboxes": ("profiles/sandboxes", (".yaml",)),
    "studies": ("profiles/studies", (".yaml",)),
    "targets": ("profiles/targets", (".yaml",)),
    "journeys": ("loadtests", (".py",)),
    "platforms": ("loadtests/platforms", (".py", ".yaml")),
    "faults": ("chaos", (".py",)),
    "reports": ("reports", (".py",)),
}
_ONE = {"territories": "territory", "sandboxes": "sandbox", "studies": "study"}
_REPLACES = re.compile(
    r"^(?:replaces:\s*starter|REPLACES\s*=\s*[\"']starter[\"'])\s*(?:#.*)?$", re.M
)


@dataclass(frozen=True)
class Found:
    """One file of a workspace."""

    kind: str
    name: str
    path: Path
    starter: bool  # it is the one we ship
    replaces: bool = False  # it stands in place of the starter's


def starter() -> Path:
    """The folder with our own four folders: inside the wheel, or the checkout's root."""
    packaged = Path(str(files("rentree") / "starter"))
    return packaged if packaged.is_dir() else Path(__file__).parents[2]


def workspace(start: Path | None = None) -> Path | None:
    """The nearest folder at or above `start` (default: here) that has `profiles/`."""
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if (folder / "profiles").is_dir():
            return folder
    return None


def listing(kind: str, start: Path | None = None) -> dict[str, Found]:
    """Every file of a kind, by name.

    Raises:
        UsageError: a name stands in workspace and starter, and nobody said that it replaces.
    """
    folder, endings = KINDS[kind]
    ours = starter()
    found = {p.stem: Found(kind, p.stem, p, True) for p in _in(ours / folder, endings)}
    theirs = workspace(start)
    if theirs is None or theirs == ours.resolve():
        return found
    for path in _in(theirs / folder, endings):
        twice = path.stem in found
        if twice and path.read_bytes() == found[path.stem].path.read_bytes():
            continue  # a copy of the starter's is the starter's
        if twice and not _REPLACES.search(path.read_text(encoding="utf-8", errors="replace")):
            says = "replaces: starter" if path.suffix == ".yaml" else 'REPLACES = "starter"'
            raise UsageError(
                f"{path}:1: the starter has {kind} “{path.stem}” too: rename the file, or write "
                f"`{says}` in it if it is meant to stand in its place"
            )
        found[path.stem] = Found(kind, path.stem, path, False, twice)
    return found


def find(kind: str, name: str, start: Path | None = None) -> Path:
    """The file of that name, or `name` itself when it is a path to a file.

    Raises:
        UsageError: no such name; says which ones there are.
    """
    direct = Path(name)
    if direct.suffix and direct.is_file():
        return direct
    known = listing(kind, start)
    if name in known:
        return known[name].path
    if direct.suffix:
        raise UsageError(f"{name}: no such file")
    raise UsageError(f"no {_ONE.get(kind, kind[:-1])} “{name}”: {nearest(name, known)}")


def _in(folder: Path, endings: tuple[str, ...]) -> list[Path]:
    """The files of a folder that count. Raises UsageError when two have one name."""
    files = sorted(
        p for p in folder.glob("*") if p.suffix in endings and not p.name.startswith(("_", "."))
    )
    for before, after in pairwise(files):
        if before.stem == after.stem:
            raise UsageError(f"{after}:1: there is {before.name} too: one name, one file")
    return files
