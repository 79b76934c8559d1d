"""Text of others, made visible: it steers no terminal, turns no line round and begins none.

A platform's page, a served document or a file name ends in our reports; an escape sequence in it
could paint a verdict of its own.
"""

from __future__ import annotations

_LINES = [*range(0x09, 0x0E), 0x85, 0x2028, 0x2029]  # what begins a new line, and the tab
_STEERS = [
    *(set(range(0x20)) | set(range(0x7F, 0xA0))) - set(_LINES),  # Cc: escape sequences start so
    *(0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)),  # bidi
    *range(0xD800, 0xE000),  # half a character, which no file takes
]
_SHOWN = dict.fromkeys(_LINES, " ") | dict.fromkeys(_STEERS, "\ufffd")


def visible(text: str) -> str:
    """The text on one line, character for character; “\ufffd” is what cannot be shown."""
    return text.translate(_SHOWN)
