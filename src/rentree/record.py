"""What the documents and the press say of April 2021, fact by fact, contradictions left visible.

`record.yaml` beside this file: F-numbers are the founding documents', X-numbers outside pages'.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from rentree.words import Words
from rentree.yamltext import read

NUMBERED = re.compile(r"\b[FX]\d\d\b")


class _Value(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Fact(_Value):
    """One thing that was said."""

    says: str  # French, as its sources are
    sources: list[str] = Field(min_length=1)  # S-numbers of `documents`, or a page by its name
    confidence: Literal["H", "M", "L"]
    against: str = ""  # what another source says instead

    @property
    def told(self) -> str:
        """“près de 50 000 … (S4)”, and what is said against it."""
        text = f"{self.says} ({', '.join(self.sources)})"
        return f"{text} ; mais : {self.against}" if self.against else text


class Contradiction(_Value):
    """One thing of which sources say different things."""

    what: Words
    said: list[str] = Field(min_length=2)


class Record(_Value):
    """`record.yaml`."""

    documents: dict[str, str]  # S-number → which it is
    facts: dict[str, Fact]
    named: list[str]  # platforms, operators and places
    contradictions: list[Contradiction]


@cache
def record() -> Record:
    """The record, read once."""
    return Record.model_validate(read(Path(__file__).with_name("record.yaml")).data)


def facts() -> dict[str, str]:
    """Number → what it says, in the record's order."""
    return {number: french(fact.says) for number, fact in record().facts.items()}


def french(text: str) -> str:
    """The same with the no-break spaces of French, that a file is not bothered with."""
    grouped = re.sub(r"(?<=\d) (?=\d{3}\b)", "\u202f", text)
    return re.sub(r"(?<=«) | (?=[:;!?%»])", "\u00a0", grouped)


def cited(text: str) -> list[str]:
    """The numbers of facts in a text that the record knows, each once."""
    return [n for n in dict.fromkeys(NUMBERED.findall(text)) if n in record().facts]
