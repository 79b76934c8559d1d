"""What is measured: each section runs us and the peers one after the other, `rounds` times."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import quantiles

from benchmarks.crowding import bare, checked, made
from benchmarks.run import engine, faulting, judged, k6, locust, wrk
from benchmarks.sandboxing import NEEDED, gibibytes, knee, pages_per_second, start_seconds
from benchmarks.server import Site
from benchmarks.table import Row

Say = Callable[[str], None]
ROWS = (10_000_000, 36_000_000)


def steps(site: Site, rounds: int, say: Say) -> Iterator[Row]:
    """Steps a second of 50 people on kept connections."""
    ours, k, fast, slow, bare = [], [], [], [], []
    for n in range(rounds):
        say(f"steps, round {n + 1} of {rounds}")
        facts = engine("keep", 2_000, site.plain)
        ours.append(facts["steps"] / facts["wall"])
        k.append(k6("keep", site.plain)["rate"])
        fast.append(locust("fast", site.plain, 5))
        slow.append(locust("http", site.plain, 5))
        bare.append(wrk(site.plain, 3))
    what = "steps/s a core, kept connections"
    yield Row(what, "/s", ours, 1.5, 2, k, "k6")
    yield Row(what, "/s", ours, 3.5, 5, fast, "FastHttpUser")
    yield Row(what, "/s", ours, 0, None, slow, "HttpUser")
    yield Row(f"{what} (no person in wrk)", "/s", ours, 0, None, bare, "wrk")


def sessions(site: Site, rounds: int, say: Say) -> Iterator[Row]:
    """New HTTPS sessions a second, verified, each of a new person."""
    ours, k, shipped, stock = [], [], [], []
    for n in range(rounds):
        say(f"sessions, round {n + 1} of {rounds}")
        facts = engine("new", 5_000, site.secure, site.ca)
        ours.append(facts["steps"] / facts["wall"])
        k.append(k6("new", site.secure, site.ca)["rate"])
        shipped.append(locust("shipped", site.secure, 10, site.ca))
        stock.append(locust("new", site.secure, 10, site.ca))
    what = "new HTTPS sessions/s a core"
    yield Row(what, "/s", ours, 0.6, 1, k, "k6")
    yield Row(what, "/s", ours, 50, None, shipped, "new FastHttpUser, as shipped")
    yield Row(what, "/s", ours, 0, None, stock, "new FastHttpUser, verifying")


def memory(site: Site, rounds: int, say: Say) -> Iterator[Row]:
    """What a signed-in person with an open HTTPS connection holds, KiB (USS)."""
    ours, k = [], []
    for n in range(rounds):
        say(f"memory, round {n + 1} of {rounds}")
        facts = engine("hold", 5_000, site.secure, site.ca)
        ours.append(facts["bytes"] / 5_000 / 1024)
        many = k6("hold", site.secure, site.ca, VUS="3000", STAY="8")
        few = k6("hold", site.secure, site.ca, VUS="10", STAY="8")
        k.append((many["memory"] - few["memory"]) / 2_990 / 1024)
    yield Row("memory a person, HTTPS connection open", "KiB", ours, 45, most=True)
    yield Row("memory a person, beside k6's", "KiB", ours, 1, None, k, "k6", most=True)


def lag(site: Site, rounds: int, say: Say) -> Iterator[Row]:
    """How far requests at 500/s are off their grid with 20,000 people present, as nginx saw them.

    The grid is laid through the earliest request; the first 40 s, in which people gather, and the
    processes' starts are left out. Both clients are measured by the server's own clock.
    """
    found: dict[str, list[list[float]]] = {"ours": [], "k6": []}
    for n in range(rounds):
        for who, rows in found.items():
            say(f"lag of {who}, round {n + 1} of {rounds}; 50 s")
            begin = site.moments.stat().st_size if site.moments.exists() else 0
            if who == "ours":
                engine("even", 25_000, site.closing, EVERY="2", STAY="40")
            else:
                k6("even", site.closing, RATE="500", SECONDS="50", VUS="20500", STAY="40")
            with site.moments.open() as file:
                file.seek(begin)
                moments = sorted(float(line) for line in file)[20_000:24_500]
            offs = [moment - i / 500 for i, moment in enumerate(moments)]
            late = sorted(1000 * (off - min(offs)) for off in offs)
            cuts = quantiles(late, n=1000)
            rows.append([cuts[989], cuts[998]])
    for at, name in ((0, "p99"), (1, "p99.9")):
        ours, peers = ([max(pair[at], 0.5) for pair in found[who]] for who in ("ours", "k6"))
        yield Row(
            f"arrival lag at 500/s, 20,000 present, {name}",
            "ms",
            ours,
            1,
            None,
            peers,
            "k6",
            most=True,
        )


def stall(site: Site, rounds: int, say: Say) -> Iterator[Row]:
    """100 arrivals a second for 20 s, one stall of 5 s: what people waited."""
    at_95, at_99 = [], []
    for n in range(rounds):
        say(f"stall, round {n + 1} of {rounds}; 25 s")
        with subprocess.Popen(
            [sys.executable, "-m", "benchmarks.stalling"], stdout=subprocess.PIPE, text=True,
            cwd=Path(__file__).parents[1],
        ) as child:  # fmt: skip
            assert child.stdout is not None  # noqa: S101
            url = child.stdout.readline().strip()
            timer = threading.Timer(60, child.kill)
            timer.start()
            waits = engine("even", 2_000, url, EVERY="10", LINGER="6")["waits"]
            timer.cancel()
            child.terminate()
        cuts = quantiles([wait / 1e6 for wait in waits], n=100)
        at_95.append(abs(cuts[94] / 4.0 - 1) * 100)
        at_99.append(abs(cuts[98] / 4.8 - 1) * 100)
    yield Row(
        "a stall of 5 s: p95 off the 4.0 s that the schedule implies", "%", at_95, 3, most=True
    )
    yield Row(
        "a stall of 5 s: p99 off the 4.8 s that the schedule implies", "%", at_99, 3, most=True
    )


def recording(site: Site, rounds: int, say: Say) -> Iterator[Row]:
    """What writing samples costs, of all processor time at full rate."""
    costs = []
    for n in range(rounds):
        say(f"recording, round {n + 1} of {rounds}")
        kept = engine("keep", 2_000, site.plain)
        lost = engine("unrecorded", 2_000, site.plain)
        costs.append((1 - lost["cpu"] / kept["cpu"]) * 100)
    yield Row("cost of recording, of the worker's CPU", "%", costs, 5, most=True)


def judging(site: Site, rounds: int, say: Say) -> Iterator[Row]:
    """Judging many rows, beside polars that does nothing but scan for the same quantiles."""
    wall: dict[str, list[float]] = {"ours": [], "bare": []}
    peak, off = [], []
    for rows in ROWS:
        with tempfile.TemporaryDirectory(prefix="rentree-judging-") as folder:
            say(f"judging: {rows:,} rows are made")
            judged("make", folder, str(rows))
            for n in range(rounds if rows == ROWS[0] else 1):
                say(f"judging {rows:,} rows, round {n + 1} of {rounds}")
                ours, bare = judged("ours", folder), judged("bare", folder)
                if rows == ROWS[0]:
                    wall["ours"].append(ours["wall"])
                    wall["bare"].append(bare["wall"])
            peak.append(ours["memory"] / 1024)
            exact = judged("exact", folder)["quantiles"]
            off.append(max(abs(ours["quantiles"][k] - v) for k, v in exact.items()))
    what = f"judging {ROWS[0]:,} rows"
    yield Row(what, "s", wall["ours"], 3, None, wall["bare"], "bare scan", most=True)
    grown = f"judging, memory at most with {ROWS[1]:,} rows beside {ROWS[0]:,}"
    yield Row(grown, "MiB", [peak[1]], 1.2, None, [peak[0]], "fewer", most=True)
    yield Row("percentile error, beside numpy over every row", "µs", [max(off)], 0, most=True)


def sandbox(site: Site, rounds: int, say: Say) -> Iterator[Row]:
    """The platform that we ship must never be what is measured by accident."""
    starts, pages, sizes = [], [], []
    for n in range(rounds):
        say(f"sandbox, round {n + 1} of {rounds}; two minutes")
        starts.append(start_seconds())
        pages.append(pages_per_second())
        sizes.append(gibibytes())
    need = [float(NEEDED)] * rounds
    yield Row("sandbox: pages/s on one core, no capacity model", "/s", pages, 3, peer=need,
              against="needed by rentree-9h")  # fmt: skip
    yield Row("sandbox: memory of 50,000 open sessions", "GiB", sizes, 1, most=True)
    yield Row("sandbox: start", "s", starts, 2, most=True)


def knees(site: Site, rounds: int, say: Say) -> Iterator[Row]:
    """The capacity model holds what it is set to, whatever else runs here."""
    for busy in (0, 4):
        beside = f", beside {busy} busy loops" if busy else ""
        for rate in (40, 80, 160):
            say(f"knee at {rate} steps/s{beside}; {rounds} x 70 s")
            below = [knee(rate, 0.95, busy=busy) for _ in range(rounds)]
            above = [knee(rate, 1.05, busy=busy) for _ in range(rounds)]
            over = [knee(rate, 1.5, busy=busy) for _ in range(rounds)]
            name = f"knee {rate}/s{beside}"
            yield Row(f"{name}: wait at 0.95", "ms", [k.wait for k in below], 100, most=True)
            # 5 % more than is served, for 20 s: at least half of it must stand in the queue.
            yield Row(f"{name}: queue at 1.05", "waiting", [k.queue for k in above], 0.5 * rate)
            off = [abs(k.goodput / rate - 1) * 100 for k in over]
            yield Row(f"{name}: goodput at 1.5 off by", "%", off, 5, most=True)


def people(site: Site, rounds: int, say: Say) -> Iterator[Row]:
    """A crowd of a million, and the whole country looked at before anything is sent."""
    ours, draws, checks = [], [], []
    for n in range(rounds):
        say(f"people, round {n + 1} of {rounds}")
        many, seconds = made()
        ours.append(seconds)
        draws.append(bare(many))
        checks.append(checked())
    yield Row("a crowd of a million with due times", "s", ours, 3, most=True)
    yield Row("the same, beside one draw and one sort each", "s", ours, 20, None, draws, "numpy",
              most=True)  # fmt: skip
    yield Row("check of 12.3 million people", "s", [c.seconds for c in checks], 10, most=True)
    yield Row("the same, memory", "GiB", [c.gibibytes for c in checks], 2, most=True)


def floods(site: Site, rounds: int, say: Say) -> Iterator[Row]:
    """How true to its rate a flood's sender is, and how fast on one core beside wrk."""
    off: dict[int, list[float]] = {1_000: [], 10_000: []}
    held, bare = [], []
    for n in range(rounds):
        say(f"floods, round {n + 1} of {rounds}")
        for rate, found in off.items():
            found.append(abs(faulting("flood", str(rate), site.plain)["rate"] / rate - 1) * 100)
        fast = [(r, faulting("flood", str(r), site.plain)) for r in range(10_000, 60_000, 5_000)]
        held.append(max((r for r, f in fast if f["rate"] >= 0.98 * r), default=0.0))
        bare.append(wrk(site.plain, 3))
    for rate, found in off.items():
        yield Row(f"a flood of {rate:,}/s, off its rate", "%", found, 2, most=True)
    yield Row("a flood's rate that one core holds within 2 %", "/s", held, 20_000)
    yield Row("the same (closed loop, no schedule in wrk)", "/s", held, 0, None, bare, "wrk")


def switching(site: Site, rounds: int, say: Say) -> Iterator[Row]:
    """How long it takes until a fault is on, or off, and proven, on 5,000 open connections."""
    on, off = [], []
    for n in range(rounds):
        say(f"switching, round {n + 1} of {rounds}")
        facts = faulting("switch", "5000")
        if facts["why"] or facts["felt"] < 0.2 or facts["after"] > 0.1:
            raise RuntimeError(f"the fault was not felt as asked: {facts}")
        on.append(facts["on"])
        off.append(facts["off"])
    yield Row("a fault on, proven, at 5,000 open connections", "s", on, 1, most=True)
    yield Row("a fault off, proven, at 5,000 open connections", "s", off, 1, most=True)


SECTIONS = {
    s.__name__: s
    for s in (
        steps,
        sessions,
        memory,
        lag,
        stall,
        recording,
        judging,
        sandbox,
        knees,
        people,
        floods,
        switching,
    )
}
