"""Many promises in one run: a fail must be surer, the more of them are decided (Holm 1979). Pure.

Of twenty findings that all hold, one would fail by chance alone in two runs of three. Holm's
step-down keeps the chance of any false fail of a run under 5 %: the surest fail must be as sure as
all findings ask for, the next as all but one, and so on; the first that is not, and all after it,
are undecided. What is exact (a held count, a leak, a loss) has no doubt, and is neither counted
nor touched.
"""

from __future__ import annotations

from collections.abc import Sequence

from rentree.verdict import Finding
from rentree.words import Words, both, number

LEVEL = 0.05  # as two-sided 95 % intervals have it


def corrected(findings: Sequence[Finding]) -> list[Finding]:
    """The findings, with the fails that do not stand made undecided."""
    tested = [f for f in findings if f.p is not None and f.decision != "invalid"]
    failed = [f for f in tested if f.decision == "fail"]
    sure = standing([f.p or 0.0 for f in failed], len(tested))
    doubted = {finding.id for finding, stands in zip(failed, sure, strict=True) if not stands}
    return [_doubted(f, len(tested)) if f.id in doubted else f for f in findings]


def standing(ps: Sequence[float], tested: int) -> list[bool]:
    """Which of some p stand, in their order, where so many are tested in all."""
    stand = [False] * len(ps)
    for place, i in enumerate(sorted(range(len(ps)), key=lambda i: ps[i])):
        if ps[i] > LEVEL / (tested - place):
            break
        stand[i] = True
    return stand


def _doubted(finding: Finding, tested: int) -> Finding:
    return finding.model_copy(
        update={"decision": "undecided", "reasons": [*finding.reasons, _why(tested)]}
    )


def _why(tested: int) -> Words:
    return both(
        lambda lang: {
            "fr": f"non tenu pris seul, mais pas assez sûrement parmi {number(tested, lang)} "
            "constats (correction de Holm)",
            "en": f"not held taken alone, but not surely enough among {number(tested, lang)} "
            "findings (Holm’s correction)",
        }[lang]
    )
