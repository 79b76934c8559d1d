"""Descriptors and ports for a crowd: how many it takes, and what is said when there are fewer."""

from __future__ import annotations

import resource
import subprocess
import sys

import pytest

from rentree.headroom import OWN, Means, means, shortages

SYSTEM = Means(descriptors=20_000, ports=28_232)


@pytest.mark.parametrize(
    ("schools", "each", "workers", "own", "said"),
    [
        (49, 800, 2, True, []),
        (50, 800, 3, True, []),
        (99, 400, 2, True, []),
        (99, 401, 2, True, ["needs 20,050, and may open 20,000 (`ulimit -Hn`): take 3"]),
        (50, 1_000, 1, True, ["needs 50,200, and may open 20,000 (`ulimit -Hn`): take 3"]),
        (1, 28_232, 2, True, []),
        (1, 28_233, 2, True, ["28,233 connections from one school's address"]),
        (100, 282, 2, False, []),
        (100, 283, 2, False, ["28,300 connections from this machine's address"]),
        (250, 200, 2, False, ["needs 25,200", "ports: 50,000 connections"]),
        (0, 0, 0, True, []),
    ],
)
def test_what_is_too_few(schools: int, each: int, workers: int, own: bool, said: list[str]) -> None:
    """So many schools of so many people, from their own addresses or from one."""
    found = shortages([each] * schools, workers, SYSTEM, own_addresses=own)
    assert len(found) == len(said)
    for sentence, words in zip(found, said, strict=True):
        assert words in sentence["en"]
        assert sentence["fr"].startswith(("de descripteurs\u00a0: ", "de ports\u00a0: "))


def test_the_system_is_asked() -> None:
    """The hard limit of descriptors counts, and the range of ports."""
    program = (
        "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (100, 321));"
        "from rentree.headroom import means; print(means().descriptors)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert int(done.stdout) == 321
    assert 1 <= means().ports <= 65_535


def test_a_process_takes_what_it_may() -> None:
    """The soft limit is raised to the hard one."""
    program = (
        "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (100, 321));"
        "from rentree.process import allow_descriptors; allow_descriptors();"
        "print(resource.getrlimit(resource.RLIMIT_NOFILE))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert done.stdout.decode().strip() == "(321, 321)"
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[1] >= OWN
