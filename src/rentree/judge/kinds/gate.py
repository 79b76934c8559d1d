"""The gate of roles: who must wait waits, who need not does not, and it opens in time. Pure."""

from __future__ import annotations

import polars as pl

from rentree.judge import sentence
from rentree.judge.case import Case
from rentree.judge.finding import facts_of, half, window_of
from rentree.judge.unfit import inside
from rentree.sample import SIGN_IN
from rentree.slo import Gate
from rentree.verdict import Decision, Finding
from rentree.words import Words, both, people

_PARTS: dict[str, Words] = {
    "keeps": {"fr": "qui doit attendre attend", "en": "who must wait waits"},
    "spares": {"fr": "les autres entrent", "en": "others come in"},
    "opens": {"fr": "elle s’ouvre à l’heure", "en": "it opens in time"},
}
LEAST = 20  # people without whom a half of the promise is not shown (convention)


def gate(slo: Gate, case: Case) -> list[Finding]:
    """Three findings, exact: `keeps` (nobody shut out came in before), `spares` (nobody else was
    kept out by it), `opens` (nobody is kept out by it afterwards).

    Only refusals that the adapter tells as the gate's count for the last two, and only people who
    were let in show that it is open to them. `give` around the time belongs to neither side.
    """
    rows = case.samples.filter(
        pl.col("step") == SIGN_IN, inside("due", window_of(slo, case.plan)),
        ~pl.col("outcome").is_in(["not_sent", "abandoned"]),
    ).with_columns(
        shut=pl.col("persona").cast(pl.String).is_in(slo.shuts),
        by_gate=(pl.col("outcome") == "refused")
        & pl.col("detail").str.contains(r'"by"\s*:\s*"gate"').fill_null(False),
        ok=pl.col("outcome") == "ok",
    )  # fmt: skip
    before = rows.filter(pl.col("done") < slo.until - slo.give)
    after = rows.filter(pl.col("sent") > slo.until + slo.give)
    return [
        _one(slo, "keeps", before.filter("shut"), "ok", {
            "fr": "entrées avant l’heure", "en": "let in before the time"}),
        _one(slo, "spares", rows.filter(~pl.col("shut")), "by_gate", {
            "fr": "retenues à tort", "en": "kept out who should not be"}),
        _one(slo, "opens", after.filter("shut"), "by_gate", {
            "fr": "encore retenues après l’heure", "en": "still kept out after the time"}),
    ]  # fmt: skip


def _one(slo: Gate, name: str, rows: pl.DataFrame, broken: str, what: Words) -> Finding:
    count = rows["person"].n_unique()
    wrongly = rows.filter(pl.col(broken))["person"].n_unique()
    facts = facts_of(slo, {}, limit=0.0, unit="people", count=count)
    facts = half(facts, name, _PARTS[name])
    shown = count if name == "keeps" else rows.filter("ok")["person"].n_unique()
    decision: Decision = "fail" if wrongly else "pass" if shown >= LEAST else "undecided"
    return Finding(
        **facts, decision=decision, measured=float(wrongly) if count else None, interval=None,
        measured_text=both(lambda lang: {
            "fr": f"{people(wrongly, lang)} {what['fr']}, sur {people(count, lang)}",
            "en": f"{people(wrongly, lang)} {what['en']}, of {people(count, lang)}"}[lang]),
        reasons=[_too_few(count, shown)] if decision == "undecided" else [],
    )  # fmt: skip


def _too_few(count: int, shown: int) -> Words:
    if not count:
        return sentence.no_rows()
    if count >= LEAST:
        return both(
            lambda lang: {
                "fr": f"{people(shown, lang)} seulement sont entrées : il en faut {LEAST} pour "
                "montrer qu’elle est ouverte",
                "en": f"only {people(shown, lang)} came in: it takes {LEAST} to show that it is "
                "open",
            }[lang]
        )
    return both(
        lambda lang: {
            "fr": f"{people(count, lang)} seulement : il en faut {LEAST} pour conclure",
            "en": f"only {people(count, lang)}: it takes {LEAST} to tell",
        }[lang]
    )
