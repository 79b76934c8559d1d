"""Telemetry: what is written, and the tables that the parent makes of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from rentree.evidence import PLATFORM, PLATFORM_REQUESTS
from rentree.sandbox.telemetry import Telemetry, cpu_pressure, trace_id
from rentree.sandbox.telemetry_tables import platform_table, requests_table

TRACE = "0af7651916cd43dd8448eb211c80319c"


@pytest.mark.parametrize(
    ("header", "found"),
    [
        (f"00-{TRACE}-b7ad6b7169203331-01", TRACE),
        ("", ""),
        (f"00-{TRACE}", ""),
        (f"00-{TRACE.upper()}-b7ad6b7169203331-01", ""),
        (f"00-{TRACE}-b7ad6b7169203331-01-more", ""),
    ],
)
def test_trace_id(header: str, found: str) -> None:
    """The trace-id of a well-formed `traceparent`, and nothing of any other."""
    assert trace_id(header) == found


def test_seconds_count_what_happened_in_them(tmp_path: Path) -> None:
    """Each line has the steps of its own second, late from 100 ms on, and the worst of them."""
    telemetry = Telemetry(tmp_path)
    for lag in (5, 100_000, 100_001, 250_000):
        telemetry.step(lag)
    telemetry.write(2_000_000_000, sessions=3, waiting=2)
    telemetry.step(7)
    telemetry.write(3_000_000_000, sessions=4, waiting=0)
    telemetry.close()
    table = platform_table(tmp_path, t0_ns=1_000_000_000)
    assert table.schema == PLATFORM
    assert table.drop("pressure").rows() == [
        (1_000_000, 3, 2, 4, 2, 250_000),
        (2_000_000, 4, 0, 1, 0, 7),
    ]
    assert (telemetry.steps_in_all, telemetry.late_in_all) == (5, 2)


def test_requests_become_a_table(tmp_path: Path) -> None:
    """A row a request in order of arrival, on the run's clock, whatever its path holds."""
    telemetry = Telemetry(tmp_path)
    late = {"trace": "", "mark": "flood", "method": "GET", "path": '/"é"\n', "status": 503}
    early = {"trace": TRACE, "mark": "", "method": "POST", "path": "/devoirs", "status": 303}
    telemetry.request(t=9_000_000, took=5, **late)  # type: ignore[arg-type]
    telemetry.request(t=4_000_000, took=6, address="127.16.0.1", **early)  # type: ignore[arg-type]
    telemetry.write(10_000_000, sessions=0, waiting=0)
    telemetry.close()
    table = requests_table(tmp_path, t0_ns=5_000_000)
    assert table.schema == PLATFORM_REQUESTS
    assert table.rows() == [
        (-1_000, TRACE, "", "POST", "/devoirs", 303, 6, "127.16.0.1"),
        (4_000, "", "flood", "GET", '/"é"\n', 503, 5, ""),
    ]


def test_nothing_written_is_an_empty_table(tmp_path: Path) -> None:
    """A sandbox that never wrote gives tables with their columns and no row."""
    assert platform_table(tmp_path, 0).schema == PLATFORM
    assert requests_table(tmp_path, 0).schema == PLATFORM_REQUESTS
    assert platform_table(tmp_path, 0).is_empty()


def test_a_torn_line_is_left_out_and_does_not_spoil_the_next(tmp_path: Path) -> None:
    """A process was killed while it wrote; the rows before it, and of its successor, are whole."""
    first = Telemetry(tmp_path)
    first.write(1_000, sessions=1, waiting=0)
    first.close()
    with (tmp_path / "platform.jsonl").open("a") as file:
        file.write('{"t": 2000, "sess')
    assert platform_table(tmp_path, 0)["sessions"].to_list() == [1]
    second = Telemetry(tmp_path)
    second.write(3_000, sessions=3, waiting=0)
    second.close()
    assert platform_table(tmp_path, 0)["sessions"].to_list() == [1, 3]


def test_pressure_is_a_share() -> None:
    """The machine's CPU pressure lies between 0 and 100 %, wherever it is told or not."""
    assert 0.0 <= cpu_pressure() <= 100.0
