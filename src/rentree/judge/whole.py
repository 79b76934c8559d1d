"""The judge: an evidence folder in, a verdict out. Validity first, then the findings, then merged.

Pure: it reads the folder and nothing else, so that anyone may judge again, years later. The
rules are docs/verdict.md.
"""

from __future__ import annotations

import math
from collections import Counter

import polars as pl

from rentree import __version__
from rentree.errors import RentreeError
from rentree.evidence import DOCUMENTS, SAMPLES, Evidence
from rentree.journal import Entry
from rentree.judge.figures import figures
from rentree.judge.finding import identity
from rentree.judge.holm import corrected
from rentree.judge.impossible import impossible
from rentree.judge.measure import measure
from rentree.judge.stopped import Stop, stop_of, stopped, until, with_owed
from rentree.judge.unfit import Unfit, moment, said
from rentree.judge.validity import unfit, unfit_group
from rentree.plan import Plan
from rentree.quantity import SECOND
from rentree.slo import AnySlo, Refused
from rentree.verdict import Decision, Finding, InvalidWindow, Verdict, merge
from rentree.words import Words, because, both, number, people, percent, step

_BROKE = (Exception, pl.exceptions.PanicException)  # polars's own defects are no `Exception`


def judge(evidence: Evidence) -> Verdict:
    """Judge a sealed folder.

    Raises:
        RentreeError: the folder cannot be read at all.
    """
    manifest = _readable(evidence)
    try:
        return _judge(evidence, manifest)
    except _BROKE as error:
        raise RentreeError(
            f"{evidence.folder} cannot be judged: {type(error).__name__}: {error}"
        ) from error


def _judge(evidence: Evidence, manifest: str) -> Verdict:
    plan, stop = evidence.plan, stop_of(evidence)
    findings: list[Finding] = []
    invalid: list[InvalidWindow] = []
    for slo in plan.slos:
        # What judges may be a drop-in's, and a defect of ours is our instrument's fault as well:
        # invalid, never a crash and never a pass.
        try:
            found, windows = _judge_one(slo, evidence, stop)
        except _BROKE as error:
            found, windows = [_could_not(slo, error)], []
        findings += found
        invalid += [window for window in windows if window not in invalid]
    findings = corrected(_distinct(findings)) + _leaks(evidence) + _gone(evidence)
    findings += stopped(evidence, stop)
    decision = merge(finding.decision for finding in findings)
    ends = [e for e in evidence.journal if (e.get("event"), e.get("state")) == ("run", "ended")]
    return Verdict(
        decision=decision,
        rehearsal=plan.rehearsal,
        rehearsal_asked=plan.rehearsal_asked,
        profile=plan.profile,
        title=title(plan, decision, evidence.people),
        manifest=manifest,
        interrupted=any(e.get("why") == "interrupted" for e in ends),
        findings=findings,
        invalid=invalid,
        figures=figures(evidence),
    )


def findings_of(slo: AnySlo, evidence: Evidence) -> list[Finding]:
    """What a run shows of a promise, its own or not, by the same rules; no other is weighed in.

    Raises:
        RentreeError: the folder cannot be judged so.
    """
    try:
        return _judge_one(slo, evidence, stop_of(evidence))[0]
    except _BROKE as error:
        raise RentreeError(
            f"{evidence.folder} cannot be judged: {type(error).__name__}: {error}"
        ) from error


def _readable(evidence: Evidence) -> str:
    """Read everything once, so that what is damaged is known, and return the manifest's digest.

    Raises:
        RentreeError: no plan or manifest that can be read, or samples of another release.
    """
    _ = evidence.plan
    for file in evidence.segments:
        if pl.read_parquet_schema(file) != SAMPLES:
            raise RentreeError(
                f"{evidence.folder} cannot be read as evidence: raw/samples/{file.name} does not "
                f"have the columns of this release ({__version__})"
            )
    tables = ("people", "platform", "monitor", "probes", "floods", "reads", "ledger", "judged")
    for name in tables:
        getattr(evidence, name)
    for name in DOCUMENTS:
        evidence.document(name)
    try:
        return evidence.manifest
    except OSError as error:
        raise RentreeError(
            f"{evidence.folder} cannot be read as evidence: {error}. "
            "A run that died is finished by `rentree clear`."
        ) from error


def _judge_one(
    slo: AnySlo, evidence: Evidence, stop: Stop | None
) -> tuple[list[Finding], list[InvalidWindow]]:
    samples, went = evidence.judged, evidence
    if stop is not None and (not isinstance(slo, Refused) or slo.slo == "error"):
        samples, went = with_owed(evidence, stop), until(evidence, stop)
    reasons = [(w, r) for w in slo.windows() for r in (*impossible(w, evidence), *unfit(w, went))]
    whole = [reason for _, reason in reasons]
    findings = []
    at = {"platform": slo.platform} if slo.platform else {}
    for finding in measure(slo, evidence.plan, samples, evidence.people, evidence):
        here = [(w, r) for w in slo.windows() for r in unfit_group(w, went, at | finding.group)]
        reasons += here
        findings.append(_weigh(finding, [*whole, *(reason for _, reason in here)]))
    windows = [InvalidWindow(gate=r.gate, window=w.phase or "", why=r.why) for w, r in reasons]
    return findings, windows


def _weigh(finding: Finding, reasons: list[Unfit]) -> Finding:
    """What is left of a decision in a window that was not fit; the measured figures stay."""
    if _is_no_number(finding):
        nothing = {"measured": None, "interval": None, "p": None, "reasons": [_NO_NUMBER]}
        return finding.model_copy(update={"decision": "invalid", **nothing})
    if finding.slo in _NOT_OURS and finding.decision == "fail":
        return finding
    binding = [r for r in reasons if not (r.fail_stands and finding.decision == "fail")]
    if not binding:
        return finding
    why = [r.why for r in binding]
    return finding.model_copy(update={"decision": "invalid", "reasons": why})


def _is_no_number(finding: Finding) -> bool:
    figures = (finding.measured, finding.limit, finding.p, *(finding.interval or ()))
    return any(figure is not None and math.isnan(figure) for figure in figures)


_NO_NUMBER: Words = {
    "fr": "le calcul n’a pas donné un nombre (NaN)",
    "en": "what was reckoned is no number (NaN)",
}

# Wrong content, a leak, a lost write: we cannot have caused them, whatever our own fitness.
_NOT_OURS = ("wrong", "no-leak", "nothing-lost")


def _could_not(slo: AnySlo, error: BaseException) -> Finding:
    """The finding of a judge function that raised."""
    said = f"{type(error).__name__}: {error}"
    return Finding(
        id=identity(slo, {}), slo=slo.slo, group={}, window=slo.phase or "", decision="invalid",
        text={"fr": f"Engagement «\u00a0{slo.slo}\u00a0»", "en": f"SLO “{slo.slo}”"},
        measured=None, measured_text={"fr": "non mesuré", "en": "not measured"}, limit=0.0,
        unit="share", interval=None, count=0,
        reasons=[{"fr": f"le juge n’a pas pu mesurer\u00a0: {said}",
                  "en": f"the judge could not measure: {said}"}],
    )  # fmt: skip


def _distinct(findings: list[Finding]) -> list[Finding]:
    """Two promises of one step and window differ in their figures only: the second is “… #2”."""
    seen: Counter[str] = Counter()
    distinct = []
    for finding in findings:
        seen[finding.id] += 1
        number_of = seen[finding.id]
        new_id = finding.id if number_of == 1 else f"{finding.id} #{number_of}"
        distinct.append(finding.model_copy(update={"id": new_id}))
    return distinct


def _leaks(evidence: Evidence) -> list[Finding]:
    """Someone else's data was shown: a fail whatever was asked and however we fared ourselves."""
    leaks = evidence.judged.filter(pl.col("outcome") == "leak")
    if leaks.is_empty():
        return []
    count = leaks["person"].n_unique()
    names = leaks["step"].unique().sort()
    steps = {"fr": ", ".join(f"«\u00a0{step(name, 'fr')}\u00a0»" for name in names),
             "en": ", ".join(f"“{step(name, 'en')}”" for name in names)}  # fmt: skip
    return [
        Finding(
            id="leak/run", slo="leak", group={}, window="", decision="fail", measured=float(count),
            text={"fr": "Personne ne voit les données d’une autre",
                  "en": "Nobody sees someone else’s data"},
            measured_text=both(lambda lang: {
                "fr": f"données d’autrui montrées à {people(count, lang)} ({steps[lang]})",
                "en": f"someone else’s data shown to {people(count, lang)} ({steps[lang]})"}[lang]),
            limit=0.0, unit="people", interval=None, count=leaks.height,
        )
    ]  # fmt: skip


def _gone(evidence: Evidence) -> list[Finding]:
    """The platform that we started ended before the run did: it failed, whatever was asked."""
    gone = [e for e in said(evidence, "platform", "gone") if e["t"] < evidence.plan.end]
    first = {str(e.get("name") or ""): e for e in reversed(gone)}  # by platform, where it is said
    return [_gone_one(evidence.plan, *each) for each in sorted(first.items())]


def _gone_one(plan: Plan, platform: str, entry: Entry) -> Finding:
    at, why = entry["t"], str(entry.get("why") or "")
    of = f" ({platform})" if platform else ""
    return Finding(
        id=f"gone/{platform}/run" if platform else "gone/run", slo="gone", group={}, window="",
        decision="fail", measured=at / SECOND,
        text={"fr": f"La plateforme{of} tient jusqu’à la fin de l’essai",
              "en": f"The platform{of} lasts to the end of the run"},
        measured_text=both(lambda lang: {
            "fr": f"arrêtée à {moment(at, lang)}{because(why, lang)}",
            "en": f"gone at {moment(at, lang)}{because(why, lang)}"}[lang]),
        limit=plan.end / SECOND, unit="s", interval=None, count=1,
    )  # fmt: skip


_FULL: dict[Decision, Words] = {
    "pass": {"fr": "CONFORME aux engagements", "en": "MEETS the promises"},
    "fail": {"fr": "NON CONFORME aux engagements", "en": "DOES NOT MEET the promises"},
    "undecided": {"fr": "INDÉTERMINÉ quant aux engagements", "en": "UNDECIDED on the promises"},
    "invalid": {"fr": "ESSAI NON VALABLE quant aux engagements", "en": "INVALID TEST of promises"},
}  # fmt: skip
_REHEARSAL: dict[Decision, Words] = {
    "pass": {"fr": "RÉPÉTITION réussie", "en": "REHEARSAL passed"},
    "fail": {"fr": "RÉPÉTITION échouée", "en": "REHEARSAL failed"},
    "undecided": {"fr": "RÉPÉTITION indéterminée", "en": "REHEARSAL undecided"},
    "invalid": {"fr": "RÉPÉTITION non valable", "en": "REHEARSAL invalid"},
}


def title(plan: Plan, decision: Decision, crowd: pl.DataFrame) -> Words:
    """The line that a report opens with; a rehearsal's says how small it was.

    “RÉPÉTITION réussie, 1 % (520 élèves) : ne vaut pas pour l’engagement de 50 000 personnes”.
    The share is the real one: whole classes come, so it may be more than was asked for.
    """
    only = crowd["persona"].unique().to_list()
    persona = only[0] if len(only) == 1 else None

    def say(lang: str) -> str:
        name = plan.title.get(lang, plan.profile)
        came = people(plan.people, lang, persona)
        if not plan.rehearsal:
            return (
                _FULL[decision][lang]
                + {
                    "fr": f" du scénario «\u00a0{name}\u00a0», sous la charge de {came}",
                    "en": f" of the scenario “{name}”, under the load of {came}",
                }[lang]
            )
        size, full = _size(plan, lang), people(plan.people_in_full, lang)
        clock = f"{number(plan.clock, lang, 2)}x"
        how = {"fr": f", horloge {clock}", "en": f", clock {clock}"}[lang] * (plan.clock != 1)
        return (
            _REHEARSAL[decision][lang]
            + {
                "fr": f", {size} ({came}){how}\u00a0: ne vaut pas pour l’engagement de {full}",
                "en": f", {size} ({came}){how}: does not count for the promise of {full}",
            }[lang]
        )

    return both(say)


def _size(plan: Plan, lang: str) -> str:
    # a rehearsal is never told as 0 % or, of fewer people than all, as 100 %
    share = plan.people / plan.people_in_full if plan.people_in_full else plan.scale
    if share < 0.1:
        return percent(share, lang, apart_from=0.0)
    return percent(share, lang, apart_from=1.0, decimals=0)
