"""A form of a page, filled in as the page fills it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser, LexborNode

_FORMS_MOST = 100
_FIELDS_MOST = 2_000
_NO_VALUE = {"button", "reset", "image", "file"}
_UNTYPED = {"input": "text", "button": "submit"}  # tag → its kind without a type


@dataclass(frozen=True)
class Form:
    """Where a form goes and what it holds; of fields with one name the last counts."""

    action: str  # as the page writes it; "" is the page itself
    method: Literal["get", "post"]
    fields: dict[str, str]  # hidden ones, defaults, and the first submit button if it has a name
    kinds: dict[str, str] = field(default_factory=dict)  # field → its type; a name's: "username"


def read_forms(tree: LexborHTMLParser) -> list[Form]:
    """The page's forms in their order (at most 100, of 2,000 fields)."""
    return [_read(node) for node in tree.css("form")[:_FORMS_MOST]]


def _read(form: LexborNode) -> Form:
    fields: dict[str, str] = {}
    kinds: dict[str, str] = {}
    button_seen = False
    for node in form.css("input, select, textarea, button")[:_FIELDS_MOST]:
        attributes = node.attributes
        kind = (attributes.get("type") or _UNTYPED.get(node.tag or "", "other")).lower()
        if "disabled" in attributes:
            continue
        if kind == "submit" and node.tag in ("input", "button"):
            if button_seen:
                continue
            button_seen = True  # what the Enter key would press
        name = attributes.get("name")
        if not name:
            continue
        kinds[name] = "username" if attributes.get("autocomplete") == "username" else kind
        if node.tag == "select":
            fields[name] = _chosen(node)
        elif node.tag == "textarea":
            fields[name] = node.text()
        elif kind in ("checkbox", "radio"):
            if "checked" in attributes:
                fields[name] = attributes.get("value") or "on"
        elif kind not in _NO_VALUE:
            fields[name] = attributes.get("value") or ""
    method = (form.attributes.get("method") or "get").strip().lower()
    action = (form.attributes.get("action") or "").strip()
    return Form(action, "post" if method == "post" else "get", fields, kinds)


def _chosen(select: LexborNode) -> str:
    options = select.css("option")[:_FIELDS_MOST]
    for option in [o for o in options if "selected" in o.attributes] or options:
        value = option.attributes.get("value")
        return option.text().strip() if value is None else value
    return ""
