"""The record as Markdown: each number, who reproduces it, what it asserts, what was seen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rentree.record import facts
from replay.record import REASONS, claims
from replay.rows import Row, Shipped
from replay.seen import Seen

_HEAD = (
    "| | the fact | profile | what it asserts | verdict expected → seen |\n|---|---|---|---|---|"
)
_OTHERS = "| profile | verdict expected → seen |\n|---|---|"


def markdown(profiles: Sequence[Shipped], seen: Sequence[Seen]) -> str:
    """A line a number and profile, then the profiles that claim no number, then the counts."""
    claimed, by_name = claims(profiles), {profile.name: profile for profile in profiles}
    lines = [_HEAD]
    for number, fact in facts().items():
        for name, text in claimed[number].items():
            verdicts = _verdicts(by_name[name].rows, seen)
            lines.append(_line(number, fact, f"`{name}`", text, verdicts))
        if not claimed[number]:
            why = REASONS.get(number, "")
            lines.append(_line(number, fact, "none" if why else "not written yet", why, ""))
    others = [profile for profile in profiles if profile.rows and not profile.reproduces]
    if others:
        lines += ["", "Profiles that expect a verdict and reproduce no single number:", "", _OTHERS]
        lines += [_line(f"`{p.name}`", _verdicts(p.rows, seen)) for p in others]
    return "\n".join(lines) + "\n\n" + summary(profiles, seen) + "\n"


def summary(profiles: Sequence[Shipped], seen: Sequence[Seen]) -> str:
    """How much of the record is reproduced, and how much came as declared."""
    claimed = claims(profiles)
    rows = [row for profile in profiles for row in profile.rows]
    known = [one for row in rows for one in seen if one.is_of(row)]
    return (
        f"{sum(bool(by) for by in claimed.values())} of {len(facts())} facts by "
        f"{sum(bool(p.reproduces) for p in profiles)} profiles, {len(REASONS)} by none for the "
        f"reason given; {sum(one.right for one in known)} of {len(rows)} replays as declared, "
        f"{sum(not one.right for one in known)} not, {len(rows) - len(known)} not replayed yet."
    )


def _verdicts(rows: Iterable[Row], seen: Sequence[Seen]) -> str:
    return "<br>".join(_verdict(row, seen) for row in rows) or "none expected"


def _verdict(row: Row, seen: Sequence[Seen]) -> str:
    at = f"{row.scale * 100:.10g} %, {row.clock:.10g}x"
    expected = f"`{row.preset}` ({at}): {row.expected}"
    expected += f" by `{row.named_by}`" if row.named_by else ""
    one = next((one for one in seen if one.is_of(row)), None)
    if one is None:
        return f"{expected} → not replayed yet"
    by = f" by `{one.by[0]}`" if one.by else ""
    came = f"{one.decision}{by}, {one.on}"
    return f"{expected} → {came}" if one.right else f"{expected} → **not as declared**: {came}"


def _line(*cells: str) -> str:
    plain = (cell.strip().replace("\n", " ").replace("|", "/") for cell in cells)
    return f"| {' | '.join(plain)} |"
