"""A profile of ours that names something real says on page one that it is not that. Pure."""

from __future__ import annotations

import re
import unicodedata

from rentree.i18n import Language, translator
from rentree.plan import Plan
from rentree.profile import Profile
from rentree.record import record

_NOBODY = ("bac à sable", "sandbox")  # providers that are no provider


def named(profile: Profile) -> list[str]:
    """What is real in a profile's name and title, and its providers: each once, no territory."""
    text = f"-{_slug(profile.profile)}-{_slug(profile.title.fr)}-"
    found = [name for name in record().named if f"-{_slug(name)}-" in text]
    units = [coming.unit.provider for coming in profile.crowd]
    return list(dict.fromkeys(found + [name for name in units if name.lower() not in _NOBODY]))


def disclaimer(plan: Plan, language: Language) -> str:
    """“Reconstitution d’après la presse ; n’est pas la plateforme de Grand Est …”; “”: no need."""
    if not plan.disclaimer:
        return ""
    names = [name[language] for name in plan.territories.values()] + plan.named
    _ = translator(language)
    return _("A reconstruction after the press; not the platform of {names}.").format(
        names=", ".join(dict.fromkeys(names))
    )


def _slug(text: str) -> str:
    """“ÉCLAT-BFC, jeudi” → “eclat-bfc-jeudi”."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
