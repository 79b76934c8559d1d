"""The verdict as report.html: one file that needs nothing else, for a meeting and for print."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from rentree import __version__
from rentree.charts import Return, funnel, timeline
from rentree.course import PATIENT, course, territories, way_in
from rentree.evidence import Evidence
from rentree.failure_words import said
from rentree.gate import gate_code, obstacles
from rentree.i18n import Language, translator
from rentree.plan import Plan
from rentree.quantity import SECOND
from rentree.reasons import asked, promises, reasons, worst
from rentree.reconstruction import disclaimer
from rentree.report import template
from rentree.strain import strain
from rentree.tried import group_name, platform_name, tried
from rentree.verdict import Finding, Verdict
from rentree.words import day, duration, number, people, percent, phase, step

MARKS = {
    "pass": ("✓", "held"),
    "fail": ("✗", "not held"),
    "undecided": ("?", "undecided"),
    "invalid": ("∅", "not valid"),
}
OWN_MARKS = {  # of a check on our own instrument: sign, word, look
    True: ("✓", "so it is", "pass"),
    False: ("✗", "not so", "fail"),
    None: ("?", "nothing known", "undecided"),
}
_SHOWN = 8  # groups of a promise before the rest is folded
_LONGEST = 400  # characters of a text that a platform or a profile brought


class Html:
    """Writes report.html."""

    filename: ClassVar[str] = "report.html"
    explains: ClassVar[str] = "for a meeting and for print: one page with pictures, no network"

    def render(self, verdict: Verdict, evidence: Evidence, language: Language) -> str:
        """HTML text in one language."""
        _ = translator(language)
        plan = evidence.plan
        run, way, hurt = course(evidence), way_in(evidence), territories(evidence)
        environment = evidence.document("environment.json")
        dropins = environment.get("dropins", [])
        page = template(__file__, "html.html.j2", language)
        return page.render(
            verdict=verdict,
            plan=plan,
            language=language,
            headline=_headline(verdict.title[language]),
            mark=MARKS[verdict.decision][0],
            words={decision: (mark, _(word)) for decision, (mark, word) in MARKS.items()},
            reasons=reasons(verdict, evidence, language),
            promises=_promises(verdict, evidence, language),
            kept=_kept(verdict),
            tried=tried(evidence, language),
            platform=platform_name(evidence, language),
            timeline=timeline(run, plan, language, _, _returns(verdict, plan)),
            seconds=_table(run, evidence, language, _),
            funnel=funnel(way, language, _),
            way=way,
            patience=PATIENT,
            hurt=hurt,
            worst=worst([f for f in verdict.findings if f.decision == "fail"]),
            place=lambda name: plan.territories[name][language],
            foreign=[d for d in dropins if not d.get("starter") or d.get("replaces_starter")],
            strain=_strain(evidence, language),
            own_checks=[
                {**check, "mark": OWN_MARKS[check["ok"]]}
                for check in verdict.figures.get("own_checks", [])
            ],
            environment={k: v for k, v in environment.items() if k != "dropins"},
            reconstruction=disclaimer(plan, language),
            version=__version__,
            exit_code=gate_code(verdict, evidence),
            obstacles=obstacles(verdict, evidence, language),
            folder=f"{evidence.folder.parent.name}/{evidence.folder.name}",
            group=lambda finding: group_name(finding, evidence, language),
            number=lambda value: number(value, language),
            percent=lambda value: percent(value, language),
            seconds_of=lambda value: _seconds(value, language, _),
            day=lambda on: day(on, language),
            duration=lambda us: duration(us, language),
            people=lambda count: people(count, language),
            step=lambda name: step(name, language),
            phase=lambda name: phase(name, language),
            cut=cut,
            said=lambda why: said(why, language),
        )


def cut(text: object) -> str:
    """At most so much of a text that somebody else brought."""
    said = str(text)
    return said if len(said) <= _LONGEST else said[:_LONGEST] + "…"


def _headline(title: str) -> tuple[str, str]:
    """The verdict's own words, in capitals, and the rest of the line."""
    words = title.split(" ")
    count = next(
        (i for i, word in enumerate(words) if word.rstrip(",") != word.upper()), len(words)
    )
    return " ".join(words[: max(count, 1)]), " ".join(words[max(count, 1) :])


def _returns(verdict: Verdict, plan: Plan) -> list[Return]:
    """The ways back to normal that were promised, as they were measured."""
    found = []
    for finding in verdict.findings:
        if finding.slo == "recovers":
            after = finding.id.split("/")[1]
            since = max((fault.end for fault in plan.faults_named(after)), default=plan.end)
            took = None if finding.measured is None else round(finding.measured * SECOND)
            found.append(Return(after, since, took))
    return found


def _promises(verdict: Verdict, evidence: Evidence, language: Language) -> list[dict[str, Any]]:
    """Each promise with its findings, the worst first, and the contract's own words."""
    contract = {}
    for slo in evidence.plan.slos:
        if slo.promise:
            contract[slo.slo, slo.phase or "", getattr(slo, "step", "")] = slo.promise
    order = ("fail", "invalid", "undecided", "pass")
    shown = []
    for findings in promises(verdict.findings).values():
        ranked = sorted(findings, key=lambda f: (order.index(f.decision), _bad(f)))
        first = ranked[0]
        words = next(
            (p for (slo, window, at), p in contract.items()
             if (slo, window) == (first.slo, first.window) and at in first.id), None,
        )  # fmt: skip
        shown.append(
            {
                "text": first.text[language],
                "contract": words,
                "limit": _limit(first, language),
                "shown": ranked[:_SHOWN],
                "folded": ranked[_SHOWN:],
                "decision": first.decision,
                "doubt": {f.id: _doubt(f, language) for f in ranked},
            }
        )
    return shown


def _kept(verdict: Verdict) -> tuple[int, int]:
    """Promises kept, of how many."""
    grouped = promises(asked(verdict.findings)).values()
    return sum(all(f.decision == "pass" for f in g) for g in grouped), len(grouped)


def _bad(finding: Finding) -> float:
    measured = finding.measured or 0.0
    return measured if finding.slo in ("punctual", "signed-in-at-once") else -measured


def _limit(finding: Finding, language: Language) -> str:
    if finding.unit == "s":
        return duration(finding.limit * 1e6, language)
    return (
        percent(finding.limit, language)
        if finding.unit == "share"
        else number(finding.limit, language)
    )


def _doubt(finding: Finding, language: Language) -> str:
    """The interval of the share that decides; a held count has none."""
    if finding.interval is None:
        return "—"
    low = percent(finding.interval[0], language, 1.0)  # an end that is not 100 %, or not 0,
    high = percent(finding.interval[1], language, 0.0)  # is not printed as if it were
    return {"fr": f"{low} à {high}", "en": f"{low} to {high}"}[language]


def _seconds(value: float | None, language: Language, _: Callable[[str], str]) -> str:
    if value is None:
        return _("nobody")
    return _("beyond any limit") if value == float("inf") else duration(value * 1e6, language)


def _table(
    run: Any, evidence: Evidence, language: Language, _: Callable[[str], str]
) -> dict[str, Any]:
    """The figures of the time axis, thinned to what a reader can take in: 60 rows at most."""
    every = max(1, -(-len(run.starts) // 60))
    rows = []
    for i in range(0, len(run.starts), every):
        stretch = slice(i, i + every)
        slowest = [v for v in run.p95[stretch] if v is not None]
        bad = sum(sum(v[stretch]) for name, v in run.outcomes.items() if name != "ok")
        rows.append(
            [
                duration(run.starts[i], language),
                number(sum(run.arrivals[stretch]), language),
                number(run.signed_in[stretch][-1], language),
                _seconds(max(slowest), language, _) if slowest else "—",
                number(sum(run.outcomes.get("ok", [0] * len(run.starts))[stretch]), language),
                number(bad, language),
            ]
        )
    return {"rows": rows, "width": duration(run.width * every, language)}


def _strain(evidence: Evidence, language: Language) -> list[list[str]]:
    """Each load process's worst seconds, as a reader writes them."""

    def shown(value: float | None, say: Callable[[float], str]) -> str:
        return "—" if value is None else say(value)

    return [
        [
            number(row["worker"], language),
            shown(row["cpu"], lambda v: number(v, language, 2)),
            shown(row["loop_lag"], lambda v: duration(v, language)),
            shown(row["start_lag"], lambda v: duration(v, language)),
            shown(row["descriptors"], lambda v: number(v, language)),
            shown(row["memory"], lambda v: number(v / 2**20, language)),
            shown(row["retransmitted"], lambda v: number(v, language)),
            shown(row["line"], lambda v: percent(v, language)),
        ]
        for row in strain(evidence)
    ]


REPORTER = Html
