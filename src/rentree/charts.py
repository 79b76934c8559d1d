"""The pictures of a report: Vega-Lite specifications, drawn as SVG. Values in, text out.

One time axis for the whole run, and the way in. Each chart has a name and a description for who
hears rather than sees it; the report puts a table beside each.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from html import escape
from typing import Any, Literal

import vl_convert

from rentree.course import BAD, Course, WayIn
from rentree.i18n import Language
from rentree.outlook import Outlook
from rentree.plan import Plan
from rentree.words import duration, number, percent, phase

Translate = Callable[[str], str]


@dataclass(frozen=True)
class Return:
    """How long it took after a fault until it was as before: µs of the run; None: never seen."""

    after: str  # the fault
    since: int
    took: int | None


ACCENT, INK, GREY, PALE = "#0b5f6e", "#1c2426", "#6b7678", "#e7eced"
# From calm to grave, told apart without colour by their order, which is the legend's.
SHADES = {
    "ok": "#8fb8bf", "refused": "#f0c75e", "waiting": "#d9a441", "timeout": "#b5651d",
    "error": "#8c2f2f", "wrong": "#5b2142", "leak": "#1c2426",
}  # fmt: skip
_WIDTH = 860
_LETTER = 7.5  # px, about, of a name at 13 px
_LOCALE: dict[Language, Literal["fr-FR", "en-GB"]] = {"fr": "fr-FR", "en": "en-GB"}
_FACTS = {
    "config": {
        "font": "Liberation Sans, Helvetica, Arial, sans-serif",
        "axis": {"labelFontSize": 13, "titleFontSize": 13, "titleFontWeight": "normal",
                 "labelColor": INK, "titleColor": INK, "gridColor": PALE, "domainColor": GREY,
                 "tickColor": GREY},
        "legend": {"labelFontSize": 13, "titleFontSize": 13, "labelColor": INK, "orient": "top",
                   "title": None, "symbolType": "square"},
        "view": {"stroke": None},
        "title": {"anchor": "start", "fontSize": 14, "fontWeight": "bold", "color": INK},
    },
}  # fmt: skip
# The scenario's own clock: “9 h 00”, and seconds where the axis shows them.
_CLOCK: dict[Language, str] = {
    "fr": "utcFormat(datum.value, '%-H h %M')"
    " + (utcseconds(datum.value) ? ' min ' + utcFormat(datum.value, '%S') : '')",
    "en": "utcFormat(datum.value, '%H:%M')"
    " + (utcseconds(datum.value) ? utcFormat(datum.value, ':%S') : '')",
}


def timeline(
    course: Course, plan: Plan, language: Language, _: Translate, returns: Sequence[Return] = ()
) -> str:
    """Arrivals, sessions, waiting, outcomes, faults and floods over one time axis, as SVG."""

    def moment(t: int) -> int:
        return round((plan.starts_at + t * plan.clock) / 1000)  # ms of the day, scenario's clock

    x = {
        "field": "t", "type": "temporal", "title": None,
        "scale": {"type": "utc", "domain": [moment(0), moment(plan.end)]},
        "axis": {"labelExpr": _CLOCK[language], "labelOverlap": True, "tickCount": 8},
    }  # fmt: skip
    times = [moment(t) for t in course.starts]
    width = course.width / 1e6
    bands = [
        {"t": moment(p.start), "end": moment(p.end), "name": phase(p.name, language)}
        for p in plan.phases
    ]

    def panel(title: str, layers: list[dict[str, Any]], height: int = 110) -> dict[str, Any]:
        edges = {
            "data": {"values": bands}, "encoding": {"x": x},
            "mark": {"type": "rule", "color": GREY, "strokeDash": [2, 3]},
        }  # fmt: skip
        return {"width": _WIDTH, "height": height, "title": title, "layer": [edges, *layers]}

    def y(field: str, **more: Any) -> dict[str, Any]:
        return {"field": field, "type": "quantitative", "title": None,
                "axis": {"tickCount": 3, "grid": True}, **more}  # fmt: skip

    def values(**columns: list[Any]) -> dict[str, Any]:
        names = ("t", *columns)
        rows = zip(times, *columns.values(), strict=True)
        return {"values": [dict(zip(names, row, strict=True)) for row in rows]}

    per_second = [count / width for count in course.arrivals]
    panels = [
        _names(bands, x),
        panel(_("People due at the door, a second (area), and sign-ins tried (line)"), [
            {"data": values(n=per_second), "encoding": {"x": x, "y": y("n")},
             "mark": {"type": "area", "color": ACCENT, "opacity": 0.45,
                      "interpolate": "step-after"}},
            {"data": values(n=[count / width for count in course.knocks]),
             "encoding": {"x": x, "y": y("n")},
             "mark": {"type": "line", "color": INK, "interpolate": "step-after"}}]),
        panel(_("People signed in"), [
            {"data": values(n=course.signed_in),
             "mark": {"type": "area", "color": ACCENT, "opacity": 0.35, "line": {"color": ACCENT}},
             "encoding": {"x": x, "y": y("n")}}]),
        panel(_("Seconds until an answer: 95 of 100 steps (full line), half of them (dashes)"), [
            {"data": values(n=course.p95), "mark": {"type": "line", "color": ACCENT,
             "strokeWidth": 2.5}, "encoding": {"x": x, "y": y("n")}},
            {"data": values(n=course.median), "mark": {"type": "line", "color": INK,
             "strokeDash": [5, 3]}, "encoding": {"x": x, "y": y("n")}}]),
        panel(_("What became of the steps, a second"), [_outcomes(course, times, x, y, _)], 130),
    ]  # fmt: skip
    if plan.faults:
        panels.append(_faults(plan, returns, moment, x, language, _))
    for name, rows in course.floods.items():
        panels.append(panel(_("Flood, requests a second") + _(": ") + name, [
            {"data": values(n=[row.get(what, 0) / width for row in rows], what=[label] * len(rows)),
             "mark": {"type": "line", "interpolate": "step-after", "strokeDash": dash,
                      "color": colour},
             "encoding": {"x": x, "y": y("n"), "strokeDash": _dash(_)}}
            for what, label, dash, colour in (
                ("on_time", _("sent on time"), [1, 0], ACCENT),
                ("refused", _("refused by the platform"), [5, 3], INK),
            )
        ]))  # fmt: skip
    spec = {**_FACTS, "vconcat": panels, "spacing": 16, "resolve": {"scale": {"x": "shared"}}}
    described = _(
        "One time axis for the whole run: people due, people signed in, seconds until an answer, "
        "outcomes, and when each fault was asked for. The same figures stand in the table below."
    )
    return _drawn(spec, _("The course of the run"), described, language)


def funnel(way: WayIn, language: Language, _: Translate) -> str:
    """The way in, people as bars, as SVG."""
    rows = [
        (_("due at the door"), way.due), (_("waited"), way.waited),
        (_("refused at least once"), way.refused), (_("got in"), way.got_in),
        (_("gave up"), way.gave_up),
    ]  # fmt: skip
    data = [
        {"what": what, "n": n, "told": number(n, language), "order": i}
        for i, (what, n) in enumerate(rows)
    ]
    bar = {
        "y": {"field": "what", "type": "nominal", "sort": {"field": "order"}, "title": None,
              "axis": {"labelFontSize": 15, "labelLimit": 300, "ticks": False, "domain": False}},
        "x": {"field": "n", "type": "quantitative", "axis": None,
              "scale": {"domain": [0, max(way.due, 1) * 1.1]}},
    }  # fmt: skip
    spec = {
        **_FACTS, "data": {"values": data}, "width": 560, "height": 190,
        "layer": [
            {"mark": {"type": "bar", "color": ACCENT, "height": 22}, "encoding": bar},
            {"mark": {"type": "text", "align": "left", "dx": 6, "fontSize": 15, "color": INK},
             "encoding": {**bar, "text": {"field": "told"}}},
        ],
    }  # fmt: skip
    described = ", ".join(f"{row['told']} {row['what']}" for row in data)
    return _drawn(spec, _("The way in, in people"), described, language)


def outlook(seen: Outlook, plan: Plan, language: Language, _: Translate) -> str:
    """What `rentree check` shows: people due, sessions if all is well, phases, faults; as SVG."""

    def moment(t: float) -> int:
        return round((plan.starts_at + t * plan.clock) / 1000)

    x = {
        "field": "t", "type": "temporal", "title": None,
        "scale": {"type": "utc", "domain": [moment(0), moment(plan.end)]},
        "axis": {"labelExpr": _CLOCK[language], "labelOverlap": True, "tickCount": 8},
    }  # fmt: skip
    y = {"field": "n", "type": "quantitative", "title": None, "axis": {"tickCount": 4}}
    many = min(_WIDTH, len(seen.sessions))
    seconds = min(many, len(seen.per_second(seen.due)))  # no column is shorter than one
    bands = [
        {"t": moment(p.start), "end": moment(p.end), "name": phase(p.name, language)}
        for p in plan.phases
    ]
    edges = {
        "data": {"values": bands}, "encoding": {"x": x},
        "mark": {"type": "rule", "color": GREY, "strokeDash": [2, 3]},
    }  # fmt: skip

    def panel(title: str, values: Sequence[float], mark: dict[str, Any]) -> dict[str, Any]:
        long = len(seen.sessions) * seen.width / len(values)
        data = [{"t": moment(i * long), "n": round(n, 2)} for i, n in enumerate(values)]
        area = {"data": {"values": data}, "mark": mark, "encoding": {"x": x, "y": y}}
        return {"width": _WIDTH, "height": 150, "title": title, "layer": [edges, area]}

    panels = [
        _names(bands, x),
        panel(_("People due, a second"), seen.columns(seen.due, seconds).tolist(),
              {"type": "area", "color": ACCENT, "opacity": 0.6, "interpolate": "step-after"}),
        panel(_("Sessions open, if all is well"), seen.highest(seen.sessions, many).tolist(),
              {"type": "area", "color": ACCENT, "opacity": 0.35, "line": {"color": ACCENT}}),
    ]  # fmt: skip
    if plan.faults:
        panels.append(_faults(plan, (), moment, x, language, _))
    title = {"text": plan.title[language], "fontSize": 17, "offset": 12}
    spec = {
        **_FACTS, "title": title, "vconcat": panels, "spacing": 16,
        "resolve": {"scale": {"x": "shared"}},
    }  # fmt: skip
    described = _(
        "Reckoned beforehand: at most {due} people are due in a second and {sessions} sessions are "
        "open at once; {faults} faults on the same axis."
    ).format(
        due=number(float(seen.per_second(seen.due).max()), language),
        sessions=number(seen.little.peak, language), faults=len(plan.faults),
    )  # fmt: skip
    return _drawn(spec, f"{_('Outlook')}{_(': ')}{plan.title[language]}", described, language)


@dataclass(frozen=True)
class Rung:
    """One value of a quantity that was swept, and what was measured there; shares 0..1."""

    label: str
    verdict: str
    share: float
    low: float
    high: float


def swept(rungs: Sequence[Rung], title: str, what: str, language: Language) -> str:
    """A share at each value of `what`, in their order, with interval and verdict, as SVG."""
    data = [{**asdict(rung), "order": i} for i, rung in enumerate(rungs)]
    x = {
        "field": "label", "type": "nominal", "sort": {"field": "order"}, "title": what,
        "axis": {"labelAngle": 0},
    }  # fmt: skip
    y = {"field": "share", "type": "quantitative", "title": None, "scale": {"domain": [0, 1.1]},
         "axis": {"format": "%", "values": [0, 0.25, 0.5, 0.75, 1]}}  # fmt: skip
    ends = {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}}
    spec = {
        **_FACTS, "data": {"values": data}, "width": 560, "height": 260,
        "layer": [
            {"mark": {"type": "rule", "color": GREY, "strokeWidth": 6}, "encoding": ends},
            {"mark": {"type": "line", "color": ACCENT, "strokeDash": [4, 3]},
             "encoding": {"x": x, "y": y}},
            {"mark": {"type": "point", "color": INK, "filled": True, "size": 70},
             "encoding": {"x": x, "y": y}},
            {"mark": {"type": "text", "align": "left", "dx": 9, "dy": -9, "fontSize": 13,
                      "color": INK},
             "encoding": {"x": x, "y": y, "text": {"field": "verdict"}}},
        ],
    }  # fmt: skip
    told = (f"{rung.label} {percent(rung.share, language)} {rung.verdict}" for rung in rungs)
    return _drawn(spec, title, ", ".join(told), language)


def _outcomes(
    course: Course, times: list[int], x: dict[str, Any], y: Callable[..., Any], _: Translate
) -> dict[str, Any]:
    known = [name for name in ("ok", *BAD) if name in course.outcomes]
    data = [
        {"t": t, "n": n * 1e6 / course.width, "what": _(name), "order": i}
        for i, name in enumerate(known)
        for t, n in zip(times, course.outcomes[name], strict=True)
    ]
    colours = {"domain": [_(name) for name in known], "range": [SHADES[name] for name in known]}
    return {
        "data": {"values": data},
        "mark": {"type": "bar", "width": _WIDTH / max(len(times), 1), "align": "left"},
        "encoding": {
            "x": x, "y": y("n", stack="zero"), "order": {"field": "order"},
            "color": {"field": "what", "type": "nominal", "scale": colours},
        },
    }  # fmt: skip


def _faults(
    plan: Plan,
    returns: Sequence[Return],
    moment: Callable[[int], int],
    x: dict[str, Any],
    language: Language,
    _: Translate,
) -> dict[str, Any]:
    """A bar for each fault, and for each return to normal that was asked for, from its end on."""
    rows = [
        {"t": moment(f.start), "end": moment(f.end), "row": f.name, "name": f.name, "kind": "fault"}
        for f in plan.faults
    ]
    for back in returns:
        told = (
            _("back to normal after {time}") if back.took is not None else _("not back to normal")
        )
        took = plan.end - back.since if back.took is None else back.took
        rows.append({
            "t": moment(back.since), "end": moment(back.since + took), "kind": "return",
            "row": f"{back.after} →", "name": told.format(time=duration(took, language)),
        })  # fmt: skip
    bars = {
        "y": {"field": "row", "type": "nominal", "title": None, "sort": None,
              "axis": {"labels": False, "ticks": False, "domain": False}},
        "x": x, "x2": {"field": "end"},
    }  # fmt: skip
    text = {"type": "text", "align": "left", "dx": 6, "fontSize": 13, "limit": 400}
    where = {"y": bars["y"], "x": x, "text": {"field": "name"}}
    return {
        "width": _WIDTH, "height": {"step": 26}, "data": {"values": rows},
        "title": _("Faults, as they were asked for") + (_(", and the way back") if returns else ""),
        "layer": [
            {"mark": {**mark, "color": colour}, "encoding": encoding,
             "transform": [{"filter": f"datum.kind == '{kind}'"}]}
            for kind, of_bar, of_text in (
                ("fault", INK, "white"), ("return", SHADES["waiting"], INK)
            )
            for mark, encoding, colour in (
                ({"type": "bar", "height": 20}, bars, of_bar), (text, where, of_text)
            )
        ],
    }  # fmt: skip


def _names(bands: list[dict[str, Any]], x: dict[str, Any]) -> dict[str, Any]:
    text = {"type": "text", "align": "left", "dx": 3, "fontSize": 13, "color": INK, "limit": 150}
    quiet = {**x, "axis": None}
    first, last = x["scale"]["domain"]
    free, rows = [0.0], list[dict[str, Any]]()  # where each row is free from, px; names in rows
    for band in bands:  # a name that would stand in another one goes a row lower
        at = (band["t"] - first) / (last - first) * _WIDTH
        row = next((i for i, begin in enumerate(free) if begin <= at), len(free))
        free[row : row + 1] = [at + _LETTER * (len(band["name"]) + 1)]
        rows.append({**band, "row": row})
    return {
        "width": _WIDTH, "height": 18 * len(free), "data": {"values": rows}, "mark": text,
        "encoding": {
            "x": quiet, "text": {"field": "name"},
            "y": {"field": "row", "type": "ordinal", "axis": None},
        },
    }  # fmt: skip


def _dash(_: Translate) -> dict[str, Any]:
    said = [_("sent on time"), _("refused by the platform")]
    return {
        "field": "what",
        "type": "nominal",
        "scale": {"domain": said, "range": [[1, 0], [5, 3]]},
    }


def _drawn(spec: Mapping[str, Any], title: str, described: str, language: Language) -> str:
    """The SVG of a specification, with a name and a description, as wide as there is room for."""
    svg = str(vl_convert.vegalite_to_svg(dict(spec), format_locale=_LOCALE[language]))
    head, _, rest = svg.partition(">")
    size = re.search(r'viewBox="0 0 (\d+)', head)
    wide = f' style="max-width:{size[1]}px"' if size else ""
    head = re.sub(r' (width|height|class)="[^"]*"', "", head)
    said = f"<title>{escape(title)}</title><desc>{escape(described)}</desc>"
    rest = re.sub(r' aria-[a-z]+="[^"]*"| role="[^"]*"', "", rest)  # one picture, one name
    return f'{head} role="img" aria-label="{escape(title)}"{wide}>{said}{rest}'
