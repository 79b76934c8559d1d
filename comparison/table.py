"""The pairs as Markdown: a line a kind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

_KINDS = {"sound": "sound, sound again", "slow": "sound, service 30 % longer"}


def markdown(results: Sequence[dict[str, Any]]) -> str:
    """How many pairs of each kind were found worse, and by how much their inboxes changed."""
    lines = [
        "| pair | pairs | worse | not worse | undecided | median of `messages` | its p95 |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for kind, said in _KINDS.items():
        told = [r for r in results if r["after"].startswith(kind)]
        codes = [sum(r["exit"] == code for r in told) for code in (1, 0)]
        rest = len(told) - sum(codes)
        spans = [_span([r[key] for r in told if isinstance(r.get(key), float)])
                 for key in ("median", "p95")]  # fmt: skip
        lines.append(
            f"| {said} | {len(told)} | {codes[0]} | {codes[1]} | {rest} | {spans[0]} | {spans[1]} |"
        )
    return "\n".join(lines) + "\n"


def _span(factors: list[float]) -> str:
    if not factors:
        return "-"
    low, high = (f"{(f - 1) * 100:+.0f} %".replace("-", "−") for f in (min(factors), max(factors)))
    return f"{low} to {high}"
