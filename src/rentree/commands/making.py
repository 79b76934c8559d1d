"""How far the making of a crowd is, told once it takes over two seconds.

Goes to stderr, as the live display does: a spinner on a terminal, a plain line elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console

from rentree.crowd import Progress
from rentree.i18n import Language, translator
from rentree.words import number

SILENT = 2.0  # s in which nothing is said
EVERY = 10.0  # s between plain lines


@contextmanager
def making(console: Console, clock: Callable[[], float], language: Language) -> Iterator[Progress]:
    """What is to be told how many people are made, of how many; `clock` in s."""
    begun, said = clock(), -EVERY
    _ = translator(language)
    with console.status("") as status:
        status.stop()  # until there is something to say

        def tell(done: int, of: int) -> None:
            nonlocal said
            now = clock() - begun
            if now < SILENT:
                return
            text = _("making the crowd: {done} of {people} people").format(
                done=number(done, language), people=number(of, language)
            )
            if console.is_terminal:
                status.update(text)
                status.start()
            elif now - said >= EVERY:
                said = now
                console.print(f"· {text}", markup=False, highlight=False, soft_wrap=True)

        yield tell
