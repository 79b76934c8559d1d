"""The profile: a YAML scenario, read strictly. Every problem at once, each with its file and line.

A profile may extend another: mappings are merged key by key, an empty one empties; lists and
texts are replaced.
Each section is validated by itself, so that one mistake does not hide the next; then what
hangs together is checked on the sections that are sound.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from rentree.errors import InvalidFileError, Problem, UsageError
from rentree.fault import Settings
from rentree.line.networks import NetworkName
from rentree.plan import NotChecked
from rentree.quantity import Count, Day, DaySpan, Duration, Factor, Share, TimeOfDay
from rentree.ramp import Ramp
from rentree.sample import CREATE_ACCOUNT, SIGN_IN, SIGN_OUT
from rentree.signature import parse_key
from rentree.sizes import Level
from rentree.slo import AnySlo
from rentree.slo_sets import put_before
from rentree.stop import StopRule
from rentree.windows import Repeat
from rentree.workspace import find
from rentree.yamltext import Document, check_sections, read


class Section(BaseModel):
    """A part of a profile; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Title(Section):
    """The title in both languages."""

    fr: str
    en: str


class VerdictAt(Section):
    """At which scale and clock the verdict counts; anything smaller is a rehearsal."""

    scale: Share = 1.0
    clock: Factor = 1.0


class Rehearsal(Section):
    """At which scale and clock it is replayed against the presets of `expects` (`make replay`)."""

    scale: Share = 1.0
    clock: Factor = 1.0


class Unit(Section):
    """The unit of report: authority × level × provider."""

    authority: str
    levels: list[Level] = Field(min_length=1)
    provider: str


class Classes(Section):
    """How pupils are grouped. F10: 2.5 M pupils in 105 000 classes make 23.8 a class."""

    of: Count = 24
    per_school: Count = 20


class RecordedSchools(Section):
    """Schools as large as recorded ones, instead of classes and schools that are all alike."""

    sizes: Literal["recorded"]
    shares: dict[Level, Share] = Field(default_factory=dict)  # of the pupils; none: even


class Coming(Section):
    """The people of one territory."""

    territory: str
    unit: Unit
    platform: str = "ent"
    come: dict[str, Count]  # persona → people
    classes: Classes = Classes()
    schools: RecordedSchools | None = None
    journeys: dict[str, str] = Field(default_factory=dict)  # as for all, and before that
    source: dict[str, str] | str


class NewAccounts(Section):
    """People whose account is not there yet: they create it before they sign in."""

    share: dict[str, Share] = Field(default_factory=dict)  # persona → of those who come
    source: str | None = None


class Arrive(Section):
    """A stretch of time and the curve of arrivals in it."""

    from_: TimeOfDay = Field(alias="from")
    to: TimeOfDay
    curve: Literal["even", "rush", "ebb", "swell", "sharp"] = "even"  # `rentree.schedule`


class Bell(Section):
    """A time at which a crowd is convened."""

    at: TimeOfDay
    source: str
    convenes: dict[str, Share]  # persona → share of whole classes
    levels: list[Level] = Field(default_factory=list)  # of whose classes; none: of all levels
    arrive: Arrive
    earlier: dict[str, Duration] = Field(default_factory=dict)  # persona → ahead of the others
    territories: list[str] = Field(default_factory=list)  # whose people; none: everybody's

    def share(self, territory: str, persona: str, level: str) -> float:
        """The share of a territory's classes of a level whose people of a persona it convenes.

        `level` "": of those that are not told apart by it.
        """
        theirs = not self.territories or territory in self.territories
        its = not self.levels or level in self.levels
        return self.convenes.get(persona, 0.0) if theirs and its else 0.0


class Others(Section):
    """When those arrive whom no bell convenes."""

    arrive: Arrive


class Retry(Section):
    """When and how often a person tries again after a step that was not ok."""

    after: Duration
    jitter: Duration = 0
    at_most: Count


class Stay(Section):
    """Until when those who are inside stay, or `at_most` so long after they were due."""

    until: TimeOfDay
    at_most: Duration | None = None  # after they were due; none: however long that is


class FallbackTo(Section):
    """Who gives a platform up for good does what is left on another one (F30)."""

    from_: str = Field(alias="from")
    to: str
    share: Share = 1.0  # of those who give it up


class Bearing(Section):
    """How people bear with the platform."""

    patience: Duration
    retry: Retry
    stay: Stay
    control: Share = 0.0  # of people who look like no tester (`same-for-all`)
    fallback: FallbackTo | None = None


class Hits(Section):
    """Whom or what a fault hits; which of the keys it needs, its kind says."""

    territory: str | None = None  # the people of this territory
    platform: str | None = None  # a platform that people go to
    step: str | None = None  # a step's first page there
    home: NetworkName | None = None  # only those of them who have this home network
    host: str | None = None  # only this host, by its name in the target (portal, idp …)
    container: str | None = None  # instead of people: a container of the platform, by its name
    link: str | None = None  # instead of people: a line between the platform's parts (target)


class FaultEntry(BaseModel):
    """What all faults share; the other keys are checked by the fault's own injector."""

    model_config = ConfigDict(extra="allow", frozen=True)

    fault: str
    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    hits: Hits
    during: str  # a phase, or a stretch between anchors (`rentree.windows`)
    repeat: Repeat | None = None  # it comes and goes within that
    ramp: Ramp | None = None  # it grows within that
    source: str | None = None

    def hit(self) -> dict[str, str]:
        """What it hits, the keys that were said."""
        return self.hits.model_dump(exclude_none=True)

    def own_keys(self) -> dict[str, Any]:
        """The keys that belong to the kind."""
        return dict(self.model_extra or {})


def _key(text: str) -> str:
    parse_key(text)
    return text


class Profile(Section):
    """A whole profile; the fields are the YAML's top-level keys."""

    profile: str
    title: Title
    extends: str | None = None
    replaces: Literal["starter"] | None = None
    reproduces: dict[str, str] = Field(default_factory=dict)  # F-number → what it asserts of it
    expects: dict[str, Literal["pass", "fail", "undecided"]] = Field(default_factory=dict)
    named_by: dict[str, str] = Field(default_factory=dict)  # preset → beginning of a finding's name
    rehearsal: Rehearsal | None = None
    zone: str = "Europe/Paris"
    day: Day | None = None  # that is played; needed where a promise holds only from one on
    verdict_at: VerdictAt = VerdictAt()
    phases: dict[str, DaySpan]
    crowd: list[Coming]
    do_not_add_up: dict[str, str] = Field(
        default_factory=dict
    )  # territory → why more than all come
    homes: dict[NetworkName, Share] = Field(default_factory=dict)  # of people; none: not said
    new_accounts: NewAccounts = NewAccounts()
    bells: list[Bell] = Field(default_factory=list)
    others: Others | None = None
    behaviour: Bearing
    journeys: dict[str, str] = Field(default_factory=dict)  # persona → whose journey it walks
    steps_at: dict[str, str] = Field(default_factory=dict)  # step → the platform where it is done
    faults: list[FaultEntry] = Field(default_factory=list)
    stop: list[StopRule] = Field(default_factory=list)
    slo_sets: list[str] = Field(default_factory=list)  # made before `slos` (`rentree.slo_sets`)
    slos: list[AnySlo]
    authorization_key: Annotated[str, AfterValidator(_key)] | None = (
        None  # of who must have signed it
    )
    not_checked: list[NotChecked] = Field(default_factory=list)

    @property
    def platforms(self) -> list[str]:
        """Every platform that somebody goes to, sorted."""
        return sorted({platform for coming in self.crowd for platform in self.goes(coming)})

    def goes(self, coming: Coming) -> set[str]:
        """The platforms that the people of a territory go to, or may fall back on."""
        there, fallback = {coming.platform, *self.steps_at.values()}, self.behaviour.fallback
        return there | {fallback.to} if fallback and fallback.from_ in there else there

    def done_at(self, coming: Coming, step: str) -> set[str]:
        """The platforms at which those people may do a step; they sign in and out of each."""
        if step in (SIGN_IN, SIGN_OUT):
            return self.goes(coming)
        if step == CREATE_ACCOUNT:
            return {coming.platform}
        fallback, at = self.behaviour.fallback, self.steps_at.get(step, coming.platform)
        return {at, fallback.to} if fallback is not None and fallback.from_ == at else {at}

    def walk(self, coming: Coming, persona: str) -> str:
        """The journey that a persona of a territory walks."""
        return coming.journeys.get(persona) or self.journeys.get(persona, persona)

    @property
    def starts_at(self) -> int:
        """Scenario time of the first phase's start, µs since midnight."""
        return int(min(span.start for span in self.phases.values()))

    @property
    def ends_at(self) -> int:
        """Scenario time of the last phase's end, µs since midnight."""
        return int(max(span.end for span in self.phases.values()))


Journeys = Mapping[str, list[str]]  # persona → its steps, in order
FaultKinds = Mapping[str, type[Settings]]  # YAML word → model of its own keys


# What a profile is itself tried by: a base's facts and verdicts are not those of who extends it.
ITS_OWN = ("reproduces", "expects", "named_by")


def load_profile(
    name: str, *, journeys: Journeys, fault_kinds: FaultKinds, territories: Mapping[str, Any]
) -> tuple[Profile, Document]:
    """Read a profile by name or path, with what it extends.

    Returns the profile and its resolved text data.

    Raises:
        UsageError: no such profile.
        InvalidFileError: with every problem found.
    """
    from rentree.profile_check import cross_check  # noqa: PLC0415  # it needs the types above

    document = resolve(find("profiles", name))
    sets = put_before(document) if isinstance(document.data, dict) else set()
    parts, problems = check_sections(Profile, document, "a profile")
    stem = Path(document.file).stem
    if parts.get("profile", stem) != stem:
        problems.append(
            document.problem(("profile",), f"the file is named “{stem}”: name and file must agree")
        )
    problems += cross_check(parts, document, journeys, fault_kinds, territories)
    if problems:
        of = f" (in the profile “{stem}”)"
        raise InvalidFileError(
            [Problem(p.file, p.line, p.text + of) if p.file in sets else p for p in problems]
        )
    document.data.pop("slo_sets", None)  # their promises stand among the profile's own now
    return Profile(**parts), document


def resolve(path: Path, seen: tuple[Path, ...] = ()) -> Document:
    """Read a profile and everything it extends as one document that knows where each part stands.

    Raises:
        InvalidFileError: unreadable, or it extends itself.
    """
    document = read(path, _shown(path))
    data = document.data
    base_name = data.get("extends") if isinstance(data, dict) else None
    if base_name is None:
        return document
    try:
        base_path = find("profiles", str(base_name))
    except UsageError as error:
        document.problems.append(document.problem(("extends",), str(error)))
        return document
    if base_path in (path, *seen):
        raise InvalidFileError([document.problem(("extends",), _circle(base_path, (*seen, path)))])
    base = resolve(base_path, (*seen, path))
    if not isinstance(base.data, dict):
        raise InvalidFileError([Problem(base.file, 1, "a profile is a mapping of keys")])
    for key in ITS_OWN:
        base.data.pop(key, None)
    base.problems += document.problems
    base.file = document.file
    base.places[()] = document.places[()]
    _merge(base, base.data, document, data, ())
    return base


def _circle(base: Path, seen: tuple[Path, ...]) -> str:
    """“the profile extends itself (a → b → a): take one `extends` out”."""
    way = " → ".join(path.stem for path in (*seen[seen.index(base) :], base))
    return f"the profile extends itself ({way}): take one `extends` out"


def _merge(
    base: Document, into: Any, over: Document, data: Any, place: tuple[str | int, ...]
) -> None:
    for key, value in data.items():
        here = (*place, key)
        if isinstance(value, dict) and value and isinstance(into.get(key), dict):
            _merge(base, into[key], over, value, here)
            continue
        into[key] = value
        for old in [p for p in base.places if p[: len(here)] == here]:
            del base.places[old]
        base.places.update({p: at for p, at in over.places.items() if p[: len(here)] == here})


def _shown(path: Path) -> str:
    """The path as a user would type it from here."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)
