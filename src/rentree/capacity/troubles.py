"""What ends a search before its time, or spoils a rung, in words."""

from __future__ import annotations

from rentree.words import Words, both, duration


def too_short(took: int) -> Words:
    """What takes `took` µs needs a longer warm-up."""
    return both(
        lambda lang: {
            "fr": f"mise en train trop courte pour ce qui dure {duration(took, lang)}",
            "en": f"too short a warm-up for what takes {duration(took, lang)}",
        }[lang]
    )


TOO_MANY: Words = {
    "fr": "l’autorisation ne permet pas que davantage de personnes viennent",
    "en": "the authorisation does not let more people come",
}
NEVER_FREE: Words = {
    "fr": "une minute après un palier, ce qui était commencé n’était pas fini",
    "en": "a minute after a rung, what had been begun was not at its end",
}
NEVER_CALM: Words = {
    "fr": "après un palier non tenu, même une personne seule n’a plus été servie à temps "
    "(commencer plus bas\u00a0: --from)",
    "en": "after a rung that failed, not even somebody alone was served in time any more "
    "(begin lower: --from)",
}
SILENT: Words = {
    "fr": "un processus de charge ne donne plus de nouvelles",
    "en": "a load process gives no more news",
}
UNMANNED: Words = {
    "fr": "trop peu de personnes ont pu s’identifier avant le palier",
    "en": "too few people could sign in before the rung",
}
GONE: Words = {"fr": "la plateforme est tombée", "en": "the platform is gone"}
