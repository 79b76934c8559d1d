"""A sandbox on PostgreSQL: several nodes, and a database that goes away and comes back."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.sandbox.people import TEACHER, do, inside
from tests.sandbox.postgresql import Server
from tests.sandbox.test_app import Browser, signed_in

from rentree.errors import RentreeError, UsageError
from rentree.sandbox.postgres import Postgres, where
from rentree.sandbox.process import LOG, RunningSandbox

Start = Callable[..., RunningSandbox]


def test_two_nodes_share_what_is_handed_in(run_sandbox: Start, postgresql: Server) -> None:
    """Handed in at one, read by the teacher at the other, accounts known to both."""
    url = postgresql.new_database("two-nodes")
    first, second = (run_sandbox(database=url) for _ in range(2))
    assert do(inside(first.url), "hand in", text="par le premier").outcome == "ok"
    assert do(inside(first.url, TEACHER), "post", text="À tous").outcome == "ok"
    assert do(inside(second.url), "read post", text="À tous").outcome == "ok"
    pages = signed_in(second, "demo-teacher-01").get("/devoirs").html.css("#rendus + ul a")
    assert len(pages) == 1


def test_a_database_that_goes_away_and_comes_back(run_sandbox: Start, postgresql: Server) -> None:
    """Gone: error pages and no trace. Back: all goes on, and what was acknowledged is there."""
    sandbox = run_sandbox(database=postgresql.new_database("comes-back"))
    pupil = inside(sandbox.url)
    assert do(pupil, "hand in", text="avant").outcome == "ok"
    browser = signed_in(sandbox)
    postgresql.stop()
    try:
        answer = browser.get("/devoirs")
        assert (answer.status, answer.page) == (500, "erreur")
        assert b"Traceback" not in answer.body
        assert b"psycopg" not in answer.body
        assert browser.get("/statut").status == 200
    finally:
        postgresql.start()
    assert do(pupil, "hand in", text="après", seconds=30).outcome == "ok"
    rows = browser.get("/devoirs").html.css("#rendus + ul a")
    assert len(rows) == 2


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("mysql://127.0.0.1/x", "--database is a URL: postgresql://"),
        ("postgresql://rentree@198.51.100.7/x", "is on this machine, not at “198.51.100.7”"),
        ("postgresql://db.example.org/x", "is on this machine"),
        ("postgresql://127.0.0.1/x?host=198.51.100.7", "takes no ?options"),
        ("postgresql://127.0.0.1:port/x", "no URL"),
        ("postgresql:///x", "is on this machine"),
    ],
)
def test_only_databases_of_this_machine(url: str, words: str) -> None:
    """Told before anything is sent."""
    with pytest.raises(UsageError) as caught:
        where(url)
    assert words in str(caught.value)


def test_nobody_there_is_one_clear_line() -> None:
    """Which never has the password in it."""
    with pytest.raises(RentreeError) as caught:
        Postgres("postgresql://rentree:geheim@127.0.0.1:1/x")
    assert "no PostgreSQL at postgresql://127.0.0.1:1/x" in str(caught.value)
    assert "geheim" not in str(caught.value)


def test_the_password_is_nowhere(run_sandbox: Start, postgresql: Server) -> None:
    """Neither in the command line, which everybody sees, nor in any file of the sandbox."""
    url = postgresql.new_database("secret").replace("rentree@", "rentree:geheim@")
    sandbox = run_sandbox(database=url)
    assert Browser(sandbox.url).get("/connexion").status == 200
    assert "geheim" not in " ".join(str(word) for word in sandbox.child.args)  # type: ignore[union-attr]
    for path in sandbox.work.iterdir():
        assert b"geheim" not in path.read_bytes(), path.name
    assert (sandbox.work / LOG).exists()
