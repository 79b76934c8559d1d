"""What cannot be carried out: told at once, in words, exit 2, and nothing was sent."""

from __future__ import annotations

import socket
import subprocess
import sys

import pytest

from .conftest import COMMAND, ROOT, Home

pytestmark = [pytest.mark.flow, pytest.mark.beside]

MISTAKES = """\
profile: matin
title: {fr: Matin, en: Morning}
phases:
  baseline: 08:50-09:00
  bell: 09:05-09:20
crowd:
  - territory: grand-ouest
    unit: {authority: région, levels: [lycée], provider: x}
    come: {pupil: 1,500}
    source: assumption
bells:
  - {at: 09:10, source: x, convenes: {pupil: 100 %}, arrive: {from: 09:06, to: 09:15, curve: rsh}}
behaviour: {patience: 60, retry: {after: 1 min, at_most: 1}, stay: {until: 09:18}}
slos:
  - {slo: response, step: sing in, quantile: 95 %, below: 5 s, in: bel}
bel: 1
"""


def test_all_mistakes_of_a_profile_at_once(home: Home) -> None:
    """Several mistakes: each with file:line, exit 2, no evidence folder."""
    profile = home.folder / "matin.yaml"
    profile.write_text(MISTAKES, encoding="utf-8")
    done = home.run(str(profile), "--sandbox", "rentree")
    assert done.returncode == 2
    for line, words in [
        (5, "without gap"),
        (9, "1500"),
        (12, "rush"),
        (13, "unit"),
        (15, "bell"),
        (16, "unknown key “bel”"),
    ]:
        assert any(
            f"matin.yaml:{line}:" in told and words in told for told in done.stderr.splitlines()
        ), (line, words, done.stderr)
    assert "Traceback" not in done.stderr
    assert not home.evidence.exists()


NO_PACKET = """
import sys
events = []
sys.addaudithook(lambda name, args: name.startswith("socket.") and events.append((name, args)))
from rentree.errors import UsageError
from rentree.sandbox.ours import require_ours
for url in ("https://ent.example", "http://192.0.2.7:8080", "http://[2001:db8::1]/"):
    try:
        require_ours(url)
    except UsageError as error:
        assert "nothing was sent" in str(error) and "authorisation" in str(error), error
    else:
        raise SystemExit(f"{url} was accepted")
print([e for e in events if e[0] in ("socket.connect", "socket.getaddrinfo", "socket.sendto")])
"""


def test_target_that_is_not_ours_gets_no_packet() -> None:
    """An address that is not loopback is refused before a name is looked up or a socket opened."""
    done = subprocess.run(
        [sys.executable, "-c", NO_PACKET], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"


def test_target_that_is_not_ours_exits_2(home: Home) -> None:
    """The command says how to get leave, and exits 2."""
    done = home.run("essai", "--target", "https://ent.example")
    assert done.returncode == 2
    assert "nothing was sent" in done.stderr
    assert not home.evidence.exists()


def test_loopback_that_does_not_prove_ours_exits_2(home: Home) -> None:
    """A tunnel ends on loopback too: a listener that cannot answer our nonce is refused."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        done = home.run("essai", "--target", f"http://127.0.0.1:{other.getsockname()[1]}")
    assert done.returncode == 2
    assert "does not prove" in done.stderr
    assert not home.evidence.exists()


def test_platform_that_is_not_there_is_one_line(home: Home) -> None:
    """Nobody listens: one line, exit 2."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    done = home.run("essai", "--target", f"http://127.0.0.1:{port}")
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1
    assert "not there" in done.stderr


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("run", "esai", "--sandbox", "rentree"), "did you mean “essai”"),
        (("run", "essai", "--sandbox", "rentre"), "did you mean “rentree”"),
        (("run", "essai"), "--sandbox PRESET"),
        (("run", "essai", "--sandbox", "rentree", "--scale", "5"), "per cent"),
        (("run", "essai", "--sandbox", "rentree", "--report", "pfd"), "no report “pfd”"),
        (("check", "essai", "--day", "08:00-12:00"), "--fits"),
        (("judge", "nowhere"), "not an evidence folder"),
        (("list", "profile"), "did you mean “profiles”"),
    ],
)
def test_wrong_words_are_answered_with_right_ones(
    home: Home, words: tuple[str, ...], says: str
) -> None:
    """A name or option that does not exist is answered with what does, exit 2, no traceback."""
    done = home.rentree(*words)
    assert done.returncode == 2, done.stdout + done.stderr
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_each_journey_runs_under_the_stock_locust(home: Home) -> None:
    """`locust -f loadtests/X.py` alone walks each journey on a sandbox, without a failure."""
    started = home.rentree("sandbox", "start", "rentree")
    assert started.returncode == 0, started.stderr
    try:
        url = started.stdout.split()[0]
        options = ["--headless", "--host", url, "-u", "4", "-r", "4", "-t", "9s", "--only-summary"]
        locusts = [
            subprocess.Popen(
                [sys.executable, "-m", "locust", "-f", f"loadtests/{persona}.py", *options],
                cwd=ROOT, env=home.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            )
            for persona in ("pupil", "teacher", "parent")
        ]  # fmt: skip
        for locust in locusts:
            said, _ = locust.communicate(timeout=60)
            assert locust.returncode == 0, said
            assert "sign in" in said
            assert "home" in said
    finally:
        assert home.rentree("sandbox", "stop").returncode == 0


@pytest.mark.two
def test_a_sandbox_started_by_hand_can_be_tried(home: Home) -> None:
    """`--target` gives the crowd's accounts to a sandbox of ours, and tries it."""
    started = home.rentree("sandbox", "start", "rentree")
    assert started.returncode == 0, started.stderr
    try:
        url = started.stdout.split()[0]
        done = home.run_fit("essai", "--target", url, "--clock", "2x", "--rehearsal")
        assert done.returncode == 0, done.stdout + done.stderr
    finally:
        assert home.rentree("sandbox", "stop").returncode == 0


JOURNEY = """
from rentree.person import Person


class Librarian(Person):
    \"\"\"Reads messages.\"\"\"

    persona = "librarian"

    def journey(self) -> None:
        \"\"\"What a librarian does.\"\"\"
        self.step("sign in")
        self.step("mesages")
"""


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ('self.step("mesages")', "“mesages”: did you mean “messages”"),
        ('if self.step("home"):\n            self.step("messages")', "does not name “messages”"),
        ('while not self.step("home"):\n            pass', "the same again and again"),
    ],
    ids=["a typo", "nothing once a step has failed", "again until it works"],
)
def test_a_journey_that_cannot_be_counted_is_told_beforehand(
    home: Home, typed: str, says: str
) -> None:
    """The file, the step and what to do about it, exit 2, nothing sent."""
    workspace = home.folder / "mine"
    (workspace / "profiles").mkdir(parents=True)
    (workspace / "loadtests").mkdir()
    (workspace / "loadtests" / "librarian.py").write_text(
        JOURNEY.replace('self.step("mesages")', typed), encoding="utf-8"
    )
    text = (ROOT / "profiles" / "essai.yaml").read_text(encoding="utf-8")
    text = text.replace("profile: essai", "profile: mine").replace("parent: 8", "librarian: 8")
    (workspace / "profiles" / "mine.yaml").write_text(text, encoding="utf-8")
    done = subprocess.run(
        [*COMMAND, "check", "mine"], cwd=workspace, env=home.env, capture_output=True, text=True,
        timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 2, done.stdout
    assert "librarian.py" in done.stderr
    assert says in done.stderr


CONTROLLED = """\
target: near
platforms:
  ent: {{adapter: sandbox, hosts: {{portal: {url}}}}}
control: http://{control}:9/ping
"""


def test_a_control_needs_its_own_consent(home: Home) -> None:
    """The platform is a sandbox of ours and needs none; the page near it is somebody's."""
    started = home.rentree("sandbox", "start", "rentree")
    try:
        near = home.folder / "near.yaml"
        near.write_text(CONTROLLED.format(url=started.stdout.split()[0], control="127.0.0.9"))
        with socket.create_server(("127.0.0.9", 9)) as control:
            done = home.run("essai", "--target", str(near))
            control.setblocking(False)
            with pytest.raises(BlockingIOError):
                control.accept()
    finally:
        home.rentree("sandbox", "stop")
    assert done.returncode == 2
    assert "--authorized 127.0.0.9" in done.stderr
    assert "--authorized 127.0.0.1" not in done.stderr
    assert not home.evidence.exists()
