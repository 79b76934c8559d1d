"""Faults that come and go, and that grow, in a whole run: each is proven by itself."""

from __future__ import annotations

import pytest

from rentree.evidence import Evidence

from .conftest import Home, verdict_of

pytestmark = [pytest.mark.flow, pytest.mark.beside]
PROFILE = """\
profile: par-a-coups
extends: essai
expects: {}
faults:
  - fault: latency
    name: hoquet
    hits: {territory: occitanie}
    delay: 100 ms
    during: baseline + 1 s to recovery - 1 s
    repeat: {times: 3, for: 4 s}
  - fault: flood
    name: montee
    hits: {platform: ent, step: sign in}
    normal: {rate: 1 requests/s, of: une classe}
    times: 20
    during: bell to disturbance
    ramp: {steps: 3, to: {times: 100}}
  - fault: down
    name: coupures
    hits: {territory: grand-est}
    during: 09:00:08 to recovery - 1 s
    repeat: {every: 2 s, for: 2 s}
"""


def test_bursts_and_steps_are_each_asked_seen_and_cleared(home: Home) -> None:
    """Seven windows and more, one proof each; what they say together is never our own fault."""
    path = home.folder / "par-a-coups.yaml"
    path.write_text(PROFILE, encoding="utf-8")
    done = home.run_fit(str(path), "--sandbox", "rentree", "--seed", "7")
    evidence = Evidence(home.latest())
    names = [fault.name for fault in evidence.plan.faults]
    assert names == ["hoquet-1", "hoquet-2", "hoquet-3", "montee-1", "montee-2", "montee-3",
                     "coupures-1", "coupures-2"]  # fmt: skip
    assert [f.sends for f in evidence.plan.faults if f.part_of == "montee"] == [20, 60, 100]
    for fault in evidence.plan.faults:
        lines = [e for e in evidence.journal if e.get("name") == fault.name]
        life = [e["state"] for e in lines if e["state"] != "observed"]
        assert life == ["asked", "applied", "cleared", "proven"], (fault.name, life)
        seen = [e for e in lines if e["state"] == "observed"]
        inside = [e["in_force"] for e in seen if e["t"] in fault.span]
        assert sum(inside) >= len(inside) - 1 >= 1, (fault.name, seen)
        edge = 1_000_000
        far = [e for e in seen if not fault.start - edge <= e["t"] < fault.end + edge]
        assert not any(e["in_force"] for e in far), fault.name
    assert done.returncode in (0, 1, 3), done.stdout + done.stderr
    assert verdict_of(home.latest())["findings"]
