"""The process of an identity provider alone: `python -m rentree.sandbox.idp --work FOLDER`.

For a vendor's service, which is then tried without the ministry's: reports say so.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import NoReturn

from rentree.errors import RentreeError, UsageError
from rentree.sandbox.accounts import Person, demo_accounts, read_accounts
from rentree.sandbox.database import Sqlite
from rentree.sandbox.idp.keys import keys_in
from rentree.sandbox.idp.messages import WrongMessageError, services_of
from rentree.sandbox.idp.provider import make_provider
from rentree.sandbox.process import READY
from rentree.sandbox.serving import HOST, accepting, free_port, make_server
from rentree.sandbox.store import Store


def main() -> NoReturn:
    """Serve until SIGTERM or SIGINT, and end this process."""
    options = _options()
    code = 0
    try:
        asyncio.run(_serve(options))
    except (RentreeError, OSError) as error:
        print(f"rentree sandbox: {error}", file=sys.stderr)  # noqa: T201  # the log of this process
        code = error.exit_code if isinstance(error, RentreeError) else RentreeError.exit_code
    sys.stderr.flush()
    os._exit(code)


async def _serve(options: argparse.Namespace) -> None:
    services = None
    if options.metadata_in is not None:
        try:
            services = services_of(options.metadata_in.read_bytes())
        except WrongMessageError as error:
            raise UsageError(f"{options.metadata_in}: {error}") from error
    accounts = read_accounts(options.accounts) if options.accounts else demo_accounts()
    store = Store(Sqlite(options.work / "idp.sqlite"), accounts)

    async def check(_: str, login: str, password: str) -> Person | None:
        return store.sign_in(login, password)

    port = free_port(options.port)
    base = f"http://{HOST}:{port}"
    app = make_provider(base, keys_in(options.work), check, services=services)
    server = make_server(app, HOST, port)
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    serving = asyncio.create_task(server.serve())
    await accepting(HOST, port, serving)
    facts = {"url": base, "pid": os.getpid(), "port": port, "preset": "idp"}
    new = options.work / f"{READY}.new"
    new.write_text(json.dumps(facts) + "\n", encoding="utf-8")
    new.replace(options.work / READY)
    await stopping.wait()
    server.stop()  # type: ignore[no-untyped-call]  # granian ships it without types
    store.close()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m rentree.sandbox.idp", description=__doc__)
    parser.add_argument("--work", required=True, type=Path, help="folder for keys and logs")
    parser.add_argument("--accounts", type=Path, help="CSV file; default: a demonstration school")
    parser.add_argument("--metadata-in", type=Path, help="of the service provider it is for")
    parser.add_argument("--port", type=int, default=0, help="0: any that is free")
    return parser.parse_args()


if __name__ == "__main__":
    main()
