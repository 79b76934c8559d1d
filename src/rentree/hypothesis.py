"""A hypothesis says how it was derived: `élèves × 54 %, parts nationales`. It is reckoned again.

Up to the first comma stands arithmetic, if there is any: numbers (`23.8`, `54 %`, `1 421 000
habitants`) and what the file counts (`élèves`, `écoliers` …), joined by ` × `, ` / `, ` + `, ` − `.
A hypothesis without one of these signs is words only, as in `estimation du projet`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from rentree.quantity import parse_number
from rentree.yamltext import nearest

_SIGN = re.compile(r" ([×/+−]) ")


def reckon(text: str, known: Mapping[str, int]) -> float | None:
    """What the arithmetic of a hypothesis gives; None where it is words only.

    `known` are the counts that it may name. Products come before sums, left to right.

    Raises:
        ValueError: neither a number nor a known count, or a division by nothing.
    """
    clause = text.split(", ", 1)[0].strip()
    first, *rest = _SIGN.split(clause)
    if not rest:
        return None
    total, sign, term = 0.0, 1, _amount(first, known)
    for how, amount in zip(rest[::2], rest[1::2], strict=True):
        value = _amount(amount, known)
        if how == "×":
            term *= value
        elif how == "/":
            if not value:
                raise ValueError(f"“{clause}” divides by nothing")
            term /= value
        else:
            total += sign * term
            sign, term = (1 if how == "+" else -1), value
    return total + sign * term


def _amount(text: str, known: Mapping[str, int]) -> float:
    text = text.strip()
    if text in known:
        return known[text]
    if not text[:1].isdigit():
        raise ValueError(f"“{text}” is not counted in this file: {nearest(text, known)}")
    number = text.removesuffix(" habitants")
    return parse_number(number.removesuffix("%")) / (100 if number.endswith("%") else 1)
