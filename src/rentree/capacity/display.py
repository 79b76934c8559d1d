"""What a search shows: while it goes on, a line a rung; at the end the table and the result."""

from __future__ import annotations

import time
from contextlib import suppress

from rich.console import Console
from rich.text import Text

from rentree.capacity.conductor import Conductor
from rentree.capacity.result import Result, rate
from rentree.capacity.rung import Judged
from rentree.i18n import Language
from rentree.quantity import SECOND
from rentree.screen import EVERY, Screen
from rentree.visible import visible
from rentree.watch import Figures
from rentree.words import Words, duration, number, percent, step

# A mark and a word beside each colour: colour never stands alone.
MARKS: dict[str, tuple[str, Words, str]] = {
    "held": ("✓", {"fr": "tenu", "en": "held"}, "green"),
    "failed": ("✗", {"fr": "non tenu", "en": "failed"}, "bold red"),
    "unfit": ("∅", {"fr": "non valable", "en": "not valid"}, "magenta"),
}


class CapacityDisplay(Screen):
    """Implements `rentree.parties.Display`, beside a conductor."""

    def __init__(self, unit: str, at_most: int, console: Console | None = None) -> None:
        super().__init__(console)
        self._unit, self._at_most = unit, at_most
        self.conductor: Conductor | None = None

    def say(self, text: str) -> None:
        """One line of progress; for a while it stands for the state, too."""
        self._next_line = time.monotonic() + EVERY
        super().say(text)

    def rung(self, judged: Judged) -> None:
        """A rung is judged."""
        mark, word, _ = MARKS[judged.outcome]
        why = f": {judged.why['en']}" if judged.why["en"] else f", p95 {_time(judged.p95, 'en')}"
        at = rate(judged.rung.rate, "en")
        self.say(visible(f"rung {judged.rung.number}: {at} {self._unit} {mark} {word['en']}{why}"))

    def show(self, figures: Figures, now: int, active: list[str], trouble: str) -> None:
        """The state of the search."""
        line = self._line(now, trouble)
        self.put(lambda: Text(line), lambda: line)

    def _line(self, now: int, trouble: str) -> str:
        seconds, most = max(now, 0) // SECOND, self._at_most // SECOND
        doing = self.conductor.doing if self.conductor is not None else ""
        told = (
            f"{seconds // 60} min {seconds % 60:02} s of {most // 60} min {most % 60:02} s at most"
        )
        return f"{told}, {doing}" + (f" · OUR OWN TROUBLE: {trouble}" if trouble else "")


def print_result(result: Result, language: Language, console: Console) -> None:
    """The rungs, what a step costs, and the result; whoever read us may be gone."""
    first, *others = result.sentences(language)
    blocks: list[list[Text | str]] = [
        _rungs(result, language), _costs(result, language), [Text(first, style="bold"), *others]
    ]  # fmt: skip
    with suppress(OSError):
        for block in filter(None, blocks):
            console.print()
            for line in block:
                text = Text(line) if isinstance(line, str) else line
                text.plain = visible(text.plain)  # a platform's words steer no terminal
                console.print(text, soft_wrap=True)
        for note in result.notes:
            console.print(Text(visible(note[language])), soft_wrap=True)


def _rungs(result: Result, lang: Language) -> list[Text | str]:
    """A line a rung; the reason last, however long."""
    heads = {
        "fr": ("palier", result.unit(lang), "abouties/s", "à temps", "p95"),
        "en": ("rung", result.unit(lang), "through/s", "in time", "p95"),
    }[lang]
    lines: list[Text | str] = [_right(heads)] if result.judged else []
    for judged in result.judged:
        mark, word, style = MARKS[judged.outcome]
        colon = {"fr": "\u00a0: ", "en": ": "}[lang] if judged.why[lang] else ""
        told = (
            str(judged.rung.number),
            rate(judged.rung.rate, lang),
            rate(judged.through, lang),
            "-" if judged.in_time is None else percent(judged.in_time, lang),
            _time(judged.p95, lang) if judged.kinds else "-",
        )
        lines.append(
            Text.assemble(
                f"{_right(told)}  ", (f"{mark} {word[lang]}", style), f"{colon}{judged.why[lang]}"
            )
        )
    return lines


def _right(cells: tuple[str, ...]) -> str:
    widths = (6, 12, 11, 9, 9)
    return "".join(f"{cell:>{width}}" for cell, width in zip(cells, widths, strict=True))


def _costs(result: Result, lang: Language) -> list[Text | str]:
    heads = {
        "fr": ("ce que coûte une étape", "requêtes", "à l’aise"),
        "en": ("what a step costs", "requests", "at ease"),
    }[lang]
    rows = [heads] + [
        (step(c.step, lang), number(c.requests, lang, 1), duration(c.median, lang))
        for c in result.costs
    ]
    return [f"{a:24}{b:>9}{c:>10}" for a, b, c in rows] if result.costs else []


def _time(us: int | None, lang: str) -> str:
    return "∞" if us is None else duration(us, lang)
