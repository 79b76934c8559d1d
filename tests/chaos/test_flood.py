"""The flood as an injector: its settings, its process, and what is seen of it."""

from __future__ import annotations

import os
import resource
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from pydantic import ValidationError
from tests.flood.test_sender import ANSWER, Server

from rentree.dropin import load_path
from rentree.echo import Echo
from rentree.errors import RentreeError, UsageError
from rentree.fault import Door, Host, Scene
from rentree.plan import PlannedFault

MODULE = load_path(Path(__file__).parents[2] / "chaos" / "flood.py", "rentree_dropin.faults.flood")
SETTINGS = {"normal": {"rate": "5 requests/s", "of": "une école"}, "times": "40"}


def fault(seconds: float = 30.0, **changes: Any) -> PlannedFault:
    """A planned flood of 200 requests/s."""
    settings = MODULE.FloodSettings.model_validate(SETTINGS | changes)
    return PlannedFault(
        name="hot-spot", fault="flood", hits={"platform": "ent", "step": "sign in"}, start=0,
        end=round(seconds * 1e6), settings=settings.model_dump(mode="json", by_alias=True),
        sends=settings.sends(),
    )  # fmt: skip


@pytest.fixture
def platform() -> Iterator[Server]:
    """A platform that answers at once."""
    server = Server(ANSWER)
    yield server
    server.close()


@pytest.fixture
def flood(platform: Server, tmp_path: Path) -> Iterator[Any]:
    """An injector that is ready to flood it."""
    injector = MODULE.Injector()
    with Echo() as echo:
        injector.prepare(_scene(platform, echo, tmp_path))
        yield injector
        assert injector.close() == ""


def _scene(
    platform: Server, echo: Echo, tmp_path: Path, scheme: str = "http", host: str = "127.0.0.1",
    **changes: Any,
) -> Scene:  # fmt: skip
    at = (host, platform.port)
    door = Door(f"{scheme}://{host}:{platform.port}/connexion", Host(at, at))
    doors = {("ent", "sign in"): door}
    return Scene([fault(**changes)], [door.host], doors, echo.address, tmp_path, print)


def looks(flood: Any, count: int) -> list[Any]:
    """A look a second, as the runner's observer makes them."""
    seen = []
    for _ in range(count):
        time.sleep(1)
        seen.append(flood.observe(fault()))
    return seen


def test_a_flood_is_seen_while_it_flows_and_not_before_or_after(
    flood: Any, platform: Server, tmp_path: Path
) -> None:
    """Asked, applied, observed, cleared: nothing comes after that, and the figures are kept."""
    assert not flood.observe(fault()).in_force
    assert platform.requests == []
    flood.apply(fault())
    during = looks(flood, 3)
    flood.clear(fault())
    assert not flood.observe(fault()).in_force  # what it sent since the last look is past
    sent = len(platform.requests)
    assert [look.in_force for look in during] == [True] * 3, during
    assert all(look.figures["asked"] > 0 for look in during[1:])
    assert not looks(flood, 1)[0].in_force
    assert len(platform.requests) == sent
    assert flood.close() == ""
    rows = pl.read_ndjson(tmp_path / "floods-hot-spot-0.jsonl")
    assert rows["asked"].sum() == rows["answered"].sum() == sent
    assert abs(rows["asked"][1] - 200) <= 1


def test_a_sender_that_is_stopped_is_not_in_force(flood: Any) -> None:
    """SIGSTOP: alive, and silent. It is still ended when the flood is cleared."""
    flood.apply(fault())
    assert looks(flood, 2)[1].in_force
    os.kill(flood.left_over()["senders"][0][0], signal.SIGSTOP)
    time.sleep(1)
    look = looks(flood, 1)[0]
    assert not look.in_force
    assert look.why == "its sender says nothing"
    flood.clear(fault())


def test_a_sender_that_is_killed_is_not_in_force(flood: Any) -> None:
    """A dead sender is a fault that is missing, not a route that is down."""
    flood.apply(fault())
    looks(flood, 1)
    os.kill(flood.left_over()["senders"][0][0], signal.SIGKILL)
    assert not looks(flood, 2)[1].in_force
    assert flood.alive() == ""
    flood.clear(fault())
    with pytest.raises(RentreeError, match="is gone"):
        flood.apply(fault())


def test_a_flood_ends_by_itself(platform: Server, tmp_path: Path) -> None:
    """When its window is over nothing more is sent, though nobody says stop."""
    injector = MODULE.Injector()
    with Echo() as echo:
        scene = _scene(platform, echo, tmp_path)
        scene.faults = [fault(seconds=1.0)]
        injector.prepare(scene)
        injector.apply(fault())
        time.sleep(2)
        assert len(platform.requests) == 200
        assert injector.close() == ""


def test_what_a_dead_run_left_is_killed(flood: Any) -> None:
    """That very process, and no other."""
    pid = flood.left_over()["senders"][0][0]
    assert MODULE.Injector.undo(flood.left_over()) == ""
    assert not flood._floods["hot-spot"][0].identity.alive()
    assert MODULE.Injector.undo({"senders": [[pid, 0.5]]}) == ""


@pytest.fixture
def silent(tmp_path: Path) -> Iterator[Any]:
    """An injector that is ready to flood a platform that never answers."""
    server = Server(b"")
    injector = MODULE.Injector()
    with Echo() as echo:
        injector.prepare(_scene(server, echo, tmp_path))
        yield injector
        assert injector.close() == ""
    server.close()


def test_a_flood_that_is_blackholed_is_in_force_and_bounded(silent: Any) -> None:
    """On time, second by second; what waits for an answer are those of one second, no more."""
    sender = Path(f"/proc/{silent.left_over()['senders'][0][0]}/fd")
    silent.apply(fault())
    during, descriptors = [], []
    for _ in range(4):
        during += looks(silent, 1)
        descriptors.append(len(list(sender.iterdir())))
    assert [look.in_force for look in during] == [True] * 4, during
    assert all(descriptors[0] > 100 and n < 200 + 60 for n in descriptors), descriptors


def test_a_sender_without_descriptors_is_not_in_force(silent: Any) -> None:
    """The kernel gives it 40, a blackholed flood needs 200: that is told, and accuses us alone."""
    pid = silent.left_over()["senders"][0][0]
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (40, 40))
    silent.apply(fault())
    look = looks(silent, 2)[1]
    assert not look.in_force
    assert look.figures["issued"] == look.figures["on_time"] < 0.5 * look.figures["asked"]
    assert look.why.endswith("attempts were issued on time")


def test_a_sender_that_was_held_is_not_made_up_for(flood: Any, platform: Server) -> None:
    """Stopped for 3 s and let go: it goes on at its rate, without a burst of what it missed."""
    flood.apply(fault())
    looks(flood, 1)
    pid = flood.left_over()["senders"][0][0]
    os.kill(pid, signal.SIGSTOP)
    time.sleep(3)
    before = len(platform.requests)
    os.kill(pid, signal.SIGCONT)
    again = looks(flood, 3)
    flood.clear(fault())
    assert not again[0].in_force
    assert again[2].in_force, again
    assert len(platform.requests) - before < 4.5 * 200


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"seconds": 7201.0}, "2 h at most"),
        ({"host": "192.0.2.1"}, "nobody granted a flood of it"),
        ({"host": "::1", "from": {"addresses": "3"}}, "comes from one address only, not from 3"),
    ],
)
def test_what_cannot_be_sent_is_told_beforehand(
    platform: Server, tmp_path: Path, changes: dict[str, Any], sentence: str
) -> None:
    """As a mistake of who asked (exit 2), before anything is sent."""
    with Echo() as echo, pytest.raises(UsageError, match=sentence):
        MODULE.Injector().prepare(_scene(platform, echo, tmp_path, **changes))


def test_a_sender_that_does_not_come_up_is_told_at_once(
    platform: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that ends at once is not waited for; its last words are told."""
    monkeypatch.setattr("sys.executable", "/bin/ls")  # it does not know -P
    began = time.monotonic()
    injector = MODULE.Injector()
    with (
        Echo() as echo,
        pytest.raises(RentreeError, match=r"“hot-spot”: it does not come up: .*ls"),
    ):
        injector.prepare(_scene(platform, echo, tmp_path))
    assert time.monotonic() - began < 5
    assert injector.close() == ""


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"times": "0"}, "1 time the normal rate or more"),
        ({"from": {"addresses": "0"}}, "from 1 to 1000 addresses"),
        ({"from": {"addresses": "1001"}}, "from 1 to 1000 addresses"),
        ({"times": "20 000"}, "more than a machine sends"),
        ({"normal": {"rate": "5", "of": "x"}}, "not a rate: write it as in 5 requests/s"),
        ({"normal": {"rate": "0 requests/s", "of": "x"}}, "is not a rate"),
        ({"normal": {"rate": "5 requests/s"}}, "of"),
    ],
)
def test_senseless_settings_are_refused(changes: dict[str, Any], sentence: str) -> None:
    """Each in words, before the run."""
    with pytest.raises(ValidationError, match=sentence):
        MODULE.FloodSettings.model_validate(SETTINGS | changes)


def test_a_flood_shrinks_with_the_crowd_and_says_its_size() -> None:
    """10 % of the people, 10 % of the flood; the words follow."""
    tenth = MODULE.FloodSettings.model_validate(SETTINGS).scaled(0.1)
    assert tenth.sends() == 20.0
    assert (
        tenth.told("en")
        == "×40 of a normal 0.5 requests a second (une école), 20 a second, from 1 address"
    )
    assert "depuis 1 adresse" in tenth.told("fr")


def test_of_a_flood_enough_must_be_left() -> None:
    """Fewer than 2 requests/s are not seen in every second: told before the run."""
    settings = MODULE.FloodSettings.model_validate(SETTINGS)
    assert settings.scaled(0.01).sends() == 2.0
    with pytest.raises(UsageError, match="cannot be seen in every second"):
        settings.scaled(0.009)


def test_a_fast_flood_has_several_senders(platform: Server, tmp_path: Path) -> None:
    """More than one core sends is divided; the figures are told together."""
    normal = {"rate": "100 requests/s", "of": "une école"}
    settings = MODULE.FloodSettings.model_validate({"normal": normal, "times": "250"})
    big = fault().model_copy(update={"settings": settings.model_dump(mode="json", by_alias=True)})
    with Echo() as echo:
        scene = _scene(platform, echo, tmp_path)
        specs = MODULE.Injector().specs(big, scene)
    assert [spec.rate for spec in specs] == [12_500.0, 12_500.0]
    assert len({spec.out for spec in specs}) == 2


def test_both_meanings_of_a_hundred_times() -> None:
    """A hundred times what all addresses ask for together, or what each does: said so."""
    normal = {"rate": "0.2 requests/s", "of": "un élève", "per": "address"}
    changes = {"normal": normal, "times": "100", "from": {"addresses": "30"}}
    each = MODULE.FloodSettings.model_validate(changes)
    assert each.sends() == pytest.approx(600)
    assert "par adresse" in each.told("fr")
    assert "from each address" in each.told("en")
    normal["per"] = "all"
    assert MODULE.FloodSettings.model_validate(changes).sends() == pytest.approx(20)
