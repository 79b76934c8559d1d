"""A container engine of the tests' own: the real dockerd, on a socket in a folder of theirs.

No registry is asked: the image is a busybox, imported. Where Docker may not be had the tests are
skipped by name; under CI never.
"""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import socket
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest

BUSYBOX = Path("/bin/busybox")
IMAGE = "rentree-test"


def why_not() -> str:
    """Why no engine can be started here; empty when one can."""
    if os.environ.get("CI"):
        return ""
    if shutil.which("dockerd") is None or not BUSYBOX.exists():
        return "no dockerd or no busybox-static here: tests/system-packages.sh installs them"
    return "" if os.geteuid() == 0 else "dockerd is started by root only"


@contextlib.contextmanager
def engine(folder: Path) -> Iterator[str]:
    """Start dockerd and import the image; yields its DOCKER_HOST. Ended by its id."""
    if why := why_not():
        pytest.skip(why)
    # A socket's path must be short.
    with tempfile.TemporaryDirectory(prefix="rentree-docker-") as short:
        url = f"unix://{short}/docker.sock"
        command = [
            "dockerd", "--data-root", str(folder / "data"), "--exec-root", f"{short}/exec",
            "--pidfile", f"{short}/pid", "-H", url, "--storage-driver", "vfs",
            "--iptables=false", "--ip6tables=false", "--bridge=none",
        ]  # fmt: skip
        with (folder / "dockerd.log").open("wb") as log:
            child = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        client = None
        try:
            client = _up(url, child, folder / "dockerd.log")
            _import(client)
            yield url
        finally:
            if client is not None:
                for container in client.containers.list(all=True):
                    with contextlib.suppress(Exception):
                        container.remove(force=True)
                client.close()
            child.terminate()
            try:
                child.wait(20)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
            for mount in Path(short).glob("exec/netns/*"):  # it leaves its own behind
                subprocess.run(["umount", "--lazy", str(mount)], check=False, capture_output=True)


def _up(url: str, child: subprocess.Popen[bytes], log: Path) -> docker.DockerClient:
    end = time.monotonic() + 60
    while time.monotonic() < end and child.poll() is None:
        if _listens(url.removeprefix("unix://")):  # the SDK forgets its socket when nobody does
            client = docker.DockerClient(base_url=url, timeout=20)
            client.ping()
            return client
        time.sleep(0.2)
    raise AssertionError(f"dockerd does not come up: {log.read_text(errors='replace')[-2000:]}")


def _listens(path: str) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(path)
        except OSError:
            return False
    return True


def _import(client: docker.DockerClient) -> None:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as tar:
        tar.add(BUSYBOX, "bin/busybox")
        for name in ("sh", "sleep", "httpd", "chroot"):
            link = tarfile.TarInfo(f"bin/{name}")
            link.type, link.linkname = tarfile.SYMTYPE, "busybox"
            tar.addfile(link)
        for name in ("proc", "sys", "dev", "tmp", "etc", "host"):
            place = tarfile.TarInfo(name)
            place.type, place.mode = tarfile.DIRTYPE, 0o755
            tar.addfile(place)
    client.api.import_image_from_data(data.getvalue(), repository=IMAGE, tag="1")
