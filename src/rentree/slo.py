"""SLOs: the promises that a profile can check, all kinds together.

How each kind is measured is in `rentree.judge.kinds`; who counts, in docs/verdict.md.
"""

from __future__ import annotations

from typing import Annotated, get_args

from pydantic import Field

from rentree.slos.agrees import Agrees
from rentree.slos.at_once import SignedInAtOnce
from rentree.slos.available import Available
from rentree.slos.classes import ClassesCanStart
from rentree.slos.fair import Fair
from rentree.slos.fresh import Fresh
from rentree.slos.gate import Gate
from rentree.slos.goodput import Goodput
from rentree.slos.kind import Group, Promise, Scaling, Slo, Surroundings
from rentree.slos.no_leak import NoLeak
from rentree.slos.nothing_lost import NothingLost
from rentree.slos.punctual import Punctual
from rentree.slos.queue_fair import QueueFair
from rentree.slos.quota import Quota
from rentree.slos.recovers import Recovers
from rentree.slos.refused import Refused
from rentree.slos.refuses_well import RefusesWell
from rentree.slos.resilient import Resilient
from rentree.slos.response import Response
from rentree.slos.same_for_all import SameForAll
from rentree.slos.session_time import SessionTime
from rentree.slos.single_use import SingleUse

__all__ = [
    "KINDS", "Agrees", "AnySlo", "Available", "ClassesCanStart", "Fair", "Fresh", "Gate",
    "Goodput", "Group", "NoLeak", "NothingLost", "Promise", "Punctual", "QueueFair", "Quota",
    "Recovers", "Refused", "RefusesWell", "Resilient", "Response", "SameForAll", "Scaling",
    "SessionTime", "SignedInAtOnce", "SingleUse", "Slo", "Surroundings",
]  # fmt: skip

AnySlo = Annotated[
    Response | Refused | Punctual | ClassesCanStart | SignedInAtOnce | Goodput | Available
    | Recovers | Resilient | RefusesWell | QueueFair | Fair | Gate | SessionTime | Quota
    | SingleUse | Fresh | NothingLost | NoLeak | SameForAll | Agrees,
    Field(discriminator="slo"),
]  # fmt: skip
KINDS: dict[str, type[Slo]] = {
    word: kind
    for kind in get_args(get_args(AnySlo)[0])
    for word in get_args(kind.model_fields["slo"].annotation)
}
