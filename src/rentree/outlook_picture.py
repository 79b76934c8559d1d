"""The outlook as lines of text: two curves, phases and faults, over the scenario's clock.

Nothing is told by colour. Values in, lines out; the terminal's width is the caller's to say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from rentree.i18n import Language
from rentree.outlook import Counts, Outlook
from rentree.plan import Plan
from rentree.quantity import SECOND
from rentree.words import number, phase

BLOCKS = " ▁▂▃▄▅▆▇█"
WIDEST, NARROWEST = 70, 20  # columns of the picture
_STEPS = (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400)  # s, of ticks
Translate = Callable[[str], str]


def picture(seen: Outlook, plan: Plan, width: int, language: Language, _: Translate) -> list[str]:
    """Lines no wider than `width` (from 40 on): arrivals, sessions, phases, faults, the clock."""
    due, open_ = seen.due, seen.sessions
    gutter = 1 + max(len(number(float(v), language)) for v in (due.sum(), open_.max(initial=0)))
    gutter = max(gutter, 8)
    many = max(NARROWEST, min(WIDEST, width - gutter - 2))
    flow, inside = seen.columns(due, many), seen.highest(open_, many)
    each = number(seen.end / many / SECOND, language, 1)
    lines = [_("People due, a second (a column: {each} s)").format(each=each)]
    lines += _curve(flow, 6, gutter, language)
    lines += [_("Sessions open, if all is well")]
    lines += _curve(inside, 4, gutter, language)
    spans = [(p.start, p.end, phase(p.name, language)) for p in plan.phases]
    lines += _bars(_("phases"), [spans], plan.end, many, gutter)
    faults: dict[str, list[tuple[int, int, str]]] = {}
    for fault in plan.faults:
        name = fault.part_of or fault.name
        faults.setdefault(name, []).append((fault.start, fault.end, ""))
    for name, bursts in faults.items():
        bursts[-1] = (*bursts[-1][:2], name)
    lines += _bars(_("faults"), list(faults.values()), plan.end, many, gutter)
    return [line.rstrip() for line in (*lines, *_axis(plan, many, gutter, language))]


def clock(at: float, language: Language) -> str:
    """A time of day, s since midnight: “9 h 00”, “9 h 00 min 20”; “09:00”, “09:00:20”."""
    minutes, second = divmod(round(at), 60)
    hour, minute = divmod(minutes, 60)
    hour %= 24
    if language == "fr":
        return f"{hour} h {minute:02}" + (f" min {second:02}" if second else "")
    return f"{hour:02}:{minute:02}" + (f":{second:02}" if second else "")


def _curve(values: Counts, rows: int, gutter: int, language: Language) -> Iterator[str]:
    """Columns of blocks, so many rows high; the highest value stands beside the first row."""
    top = float(values.max(initial=0.0))
    eighths = np.rint(values / top * rows * 8).astype(int) if top else np.zeros(len(values), int)
    eighths = np.where((values > 0) & (eighths == 0), 1, eighths)  # something is never nothing
    for row in range(rows - 1, -1, -1):
        said = number(top, language, 1 if top < 10 else 0) if row == rows - 1 else ""
        said = "0" if row == 0 else said
        cells = "".join(BLOCKS[min(max(int(e) - row * 8, 0), 8)] for e in eighths)
        yield f"{said:>{gutter}} {'┤' if said else '│'}{cells}"


def _bars(
    head: str, rows: Sequence[Sequence[tuple[int, int, str]]], end: int, many: int, gutter: int
) -> Iterator[str]:
    """A row each: stretches as ├───┤ with their names in them, or beside where they do not fit."""
    for i, stretches in enumerate(rows):
        line = [" "] * many
        for start, stop, name in stretches:
            a = min(int(start / end * many), many - 1)
            b = max(a + 1, min(round(stop / end * many), many))
            line[a:b] = ["├", *"─" * (b - a - 2), "┤"] if b - a > 1 else ["┃"]
            _write(line, a, b, name)
        yield f"{head[:gutter] if i == 0 else '':>{gutter}}  {''.join(line)}"


def _write(line: list[str], a: int, b: int, name: str) -> None:
    """The name in the bar; else behind it; else before it; where no room is, cut."""
    room = b - a - 2
    if len(name) <= room:
        line[a + 1 : a + 1 + len(name)] = name
    elif len(name) + 1 <= len(line) - b and not "".join(line[b : b + len(name) + 1]).strip():
        line[b + 1 : b + 1 + len(name)] = name
    elif len(name) + 1 <= a and not "".join(line[a - len(name) - 1 : a]).strip():
        line[a - 1 - len(name) : a - 1] = name
    elif room > 1:
        line[a + 1 : b - 1] = name[: room - 1] + "…"


def _axis(plan: Plan, many: int, gutter: int, language: Language) -> list[str]:
    """A line with ticks, and the scenario's clock under them."""
    begin, end = plan.starts_at / SECOND, (plan.starts_at + plan.end * plan.clock) / SECOND
    long = max(len(clock(t, language)) for t in (begin, end, begin + 1)) + 2
    step = next((s for s in _STEPS if (end - begin) / s * long <= many), 28_800)
    ticks = np.arange(-(-begin // step) * step, end + 1e-9, step).tolist()
    rule, said = ["─"] * (many + 1), [" "] * (many + long)
    places = [min(round((t - begin) / max(end - begin, 1e-9) * many), many) for t in ticks]
    for place, tick in zip(places, ticks, strict=True):
        text = clock(tick, language)
        first = min(max(0, place - len(text) // 2), many + 1 - len(text))
        rule[place] = "┴"
        if first == 0 or not "".join(said[first - 1 : first + len(text)]).strip():
            said[first : first + len(text)] = text
    pad = " " * gutter
    return [f"{pad} └{''.join(rule[1:])}", f"{pad} {''.join(said)}"]
