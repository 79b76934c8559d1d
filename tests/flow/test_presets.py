"""Each preset of April 2021 with its own profile: the verdict that history gave, by the named
finding; and without that one mechanism, the other verdict.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.flow.conftest import Home, verdict_of

from rentree.sandbox.settings import changed, checked
from rentree.workspace import find
from rentree.yamltext import read

pytestmark = [pytest.mark.flow, pytest.mark.beside, pytest.mark.proof]

# preset, its verdict, the finding that says so, what switches the mechanism off, verdict without
PRESETS = [
    ("6-avril-quota", "fail", "refused", {"quota": "none"}, "pass"),
    ("paris-parents-15h", "pass", "punctual", {"gate": "none"}, "fail"),
    ("eclat-bfc-8-avril", "pass", "signed-in-at-once", {"capacity.servers": "2"}, "fail"),
    ("grand-est-panne", "fail", "signed-in-at-once", {"nodes": "{count: 20}"}, "pass"),
    ("cned-classes", "fail", "punctual", {"queue": "none"}, "pass"),
]
# The broken node of grand-est-panne is its profile's doing: of twenty nodes one is a twentieth.
CODES = {"pass": 0, "fail": 1}


def findings(home: Home) -> dict[str, str]:
    """Kind of SLO → the decision of its finding, of the latest run."""
    return {f["slo"]: f["decision"] for f in verdict_of(home.latest())["findings"]}


@pytest.mark.parametrize(
    ("preset", "verdict", "finding"), [row[:3] for row in PRESETS], ids=[r[0] for r in PRESETS]
)
def test_history(home: Home, preset: str, verdict: str, finding: str) -> None:
    """As it was."""
    done = home.run_fit(f"{preset}-court", "--sandbox", preset)
    assert done.returncode == CODES[verdict], done.stdout + done.stderr
    assert findings(home)[finding] == verdict


@pytest.mark.parametrize(
    ("preset", "finding", "without", "verdict"),
    [(name, finding, without, other) for name, _, finding, without, other in PRESETS],
    ids=[r[0] for r in PRESETS],
)
def test_without_that_one_mechanism(
    home: Home, tmp_path: Path, preset: str, finding: str, without: dict[str, str], verdict: str
) -> None:
    """And everything else the same."""
    data = changed(read(find("sandboxes", preset)).data, without) | {"sandbox": "otherwise"}
    checked(data)
    (tmp_path / "otherwise.yaml").write_text(json.dumps(data), encoding="utf-8")  # JSON is YAML
    done = home.run_fit(f"{preset}-court", "--sandbox", str(tmp_path / "otherwise.yaml"))
    assert done.returncode == CODES[verdict], done.stdout + done.stderr
    assert findings(home)[finding] == verdict
