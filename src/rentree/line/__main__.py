"""The process of a line: `python -m rentree.line SPEC`; stdin says `on`, `off` and `stop`.

It says on stdout, in JSON: `ready` with its listeners, then its figures ten times a second, and by
how much, µs, it was `late` itself in the last second: so late may be all that it carries. It ends
when it is told to, or when whoever started it is gone.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import sys
import time
from collections import deque
from pathlib import Path

from rentree.line.relay import Relay
from rentree.line.spec import LineSpec
from rentree.process import allow_descriptors

TELL = 0.1  # s between two lines of figures


async def main(spec_path: str) -> None:
    """Be one line."""
    spec = LineSpec.model_validate_json(Path(spec_path).read_text(encoding="utf-8"))
    allow_descriptors()
    relay = Relay(spec)
    listeners = await relay.start()
    gc.freeze()
    over = asyncio.Event()
    words = bytearray()

    def told() -> None:
        data = os.read(0, 4096)
        words.extend(data)
        *lines, rest = bytes(words).split(b"\n")
        words[:] = rest
        for word in lines:
            if word in (b"on", b"off"):
                relay.limit(word == b"on")
                _say(**_figures(relay))
        if not data or b"stop" in lines:
            over.set()

    asyncio.get_running_loop().add_reader(0, told)
    _say(ready=True, listeners=listeners, **_figures(relay))
    late: deque[float] = deque(maxlen=round(1 / TELL))
    while not over.is_set():
        due = time.monotonic() + TELL
        await asyncio.sleep(TELL)
        late.append(time.monotonic() - due)
        _say(**_figures(relay), late=round(max(late) * 1e6))
    relay.close()


def _figures(relay: Relay) -> dict[str, object]:
    """What is so now; `until`: ns."""
    on_it = list(relay.whose())
    return {
        "until": time.monotonic_ns(), "on": relay.limited, "connections": len(on_it),
        "lines": len(set(on_it)), "down": relay.down, "up": relay.up,
    }  # fmt: skip


def _say(**facts: object) -> None:
    try:
        os.write(1, json.dumps(facts).encode() + b"\n")
    except OSError:  # whoever started us is gone
        os._exit(1)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
