"""The pair that nobody tests: a flood is contained, and a school behind one address gets in."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Home, verdict_of

pytestmark = [pytest.mark.flow, pytest.mark.proof]  # make matrix has both
FLOODED = "goodput/bell/territory=occitanie"  # people who are nobody's school, nor the flood's
SCHOOL = "refused/people/bell/territory=hauts-de-france"


@pytest.mark.parametrize(
    ("defect", "code", "expected"),
    [
        ("", 0, {FLOODED: "pass", SCHOOL: "pass"}),
        ("rate-limit-blocks-school", 1, {FLOODED: "pass", SCHOOL: "fail"}),
    ],
)
def test_each_half_has_its_finding(
    home: Home, defect: str, code: int, expected: dict[str, str]
) -> None:
    """Sound, it is conforme; without the one or the other the finding that says so fails."""
    options: tuple[Any, ...] = ("--defect", defect) if defect else ()
    done = home.run_fit("flood-and-school", "--sandbox", "rentree", "--seed", "7", *options)
    assert done.returncode == code, done.stdout + done.stderr
    found = {f["id"]: f["decision"] for f in verdict_of(home.latest())["findings"]}
    assert {name: found[name] for name in expected} == expected
