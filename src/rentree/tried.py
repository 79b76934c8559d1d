"""What was tried, in sentences: platform, date, length, each fault with its proof."""

from __future__ import annotations

import json
from datetime import datetime
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
from babel.dates import format_datetime

from rentree.course import ended_at
from rentree.evidence import Evidence
from rentree.i18n import Language, translator
from rentree.plan import Plan, PlannedFault
from rentree.presets import presets_of
from rentree.quantity import SECOND
from rentree.series import SeriesEvidence
from rentree.verdict import Finding
from rentree.words import day, duration, number, people, phase, step

_NO_BREAK = "\u00a0"
_ONCE = {
    "fr": "Une seule matinée essayée\u00a0: près de la limite elle dit peu d’une autre (--repeat)",
    "en": "One morning alone was tried: near a limit it says little of another (--repeat)",
}


def tried(evidence: Evidence, language: Language) -> list[str]:
    """The platform and the time, by whose leave, what must be said, each fault with its proof."""
    notes = [note[language] for note in evidence.plan.notes]
    faults = [_fault(fault, evidence, language) for fault in evidence.plan.faults]
    once = [] if isinstance(evidence, SeriesEvidence) else [_ONCE[language]]
    on, _ = evidence.plan.day, translator(language)
    played = [] if on is None else [_("The profile plays {day}.").format(day=day(on, language))]
    return [
        _platform(evidence, language),
        *played,
        *once,
        *_leave(evidence, language),
        *notes,
        *faults,
    ]


def group_name(finding: Finding, evidence: Evidence, language: Language) -> str:
    """The group in words: “Grand Est”, “lycée”; empty for the whole."""
    names = evidence.plan.territories
    return ", ".join(
        names.get(value, {}).get(language, value) if column == "territory" else value
        for column, value in finding.group.items()
    )


def hit(fault: PlannedFault, plan: Plan, language: Language) -> str:
    """What a fault hits, in words: “Grand Est”, “identification (ent)”."""
    if "container" in fault.hits:
        name = fault.hits["container"]
        return {"fr": f"conteneur «\u00a0{name}\u00a0»", "en": f"container “{name}”"}[language]
    if "link" in fault.hits:
        link = fault.hits["link"]
        return {"fr": f"liaison «\u00a0{link}\u00a0»", "en": f"link “{link}”"}[language]
    if "territory" in fault.hits:
        territory = plan.territories[fault.hits["territory"]][language]
        only = ", ".join(fault.hits[key] for key in ("home", "host") if key in fault.hits)
        return f"{territory} ({only})" if only else territory
    if "step" in fault.hits:
        return f"{step(fault.hits['step'], language)} ({fault.hits.get('platform', '')})"
    return ", ".join(fault.hits.values())


def _length(evidence: Evidence, language: Language) -> str:
    """“47 min”; of a run that ended before its time “428 s sur 47 min”."""
    whole = duration(evidence.plan.end, language)
    end = ended_at(evidence)
    if end > evidence.plan.end - SECOND:
        return whole
    ended = duration(round(end / SECOND) * SECOND, language, decimals=0)
    return f"{ended} {'sur' if language == 'fr' else 'of'} {whole}"


def _platform(evidence: Evidence, language: Language) -> str:
    plan = evidence.plan
    when = _started(evidence, language)
    came, length = people(plan.people, language), _length(evidence, language)
    where = platform_name(evidence, language)
    if language == "fr":
        return f"Plateforme essayée{_NO_BREAK}: {where}, {when}, {came}, {length}."
    return f"Platform tried: {where}, {when}, {came}, {length}."


def platform_name(evidence: Evidence, language: Language) -> str:
    """What was tried: “bac à sable « rentree »”, “cible « préprod » (https://ent.example)”."""
    plan, base = evidence.plan, _facts(evidence).get("base", "?")
    kind, name = {"fr": "bac à sable", "en": "sandbox"}[language], plan.sandbox
    presets = presets_of(name or "")
    if "" not in presets:
        kind = {"fr": "bacs à sable", "en": "sandboxes"}[language]
        name = ", ".join(f"{platform} = {preset}" for platform, preset in presets.items())
    if name is None and _facts(evidence).get("target"):
        kind, name = {"fr": "cible", "en": "target"}[language], plan.target
    quoted = {"fr": f"«{_NO_BREAK}{name}{_NO_BREAK}»", "en": f"“{name}”"}[language]
    if name is None:
        return f"{kind}, {base}"
    return f"{kind} {quoted}" + ("" if plan.sandbox else f" ({base})")


def _leave(evidence: Evidence, language: Language) -> list[str]:
    """By whose leave a platform that is not ours was tried, a sentence for each host."""
    sentences = []
    for served in evidence.document("authorization.json"):
        agreements = json.loads(served["text"]).get("agreements", [])
        digest = sha256(served["text"].encode()).hexdigest()
        by = "; ".join(f"{a.get('by')} ({a.get('ref')}, {a.get('date')})" for a in agreements)
        sentences.append(
            {
                "fr": f"Essai autorisé par le document que sert {served['base']}{_NO_BREAK}: {by} "
                f"(SHA-256 {digest}).",
                "en": f"Authorised by the document that {served['base']} serves: {by} "
                f"(SHA-256 {digest}).",
            }[language]
        )
    return sentences


def _fault(fault: PlannedFault, evidence: Evidence, language: Language) -> str:
    plan = evidence.plan
    where = hit(fault, plan, language)
    during = _when(fault, plan, language)
    seen = {
        e["t"] // 1_000_000
        for e in evidence.journal
        if (e.get("event"), e.get("state"), e.get("name")) == ("fault", "observed", fault.name)
        and e.get("in_force") is True
        and e["t"] in fault.span
    }
    some, of = number(len(seen), language), number(fault.span.length // 1_000_000, language)
    how = fault.told.get(language) or ", ".join(f"{k} {v}" for k, v in fault.settings.items())
    flood = _flood(fault, evidence, language)
    if language == "fr":
        return (
            f"Perturbation «{_NO_BREAK}{fault.name}{_NO_BREAK}» ({fault.fault}{_NO_BREAK}: {how}), "
            f"{where}, {during}{_NO_BREAK}: constatée pendant {some} secondes sur {of}{flood}."
        )
    return (
        f"Fault “{fault.name}” ({fault.fault}: {how}), {where}, {during}: "
        f"observed in {some} of {of} seconds{flood}."
    )


def _when(fault: PlannedFault, plan: Plan, language: Language) -> str:
    """In which phase, from which to which, or from one moment to another (scenario time)."""
    first = next((p for p in plan.phases if p.start == fault.start), None)
    last = next((p for p in plan.phases if p.end == fault.end), None)
    if first is not None and first is last:
        return phase(first.name, language)
    if first is not None and last is not None:
        a, b = phase(first.name, language), phase(last.name, language)
    else:
        a, b = (clock_time(plan, moment) for moment in (fault.start, fault.end))
    return {"fr": f"de {a} à {b}", "en": f"from {a} to {b}"}[language]


def clock_time(plan: Plan, moment: int) -> str:
    """A moment of the run, µs, on the scenario's clock: “09:00:05”."""
    seconds = (plan.starts_at + round(moment * plan.clock)) // 1_000_000
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def _flood(fault: PlannedFault, evidence: Evidence, language: Language) -> str:
    """What became of a flood's requests; empty for other faults."""
    rows = evidence.floods.filter(pl.col("name") == fault.name)
    if rows.is_empty():
        return ""
    asked, on_time, answered, refused = (
        number(int(rows[column].sum()), language)
        for column in ("asked", "on_time", "answered", "refused")
    )
    return {
        "fr": f"{_NO_BREAK}; {on_time} requêtes envoyées à l’heure sur {asked}, {answered} ont eu "
        f"une réponse, dont {refused} refus",
        "en": f"; {on_time} of {asked} requests were sent on time, {answered} were answered, "
        f"{refused} of them refused",
    }[language]


def _started(evidence: Evidence, language: Language) -> str:
    for entry in evidence.journal:
        if entry.get("event") == "run" and entry.get("state") == "started" and "wall" in entry:
            moment = datetime.fromisoformat(entry["wall"]).astimezone(ZoneInfo(evidence.plan.zone))
            if language == "fr":
                return "le " + format_datetime(moment, "d MMMM y 'à' H 'h' mm", locale="fr")
            return format_datetime(moment, "'on' d MMMM y 'at' HH:mm", locale="en")
    return {"fr": "à une date inconnue", "en": "at an unknown time"}[language]


def _facts(evidence: Evidence) -> dict[str, Any]:
    facts: dict[str, Any] = evidence.document("target.json")
    return facts
