"""The lab's platform: nginx, two nodes, PostgreSQL, and Toxiproxy between nodes and database."""

from __future__ import annotations

import json
import tempfile
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from lab import nginx
from lab.postgresql import Server, binaries
from rentree import process
from rentree.errors import RentreeError
from rentree.sandbox.authority import certify
from rentree.sandbox.process import start
from rentree.sandbox.serving import free_port
from rentree.toxiproxy.server import ToxiproxyProcess, obtain

NODES = 2
_PROXY = "database"


_TARGET = """\
# The lab as it stands now; `rentree run base-lente --target` THIS FILE.
target: lab
platforms:
  ent: {{adapter: sandbox, hosts: {{portal: "{lab.url}"}}}}
addresses: {{schools_by: X-Forwarded-For}}
links:
  database: {{toxiproxy: "{lab.api}", proxy: {proxy}}}
"""


@dataclass(frozen=True)
class Lab:
    """Where its parts are."""

    url: str
    nodes: list[str]
    api: str  # of Toxiproxy
    database: str
    target: Path  # a target file that says where it is, and its links

    def toxic(self, kind: str, **attributes: int) -> None:
        """Put a toxic between the nodes and their database."""
        self._ask("POST", f"/proxies/{_PROXY}/toxics", {"type": kind, "attributes": attributes})

    def enable(self, enabled: bool) -> None:
        """Cut the line to the database, or lay it again."""
        self._ask("POST", f"/proxies/{_PROXY}", {"enabled": enabled})

    def clear(self) -> None:
        """Everything as it was."""
        self._ask("POST", "/reset", {})

    def plain(self) -> bool:
        """Whether the line to the database bears nothing and is laid."""
        seen = json.loads(self._ask("GET", f"/proxies/{_PROXY}", {}))
        return seen["enabled"] is True and not seen["toxics"]

    def _ask(self, method: str, path: str, value: object) -> bytes:
        request = urllib.request.Request(  # noqa: S310  # loopback
            self.api + path, json.dumps(value).encode(), method=method,
            headers={"User-Agent": "rentree-lab", "Content-Type": "application/json"},
        )  # fmt: skip
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=10) as answer:
            body: bytes = answer.read()
            return body


@contextmanager
def running(preset: str, port: int, say: Callable[[str], None]) -> Iterator[Lab]:
    """All of it, for a while; every part is a child of ours and ends with us.

    Raises:
        RentreeError: a part is not here, or does not come up; says which and why.
    """
    programs = binaries()
    if programs is None:
        raise RentreeError("no PostgreSQL on this machine: apt-get install postgresql")
    if nginx.program() is None:
        raise RentreeError("no nginx on this machine: apt-get install nginx")
    server = obtain(say)
    with tempfile.TemporaryDirectory(prefix="rentree-lab-") as folder, ExitStack() as stack:
        here = Path(folder)
        here.chmod(0o755)
        (here / "database").mkdir()
        say("PostgreSQL")
        database = Server(here / "database", programs)
        stack.callback(database.stop)
        say("Toxiproxy")
        toxiproxy = ToxiproxyProcess(server, here / "toxiproxy.log")
        stack.callback(toxiproxy.stop)
        between = free_port(0)
        api = f"http://{toxiproxy.api[0]}:{toxiproxy.api[1]}"
        url = f"postgresql://rentree@127.0.0.1:{between}/postgres"
        lab = Lab(f"https://127.0.0.1:{port}", [], api, url, here / "lab.yaml")
        lab.target.write_text(_TARGET.format(lab=lab, proxy=_PROXY), encoding="utf-8")
        lab._ask("POST", "/proxies", {
            "name": _PROXY, "listen": f"127.0.0.1:{between}",
            "upstream": f"127.0.0.1:{database.port}", "enabled": True,
        })  # fmt: skip
        for number in range(NODES):
            say(f"node {number + 1} of {NODES}")
            node = start(preset, work=here / f"node-{number}", database=url)
            stack.callback(node.stop)
            lab.nodes.append(node.url)
        say("nginx")
        child = nginx.start(here, lab.nodes, certify(here), port)
        stack.callback(process.stop, child)
        yield lab
