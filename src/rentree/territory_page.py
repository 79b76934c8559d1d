"""The territories as tables in Markdown, for docs/reference/territories.md.

python -m rentree.territory_page
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import get_args

from rentree.territory import SIGN_IN, Figure, Kind, Level, Territory, all_territories, national
from rentree.words import number

LEVELS = get_args(Level)
KINDS = get_args(Kind)


def page(territories: Sequence[Territory]) -> str:
    """Markdown: who they are, on which platforms, what the record says, what is hypothesis."""
    territories = sorted(territories, key=lambda t: (KINDS.index(t.kind), t.territory))
    return "\n".join(
        [
            "## Pupils\n",
            "*h*: hypothèse. No source gives this count; how it was derived is below.\n",
            *_people(territories),
            "\n## Schools, classes, teachers\n",
            *_schools(territories),
            "\n## Platforms\n",
            *_platforms(territories),
            "\n## What the record says\n",
            *_record(territories),
            "\n## What is hypothesis\n",
            *_hypotheses(territories),
            "",
        ]
    )


def _table(heads: str, rows: Iterator[Sequence[str]]) -> Iterator[str]:
    """A table; a head that begins with `>` is of figures."""
    names = heads.split(" | ")
    yield f"| {' | '.join(name.removeprefix('>') for name in names)} |"
    yield f"|{'|'.join('--:' if name.startswith('>') else '---' for name in names)}|"
    yield from (f"| {' | '.join(row)} |" for row in rows)


def _count(figure: Figure | None) -> str:
    if figure is None:
        return "–"
    return f"{number(figure.count, 'en')}{' *h*' if figure.hypothesis is not None else ''}"


def _people(territories: Sequence[Territory]) -> Iterator[str]:
    def rows() -> Iterator[Sequence[str]]:
        for t in territories:
            levels = [_count(t.pupils_by_level.get(level)) for level in LEVELS]
            kind = f"{t.kind}, in `{t.within}`" if t.within else t.kind
            yield f"`{t.territory}`", kind, _count(t.pupils), *levels, t.pupils.basis
        sums = national(territories)
        counts = [f"**{number(sums[key], 'en')}**" for key in ("all", *LEVELS)]
        yield "**the régions together**", "", *counts, "national: 12.3 M (DEPP, Insee)"

    yield from _table(
        "territory | kind | >pupils | >école | >collège | >lycée | source of the total", rows()
    )


def _schools(territories: Sequence[Territory]) -> Iterator[str]:
    yield from _table(
        "territory | >schools | >écoles | >collèges | >lycées | >classes | >teachers",
        (
            (
                f"`{t.territory}`", _count(t.schools),
                *(_count(t.schools_by_level.get(level)) for level in LEVELS),
                _count(t.classes), _count(t.teachers),
            )
            for t in territories
        ),
    )  # fmt: skip


def _platforms(territories: Sequence[Territory]) -> Iterator[str]:
    yield from (f"- **{family}**: {words}." for family, words in SIGN_IN.items())
    yield ""
    yield from _table(
        "territory | authority | levels | platform | provider, engine | sign-in | when | "
        "source, confidence | note",
        (
            (
                f"`{t.territory}`", p.authority, ", ".join(p.levels), p.product,
                f"{p.provider}, {p.engine}" if p.engine else p.provider, p.sign_in,
                {"both": "April 2021 and today", "april 2021": "April 2021"}.get(p.when, p.when),
                f"{p.source}, {p.confidence}", p.note or "",
            )
            for t in territories
            for p in t.platforms
        ),
    )  # fmt: skip
    without = [f"`{t.territory}`" for t in territories if not t.platforms]
    yield f"\nNo platform on record: {', '.join(without)}."


def _record(territories: Sequence[Territory]) -> Iterator[str]:
    days = {
        "6 April 2021": "on_6_april_2021",
        "7 April 2021": "on_7_april_2021",
        "8 April 2021": "on_8_april_2021",
    }

    def rows() -> Iterator[Sequence[str]]:
        for t in territories:
            for day, key in days.items():
                if said := getattr(t, key):
                    yield f"`{t.territory}`", day, said, t.source or ""
            for remark in t.remarks:
                yield f"`{t.territory}`", "", remark, ""

    yield from _table("territory | day | in the record's own language | source", rows())


def _hypotheses(territories: Sequence[Territory]) -> Iterator[str]:
    """Each derivation once, with what it derives and where."""
    where: dict[tuple[str, str], list[str]] = {}
    for t in territories:
        for place, figure in t.figures():
            if figure.hypothesis is not None:
                what = " of ".join(place).replace("_by_level of", ",")
                where.setdefault((what, figure.hypothesis), []).append(t.territory)
    yield from _table(
        "figure | derived | in",
        (
            (what, how, ", ".join(f"`{name}`" for name in names))
            for (what, how), names in sorted(where.items())
        ),
    )
    yield "\nLevels that do not add up to their whole, and why:\n"
    for t in territories:
        for what, why in t.do_not_add_up.items():
            yield f"- `{t.territory}`, {what}: {why}."


if __name__ == "__main__":
    sys.stdout.write(page(all_territories()))
