"""Seeing a toxic at work: one exchange with our echo through the twin listener, and what came back.

The echo returns what it is sent, and closes when it is asked to (`rentree.echo.CLOSE`). What takes
longer than a look goes on behind it (`Trail`), and is told to a later one.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from rentree.echo import CLOSE
from rentree.fault import Address

_CHUNK = 65_536
T = TypeVar("T")


@dataclass(frozen=True)
class Question:
    """What is sent through the twin, and how long an answer is waited for."""

    size: int  # bytes
    wait_us: int
    close: bool = False  # ask the echo to hang up instead


@dataclass(frozen=True)
class Exchange:
    """What came of it; times in µs since the question was sent."""

    received: int  # bytes
    first_us: int | None  # None: nothing came
    last_us: int | None
    ended: Literal["open", "closed", "reset", "refused"]
    took_us: int  # until the end, or until waiting was over


def exchange(address: Address, question: Question) -> Exchange:
    """Ask once; never raises, and never takes much longer than the question waits."""
    payload = CLOSE if question.close else b"\x00" * question.size
    began = time.monotonic_ns()

    def since() -> int:
        return (time.monotonic_ns() - began) // 1000

    received, first, last = 0, None, None
    try:
        with socket.create_connection(address, 0.5) as line:
            began = time.monotonic_ns()
            line.settimeout(max(question.wait_us / 1e6, 0.01))
            line.sendall(payload)
            while question.close or received < question.size:
                left = question.wait_us - since()
                if left <= 0:
                    break
                line.settimeout(left / 1e6)
                data = line.recv(_CHUNK)
                if not data:
                    return Exchange(received, first, last, "closed", since())
                received += len(data)
                last = since()
                first = last if first is None else first
    except TimeoutError:
        pass
    except ConnectionRefusedError:
        return Exchange(0, None, None, "refused", since())
    except (ConnectionResetError, BrokenPipeError):
        return Exchange(received, first, last, "reset", since())
    except OSError:
        return Exchange(received, first, last, "closed", since())
    return Exchange(received, first, last, "open", since())


class Trail(Generic[T]):
    """Questions that may outlast a look, each in a thread of its own; as many as still go on."""

    def __init__(self) -> None:
        self._newest: T | None = None

    def ask(self, question: Callable[[], T], within_us: int) -> tuple[T | None, T | None]:
        """This question's answer, if it comes in time, and the newest that came before it."""
        before = self._newest
        answer: list[T] = []

        def put() -> None:
            self._newest = question()
            answer.append(self._newest)

        thread = threading.Thread(target=put, name="look", daemon=True)
        thread.start()
        thread.join(within_us / 1e6)
        return (answer[0] if answer else None), before
