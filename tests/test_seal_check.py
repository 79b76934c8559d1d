"""The seal: whatever is done to a sealed folder is named, and no path of a manifest is trusted."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from rentree.evidence import MANIFEST, seal, sha256
from rentree.seal_check import broken_seals, listing

GOLDEN = Path(__file__).parent / "golden" / "homework-lost"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A sealed folder with a ledger in a folder of its own."""
    return Path(shutil.copytree(GOLDEN, tmp_path / "evidence"))


def swap(raw: Path) -> None:
    """Two files change places."""
    (raw / "plan.json").rename(raw / "x")
    (raw / "journal.jsonl").rename(raw / "plan.json")
    (raw / "x").rename(raw / "journal.jsonl")


def to_folder(raw: Path) -> None:
    """A file becomes a folder."""
    (raw / "plan.json").unlink()
    (raw / "plan.json").mkdir()


def to_full_folder(raw: Path) -> None:
    """A file becomes a folder that has the file in it."""
    shutil.copy(raw / "plan.json", raw / "x")
    to_folder(raw)
    (raw / "x").rename(raw / "plan.json" / "plan.json")


def to_link(raw: Path) -> None:
    """A file becomes a link to its own content."""
    (raw / "plan.json").rename(raw.parent / "plan.json")
    (raw / "plan.json").symlink_to(raw.parent / "plan.json")


def folder_to_link(raw: Path) -> None:
    """A folder becomes a link to itself elsewhere."""
    (raw / "ledger").rename(raw.parent / "ledger")
    (raw / "ledger").symlink_to(raw.parent / "ledger")


def raw_to_link(raw: Path) -> None:
    """The sealed folder itself becomes a link."""
    raw.rename(raw.parent / "elsewhere")
    raw.symlink_to(raw.parent / "elsewhere")


def manifest_to_link(raw: Path) -> None:
    """The manifest becomes a link."""
    (raw / MANIFEST).rename(raw.parent / "x")
    (raw / MANIFEST).symlink_to(raw.parent / "x")


def pipe(raw: Path) -> None:
    """A file becomes a pipe, which would be read for ever."""
    (raw / "plan.json").unlink()
    os.mkfifo(raw / "plan.json")


DONE: list[tuple[Callable[[Path], object], list[str]]] = [
    (lambda raw: (raw / "plan.json").unlink(), ["raw/plan.json is missing"]),
    (lambda raw: (raw / "b.txt").write_text("x"), ["raw/b.txt was added after sealing"]),
    (lambda raw: (raw / "ledger" / "b").write_text("x"), ["raw/ledger/b was added after sealing"]),
    (lambda raw: (raw / "ledger" / MANIFEST).write_text("x"),
     [f"raw/ledger/{MANIFEST} was added after sealing"]),
    (lambda raw: (raw / "new").mkdir(), ["raw/new/ was added after sealing, an empty folder"]),
    (lambda raw: (raw / "a\x1b[2Jb").write_text("x"), ["raw/a\ufffd[2Jb was added after sealing"]),
    (lambda raw: (raw / "plan.json").rename(raw / "Plan.json"),
     ["raw/Plan.json was added after sealing", "raw/plan.json is missing"]),
    (lambda raw: shutil.rmtree(raw / "ledger"), ["raw/ledger/worker-1.parquet is missing"]),
    (lambda raw: (raw / "ledger" / "worker-1.parquet").unlink(),
     ["raw/ledger/worker-1.parquet is missing"]),
    (swap, ["raw/journal.jsonl was changed after sealing",
            "raw/plan.json was changed after sealing"]),
    (to_folder, ["raw/plan.json was a file when it was sealed, and is a folder"]),
    (to_full_folder, ["raw/plan.json was a file when it was sealed, and is a folder",
                      "raw/plan.json/plan.json was added after sealing"]),
    (to_link, ["raw/plan.json is a symbolic link: what it leads to was not sealed"]),
    (folder_to_link, ["raw/ledger was added after sealing",
                      "raw/ledger/worker-1.parquet is missing"]),
    (raw_to_link, ["raw is a symbolic link: a run makes a folder of its own"]),
    (manifest_to_link,
     [f"raw/{MANIFEST} is a symbolic link: what it leads to was not sealed"]),
    (pipe, ["raw/plan.json is no plain file"]),
    (lambda raw: (raw / MANIFEST).unlink(),
     [f"raw/{MANIFEST} is missing: the run was never sealed"]),
]  # fmt: skip


@pytest.mark.parametrize(("do", "told"), DONE)
def test_what_was_done_is_named(
    do: Callable[[Path], object], told: list[str], folder: Path
) -> None:
    """Each file that was altered, taken, added or replaced is named, and nothing else is."""
    assert broken_seals(folder) == []
    do(folder / "raw")
    assert broken_seals(folder) == told


def test_what_cannot_be_read_is_named() -> None:
    """Neither a file nor a folder that may not be read is taken for intact."""
    with tempfile.TemporaryDirectory() as here:
        Path(here).chmod(0o755)
        folder = Path(shutil.copytree(GOLDEN, Path(here) / "evidence"))
        closed = [folder / "raw" / "plan.json", folder / "raw" / "ledger"]
        for path in closed:
            path.chmod(0)
        user = os.geteuid()
        try:
            if user == 0:
                os.seteuid(65534)
            told = broken_seals(folder)
        finally:
            os.seteuid(user)
            for path in closed:
                path.chmod(0o755)
    assert told == [
        "raw/ledger/ cannot be read: Permission denied",
        "raw/ledger/worker-1.parquet is missing",
        "raw/plan.json cannot be read: Permission denied",
    ]


ZEROS = "0" * 64


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("", "not a digest and a path"),
        ("# a comment", "not a digest and a path"),
        (f"{ZEROS} plan.json", "not a digest and a path"),
        (f"{ZEROS} *plan.json", "not a digest and a path"),
        (f"{ZEROS[1:]}  plan.json", "not a digest and a path"),
        (f"{'A' * 64}  plan.json", "not a digest and a path"),
        (f"{ZEROS}  ../x", "“../x” leads outside the folder, or is no plain path"),
        (f"{ZEROS}  a/../../x", "“a/../../x” leads outside the folder, or is no plain path"),
        (f"{ZEROS}  /etc/passwd", "“/etc/passwd” leads outside the folder, or is no plain path"),
        (f"{ZEROS}  C:x", "“C:x” leads outside the folder, or is no plain path"),
        (f"{ZEROS}  a\\b", "“a\\b” leads outside the folder, or is no plain path"),
        (f"{ZEROS}  ./plan.json", "“./plan.json” leads outside the folder, or is no plain path"),
        (f"{ZEROS}  a//b", "“a//b” leads outside the folder, or is no plain path"),
        (f"{ZEROS}  plan.json", "“plan.json” is listed a second time"),
    ],
)
def test_odd_lines_are_named_by_their_number(line: str, told: str) -> None:
    """A line that is not exactly what we write counts for nothing, and is told."""
    text = f"{'1' * 64}  plan.json\n{line}\n{'2' * 64}  people.parquet\n"
    named, odd = listing(text.encode())
    assert odd == [f"line 2: {told}"]
    assert named == {"plan.json": "1" * 64, "people.parquet": "2" * 64}


def test_a_manifest_that_leads_outside_opens_nothing(folder: Path) -> None:
    """The digest of a file outside raw/ in the manifest is neither looked at nor believed."""
    outside = folder / "outside.txt"
    outside.write_text("x", encoding="utf-8")
    manifest = folder / "raw" / MANIFEST
    whole = manifest.read_text(encoding="utf-8")
    manifest.write_text(f"{whole}{sha256(outside)}  ../outside.txt\n", encoding="utf-8")
    [told] = broken_seals(folder)
    assert told.endswith("leads outside the folder, or is no plain path")


def test_a_manifest_that_was_cut_is_named(folder: Path) -> None:
    """The last line without its end, and the file that it would have named."""
    manifest = folder / "raw" / MANIFEST
    lines = manifest.read_text(encoding="utf-8").splitlines()
    manifest.write_bytes(manifest.read_bytes()[:-5])
    name = lines[-1].partition("  ")[2]
    assert broken_seals(folder) == [
        f"raw/{MANIFEST}, line {len(lines)}: cut short",
        f"raw/{name} was added after sealing",
    ]


def test_whatever_is_in_a_folder_is_sealed(tmp_path: Path) -> None:
    """A file below with the manifest's own name, and names of other alphabets."""
    raw = tmp_path / "raw"
    for name in (MANIFEST, f"sub/{MANIFEST}", "élève.txt", "a b/c d"):
        (raw / name).parent.mkdir(parents=True, exist_ok=True)
        (raw / name).write_text(name, encoding="utf-8")
    seal(tmp_path)
    assert broken_seals(tmp_path) == []
    for name in (f"sub/{MANIFEST}", "élève.txt", "a b/c d"):
        (raw / name).write_text("other", encoding="utf-8")
        assert broken_seals(tmp_path) == [f"raw/{name} was changed after sealing"]
        (raw / name).write_text(name, encoding="utf-8")
