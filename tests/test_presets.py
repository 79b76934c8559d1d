"""Which preset plays which platform: a table, a sentence a row."""

from __future__ import annotations

import pytest

from rentree.errors import UsageError
from rentree.presets import key_asked, key_of, presets_of


@pytest.mark.parametrize(
    ("key", "presets", "says"),
    [
        ("rentree", {"": "rentree"}, "one preset plays all platforms"),
        ("ent=rentree", {"ent": "rentree"}, "one platform, by its name"),
        (
            "ent=rentree cned=cned-classes",
            {"cned": "cned-classes", "ent": "rentree"},
            "each has its own, in whatever order they are written",
        ),
        ("ent=./own.yaml", {"ent": "./own.yaml"}, "a preset may be a file"),
        ("/srv/a=b.yaml", {"": "/srv/a=b.yaml"}, "a path is no platform's name"),
        ("my own.yaml", {"": "my own.yaml"}, "nor is a file with a space in its name"),
        ("ent=rentree own.yaml", {"": "ent=rentree own.yaml"}, "all of them, or none"),
    ],
)
def test_what_a_key_says(key: str, presets: dict[str, str], says: str) -> None:
    """Platform → preset."""
    assert presets_of(key) == presets, says
    assert presets_of(key_of(presets)) == presets, says


@pytest.mark.parametrize(
    ("words", "key"),
    [
        ([], None),
        (["rentree"], "rentree"),
        (["ent=rentree", "cned=cned-classes"], "cned=cned-classes ent=rentree"),
        (["ent=rentree cned=cned-classes"], "cned=cned-classes ent=rentree"),
    ],
)
def test_what_was_asked(words: list[str], key: str | None) -> None:
    """The key of a run is sorted by platform, however it was typed."""
    assert key_asked(words) == key


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["rentree", "cned=cned-classes"], "say of each which platform it is"),
        (["ent=rentree", "ent=essai"], "a platform is named twice"),
    ],
)
def test_what_cannot_be_asked(words: list[str], says: str) -> None:
    """Told with what to type."""
    with pytest.raises(UsageError, match=says):
        key_asked(words)
