"""What `rentree check --target` says: where it would go, and what cannot be decided there."""

from __future__ import annotations

import os

from rich.console import Console

from rentree.i18n import Language
from rentree.prepare import Prepared
from rentree.slo import Refused


def print_target(prepared: Prepared, language: Language, console: Console) -> None:
    """Where it would go, with which accounts, and what cannot be decided there."""
    assert prepared.target is not None  # noqa: S101  # asked by the caller
    for platform, path in prepared.adapters.items():
        hosts = ", ".join(prepared.target.platforms[platform].hosts.values())
        console.print(
            f"target {prepared.target.target}: {platform} is {hosts}, by the adapter {path.name}",
            markup=False, highlight=False, soft_wrap=True,
        )  # fmt: skip
    if prepared.target.control is not None:
        console.print(
            f"control {prepared.target.control}, asked once a second", markup=False, soft_wrap=True
        )
    accounts = prepared.target.accounts
    if accounts is not None and accounts.password and accounts.password not in os.environ:
        console.print(
            f"the password is not in the environment now: {accounts.password}", markup=False
        )
    lines = [note[language] for note in prepared.plan.notes] + undecidable(prepared)
    for line in lines:
        console.print(f"- {line}", markup=False, highlight=False, soft_wrap=True)
    if not any(line.startswith("slo ") for line in undecidable(prepared)):
        console.print("every promise of this profile can be decided there", markup=False)


def undecidable(prepared: Prepared) -> list[str]:
    """What the platforms' adapters cannot tell, and so what cannot be shown, a sentence each."""
    mute = [p for p, facts in prepared.facts.items() if not facts.tells_refusal]
    lines = [
        f"slo {slo.slo} can fail but never pass: the adapter of {', '.join(mute)} does not know "
        "what a refusal looks like (`marks: refused:`, or `tells_refusal = True`)"
        for slo in prepared.plan.slos
        if mute and isinstance(slo, Refused)
    ]
    blind = [p for p, facts in prepared.facts.items() if not facts.identifies]
    if blind:
        lines.append(
            f"somebody else's data would not be noticed: the adapter of {', '.join(blind)} does "
            "not tell whose page it is (`identity:`, or `identifies = True`)"
        )
    return lines
