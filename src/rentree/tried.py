"""What was tried, in sentences: platform, date, length, each fault with its proof."""

from __future__ import annotations

import json
from datetime import datetime
from zoneinfo import ZoneInfo

from babel.dates import format_datetime

from rentree.evidence import Evidence
from rentree.i18n import Language
from rentree.plan import PlannedFault
from rentree.verdict import Finding
from rentree.words import duration, number, people, phase

_NO_BREAK = "\u00a0"


def tried(evidence: Evidence, language: Language) -> list[str]:
    """One sentence for the platform and the time, one for each fault."""
    faults = [_fault(fault, evidence, language) for fault in evidence.plan.faults]
    return [_platform(evidence, language), *faults]


def group_name(finding: Finding, evidence: Evidence, language: Language) -> str:
    """The group in words: “Grand Est”, “lycée”; empty for the whole."""
    names = evidence.plan.territories
    return ", ".join(
        names.get(value, {}).get(language, value) if column == "territory" else value
        for column, value in finding.group.items()
    )


def _platform(evidence: Evidence, language: Language) -> str:
    plan = evidence.plan
    when = _started(evidence, language)
    came, length = people(plan.people, language), duration(plan.end, language)
    if language == "fr":
        named = f"bac à sable «{_NO_BREAK}{plan.sandbox}{_NO_BREAK}»"
        where = named if plan.sandbox else _base(evidence)
        return f"Plateforme essayée{_NO_BREAK}: {where}, {when}, {came}, {length}."
    where = f"sandbox “{plan.sandbox}”" if plan.sandbox else _base(evidence)
    return f"Platform tried: {where}, {when}, {came}, {length}."


def _fault(fault: PlannedFault, evidence: Evidence, language: Language) -> str:
    plan = evidence.plan
    where = plan.territories[fault.territory][language]
    during = phase(plan.phase_at(fault.start), language)
    seen = {
        e["t"] // 1_000_000
        for e in evidence.journal
        if (e.get("event"), e.get("state"), e.get("name")) == ("fault", "observed", fault.name)
        and e.get("in_force") is True
        and e["t"] in fault.span
    }
    some, of = number(len(seen), language), number(fault.span.length // 1_000_000, language)
    how = ", ".join(f"{name} {_setting(value, language)}" for name, value in fault.settings.items())
    if language == "fr":
        return (
            f"Perturbation «{_NO_BREAK}{fault.name}{_NO_BREAK}» ({fault.fault}{_NO_BREAK}: {how}), "
            f"{where}, {during}{_NO_BREAK}: constatée pendant {some} secondes sur {of}."
        )
    return (
        f"Fault “{fault.name}” ({fault.fault}: {how}), {where}, {during}: "
        f"observed in {some} of {of} seconds."
    )


def _setting(value: float | str, language: Language) -> str:
    return duration(value, language) if isinstance(value, int) else str(value)


def _started(evidence: Evidence, language: Language) -> str:
    for entry in evidence.journal:
        if entry.get("event") == "run" and entry.get("state") == "started" and "wall" in entry:
            moment = datetime.fromisoformat(entry["wall"]).astimezone(ZoneInfo(evidence.plan.zone))
            if language == "fr":
                return "le " + format_datetime(moment, "d MMMM y 'à' H 'h' mm", locale="fr")
            return format_datetime(moment, "'on' d MMMM y 'at' HH:mm", locale="en")
    return {"fr": "à une date inconnue", "en": "at an unknown time"}[language]


def _base(evidence: Evidence) -> str:
    path = evidence.raw / "target.json"
    return str(json.loads(path.read_text(encoding="utf-8"))["base"]) if path.exists() else "?"
