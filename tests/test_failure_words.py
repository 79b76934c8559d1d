"""Words of failures: every one that our own code says has its French."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest

from rentree.failure_words import said

ROOT = Path(__file__).parents[1]
TELLERS = [  # whose words end in a sample
    *sorted((ROOT / "src/rentree/client").glob("*.py")),
    *sorted((ROOT / "src/rentree/adapter").glob("*.py")),
    *sorted((ROOT / "loadtests/platforms").glob("*.py")),
    *(ROOT / "src/rentree" / name for name in ("person.py", "finish.py", "judge/sessions.py")),
]
WORDS_OF = {  # a call → which of its arguments holds the words
    "Failure": 1, "Answer": 1, "_not_sent": 1, "UnreadableError": 0, "_stop": 0, "Elsewhere": 0,
}  # fmt: skip
SAME = {"quota", "HTTP 7"}  # in French as in English
SYSTEMS = {"7 7"}  # what the operating system said while we did something
LEADS = {"address of", "redirect to"}  # Elsewhere ends the sentence


class Told(ast.NodeVisitor):
    """The texts that one file can tell; “7” stands for what is only known in a run."""

    def __init__(self, path: Path) -> None:
        self.texts: set[str] = set()
        self.names: dict[str, list[ast.expr]] = {}
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                self.names.setdefault(node.targets[0].id, []).append(node.value)
        self.visit(tree)

    def visit_Call(self, node: ast.Call) -> None:
        """A failure, an answer."""
        called = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        called = node.func.id if isinstance(node.func, ast.Name) else called
        place = WORDS_OF.get(called, len(node.args))
        if place < len(node.args):
            self.texts |= {*self.read(node.args[place])} - {"7"}
        self.generic_visit(node)

    def visit_Dict(self, node: ast.Dict) -> None:
        """The detail of a row: {"why": …}."""
        for key, value in zip(node.keys, node.values, strict=True):
            if isinstance(key, ast.Constant) and key.value == "why":
                self.texts |= {*self.read(value)} - {"7"}
        self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> None:
        """What was under way: `doing = …`."""
        if isinstance(node.targets[0], ast.Name) and node.targets[0].id == "doing":
            self.texts |= {*self.read(node.value)}
        self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        """Likewise, where a function says it."""
        if node.name == "doing":
            for inner in ast.walk(node):
                if isinstance(inner, ast.Return) and inner.value is not None:
                    self.texts |= {*self.read(inner.value)}
        self.generic_visit(node)

    def read(self, node: ast.expr) -> Iterator[str]:  # noqa: PLR0912  # a case a kind of expression
        """Every text that an expression can be."""
        match node:
            case ast.Constant(value=str(text)):
                yield text
            case ast.JoinedStr(values=parts):
                for texts in product(*(list(self.read(part)) for part in parts)):
                    yield "".join(texts)
            case ast.FormattedValue(value=inner):
                yield from self.read(inner)
            case ast.IfExp(body=one, orelse=other):
                yield from self.read(one)
                yield from self.read(other)
            case ast.BoolOp(values=values):
                for value in values:
                    yield from self.read(value)
            case ast.BinOp(left=left, op=ast.Mult()):
                yield from ("", *self.read(left))
            case ast.BinOp(left=left, right=right, op=ast.Add()):
                yield from map("".join, product([*self.read(left)], [*self.read(right)]))
            case ast.Call(func=ast.Attribute(value=ast.Name(id=table), attr="get")) if (
                table in self.names and isinstance(self.names[table][0], ast.Dict)
            ):
                for value in self.names[table][0].values:  # type: ignore[attr-defined]
                    yield from self.read(value)
            case ast.Call(func=ast.Attribute(value=inner, attr="lower")):
                yield from self.read(inner)
            case ast.Name(id=name) if name in self.names:
                told = {text for value in self.names[name] for text in self.read(value)}
                yield from sorted(told - {"7"}) or ("7",)
            case _:
                yield "7"


def test_every_word_of_ours_has_french() -> None:
    """A new failure without French in the table fails here."""
    words = {text for path in TELLERS for text in Told(path).texts} - SAME - SYSTEMS - LEADS
    words |= {f"{lead} a host that is not part of the target" for lead in LEADS}
    assert len(words) > 50
    assert {word for word in words if said(word, "fr") == word} == set()


def test_what_a_failure_happened_in_is_french_too() -> None:
    """No English is left in the middle of a sentence."""
    doings = {t for path in TELLERS if path.stem == "connection" for t in Told(path).texts}
    assert "during the TLS handshake" in doings
    for doing in doings:
        assert doing not in said(f"connection reset {doing}", "fr")
        assert doing not in said(f"TLS failed {doing}: bad record", "fr")


@pytest.mark.parametrize(
    ("why", "french"),
    [
        ("no answer within 20 s", "pas de réponse en 20\u00a0s"),
        ("HTTP 503 overloaded", "HTTP 503, surcharge"),
        ("connection reset before the answer", "connexion rompue avant la réponse"),
        ("connection closed in a way unknown", "connexion fermée in a way unknown"),
        ("asset portail.css did not come", "l’élément portail.css n’est pas venu"),
        ("“refus” instead of “accueil”", "«\u00a0refus\u00a0» au lieu de «\u00a0accueil\u00a0»"),
        ("the page cannot be read: the answer is not JSON (200 /api)",
         "page illisible\u00a0: la réponse n’est pas du JSON (200 /api)"),
        ("certificate has expired", "certificat expiré"),
        ("words of somebody’s own adapter", "words of somebody’s own adapter"),
        ("asset {0} \\1 did not come", "l’élément {0} \\1 n’est pas venu"),
        ("TLS failed in {x}: {0}", "échec de TLS in {x} ({0})"),
        ("", ""),
    ],
)  # fmt: skip
def test_words_of_a_failure_in_french(why: str, french: str) -> None:
    """What we know is said in French; what we do not know stays, and is no pattern of ours."""
    assert said(why, "fr") == french
    assert said(why, "en") == why
