"""A territory: whose people come, how many there are, on which platform, and by which source.

`profiles/territories/NAME.yaml`, read strictly. A figure has its year, source and confidence, or
it is a hypothesis and says how it was derived (`rentree.hypothesis`). Levels add up to the whole,
or the file says why they do not. A territory that lies in another is no larger than that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from rentree.errors import InvalidFileError, Problem
from rentree.hypothesis import reckon
from rentree.quantity import Count
from rentree.workspace import find, listing
from rentree.yamltext import Document, check_sections, nearest, read

Level = Literal["école", "collège", "lycée"]
Confidence = Literal["high", "medium", "low"]
Kind = Literal[
    "région académique", "académie", "département", "métropole", "commune", "control group"
]
Keys = tuple[str, ...]  # those that lead to a figure
SIGN_IN = {  # domain.md 2.2
    "A": "CAS, and ÉduConnect by SAML POST",
    "B": "a form of its own, SAML, and its own CAS server",
    "C": "Shibboleth: first one chooses where one is from (WAYF), then SAML",
    "D": "Apereo CAS with proxy tickets",
    "E": "a form in the way of Keycloak",
    "other": "its own, see the note",
    "unknown": "not found in a source",
}
_SURE: dict[Confidence, str] = {"high": "haute", "medium": "moyenne", "low": "faible"}
_PUPILS = {"école": "écoliers", "collège": "collégiens", "lycée": "lycéens"}


def _year(value: int) -> int:
    if not 2000 <= value <= 2099:
        raise ValueError(f"“{value}” is not the year of a figure: write four digits, as in 2020")
    return value


def _both(value: dict[str, str]) -> dict[str, str]:
    if set(value) != {"fr", "en"}:
        raise ValueError("a name is French and English, as in {fr: Occitanie, en: Occitania}")
    return value


class _Value(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Figure(_Value):
    """How many, in which year, by which source, and how sure that is; or by which hypothesis."""

    count: Count
    year: Annotated[Count, AfterValidator(_year)] | None = None
    source: str | None = None
    confidence: Confidence | None = None
    hypothesis: str | None = Field(default=None, alias="hypothèse", min_length=1)

    @model_validator(mode="after")
    def _founded(self) -> Self:
        said = {"year": self.year, "source": self.source, "confidence": self.confidence}
        if self.hypothesis is None and (lacks := [key for key, value in said.items() if not value]):
            raise ValueError(
                f"a figure without {', '.join(lacks)}: say it, or mark it as `hypothèse: how it "
                "was derived`"
            )
        if self.hypothesis is not None and (self.source or self.confidence):
            raise ValueError(
                "a hypothesis has neither source nor confidence of its own: say either"
            )
        return self

    def told(self, language: str) -> str:
        """“2020, fiabilité moyenne : Insee” in French; in English as `basis`."""
        if language == "en":
            return self.basis
        if self.hypothesis is not None:
            return f"hypothèse\u00a0: {self.hypothesis}"
        sure = _SURE[self.confidence or "low"]
        return f"{self.year}, fiabilité {sure}\u00a0: {self.source}"

    @property
    def basis(self) -> str:
        """“2020, high: Insee”, or “hypothèse: élèves / 14”."""
        if self.hypothesis is not None:
            return f"hypothèse: {self.hypothesis}"
        return f"{self.short}: {self.source}"

    @property
    def short(self) -> str:
        """“2020, high”, or “hypothèse”."""
        return "hypothèse" if self.hypothesis is not None else f"{self.year}, {self.confidence}"


class Serves(_Value):
    """A platform that serves the territory: the unit of report is authority × level × provider."""

    levels: list[Level] = Field(min_length=1)
    authority: str  # the collectivité that runs it (F60: département: collèges, région: lycées)
    product: str
    provider: str
    engine: str | None = None
    sign_in: Literal["A", "B", "C", "D", "E", "other", "unknown"]
    when: Literal["april 2021", "today", "both"]
    source: str
    confidence: Confidence
    note: str | None = None


class Territory(_Value):
    """`profiles/territories/NAME.yaml`."""

    territory: str
    replaces: Literal["starter"] | None = None
    name: Annotated[dict[str, str], AfterValidator(_both)]  # language → name
    kind: Kind
    within: str | None = Field(default=None, alias="in")  # the territory that holds it
    pupils: Figure
    pupils_by_level: dict[Level, Figure] = Field(default_factory=dict)
    schools: Figure | None = None
    schools_by_level: dict[Level, Figure] = Field(default_factory=dict)
    classes: Figure | None = None
    teachers: Figure | None = None
    do_not_add_up: dict[Literal["pupils", "schools"], str] = Field(default_factory=dict)  # → why
    platforms: list[Serves] = Field(default_factory=list)
    on_6_april_2021: str | None = None  # what the record says of that day, contradictions left in
    on_7_april_2021: str | None = None
    on_8_april_2021: str | None = None
    remarks: list[str] = Field(default_factory=list)  # what else the record says
    source: str | None = None  # of what is said of those days

    def figures(self) -> Iterator[tuple[Keys, Figure]]:
        """Each figure with the keys that lead to it."""
        return _figures(dict(self))


def load_territory(name: str, inside: tuple[str, ...] = ()) -> Territory:
    """Read one territory, and those that hold it; `inside` are those that it holds, by name.

    Raises:
        UsageError: no such name; InvalidFileError: every mistake in it, each with file and line.
    """
    path = find("territories", name)
    document = read(path)
    parts, problems = check_sections(Territory, document, "a territory")
    if parts.get("territory", path.stem) != path.stem:
        text = f"says territory: {parts['territory']}; name and file must agree"
        problems.append(document.problem(("territory",), text))
    problems += [
        *_sums(parts, document), *_arithmetic(parts, document), *_unfounded(parts, document),
        *_holder(parts, document, (*inside, path.stem)),
    ]  # fmt: skip
    if problems:
        raise InvalidFileError(problems)
    return Territory(**parts)


def all_territories() -> list[Territory]:
    """Every territory of the workspace and the starter, by name. Raises as `load_territory`."""
    return [load_territory(name) for name in listing("territories")]


def national(territories: Iterable[Territory]) -> dict[str, int]:
    """Pupils of all régions académiques: `all`, and each level where every one of them has it."""
    regions = [t for t in territories if t.kind == "région académique"]
    sums = {"all": sum(region.pupils.count for region in regions)}
    for level in get_args(Level):
        if all(level in region.pupils_by_level for region in regions):
            sums[level] = sum(region.pupils_by_level[level].count for region in regions)
    return sums


def _figures(parts: Mapping[str, Any]) -> Iterator[tuple[Keys, Figure]]:
    for key in ("pupils", "schools", "classes", "teachers"):
        if parts.get(key) is not None:
            yield (key,), parts[key]
        for level, part in parts.get(f"{key}_by_level", {}).items():
            yield (f"{key}_by_level", level), part


def _sums(parts: Mapping[str, Any], document: Document) -> Iterator[Problem]:
    """Levels that do not add up, and nobody says why; or that do, and somebody says why not."""
    excused = parts.get("do_not_add_up", {})
    for key in ("pupils", "schools"):
        whole, levels = parts.get(key), parts.get(f"{key}_by_level")
        if not whole or not levels:
            continue
        total = sum(figure.count for figure in levels.values())
        if total != whole.count and key not in excused:
            text = (
                f"the levels add up to {spaced(total)}, but {key} says {spaced(whole.count)}: "
                f"correct one, or say why in `do_not_add_up: {{{key}: …}}`"
            )
            yield document.problem((f"{key}_by_level",), text)
        if total == whole.count and key in excused:
            text = f"the levels of {key} do add up: take this out"
            yield document.problem(("do_not_add_up", key), text)


def _arithmetic(parts: Mapping[str, Any], document: Document) -> Iterator[Problem]:
    """Hypotheses whose arithmetic does not give their count."""
    pupils, levels = parts.get("pupils"), parts.get("pupils_by_level", {})
    known = {_PUPILS[level]: figure.count for level, figure in levels.items()}
    known |= {"élèves": pupils.count} if pupils else {}
    for place, figure in _figures(parts):
        if figure.hypothesis is None:
            continue
        try:
            value = reckon(figure.hypothesis, known)
        except ValueError as error:
            yield document.problem((*place, "hypothèse"), f"hypothèse: {error}")
            continue
        if value is not None and round(value) != figure.count:
            text = (
                f"“{figure.hypothesis}” gives {spaced(round(value))}, "
                f"but the count is {spaced(figure.count)}: correct one of them"
            )
            yield document.problem((*place, "count"), text)


def _unfounded(parts: Mapping[str, Any], document: Document) -> Iterator[Problem]:
    for key in ("on_6_april_2021", "on_7_april_2021", "on_8_april_2021"):
        if parts.get(key) and not parts.get("source") and "source" not in document.data:
            yield document.problem((key,), "what happened has no source: say `source:` for it")
            return


def _holder(
    parts: Mapping[str, Any], document: Document, inside: tuple[str, ...]
) -> Iterator[Problem]:
    """Where it lies: in a territory that there is, that does not lie in it, and is no smaller."""
    holder = parts.get("in")
    if holder is None:
        return
    known = listing("territories")
    if holder not in known:
        text = f"no territory “{holder}”: {nearest(holder, known)}"
        yield document.problem(("in",), text)
        return
    if holder in inside:
        way = " in ".join((*inside[inside.index(holder) :], holder))
        yield document.problem(("in",), f"“{holder}” would lie in itself ({way}): take one out")
        return
    try:
        whole = load_territory(holder, inside)
    except InvalidFileError as error:
        yield from error.problems
        return
    theirs = dict(whole.figures())
    for place, figure in _figures(parts):
        most = theirs.get(place)
        if place[0].startswith("pupils") and most and figure.count > most.count:
            text = (
                f"{spaced(figure.count)} pupils, more than the {spaced(most.count)} of "
                f"“{holder}”, which holds it: correct one of them"
            )
            yield document.problem(place, text)


def spaced(count: int) -> str:
    """A count in a sentence about a file: “12 400”."""
    return f"{count:,}".replace(",", " ")
