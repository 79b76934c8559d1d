"""`{slo: punctual, share: 95 %, of: people convened, within: 5 min, each: [territory]}`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from rentree.quantity import SECOND, Duration, Share
from rentree.sample import SIGN_IN
from rentree.slos.kind import SPACE, Slo, Surroundings
from rentree.words import duration, percent


class Punctual(Slo):
    """The share of people who were inside in time."""

    explains: ClassVar[str] = (
        "the share of convened people who were inside within N minutes of being due, all "
        "attempts, quota and queue included, is at least a limit"
    )
    slo: Literal["punctual"]
    share: Share
    of: Literal["people convened", "people"] = "people convened"
    within: Duration

    def says(self, lang: str) -> str:
        """“Convened people inside within 5 min: at least 95 %”."""
        share, within = percent(self.share, lang), duration(self.within, lang)
        convened = self.of == "people convened"
        return {
            "fr": f"{'Personnes convoquées' if convened else 'Personnes'} entrées "
            f"dans les {within}{SPACE}: au moins {share}",
            "en": f"{'Convened people' if convened else 'People'} inside within {within}: "
            f"at least {share}",
        }[lang]

    def tolerated(self) -> float:
        """1 - share."""
        return round(1 - self.share, 12)

    def limit_us(self) -> int:
        """The time within which people must be inside."""
        return self.within

    def step_of_its_own(self) -> str:
        """Signing in."""
        return SIGN_IN

    def reaches(self, end: int) -> int:
        """Until then people of the window may still come in."""
        del end
        return self.within

    def mistakes(self, around: Surroundings) -> Iterator[tuple[str, str]]:
        """Somebody is convened, and the run lasts until the last one's time is up."""
        phases, parts = around.phases, around.parts
        if not phases or not around.sound("bells"):
            return
        latest = max((b.arrive.to for b in parts.get("bells") or []), default=None)
        if self.of == "people" and parts.get("others"):
            latest = max(latest or 0, parts["others"].arrive.to)
        if latest is None:
            yield "of", "no bell convenes anybody: nobody can be punctual"
            return
        window_end = phases[self.phase].end if self.phase and self.phase in phases else around.end
        if min(latest, window_end) + self.within > around.end:
            last = clock(min(latest, window_end))
            far = (
                f"“within” reaches past the end of the run ({clock(around.end)}) for who comes "
                f"last ({last}): lengthen the last phase or shorten “within”"
            )
            yield "within", far


def clock(moment: int) -> str:
    """A time of day, µs since midnight, as 08:59:30."""
    seconds = moment // SECOND
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
