"""Each figure of a profile and where it comes from, as reports print it. Pure.

A figure is *sourced* when its source names something: a number of the record, a contract, a
document by its proper name. It is a *convention* when it says so, and else a *hypothèse*: nobody
is made to believe that a figure was found somewhere when it was not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from rentree.plan import Basis, Figure
from rentree.profile import Arrive, Profile
from rentree.quantity import SECOND
from rentree.record import cited, french, record
from rentree.territory import Figure as Counted
from rentree.territory import Territory
from rentree.words import (
    LANGUAGES,
    PERSONAS,
    Words,
    duration,
    number,
    people_word,
    percent,
    phase,
)

_UNSOURCED = re.compile(r"non sourcé|^(hypothèse|assumption)\b", re.I)
_CONVENTION = re.compile(r"^convention", re.I)
_NAME = re.compile(r"\b[A-ZÀ-Þ]")  # a proper name: a capital letter
_COUNTED: Mapping[str, Words] = {
    "pupils": {"fr": "élèves", "en": "pupils"},
    "schools": {"fr": "établissements", "en": "schools"},
    "classes": {"fr": "classes", "en": "classes"},
    "teachers": {"fr": "enseignants", "en": "teachers"},
}


def kind_of(source: str | None) -> Basis:
    """“sourced”, “convention” or “hypothèse”: what a source makes of its figure."""
    if source is None or not source.strip():
        return "hypothèse"
    if cited(source):
        return "sourced"
    if _CONVENTION.search(source):
        return "convention"
    if _UNSOURCED.search(source) or not _NAME.search(source):
        return "hypothèse"
    return "sourced"


def figures(
    profile: Profile, territories: Mapping[str, Territory], *, reconstruction: bool
) -> list[Figure]:
    """Every figure of a profile; of a reconstruction, also what the sources do not agree on."""
    rows = [
        *_reproduced(profile), *_crowd(profile, territories), *_new_accounts(profile),
        *_bells(profile, territories), *_behaviour(profile), *_faults(profile),
        *_promises(profile),
        *_populations(territories),
    ]  # fmt: skip
    return rows + (_contradictions() if reconstruction else [])


def figure(what: Words, value: Words, source: str | None) -> Figure:
    """A row, its source in full: each number of the record with what it says, and who against."""
    facts = record().facts
    told = [f"{n} : {facts[n].told}" for n in cited(source or "")]
    return Figure(
        what=what, value=value, source=french(source or ""), kind=kind_of(source),
        record=[french(text) for text in told],
    )  # fmt: skip


def _reproduced(profile: Profile) -> Iterator[Figure]:
    for fact, asserted in profile.reproduces.items():
        what: Words = {"fr": "Ce que le scénario reproduit", "en": "What the profile reproduces"}
        yield figure(what, {"fr": asserted, "en": asserted}, fact)


def _crowd(profile: Profile, territories: Mapping[str, Territory]) -> Iterator[Figure]:
    """People who come, territories together that have the same figure by the same source."""
    found: dict[tuple[str, int, str], list[Words]] = {}
    for coming in profile.crowd:
        for persona, count in coming.come.items():
            source = coming.source
            said = source.get(persona, "") if isinstance(source, dict) else source
            found.setdefault((persona, count, said), []).append(territories[coming.territory].name)
    for (persona, count, said), names in found.items():
        each: Words = {"fr": " (chacun)", "en": " (each)"} if len(names) > 1 else {}
        yield figure(
            {x: f"{_who(persona, x)}, {', '.join(n[x] for n in names)}" for x in LANGUAGES},
            {x: number(count, x) + each.get(x, "") for x in LANGUAGES},
            said,
        )
    for size in dict.fromkeys(c.classes.of for c in profile.crowd if c.schools is None):
        yield figure(
            {"fr": "Élèves par classe", "en": "Pupils a class"},
            {x: number(size, x) for x in LANGUAGES},
            "F10" if size == 24 else None,  # 23.8 of them
        )


def _new_accounts(profile: Profile) -> Iterator[Figure]:
    for persona, share in profile.new_accounts.share.items():
        yield figure(
            {"fr": f"Comptes à créer, {_who(persona, 'fr')}",
             "en": f"Accounts to be created, {_who(persona, 'en')}"},
            {x: percent(share, x) for x in LANGUAGES},
            profile.new_accounts.source,
        )  # fmt: skip


def _bells(profile: Profile, territories: Mapping[str, Territory]) -> Iterator[Figure]:
    for bell in profile.bells:
        only = [territories[territory].name for territory in bell.territories]
        yield figure(
            {"fr": "Sonnerie", "en": "Bell"},
            {
                x: ", ".join([
                    _hour(bell.at, x),
                    *bell.levels,
                    *(name[x] for name in only),
                    *(f"{percent(share, x)} {_who(p, x)}" for p, share in bell.convenes.items()),
                ])
                for x in LANGUAGES
            },
            bell.source,
        )  # fmt: skip
        guessed = re.search(
            r"assumption|hypothèse", bell.source
        )  # of the stretch, where it says so
        yield _stretch("Arrivée autour d’elle", "Arrival around it", bell.arrive,
                       None if guessed else bell.source)  # fmt: skip
    if profile.others is not None:
        yield _stretch("Arrivée des autres", "Arrival of the others", profile.others.arrive, None)


def _stretch(ours: str, english: str, at: Arrive, source: str | None) -> Figure:
    value = {x: f"{_hour(at.from_, x)} – {_hour(at.to, x)} ({at.curve})" for x in LANGUAGES}
    return figure({"fr": ours, "en": english}, value, source)


def _behaviour(profile: Profile) -> Iterator[Figure]:
    bearing = profile.behaviour
    retry = bearing.retry
    again = {x: f"{duration(retry.after, x)} ± {duration(retry.jitter, x)}" for x in LANGUAGES}
    said: list[tuple[str, str, Words]] = [
        ("Patience devant une page", "Patience before a page",
         {x: duration(bearing.patience, x) for x in LANGUAGES}),
        ("Nouvel essai après", "Tries again after", again),
        ("Nouveaux essais au plus", "Further tries at most",
         {x: number(retry.at_most, x) for x in LANGUAGES}),
        ("Reste jusqu’à", "Stays until", {x: _hour(bearing.stay.until, x) for x in LANGUAGES}),
    ]  # fmt: skip
    if (most := bearing.stay.at_most) is not None:
        words = {x: duration(most, x) for x in LANGUAGES}
        said.append(("Reste au plus", "Stays at most", words))
    for ours, english, value in said:
        yield figure({"fr": ours, "en": english}, value, None)
    for home, share in profile.homes.items():
        yield figure(
            {"fr": f"Connectés par {home}", "en": f"Connected by {home}"},
            {x: percent(share, x) for x in LANGUAGES},
            None,
        )


def _faults(profile: Profile) -> Iterator[Figure]:
    for fault in profile.faults:
        keys = ", ".join(f"{key} {_plain(value)}" for key, value in fault.own_keys().items())
        yield figure(
            {"fr": f"Perturbation {fault.name}", "en": f"Fault {fault.name}"},
            {x: f"{fault.fault} ({keys}), {phase(fault.during, x)}" for x in LANGUAGES},
            fault.source,
        )


def _promises(profile: Profile) -> Iterator[Figure]:
    for slo in profile.slos:
        parts = [slo.promise.ref if slo.promise else None, slo.source]
        yield figure(
            {"fr": "Engagement", "en": "Promise"},
            {x: slo.says(x) for x in LANGUAGES},
            ", ".join(part for part in parts if part),
        )


def _populations(territories: Mapping[str, Territory]) -> Iterator[Figure]:
    """The figures of the territories themselves, that shares and schools are reckoned from."""
    for territory in territories.values():
        for place, counted in territory.figures():
            if place[0].startswith("pupils") or place == ("schools",):
                yield _population(territory, place, counted)


def _population(territory: Territory, place: Sequence[str], counted: Counted) -> Figure:
    of = _COUNTED[place[0].removesuffix("_by_level")]
    guessed = counted.hypothesis is not None
    year = f" ({counted.year})" if counted.year else ""
    row = figure(
        {x: ", ".join([territory.name[x], of[x], *place[1:]]) for x in LANGUAGES},
        {x: number(counted.count, x) + year for x in LANGUAGES},
        f"hypothèse : {counted.hypothesis}" if guessed else counted.source,
    )
    return row.model_copy(update={"kind": "hypothèse" if guessed else "sourced"})


def _contradictions() -> list[Figure]:
    return [
        Figure(
            what=each.what, value=dict.fromkeys(LANGUAGES, french(" ; ".join(each.said))),
            source="", kind="sourced", disputed=True,
        )
        for each in record().contradictions
    ]  # fmt: skip


def _who(persona: str, lang: str) -> str:
    return people_word(2, lang, persona) if persona in PERSONAS else persona


def _hour(at: int, lang: str) -> str:
    minutes, second = divmod(round(at / SECOND), 60)
    hour, minute = divmod(minutes, 60)
    if lang == "fr":
        return f"{hour}\u00a0h\u00a0{minute:02}" + (f"\u00a0min\u00a0{second:02}" if second else "")
    return f"{hour:02}:{minute:02}" + (f":{second:02}" if second else "")


def _plain(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{k} {_plain(v)}" for k, v in value.items())
    return str(value)
