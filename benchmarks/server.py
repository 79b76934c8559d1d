"""nginx on loopback, on the second core: a page of 1 KiB by HTTP and HTTPS, and one that closes."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import certifi
import trustme

PAGE = f'<!doctype html><html><body data-page="home"><p>{"x" * 960}</p></body></html>\n'
SERVER, CLIENT = "1", "0"  # cores

_CONFIGURATION = """
daemon off; worker_processes 1; worker_rlimit_nofile 20000; pid {here}/pid; error_log {here}/error;
events {{ worker_connections 19000; }}
http {{
  access_log off; default_type text/html; root {here}/www; keepalive_requests 100000000;
  keepalive_timeout 600s; log_format moment '$msec'; add_header Set-Cookie "sid=abc; Path=/";
  client_body_temp_path {here}/b; proxy_temp_path {here}/p; fastcgi_temp_path {here}/f;
  uwsgi_temp_path {here}/u; scgi_temp_path {here}/s;
  server {{ listen 127.0.0.1:{plain} backlog=4096; }}
  server {{ listen 127.0.0.1:{closing} backlog=4096; keepalive_timeout 0;
            access_log {here}/moments moment; }}
  server {{ listen 127.0.0.1:{secure} ssl backlog=4096; ssl_protocols TLSv1.3;
            ssl_certificate {here}/chain.pem; ssl_certificate_key {here}/key.pem; }}
}}
"""


@dataclass(frozen=True)
class Site:
    """Where it is."""

    plain: str
    secure: str
    closing: str  # one request a connection; each is written down
    moments: Path  # s since the epoch, a line a request to `closing`
    ca: Path


@contextlib.contextmanager
def nginx() -> Iterator[Site]:
    """Run it for a while."""
    with tempfile.TemporaryDirectory(prefix="rentree-bench-") as folder:
        here = Path(folder)
        here.chmod(0o755)
        (here / "www").mkdir()
        (here / "www" / "index.html").write_text(PAGE)
        ca = trustme.CA(key_type=trustme.KeyType.ECDSA)
        ours = ca.issue_cert("127.0.0.1", "localhost", key_type=trustme.KeyType.ECDSA)
        # A machine's bundle is long, and some clients read it for each person: so is ours.
        bundle = Path(certifi.where()).read_bytes() + b"\n" + ca.cert_pem.bytes()
        (here / "ca.pem").write_bytes(bundle)
        ours.private_key_pem.write_to_path(here / "key.pem")
        (here / "chain.pem").write_bytes(b"".join(pem.bytes() for pem in ours.cert_chain_pems))
        plain, secure, closing = _free(3)
        text = _CONFIGURATION.format(here=here, plain=plain, secure=secure, closing=closing)
        (here / "nginx.conf").write_text(text)
        program = shutil.which("nginx") or "/usr/sbin/nginx"
        command = ["taskset", "-c", SERVER, program, "-c", str(here / "nginx.conf"), "-p", folder]
        with subprocess.Popen(command, stderr=subprocess.DEVNULL) as child:
            try:
                _wait(plain)
                yield Site(
                    f"http://127.0.0.1:{plain}/", f"https://127.0.0.1:{secure}/",
                    f"http://127.0.0.1:{closing}/", here / "moments", here / "ca.pem",
                )  # fmt: skip
            finally:
                child.terminate()


def _free(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def _wait(port: int) -> None:
    end = time.monotonic() + 10
    while time.monotonic() < end:
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        time.sleep(0.05)
    raise RuntimeError("nginx does not start: see its error log")
