"""Each of Toxiproxy's toxics by the real server: refused when senseless, seen while in force."""

from __future__ import annotations

import contextlib
import socket
import time
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from rentree.dropin import load_path
from rentree.echo import Echo
from rentree.errors import UsageError
from rentree.fault import Address, Host, Scene
from rentree.plan import PlannedFault
from rentree.toxiproxy.sight import Exchange
from rentree.toxiproxy.toxics import KINDS, of

SOURCE = Path(__file__).parents[2] / "chaos" / "network.py"
network: Any = load_path(SOURCE, "rentree_dropin.faults.network")

# one of each kind, as YAML has it
SANE: dict[str, dict[str, str]] = {
    "latency": {"delay": "100 ms", "jitter": "20 ms"},
    "bandwidth": {"rate": "20 kB/s"},
    "timeout": {"after": "never"},
    "reset": {"after": "50 ms"},
    "down": {},
    "slow-close": {"delay": "200 ms"},
    "slicer": {"average": "100 B", "variation": "20 B", "delay": "10 ms"},
    "limit-data": {"bytes": "2 kB"},
}


def planned(kind: str, name: str = "broken", start: int = 0, end: int = 10) -> PlannedFault:
    """A fault of a kind, on the people of one territory."""
    settings = KINDS[kind].model_validate(SANE[kind])
    return PlannedFault(
        name=name, fault=kind, hits={"territory": "north"}, start=start, end=end,
        settings=settings.model_dump(mode="json", by_alias=True),
    )  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_a_toxic_is_seen_while_it_is_in_force_and_at_no_other_time(
    kind: str, tmp_path: Path
) -> None:
    """Asked, applied, seen through the twin and read back on every listener; cleared, neither."""
    fault = planned(kind)
    injector = network.Injector()
    with Echo() as echo, Echo() as platform, Echo() as sso:
        hosts = [Host(p.address, p.address) for p in (platform, sso)]
        routes = injector.prepare(Scene([fault], hosts, {}, echo.address, tmp_path, print))
        try:
            assert len(routes) == 2  # one a host
            before = injector.observe(fault)
            assert (before.in_force, before.read_back) == (False, True), before
            injector.apply(fault)
            for _ in range(2):
                began = time.monotonic()
                during = injector.observe(fault)
                assert (during.in_force, during.read_back, during.why) == (True, True, "")
                assert time.monotonic() - began < 1.5
            assert injector.alive() == ""
            injector.clear(fault)
            after = injector.observe(fault)
            assert (after.in_force, after.read_back) == (False, True), after
            assert injector.alive() == ""
            for route in routes:
                with socket.create_connection(route.via, 2) as line:
                    line.sendall(b"hello")
                    assert line.recv(5) == b"hello"
        finally:
            assert injector.close() == ""


@pytest.mark.parametrize("kind", KINDS)
def test_a_toxic_that_somebody_took_away_is_not_in_force(kind: str, tmp_path: Path) -> None:
    """Read-back and twin, each alone, are enough to doubt."""
    fault = planned(kind)
    injector = network.Injector()
    with Echo() as echo, Echo() as platform:
        at = Host(platform.address, platform.address)
        injector.prepare(Scene([fault], [at], {}, echo.address, tmp_path, print))
        try:
            injector.apply(fault)
            armed, held = injector._armed[fault.name], injector._held[0]
            for proxy in (armed.real[0], armed.twin):
                if kind == "down":
                    network._write(held.api, "post", f"/proxies/{proxy.name}", {"enabled": True})
                else:
                    network._write(held.api, "delete", armed.path(proxy), None)
                seen = injector.observe(fault)
                assert not seen.in_force
                assert seen.why
        finally:
            assert injector.close() == ""


def _through(kind: str, tmp_path: Path, size: int) -> tuple[int, float, str]:
    """What a client gets of `size` bytes from an echo behind the fault: bytes, s, how it ended."""
    fault = planned(kind)
    injector = network.Injector()
    with Echo() as echo, Echo() as platform:
        at = Host(platform.address, platform.address)
        routes = injector.prepare(Scene([fault], [at], {}, echo.address, tmp_path, print))
        try:
            injector.apply(fault)
            return _asked(routes[0].via, size)
        finally:
            injector.close()


def _asked(address: Address, size: int) -> tuple[int, float, str]:
    began, received = time.monotonic(), 0
    try:
        with socket.create_connection(address, 3) as line:
            line.settimeout(3)
            line.sendall(b"x" * size)
            while received < size:
                data = line.recv(65_536)
                if not data:
                    return received, time.monotonic() - began, "closed"
                received += len(data)
            return received, time.monotonic() - began, "whole"
    except ConnectionRefusedError:
        return received, time.monotonic() - began, "refused"
    except ConnectionResetError:
        return received, time.monotonic() - began, "reset"
    except TimeoutError:
        return received, time.monotonic() - began, "silence"


@pytest.mark.parametrize(
    ("kind", "size", "received", "seconds", "ended"),
    [
        ("latency", 10, 10, (0.08, 0.5), "whole"),
        ("bandwidth", 40_000, 40_000, (1.7, 2.6), "whole"),  # 40 kB at 20 kB/s
        ("timeout", 10, 0, (2.9, 3.5), "silence"),
        ("reset", 10, 0, (0.04, 0.5), "reset"),
        ("down", 10, 0, (0.0, 0.3), "refused"),
        ("slow-close", 10, 10, (0.0, 0.3), "whole"),  # what comes is not late; the end is
        ("slicer", 2_000, 2_000, (0.12, 0.6), "whole"),  # 17 pieces or more, 10 ms apart
        ("limit-data", 10_000, 2_000, (0.0, 0.5), "closed"),
    ],
)
def test_what_a_person_meets(
    tmp_path: Path, kind: str, size: int, received: int, seconds: tuple[float, float], ended: str
) -> None:
    """Bytes, time and end, as docs/reference/faults.md says."""
    got, took, how = _through(kind, tmp_path, size)
    assert (got, how) == (received, ended)
    assert seconds[0] <= took <= seconds[1]


@pytest.mark.parametrize(
    ("kind", "changes", "sentence"),
    [
        ("bandwidth", {"rate": "0 kB/s"}, "1 kB/s"),  # a black hole
        ("bandwidth", {"rate": "1500 kbit/s"}, "whole kB/s"),  # 187.5
        ("bandwidth", {"rate": "3 MB/s"}, "cannot be told"),
        ("bandwidth", {"rate": "64"}, "write it as in 64 kB/s"),
        ("timeout", {"after": "100 µs"}, "`after` must be whole milliseconds"),
        ("timeout", {"after": "0 s"}, "`after` must be"),  # would be never
        ("timeout", {"after": "61 s"}, "`after` must be"),  # longer than it is followed
        ("reset", {"after": "2 s"}, "0 s to 1 s"),  # clearing would wait for it
        ("reset", {"after": "100 µs"}, "whole milliseconds"),
        ("slow-close", {"delay": "1 ms"}, "`delay` must be"),
        ("slow-close", {"delay": "61 s"}, "`delay` must be"),
        ("slicer", {"average": "0 B"}, "`average` must be 1 B or more"),  # crashes Toxiproxy
        ("slicer", {"variation": "200 B"}, "`variation` less than `average`"),  # crashes it, too
        ("slicer", {"delay": "0 ms"}, "`delay` must be above 0"),  # nothing one could see
        ("slicer", {"average": "60 kB"}, "cannot be told from none"),
        ("limit-data", {"bytes": "0 B"}, "1 B to 32 KiB"),  # closes at once
        ("limit-data", {"bytes": "1 MB"}, "cannot be seen"),
        ("limit-data", {"bytes": "2000"}, "write it as in 500 B"),
        ("down", {"delay": "1 s"}, "Extra inputs"),
    ],
)
def test_what_would_mislead_or_crash_toxiproxy_is_refused(
    kind: str, changes: dict[str, str], sentence: str
) -> None:
    """Before the run, in words (notes/toxiproxy.md, 1.3)."""
    with pytest.raises(ValidationError) as error:
        KINDS[kind].model_validate(SANE[kind] | changes)
    assert sentence in str(error.value)


def back(
    received: int = 0, first: int | None = None, ended: str = "open", took: int = 500_000
) -> Exchange:
    """What came of a look."""
    return Exchange(received, first, first, ended, took)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "seen", "shown"),
    [
        ("latency", back(16, 80_000), True),  # 100 ms less 20 of jitter
        ("latency", back(16, 78_000), False),  # sooner than the fault alone takes
        ("latency", back(took=620_000), False),  # lost is not late
        ("latency", back(took=610_000), True),  # it may yet come
        ("latency", back(ended="closed"), False),
        ("bandwidth", back(4_000, 160_000), True),  # 4 kB at 20 kB/s take 200 ms
        ("bandwidth", back(4_000, 100_000), False),  # twice as fast
        ("bandwidth", back(2_000, 490_000), True),  # not all of it came while we looked
        ("bandwidth", back(2_000, 190_000, "closed"), False),  # it was cut off
        ("bandwidth", back(), False),  # nothing at all is another fault
        ("timeout", back(), True),  # silence, and open
        ("timeout", back(16, 1_000), False),  # an answer
        ("timeout", back(ended="closed"), False),  # it was to stay open
        ("timeout", back(ended="refused"), False),  # down is another fault
        ("reset", back(ended="reset"), True),
        ("reset", back(ended="reset", took=48_000), False),  # 50 ms were asked
        ("reset", back(took=549_000), True),  # it may yet come
        ("reset", back(took=550_000), False),
        ("reset", back(ended="closed"), False),  # a plain close is not a reset
        ("reset", back(8, 10, "reset"), False),  # something came before it
        ("down", back(ended="refused"), True),
        ("down", back(ended="reset"), False),
        ("slow-close", back(ended="closed", took=200_000), True),
        ("slow-close", back(ended="closed", took=190_000), False),
        ("slow-close", back(took=699_000), True),  # not closed yet
        ("slow-close", back(took=700_000), False),  # it never was
        ("slow-close", back(ended="refused", took=900_000), False),
        ("slicer", back(2_400, 170_000), True),  # 20 pieces, 10 ms apart: four fifths of 190 ms
        ("slicer", back(2_400, 100_000), False),
        ("slicer", back(1_200, 90_000), True),  # not all of it came while we looked
        ("slicer", back(1_200, 90_000, "closed"), False),  # it was cut off
        ("limit-data", back(2_000, 10, "closed"), True),
        ("limit-data", back(2_001, 10, "closed"), False),  # more than the limit
        ("limit-data", back(1_000, 10, "closed"), False),  # less than the limit
        ("limit-data", back(ended="closed"), False),  # nobody there
        ("limit-data", back(2_000, 10), False),  # not closed
    ],
)
def test_what_shows_a_toxic(kind: str, seen: Exchange, shown: bool) -> None:
    """A look's figures, and whether they show the fault."""
    toxic = of(kind, planned(kind).settings)
    assert (toxic.shown_by(seen) == "") is shown


@pytest.mark.parametrize(
    ("seen", "shown"),
    [
        (back(), True),  # silent so far
        (back(ended="closed"), False),  # closed too soon
        (back(ended="closed", took=1_000_000), True),
        (back(took=1_500_000), False),  # never closed
        (back(16, 1_000, "closed", 1_000_000), False),  # something came
        (back(ended="reset", took=1_000_000), False),
    ],
)
def test_what_shows_a_timeout_that_ends(seen: Exchange, shown: bool) -> None:
    """`after: 1 s` is silence, and a close after that second."""
    assert (of("timeout", {"after": 1_000_000}).shown_by(seen) == "") is shown


def test_two_downs_at_once_are_refused(tmp_path: Path) -> None:
    """The first that ends would end the other; one after the other is fine."""
    both = [planned("down", "a", 0, 10), planned("down", "b", 5, 15)]
    with Echo() as echo:
        at = Host(echo.address, echo.address)
        with pytest.raises(UsageError, match="“a” and “b” are both `down`"):
            network.Injector().prepare(Scene(both, [at], {}, echo.address, tmp_path, print))


def test_different_toxics_on_one_listener_are_told_apart(tmp_path: Path) -> None:
    """Both in force, each seen through its own twin; one ends, the other stays."""
    slow, cut = planned("latency", "slow"), planned("limit-data", "cut")
    injector = network.Injector()
    with Echo() as echo, Echo() as platform:
        at = Host(platform.address, platform.address)
        injector.prepare(Scene([slow, cut], [at], {}, echo.address, tmp_path, print))
        try:
            injector.apply(slow)
            injector.apply(cut)
            assert injector.observe(slow).in_force
            assert injector.observe(cut).in_force
            injector.clear(slow)
            assert not injector.observe(slow).in_force
            assert injector.observe(cut).in_force
        finally:
            assert injector.close() == ""


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_explains_itself(kind: str) -> None:
    """In both languages, and in the docs."""
    toxic = of(kind, planned(kind).settings)
    assert toxic.told("fr") != toxic.told("en")
    page = (SOURCE.parents[1] / "docs" / "reference" / "faults.md").read_text(encoding="utf-8")
    assert f"## `{kind}`" in page
    for key in type(toxic).model_fields:
        assert f"`{key}`" in page.partition(f"## `{kind}`")[2].partition("\n## ")[0]


def test_the_echo_bounds_what_it_owes() -> None:
    """Somebody who sends and never reads is hung up on; others are served."""
    with Echo() as echo, socket.create_connection(echo.address, 2) as greedy:
        greedy.settimeout(2)
        with pytest.raises(OSError), contextlib.suppress(TimeoutError):  # noqa: PT011, PT012
            for _ in range(2_000):
                greedy.sendall(b"x" * 65_536)
            raise OSError
        assert _asked(echo.address, 500_000)[::2] == (500_000, "whole")
