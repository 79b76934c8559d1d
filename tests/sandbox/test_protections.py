"""Each protection, off, on and changed while it runs; each defect, with it and without it.

What a person meets: on a real sandbox, by a browser's requests.
"""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from tests.sandbox.postgresql import Server
from tests.sandbox.test_app import Browser, signed_in

from rentree.sandbox.ours import facts_of
from rentree.sandbox.process import RunningSandbox
from rentree.sandbox.settings import send

Start = Callable[..., RunningSandbox]
AWAY = "127.9.9.9"


def door(sandbox: RunningSandbox) -> str:
    """What the sign-in page is."""
    return Browser(sandbox.url).get("/connexion").page or ""


def deep_link(sandbox: RunningSandbox) -> str:
    """What it is for who comes by a link into the portal."""
    return Browser(sandbox.url).get("/connexion?callback=%2Fmessages").page or ""


def parent(sandbox: RunningSandbox) -> str:
    """Where a parent's sign-in leads."""
    answer = Browser(sandbox.url).sign_in("demo-parent-01")
    return answer.headers.get("location") or answer.page or ""


def second(sandbox: RunningSandbox) -> str:
    """What the second meets who comes within a second."""
    Browser(sandbox.url).get("/connexion")
    browser = Browser(sandbox.url)
    answer = browser.get("/connexion")
    return (browser.get("/connexion") if answer.status == 302 else answer).page or ""


def many(sandbox: RunningSandbox) -> str:
    """Whether one of thirty requests of one address is turned away."""
    browser = Browser(sandbox.url, headers={"X-Forwarded-For": AWAY})
    return str(max(browser.get("/statique/logo.svg").status for _ in range(30)))


def from_a_school(sandbox: RunningSandbox) -> str:
    """The same from an address that the operator knows."""
    browser = Browser(sandbox.url, headers={"X-Forwarded-For": "127.16.0.1"})
    return str(max(browser.get("/statique/logo.svg").status for _ in range(30)))


def silent(sandbox: RunningSandbox) -> str:
    """Whether an address gets any answer."""
    with socket.create_connection(address(sandbox), timeout=0.7) as connection:
        connection.sendall(f"GET / HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: {AWAY}\r\n\r\n".encode())
        try:
            return "answer" if connection.recv(100) else "closed"
        except TimeoutError:
            return "silence"


def still_in(sandbox: RunningSandbox) -> str:
    """Whether somebody is still in after 0.5 s."""
    browser = signed_in(sandbox)
    threading.Event().wait(0.5)
    return str(browser.get("/accueil").status)


def still_in_and_busy(sandbox: RunningSandbox) -> str:
    """The same for somebody who goes on asking."""
    browser = signed_in(sandbox)
    for _ in range(5):
        threading.Event().wait(0.1)
        status = browser.get("/accueil").status
    return str(status)


def newcomer(sandbox: RunningSandbox) -> str:
    """What the last of five newcomers meets, who come at once to the only server."""
    got: list[str] = []

    def come() -> None:
        answer = Browser(sandbox.url).get("/connexion")
        got.append(f"{answer.page} {answer.headers.get('retry-after', '')}".strip())

    crowd = [threading.Thread(target=come) for _ in range(5)]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join()
    return max(got)


def until(condition: Callable[[], bool]) -> None:
    """Wait for it, 20 s at most."""
    last = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < last, "it never came"
        threading.Event().wait(0.01)


def address(sandbox: RunningSandbox) -> tuple[str, int]:
    """Host and port."""
    parts = urlsplit(sandbox.url)
    return parts.hostname or "", parts.port or 0


def at_once(sandbox: RunningSandbox) -> str:
    """The worst that one of three gets who ask at once."""
    got: list[int] = []
    crowd = [
        threading.Thread(target=lambda: got.append(Browser(sandbox.url).get("/connexion").status))
        for _ in range(3)
    ]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join()
    return str(max(got))


BUSY = {"capacity.servers": "1", "service.page": "100 ms", "overload.retry_after": "30 s"}
Probe = Callable[[RunningSandbox], str]
# settings that switch it on, what else is set throughout, who looks, off, on, sentence
PROTECTIONS: list[tuple[dict[str, str], dict[str, str], Probe, str, str, str]] = [
    ({"quota": "{sessions: 0}"}, {}, door, "connexion", "refus", "a quota, page of status 200"),
    ({"gate": "{keeps_out: [parent], until: 15:00}"}, {}, parent, "/accueil", "horaire", "gate"),
    ({"queue": "{admits: 1 people/min}"}, {}, second, "connexion", "file-attente", "a queue"),
    ({"rate_limit": "{rate: 1 requests/s, burst: 9}"}, {}, many, "200", "429", "rate limit"),
    ({"rate_limit": "{rate: 1 requests/s, burst: 9, schools: {networks: [127.16.0.0/12],"
      " rate: 99 requests/s, burst: 99}}"}, {}, from_a_school, "200", "200", "school-aware"),
    ({"blackhole": f"[{AWAY}]"}, {}, silent, "answer", "silence", "an operator's blackhole"),
    ({"blackhole": "[127.8.0.0/15]"}, {}, silent, "answer", "silence", "a geographic filter"),
    ({"session.idle": "200 ms"}, {}, still_in, "200", "302", "logout after inactivity"),
    ({"session.at_most": "200 ms"}, {}, still_in_and_busy, "200", "302", "absolute session time"),
    ({"shedding": "{wait_above: 10 ms}"}, BUSY, newcomer, "connexion", "surcharge 30", "shedding"),
    ({"database": "{connections: 1, hold: 300 ms, wait: 50 ms}"}, {}, at_once, "200", "500",
     "a pool that runs dry"),
    ({"capacity.queue": "0"}, BUSY, at_once, "200", "503", "a queue of requests that is full"),
]  # fmt: skip
OFF = {
    "session.idle": "30 min", "session.at_most": "none", "blackhole": "[]",
    "capacity.queue": "1000", "capacity.servers": "1000", "service.page": "1 ms",
    "overload.retry_after": "none",
}  # fmt: skip


def off(settings: dict[str, str]) -> dict[str, str]:
    """What switches these settings off again."""
    return {key: OFF.get(key, "none") for key in settings}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def changing(request: pytest.FixtureRequest, run_sandbox: Start) -> RunningSandbox:
    """A sandbox at noon whose settings tests change, and change back; on each kind of database."""
    url = None
    if request.param == "postgresql":
        server: Server = request.getfixturevalue("postgresql")
        url = server.new_database("changing")
    sandbox = run_sandbox(database=url)
    at_noon(sandbox)
    return sandbox


def at_noon(sandbox: RunningSandbox) -> None:
    """It is noon in the scenario."""
    send(sandbox.url, {}, time=(time.monotonic_ns(), 43_200_000_000))


@pytest.mark.parametrize(
    ("settings", "throughout", "probe", "without", "with_it", "why"), PROTECTIONS,
    ids=[row[-1] for row in PROTECTIONS],
)  # fmt: skip
def test_a_protection_off_on_and_off_again(
    changing: RunningSandbox, settings: dict[str, str], throughout: dict[str, str], probe: Probe,
    without: str, with_it: str, why: str,
) -> None:  # fmt: skip
    """Changed while it runs, it holds from the next request on."""
    send(changing.url, throughout)
    try:
        assert probe(changing) == without, f"off: {why}"
        send(changing.url, settings)
        assert probe(changing) == with_it, f"on: {why}"
        send(changing.url, off(settings))
        assert probe(changing) == without, f"off again: {why}"
    finally:
        send(changing.url, off({**throughout, **settings}))


def test_a_preset_may_have_all_of_them(run_sandbox: Start) -> None:
    """From its first second on."""
    more = "gate: {keeps_out: [parent], until: 15:00}\nblackhole: [127.9.9.9]"
    sandbox = run_sandbox(more=more)
    at_noon(sandbox)
    assert (parent(sandbox), silent(sandbox)) == ("horaire", "silence")


def test_a_node_is_taken_away_and_given_back(run_sandbox: Start) -> None:
    """Its sessions are lost, the others are not, and its servers come back with it."""
    sandbox = run_sandbox(more="nodes: {count: 2}", servers="10")
    people = [signed_in(sandbox, f"demo-pupil-00{i}") for i in (1, 2, 3, 4)]
    send(sandbox.url, {"nodes.down": "1"})
    assert sorted(person.get("/accueil").status for person in people) == [200, 200, 302, 302]
    assert facts_of(sandbox.url)["capacity"]["servers"] == 5  # type: ignore[index]
    send(sandbox.url, {"nodes.down": "0"})
    assert facts_of(sandbox.url)["capacity"]["servers"] == 10  # type: ignore[index]


def test_servers_are_added_while_a_queue_waits(run_sandbox: Start) -> None:
    """Ten wait for one server that takes a minute each: with a hundred all are served."""
    sandbox = run_sandbox(servers="1", service="60 s")
    crowd = [threading.Thread(target=Browser(sandbox.url).get, args=["/"]) for _ in range(10)]
    send(sandbox.url, {"service.page": "100 ms"})
    Browser(sandbox.url).get("/statique/logo.svg")
    send(sandbox.url, {"capacity.servers": "0.001"})
    for one in crowd:
        one.start()
    until(lambda: facts_of(sandbox.url)["waiting"] == 9)
    send(sandbox.url, {"capacity.servers": "100"})
    for one in crowd:
        one.join(timeout=9)
    assert facts_of(sandbox.url)["waiting"] == 0
    assert not any(one.is_alive() for one in crowd)


def place_of_who_left(sandbox: RunningSandbox) -> str:
    """One place: somebody comes and signs out; what the next one meets."""
    browser = signed_in(sandbox)
    token = browser.get("/accueil").form_token
    assert browser.ask("POST", "/deconnexion", {"jeton": token}).status == 303
    return door(sandbox)


def who_is_in(sandbox: RunningSandbox) -> str:
    """One place, and two who come: who is in at the end."""
    first, later = signed_in(sandbox, "demo-pupil-001"), Browser(sandbox.url)
    later.sign_in("demo-pupil-002")
    return f"{first.get('/accueil').status} {later.get('/accueil').status}"


def turned_away(sandbox: RunningSandbox) -> str:
    """What the page says to whoever finds the queue full."""
    first = socket.create_connection(address(sandbox))
    with first:
        first.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        until(lambda: Browser(sandbox.url).get("/").status == 503)
        answer = Browser(sandbox.url).get("/")
    return answer.headers.get("retry-after", "none")


def work_for_who_left(sandbox: RunningSandbox) -> str:
    """One is served, five wait and leave, one comes after them: for how many was worked."""
    first = threading.Thread(target=Browser(sandbox.url).get, args=["/"])
    first.start()
    until(lambda: facts_of(sandbox.url)["serving"] == 1)
    crowd = [socket.create_connection(address(sandbox)) for _ in range(5)]
    for one in crowd:
        one.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    until(lambda: facts_of(sandbox.url)["waiting"] == 5)
    for one in crowd:
        one.close()
    Browser(sandbox.url).get("/")
    first.join()
    return str(facts_of(sandbox.url)["steps"])


def servers_after_overloads(sandbox: RunningSandbox) -> str:
    """Two overloads, with calm between them: the servers that are left, of ten."""
    for _ in range(2):
        send(sandbox.url, {"capacity.queue": "0", "capacity.servers": "0.001"})
        assert at_once(sandbox) == "503"
        send(sandbox.url, {"capacity.queue": "1000", "capacity.servers": "10"})
        assert at_once(sandbox) == "200"
    return f"{facts_of(sandbox.url)['capacity']['servers']:.2f}"  # type: ignore[index]


# defect, preset, probe, sound, broken
DEFECTS: list[tuple[str, dict[str, str], Probe, str, str]] = [
    ("quota-counts-ghosts", {"quota": "{sessions: 1}"}, place_of_who_left, "connexion", "refus"),
    ("quota-bypassed", {"quota": "{sessions: 0}"}, deep_link, "refus", "connexion"),
    ("quota-puts-out", {"quota": "{sessions: 1}"}, who_is_in, "200 302", "302 200"),
    ("idle-never", {"idle": "200 ms"}, still_in, "302", "200"),
    ("idle-too-soon", {"idle": "2 s"}, still_in, "200", "302"),
    ("rate-limit-missing", {"more": "rate_limit: {rate: 1 requests/s, burst: 9}"}, many,
     "429", "200"),
    ("rate-limit-blocks-school", {"more": "rate_limit: {rate: 99 requests/s, burst: 90}"},
     from_a_school, "200", "429"),
    ("no-retry-after", {"servers": "0.01", "queue": "0", "service": "20 ms",
                        "retry_after": "30 s"}, turned_away, "30", "none"),
    ("retry-storm-stays", {"servers": "1", "service": "700 ms"}, work_for_who_left, "2", "7"),
    ("recovery-ratchets", {"servers": "10", "service": "50 ms"}, servers_after_overloads,
     "10.00", "8.10"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "preset", "probe", "sound", "broken"), DEFECTS, ids=[row[0] for row in DEFECTS]
)
def test_a_defect_with_it_and_without_it(
    run_sandbox: Start, name: str, preset: dict[str, str], probe: Probe, sound: str, broken: str
) -> None:
    """The same platform twice: what a person meets is as it should be, or as the table says."""
    assert probe(run_sandbox(**preset)) == sound
    assert probe(run_sandbox(defects=[name], **preset)) == broken


@pytest.mark.parametrize(
    ("name", "preset", "probe", "sound", "broken"), DEFECTS, ids=[row[0] for row in DEFECTS]
)
def test_a_defect_on_postgresql(
    run_sandbox: Start, postgresql: Server, name: str, preset: dict[str, str], probe: Probe,
    sound: str, broken: str,
) -> None:  # fmt: skip
    """The same, whatever database is behind."""
    for defects, told in (((), sound), ([name], broken)):
        url = postgresql.new_database(f"{name}-{len(defects)}")
        assert probe(run_sandbox(defects=defects, database=url, **preset)) == told


def test_settings_are_told_and_written(run_sandbox: Start) -> None:
    """What a sandbox is now stands at /etat, what was set in its folder."""
    sandbox = run_sandbox()
    send(sandbox.url, {"quota.sessions": "12"})
    assert facts_of(sandbox.url)["settings"]["quota"] == {"sessions": "12"}  # type: ignore[index]
    lines = (sandbox.work / "platform_changes.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["set"] for line in lines] == [{"quota.sessions": "12"}]


def test_a_forged_ticket_of_the_queue_is_noted(run_sandbox: Start) -> None:
    """It gives no place but a new one; who showed it stands in the sandbox's folder."""
    sandbox = run_sandbox(more="queue: {admits: 1 people/min}")
    Browser(sandbox.url).get("/connexion")
    answer = Browser(sandbox.url, cookies={"file": "made.up"}).get("/connexion")
    assert answer.page == "file-attente"
    assert facts_of(sandbox.url)["forged"] == 1
    lines = (sandbox.work / "platform_forgeries.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["what"] for line in lines] == ["ticket of the queue"]
