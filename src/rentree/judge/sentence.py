"""The sentences of a finding, in French and in English: the promise, the measure, the interval."""

from __future__ import annotations

import math

from rentree.judge.statistics import Interval, rows_needed
from rentree.quantity import SECOND, Span
from rentree.slo import Punctual, Refused, Response, SignedInAtOnce
from rentree.words import (
    Words,
    between,
    both,
    duration,
    is_one,
    number,
    out_of,
    people,
    people_word,
    percent,
    thing,
    things,
)

_SPACE = "\u00a0"  # before a French colon and semicolon


def nothing() -> Words:
    """No row to measure."""
    return {"fr": "aucune mesure", "en": "no data"}


def waited(
    slo: Response,
    us: float,
    interval: Interval | None,
    persona: str | None,
    *,
    broken: float,
    failed: bool,
) -> Words:
    """“4,2 s : 95 élèves sur 100 ont attendu au plus 4,2 s”.

    `broken` is the share that was not ok or took the limit or longer: it is added when the
    promise `failed`, and stands alone when the quantile is infinite.
    """

    def say(lang: str) -> str:
        share = _broke(slo, broken, lang)
        if math.isinf(us):
            return share
        part, _others, whole = out_of(slo.quantile, lang)
        who = people_word(2, lang, persona)
        ends = None if interval is None or interval[0] == interval[1] else interval
        # as fine as the ends of the interval, so that it lies between them
        figure = duration(us, lang, slo.below, decimals=2 if ends else 1)
        sure = _sure(ends, lang) if ends else ""
        text = {
            "fr": f"{figure}{sure}{_SPACE}: {part} {who} sur {whole} ont attendu au plus {figure}",
            "en": f"{figure}{sure}: {part} {who} in {whole} waited {figure} at most",
        }[lang]
        return text + {"fr": f"{_SPACE}; {share}", "en": f"; {share}"}[lang] * failed

    return both(say)


def _broke(slo: Response, broken: float, lang: str) -> str:
    tolerated, limit = slo.tolerated(), duration(slo.below, lang)
    near = min((tolerated, 1.0), key=lambda other: abs(other - broken))
    share, allowed = percent(broken, lang, near), percent(tolerated, lang)
    return {
        "fr": f"{share} des premières tentatives n’ont pas abouti ou ont dépassé {limit} "
        f"({allowed} admis)",
        "en": f"{share} of first attempts did not succeed or took {limit} or longer "
        f"({allowed} allowed)",
    }[lang]


def _sure(interval: Interval, lang: str) -> str:
    ends, share = between(*interval, lang), percent(0.95, lang)
    return {
        "fr": f" (intervalle à {share}{_SPACE}: {ends})",
        "en": f" ({share} interval: {ends})",
    }[lang]


_MET: dict[str, dict[str, tuple[str, str]]] = {
    "refused": {"fr": (" refoulée", " refoulées"), "en": (" turned away", " turned away")},
    "wrong": {"fr": (" avec un contenu faux",) * 2, "en": (" shown wrong content",) * 2},
    "error": {"fr": (" en erreur",) * 2, "en": (" in error",) * 2},
    "timeout": {"fr": (" sans réponse à temps",) * 2, "en": (" without an answer in time",) * 2},
    "waiting": {"fr": (" encore en file",) * 2, "en": (" still queued",) * 2},
}


def turned_away(slo: Refused, met: int, count: int) -> Words:
    """“3 personnes refoulées sur 412 (0,7 %)”, or what else befell them."""

    def say(lang: str) -> str:
        share = percent(met / count, lang, slo.share_below)
        of, many = number(count, lang), number(met, lang)
        what, state = thing(met, lang, slo.of), _MET[slo.slo][lang][0 if is_one(met, lang) else 1]
        if lang == "fr":
            if met == 0:
                return f"aucune {thing(1, lang, slo.of)}{_MET[slo.slo][lang][0]} sur {of}"
            return f"{many} {what}{state} sur {of} ({share})"
        if met == 0:
            return f"no {thing(1, lang, slo.of)}{state} out of {of}"
        return f"{many} {what}{state} out of {of} ({share})"

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
        never = {"fr": f"jamais {promised}", "en": f"never {promised}"}
        so_long = {
            "fr": f"au moins {promised} pendant {stretch}",
            "en": f"at least {promised} for {stretch}",
        }
        how = (so_long if longest else never)[lang]
        return {
            "fr": f"{crowd} en session en même temps pendant {held} ({how})",
            "en": f"{crowd} signed in at once for {held} ({how})",
        }[lang]

    return both(say)


def refusals_unknown() -> Words:
    """Why a share of refusals cannot be shown to be small."""
    return {
        "fr": "l’adaptateur de la plateforme ne sait pas reconnaître un refus\u00a0: qu’il n’en "
        "ait pas vu ne montre rien",
        "en": "the platform’s adapter does not know what a refusal looks like: that it saw none "
        "shows nothing",
    }


def owners_unknown() -> Words:
    """Why it cannot be shown that nobody sees what is somebody else's."""
    return {
        "fr": "l’adaptateur de la plateforme ne dit pas à qui est une page\u00a0: qu’il n’en ait "
        "vu aucune d’autrui ne montre rien",
        "en": "the platform’s adapter does not tell whose a page is: that it saw none of somebody "
        "else shows nothing",
    }


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


def too_few(count: int, tolerated: float, of: str) -> Words:
    """Why nothing passes yet: fewer "people" or "attempts" than such a limit needs."""
    least = rows_needed(tolerated)

    def say(lang: str) -> str:
        limit = percent(tolerated, lang)
        if least is None:
            return {
                "fr": f"aucun nombre de mesures ne prouve une limite de {limit}",
                "en": f"no number of rows proves a limit of {limit}",
            }[lang]
        some, enough = things(count, lang, of), number(least, lang)
        return {
            "fr": f"{some} seulement{_SPACE}: il en faut au moins {enough} pour juger une limite "
            f"de {limit}",
            "en": f"only {some}: judging a limit of {limit} takes at least {enough}",
        }[lang]

    return both(say)


def limit_inside(interval: Interval, tolerated: float, more: int | None, of: str) -> Words:
    """Why it is undecided, and about how many more "people" or "attempts" would decide."""

    def say(lang: str) -> str:
        low, high = (percent(end, lang, tolerated) for end in interval)
        limit, sure = percent(tolerated, lang), percent(0.95, lang)
        text = {
            "fr": f"la limite de {limit} tombe dans l’intervalle à {sure} (de {low} à {high})"
            f"{_SPACE}; ",
            "en": f"the limit of {limit} falls in the {sure} interval ({low} to {high}); ",
        }[lang]
        if more is None:
            never = {"fr": "aucun nombre ne trancherait", "en": "no number would decide"}
            return text + never[lang]
        count = _rough(more)
        would = "trancherait" if is_one(count, lang) else "trancheraient"
        return (
            text
            + {
                "fr": f"environ {things(count, lang, of)} de plus {would}",
                "en": f"about {number(count, lang)} more {thing(count, lang, of)} would decide",
            }[lang]
        )

    return both(say)


def with_time(words: Words, us: int) -> Words:
    """How long so many more would take to come at the rate of the window."""
    count, sign = math.ceil(us / SECOND), "s"
    if count >= 2 * 60:
        count, sign = math.ceil(us / (60 * SECOND)), "min"
    return {
        "fr": f"{words['fr']}, soit {number(count, 'fr')}{_SPACE}{sign} de plus à ce rythme",
        "en": f"{words['en']}, that is {number(count, 'en')}{_SPACE}{sign} more at this rate",
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
            "fr": f"nous n’avons pas envoyé {ours}, de quoi expliquer peut-être ce qui manque",
            "en": f"we did not send {ours}, who may be what is missing",
        }[lang]

    return both(say)
