"""Why the verdict is what it is, in three sentences; and who was hurt most. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from rentree.evidence import Evidence
from rentree.i18n import Language, translator
from rentree.tried import group_name
from rentree.verdict import Finding, Verdict
from rentree.words import number, step

_UNASKED = ("leak", "stopped", "gone")
_GRAVEST = ("leak", "stopped", "gone", "punctual", "signed-in-at-once", "response", "refused")


def reasons(verdict: Verdict, evidence: Evidence, language: Language) -> list[str]:
    """Three sentences: how many promises, the one that weighs most, and what to make of it."""
    _ = translator(language)
    told = {"pass": _held, "fail": _broken, "undecided": _open, "invalid": _unfit}
    return told[verdict.decision](verdict, evidence, language, _)


def asked(findings: Sequence[Finding]) -> list[Finding]:
    """The findings of what was promised, without those that stand whatever was."""
    return [f for f in findings if f.slo not in _UNASKED]


def promises(findings: Sequence[Finding]) -> dict[str, list[Finding]]:
    """The findings by their promise (its id without the group), in order."""
    grouped: dict[str, list[Finding]] = {}
    for finding in findings:
        grouped.setdefault(finding.text["en"], []).append(finding)
    return grouped


def telling(findings: Sequence[Finding]) -> Finding:
    """Of one promise's findings the one to show: the worst decided, the nearest to its limit."""
    order = ("fail", "invalid", "undecided", "pass")
    return min(findings, key=lambda f: (order.index(f.decision), -_beyond(f)))


def worst(findings: Sequence[Finding]) -> Finding | None:
    """The finding that weighs most: the gravest kind first, then the farthest beyond its limit."""
    return min(findings, key=lambda f: (_rank(f), -_beyond(f)), default=None)


def _held(
    verdict: Verdict, evidence: Evidence, language: Language, _: Callable[[str], str]
) -> list[str]:
    count = number(len(promises(verdict.findings)), language)
    tightest = max(verdict.findings, key=_beyond)
    return [
        _("All {count} promises are kept, in every group that was looked at.").format(count=count),
        _("The closest to its limit: {finding}.").format(
            finding=_say(tightest, evidence, language, _)
        ),
        _tried(verdict, language, _),
    ]


def _tried(verdict: Verdict, language: Language, _: Callable[[str], str]) -> str:
    if not verdict.runs:
        one = "One morning was tried: the verdict is for this load and this platform as it stood."
        return _(one)
    count = number(len(verdict.runs), language)
    return _("{count} mornings were tried, and judged together.").format(count=count)


def _broken(
    verdict: Verdict, evidence: Evidence, language: Language, _: Callable[[str], str]
) -> list[str]:
    failing = [f for f in verdict.findings if f.decision == "fail"]
    gravest = worst(failing)
    assert gravest is not None  # noqa: S101  # a verdict fails by a finding
    broken, count = len(promises(asked(failing))), len(promises(asked(verdict.findings)))
    sentences = [
        _("{broken} of {count} promises are broken.").format(
            broken=number(broken, language), count=number(count, language)
        )
        if broken
        else _("No promise is broken, and yet the platform fails."),
        _("What weighs most: {finding}.").format(finding=_say(gravest, evidence, language, _)),
    ]
    troubles = verdict.figures.get("troubles") or []
    if troubles:
        most = troubles[0]
        sentences.append(
            _("What went wrong most often: {step}, {count} times ({what}).").format(
                step=step(str(most["step"]), language),
                count=number(int(most["attempts"]), language),
                what=_(str(most["outcome"])),
            )
        )
    else:
        sentences.append(_("No step ended in an error: it is slowness that breaks the promise."))
    return sentences


def _open(
    verdict: Verdict, evidence: Evidence, language: Language, _: Callable[[str], str]
) -> list[str]:
    undecided = [f for f in verdict.findings if f.decision == "undecided"]
    nothing = _("Nothing is accused, and nothing is acquitted.")
    if not undecided:
        return [_("Nothing was promised: a trial that checks nothing proves nothing."), nothing]
    first = undecided[0]
    why = "; ".join(reason[language] for reason in first.reasons)
    return [
        _("Findings that could not be decided: {count}.").format(
            count=number(len(undecided), language)
        ),
        _("The first of them: {finding}.").format(finding=_say(first, evidence, language, _)),
        f"{why[:1].upper()}{why[1:]}. {nothing}" if why else nothing,
    ]


def _unfit(
    verdict: Verdict, evidence: Evidence, language: Language, _: Callable[[str], str]
) -> list[str]:
    whys = [window.why[language] for window in verdict.invalid]
    whys += [r[language] for f in verdict.findings if f.decision == "invalid" for r in f.reasons]
    return [
        _("Our own instrument was not fit: that is our fault, not the platform’s."),
        *[f"{why[:1].upper()}{why[1:]}." for why in dict.fromkeys(whys)][:1],
        _("The platform is neither accused nor acquitted: the trial must be run again."),
    ]


def _say(finding: Finding, evidence: Evidence, language: Language, _: Callable[[str], str]) -> str:
    group = group_name(finding, evidence, language)
    whom = f", {group}" if group else ""
    return f"{finding.text[language]}{whom}{_(': ')}{finding.measured_text[language]}"


def _rank(finding: Finding) -> int:
    return _GRAVEST.index(finding.slo) if finding.slo in _GRAVEST else len(_GRAVEST)


def _beyond(finding: Finding) -> float:
    """How near to its limit, or how far beyond, as a ratio: 1 is the limit itself."""
    measured = finding.measured
    if measured is None:
        return 0.0
    above, below = measured, finding.limit
    if finding.slo == "punctual":  # of those who were late
        above, below = 1 - measured, 1 - finding.limit
    elif finding.slo == "signed-in-at-once":
        above, below = finding.limit, measured
    return math.inf if below == 0 and above > 0 else (above / below if below else 0.0)
