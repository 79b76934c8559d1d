"""Finding files: the workspace one stands in, then the starter; a name never stands for two."""

from __future__ import annotations

from pathlib import Path

import pytest

from rentree.errors import UsageError
from rentree.workspace import KINDS, find, listing, starter, workspace


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace of one's own, in which we stand."""
    (tmp_path / "profiles" / "territories").mkdir(parents=True)
    (tmp_path / "chaos").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def put(folder: Path, name: str, text: str) -> Path:
    """Write a file of the workspace."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_the_starter_has_something_of_each_kind_but_targets() -> None:
    """What we ship is found in the checkout and in the wheel; no real platform is in it."""
    assert {kind for kind in KINDS if listing(kind, starter())} == set(KINDS) - {"targets"}


def test_outside_any_workspace_there_is_the_starter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Installed and run anywhere, the shipped profiles have their names."""
    monkeypatch.chdir(tmp_path)
    assert workspace() is None
    assert {"essai", "rentree-9h"} <= set(listing("profiles"))
    assert all(found.starter for found in listing("profiles").values())


def test_the_nearest_folder_above_is_the_workspace(own: Path) -> None:
    """One may stand anywhere inside, and a workspace within a workspace is one of its own."""
    deep = own / "a" / "b"
    deep.mkdir(parents=True)
    assert workspace(deep) == own
    (own / "a" / "profiles").mkdir()
    assert workspace(deep) == own / "a"


def test_own_files_stand_beside_the_starters(own: Path) -> None:
    """To add something, add one file to one folder."""
    path = put(own, "profiles/lundi.yaml", "profile: lundi\n")
    found = listing("profiles")
    assert (found["lundi"].path, found["lundi"].starter, found["lundi"].replaces) == (
        path,
        False,
        False,
    )
    assert found["essai"].starter
    assert find("profiles", "lundi") == path


@pytest.mark.parametrize(
    ("kind", "name", "says"),
    [
        ("profiles", "profiles/essai.yaml", "`replaces: starter`"),
        ("faults", "chaos/network.py", '`REPLACES = "starter"`'),
        ("platforms", "loadtests/platforms/sandbox.yaml", "`replaces: starter`"),
    ],
)
def test_a_name_twice_is_an_error(own: Path, kind: str, name: str, says: str) -> None:
    """Nothing is replaced in silence: the message says how to mean it."""
    put(own, name, "# mine\n")
    with pytest.raises(UsageError) as error:
        listing(kind)
    assert says in str(error.value)
    assert str(error.value).startswith(f"{own / name}:1: ")


@pytest.mark.parametrize(
    ("kind", "name", "text"),
    [
        (
            "profiles",
            "profiles/essai.yaml",
            "profile: essai\nreplaces: starter  # ours is longer\n",
        ),
        ("faults", "chaos/network.py", '"""Ours."""\n\nREPLACES = "starter"\n'),
        ("faults", "chaos/network.py", "REPLACES='starter'\n"),
    ],
)
def test_a_file_that_says_so_replaces_the_starters(
    own: Path, kind: str, name: str, text: str
) -> None:
    """It is found under the name, and known to stand in place of ours."""
    path = put(own, name, text)
    found = listing(kind)[path.stem]
    assert (found.path, found.starter, found.replaces) == (path, False, True)


def test_an_adapter_in_python_and_one_in_yaml_cannot_share_a_name(own: Path) -> None:
    """One name, one file: nobody need know which of the two counts."""
    put(own, "loadtests/platforms/ent.py", "# mine\n")
    path = put(own, "loadtests/platforms/ent.yaml", "# mine\n")
    with pytest.raises(UsageError) as error:
        listing("platforms")
    assert str(error.value) == f"{path}:1: there is ent.py too: one name, one file"


@pytest.mark.parametrize(
    "text", ["# replaces: starter\n", "a:\n  replaces: starter\n", "replaces: starters\n"]
)
def test_only_a_key_of_the_file_itself_replaces(own: Path, text: str) -> None:
    """A comment or a nested key that mentions it is not meant."""
    put(own, "profiles/essai.yaml", text)
    with pytest.raises(UsageError, match="the starter has profiles “essai” too"):
        listing("profiles")


def test_an_identical_copy_is_the_starters(own: Path) -> None:
    """A workspace made by copying ours is not full of replacements."""
    ours = listing("profiles", starter())["essai"].path
    put(own, "profiles/essai.yaml", ours.read_text(encoding="utf-8"))
    assert listing("profiles")["essai"].path == ours
    assert listing("profiles")["essai"].starter


def test_files_with_an_underscore_or_a_point_are_no_drop_ins(own: Path) -> None:
    """Editors and people leave such files about."""
    for name in ("_shared.yaml", ".#lock.yaml", "notes.txt"):
        put(own, f"profiles/{name}", "")
    assert not {"_shared", ".#lock", "notes"} & set(listing("profiles"))


@pytest.mark.parametrize(
    ("kind", "name", "words"),
    [
        ("profiles", "esai", "no profile “esai”: did you mean “essai”?"),
        ("platforms", "sandbx", "no platform “sandbx”: did you mean “sandbox”? known: "),
        ("territories", "oxitanie", "no territory “oxitanie”: did you mean “occitanie”?"),
        ("sandboxes", "rentre", "no sandbox “rentre”: did you mean “rentree”?"),
        ("profiles", "nowhere/lundi.yaml", "nowhere/lundi.yaml: no such file"),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest(
    own: Path, kind: str, name: str, words: str
) -> None:
    """A typing mistake costs no search."""
    with pytest.raises(UsageError) as error:
        find(kind, name)
    assert str(error.value).startswith(words)


def test_a_path_to_a_file_is_taken_as_it_is(own: Path) -> None:
    """A profile may lie anywhere."""
    path = put(own, "elsewhere/mine.yaml", "")
    assert find("profiles", str(path)) == path
