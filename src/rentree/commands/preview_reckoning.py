"""What `rentree check` reckons, in words: flows, sessions, Little's law, cost, machines."""

from __future__ import annotations

import os
import sys

from rentree.headroom import means, shortages
from rentree.i18n import Language, translator
from rentree.outlook import Little, Outlook
from rentree.outlook_picture import clock
from rentree.prepare import Prepared
from rentree.quantity import SECOND
from rentree.reach import busiest
from rentree.sizing import PLAIN_STEPS, SANDBOX_REQUESTS, TLS_ARRIVALS, cores, cost
from rentree.words import PERSONAS, number, people, percent, step


def figures(prepared: Prepared, seen: Outlook, language: Language) -> list[str]:
    """The busiest second, sessions, Little's law, what it costs: a line each."""
    _, plan = translator(language), prepared.plan
    most, at = busiest(prepared.members.due)
    moment = clock((plan.starts_at + at * plan.clock) / SECOND, language)
    second = at // SECOND
    who = ", ".join(
        people(round(float(seen.per_second(counts)[second])), language, persona)
        if persona in PERSONAS
        else f"{number(float(seen.per_second(counts)[second]), language)} {persona}"
        for persona, counts in seen.arrivals.items()
    )
    lines = [
        _("busiest second: {most} sign-ins/s at {moment} ({who})").format(
            most=number(most, language), moment=moment, who=who
        ),
        *_new_accounts(prepared, language),
        _(
            "sessions open at once, if all is well: {peak} (each answer at once, think times with "
            "their mean)"
        ).format(peak=number(seen.little.peak, language)),
        _little(seen.little, language),
    ]
    spent = cost(seen, plan)
    lines.append(
        _("about {requests} requests, {bytes} of answers, as the sandbox’s pages weigh").format(
            requests=number(_round(spent.requests), language), bytes=_size(spent.bytes, language)
        )
        + (
            _("; floods: {flood} requests more").format(flood=number(_round(spent.flood), language))
            if spent.flood
            else ""
        )
    )
    if spent.guessed:
        named = ", ".join(step(name, language) for name in spent.guessed)
        lines.append(
            "    " + _("counted as one request each, for want of knowing: {steps}").format(
                steps=named
            )
        )  # fmt: skip
    return lines


def _new_accounts(prepared: Prepared, language: Language) -> list[str]:
    """How many accounts are to be created, and in the busiest second; nothing when none are."""
    _, members, plan = translator(language), prepared.members, prepared.plan
    new = members.new_account
    if not new.any():
        return []
    most, at = busiest(members.due[new])
    return [
        _(
            "accounts to be created first: {count} of {all} people’s; busiest second: {most}/s at "
            "{moment}"
        ).format(
            count=number(int(new.sum()), language), all=number(len(members), language),
            most=number(most, language),
            moment=clock((plan.starts_at + at * plan.clock) / SECOND, language),
        )
    ]  # fmt: skip


def machines(prepared: Prepared, seen: Outlook, language: Language) -> list[str]:
    """What the busiest second takes in cores, what this machine has, and what is too few."""
    _, plan, target = translator(language), prepared.plan, prepared.target
    tls = target is not None and any(
        url.startswith("https:") for at in target.platforms.values() for url in at.hosts.values()
    )
    here, able = _cores_here(), means()
    asks = cores(seen, plan, len(prepared.members), able, here, tls=tls, sandbox=target is None)
    lines = [
        _("this machine: {here} cores, {files} descriptors a process, {ports} ports").format(
            here=here, ports=number(able.ports, language),
            files=_("any number of") if able.descriptors == sys.maxsize
            else number(able.descriptors, language),
        ),
        _("the busiest second takes about {clients} core for the people").format(
            clients=number(asks.clients, language, 2)
        )
        + (
            _(" (over TLS {rate} people a second a core, and {steps} steps)")
            if tls
            else _(" ({steps} steps a second a core)")
        ).format(rate=number(TLS_ARRIVALS, language), steps=number(PLAIN_STEPS, language))
        + (
            _(" and {sandbox} for the sandbox ({requests} requests a second a core)").format(
                sandbox=number(asks.sandbox, language, 2),
                requests=number(SANDBOX_REQUESTS, language),
            )
            if asks.sandbox
            else ""
        ),
    ]  # fmt: skip
    if asks.more_machines:
        lines.append(
            _(
                "TOO FEW cores for {over} s, the first at {at}: what is sent then is late. "
                "Machines like this one that must help (`rentree worker`): {more}"
            ).format(
                over=number(asks.over, language),
                more=number(asks.more_machines, language),
                at=clock((plan.starts_at + asks.since * SECOND * plan.clock) / SECOND, language),
            )
        )
    elif asks.workers > plan.workers:
        lines.append(
            _("this machine is enough, with {workers} load processes (--workers {workers})").format(
                workers=asks.workers
            )
        )
    else:
        lines.append(_("this machine is enough; 0 more are needed"))
    lines += [
        _("TOO FEW {what}").format(what=short[language])
        for short in shortages(
            prepared.members.per_school.tolist(), plan.workers, able, own_addresses=target is None
        )
    ]
    return lines


def _little(law: Little, language: Language) -> str:
    """“Little's law …: 57 sign-ins/s × 44 s = 2 508; the peak is 12 % less, because …”."""
    _ = translator(language)
    said = _("Little’s law, N = X·R: {rate} sign-ins/s × {inside} s inside = {expected}").format(
        rate=number(law.rate, language, 1), inside=number(law.inside, language, 1),
        expected=number(law.expected, language),
    )  # fmt: skip
    if not law.why:
        return said + _("; it agrees with the peak")
    share = percent(abs(law.off), language, decimals=0)
    more = _("; the peak is {share} higher") if law.off > 0 else _("; the peak is {share} lower")
    return said + more.format(share=share) + _(_WHY[law.why])


_WHY = {
    "gathering": ", as hardly anybody leaves while the others come: it fills up, and is never a "
    "steady flow",
    "bunched": ", as they do not come evenly: the law is of a steady flow, the bell is none",
}


def _cores_here() -> int:
    known = getattr(os, "sched_getaffinity", None)
    return len(known(0)) if known is not None else os.cpu_count() or 1


def _round(value: float) -> float:
    """Two significant figures are what “about” can bear."""
    return float(f"{value:.2g}")


def _size(count: float, language: Language) -> str:
    units = {"fr": ("ko", "Mo", "Go", "To"), "en": ("kB", "MB", "GB", "TB")}[language]
    value, place = count / 1e3, 0
    while value >= 999 and place < len(units) - 1:
        value, place = value / 1e3, place + 1
    return f"{number(_round(value), language, 1)}\u00a0{units[place]}"
