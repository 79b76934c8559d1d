"""`make lab`: start it and stay, or `--check`: prove it and end."""

from __future__ import annotations

import argparse
import signal
import sys

from rich.console import Console
from rich.table import Table

from lab.check import check
from lab.platform import Lab, running
from rentree.errors import RentreeError
from rentree.sandbox.accounts import demo_accounts
from rentree.sandbox.authority import ca_file
from rentree.sandbox.serving import free_port


def main() -> int:
    """0: it ran; 1: the proof failed; 4: a part is not here."""
    parser = argparse.ArgumentParser(prog="python -m lab", description=__doc__)
    parser.add_argument("--preset", default="rentree", help="of both nodes")
    parser.add_argument("--port", type=int, default=0, help="of nginx; 0: any that is free")
    parser.add_argument("--check", action="store_true", help="prove it, and end")
    options = parser.parse_args()
    console = Console(stderr=True)

    def say(text: str) -> None:
        console.print(f"· {text}", markup=False, highlight=False)

    try:
        with running(options.preset, free_port(options.port), say) as lab:
            return _prove(lab, say) if options.check else _stay(lab)
    except RentreeError as error:
        console.print(f"lab: {error}", markup=False, soft_wrap=True)
        return 4
    except KeyboardInterrupt:
        return 0


def _stay(lab: Lab) -> int:
    pupil, secret = demo_accounts()[0]
    toxics = f"{lab.api}/proxies/database/toxics"
    slow = '{"type":"latency","attributes":{"latency":300}}'
    for line in (
        f"{lab.url}  sign in as {pupil.login}, password {secret} (authority: {ca_file()})",
        f"nodes: {' '.join(lab.nodes)}",
        f"database, behind Toxiproxy: {lab.database}",
        f"to slow it: curl -d '{slow}' {toxics}",
        f"to try it: rentree run rentree-9h --target {lab.target}",
        f"with its database slow, then gone: rentree run base-lente --target {lab.target}",
        "Ctrl-C ends all of it.",
    ):
        sys.stdout.write(line + "\n")
    sys.stdout.flush()
    signal.sigwait({signal.SIGINT, signal.SIGTERM})
    return 0


def _prove(lab: Lab, say: object) -> int:
    assert callable(say)  # noqa: S101
    rows = check(lab, say)
    table = Table("database", "step", "outcome", "ms", "expected", "")
    for row in rows:
        mark = "OK" if row.ok else "SHORT"
        table.add_row(row.database, row.step, row.outcome, f"{row.ms:.0f}", row.expected, mark)
    Console().print(table)
    return 0 if all(row.ok for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
