"""What `rentree list` prints: names and a sentence each, from the files themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from rentree import dropin, workspace, yamltext
from rentree.errors import UsageError
from rentree.prepare import inspect
from rentree.report import reporters
from rentree.sandbox.defects import DEFECTS
from rentree.slo import KINDS as SLO_KINDS
from rentree.territory import all_territories
from rentree.words import number


def catalogue(kind: str) -> Iterator[tuple[str, str]]:
    """Names and sentences of a kind. Raises UsageError for an unknown kind."""
    if kind not in _LISTS:
        raise UsageError(f"nothing is called “{kind}”: {yamltext.nearest(kind, _LISTS)}")
    return _LISTS[kind]()


def _yaml(kind: str, key: str) -> Callable[[], Iterator[tuple[str, str]]]:
    def rows() -> Iterator[tuple[str, str]]:
        for name, found in workspace.listing(kind).items():
            data = yamltext.read(found.path).data
            title = data.get(key, "") if isinstance(data, dict) else ""
            yield name, title.get("en", "") if isinstance(title, dict) else str(title)

    return rows


def _journeys() -> Iterator[tuple[str, str]]:
    for name, facts in inspect(workspace.listing("journeys"), {})[0].items():
        yield name, f"{facts['says']} ({', '.join(facts['steps'])})"


def _platforms() -> Iterator[tuple[str, str]]:
    for name, found in workspace.listing("platforms").items():
        first = found.path.read_text(encoding="utf-8").split("\n", 1)[0]
        yield name, first.strip('"# ')


def _targets() -> Iterator[tuple[str, str]]:
    for name, found in workspace.listing("targets").items():
        platforms = yamltext.read(found.path).data.get("platforms", {})
        hosts = (url for at in platforms.values() for url in at.get("hosts", {}).values())
        yield name, ", ".join(dict.fromkeys(hosts))


def _territories() -> Iterator[tuple[str, str]]:
    for territory in all_territories():
        products = dict.fromkeys(f"{p.product} ({p.provider})" for p in territory.platforms)
        pupils = number(territory.pupils.count, "en")
        where = ", ".join(products) or "no platform on record"
        who = f"{territory.name['en']}: {territory.kind}, {pupils} pupils"
        yield territory.territory, f"{who} ({territory.pupils.short}); {where}"


def _faults() -> Iterator[tuple[str, str]]:
    for word, injector in dropin.injectors().items():
        yield word, injector.kinds[word].explains


def _slos() -> Iterator[tuple[str, str]]:
    for word, kind in SLO_KINDS.items():
        yield word, kind.explains


def _reports() -> Iterator[tuple[str, str]]:
    for name, reporter in reporters().items():
        yield name, reporter.explains


def _defects() -> Iterator[tuple[str, str]]:
    for name, defect in DEFECTS.items():
        yield name, f"{defect.breaks}; of {defect.of}, caught by {defect.finding}"


_LISTS: dict[str, Callable[[], Iterator[tuple[str, str]]]] = {
    "profiles": _yaml("profiles", "title"),
    "territories": _territories,
    "slo-sets": _yaml("slo-sets", "title"),
    "sandboxes": _yaml("sandboxes", "title"),
    "studies": _yaml("studies", "title"),
    "targets": _targets,
    "journeys": _journeys,
    "platforms": _platforms,
    "faults": _faults,
    "slos": _slos,
    "reports": _reports,
    "defects": _defects,
}
