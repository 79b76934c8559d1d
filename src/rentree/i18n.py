"""Words of reports in French and English, from the gettext catalogues in `reports/catalogues/`.

English is the message itself; a catalogue is read as the .po text, nothing is compiled.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Literal

from babel.messages.pofile import read_po

from rentree.workspace import starter

Language = Literal["fr", "en"]


@cache
def translator(language: Language) -> Callable[[str], str]:
    """A function from the English message to the one of `language` (itself when there is none)."""
    if language == "en":
        return str
    path = starter() / "reports" / "catalogues" / f"{language}.po"
    with path.open("rb") as file:
        catalogue = read_po(file, locale=language)
    words = {m.id: str(m.string) for m in catalogue if isinstance(m.id, str) and m.string}
    return lambda message: words.get(message, message)
