"""The kinds of study, a file each, by the word that stands after `kind:`."""

from __future__ import annotations

from rentree.study.kind import Study
from rentree.study.kinds.days import Days
from rentree.study.kinds.factorial import Factorial
from rentree.study.kinds.sweep import Sweep

KINDS: dict[str, type[Study]] = {"factorial": Factorial, "sweep": Sweep, "days": Days}
