"""What differs between a folder and the digests that were written of it: each file by its name.

A manifest has the form of `sha256sum`: 64 hex digits, two spaces, a path, a line feed. It is text
of others: no path in it is opened unless it is plainly one inside the folder, and links are never
followed.
"""

from __future__ import annotations

import os
import re
import stat
from dataclasses import dataclass, field
from pathlib import Path, PureWindowsPath

from rentree.evidence import MANIFEST, sha256
from rentree.series import SERIES, is_series, read_series
from rentree.visible import visible

_LINE = re.compile(r"([0-9a-f]{64})  (.+)", re.DOTALL)
DERIVED = "derived.sha256"
_REPORT = re.compile(r"(report|summary|junit|verdict)\b.*", re.IGNORECASE)  # of ours, by its name
_AGAIN = "(rentree report writes it again)"
_FROM = re.compile(r"# derived from raw/MANIFEST\.sha256 ([0-9a-f]{64})")


def broken_series(folder: Path) -> list[str]:
    """What differs from the manifest of a run, or of every run of a series."""
    if not is_series(folder):
        return broken_seals(folder)
    return [
        f"{run.folder}: {difference}"
        for run in read_series(folder)[1]
        for difference in broken_seals(folder / run.folder)
    ]


def broken_seals(folder: Path) -> list[str]:
    """What differs from the manifest: one sentence a file; empty when all is intact."""
    raw, manifest = folder / "raw", folder / "raw" / MANIFEST
    if raw.is_symlink():
        return ["raw is a symbolic link: a run makes a folder of its own"]
    if not os.path.lexists(manifest):
        return [f"raw/{MANIFEST} is missing: the run was never sealed"]
    if why := _no_plain_file(manifest):
        return [f"raw/{MANIFEST} {why}"]
    try:
        sealed, odd = listing(manifest.read_bytes())
    except OSError as error:
        return [f"raw/{MANIFEST} cannot be read: {error.strerror}"]
    found = _found_in(raw)
    differences = [f"raw/{MANIFEST}, {what}" for what in odd]
    differences += [f"raw/{name}/ cannot be read: {why}" for name, why in found.closed.items()]
    differences += [
        f"raw/{name}/ was added after sealing, an empty folder"
        for name in found.empty
        if not any(one == name or one.startswith(f"{name}/") for one in sealed)
    ]
    differences += [
        f"raw/{name} was added after sealing"
        for name in found.files.keys() - sealed.keys() - {MANIFEST}
    ]
    for name, digest in sealed.items():
        if name in found.folders:
            differences.append(f"raw/{name} was a file when it was sealed, and is a folder")
        elif name not in found.files:
            differences.append(f"raw/{name} is missing")
        elif why := changed(found.files[name], digest):
            differences.append(f"raw/{name} {why}")
    return sorted(visible(difference) for difference in differences)


def changed_reports(folder: Path, manifest: str) -> list[str]:
    """Which verdict and report files are not what was written from the evidence.

    `manifest` is the digest of the manifest that they must be derived from.
    """
    path = folder / DERIVED
    if not os.path.lexists(path):
        gone = f"{DERIVED} is missing, and nothing else speaks for"
        return [f"{gone} {name} {_AGAIN}" for name in _unlisted(folder) if named_as_ours(name)]
    if why := _no_plain_file(path):
        return [f"{DERIVED} {why}"]
    try:
        head, _, rest = path.read_bytes().partition(b"\n")
    except OSError as error:
        return [f"{DERIVED} cannot be read: {error.strerror}"]
    written, odd = listing(rest, first=2)
    differences = [f"{DERIVED}, {what}" for what in odd]
    source = _FROM.fullmatch(head.decode("utf-8", "replace"))
    if source is None or source[1] != manifest:
        differences.append(f"{DERIVED}, line 1: it speaks of another manifest")
    for name, digest in written.items():
        if "/" in name:
            differences.append(f"{DERIVED}: “{name}” is no file beside raw/")
        elif not os.path.lexists(folder / name):
            differences.append(f"{name} is missing")
        elif why := changed(folder / name, digest, "writing"):
            differences.append(f"{name} {why} {_AGAIN}")
    differences += [
        f"{name} has the name of a report, and {DERIVED} does not know it {_AGAIN}"
        for name in _unlisted(folder)
        if named_as_ours(name)
    ]
    return [visible(difference) for difference in differences]


def unlisted(folder: Path) -> list[str]:
    """What else lies beside raw/, of which nothing is known: it is not taken for a report of ours.

    But for verdict.json, which is judged anew.
    """
    return [visible(name) for name in _unlisted(folder) if not named_as_ours(name)]


def written_before(folder: Path) -> dict[str, str]:
    """Name → digest of each verdict and report that the list in a folder names; none: empty."""
    path = folder / DERIVED
    try:
        return listing(path.read_bytes().partition(b"\n")[2])[0]
    except OSError:
        return {}


def named_as_ours(name: str) -> bool:
    """Whether a reader would take a file for a report that the run wrote."""
    return _REPORT.fullmatch(name) is not None


def _unlisted(folder: Path) -> list[str]:
    """The names of what lies beside raw/ and was not written with the reports, sorted."""
    known = {"raw", "verdict.json", DERIVED, *written_before(folder)}
    if is_series(folder):
        known |= {SERIES, *(run.folder for run in read_series(folder)[1])}
    return sorted(p.name for p in folder.iterdir() if p.name not in known)


def listing(text: bytes, first: int = 1) -> tuple[dict[str, str], list[str]]:
    """Path → digest, and what is wrong with lines; `first` is the number of the first one.

    A line is taken only if it is what we write, to the byte: a change of any bit shows.
    """
    named: dict[str, str] = {}
    odd = []
    *lines, last = text.split(b"\n")
    for number, line in enumerate(lines, first):
        found = _LINE.fullmatch(line.decode("utf-8", "surrogateescape"))
        if found is None:
            odd.append(f"line {number}: not a digest and a path")
        elif not _inside(found[2]):
            odd.append(f"line {number}: “{found[2]}” leads outside the folder, or is no plain path")
        elif found[2] in named:
            odd.append(f"line {number}: “{found[2]}” is listed a second time")
        else:
            named[found[2]] = found[1]
    if last:
        odd.append(f"line {len(lines) + first}: cut short")
    return named, odd


def changed(path: Path, digest: str, since: str = "sealing") -> str:
    """How a file differs from what had that digest, in words; "" when it does not."""
    if why := _no_plain_file(path):
        return why
    try:
        return "" if sha256(path) == digest else f"was changed after {since}"
    except OSError as error:
        return f"cannot be read: {error.strerror}"


def _inside(name: str) -> bool:
    """Whether a path, as a manifest has it, leads to something in its folder on any system."""
    parts = name.split("/")
    return not ({"", ".", ".."} & set(parts) or "\\" in name or PureWindowsPath(name).drive)


def _no_plain_file(path: Path) -> str:
    try:
        mode = path.lstat().st_mode
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    if stat.S_ISLNK(mode):
        return "is a symbolic link: what it leads to was not sealed"
    return "" if stat.S_ISREG(mode) else "is no plain file"


@dataclass
class _Found:
    """What lies in a folder, by its path there; links are files that are none."""

    files: dict[str, Path] = field(default_factory=dict)
    folders: set[str] = field(default_factory=set)
    empty: list[str] = field(default_factory=list)  # folders with nothing in them
    closed: dict[str, str] = field(default_factory=dict)  # folder → why it cannot be listed


def _found_in(top: Path) -> _Found:
    found, folders = _Found(), [top]
    while folders:
        folder = folders.pop()
        name = folder.relative_to(top).as_posix()
        try:
            entries = list(folder.iterdir())
        except OSError as error:
            found.closed[name] = error.strerror or type(error).__name__
            continue
        if not entries:
            found.empty.append(name)
        for path in entries:
            below = path.relative_to(top).as_posix()
            if path.is_dir() and not path.is_symlink():
                found.folders.add(below)
                folders.append(path)
            else:
                found.files[below] = path
    return found
