"""Whether runs can be compared at all: what differs in what was asked of them, by name.

What was asked must be the same: people, times, promises, faults, journeys. What may have changed
is the platform, and what we tried it with: those are remarks.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import PurePath
from typing import Any

import yaml

from rentree.compare.side import Side
from rentree.errors import RentreeError
from rentree.evidence import Evidence
from rentree.plan import Plan, dump
from rentree.presets import key_of, presets_of
from rentree.seal_check import broken_seals
from rentree.verdict import RULES, read_stored
from rentree.words import Words, both

Facts = dict[str, str]  # a key of _NAMES, or one with what it is of → the value in words

_NAMES: dict[str, Words] = {
    "profile": {"fr": "profil", "en": "profile"},
    "scale": {"fr": "échelle", "en": "scale"},
    "clock": {"fr": "horloge", "en": "clock"},
    "verdict_at": {"fr": "le verdict vaut à", "en": "the verdict counts at"},
    "people": {"fr": "personnes", "en": "people"},
    "starts_at": {"fr": "début", "en": "start"},
    "zone": {"fr": "fuseau", "en": "zone"},
    "phase": {"fr": "phase", "en": "phase"},
    "behaviour": {"fr": "comportement", "en": "behaviour"},
    "fault": {"fr": "perturbation", "en": "fault"},
    "promise": {"fr": "engagement", "en": "promise"},
    "stops": {"fr": "règles d’arrêt", "en": "stop rules"},
    "sandbox": {"fr": "bac à sable", "en": "sandbox"},
    "target": {"fr": "cible", "en": "target"},
    "journey": {"fr": "parcours", "en": "journey"},
    "crowd": {"fr": "foule", "en": "crowd"},
    "bells": {"fr": "sonneries", "en": "bells"},
    "others": {"fr": "les autres", "en": "others"},
    "journeys": {"fr": "parcours suivis", "en": "journeys walked"},
    "steps_at": {"fr": "étapes faites ailleurs", "en": "steps done elsewhere"},
    "release": {"fr": "version de Rentrée", "en": "Rentrée’s release"},
    "system": {"fr": "machine", "en": "machine"},
    "cpus": {"fr": "processeurs", "en": "processors"},
    "memory": {"fr": "mémoire (octets)", "en": "memory (bytes)"},
    "python": {"fr": "Python", "en": "Python"},
    "workers": {"fr": "processus de charge", "en": "workers"},
    "defects": {"fr": "défauts", "en": "defects"},
    "settings": {"fr": "réglages", "en": "settings"},
    "declared": {"fr": "déclaré par la cible", "en": "declared by the target"},
    "platform": {"fr": "adaptateur", "en": "adapter"},
    "rules": {"fr": "règles du verdict enregistré", "en": "rules of the stored verdict"},
}
_ASKED = ("crowd", "bells", "others", "journeys", "steps_at")  # of the profile, as written
_NONE: Words = {"fr": "rien", "en": "nothing"}
_LONG = 120


def differences(before: Side, after: Side) -> list[Words]:
    """What makes the runs not comparable, one sentence each; empty when they are.

    Raises:
        RentreeError: a folder cannot be read as evidence.
    """
    broken = [
        dict.fromkeys(("fr", "en"), f"{run.folder.name}: {seal}")
        for side in (before, after)
        for run in side.runs
        for seal in broken_seals(run.folder)
    ]
    return broken or _apart(before, after, asked)


def remarks(before: Side, after: Side) -> list[Words]:
    """What else differs, and may be why something changed."""
    return _apart(before, after, tried_with)


def _apart(before: Side, after: Side, facts_of: Callable[[Evidence], Facts]) -> list[Words]:
    first = facts_of(before.runs[0])
    told: dict[str, Words] = {}
    for run in [*before.runs[1:], *after.runs]:
        facts = facts_of(run)
        for key in [k for k in {**first, **facts} if first.get(k) != facts.get(k)]:
            words = _difference(key, first.get(key), facts.get(key))
            told.setdefault(words["en"], words)
    return list(told.values())


def _difference(key: str, before: str | None, after: str | None) -> Words:
    kind, _, of = key.partition("/")

    def say(lang: str) -> str:
        name = _NAMES[kind][lang] + (f" “{of}”" if lang == "en" else f" «\u00a0{of}\u00a0»") * bool(
            of
        )
        values = [_NONE[lang] if value is None else _short(value) for value in (before, after)]
        return {
            "fr": f"{name}\u00a0: {values[0]} d’un côté, {values[1]} de l’autre",
            "en": f"{name}: {values[0]} on one side, {values[1]} on the other",
        }[lang]

    return both(say)


def _short(text: str) -> str:
    return text if len(text) <= _LONG else f"{text[: _LONG - 1]}…"


def asked(run: Evidence) -> Facts:
    """What was asked in a run, each figure by its name."""
    plan = run.plan
    data = dump(plan)
    facts = {
        key: _text(data[key])
        for key in ("profile", "scale", "clock", "verdict_at", "zone", "behaviour", "stops")
    }  # fmt: skip
    facts["starts_at"] = str(timedelta(microseconds=plan.starts_at))
    facts |= {f"phase/{p.name}": f"{p.start / 1e6:g}–{p.end / 1e6:g} s" for p in plan.phases}
    facts |= {f"promise/{name}": text for name, text in _promises(data).items()}
    facts |= {f"fault/{name}": text for name, text in _faults(plan).items()}
    if plan.sandbox is not None:
        presets = {p: PurePath(preset).stem for p, preset in presets_of(plan.sandbox).items()}
        facts["sandbox"] = key_of(presets)  # a preset is known by its name
    if plan.target:
        facts["target"] = re.sub(r"(?<=//127\.0\.0\.1):\d+", "", plan.target)
    facts["people"] = str(plan.people_in_full)  # at a scale a few more or less, as the seed says
    facts |= {f"journey/{n}": digest[:12] for n, digest in _dropins(run, "journeys")}
    return facts | {key: _text(_unsourced(v)) for key, v in _profile(run).items() if key in _ASKED}


def tried_with(run: Evidence) -> Facts:
    """What a run was made with, and what is said of the platform: it may differ."""
    about, target = run.document("environment.json"), run.document("target.json")
    facts = {"workers": str(run.plan.workers)}
    named = {"release": "rentree", "system": "system", "cpus": "cpus", "memory": "memory",
             "python": "python"}  # fmt: skip
    facts |= {name: str(about[key]) for name, key in named.items() if key in about}
    facts |= {key: _text(target[key]) for key in ("defects", "settings") if target.get(key)}
    declared = (target.get("target") or {}).get("declared") or {}
    facts |= {f"declared/{key}": _text(value) for key, value in declared.items()}
    facts |= {f"platform/{n}": digest[:12] for n, digest in _dropins(run, "platforms")}
    if (run.folder / "verdict.json").exists():
        facts["rules"] = _stored_rules(run)
    return facts


def _stored_rules(run: Evidence) -> str:
    try:
        return str(read_stored(run.folder)["rules"])
    except RentreeError:
        return RULES  # a verdict that cannot be read: both are judged anew anyway


def _promises(data: dict[str, Any]) -> dict[str, str]:
    """By their kinds, numbered: what was promised, without who asked for it."""
    seen: Counter[str] = Counter()
    told = {}
    for slo in data["slos"]:
        seen[slo["slo"]] += 1
        number = f" #{seen[slo['slo']]}" if seen[slo["slo"]] > 1 else ""
        kept = {k: v for k, v in slo.items() if k not in ("source", "promise", "slo")}
        told[f"{slo['slo']}{number}"] = _text(kept)
    return told


def _faults(plan: Plan) -> dict[str, str]:
    """By the profile's names: a repeated fault's bursts come when the seed says."""
    told: dict[str, Any] = {}
    for fault in plan.faults:
        about: dict[str, Any] = {
            "fault": fault.fault,
            "hits": fault.hits,
            "settings": fault.settings,
        }
        if not fault.part_of:
            about |= {"from": fault.start / 1e6, "to": fault.end / 1e6}
        parts = told.setdefault(fault.part_of or fault.name, [])
        parts.append(about)
    return {name: _text(parts) for name, parts in told.items()}


def _dropins(run: Evidence, kind: str) -> list[tuple[str, str]]:
    listed = run.document("environment.json").get("dropins", [])
    return [(one["name"], one["sha256"]) for one in listed if one["kind"] == kind]


def _profile(run: Evidence) -> dict[str, Any]:
    path = run.raw / "profile.yaml"
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else {}
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise RentreeError(
            f"{run.folder} cannot be read as evidence: {path.name}: {error}"
        ) from error
    return data if isinstance(data, dict) else {}


def _unsourced(value: Any) -> Any:
    """Without the sources: who said a figure changes nothing of it."""
    if isinstance(value, dict):
        return {k: _unsourced(v) for k, v in value.items() if k != "source"}
    return [_unsourced(v) for v in value] if isinstance(value, list) else value


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
