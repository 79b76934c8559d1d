"""Text of others, made visible: no escape, no line of its own, no turned line."""

from __future__ import annotations

import unicodedata

import pytest

from rentree.visible import visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("20\u00a0% de 12\u202f000", "20\u00a0% de 12\u202f000", id="our typography"),
        pytest.param("é – “日本” 👩\u200d🏫", "é – “日本” 👩\u200d🏫", id="any language"),
        pytest.param("a\x1b[2Jb", "a\ufffd[2Jb", id="a screen that is wiped"),
        pytest.param("a\x9b2Jb\x00", "a\ufffd2Jb\ufffd", id="the same in one byte, and a zero"),
        pytest.param("KO\rCONFORME\n✓", "KO CONFORME ✓", id="a line of its own"),
        pytest.param("a\u2028b\u2029c\x85d", "a b c d", id="lines by other names"),
        pytest.param("a\u202eb\u2066c\u200f", "a\ufffdb\ufffdc\ufffd", id="a line turned round"),
        pytest.param("a\udcff", "a\ufffd", id="a byte of a file name that is no text"),
    ],
)
def test_what_is_shown(text: str, shown: str) -> None:
    """Character for character, so that styles keep their places."""
    assert visible(text) == shown
    assert len(visible(text)) == len(text)


def test_no_control_character_is_left() -> None:
    """Of all that Unicode has; and what is left can be written."""
    everything = visible("".join(map(chr, range(0x110000))))
    assert {unicodedata.category(c) for c in everything} & {"Cc", "Cs", "Zl", "Zp"} == set()
    assert {unicodedata.bidirectional(c) for c in everything} & {
        "LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI",
    } == set()  # fmt: skip
    assert everything.encode()
