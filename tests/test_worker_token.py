"""Who may join: the token, where it is found, and how both sides show that they know it."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from rentree.commands.worker import become_worker
from rentree.errors import UsageError
from rentree.worker_token import VARIABLE, kept, known_token, new_token, proof, right

TOKEN = "a token for tests only"
NONCES = (b"w" * 32, b"m" * 32)


@pytest.fixture(autouse=True)
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state folder of this test's."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.delenv(VARIABLE, raising=False)
    return tmp_path


def test_workers_of_the_same_user_find_it_while_the_run_lasts(own_state: Path) -> None:
    """In a file that nobody else may read, and gone with the run."""
    with kept(TOKEN, 5557):
        (file,) = (own_state / "rentree").iterdir()
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert known_token(5557) == TOKEN
        assert known_token(5558) is None
    assert known_token(5557) is None


def test_the_environment_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """On both sides; a short one is refused, and otherwise each run has a new one."""
    assert new_token() != new_token()
    assert len(new_token()) >= 32
    monkeypatch.setenv(VARIABLE, TOKEN)
    assert new_token() == TOKEN
    with kept("another one", 5557):
        assert known_token(5557) == TOKEN
    monkeypatch.setenv(VARIABLE, "short")
    with pytest.raises(UsageError, match="16"):
        new_token()


@pytest.mark.parametrize(
    ("given", "is_right"),
    [
        (proof(TOKEN, "worker", NONCES), True),
        (proof("another", "worker", NONCES), False),
        (proof(TOKEN, "master", NONCES), False),  # the other side's, sent back
        (proof(TOKEN, "worker", NONCES[::-1]), False),
        (proof(TOKEN, "worker", (b"x", NONCES[1])), False),  # of another conversation
        (b"", False),
        (TOKEN, False),
        (None, False),
    ],
)
def test_proof(given: object, is_right: bool) -> None:
    """Right for one token, one side and one conversation."""
    assert right(given, TOKEN, "worker", NONCES) == is_right


@pytest.mark.parametrize(
    ("master", "why"),
    [
        ("10.0.0.1", "ssh -L 5557:127.0.0.1:5557 10.0.0.1"),
        ("elsewhere:7000", "ssh -L 7000:127.0.0.1:7000 elsewhere"),
        ("127.0.0.1:0", "no port"),
        ("127.0.0.1:70000", "no port"),
        ("127.0.0.1:x", "no address"),
        ("", "no address"),
        ("[::1]:5999", "token is not known"),
        ("::1", "token is not known"),
        ("localhost", "token is not known"),
    ],
)
def test_where_a_worker_may_go(master: str, why: str) -> None:
    """To this machine only, which is one end of a tunnel; said in words."""
    with pytest.raises(UsageError, match=why.replace("[", r"\[")):
        become_worker(master, "", "")
