"""`rentree compare`: two runs or groups of runs of one profile, and what got worse."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import groupby
from pathlib import Path

from rich.console import Console
from rich.text import Text

from rentree.compare.alike import differences
from rentree.compare.comparison import Comparison, compare, least_words
from rentree.compare.side import read_side
from rentree.compare.weighing import Compared, Least, State
from rentree.errors import UsageError
from rentree.evidence import write_json
from rentree.i18n import Language
from rentree.quantity import SECOND
from rentree.visible import visible
from rentree.words import Words, duration, number, percent, phase, unit

# A mark and a word beside each colour: colour never stands alone.
MARKS: dict[State, tuple[str, Words, str]] = {
    "worse": ("✗", {"fr": "dégradé", "en": "worse"}, "bold red"),
    "better": ("✓", {"fr": "amélioré", "en": "better"}, "green"),
    "same": ("=", {"fr": "inchangé", "en": "the same"}, ""),
    "open": ("?", {"fr": "incertain", "en": "not clear"}, "yellow"),
}
_WIDTHS = (36, 11, 11, 30)  # what, before, after, change with its interval
_NOT_COMPARABLE: Words = {"fr": "ne se comparent pas", "en": "cannot be compared"}


def compare_folders(
    folders: tuple[Path, Path],
    names: tuple[str, str],
    least: Least,
    json_file: Path | None,
    language: Language,
    console: Console,
) -> int:
    """Compare, print, and write the JSON file if one is asked for; returns the exit code.

    `folders`: before and after; `names`: what the user calls them on the command line.

    Raises:
        UsageError: no evidence, or not comparable. RentreeError: a folder cannot be read.
    """
    before, after = (read_side(*one) for one in zip(folders, names, strict=True))
    if told := differences(before, after):
        lines = [f"{before.folder}, {after.folder}: {_NOT_COMPARABLE[language]}"]
        raise UsageError("\n".join([*lines, *(f"- {visible(each[language])}" for each in told)]))
    progress = Console(stderr=True)
    with progress.status("judging both sides" if language == "en" else "les deux côtés sont jugés"):
        comparison = compare(before, after, least)
    print_comparison(comparison, language, console)
    if json_file is not None:
        try:
            write_json(json_file, comparison.told())
        except OSError as error:
            raise UsageError(f"{json_file} cannot be written: {error.strerror}") from error
    return comparison.exit_code()


def print_comparison(comparison: Comparison, language: Language, console: Console) -> None:
    """The result in a line, the figures, and what must be known beside; the reader may be gone."""
    with suppress(OSError):
        for line in _lines(comparison, language):
            text = Text(line) if isinstance(line, str) else line
            text.plain = "\n".join(
                map(visible, text.plain.split("\n"))
            )  # a platform's words steer no terminal
            console.print(text, soft_wrap=True)


def _lines(comparison: Comparison, lang: Language) -> Iterator[Text | str]:
    yield Text(comparison.says(lang), style="bold")
    yield _sides(comparison, lang)
    if comparison.compared:
        yield ""
        yield _heads(lang)
    for window, alike in groupby(
        sorted(comparison.compared, key=lambda one: _rank(one, comparison)), key=lambda o: o.window
    ):
        yield Text(phase(window, lang), style="bold")
        yield from (_row(one, lang) for one in alike)
    if still := len(comparison.having("open")):
        yield ""
        yield _open_words(still, comparison.least, lang)
    for heading, told in (
        ({"fr": "Non tranché", "en": "Not decided"}, comparison.undecided),
        ({"fr": "Trop peu pour comparer", "en": "Too little to compare"}, comparison.too_few),
        ({"fr": "Ce qui diffère aussi", "en": "What differs as well"}, comparison.remarks),
    ):
        if told:
            yield ""
            yield heading[lang]
            yield from (f"- {each[lang]}" for each in told)


def _rank(one: Compared, comparison: Comparison) -> int:
    """Windows in the order of their worst figure; within one, the worst first."""
    windows = list(dict.fromkeys(each.window for each in comparison.compared))
    return windows.index(one.window)


def _sides(comparison: Comparison, lang: Language) -> str:
    told = []
    for side, word in ((comparison.before, {"fr": "avant", "en": "before"}),
                       (comparison.after, {"fr": "après", "en": "after"})):  # fmt: skip
        count = len(side.runs)
        runs = {"fr": "essais", "en": "runs"}[lang]
        many = f" ({number(count, lang)} {runs})" if count > 1 else ""
        told.append(f"{word[lang]} {side.folder}{many}")
    return ", ".join(told)


def _heads(lang: Language) -> str:
    return _cells(
        {"fr": ("", "avant", "après", "écart (intervalle à 95 %)"),
         "en": ("", "before", "after", "change (95% interval)")}[lang]
    )  # fmt: skip


def _cells(cells: Sequence[str]) -> str:
    first, *rest = cells
    told = f"  {first:<{_WIDTHS[0]}}"
    if len(first) > _WIDTHS[0]:  # a promise in its words: the figures stand below it
        told = f"  {first}\n  {'':<{_WIDTHS[0]}}"
    return told + "".join(f"{c:>{w}}" for c, w in zip(rest, _WIDTHS[1:], strict=True))


def _row(one: Compared, lang: Language) -> Text:
    mark, word, style = MARKS[one.state]
    cells: tuple[str, ...]
    if one.change is None:
        cells = (one.what[lang], "", "", "")
    else:
        sizes = [_size(one, value, lang) for value in (one.change.before, one.change.after)]
        cells = (one.what[lang], *sizes, _change(one, lang))
    return Text.assemble(f"{_cells(cells)}  ", (f"{mark} {word[lang]}", style))


def _size(one: Compared, value: float, lang: Language) -> str:
    return percent(value, lang) if one.unit == "share" else duration(value * SECOND, lang)


def _change(one: Compared, lang: Language) -> str:
    assert one.change is not None  # noqa: S101  # the caller asked
    low, high = one.change.interval
    ends = " … ".join(_apart(one, end, lang) for end in (low, high))
    return f"{_apart(one, one.factor, lang)} ({ends})"


def _apart(one: Compared, value: float, lang: Language) -> str:
    """“+31 %” of a time, “+1,2 pt” of a share."""
    if math.isinf(value):
        return "∞"
    size = value * 100 if one.unit == "share" else (value - 1) * 100
    decimals = 1 if abs(size) < 10 else 0
    sign = "−" if round(size, decimals) < 0 else "+"
    return sign + unit(
        number(abs(size), lang, decimals), "pt" if one.unit == "share" else "%", lang
    )


def _open_words(count: int, least: Least, lang: Language) -> str:
    beyond, many = least_words(least, lang), number(count, lang)
    return {
        "fr": f"? incertain ({many})\u00a0: les données n’excluent pas un écart de {beyond}, "
        "et n’en montrent aucun. Plusieurs essais de chaque côté le diraient.",
        "en": f"? not clear ({many}): the data neither exclude a change of {beyond} nor show one. "
        "Several runs a side would tell.",
    }[lang]
