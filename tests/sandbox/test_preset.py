"""Presets: the two that we ship, and what a file may not say."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from rentree.errors import InvalidFileError, UsageError
from rentree.sandbox.preset import load_preset

# What the bell of `rentree-9h` asks, in busy servers (the comment in rentree.yaml reckons it).
BELL = 13.5
SCHOOL = 110  # requests from one school in its busiest second there


def test_the_protected_one_has_room_for_the_bell() -> None:
    """`rentree` has several times the servers that the bell asks, a quota above the crowd."""
    preset, _ = load_preset("rentree")
    assert preset.capacity.servers > 4 * BELL
    assert preset.quota is not None
    assert preset.quota.sessions > 2_000
    assert preset.overload.retry_after == 30_000_000
    assert preset.rate_limit is not None
    assert preset.rate_limit.rate > 2 * SCHOOL


def test_that_of_6_april_has_a_fifth_of_what_the_bell_asks() -> None:
    """`6-avril-2021` is the same platform, too small and unprotected."""
    small, _ = load_preset("6-avril-2021")
    large, _ = load_preset("rentree")
    assert BELL / 7 < small.capacity.servers < BELL / 4
    assert small.quota is None
    assert small.overload.retry_after is None
    assert small.service == large.service
    assert small.rate_limit is None


def test_a_path_is_a_preset_too(write_preset: Callable[..., Path]) -> None:
    """A file of one's own is read as it stands, units and spaces included."""
    path = write_preset("mine", servers="2.5", queue="1 000", quota="{sessions: 3 000}")
    preset, where = load_preset(str(path))
    assert where == path.resolve()
    assert (preset.capacity.servers, preset.capacity.queue) == (2.5, 1_000)
    assert preset.quota is not None
    assert preset.quota.sessions == 3_000
    assert preset.service.sign_in == 1_000
    assert preset.session.idle == 1_800_000_000


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"servers": "0"}, "more than 0 servers"),
        ({"servers": "'1,500'"}, "can be read"),
        ({"queue": "-1"}, "is not a number"),
        ({"quota": "{sesions: 3}"}, "unknown key “sesions”"),
        ({"idle": "30"}, "give its unit"),
        ({"retry_after": "soon"}, "is not a duration"),
        ({"quota": "none\nrate_limit: {rate: 5, burst: 3}"}, "write it as in 5 requests/s"),
        ({"quota": "none\nrate_limit: {rate: 5 requests/s}"}, "burst"),
        ({"quota": "none\nrate_limit: {rate: 5 requests/s, burst: 0}"}, "turns everybody away"),
    ],
)
def test_mistakes_are_told(
    write_preset: Callable[..., Path], changes: dict[str, str], says: str
) -> None:
    """A wrong quantity or key is refused with words and a line."""
    with pytest.raises(InvalidFileError, match=r"trial\.yaml:\d+: ") as caught:
        load_preset(write_preset(**changes))
    assert says in str(caught.value)


def test_name_and_file_must_agree(write_preset: Callable[..., Path]) -> None:
    """A preset that was copied and not renamed is refused."""
    path = write_preset("mine")
    copied = path.rename(path.with_name("copied.yaml"))
    with pytest.raises(InvalidFileError, match="says sandbox: mine"):
        load_preset(copied)


def test_a_wrong_name_gets_the_nearest() -> None:
    """A name that is slightly wrong is answered with the right one."""
    with pytest.raises(UsageError, match="6-avril-2021"):
        load_preset("6-avril")
