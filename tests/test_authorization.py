"""The authorisation: what is read as one, what it forbids, and how its ceiling is kept."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from rentree.authorization import Authorization, consented, forbids, parse
from rentree.errors import UsageError
from rentree.load.ceiling import Ceiling

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
MINUTE = 60_000_000  # µs


def written(**changes: Any) -> str:
    """A document for ent.example, 08:00 to 18:00 UTC, with keys changed or (None) left out."""
    values: dict[str, Any] = {
        "hosts": ["ent.example"],
        "addresses": ["192.0.2.0/24", "2001:db8::1"],
        "ceilings": {
            "people": 500, "arrivals_per_second": 20, "requests_per_second": 100.5, "minutes": 30
        },
        "windows": [{"from": "2026-11-23T09:00+01:00", "to": "2026-11-23T19:00+01:00"}],
        "faults": ["latency", "flood"],
        "floods": {"requests_per_second": 300},
        "agreements": [{"by": "Région", "ref": "CCTP 4", "date": "2026-11-02"}],
        "contact": "astreinte@ent.example",
    }  # fmt: skip
    return json.dumps({k: v for k, v in (values | changes).items() if v is not None})


def ceilings(**changes: Any) -> dict[str, Any]:
    """The ceilings of the document, with changes."""
    found: dict[str, Any] = json.loads(written())["ceilings"]
    return found | changes


def test_a_document_is_read_and_what_it_leaves_out_grants_nothing() -> None:
    """Without faults and floods none is allowed; silence is borne 5 min, in a flood 60 s."""
    document = parse(written(faults=None, floods=None))
    assert (document.faults, document.floods) == ([], None)
    assert document.grace(flooding=False) == 5 * MINUTE
    assert document.grace(flooding=True) == MINUTE
    short = parse(written(when_unreachable="20 s"))
    assert short.grace(flooding=True) == short.grace(flooding=False) == MINUTE // 3


@pytest.mark.parametrize(
    ("sentence", "text", "said"),
    [
        ("a page is no document", "<html>", "not JSON"),
        ("a list is none", "[]", "the document: "),
        ("deep nesting is none", "[" * 60_000, "not JSON"),
        ("a key that we do not know may be a limit", written(only="on Sundays"), "only: "),
        ("a key may not stand twice", '{"hosts": ["a"], "hosts": ["b"]}', "twice"),
        ("no host", written(hosts=[]), "hosts: "),
        ("a URL is no host", written(hosts=["https://ent.example"]), "write it as in ent.example"),
        ("no wildcard", written(hosts=["*.example"]), "is no host's name"),
        ("no address", written(addresses=None), "addresses: "),
        ("no network", written(addresses=["192.0.2.0/33"]), "“192.0.2.0/33” is neither"),
        ("everywhere", written(addresses=["192.0.2.1", "0.0.0.0/0"]), "every address there is"),
        ("everywhere else", written(addresses=["::/0"]), "every address there is"),
        ("no ceiling", written(ceilings=ceilings() | {"people": None}), "ceilings.people: "),
        ("figures are no texts", written(ceilings=ceilings(people="500")), "ceilings.people: "),
        ("true is no figure", written(ceilings=ceilings(people=True)), "ceilings.people: "),
        ("nobody", written(ceilings=ceilings(people=0)), "ceilings.people: "),
        ("no rate without end", written(ceilings=ceilings(requests_per_second=float("inf"))),
         "ceilings.requests_per_second: "),
        ("nor one that is no figure", written(floods={"requests_per_second": float("nan")}),
         "floods.requests_per_second: "),
        ("always is no window", written(windows=[]), "windows: "),
        ("no offset", written(windows=[{"from": "2026-11-23T09:00", "to": "2026-11-23T19:00Z"}]),
         "windows.0.from: "),
        ("backwards", written(windows=[{"from": "2026-11-23T19:00Z", "to": "2026-11-23T09:00Z"}]),
         "a window ends after it begins"),
        ("seconds since 1970", written(windows=[{"from": 0, "to": 1_800_000_000}]), "windows.0.f"),
        ("nobody agreed", written(agreements=[]), "agreements: "),
        ("no day", written(agreements=[{"by": "a", "ref": "b", "date": "soon"}]),
         "agreements.0.date: "),
        ("escapes on their way to a terminal", written(contact="\x1b[2Jmoi"), "contact: "),
        ("lines on their way to a report", written(contact="moi\nconforme"), "contact: "),
        ("nobody to call", written(contact=""), "contact: "),
        ("a bare figure", written(when_unreachable=300), "with its unit"),
        ("no unit", written(when_unreachable="300"), "give its unit"),
    ],
)  # fmt: skip
def test_what_is_no_authorisation(sentence: str, text: str, said: str) -> None:
    """A document with a mistake grants nothing, and the mistake is told with its place."""
    with pytest.raises(UsageError) as caught:
        parse(text)
    assert "not an authorisation" in str(caught.value), sentence
    assert said in str(caught.value), sentence


def test_all_mistakes_are_told_and_no_more_than_can_be_read() -> None:
    """Every problem at once, twenty at most, without the control characters of a key."""
    with pytest.raises(UsageError) as caught:
        parse(written(hosts=[], contact="", **{"\x1b]0;x": 1}))
    assert all(word in str(caught.value) for word in ("hosts: ", "contact: ", "?]0;x: "))
    assert "\x1b" not in str(caught.value)
    with pytest.raises(UsageError, match=r"; and 980 more$") as caught:
        parse(written(hosts=[""] * 1000))
    assert len(str(caught.value)) < 4000


RUN: dict[str, Any] = {
    "host": "ent.example", "address": "192.0.2.7", "people": 500, "peak_arrivals": 20,
    "length_us": 30 * MINUTE, "faults": [("latency", 0.0), ("flood", 300.0)], "now": NOON,
}  # fmt: skip


@pytest.mark.parametrize(
    ("sentence", "changes", "said"),
    [
        ("all that it grants, to the limit", {}, ""),
        ("names have no capitals", {"host": "ENT.example"}, ""),
        ("its other address", {"address": "2001:db8::1"}, ""),
        ("from the window's first moment", {"now": NOON - timedelta(hours=4)}, ""),
        ("to its last", {"now": NOON + timedelta(hours=5, minutes=30)}, ""),
        ("another host", {"host": "cas.ent.example"}, "for ent.example, not for cas.ent.example"),
        ("the name leads elsewhere", {"address": "127.0.0.1"}, "stands for 127.0.0.1, which is"),
        ("one too many", {"people": 501}, "501 people would come, 500 may"),
        ("all at once", {"peak_arrivals": 21}, "21 people would arrive in one second, 20 may"),
        ("too long", {"length_us": 30 * MINUTE + 1}, "30 min may be used"),
        ("too early", {"now": NOON - timedelta(hours=4, seconds=1)}, "in none of its windows"),
        ("the window ends at that moment", {"now": NOON + timedelta(hours=6)}, "in none of its"),
        ("the run would outlast the window", {"now": NOON + timedelta(hours=5, minutes=31)},
         "would end at 2026-11-23 18:01 UTC, its window at 2026-11-23 18:00"),
        ("a fault that is not named", {"faults": [("reset", 0.0)]}, "the fault “reset” is not"),
        ("a flood beyond the grant", {"faults": [("flood", 301.0)]}, "which ends at 300"),
        ("two floods beyond it together", {"faults": [("flood", 200.0)] * 2}, "floods of 400"),
    ],
)  # fmt: skip
def test_what_a_document_forbids(sentence: str, changes: dict[str, Any], said: str) -> None:
    """Each limit is the last thing allowed; one step beyond it is told in one reason."""
    reasons = forbids(parse(written()), **RUN | changes)
    assert len(reasons) == bool(said), (sentence, reasons)
    assert said in "".join(reasons), (sentence, reasons)


def test_a_flood_needs_a_grant_of_its_own() -> None:
    """A flood that is named among the faults is not allowed by that."""
    reasons = forbids(parse(written(floods=None)), **RUN | {"faults": [("flood", 1.0)]})
    assert [reason for reason in reasons if "which is not there" in reason] == reasons != []


def test_every_reason_is_told() -> None:
    """Somebody who asks the owner for another document asks once."""
    wrong = RUN | {"host": "x", "address": "::1", "people": 9999, "peak_arrivals": 99,
                   "length_us": 99 * MINUTE, "faults": [("reset", 9999.0)],
                   "now": NOON + timedelta(days=1)}  # fmt: skip
    assert len(forbids(parse(written()), **wrong)) == 8


def test_of_several_windows_the_longest_counts() -> None:
    """A run must end within one window that is open now."""
    windows = [
        {"from": "2026-11-23T08:00Z", "to": "2026-11-23T12:10Z"},
        {"from": "2026-11-23T11:00Z", "to": "2026-11-23T13:00Z"},
        {"from": "2026-11-23T13:30Z", "to": "2026-11-23T19:00Z"},
    ]
    document = parse(written(windows=windows))
    assert forbids(document, **RUN) == []
    assert document.open_until(NOON) == NOON + timedelta(hours=1)
    assert document.open_until(NOON + timedelta(hours=1)) is None


def test_consent_names_each_host() -> None:
    """A host is consented to by its name; what is missing is told once."""
    hosts = ["ent.example", "cas.ent.example", "ent.example"]
    assert consented(hosts, []) == ["ent.example", "cas.ent.example"]
    assert consented(hosts, ["ENT.example"]) == ["cas.ent.example"]
    assert consented(hosts, ["example", "*", "ent.example", "cas.ent.example"]) == []
    assert consented(["127.0.0.1"], ["localhost"]) == ["127.0.0.1"]


@pytest.mark.parametrize(
    ("sentence", "rate", "asked", "went"),
    [
        ("a second's worth at once, and no more", 3, [0, 0, 0, 0, 0.9], [1, 1, 1, 0, 0]),
        ("after a calm second no more than that", 3, [9, 9, 9, 9, 9.99, 10], [1, 1, 1, 0, 0, 1]),
        ("a place comes free a second after it was taken", 2, [0, 0.5, 1, 1.1, 1.5],
         [1, 1, 1, 0, 1]),
        ("a fraction is not rounded up", 2.9, [0, 0, 0], [1, 1, 0]),
        ("one in two seconds", 0.5, [0, 1, 1.9, 2, 3], [1, 0, 0, 1, 0]),
    ],
)  # fmt: skip
def test_the_ceiling(sentence: str, rate: float, asked: list[float], went: list[int]) -> None:
    """At most so many in any second, whatever came before."""
    moments = iter(asked)
    ceiling = Ceiling(rate, lambda: next(moments))
    assert [ceiling.take() for _ in asked] == [bool(w) for w in went], sentence


def test_no_second_holds_more_than_the_ceiling() -> None:
    """Tried as fast as can be, in every second of ten at most the rate goes, and nearly that."""
    now = 0.0
    ceiling = Ceiling(40, lambda: now)
    went = []
    while now < 10:
        if ceiling.take():
            went.append(now)
        now += 0.001
    assert all(sum(t <= u < t + 1 for u in went) <= 40 for t in went)
    assert len(went) == 400


def authorize(*words: str) -> subprocess.CompletedProcess[str]:
    """`rentree authorize …`, as an owner types it."""
    typed = [sys.executable, "-c", "from rentree.cli import main; main()", "authorize", *words]
    return subprocess.run(typed, capture_output=True, text=True, check=False)


OWNER = (
    "--host", "ent.example", "--from", "2026-11-23T08:00+01:00", "--to", "2026-11-23T19:00+01:00",
    "--by", "Région", "--ref", "CCTP 4", "--contact", "moi",
)  # fmt: skip


def test_the_command_prints_a_document_and_says_where_to_publish_it() -> None:
    """What is printed on stdout is read back as it was asked for; the advice is on stderr."""
    done = authorize(
        *OWNER, "--host", "cas.ent.example", "--address", "192.0.2.0/24", "--people", "500",
        "--requests", "80", "--arrivals", "9", "--minutes", "20", "--fault", "latency",
        "--flood", "300", "--date", "2026-11-02", "--when-unreachable", "2 min",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    document: Authorization = parse(done.stdout)
    assert document.hosts == ["ent.example", "cas.ent.example"]
    assert document.faults == ["latency", "flood"]
    assert document.floods is not None
    assert document.floods.requests_per_second == 300
    assert document.ceilings.model_dump() == {
        "people": 500, "arrivals_per_second": 9, "requests_per_second": 80, "minutes": 20,
    }  # fmt: skip
    assert document.grace(flooding=False) == 2 * MINUTE
    assert document.agreements[0].date.isoformat() == "2026-11-02"
    for host in document.hosts:
        assert f"https://{host}/.well-known/rentree-authorization.json" in done.stderr
    assert "2 min" in done.stderr


def test_the_command_refuses_what_would_not_be_read() -> None:
    """A document that would grant nothing is not printed: exit 2, with what to write instead."""
    done = authorize(*OWNER)
    assert (done.returncode, done.stdout) == (2, "")
    assert "say `--address` for ent.example" in done.stderr
    done = authorize(*OWNER, "--address", "192.0.2.1", "--people", "0", "--to", "2026-11-23T07:00Z")
    assert (done.returncode, done.stdout) == (2, "")
    assert "ceilings.people" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_literal_address_stands_for_itself() -> None:
    """Without a flood none is granted, and the ceilings are small unless said otherwise."""
    done = authorize(*OWNER[2:], "--host", "127.0.0.1")
    document = parse(done.stdout)
    assert (document.addresses, document.floods, document.faults) == (["127.0.0.1"], None, [])
    assert document.ceilings.people == 100
    assert "not allowed" in done.stderr
