"""A profile of ours that names something real says on page one that it is not that. Pure."""

from __future__ import annotations

from rentree.i18n import Language, translator
from rentree.plan import Plan
from rentree.profile import Profile

_NOBODY = ("bac à sable", "sandbox")  # providers that are no provider


def providers(profile: Profile) -> list[str]:
    """The providers that a profile names, each once, without our sandbox."""
    named = dict.fromkeys(coming.unit.provider for coming in profile.crowd)
    return [name for name in named if name.lower() not in _NOBODY]


def disclaimer(plan: Plan, language: Language) -> str:
    """“Reconstitution d’après la presse ; n’est pas la plateforme de Grand Est …”; “”: no need."""
    if not plan.disclaimer:
        return ""
    names = [name[language] for name in plan.territories.values()] + plan.providers
    _ = translator(language)
    return _("A reconstruction after the press; not the platform of {names}.").format(
        names=", ".join(names)
    )
