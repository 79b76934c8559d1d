"""`{slo: classes-can-start, by: 09:05, pupils: 80 %, share: 95 %}`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal, Self

from pydantic.json_schema import SkipJsonSchema

from rentree.quantity import Share, TimeOfDay
from rentree.sample import SIGN_IN
from rentree.slos.kind import Scaling, Slo, Surroundings
from rentree.slos.punctual import clock
from rentree.words import percent, step
from rentree.yamltext import nearest


class ClassesCanStart(Slo):
    """A class can start: its teacher and most of its pupils are there (F13)."""

    explains: ClassVar[str] = (
        "the share of convened classes whose teacher and at least so many of whose pupils were in "
        "by a time of day is at least a limit"
    )
    slo: Literal["classes-can-start"]
    by: TimeOfDay  # in a plan: µs of the run
    time: Annotated[str, SkipJsonSchema()] = ""  # the time of day in words, once `by` is of the run
    pupils: Share = 0.8  # of a class, who must be there (convention)
    share: Share  # of classes
    step: str = SIGN_IN  # the step that means being there; `join class` for a virtual class
    teacher: str | None = None  # the teacher's; None: the same

    def names(self) -> list[str]:
        """The step is part of the name."""
        return ["classes-can-start", self.step]

    def says(self, lang: str) -> str:
        """“Classes with their teacher and 80 % of pupils there by 09:05:00: at least 95 %”."""
        share, pupils = percent(self.share, lang), percent(self.pupils, lang)
        name = step(self.step, lang)
        return {
            "fr": f"Classes où l’enseignant et {pupils} des élèves sont présents à {self.time} "
            f"(étape « {name} ») : au moins {share}",
            "en": f"Classes whose teacher and {pupils} of pupils are there by {self.time} "
            f"(step “{name}”): at least {share}",
        }[lang]

    def tolerated(self) -> float:
        """1 - share."""
        return round(1 - self.share, 12)

    def step_of_its_own(self) -> str:
        """The step."""
        return self.step

    def reaches(self, end: int) -> int:
        """Until the class is to start its people may still come in."""
        return max(0, self.by - end)

    def scaled(self, by: Scaling) -> Self:
        """The time of day becomes a moment of the run."""
        return self.model_copy(update={"by": by.moment(self.by), "time": clock(self.by)})

    def mistakes(self, around: Surroundings) -> Iterator[tuple[str, str]]:
        """A step that pupils and teachers do, a time within the run, bells that convene."""
        personas, phases = around.personas, around.phases
        steps = around.tried()
        for key, name in (("step", self.step), ("teacher", self.teacher or self.step)):
            if name not in steps:
                yield key, f"nobody does the step “{name}”: {nearest(name, steps)}"
        if personas and not {"pupil", "teacher"} <= personas:
            yield "slo", "a class needs pupils and a teacher: both must come"
        if around.sound("bells") and not around.parts.get("bells"):
            yield "slo", "no bell convenes anybody: no class is to start"
        if phases and not min(s.start for s in phases.values()) < self.by <= around.end:
            yield "by", f"the run does not last until {clock(self.by)}"
