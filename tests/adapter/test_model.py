"""An adapter in YAML is read strictly: every mistake is told with file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from rentree.adapter.model import filled, load_adapter, value_at
from rentree.errors import InvalidFileError

GOOD = """\
platform: ent
marks:
  refused: [{text: "temporairement restreint"}]
  waiting: [{css: "#queue", poll: 2 s}]
identity: {css: "meta[name=user]", attribute: content}
steps:
  sign in:
    - {sign_in: "{sso}/login", ok: {css: nav}}
  home:
    - {get: /home, ok: {css: main}}
    - {get: "{portal}/api", ok: {json: items}}
"""


def written(tmp_path: Path, text: str) -> Path:
    """An adapter's file."""
    path = tmp_path / "ent.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_an_adapter_tells_its_doors_and_hosts(tmp_path: Path) -> None:
    """A flood needs a path of the base; a target must give the hosts that are called by name."""
    adapter = load_adapter(written(tmp_path, GOOD))
    assert adapter.doors() == {"home": "/home"}
    assert adapter.names_hosts() == ["portal", "sso"]


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        ("platform: ent", "platform: other", "1: says platform: other; name and file must agree"),
        ("marks:", "mraks:", "2: unknown key “mraks”: did you mean “marks”"),
        ('text: "temporairement restreint"', "", "a mark says css, text, status"),
        ("css: nav", 'css: "nav[["', "8: css: “nav[[” is not a CSS selector"),
        (", ok: {css: main}", "", "ok"),
        ("get: /home, ", "", "a page is reached by one of get, sign_in, submit"),
        ("get: /home,", "get: /home, sign_in: /,", "a page is reached by one of"),
        ("get: /home,", "submit: {},", "the step “home” begins with a form"),
        ("poll: 2 s", "poll: 1 ms", "a queue is asked every 500 ms at most"),
        ("attribute: content", "json: a.b", "identity says css, for pages, or json"),
    ],
)
def test_a_mistake_is_told(tmp_path: Path, before: str, after: str, sentence: str) -> None:
    """What, where, what to write."""
    assert before in GOOD
    path = written(tmp_path, GOOD.replace(before, after, 1))
    with pytest.raises(InvalidFileError) as error:
        load_adapter(path)
    assert sentence in str(error.value)
    assert f"{path}:" in str(error.value)


def test_a_step_without_pages_is_told(tmp_path: Path) -> None:
    """A step that does nothing would always be ok."""
    with pytest.raises(InvalidFileError, match="the step “home” has no page"):
        load_adapter(written(tmp_path, "platform: ent\nsteps: {home: []}\n"))


@pytest.mark.parametrize(
    ("keys", "value"),
    [("a.b", 1), ("list.1.c", 2), ("a.x", None), ("list.7", None), ("a.b.c", None), ("zero", 0)],
)
def test_keys_lead_into_json(keys: str, value: object) -> None:
    """Down mappings and lists; nothing there is None, and 0 is something."""
    assert value_at({"a": {"b": 1}, "list": [0, {"c": 2}], "zero": 0}, keys) == value


def test_texts_are_filled_in() -> None:
    """Known names are replaced once; what they bring is not read again."""
    assert filled("{portal}/{x}?{login}", {"portal": "http://a", "login": "{portal}"}) == (
        "http://a/{x}?{portal}"
    )
