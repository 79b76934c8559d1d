"""The process of a flood: `python -m rentree.flood SPEC`; stdin says `go` and `stop`.

It says on stdout, in JSON: `ready`, then its figures ten times a second, and `stopped` when no
further attempt will be issued. It ends when its time is up, when it is told to, or when whoever
started it is gone.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import select
import sys
import time
from collections.abc import Callable
from pathlib import Path

from rentree.flood.holder import Holder
from rentree.flood.sender import GIVE_UP, SECOND, Sender
from rentree.flood.spec import FloodSpec

TELL = 0.1  # s between two lines of figures


def main(spec_path: str) -> None:
    """Send one flood."""
    spec = FloodSpec.model_validate_json(Path(spec_path).read_text(encoding="utf-8"))
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    sender = Sender(spec) if spec.hold is None else Holder(spec)
    gc.collect()
    gc.freeze()
    gc.disable()  # a collection would make attempts late; the memory of a flood is bounded
    _say(ready=True)
    if _told() != "go":
        return
    with spec.out.open("a", encoding="utf-8", buffering=1) as out:  # whole lines, if we are killed
        _send(sender, out.write)
        _drain(sender)
        out.writelines(json.dumps(row) + "\n" for row in sender.rows(all_of_them=True))
    sender.close()


def _send(sender: Sender | Holder, write: Callable[[str], object]) -> None:
    """Issue what is due until somebody says stop, or the flood's time is up."""
    sender.begin()
    tell = time.monotonic()
    while not sender.over():
        sender.send_due()
        sender.listen(sender.pause())
        if time.monotonic() >= tell:
            tell += TELL
            _say(until=time.monotonic_ns(), **sender.totals)
            for row in sender.rows():
                write(json.dumps(row) + "\n")
            if select.select([0], [], [], 0)[0]:
                break
    else:
        sender.send_due()  # the last ones
    _say(stopped=True, until=time.monotonic_ns(), **sender.totals)


def _drain(sender: Sender | Holder) -> None:
    """Wait for what is under way; nothing new is issued."""
    end = time.monotonic_ns() + GIVE_UP + SECOND // 5
    while time.monotonic_ns() < end and not sender.idle():
        sender.listen(0.05)


def _told() -> str:
    return sys.stdin.readline().strip()


def _say(**facts: object) -> None:
    try:
        os.write(1, json.dumps(facts).encode() + b"\n")
    except OSError:  # whoever started us is gone
        os._exit(1)


if __name__ == "__main__":
    main(sys.argv[1])
