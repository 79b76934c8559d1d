"""Leave, on a sandbox that is treated as anybody's platform: refused, withdrawn, out of reach."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from rentree.evidence import Evidence
from rentree.sandbox.identity import prove
from rentree.sandbox.telemetry_tables import requests_table
from rentree.signature import new_key, sign

from .conftest import Home, finish, journal_has, verdict_of, wait_until

pytestmark = [pytest.mark.flow, pytest.mark.beside]
NOW = datetime.now(UTC)
DOCUMENT: dict[str, Any] = {
    "hosts": ["127.0.0.1"],
    "addresses": ["127.0.0.0/8"],
    "ceilings": {"people": 700, "arrivals_per_second": 300, "requests_per_second": 5000,
                 "minutes": 5},
    "windows": [{"from": (NOW - timedelta(hours=1)).isoformat(),
                 "to": (NOW + timedelta(hours=3)).isoformat()}],
    "faults": ["latency"],
    "floods": {"requests_per_second": 200},
    "agreements": [{"by": "Région Exemple", "ref": "CCTP 1", "date": "2026-11-24"}],
    "contact": "astreinte@ent.example",
    "when_unreachable": "60 s",
}  # fmt: skip


@dataclass
class Served:
    """A sandbox that serves an authorisation from a file."""

    home: Home
    url: str
    file: Path
    work: Path

    def serve(self, **changes: Any) -> None:
        """Put a document there."""
        self.file.write_text(json.dumps(DOCUMENT | changes), encoding="utf-8")

    def run(self, *words: str, profile: str = "essai") -> subprocess.CompletedProcess[str]:
        """A run of the sandbox as if it were anybody's."""
        return self.home.run(profile, *self.words(*words))

    def words(self, *more: str) -> tuple[str, ...]:
        """What is typed behind the profile's name."""
        there = ("--target", self.url, "--treat-loopback-as-remote", "--seed", "7")
        return (*there, "--authorized", "127.0.0.1", *more)

    def requests(self) -> pl.DataFrame:
        """What reached it so far beside the questions for leave; `t`: ns, monotonic."""
        return requests_table(self.work, 0)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One for all tests of this file."""
    home = Home(tmp_path_factory.mktemp("leave"))
    file = home.folder / "authorization.json"
    started = home.rentree("sandbox", "start", "rentree", "--authorization", str(file))
    assert started.returncode == 0, started.stderr
    url = started.stdout.split()[0]
    work = next((home.folder / "state").glob("**/work-*"))
    yield Served(home, url, file, work)
    home.rentree("sandbox", "stop")


FORBIDDEN: dict[str, tuple[dict[str, Any], str]] = {
    "for another host": ({"hosts": ["ent.example"]}, "not for 127.0.0.1"),
    "its name stands for another address": ({"addresses": ["192.0.2.0/24"]}, "not among its"),
    "not yet open": ({"windows": [{"from": "2100-01-01T00:00Z", "to": "2100-01-02T00:00Z"}]},
                     "in none of its windows"),
    "over": ({"windows": [{"from": "2020-01-01T00:00Z", "to": "2020-01-02T00:00Z"}]},
             "in none of its windows"),
    "too many people": ({"ceilings": DOCUMENT["ceilings"] | {"people": 100}}, "100 may"),
    "too long": ({"ceilings": DOCUMENT["ceilings"] | {"minutes": 0.1}}, "0.1 min may be used"),
    "a fault that is not named": ({"faults": []}, "the fault “latency” is not among"),
    "a flood without its own grant": ({"floods": None}, "need a grant of their own"),
    "a flood beyond the grant": ({"floods": {"requests_per_second": 50}}, "which ends at 50"),
}  # fmt: skip


@pytest.mark.parametrize("sentence", FORBIDDEN)
def test_a_bad_authorisation_is_refused(served: Served, sentence: str) -> None:
    """Exit 2, the reason in words, and nothing but the question reached the platform."""
    changes, told = FORBIDDEN[sentence]
    served.serve(**{"faults": ["latency", "flood"], **changes})
    before = served.requests().height
    done = served.run()
    assert done.returncode == 2, (sentence, done.stdout, done.stderr)
    assert told in done.stderr.replace("\n", " "), done.stderr
    assert "nothing was sent" in done.stderr.replace("\n", " ")
    assert served.requests().height == before


def test_without_consent_not_even_the_question_is_asked(served: Served) -> None:
    """The document alone is no leave: whoever starts the run says it too."""
    served.serve(faults=["latency", "flood"])
    words = ("--target", served.url, "--treat-loopback-as-remote")
    done = served.home.run("essai", *words)
    assert done.returncode == 2
    assert "--authorized 127.0.0.1" in done.stderr


def test_a_document_of_nobody_is_refused(served: Served) -> None:
    """404: nobody grants anything."""
    served.file.unlink(missing_ok=True)
    done = served.run()
    assert done.returncode == 2
    assert "HTTP 404" in done.stderr


def _signed_profile(home: Home, key: str) -> Path:
    folder = home.folder / "signed"
    folder.mkdir(exist_ok=True)
    path = folder / "signe.yaml"
    text = f'profile: signe\nextends: essai\nexpects: {{}}\nauthorization_key: "{key}"\n'
    path.write_text(text, encoding="utf-8")
    return path


def test_a_pinned_key_wants_its_signature(served: Served, tmp_path: Path) -> None:
    """Unsigned, signed by another, or changed since: refused; signed by it: the run may begin."""
    key = new_key(tmp_path / "own.pem")
    new_key(tmp_path / "other.pem")
    profile = str(_signed_profile(served.home, key))
    document = DOCUMENT | {"faults": ["latency", "flood"]}
    by_other = {"signature": sign(document, tmp_path / "other.pem")}
    changed = {"contact": "moi", "signature": sign(document, tmp_path / "own.pem")}
    for changes, told in (
        ({}, "not signed"), (by_other, "not that of the key"), (changed, "not that of the key"),
    ):  # fmt: skip
        served.serve(**{"faults": ["latency", "flood"], **changes})
        done = served.run(profile=profile)
        assert done.returncode == 2, (told, done.stdout, done.stderr)
        assert told in done.stderr.replace("\n", " ")
    # Rightly signed, it is refused for its ceiling only: the signature was taken.
    low = document | {"ceilings": DOCUMENT["ceilings"] | {"people": 1}}
    served.serve(**low, signature=sign(low, tmp_path / "own.pem"))
    done = served.run(profile=profile)
    assert "1 may" in done.stderr


def test_withdrawn_in_the_middle_is_silence_within_five_seconds(served: Served) -> None:
    """The file is taken away in the bell: the run ends, invalid, and nothing more comes."""
    served.serve(faults=["latency", "flood"])
    runner = served.home.start_run("essai", *served.words())
    wait_until(lambda: journal_has(served.home, "fault", "applied"), "the faults")
    time.sleep(6)
    served.file.unlink()
    gone = time.monotonic_ns()
    code, out, err = finish(runner)
    assert code == 3, out + err
    evidence = Evidence(served.home.latest())
    assert evidence.journal[-1]["why"] == "withdrawn"
    assert verdict_of(evidence.folder)["decision"] == "invalid"
    time.sleep(1)
    late = served.requests().filter(pl.col("t") * 1000 > gone + 5_000_000_000)
    assert late.height == 0
    report = (evidence.folder / "report.html").read_text("utf-8")
    assert "Région Exemple" in report
    assert "SHA-256" in report


def test_out_of_reach_in_the_middle_the_run_goes_on(served: Served) -> None:
    """503 where leave was: that is what a collapsing platform looks like; it goes on to its end."""
    served.serve(faults=["latency", "flood"])
    runner = served.home.start_run("essai", *served.words())
    wait_until(lambda: journal_has(served.home, "fault", "applied"), "the faults")
    time.sleep(4)
    served.file.unlink()
    served.file.mkdir()  # cannot be read: 503
    code, out, err = finish(runner)
    served.file.rmdir()
    evidence = Evidence(served.home.latest())
    assert evidence.journal[-1]["why"] == "finished", out + err
    assert code in (0, 1, 3)
    assert any(
        e["state"] == "unreachable" for e in evidence.journal if e["event"] == "authorization"
    )


def test_four_workers_keep_one_ceiling_together(served: Served) -> None:
    """200 requests of the crowd in any second, counted at the platform."""
    ceilings = DOCUMENT["ceilings"] | {"requests_per_second": 200}
    served.serve(faults=["latency", "flood"], ceilings=ceilings)
    before = served.requests().height
    done = served.run("--workers", "4")
    assert done.returncode in (1, 3), done.stdout + done.stderr
    new = served.requests().slice(before).filter(pl.col("mark") == "")
    moments = sorted((new["t"] - new["took"]).to_list())  # when they came, µs
    assert len(moments) > 500
    seconds = Counter(moment // 1_000_000 for moment in moments)
    # What one worker sends at the end of a second may come with the next one's beginning.
    assert max(seconds.values()) <= 210, seconds


def _capacity(served: Served, *words: str) -> tuple[str, ...]:
    """A search in the crowd of a quarter."""
    there = served.words("--scale", "25%", "--lang", "en", "--window", "2 s")
    return ("capacity", "essai", *there, "--evidence", str(served.home.evidence), *words)


@pytest.mark.parametrize(
    ("ceilings", "code", "told"),
    [
        ({"arrivals_per_second": 45, "people": 5000}, 3, "more was not allowed"),
        ({"people": 200}, 3, "the authorisation does not let more people come"),
        ({"minutes": 4}, 2, "4 min may be used"),
    ],
    ids=["no faster than it allows", "no more people than it allows", "no longer than it allows"],
)
def test_a_search_stays_below_the_ceilings(
    served: Served, ceilings: dict[str, float], code: int, told: str
) -> None:
    """It asks no more than the document grants, and says that this is why it knows no more."""
    served.serve(ceilings=DOCUMENT["ceilings"] | {"minutes": 6} | ceilings)
    done = served.home.rentree(*_capacity(served, "--from", "30"))
    assert done.returncode == code, done.stdout + done.stderr
    assert told in (done.stdout + done.stderr).lower()
    if code == 3:
        found = json.loads((served.home.latest() / "capacity.json").read_text("utf-8"))
        assert max(rung["rate"] for rung in found["rungs"]) <= 45
        assert found["capacity"]["fails"] is None


@pytest.mark.two
def test_a_search_whose_leave_is_withdrawn_ends(served: Served) -> None:
    """And says so; nothing is measured by half a rung."""
    served.serve(ceilings=DOCUMENT["ceilings"] | {"minutes": 6, "people": 5000})
    runner = served.home.start(*_capacity(served, "--from", "2", "--window", "20 s"))
    wait_until(lambda: journal_has(served.home, "run", "started"), "the search to begin")
    time.sleep(3)
    served.file.unlink()
    code, out, err = finish(runner)
    assert code == 3, out + err
    assert "The search was ended (withdrawn)" in out


def test_a_tunnel_to_something_that_is_not_ours_is_refused(home: Home) -> None:
    """Loopback proves nothing: what ends here may begin in production."""
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as production:

        def answer() -> None:
            while True:
                try:
                    peer, _ = production.accept()
                except OSError:
                    return
                with peer:
                    heard.append(peer.recv(4096))
                    peer.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")

        threading.Thread(target=answer, daemon=True).start()
        port = production.getsockname()[1]
        code = (
            "import asyncio, sys\n"
            "async def pipe(r, w):\n"
            "    while data := await r.read(4096): w.write(data)\n"
            "    w.close()\n"
            "async def take(r, w):\n"
            f"    r2, w2 = await asyncio.open_connection('127.0.0.1', {port})\n"
            "    await asyncio.gather(pipe(r, w2), pipe(r2, w))\n"
            "async def main():\n"
            "    server = await asyncio.start_server(take, '127.0.0.1', 0)\n"
            "    print(server.sockets[0].getsockname()[1], flush=True)\n"
            "    await server.serve_forever()\n"
            "asyncio.run(main())\n"
        )
        tunnel = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
        assert tunnel.stdout is not None
        try:
            url = f"http://127.0.0.1:{tunnel.stdout.readline().strip()}"
            assert not prove(url)
            done = home.run("essai", "--target", url)
        finally:
            tunnel.kill()
            tunnel.communicate()
    assert done.returncode == 2, done.stdout + done.stderr
    assert "nothing" in done.stderr
    asked = {request.split(b" ")[1].partition(b"?")[0] for request in heard if request}
    assert asked == {b"/.well-known/rentree-sandbox"}, heard
