"""Which preset of the sandbox plays which platform: what `--sandbox` and `expects` say. Pure.

One preset plays all platforms ("rentree"), or each has its own: "cned=cned-classes ent=rentree",
which is the key of such a run wherever a preset's name would stand.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from rentree.errors import UsageError

_EACH = re.compile(r"([a-z0-9][a-z0-9_-]*)=(\S+)")


def presets_of(key: str) -> dict[str, str]:
    """Platform → preset, sorted by platform; one preset that plays all of them stands under ""."""
    each = [_EACH.fullmatch(word) for word in key.split()]
    found = {match[1]: match[2] for match in each if match is not None}
    return dict(sorted(found.items())) if found and len(found) == len(each) else {"": key}


def key_of(presets: Mapping[str, str]) -> str:
    """The key of a run: the preset alone, or PLATFORM=PRESET of each, sorted by platform."""
    each = sorted(presets.items())
    return " ".join(f"{platform}={preset}" if platform else preset for platform, preset in each)


def key_asked(words: Sequence[str]) -> str | None:
    """The key of what was given to `--sandbox`, as often as it was given; None: not at all.

    Raises:
        UsageError: a platform is named twice, or one has a preset of its own and another has not.
    """
    if len(words) < 2:
        return key_of(presets_of(words[0])) if words else None
    named = [match for word in words if (match := _EACH.fullmatch(word))]
    if len(named) < len(words):
        raise UsageError(
            "several sandboxes: say of each which platform it is: --sandbox ent=PRESET "
            "--sandbox cned=PRESET (one PRESET alone plays all platforms)"
        )
    found = {match[1]: match[2] for match in named}
    if len(found) < len(words):
        raise UsageError("--sandbox: a platform is named twice; each has one preset")
    return key_of(found)
