"""An adapter in YAML is read strictly: every mistake is told with file and line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from rentree.adapter.model import (
    Action,
    Identity,
    JsonSignIn,
    Mark,
    Marks,
    Submit,
    Waiting,
    load_adapter,
    value_at,
)
from rentree.adapter.places import filled, filled_address
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
  mail:
    - {get: "/mail/{login}", ok: {css: main}}
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
        (", attribute: content", ", is: mail", "“mail” is not possible here"),
        ('css: "meta[name=user]"', "json: user", "`attribute` is one of the element at `css`"),
        ('{css: "meta[name=user]", attribute: content}', "{is: name}", "identity says css, for"),
        ("css: main", "css: body", "10: css: “body” is on every page, even an empty one"),
        ("css: main", "css: '*'", "“*” is on every page"),
        ("css: main", "text: ' '", "10: text: is empty"),
        ("css: main", "status: 200", "a page of refusal may come with the same status"),
        ("css: main", "url: /home", "a page of refusal may come with the same status"),
        ("css: main", "css: main}, read_back: {status: 200", "`ok` and `read_back` say css"),
        ("css: main", "css: main, is: yes", "`is` is the value at `json`"),
        ("css: main", 'text: "{txet}"', "{txet} stands for nothing here: did you mean “text”"),
        ("/home, ", "/home, assets: true, ", "“true” is not possible here"),
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
    """Known names are replaced once; what they bring is not read again; JSON is no place."""
    known = {"login": "{name}", "name": "Ada"}
    assert filled('{"a": 1} {login} {name}', known) == '{"a": 1} {name} Ada'
    with pytest.raises(LookupError, match=r"\{text\} stands for nothing in this step"):
        filled("{text}", known)


def test_a_word_in_an_address_is_one_part_of_it() -> None:
    """A login cannot become a path of its own; a host's base URL stands as it is."""
    at = filled_address("{sso}/u/{login}?x", {"login": "a/../b?c#é"}, {"sso": "http://a.example"})
    assert at == "http://a.example/u/a%2F..%2Fb%3Fc%23%C3%A9?x"


DOCS = (Path(__file__).parents[2] / "docs/reference/adapter.md").read_text(encoding="utf-8")


def test_the_adapter_of_the_docs_is_one(tmp_path: Path) -> None:
    """As it stands there, in under forty lines."""
    found = re.search(r"^`loadtests/platforms/(\S+)`:\n\n```yaml\n(.*?)^```$", DOCS, re.M | re.S)
    assert found is not None
    (tmp_path / found[1]).write_text(found[2], encoding="utf-8")
    adapter = load_adapter(tmp_path / found[1])
    assert adapter.identifies()
    assert adapter.names_hosts() == ["sso"]
    assert found[2].count("\n") < 40


@pytest.mark.parametrize("model", [Mark, Waiting, Marks, Identity, JsonSignIn, Submit, Action])
def test_every_key_is_in_the_docs(model: type[BaseModel]) -> None:
    """Nothing can be written that nobody can read about."""
    for name, field in model.model_fields.items():
        assert re.search(rf"[`{{ ]{field.alias or name}[`:]", DOCS), name
