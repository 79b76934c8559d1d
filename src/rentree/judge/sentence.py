"""The sentences of a finding, in French and in English: the promise, the measure, the doubt."""

from __future__ import annotations

import math

from rentree.judge.statistics import Interval, rows_needed
from rentree.quantity import SECOND, Span
from rentree.slo import Punctual, Refused, Response, SignedInAtOnce
from rentree.words import (
    Words,
    both,
    duration,
    number,
    out_of,
    people,
    people_word,
    percent,
    phase,
    step,
)

_SPACE = "\u00a0"  # before a French colon


def promise(slo: Response | Refused | Punctual | SignedInAtOnce) -> Words:
    """The promise in words, with its figures and its window."""

    def say(lang: str) -> str:
        where = f"({phase(slo.phase or '', lang)})"
        if isinstance(slo, Response):
            share, limit = percent(slo.quantile, lang), duration(slo.below, lang)
            name = step(slo.step, lang)
            return {
                "fr": f"Étape «\u00a0{name}\u00a0»{_SPACE}: {share} des premières tentatives "
                f"en moins de {limit} {where}",
                "en": f"Step “{name}”: {share} of first attempts in less than {limit} {where}",
            }[lang]
        if isinstance(slo, Refused):
            share = percent(slo.share_below, lang)
            return {
                "fr": f"{_counted(slo.of, lang)} refoulées{_SPACE}: moins de {share} {where}",
                "en": f"{_counted(slo.of, lang)} turned away: less than {share} {where}",
            }[lang]
        if isinstance(slo, Punctual):
            share, within = percent(slo.share, lang), duration(slo.within, lang)
            convened = slo.of == "people convened"
            return {
                "fr": f"{'Personnes convoquées' if convened else 'Personnes'} entrées "
                f"dans les {within}{_SPACE}: au moins {share} {where}",
                "en": f"{'Convened people' if convened else 'People'} inside within {within}: "
                f"at least {share} {where}",
            }[lang]
        crowd, held = people(slo.at_least, lang, slo.persona), duration(slo.held, lang)
        return {
            "fr": f"Au moins {crowd} en session en même temps pendant {held} {where}",
            "en": f"At least {crowd} signed in at once for {held} {where}",
        }[lang]

    return both(say)


def _counted(of: str, lang: str) -> str:
    words = {"people": {"fr": "Personnes", "en": "People"}}
    return words.get(of, {"fr": "Tentatives", "en": "Attempts"})[lang]


def nothing() -> Words:
    """No row to measure."""
    return {"fr": "aucune mesure", "en": "no data"}


def waited(slo: Response, us: float, interval: Interval | None, persona: str | None) -> Words:
    """“4,2 s : 95 élèves sur 100 ont attendu au plus 4,2 s”."""

    def say(lang: str) -> str:
        part, others, whole = out_of(slo.quantile, lang)
        who = people_word(2, lang, persona)
        if math.isinf(us):
            return {
                "fr": f"∞{_SPACE}: plus de {others} premières tentatives sur {whole} "
                "n’ont pas abouti",
                "en": f"∞: more than {others} first attempts in {whole} did not succeed",
            }[lang]
        figure, doubt = duration(us, lang, slo.below), _doubt(interval, lang)
        return {
            "fr": f"{figure}{doubt}{_SPACE}: {part} {who} sur {whole} ont attendu au plus {figure}",
            "en": f"{figure}{doubt}: {part} {who} in {whole} waited {figure} at most",
        }[lang]

    return both(say)


def _doubt(interval: Interval | None, lang: str) -> str:
    if interval is None:
        return ""
    low, high = (duration(end, lang) for end in interval)
    if low == high:
        return ""
    return {"fr": f" (doute{_SPACE}: de {low} à {high})", "en": f" (doubt: {low} to {high})"}[lang]


def turned_away(slo: Refused, refused: int, count: int) -> Words:
    """“3 personnes refoulées sur 412 (0,7 %)”."""

    def say(lang: str) -> str:
        share = percent(refused / count, lang, slo.share_below)
        of, many = number(count, lang), number(refused, lang)
        if slo.of == "people":
            one, more = {"fr": ("personne", "personnes"), "en": ("person", "people")}[lang]
        else:
            one, more = {"fr": ("tentative", "tentatives"), "en": ("attempt", "attempts")}[lang]
        if lang == "fr":
            if refused == 0:
                return f"aucune {one} refoulée sur {of}"
            ending = "s" if refused > 1 else ""
            return f"{many} {more if refused > 1 else one} refoulée{ending} sur {of} ({share})"
        if refused == 0:
            return f"no {one} turned away out of {of}"
        return f"{many} {one if refused == 1 else more} turned away out of {of} ({share})"

    return both(say)


def came_in_time(slo: Punctual, inside: int, count: int) -> Words:
    """“381 personnes sur 400 entrées à temps (95,2 %)”."""

    def say(lang: str) -> str:
        share = percent(inside / count, lang, slo.share)
        ending = "s" if inside > 1 else ""
        return {
            "fr": f"{people(inside, lang)} sur {number(count, lang)} entrée{ending} "
            f"à temps ({share})",
            "en": f"{people(inside, lang)} out of {number(count, lang)} inside in time ({share})",
        }[lang]

    return both(say)


def held_at_once(slo: SignedInAtOnce, measured: int, longest: int) -> Words:
    """The number that was held for so long, and how long the promised number was."""

    def say(lang: str) -> str:
        crowd, held = people(measured, lang, slo.persona), duration(slo.held, lang)
        promised, stretch = number(slo.at_least, lang), duration(longest, lang)
        return {
            "fr": f"{crowd} en session en même temps pendant {held} "
            f"(au moins {promised} pendant {stretch})",
            "en": f"{crowd} signed in at once for {held} (at least {promised} for {stretch})",
        }[lang]

    return both(say)


def no_rows() -> Words:
    """Why nothing was decided: there is nothing to count."""
    return {
        "fr": "rien à compter dans cette fenêtre",
        "en": "nothing to count in this window",
    }


def at_the_limit() -> Words:
    """Why nothing was decided: exactly the limit."""
    return {
        "fr": "la valeur mesurée est égale à la limite",
        "en": "the measured value equals the limit",
    }


def too_few(count: int, tolerated: float) -> Words:
    """Why nothing passes yet: fewer rows than such a limit needs."""
    least = rows_needed(tolerated)

    def say(lang: str) -> str:
        limit = percent(tolerated, lang)
        if least is None:
            return {
                "fr": f"aucun nombre de mesures ne prouve une tolérance de {limit}",
                "en": f"no number of rows proves a tolerance of {limit}",
            }[lang]
        return {
            "fr": f"{number(count, lang)} seulement{_SPACE}: une tolérance de {limit} en demande "
            f"au moins {number(least, lang)}",
            "en": f"{number(count, lang)} only: a tolerance of {limit} needs at least "
            f"{number(least, lang)}",
        }[lang]

    return both(say)


def limit_in_doubt(interval: Interval, tolerated: float, more: int | None, of: str) -> Words:
    """Why it is undecided, and about how many more "people" or "attempts" would decide."""

    def say(lang: str) -> str:
        low, high = (percent(end, lang) for end in interval)
        limit = percent(tolerated, lang)
        text = {
            "fr": f"la tolérance de {limit} est dans le doute (de {low} à {high})\u202f; ",
            "en": f"the tolerance of {limit} lies in the doubt ({low} to {high}); ",
        }[lang]
        if more is None:
            never = {"fr": "aucun nombre ne trancherait", "en": "no number would decide"}
            return text + never[lang]
        many = number(_rough(more), lang)
        what = {
            "people": {"fr": "personnes", "en": "people"},
            "attempts": {"fr": "tentatives", "en": "attempts"},
        }[of][lang]
        return (
            text
            + {
                "fr": f"environ {many} {what} de plus trancheraient",
                "en": f"about {many} more {what} would decide",
            }[lang]
        )

    return both(say)


def with_minutes(words: Words, us: int) -> Words:
    """How long so many more would take to come at the rate of the window."""
    minutes = math.ceil(us / (60 * SECOND))
    return {
        "fr": f"{words['fr']}, soit {number(minutes, 'fr')}{_SPACE}min de plus à ce rythme",
        "en": f"{words['en']}, that is {number(minutes, 'en')}{_SPACE}min more at this rate",
    }


def _rough(count: int) -> int:
    # two significant digits: it is an estimate
    step = int(10 ** max(0, len(str(count)) - 2))
    return math.ceil(count / step) * step


def window_too_short(slo: SignedInAtOnce, span: Span) -> Words:
    """Why a held count cannot be decided: the window is shorter than the hold."""

    def say(lang: str) -> str:
        held, long = duration(slo.held, lang), duration(span.length, lang)
        return {
            "fr": f"la fenêtre dure {long}, moins que les {held} promises",
            "en": f"the window lasts {long}, less than the {held} that was promised",
        }[lang]

    return both(say)


def crowd_too_small(slo: SignedInAtOnce, crowd: int) -> Words:
    """Why a held count cannot be decided: so many never came."""

    def say(lang: str) -> str:
        came, promised = people(crowd, lang, slo.persona), number(slo.at_least, lang)
        return {
            "fr": f"l’essai n’envoie que {came} sur les {promised} de la promesse",
            "en": f"the run sends only {came} of the {promised} that were promised",
        }[lang]

    return both(say)


def we_did_not_send(slo: SignedInAtOnce, unsent: int) -> Words:
    """Why a held count that was missed does not accuse the platform."""

    def say(lang: str) -> str:
        ours = people(unsent, lang, slo.persona)
        return {
            "fr": f"{ours} n’ont pas été envoyés par nous et manquent peut-être au compte",
            "en": f"{ours} were not sent by us and may be what is missing",
        }[lang]

    return both(say)
