"""The promise of an SLO in words, in French and in English, with its figures and its window."""

from __future__ import annotations

from rentree.slo import AnySlo, Goodput, Punctual, Recovers, Refused, Response, SignedInAtOnce
from rentree.words import Words, both, duration, people, percent, phase, step

_SPACE = "\u00a0"  # before a French colon and semicolon


def promise(slo: AnySlo) -> Words:
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
        if isinstance(slo, Goodput):
            share, within = percent(slo.share, lang), duration(slo.within, lang)
            return {
                "fr": f"Tentatives abouties en {within} au plus{_SPACE}: au moins {share} {where}",
                "en": f"Attempts through within {within}: at least {share} {where}",
            }[lang]
        if isinstance(slo, Recovers):
            return _recovers(slo, lang)
        assert isinstance(slo, SignedInAtOnce)  # noqa: S101  # the last kind
        crowd, held = people(slo.at_least, lang, slo.persona), duration(slo.held, lang)
        return {
            "fr": f"Au moins {crowd} en session en même temps pendant {held} {where}",
            "en": f"At least {crowd} signed in at once for {held} {where}",
        }[lang]

    return both(say)


def _counted(of: str, lang: str) -> str:
    words = {"people": {"fr": "Personnes", "en": "People"}}
    return words.get(of, {"fr": "Tentatives", "en": "Attempts"})[lang]


def _recovers(slo: Recovers, lang: str) -> str:
    within, hold = duration(slo.within, lang), duration(slo.hold, lang)
    share, below = percent(slo.share, lang), slo.below and duration(slo.below, lang)
    fast = {"fr": f" en moins de {below}", "en": f" in less than {below}"}[lang] if below else ""
    return {
        "fr": f"Retour à la normale après «\u00a0{slo.after}\u00a0» en {within} au plus "
        f"({share} des tentatives abouties{fast}, pendant {hold})",
        "en": f"Back to normal within {within} after “{slo.after}” "
        f"({share} of attempts through{fast}, for {hold})",
    }[lang]
