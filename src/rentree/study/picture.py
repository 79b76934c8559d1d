"""A sweep as a picture; its table stands beside it."""

from __future__ import annotations

from rentree.charts import Rung, swept
from rentree.i18n import Language
from rentree.study.conclusion import Conclusion
from rentree.study.kinds.sweep import Sweep
from rentree.study.table import DECISIONS


def picture(conclusion: Conclusion, lang: Language) -> str | None:
    """The measure at each value that is no hole, as SVG; None: no sweep, or nothing to draw."""
    study = conclusion.study
    rungs = [
        Rung(label[lang], DECISIONS[one.decision][lang], one.measured, *one.interval)
        for label, one in zip(study.labels(), conclusion.outcomes, strict=True)
        if one.sound and one.decision
    ]
    if not isinstance(study, Sweep) or not rungs:
        return None
    what = study.swept.what.model_dump()[lang]
    return swept(rungs, study.title.model_dump()[lang], what, lang)
