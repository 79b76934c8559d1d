"""Checks on our own instrument: whether what we measured adds up, and agrees with others. Pure.

They decide nothing by themselves. What makes a window invalid is in the gates, of which these
tell the whole run; where the platform's own records differ from ours it is a remark, since either
may be wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl

from rentree.evidence import Evidence
from rentree.judge.case import Case
from rentree.judge.clocks import clocks_astray
from rentree.judge.completeness import losses, silent_people, strangers, with_gaps
from rentree.judge.impossible import misdated
from rentree.judge.kinds.agrees import compare
from rentree.judge.unfit import Unfit, said
from rentree.judge.validity import unproven_faults
from rentree.sample import SIGN_OUT
from rentree.words import Words, both, number, percent, things

APART = 0.05  # of a count of sessions, and of the seconds that may disagree (as SLO `agrees`)
Check = dict[str, Any]  # name, ok (None: nothing known), text and told (both Words), numbers


def own_checks(evidence: Evidence) -> list[Check]:
    """Each check, JSON-ready, always the same six, in this order."""
    return [
        _conserved(evidence), _sessions(evidence), _faults(evidence), _blocks(evidence),
        _clocks(evidence), _requests(evidence),
    ]  # fmt: skip


def _check(
    name: str, ok: bool | None, text: Words, say: Callable[[str], Words], **numbers: int
) -> Check:
    told = both(lambda lang: say(lang)[lang])
    return {"name": name, "ok": ok, "text": text, "told": told, "numbers": numbers}


def _conserved(evidence: Evidence) -> Check:
    """Everybody who was due stands in one class, and no sample is of anybody else.

    By their rows: one that we could not send, else one that the platform made them leave by, else
    a sign-out, else they were still in. Without a row: the run ended before, or they are missing.
    """
    step, outcome = pl.col("step"), pl.col("outcome")
    rows = evidence.judged.group_by("person").agg(
        unsent=(outcome == "not_sent").any(),
        left=(outcome == "abandoned").any(),
        out=(step == SIGN_OUT).any(),
    )
    became = (
        pl.when(pl.col("unsent").is_null()).then(pl.lit("without"))
        .when("unsent").then(pl.lit("not_sent"))
        .when("left").then(pl.lit("left"))
        .when("out").then(pl.lit("done"))
        .otherwise(pl.lit("still_in"))
    )  # fmt: skip
    people = evidence.people.select("person")
    counts = dict(people.join(rows, on="person", how="left").group_by(became).len().iter_rows())
    done, left, unsent, still, without = (
        int(counts.get(k, 0)) for k in ("done", "left", "not_sent", "still_in", "without")
    )
    missing, nobody = silent_people(evidence).height, strangers(evidence).height
    twice = people.height - people["person"].n_unique()

    def say(lang: str) -> Words:
        due, a, b, c, d, never, lost, odd, again = (
            number(n, lang)
            for n in (people.height, done, left, unsent, still, without - missing, missing, nobody,
                      twice)
        )  # fmt: skip
        fr = (
            f"{due} attendues = {a} au bout de leur parcours + {b} parties avant + {c} que nous "
            f"n’avons pas pu envoyer ou suivre + {d} encore là"
        )
        en = f"{due} due = {a} done + {b} made to leave + {c} not sent, or lost sight of + {d} "
        en += "still in"
        if without - missing:
            fr += f" + {never} attendues après l’arrêt"
            en += f" + {never} due after the run had ended"
        for count, french, english in (
            (missing, f"sans aucune mesure\u00a0: {lost}", f"without a sample: {lost}"),
            (nobody, f"mesurées sans être attendues\u00a0: {odd}", f"not of the crowd: {odd}"),
            (twice, f"nommées deux fois\u00a0: {again}", f"named twice: {again}"),
        ):
            if count:
                fr, en = f"{fr}\u00a0; {french}", f"{en}; {english}"
        return {"fr": fr, "en": en}

    ok = not (missing or nobody or twice) if people.height or nobody else None
    return _check(
        "conservation", ok,
        {"fr": "Chaque personne attendue est comptée une fois",
         "en": "Each person who was due is counted once"}, say,
        due=people.height, done=done, left=left, not_sent=unsent, still_in=still, without=without,
        missing=missing, strangers=nobody, twice=twice,
    )  # fmt: skip


def _sessions(evidence: Evidence) -> Check:
    case = Case(evidence.plan, evidence.judged, evidence.people, evidence)
    found = compare(case, evidence.plan.window(None), APART)
    text = {
        "fr": "La plateforme compte autant de sessions que nous",
        "en": "The platform counts as many sessions as we do",
    }
    if found is None:
        return _check("sessions", None, text, _untold)

    def say(lang: str) -> Words:
        apart, of = number(found.apart, lang), things(found.of, lang, "seconds")
        within = percent(APART, lang)
        return {
            "fr": f"hors de ce que nous savons, à {within} près, pendant {apart} sur {of}",
            "en": f"beyond what we know, give or take {within}, in {apart} of {of}",
        }

    ok = found.apart < APART * found.of
    return _check("sessions", ok, text, say, apart=found.apart, seconds=found.of, peak=found.peak)


def _faults(evidence: Evidence) -> Check:
    faults = evidence.plan.faults
    text = {
        "fr": "Chaque perturbation demandée a été constatée, et nulle autre part",
        "en": "Each fault that was asked was observed, and nowhere else",
    }
    if not faults:
        return _check("faults", None, text, _none_asked)
    wrong = list(unproven_faults(evidence, evidence.plan.window(None)))
    count, seen = len(faults), {
        e["name"] for e in said(evidence, "fault", "observed") if e.get("in_force") is True
    } & {fault.name for fault in faults}  # fmt: skip

    def say(lang: str) -> Words:
        some, of = number(len(seen), lang), number(count, lang)
        why = _because(wrong, lang)
        return {
            "fr": f"constatées\u00a0: {some} sur {of}{why}",
            "en": f"observed: {some} of {of}{why}",
        }

    return _check("faults", not wrong, text, say, asked=count, observed=len(seen))


def _blocks(evidence: Evidence) -> Check:
    plan, rows = evidence.plan, evidence.judged.height
    ended = {e["worker"] for e in said(evidence, "worker", "ended")}
    gaps, gone = with_gaps(evidence), losses(evidence)
    damaged = len(evidence.damaged) + len(evidence.torn)

    def say(lang: str) -> Words:
        some, marks, of = (number(n, lang) for n in (rows, len(ended), plan.workers))
        odd, lost, bad = (number(n, lang) for n in (len(gaps), len(gone), damaged))
        fr = f"mesures\u00a0: {some}\u00a0; marques de fin\u00a0: {marks} sur {of}"
        en = f"samples: {some}; end marks: {marks} of {of}"
        for count, french, english in (
            (gaps, f"numéros qui manquent ou en double\u00a0: {odd}", f"numbers amiss: {odd}"),
            (gone, f"processus perdus\u00a0: {lost}", f"workers lost: {lost}"),
            (damaged, f"illisibles\u00a0: {bad}", f"unreadable: {bad}"),
        ):
            if count:
                fr, en = f"{fr}\u00a0; {french}", f"{en}; {english}"
        return {"fr": fr, "en": en}

    whole = set(range(1, plan.workers + 1)) <= ended
    return _check(
        "blocks", whole and not (gaps or gone or damaged),
        {"fr": "Aucun bloc de mesures ne manque", "en": "No block of samples is missing"}, say,
        rows=rows, workers=plan.workers, ended=len(ended), gaps=len(gaps), lost=len(gone),
        damaged=damaged,
    )  # fmt: skip


def _clocks(evidence: Evidence) -> Check:
    remote = len({e["worker"] for e in said(evidence, "worker", "ready") if "about" in e})
    wrong = list(clocks_astray(evidence, evidence.plan.window(None)))
    odd = misdated(evidence)

    def say(lang: str) -> Words:
        of, bad = number(remote, lang), number(odd, lang)
        fr = (
            f"processus d’autres machines\u00a0: {of}"
            if remote
            else "une seule, celle de la machine"
        )
        en = f"workers of other machines: {of}" if remote else "one only, the machine’s"
        if odd:
            fr, en = (
                f"{fr}\u00a0; mesures mal datées\u00a0: {bad}",
                f"{en}; misdated samples: {bad}",
            )
        return {"fr": fr + _because(wrong, "fr"), "en": en + _because(wrong, "en")}

    return _check(
        "clocks", not (wrong or odd),
        {"fr": "Toutes les mesures sont datées par une même horloge",
         "en": "All samples are dated by one clock"}, say, remote=remote, misdated=odd,
    )  # fmt: skip


def _requests(evidence: Evidence) -> Check:
    text = {
        "fr": "La plateforme a vu ce que nous avons envoyé",
        "en": "The platform saw what we sent",
    }
    ours, theirs = evidence.traces, evidence.platform_requests.select("trace").drop_nulls()
    if ours.is_empty() or theirs.is_empty():
        return _check("requests", None, text, _untold)
    seen = ours.join(theirs, left_on="request_id", right_on="trace", how="semi").height

    def say(lang: str) -> Words:
        some, of = number(seen, lang), things(ours.height, lang, "attempts")
        return {
            "fr": f"{some} sur {of} abouties sont dans son journal",
            "en": f"{some} of {of} that were ok are in its log",
        }

    return _check("requests", seen == ours.height, text, say, tried=ours.height, seen=seen)


def _because(wrong: list[Unfit], lang: str) -> str:
    """The gates' own words."""
    return "".join({"fr": "\u00a0; ", "en": "; "}[lang] + one.why[lang] for one in wrong)


def _none_asked(lang: str) -> Words:
    return {"fr": "aucune demandée", "en": "none was asked"}


def _untold(lang: str) -> Words:
    return {"fr": "la plateforme n’en dit rien", "en": "the platform tells nothing of it"}
