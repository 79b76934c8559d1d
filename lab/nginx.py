"""nginx before the nodes: TLS, a limit by address, and each address always at the same node."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from pathlib import Path

from rentree import process
from rentree.errors import RentreeError

_CONFIGURATION = """
daemon off; worker_processes 1; pid {here}/nginx.pid; error_log {here}/nginx.error;
events {{ worker_connections 8000; }}
http {{
  access_log off; client_max_body_size 4m;
  client_body_temp_path {here}/b; proxy_temp_path {here}/p; fastcgi_temp_path {here}/f;
  uwsgi_temp_path {here}/u; scgi_temp_path {here}/s;
  # All who come are of this machine: what they say of their school is believed.
  map $http_x_forwarded_for $school {{ "" $remote_addr; default $http_x_forwarded_for; }}
  limit_req_zone $school zone=schools:10m rate=250r/s;
  limit_req_status 429;
  upstream nodes {{ hash $school consistent; keepalive 64; {nodes} }}
  server {{
    listen 127.0.0.1:{port} ssl; ssl_protocols TLSv1.2 TLSv1.3;
    ssl_certificate {chain}; ssl_certificate_key {key};
    location / {{
      limit_req zone=schools burst=600 nodelay;
      proxy_pass http://nodes; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_set_header Host $http_host; proxy_set_header X-Forwarded-For $school;
    }}
  }}
}}
"""


def program() -> str | None:
    """Where nginx is."""
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")


def start(
    here: Path, nodes: list[str], files: tuple[Path, Path], port: int
) -> subprocess.Popen[bytes]:
    """Start it before those nodes (URLs); it dies with us.

    Raises:
        RentreeError: nginx is not here, or does not come up.
    """
    found = program()
    if found is None:
        raise RentreeError("no nginx on this machine: apt-get install nginx")
    servers = " ".join(f"server {url.partition('//')[2]};" for url in nodes)
    text = _CONFIGURATION.format(here=here, port=port, nodes=servers, chain=files[0], key=files[1])
    (here / "nginx.conf").write_text(text, encoding="utf-8")
    here.chmod(0o755)
    command = [
        found,
        "-c",
        str(here / "nginx.conf"),
        "-p",
        str(here),
        "-e",
        str(here / "nginx.error"),
    ]
    child = process.start(command, log=here / "nginx.log")
    last = time.monotonic() + 10
    while time.monotonic() < last and child.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return child
        time.sleep(0.05)
    process.stop(child)
    log = (here / "nginx.error").read_text(errors="replace").strip().splitlines()
    raise RentreeError(f"nginx does not come up: {log[-1] if log else 'no word'}")
