"""Whether the evidence is whole: gates (b) and (f) of docs/verdict.md.

What a lost worker or an interrupted run no longer stored is not known. Attempts that were under
way are missing, the slow ones first. So a window that ended before such a moment by less than
people's patience cannot pass; and it can fail only when it was `settled` by then: when no attempt
that is missing could have kept the promise any more.
"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from rentree.evidence import Evidence
from rentree.journal import Entry
from rentree.judge.unfit import Unfit, inside, moment, said
from rentree.quantity import Span
from rentree.words import Words, because, both, number, things


def incomplete(evidence: Evidence, span: Span) -> Iterator[Unfit]:
    """(b): files that cannot be read, and rows that must be there and are not.

    The whole crowd is listed; everybody due in the window has a row, if only a `not_sent`
    one, unless a worker was lost or the run stopped before their patience was up (then
    other gates speak); the numbers that a worker gave its rows have no gap (a lost one's may);
    of each worker there are as many rows as the journal says were stored.
    """
    plan, people = evidence.plan, evidence.people
    for name, why in evidence.damaged.items():
        yield Unfit(
            "b",
            {
                "fr": f"raw/{name} ne peut pas être lu\u00a0: {why}",
                "en": f"raw/{name} cannot be read: {why}",
            },
        )
    if any(span.overlaps(stretch) for stretch in evidence.torn):
        yield Unfit(
            "b",
            {
                "fr": "une ligne du journal ne peut pas être lue",
                "en": "a line of the journal cannot be read",
            },
        )
    if people.height < plan.people:
        yield Unfit(
            "b",
            both(
                lambda lang: {
                    "fr": f"le dossier ne nomme que {number(people.height, lang)} des "
                    f"{number(plan.people, lang)} personnes prévues",
                    "en": f"the evidence names only {number(people.height, lang)} of "
                    f"{number(plan.people, lang)} people",
                }[lang]
            ),
        )
    silent = silent_people(evidence).filter(inside("due", span)).height
    if silent:
        yield Unfit(
            "b",
            both(
                lambda lang: {
                    "fr": f"{things(silent, lang, 'people')} attendue{'s' * (silent > 1)} "
                    "dans la fenêtre, sans aucune mesure",
                    "en": f"{things(silent, lang, 'people')} due in the window without a sample",
                }[lang]
            ),
        )
    if nobody := strangers(evidence).height:
        yield Unfit(
            "b",
            both(
                lambda lang: {
                    "fr": f"mesures de {things(nobody, lang, 'people')} qui n’"
                    f"{'étaient' if nobody > 1 else 'était'} pas des attendues",
                    "en": f"samples of {things(nobody, lang, 'people')} who "
                    f"{'are' if nobody > 1 else 'is'} not of the crowd",
                }[lang]
            ),
        )
    for worker in sorted(with_gaps(evidence)):
        yield Unfit(
            "b",
            {
                "fr": f"des mesures du processus {worker} manquent ou sont en double",
                "en": f"samples of worker {worker} are missing or twice there",
            },
        )


def silent_people(evidence: Evidence) -> pl.DataFrame:
    """People of whom there must be a row and is none: due when all that happened was stored."""
    told = _told_until(evidence) - evidence.plan.behaviour.patience
    due = evidence.people.filter(pl.col("due") <= told)
    return due.join(evidence.heard, on="person", how="anti")


def strangers(evidence: Evidence) -> pl.DataFrame:
    """The `person` of each who has samples and is nobody of the crowd, which is all listed."""
    if evidence.people.height < evidence.plan.people:
        return evidence.heard.clear()
    return evidence.heard.drop_nulls().join(evidence.people, on="person", how="anti")


def with_gaps(evidence: Evidence) -> set[int]:
    """Workers of whom rows are missing or twice there.

    The numbers of those that ended have no gap; all have as many rows as were stored of them.
    """
    numbered = {row["worker"]: row for row in evidence.numbering.iter_rows(named=True)}
    gaps = {worker for worker, row in numbered.items() if not row["once"]}
    stored = {e["worker"]: e.get("rows") for e in said(evidence, "worker", "stored")}
    fewer = {w for w, rows in stored.items() if rows != numbered.get(w, {"rows": 0})["rows"]}
    return gaps - losses(evidence).keys() | fewer


def losses(evidence: Evidence) -> dict[int, Entry]:
    """Workers that were lost before their end mark was stored, with the journal's entry.

    One that ended and then stands as lost with nothing stored has a block missing.
    """
    ended = {e["worker"]: e["t"] for e in said(evidence, "worker", "ended")}
    return {
        e["worker"]: e
        for e in said(evidence, "worker", "lost")
        if ended.get(e["worker"], e["t"] + 1) > e["t"] or not e.get("last_stored")
    }


def lost(evidence: Evidence, span: Span, settled: int) -> Iterator[Unfit]:
    """(b): a worker that was gone before its end mark was stored.

    Invalid when the window holds a moment after its last stored row. When the window ended
    before, but by less than people's patience, nothing passes, and a fail stands if the window
    was settled. A worker of whom the journal tells neither an end nor a loss stored nothing that
    we could rely on.
    """
    gone = losses(evidence)
    for worker, entry in gone.items():
        last = entry.get("last_stored") or 0
        if span.end + evidence.plan.behaviour.patience > last:
            yield Unfit("b", _lost_words(worker, last, entry), fail_stands=settled <= last)
    ended = {e["worker"] for e in said(evidence, "worker", "ended")}
    for worker in sorted(set(range(1, evidence.plan.workers + 1)) - ended - set(gone)):
        yield Unfit(
            "b",
            {
                "fr": f"le journal ne dit pas que le processus {worker} ait fini",
                "en": f"the journal does not say that worker {worker} ended",
            },
        )


def _lost_words(worker: int, last: int, entry: Entry) -> Words:
    why = str(entry.get("why") or "")
    return both(
        lambda lang: {
            "fr": f"processus {worker} perdu, ses mesures s’arrêtent à "
            f"{moment(last, lang)}{because(why, lang)}",
            "en": f"worker {worker} was lost, its samples stop at "
            f"{moment(last, lang)}{because(why, lang)}",
        }[lang]
    )


def behind(evidence: Evidence, span: Span) -> Iterator[Unfit]:
    """(b): a worker of whom nothing was stored for more than 5 s, until it was back or over."""
    for entry in said(evidence, "worker", "behind"):
        worker, since = entry["worker"], int(entry.get("last_stored") or 0)
        until = min(
            (e["t"] for state in ("back", "ended", "lost") for e in said(evidence, "worker", state)
             if e["worker"] == worker and e["t"] >= entry["t"]), default=2**62,
        )  # fmt: skip
        if span.overlaps(Span(since, max(until, since + 1))):
            yield Unfit("b", _behind_words(worker, since))


def _behind_words(worker: int, since: int) -> Words:
    return both(
        lambda lang: {
            "fr": f"processus {worker} sans nouvelles pendant plus de 5 s à partir de "
            f"{moment(since, lang)}",
            "en": f"worker {worker} was not heard of for more than 5 s from {moment(since, lang)}",
        }[lang]
    )


def unfinished(evidence: Evidence, span: Span, settled: int) -> Iterator[Unfit]:
    """(f): a run that did not get to the end of the window.

    A run that died bears the line of whoever tidied up: it ended with its last trace at the
    latest. Within people's patience before its end only a fail stands, if the window was settled.
    """
    why, end = _end(evidence)
    if why == "finished":
        return
    if span.end + evidence.plan.behaviour.patience <= end:
        return
    yield Unfit(
        "f",
        both(
            lambda lang: {
                "fr": f"l’essai n’est pas allé au bout, arrêté à {moment(end, lang)}"
                f"{because(why, lang)}"
                if why
                else "l’essai n’est pas allé au bout\u00a0: le journal n’a pas de fin",
                "en": f"the run did not finish, it stopped at {moment(end, lang)}"
                f"{because(why, lang)}"
                if why
                else "the run did not finish: the journal has no end",
            }[lang]
        ),
        fail_stands=settled <= end,
    )


def _end(evidence: Evidence) -> tuple[str, int]:
    """Why the run ended, "" when the journal does not say, and its last moment we can rely on."""
    ends = said(evidence, "run", "ended")
    if not ends:
        return "", 0
    traces = [e["t"] for state in ("begins", "ends") for e in said(evidence, "phase", state)]
    traces += [e["t"] for e in said(evidence, "fault", "observed")]
    why, told = str(ends[-1].get("why")), int(ends[-1]["t"])
    if why == "finished":
        return why, told
    rows = evidence.judged.select(pl.max_horizontal(pl.col("due").max(), pl.col("done").max()))
    return why, min(told, max([rows.item() or 0, *traces]))


def _told_until(evidence: Evidence) -> int:
    """The moment up to which all that happened is stored; the far future for a sound run."""
    why, end = _end(evidence)
    stops = [e.get("last_stored") or 0 for e in losses(evidence).values()]
    return int(min([*stops, *([] if why == "finished" else [end])], default=2**62))
