"""What became of every write: the ledger against what was read back. Exact. Pure.

After Jepsen's `set` and `set-full`: acknowledged and not there is lost; there and never attempted
is a phantom; there with an unknown outcome is recovered, and fine; an unknown that is not there is
fine too. Never read is unknown, and never a pass.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Literal, NamedTuple

import polars as pl

from rentree.evidence import Evidence
from rentree.judge import sentence
from rentree.judge.case import Case
from rentree.judge.finding import facts_of
from rentree.judge.unfit import said
from rentree.ledger import LEDGER, breaks
from rentree.slo import NothingLost
from rentree.verdict import Decision, Finding
from rentree.words import Words, both, number, percent

Fate = Literal[
    "intact", "lost", "corrupted", "truncated", "duplicated", "misattributed", "phantom",
    "recovered", "never read", "nothing",
]  # fmt: skip
BAD: tuple[Fate, ...] = (
    "lost", "corrupted", "truncated", "duplicated", "misattributed", "phantom",
)  # fmt: skip
_FATES: dict[str, Words] = {
    "intact": {"fr": "intacts", "en": "intact"},
    "lost": {"fr": "perdus", "en": "lost"},
    "corrupted": {"fr": "altérés", "en": "corrupted"},
    "truncated": {"fr": "tronqués", "en": "truncated"},
    "duplicated": {"fr": "en double", "en": "duplicated"},
    "misattributed": {"fr": "sous un autre nom", "en": "under another name"},
    "phantom": {"fr": "jamais écrits", "en": "never written"},
    "recovered": {"fr": "présents sans confirmation", "en": "there without acknowledgement"},
    "never read": {"fr": "jamais relus", "en": "never read"},
}
OWN = (
    "own",
    "own, again",
    "own, restarted",
)  # views in which people read what they wrote themselves


class Write(NamedTuple):
    """One attempt, by its marker."""

    person: str
    size: int
    sha256: str
    acknowledged: bool


def nothing_lost(slo: NothingLost, case: Case) -> list[Finding]:
    """One finding: how many of the acknowledged writes are not as they were acknowledged."""
    ledger = case.evidence.ledger if case.evidence is not None else {}
    facts = facts_of(slo, {}, limit=0.0, unit="people", count=0)
    if broken := list(_broken(case.evidence)):
        reason = {"fr": f"registre altéré : {broken[0]}", "en": f"ledger broken: {broken[0]}"}
        return [_bare(facts, "invalid", reason)]
    rows = pl.concat([LEDGER.to_frame(), *ledger.values()]).filter(pl.col("kind") == slo.kind)
    reads = case.evidence.reads if case.evidence is not None else None
    names = dict(case.people.select("person", "name").iter_rows())
    fates = fates_of(rows, reads, names) if reads is not None else {}
    counts = Counter(fates.values())
    acknowledged = rows.filter(pl.col("event") == "ok")["marker"].n_unique()
    bad = sorted(f"{fate} {marker}" for marker, fate in fates.items() if fate in BAD)
    facts["count"] = acknowledged
    reasons: list[Words] = []
    decision: Decision = "pass"
    if bad:
        decision = "fail"
    elif not acknowledged:
        decision, reasons = "undecided", [sentence.no_rows()]
    elif counts["never read"]:
        decision, reasons = "undecided", [_unread(counts["never read"], acknowledged)]
    return [
        Finding(
            **facts, decision=decision, measured=float(len(bad)) if acknowledged else None,
            interval=None, measured_text=_said(counts, acknowledged, bad), reasons=reasons,
            listed=bad,
        )
    ]  # fmt: skip


def _broken(evidence: Evidence | None) -> Iterator[str]:
    """What is wrong with the ledger: without all of it, what was read back would look made up."""
    if evidence is None:
        return
    for name, rows in evidence.ledger.items():
        yield from (f"{name}: {wrong}" for wrong in breaks(rows))
    for name, why in evidence.damaged.items():
        if name.startswith("ledger/"):
            yield f"raw/{name}: {why}"
    for entry in said(evidence, "worker", "stored"):
        name, writes = f"worker-{entry['worker']}", entry.get("writes", 0)
        there = evidence.ledger[name].height if name in evidence.ledger else 0
        if there != writes:
            yield f"{name}: {there} rows of {writes}"


def fates_of(rows: pl.DataFrame, reads: pl.DataFrame, names: dict[str, str]) -> dict[str, Fate]:
    """Marker → what became of that write.

    The last reading of a view by a person whose reading was ok counts: what is missing from it was
    there earlier or never, and is lost. A teacher's view shows names, and may be cut; so nothing
    is lost by it alone.
    """
    writes = _writes(rows)
    own, others = _readings(reads)
    seen = {marker for pieces in own.values() for marker in pieces}
    shown: dict[str, set[str]] = defaultdict(set)  # marker → names that it was shown under
    for (_, reader), pieces in own.items():
        for marker in pieces:
            shown[marker].add(names.get(reader, reader))
    for shown_to in others:
        for marker, owner in shown_to:
            shown[marker].add(owner)
    fates: dict[str, Fate] = {}
    for marker, write in writes.items():
        owner = names.get(write.person, write.person)
        views = [pieces for (_, reader), pieces in own.items() if reader == write.person]
        last = views[-1] if views else None
        copies = [found for pieces in views for found in pieces.get(marker, [])]
        if any(len(pieces.get(marker, [])) > 1 for pieces in views):
            fates[marker] = "duplicated"
        elif shown[marker] - {owner}:
            fates[marker] = "misattributed"
        elif last is None:
            fates[marker] = "never read" if write.acknowledged else "nothing"
        elif marker not in last:
            fates[marker] = "lost" if write.acknowledged else "nothing"
        elif any(digest != write.sha256 for _, digest in copies):
            shorter = all(size <= write.size for size, _ in copies)
            fates[marker] = "truncated" if shorter else "corrupted"
            if all(size == write.size for size, _ in copies):
                fates[marker] = "corrupted"
        else:
            fates[marker] = "intact" if write.acknowledged else "recovered"
    phantoms: dict[str, Fate] = dict.fromkeys((seen | set(shown)) - writes.keys(), "phantom")
    return fates | phantoms


def _writes(rows: pl.DataFrame) -> dict[str, Write]:
    ended = {
        marker: event
        for marker, event in rows.select("marker", "event").iter_rows()
        if event != "tried"
    }
    return {
        marker: Write(person, size, sha256, ended.get(marker) == "ok")
        for marker, person, size, sha256 in rows.select(
            "marker", "person", "size", "sha256"
        ).iter_rows()
    }


Pieces = dict[str, list[tuple[int, str]]]  # marker → size and digest of each piece that bears it


def _readings(
    reads: pl.DataFrame,
) -> tuple[dict[tuple[str, str], Pieces], list[list[tuple[str, str]]]]:
    """(view, person) → what their own ok reading showed, in time; and what teachers saw."""
    own: dict[tuple[str, str], Pieces] = {}
    others: list[list[tuple[str, str]]] = []
    for (view, reader), part in reads.sort("t").group_by(["view", "reader"], maintain_order=True):
        pieces = part.filter(pl.col("marker").is_not_null())
        if str(view) not in OWN:
            others.append(list(pieces.select("marker", "owner").iter_rows()))
        elif (part["outcome"] == "ok").any():
            found: Pieces = defaultdict(list)
            for marker, size, digest in pieces.select("marker", "size", "sha256").iter_rows():
                found[marker].append((size, digest))
            own[str(view), str(reader)] = dict(found)
    return own, others


def _said(counts: Counter[Fate], acknowledged: int, bad: list[str]) -> Words:
    def say(lang: str) -> str:
        told = ", ".join(
            f"{number(counts[fate], lang)} {words[lang]}"  # type: ignore[index]
            for fate, words in _FATES.items()
            if counts[fate]  # type: ignore[index]
        )
        confirmed = {"fr": "remises confirmées", "en": "acknowledged"}[lang]
        text = f"{number(acknowledged, lang)} {confirmed}: {told or '-'}"
        if bad:
            return f"{text} ({', '.join(bad[:3])}{', …' if len(bad) > 3 else ''})"
        if acknowledged and counts["intact"] == acknowledged:
            least = percent(min(1.0, 3 / acknowledged), lang)
            bound = {
                "fr": f" ; moins de {least} de pertes, à 95 % (règle de trois)",
                "en": f"; fewer than {least} are lost, at 95% (rule of three)",
            }[lang]
            return text + bound
        return text

    return both(say)


def _unread(count: int, of: int) -> Words:
    return both(
        lambda lang: {
            "fr": f"{number(count, lang)} remises confirmées sur {number(of, lang)} n’ont pas pu "
            "être relues",
            "en": f"{number(count, lang)} of {number(of, lang)} acknowledged writes could not be "
            "read back",
        }[lang]
    )


def _bare(facts: dict[str, object], decision: Decision, reason: Words) -> Finding:
    return Finding.model_validate(
        facts | {"decision": decision, "measured": None, "interval": None,
                 "measured_text": sentence.nothing(), "reasons": [reason]}
    )  # fmt: skip
