"""The verdict of several runs of one profile (`rentree run --repeat N`). Pure.

What has doubt is weighed by Student's t across runs; what is exact must hold in every run. Runs
whose own instrument was not fit are left out, finding by finding, and named: never a leak, a loss
or wrong content, which we cannot have caused. The rules are docs/verdict.md.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from rentree.errors import RentreeError
from rentree.evidence import Evidence
from rentree.judge.across import across_interval, across_p, more_runs, values_interval
from rentree.judge.holm import corrected
from rentree.judge.statistics import Interval, rows_needed
from rentree.judge.whole import judge, title
from rentree.series import SeriesEvidence, read_series
from rentree.verdict import Deciding, Decision, Finding, RunTold, Verdict, merge
from rentree.words import Words, between, both, duration, number, percent, things

_ORDER: tuple[Decision, ...] = ("fail", "undecided", "pass", "invalid")
_SPACE = "\u00a0"
_STANDS = ("wrong",)  # a fail of one run is the series': we cannot have caused it


def judge_folder(evidence: Evidence) -> Verdict:
    """Judge what a folder holds: one run, or a series. Raises RentreeError as its judge does."""
    return judge_series(evidence) if isinstance(evidence, SeriesEvidence) else judge(evidence)


def judge_series(evidence: SeriesEvidence) -> Verdict:
    """Judge every run of a series anew, and then all of them together.

    Raises:
        RentreeError: a run, or the list of them, cannot be read; a run is not the one listed.
    """
    told = []
    asked, runs = read_series(evidence.folder)
    for listed in runs:
        run = Evidence(evidence.folder / listed.folder)
        verdict = judge(run)
        if verdict.manifest != listed.manifest:
            raise RentreeError(f"{run.folder} is not the run that was listed")
        if what := _unlike(evidence.runs[0], run):
            raise RentreeError(f"{run.folder} is a run of another {what} than the series' first")
        told.append((RunTold(**listed._asdict(), decision=verdict.decision), verdict))
    verdict = judge_runs(told, evidence.manifest, asked)
    line, count = title(evidence.plan, verdict.decision, evidence.people), len(told)
    several = both(lambda lang: f"{line[lang]}, {_of(count, asked, lang)}")
    return verdict.model_copy(update={"title": several})


def _unlike(first: Evidence, run: Evidence) -> str:
    """What makes two runs no mornings of one series; empty: they are."""
    profiles = [one.raw / "profile.yaml" for one in (first, run)]
    if len({path.read_bytes() if path.exists() else b"" for path in profiles}) > 1:
        return "profile"
    for name in ("scale", "clock", "sandbox", "target"):
        if getattr(first.plan, name) != getattr(run.plan, name):
            return name
    return ""


def _of(count: int, asked: int, lang: str) -> str:
    """“5 runs”; of a series that was cut short “2 of 5 runs”."""
    runs = things(asked, lang, "runs")
    return runs if count == asked else f"{count} {_OF[lang]} {runs}"


_OF = {"fr": "sur", "en": "of"}


def judge_runs(
    told: Sequence[tuple[RunTold, Verdict]], digest: str, asked: int | None = None
) -> Verdict:
    """The verdict of a series, from the verdicts of its runs, in order; one of them at least.

    `digest` stands for the whole series; `asked`: how many runs there were to be, when more than
    there are. Nothing of a run is judged again here, and the title is still the first one's.
    """
    verdicts = [verdict for _, verdict in told]
    first = verdicts[0]
    names = dict.fromkeys(f.id for verdict in verdicts for f in verdict.findings)
    findings = corrected([_together(name, verdicts) for name in names])
    if asked is not None and len(told) < asked:
        findings = [_cut_short(finding, len(told), asked) for finding in findings]
    decision = merge(finding.decision for finding in findings)
    if len(verdicts) < 2:
        decision = "invalid" if decision != "fail" else "fail"
    return first.model_copy(
        update={
            "decision": decision, "manifest": digest, "findings": findings,
            "interrupted": any(verdict.interrupted for verdict in verdicts),
            "invalid": [w for v in verdicts for w in v.invalid], "runs": [run for run, _ in told],
            "figures": first.figures | {"troubles": _troubles(verdicts)},
        }
    )  # fmt: skip


def _cut_short(finding: Finding, count: int, asked: int) -> Finding:
    """Nothing passes in a series that ended early: who may stop when it looks well would."""
    if finding.decision != "pass":
        return finding
    why = both(
        lambda lang: {
            "fr": f"{_of(count, asked, lang)} seulement{_SPACE}: une série interrompue ne montre "
            "pas que l’engagement est tenu",
            "en": f"only {_of(count, asked, lang)}: a series that was cut short does not show that "
            "the promise is kept",
        }[lang]
    )
    return finding.model_copy(update={"decision": "undecided", "reasons": [why]})


def _together(name: str, verdicts: Sequence[Verdict]) -> Finding:
    """One promise and group, across the runs in which there is anything of it."""
    found = [f for verdict in verdicts for f in verdict.findings if f.id == name]
    fit = [f for f in found if f.decision != "invalid"]
    base = min(fit or found, key=lambda f: _ORDER.index(f.decision))
    if len(fit) < 2 and base.decision != "fail":
        return base.model_copy(
            update={"decision": "invalid", "p": None, "reasons": [_too_few(len(fit), len(found))]}
        )
    left_out = [_left_out(len(found) - len(fit))] if len(fit) < len(found) else []
    stands = base.slo in _STANDS and base.decision == "fail"
    if all(f.deciding is not None for f in fit) and len(fit) > 1 and not stands:
        return _weighed(fit, left_out)
    held = sum(f.decision == "pass" for f in fit)
    said = _exact(base, held, len(fit))
    reasons = base.reasons if base.decision == "undecided" else []
    return base.model_copy(
        update={"measured_text": said, "p": None, "reasons": [*reasons, *left_out]}
    )


def _weighed(fit: Sequence[Finding], left_out: list[Words]) -> Finding:
    """Student's t across the runs' shares, against what is tolerated."""
    seen = [f.deciding for f in fit if f.deciding is not None]
    limit, rows = seen[0].limit, sum(f.count for f in fit)
    (low, high), p, more, mean = _doubt(seen)
    least = rows_needed(limit)
    enough = least is not None and rows >= least
    decision: Decision = "undecided"
    if low > limit:
        decision = "fail"
    elif enough and high < limit:
        decision = "pass"
    reasons = []
    if decision == "undecided":
        reasons = [_inside((low, high), limit, more)]
    measured = [math.inf if f.measured is None else f.measured for f in fit]
    middle = sorted(measured)[(len(measured) - 1) // 2]
    return fit[0].model_copy(
        update={
            "decision": decision, "measured": middle, "interval": (low, high), "count": rows,
            "p": p, "reasons": [*reasons, *left_out],
            "measured_text": _said(fit[0], measured, mean, (low, high)),
            "deciding": None,
        }
    )  # fmt: skip


def _doubt(seen: Sequence[Deciding]) -> tuple[Interval, float, int | None, float]:
    """Interval, p, how many more runs would decide, and the mean; of shares, or of distances."""
    broken, touching, limit = [d.broken for d in seen], [d.touching for d in seen], seen[0].limit
    rows = [d.rows for d in seen if d.rows is not None]
    if len(rows) < len(seen):
        low, high, p = values_interval(broken, limit)
        return (low, high), p, None, math.fsum(broken) / len(broken)
    surely, perhaps = [round(b) for b in broken], [round(t) for t in touching]
    interval = across_interval(surely, rows)[0], across_interval(perhaps, rows)[1]
    return (
        interval, across_p(surely, rows, limit), more_runs(surely, rows, limit),
        sum(surely) / max(1, sum(rows)),
    )  # fmt: skip


def _troubles(verdicts: Sequence[Verdict]) -> list[dict[str, object]]:
    """What went wrong most often, in all runs: at most ten."""
    counts: Counter[tuple[str, str, str]] = Counter()
    for verdict in verdicts:
        for one in verdict.figures.get("troubles", []):
            counts[one["step"], one["outcome"], one["why"]] += one["attempts"]
    return [
        {"step": step, "outcome": outcome, "why": why, "attempts": attempts}
        for (step, outcome, why), attempts in counts.most_common(10)
    ]


def _said(
    finding: Finding, measured: Sequence[float], mean: float, interval: tuple[float, float]
) -> Words:
    """“5 essais, de 3,9 s à 4,4 s ; 2,1 % hors promesse en moyenne (de 1,2 % à 3 %)”."""

    def say(lang: str) -> str:
        least, most = (_figure(value, finding, lang) for value in (min(measured), max(measured)))
        if math.isinf(min(measured)):
            range_ = {"fr": "toujours au-delà", "en": "beyond in each"}[lang]
        elif finding.unit == "s" and not math.isinf(max(measured)):
            range_ = between(min(measured) * 1e6, max(measured) * 1e6, lang)
        else:
            range_ = {"fr": f"de {least} à {most}", "en": f"{least} to {most}"}[lang]
        runs = things(len(measured), lang, "runs")
        share, low, high = (percent(v, lang) for v in (mean, *interval))
        return {
            "fr": f"{runs}, {range_}{_SPACE}; {share} hors promesse en moyenne (intervalle à "
            f"95{_SPACE}%{_SPACE}: de {low} à {high})",
            "en": f"{runs}, {range_}; {share} broke it on average (95% interval: {low} to {high})",
        }[lang]

    return both(say)


def _figure(value: float, finding: Finding, lang: str) -> str:
    if math.isinf(value):
        return "∞"
    if finding.unit == "s":
        return duration(value * 1e6, lang)
    return percent(value, lang) if finding.unit == "share" else number(value, lang)


def _exact(worst: Finding, held: int, runs: int) -> Words:
    """“tenu dans 4 essais sur 5 ; au pire : 45 s”."""
    return both(
        lambda lang: {
            "fr": f"tenu dans {things(held, lang, 'runs')} sur {number(runs, lang)}{_SPACE}; au "
            f"pire{_SPACE}: {worst.measured_text[lang]}",
            "en": f"held in {number(held, lang)} of {things(runs, lang, 'runs')}; at worst: "
            f"{worst.measured_text[lang]}",
        }[lang]
    )


def _inside(interval: tuple[float, float], limit: float, more: int | None) -> Words:
    def say(lang: str) -> str:
        low, high = (percent(end, lang, limit) for end in interval)
        text = {
            "fr": f"la limite de {percent(limit, lang)} tombe dans l’intervalle à 95{_SPACE}% des "
            f"essais (de {low} à {high})",
            "en": f"the limit of {percent(limit, lang)} falls in the runs’ 95% interval ({low} to "
            f"{high})",
        }[lang]
        if more is None:
            return text
        runs = things(more, lang, "runs")
        return {
            "fr": f"{text}{_SPACE}; environ {runs} de plus trancheraient",
            "en": f"{text}; about {runs} more would decide",
        }[lang]

    return both(say)


def _left_out(count: int) -> Words:
    return both(
        lambda lang: {
            "fr": f"{things(count, lang, 'runs')} laissés de côté{_SPACE}: notre instrument n’y "
            "était pas en état",
            "en": f"{things(count, lang, 'runs')} left out: our own instrument was not fit",
        }[lang]
    )


def _too_few(fit: int, runs: int) -> Words:
    return both(
        lambda lang: {
            "fr": f"{things(fit, lang, 'runs')} valables sur {number(runs, lang)}{_SPACE}: il en "
            "faut deux au moins",
            "en": f"{number(fit, lang)} of {things(runs, lang, 'runs')} were valid: it takes two "
            "at least",
        }[lang]
    )
