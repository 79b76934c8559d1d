"""The process of a sandbox: `python -m rentree.sandbox --preset NAME --work FOLDER`."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import json
import os
import signal
import sqlite3
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from starlette.applications import Starlette

from rentree.errors import RentreeError
from rentree.process import allow_descriptors
from rentree.sandbox.accounts import Person, demo_accounts, read_accounts
from rentree.sandbox.app import make_app
from rentree.sandbox.authority import certify
from rentree.sandbox.defects import known
from rentree.sandbox.preset import load_preset
from rentree.sandbox.process import DATABASE, READY
from rentree.sandbox.serving import HOST, accepting, free_port, make_server
from rentree.sandbox.site import Site, open_site
from rentree.yamltext import read

if TYPE_CHECKING:
    from rentree.sandbox.doors.saml import Federation

IDP_HOST = "127.0.0.2"  # another host than the portal's: its cookies are its own
LAST_ANSWERS = 1.0  # s that requests have, once we are told to stop


def main(arguments: list[str] | None = None) -> NoReturn:
    """Serve until SIGTERM or SIGINT, and end this process."""
    options = _options(arguments)
    code = 0
    try:
        preset, path = load_preset(options.preset)
        accounts = read_accounts(options.accounts) if options.accounts else demo_accounts()
        port = free_port(options.port)
        options.work.mkdir(parents=True, exist_ok=True)
        site = open_site(
            preset, read(path).data, accounts, work=options.work,
            scale=options.scale, clock=options.clock, defects=known(options.defect),
            database=os.environ.get(DATABASE),
        )  # fmt: skip
        allow_descriptors()
        gc.freeze()  # what is here stays: the collector need not look at it, pauses are shorter
        # Not asyncio.run, which would cancel what still waits, and have it answered with a 500.
        files = certify(options.work) if options.tls else None
        asyncio.Runner().run(_serve(site, port, options.work, files))
        site.close()
    except (RentreeError, OSError, sqlite3.Error) as error:
        print(f"rentree sandbox: {error}", file=sys.stderr)  # noqa: T201  # the log of this process
        code = error.exit_code if isinstance(error, RentreeError) else RentreeError.exit_code
    sys.stderr.flush()
    os._exit(code)  # whoever still waits sees the connection end, as when a platform stops


async def _serve(site: Site, port: int, work: Path, files: tuple[Path, Path] | None) -> None:
    scheme = "https" if files else "http"
    provider = _provider(site, scheme, work) if site.preset.sign_in == "saml" else None
    server = make_server(make_app(site, provider[0] if provider else None), HOST, port, files)
    loop = asyncio.get_running_loop()
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    serving = asyncio.create_task(server.serve())
    await accepting(HOST, port, serving)
    others = {}
    if provider is not None:
        federation, app = provider
        at = int(federation.base.rpartition(":")[2])
        beside = make_server(app, IDP_HOST, at, files)
        answering = asyncio.create_task(beside.serve())
        await accepting(IDP_HOST, at, answering)
        others["idp"] = federation.base
    _say_ready(site, f"{scheme}://{HOST}:{port}", work, others)
    telling = asyncio.create_task(_tell_each_second(site))
    waiting = asyncio.create_task(stopping.wait())
    await asyncio.wait({waiting, serving, telling}, return_when=asyncio.FIRST_COMPLETED)
    if provider is not None:
        beside.stop()  # type: ignore[no-untyped-call]
    server.stop()  # type: ignore[no-untyped-call]  # granian ships it without types
    await asyncio.wait({serving}, timeout=LAST_ANSWERS)
    telling.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await telling  # raises what ended it, a full disk for one: a sandbox is not silent
    _write(site)
    if not stopping.is_set():
        raise RentreeError("the server ended by itself")


def _provider(site: Site, scheme: str, work: Path) -> tuple[Federation, Starlette]:
    """The identity provider beside the portal, and what the portal knows of it."""
    from rentree.sandbox.doors.saml import Federation  # noqa: PLC0415  # lxml, signxml
    from rentree.sandbox.idp.keys import keys_in  # noqa: PLC0415
    from rentree.sandbox.idp.provider import NATIONAL, make_provider  # noqa: PLC0415

    async def check(name: str, login: str, password: str) -> Person | None:
        person = await site.read(site.store.sign_in, login, password)
        known = name == NATIONAL or (person is not None and person.territory == name)
        return person if known else None

    base = f"{scheme}://{IDP_HOST}:{free_port(0, IDP_HOST)}"
    keys = keys_in(work)
    return Federation(base, keys), make_provider(base, keys, check)


async def _tell_each_second(site: Site) -> None:
    """Write telemetry once a second, on a grid that our own lateness does not shift."""
    due = time.monotonic()
    while True:
        due = max(due + 1, time.monotonic())
        await asyncio.sleep(due - time.monotonic())
        _write(site)


def _write(site: Site) -> None:
    now = time.monotonic_ns()
    site.telemetry.write(now, sessions=site.sessions.count(), waiting=site.servers.waiting())


def _say_ready(site: Site, url: str, work: Path, others: dict[str, str]) -> None:
    port = int(url.rpartition(":")[2])
    facts = {"url": url, "pid": os.getpid(), "port": port, "preset": site.preset.sandbox, **others}
    unfinished = work / f"{READY}.new"
    unfinished.write_text(json.dumps(facts) + "\n", encoding="utf-8")
    unfinished.replace(work / READY)


def _factor(text: str) -> float:
    if not 0 < (factor := float(text)) < float("inf"):
        raise argparse.ArgumentTypeError("must be above 0")
    return factor


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m rentree.sandbox", description=__doc__)
    parser.add_argument("--preset", required=True, help="name of a preset, or its file")
    parser.add_argument("--work", required=True, type=Path, help="folder for database and logs")
    parser.add_argument("--accounts", type=Path, help="CSV file; default: a demonstration school")
    parser.add_argument("--scale", type=_factor, default=1.0, help="shrinks capacity and quota")
    parser.add_argument("--clock", type=_factor, default=1.0, help="compresses session times")
    parser.add_argument("--defect", action="append", default=[], help="what is wrong with it")
    parser.add_argument("--tls", action="store_true", help="https, by this user's own authority")
    parser.add_argument("--port", type=int, default=0, help="0: any that is free")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
