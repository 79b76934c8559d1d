"""Figures, durations and names as French and English readers write them.

French: U+202F between thousands, a decimal comma, a no-break space before % and units.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, localcontext

from babel.dates import format_date
from babel.numbers import format_decimal

from rentree.quantity import SECOND

Words = dict[str, str]  # language → text
LANGUAGES = ("fr", "en")
_NO_BREAK = "\u00a0"

PHASES: dict[str, Words] = {
    "baseline": {"fr": "référence", "en": "baseline"},
    "bell": {"fr": "sonnerie", "en": "bell"},
    "disturbance": {"fr": "perturbation", "en": "disturbance"},
    "recovery": {"fr": "rétablissement", "en": "recovery"},
    "check": {"fr": "contrôle", "en": "check"},
    "": {"fr": "essai entier", "en": "whole run"},
}
STEPS: dict[str, Words] = {
    "create account": {"fr": "création du compte", "en": "create account"},
    "sign in": {"fr": "identification", "en": "sign in"},
    "home": {"fr": "accueil", "en": "home"},
    "messages": {"fr": "messagerie", "en": "messages"},
    "hand in": {"fr": "remise du devoir", "en": "hand in"},
    "read homework": {"fr": "lecture des devoirs", "en": "read homework"},
    "sign out": {"fr": "déconnexion", "en": "sign out"},
    "post": {"fr": "publication", "en": "post"},
    "service": {"fr": "service tiers", "en": "service"},
    "open class": {"fr": "ouverture de la classe", "en": "open class"},
    "admit": {"fr": "admission des élèves", "en": "admit"},
    "join class": {"fr": "entrée en classe virtuelle", "en": "join class"},
    "ticket again": {"fr": "ticket montré deux fois", "en": "ticket again"},
    "ticket after sign out": {
        "fr": "ticket montré après déconnexion",
        "en": "ticket after sign out",
    },
    "queue ticket shared": {"fr": "place de file partagée", "en": "queue ticket shared"},
}
_PEOPLE: dict[str, dict[str, tuple[str, str]]] = {
    "": {"fr": ("personne", "personnes"), "en": ("person", "people")},
    "pupil": {"fr": ("élève", "élèves"), "en": ("pupil", "pupils")},
    "teacher": {"fr": ("enseignant", "enseignants"), "en": ("teacher", "teachers")},
    "parent": {"fr": ("parent", "parents"), "en": ("parent", "parents")},
    "staff": {"fr": ("agent", "agents"), "en": ("member of staff", "members of staff")},
}
PERSONAS = tuple(persona for persona in _PEOPLE if persona)  # those that have a word of their own
_THINGS: dict[str, dict[str, tuple[str, str]]] = {
    "people": _PEOPLE[""],
    "attempts": {"fr": ("tentative", "tentatives"), "en": ("attempt", "attempts")},
    "processes": {"fr": ("processus", "processus"), "en": ("worker", "workers")},
    "seconds": {"fr": ("seconde", "secondes"), "en": ("second", "seconds")},
    "runs": {"fr": ("essai", "essais"), "en": ("run", "runs")},
}
_WHYS: dict[str, str] = {  # what the journal says of an end, in French
    "interrupted": "interrompu",
    "killed": "tué",
    "failed": "en échec",
    "withdrawn": "autorisation retirée",
    "unreachable": "autorisation hors d’atteinte",
    "stop rule": "règle d’arrêt",
    "guard lost": "garde perdue",
    "leave could not be asked": "l’autorisation n’a pas pu être redemandée",
    "no answer in time": "pas de réponse à temps",
    "no whole answer": "pas de réponse entière",
    "connection refused": "connexion refusée",
    "connection lost": "connexion perdue",
    "a block is missing": "il manque un bloc",
    "stored nothing": "rien d’enregistré",
    "it was told to stop": "on lui a dit de s’arrêter",
    "its window has ended": "la plage autorisée est finie",
    "the document was changed": "le document a changé",
    "more than 64 KiB": "plus de 64\u00a0Kio",
}
_ENDS: list[tuple[str, str]] = [  # likewise, with what others said last
    (r"ended by signal (\d+)", r"arrêté par le signal \1"),
    (r"ended by signal (\d+); (.+)", "arrêté par le signal \\1\u00a0; \\2"),
    (r"exit code (\d+)", r"code de sortie \1"),
    (
        r"more than (\d+)% of attempts went wrong for ([\d.]+) s \((\d+)%\)",
        "plus de \\1\u00a0% de tentatives en échec pendant \\2\u00a0s (\\3\u00a0%)",
    ),
    (
        r"(\S+) of (\S+) gave no good answer for ([\d.]+) s",
        "\\1 de \\2 sans bonne réponse pendant \\3\u00a0s",
    ),
    (r"exit code (\d+); (.+)", "code de sortie \\1\u00a0; \\2"),
    (r"not heard of for (\d+)\.(\d) s", "sans nouvelles pendant \\1,\\2\u00a0s"),
    (
        r"the Locust master is gone: ended by signal (\d+)",
        "le maître Locust est mort, arrêté par le signal \\1",
    ),
    (r"the sandbox was ended by (\w+): its log is empty", r"bac à sable arrêté par \1"),
    (r"the sandbox was ended by (\w+): (.+)", "bac à sable arrêté par \\1\u00a0; \\2"),
    (
        r"the sandbox ended with code (\d+): its log is empty",
        r"bac à sable fini, code de sortie \1",
    ),
    (r"the sandbox ended with code (\d+): (.+)", "bac à sable fini, code de sortie \\1\u00a0; \\2"),
    (r"the line “(.+)” \(pid \d+\) is dead", "la ligne «\u00a0\\1\u00a0» est morte"),
    (r"the line “(.+)” \(pid \d+\) does not answer", "la ligne «\u00a0\\1\u00a0» ne répond pas"),
    (
        r"the line “(.+)” \(pid \d+\) no longer serves its listeners",
        "la ligne «\u00a0\\1\u00a0» ne prend plus de connexions",
    ),
    (
        r"the line “(.+)” \(pid \d+\) is (\d+) ms late: it has too much to carry",
        "la ligne «\u00a0\\1\u00a0» a \\2\u00a0ms de retard, elle a trop à porter",
    ),
    (r"Toxiproxy at (\S+) \(.+\) is dead", r"Toxiproxy est mort (\1)"),
    (r"Toxiproxy at (\S+) \(.+\) does not answer", r"Toxiproxy ne répond pas (\1)"),
    (r"Toxiproxy at (\S+) \(.+\) no longer serves (.+)", r"Toxiproxy ne sert plus \2 (\1)"),
]
_TORN = re.compile(r"no end mark, (\d+) bytes torn")


def both(say: Callable[[str], str]) -> Words:
    """The same sentence in every language."""
    return {language: say(language) for language in LANGUAGES}


def phase(name: str, language: str) -> str:
    """The name of a phase; "" is the whole run; a name that is not ours stays as it is."""
    return PHASES.get(name, {}).get(language, name)


def step(name: str, language: str) -> str:
    """The name of a step; one that is not ours stays as it is."""
    return STEPS.get(name, {}).get(language, name)


def day(on: date, language: str) -> str:
    """“mercredi 7 avril 2021”, “Wednesday 7 April 2021”."""
    return format_date(on, "EEEE d MMMM y", locale=language)


def people(count: float, language: str, persona: str | None = None) -> str:
    """“412 personnes”, “1 élève”; a persona that is not ours counts as people."""
    return f"{number(count, language)} {people_word(count, language, persona)}"


def people_word(count: float, language: str, persona: str | None = None) -> str:
    """The word for so many of a persona. French keeps the singular below two."""
    one, many = _PEOPLE.get(persona or "", _PEOPLE[""])[language]
    return one if is_one(count, language) else many


def things(count: float, language: str, what: str) -> str:
    """“412 tentatives”, “1 seconde”; `what` is a key of _THINGS."""
    return f"{number(count, language)} {thing(count, language, what)}"


def thing(count: float, language: str, what: str) -> str:
    """The word for so many of `what`."""
    one, many = _THINGS[what][language]
    return one if is_one(count, language) else many


def is_one(count: float, language: str) -> bool:
    """Whether so many take the singular."""
    return count < 2 if language == "fr" else count == 1


def because(why: str, language: str) -> str:
    """Why something ended, to end a sentence with: “ (interrompu)”, or “ : its own words”."""
    if french := _in_french(why):
        return f" ({french if language == 'fr' else why})"
    colon = f"{_NO_BREAK}:" if language == "fr" else ":"
    return f"{colon} {why}" if why else ""


def _in_french(why: str) -> str:
    """What we say ourselves in the journal; empty for the words of others."""
    if not (torn := _TORN.fullmatch(why)):
        for pattern, french in _ENDS:
            if found := re.fullmatch(pattern, why, re.S):
                return found.expand(french)
        return _WHYS.get(why, "")
    count = int(torn[1])
    many = f"{number(count, 'fr')} octet" if count else "aucun octet"
    ending = "" if is_one(count, "fr") else "s"
    return f"sans marque de fin, {many}{ending} tronqué{ending}"


def number(value: float, language: str, decimals: int = 0) -> str:
    """“50 000”, “4,2”; at most so many decimals, no trailing zeros; “∞”."""
    if math.isinf(value):
        return "∞"
    return format_decimal(value, format=f"#,##0.{'#' * decimals}", locale=language)


def unit(figure: str, sign: str, language: str) -> str:
    """A figure with its unit; English sets % without a space."""
    return f"{figure}{'' if language == 'en' and sign == '%' else _NO_BREAK}{sign}"


def percent(share: float, language: str, apart_from: float | None = None, decimals: int = 1) -> str:
    """“0,7 %” with one decimal, or as many as tell it from a limit that it does not equal."""
    return _apart(
        share,
        apart_from,
        lambda v, decimals: unit(number(v * 100, language, decimals), "%", language),
        decimals,
    )


def duration(us: float, language: str, apart_from: float | None = None, decimals: int = 1) -> str:
    """“850 ms”, “4,2 s”, “20 min”, “2 h”; rounded up, as told from a limit it does not equal.

    Seconds have one decimal at most, or as many as are asked for; milliseconds have none.
    """
    if math.isinf(us):
        return "∞"
    if us and us % (3600 * SECOND) == 0:
        return unit(number(us / 3600 / SECOND, language), "h", language)
    if us >= 2 * 60 * SECOND and us % (60 * SECOND) == 0:
        return unit(number(us / 60 / SECOND, language), "min", language)
    scale, sign = (SECOND, "s") if us >= SECOND or us == 0 else (1000, "ms")

    def write(value: float, decimals: int) -> str:
        return unit(number(_up(value / scale, decimals), language, decimals), sign, language)

    return _apart(us, apart_from, write, decimals if sign == "s" else 0)


def between(low: float, high: float, language: str) -> str:
    """“de 0,95 s à 1,10 s”: two durations, µs, in one unit, rounded outwards.

    Rounded so, two ends that differ are printed as two, and what lies between lies between.
    """
    highest = high if math.isfinite(high) else low
    scale, sign, decimals = (SECOND, "s", 2) if highest >= SECOND else (1000, "ms", 0)

    def write(us: float, rounding: str) -> str:
        if math.isinf(us):
            return "∞"
        value = _rounded(round(us) / scale, decimals, rounding)  # moments are whole µs
        figure = format_decimal(value, format=f"#,##0.{'0' * decimals}", locale=language)
        return unit(figure, sign, language)

    first, last = write(low, ROUND_FLOOR), write(high, ROUND_CEILING)
    return {"fr": f"de {first} à {last}", "en": f"{first} to {last}"}[language]


def _apart(
    value: float, limit: float | None, write: Callable[[float, int], str], decimals: int
) -> str:
    text = write(value, decimals)
    for more in range(decimals + 1, 7):
        if limit is None or value == limit or text != write(limit, decimals):
            break
        text = write(value, more)
    return text


def _up(value: float, decimals: int) -> float:
    # "waited 4.2 s at most" must stay true of the printed figure
    return _rounded(value, decimals, ROUND_CEILING)


def _rounded(value: float, decimals: int, rounding: str) -> float:
    with localcontext() as context:
        context.rounding = rounding
        return float(round(Decimal(str(value)), decimals))


def out_of(share: float, language: str) -> tuple[str, str, str]:
    """A share in people: 0.95 → ("95", "5", "100"): so many, the others, out of."""
    whole = next((d for d in (100, 1_000, 10_000) if _whole(share * d)), 100_000)
    part = round(share * whole)
    return number(part, language), number(whole - part, language), number(whole, language)


def _whole(value: float) -> bool:
    return abs(value - round(value)) < 1e-9
