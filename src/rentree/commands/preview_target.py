"""What `rentree check --target` says: where it would go, and what cannot be decided there."""

from __future__ import annotations

import os

from rich.console import Console

from rentree.i18n import Language, translator
from rentree.prepare import Prepared
from rentree.slo import Refused
from rentree.words import Words


def print_target(prepared: Prepared, language: Language, console: Console) -> None:
    """Where it would go, with which accounts, and what cannot be decided there."""
    assert prepared.target is not None  # noqa: S101  # asked by the caller
    _ = translator(language)

    def say(line: str) -> None:
        console.print(line, markup=False, highlight=False, soft_wrap=True)

    for platform, path in prepared.adapters.items():
        hosts = ", ".join(prepared.target.platforms[platform].hosts.values())
        say(
            _("target {name}: {platform} is {hosts}, by the adapter {file}").format(
                name=prepared.target.target, platform=platform, hosts=hosts, file=path.name
            )
        )
    if prepared.target.control is not None:
        say(_("control {page}, asked once a second").format(page=prepared.target.control))
    accounts = prepared.target.accounts
    if accounts is not None and accounts.password and accounts.password not in os.environ:
        say(_("the password is not in the environment now: {name}").format(name=accounts.password))
    mute, blind = _never_passing(prepared), _blind(prepared)
    for note in (*prepared.plan.notes, *mute, *blind):
        say(f"- {note[language]}")
    if not mute:
        say(_("every promise of this profile can be decided there"))


def _never_passing(prepared: Prepared) -> list[Words]:
    """Promises of which the platforms' adapters cannot tell whether they are kept."""
    mute = ", ".join(p for p, facts in prepared.facts.items() if not facts.tells_refusal)
    return [
        {
            "fr": f"slo {slo.slo} peut être rompu, jamais tenu\u00a0: l’adaptateur de {mute} ne "
            "sait pas à quoi ressemble un refus (`marks: refused:`, ou `tells_refusal = True`)",
            "en": f"slo {slo.slo} can fail but never pass: the adapter of {mute} does not know "
            "what a refusal looks like (`marks: refused:`, or `tells_refusal = True`)",
        }
        for slo in prepared.plan.slos
        if mute and isinstance(slo, Refused)
    ]


def _blind(prepared: Prepared) -> list[Words]:
    """What nobody would notice there, as the adapters do not tell whose a page is."""
    blind = ", ".join(p for p, facts in prepared.facts.items() if not facts.identifies)
    if not blind:
        return []
    return [
        {
            "fr": "les données d’autrui ne seraient pas remarquées\u00a0: l’adaptateur de "
            f"{blind} ne dit pas à qui est une page (`identity:`, ou `identifies = True`)",
            "en": f"somebody else's data would not be noticed: the adapter of {blind} does not "
            "tell whose page it is (`identity:`, or `identifies = True`)",
        }
    ]
