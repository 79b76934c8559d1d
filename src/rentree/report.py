"""Reports: a verdict and its evidence, rendered by the files of `reports/`.

A reporter is one file that ends in `REPORTER = ThatClass`; it gets values and returns text. One
that fails costs its own file only, never the run, the verdict, or the other reports.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import ClassVar, Protocol

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, select_autoescape

from rentree import dropin
from rentree.errors import UsageError
from rentree.evidence import Evidence, sha256
from rentree.i18n import Language, translator
from rentree.seal_check import DERIVED, written_before
from rentree.series import open_evidence
from rentree.verdict import Verdict
from rentree.workspace import listing
from rentree.yamltext import nearest

_TAKEN = ("verdict.json", DERIVED)
FIRST = ("html", "junit", "markdown", "json")  # what a run writes unless it is told otherwise


class Reporter(Protocol):
    """One way to tell a verdict."""

    filename: ClassVar[str]  # in French; in English it is `name.en.ending`
    explains: ClassVar[str]  # the sentence that `rentree list reports` prints

    def render(self, verdict: Verdict, evidence: Evidence, language: Language) -> str:
        """The report as text."""


def reporters() -> dict[str, type[Reporter]]:
    """Every reporter, by the name of its file. Raises UsageError when one does not load."""
    return {name: dropin.load(found).REPORTER for name, found in listing("reports").items()}


def write_reports(
    folder: Path, verdict: Verdict, names: Sequence[str], language: Language
) -> tuple[list[Path], list[str]]:
    """Write the reports of these names beside the raw folder.

    Returns the files written and, in words, the reports that failed.

    Raises:
        UsageError: a name that nobody answers to.
    """
    known = reporters()
    for name in names:
        if name not in known:
            raise UsageError(f"no report “{name}”: {nearest(name, known)}")
    evidence, written, failed = open_evidence(folder), [], []
    for name in names:
        try:
            own = verdict.model_copy(deep=True)  # what a reporter does to it stays with it
            path = folder / named(_plain_name(known[name].filename), language)
            _put(path, known[name]().render(own, evidence, language))
            written.append(path)
        except (Exception, SystemExit) as error:  # a drop-in: it never costs the verdict
            failed.append(f"the report “{name}” failed: {type(error).__name__}: {error}")
    try:
        _write_digests(folder, verdict, written)
    except OSError as error:
        failed.append(f"derived.sha256 cannot be written: {error.strerror or error}")
    return written, failed


def named(filename: str, language: Language) -> str:
    """The file of a report in a language: French keeps the plain name, `report.en.html`."""
    stem, dot, ending = filename.rpartition(".")
    return filename if language == "fr" else f"{stem}.{language}{dot}{ending}"


def template(file: str, name: str, language: Language) -> Template:
    """The Jinja2 template `name` that lies beside a reporter's `file`, with `_` to translate."""
    return _environment(Path(file).parent, language).get_template(name)


@cache
def _environment(folder: Path, language: Language) -> Environment:
    """Jinja2 compiles a template once, and again when its file has changed."""
    environment = Environment(
        loader=FileSystemLoader(folder),
        autoescape=select_autoescape(["html", "html.j2", "xml.j2"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals["_"] = translator(language)
    return environment


def _plain_name(filename: str) -> str:
    """The name, when it lies beside the verdict and over nothing of the evidence."""
    if Path(filename).name != filename or filename in _TAKEN or "." not in filename[1:]:
        raise ValueError(f"“{filename}” is no name for a report: say one like report.txt")
    return filename


def _put(path: Path, text: str) -> None:
    """Write a whole file or none: a report of half a page would look like one."""
    unfinished = path.with_name(f".{path.name}.new")
    try:
        unfinished.write_text(text, encoding="utf-8")
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _write_digests(folder: Path, verdict: Verdict, written: Sequence[Path]) -> None:
    """Of the verdict and of what was written now or before; not of what somebody put there.

    What was written before keeps the digest that it had then.
    """
    known = {n: d for n, d in written_before(folder).items() if (folder / n).is_file()}
    made = [p for p in (folder / "verdict.json", *written) if p.is_file()]
    known |= {path.name: sha256(path) for path in made}
    lines = [f"# derived from raw/MANIFEST.sha256 {verdict.manifest}\n"]
    lines += [f"{digest}  {name}\n" for name, digest in sorted(known.items())]
    _put(folder / DERIVED, "".join(lines))
