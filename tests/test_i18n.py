"""Words of reports: French from the catalogue, English as they stand."""

from __future__ import annotations

import re

import pytest
from babel.messages.pofile import read_po

from rentree.i18n import translator
from rentree.workspace import starter


def messages() -> dict[str, str]:
    """The French catalogue."""
    with (starter() / "reports/catalogues/fr.po").open("rb") as file:
        return {str(m.id): str(m.string) for m in read_po(file, locale="fr") if m.id}


@pytest.mark.parametrize(
    ("english", "french"),
    [("held", "tenu"), ("undecided", "indéterminé"), ("no such message", "no such message")],
)
def test_a_message_is_translated(english: str, french: str) -> None:
    """English is the message itself; what the catalogue does not have stays English."""
    assert translator("fr")(english) == french
    assert translator("en")(english) == english


def test_every_message_has_its_french() -> None:
    """No entry is empty: a report is in one language."""
    assert [m for m, french in messages().items() if not french] == []


def test_every_word_of_the_shipped_templates_is_in_the_catalogue() -> None:
    """A `_("…")` that was added to a template was added to the catalogue."""
    used = set()
    for path in (starter() / "reports").glob("*.j2"):
        used |= set(re.findall(r'_\("((?:[^"\\]|\\.)*)"\)', path.read_text(encoding="utf-8")))
    assert used
    assert used - messages().keys() == set()


def test_french_typography_is_kept() -> None:
    """A no-break space stands before ; : ! ? and », and after «."""
    for french in messages().values():
        assert not re.search(r"(?<![\u00a0\u202f])[;!?»]|(?<![\u00a0\u202f]):(?= )", french), french
        assert not re.search(r"«(?![\u00a0\u202f])", french), french
        assert "'" not in french, french
