"""Drop-ins: loaded by path, once, and a broken one is told with its file and line."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from rentree import dropin
from rentree.errors import UsageError
from rentree.workspace import Found, listing

INJECTOR = '''
"""A fault of ours."""

from typing import ClassVar

from rentree.fault import Settings


class Injector:
    """It does nothing yet."""

    kinds: ClassVar = {KINDS}
'''


@pytest.fixture
def chaos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The chaos/ folder of a workspace in which we stand."""
    (tmp_path / "profiles").mkdir()
    (tmp_path / "chaos").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path / "chaos"


@pytest.fixture(autouse=True)
def _forget(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave no module behind for the next test."""
    for name in [n for n in sys.modules if n.startswith("rentree_dropin.")]:
        monkeypatch.delitem(sys.modules, name)


def faulty(chaos: Path, text: str) -> str:
    """The message about a drop-in that cannot be used."""
    path = chaos / "mine.py"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError) as error:
        dropin.injectors()
    return str(error.value).removeprefix(str(path))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = 1\n1 / 0\n", ":2: ZeroDivisionError: division by zero"),
        ("import nothing_of_that_name\n", ":1: ModuleNotFoundError: No module named"),
        ("def f(:\n    pass\n", ":1: SyntaxError: invalid syntax"),
        ("x = 1\n\n\nraise RuntimeError('not today')\n", ":4: RuntimeError: not today"),
        ("def f():\n    return {}['a']\n\nf()\n", ":2: KeyError: 'a'"),
        ("import json\n\njson.loads('{')\n", ":3: JSONDecodeError: "),
        ("assert False, 'no'\n", ":1: AssertionError: no"),
        ("x = 1\n", ":1: the file must define `Injector`"),
    ],
)
def test_a_drop_in_that_raises_is_told_with_file_and_line(
    chaos: Path, text: str, message: str
) -> None:
    """Its author sees where, the user no traceback, and the run does not begin."""
    assert faulty(chaos, text).startswith(message)


def test_a_relative_path_has_its_line_too(chaos: Path) -> None:
    """The line is found however the file was called."""
    Path("chaos/mine.py").write_text("x = 1\n1 / 0\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"^chaos/mine\.py:2: ZeroDivisionError"):
        dropin.load_path(Path("chaos/mine.py"), "rentree_dropin.faults.mine")


def test_two_injectors_with_one_word_are_an_error(chaos: Path) -> None:
    """Nobody can know which of them `fault: latency` would mean."""
    text = INJECTOR.replace("KINDS", '"latency": Settings')
    assert "the fault “latency” has an injector already" in faulty(chaos, text)


def test_an_injector_of_ones_own_answers_to_its_words(chaos: Path) -> None:
    """To add a fault, add one file to chaos/."""
    text = INJECTOR.replace("KINDS", '"drizzle": Settings, "hail": Settings')
    (chaos / "weather.py").write_text(text, encoding="utf-8")
    known = dropin.injectors()
    assert set(known) >= {"latency", "flood", "drizzle", "hail"}
    assert known["drizzle"] is known["hail"]


def test_a_file_is_run_once_a_process(chaos: Path) -> None:
    """Who loads it again gets the same module, so that classes stay the same classes."""
    (chaos / "once.py").write_text(
        "from pathlib import Path\nwith Path('ran').open('a') as f:\n    f.write('x')\n"
        "class Injector:\n    kinds = {}\n",
        encoding="utf-8",
    )
    found = Found("faults", "once", chaos / "once.py", False)
    assert dropin.load(found) is dropin.load(found)
    assert Path("ran").read_text(encoding="utf-8") == "x"


def test_no_generic_name_becomes_importable(chaos: Path) -> None:
    """A drop-in has a name of its own; `import chaos` or `import network` finds nothing of ours."""
    module = dropin.load(listing("faults")["network"])
    assert module.__name__ == "rentree_dropin.faults.network"
    assert not {"chaos", "network", "reports", "loadtests"} & set(sys.modules)


def test_a_drop_in_that_exits_does_not_end_us(chaos: Path) -> None:
    """`sys.exit(0)` in somebody's file would be a pass: it is an error with its place."""
    (chaos / "leaves.py").write_text('"""Goes."""\nimport sys\n\nsys.exit(0)\n', encoding="utf-8")
    with pytest.raises(UsageError, match=r"leaves\.py:4: SystemExit: 0"):
        dropin.injectors()
