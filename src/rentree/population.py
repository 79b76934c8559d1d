"""Whether there are as many pupils as come: a crowd against its territories' own figures. Pure.

A profile that lets more come than there are says why: `do_not_add_up: {bretagne: why}`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rentree.errors import InvalidFileError, Problem
from rentree.profile import Coming, Profile
from rentree.territory import Territory, spaced
from rentree.yamltext import Document, nearest


def require_population(
    profile: Profile,
    territories: Mapping[str, Territory],
    roles: Mapping[str, str],
    document: Document,
) -> None:
    """Require that no more pupils come than there are, or that the profile says why.

    `roles`: what each persona is, whatever journey a profile lets it walk.

    Raises:
        InvalidFileError: more come from a territory, or nobody does of whom it says why.
    """
    problems: list[Problem] = []
    beyond = set()
    for i, coming in enumerate(profile.crowd):
        pupils = [p for p in coming.come if roles.get(p, p) == "pupil"]
        count = sum(coming.come[persona] for persona in pupils)
        for there, whose in _there_are(territories[coming.territory], coming):
            if count <= there:
                continue
            beyond.add(coming.territory)
            if coming.territory not in profile.do_not_add_up:
                text = (
                    f"{spaced(count)} pupils come from “{coming.territory}”, where there are "
                    f"{spaced(there)} {whose}: correct one, or say why in "
                    f"`do_not_add_up: {{{coming.territory}: …}}`"
                )
                problems.append(document.problem(("crowd", i, "come", pupils[0]), text))
            break
    for name in profile.do_not_add_up:
        there_are = {coming.territory for coming in profile.crowd}
        if name not in there_are:
            text = f"nobody comes from “{name}”: {nearest(name, there_are)}"
            problems.append(document.problem(("do_not_add_up", name), text))
        elif name not in beyond:
            text = f"no more pupils come from “{name}” than there are: take this out"
            problems.append(document.problem(("do_not_add_up", name), text))
    if problems:
        raise InvalidFileError(problems)


def _there_are(territory: Territory, coming: Coming) -> Iterator[tuple[int, str]]:
    """How many pupils there are, with the words for them: in all, and at the unit's levels."""
    yield territory.pupils.count, f"in all ({territory.pupils.short})"
    levels = [territory.pupils_by_level.get(level) for level in coming.unit.levels]
    if None not in levels:
        basis = ", ".join(dict.fromkeys(figure.short for figure in levels if figure))
        names = ", ".join(coming.unit.levels)
        yield sum(figure.count for figure in levels if figure), f"at its levels, {names} ({basis})"
