"""What a kind of SLO is measured in: the plan, the samples that count, the crowd, the evidence."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from rentree.evidence import Evidence
from rentree.plan import Plan


@dataclass(frozen=True)
class Case:
    """One run, as the judge looks at it."""

    plan: Plan
    samples: pl.DataFrame  # as `Evidence.judged`, with what a run that was ended still owed
    people: pl.DataFrame
    evidence: Evidence | None = None  # the whole folder, for what is not in the samples
    everywhere: Case | None = None  # of a promise of one platform: the same run, at all of them

    def at(self, platform: str) -> Case:
        """What was tried at one platform, and those who tried anything there."""
        samples = self.samples.filter(pl.col("platform") == platform)
        people = self.people.join(samples.select("person").unique(), on="person", how="semi")
        return Case(self.plan, samples, people, self.evidence, self)

    @property
    def whole(self) -> pl.DataFrame:
        """The samples with all their columns."""
        return self.samples if self.evidence is None else self.evidence.samples

    def told(self, key: str) -> pl.DataFrame:
        """The samples in whose detail the adapter told of `key`, with that detail; by `sent`.

        What the judge looks at otherwise has no detail of what was ok (`Evidence.judged`).
        """
        rows = self.samples if self.evidence is None else self.evidence.told
        mark = f'"{key}":'
        return rows.filter(pl.col("detail").str.contains(mark, literal=True)).sort("sent")
