"""A small profile for tests of what is made from one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from rentree.profile import Profile


@pytest.fixture(scope="session")
def make_profile() -> Callable[..., Profile]:
    """A morning of two territories, 09:00 in the middle, but for what a test says."""

    def make(**changes: Any) -> Profile:
        unit = {"authority": "région", "levels": ["collège", "lycée"], "provider": "ours"}
        crowd = [
            {"territory": territory, "unit": unit, "source": "assumption",
             "come": {"pupil": pupils, "teacher": "30", "parent": "20"},
             "classes": {"of": "24", "per_school": "3"}}
            for territory, pupils in [("north", "480"), ("south", "250")]
        ]  # fmt: skip
        values: dict[str, Any] = {
            "profile": "small",
            "title": {"fr": "Petit", "en": "Small"},
            "phases": {"baseline": "08:50-08:55", "bell": "08:55-09:05", "recovery": "09:05-09:10"},
            "crowd": crowd,
            "bells": [
                {"at": "09:00", "source": "assumption", "earlier": {"teacher": "1 min"},
                 "convenes": {"pupil": "60 %", "teacher": "60 %"},
                 "arrive": {"from": "08:57", "to": "09:02", "curve": "rush"}}
            ],
            "others": {"arrive": {"from": "08:50", "to": "09:05", "curve": "even"}},
            "behaviour": {
                "patience": "20 s",
                "retry": {"after": "10 s", "jitter": "3 s", "at_most": "2"},
                "stay": {"until": "09:08"},
            },
            "faults": [
                {"fault": "latency", "name": "slow", "hits": {"territory": "north"},
                 "during": "bell", "delay": "200 ms", "jitter": "50 ms", "source": "F28"}
            ],
            "slos": [
                {"slo": "punctual", "share": "95 %", "within": "60 s"},
                {"slo": "response", "step": "sign in", "quantile": "95 %", "below": "5 s"},
                {"slo": "refused", "share_below": "1 %"},
                {"slo": "signed-in-at-once", "persona": "pupil", "at_least": "500",
                 "held": "2 min"},
                {"slo": "signed-in-at-once", "at_least": "401", "held": "60 s"},
            ],
        }  # fmt: skip
        return Profile.model_validate(values | changes)

    return make
