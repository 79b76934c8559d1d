"""How an adapter in YAML reads answers: content before status, and nothing passes unseen."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import pytest

from rentree.platform import OK, SESSION_LOST, Answer, Platform

from .conftest import Reply, Site, attempt

Person = Callable[[str], Platform]
MARKS = """\
marks:
  refused: [{text: "l’ENT est temporairement restreint"}, {header: X-Shed}]
  error: [{text: "Une erreur est survenue"}]
  session_lost: [{url: "/login"}]
"""
HOME = MARKS + "steps: {home: [{get: /, ok: {css: main}}]}"
REFUSAL = "<main>Accès à l&rsquo;ENT\nest temporairement&nbsp;restreint</main>"
NOT_MAIN = 'not the page that shows {"css": "main"}'


@pytest.mark.parametrize(
    ("reply", "outcome", "why"),
    [
        (Reply("<main>"), "ok", ""),
        (Reply(REFUSAL.replace("Accès à ", "")), "refused", "quota"),
        (Reply("<main>", X_Shed="1"), "refused", "quota"),
        (Reply("<main>", 429), "refused", "HTTP 429"),
        (Reply("<main>", 509), "refused", "HTTP 509"),
        (Reply("busy", 503, Retry_After="30"), "refused", "overloaded, asked to come back later"),
        (Reply("busy", 503), "error", "HTTP 503"),
        (Reply("<main>", 500), "wrong", "the right page as HTTP 500"),
        (Reply("<main>", 404), "wrong", "the right page as HTTP 404"),
        (Reply("<p>else"), "wrong", f"{NOT_MAIN} (200)"),
        (Reply(""), "wrong", f"{NOT_MAIN} (200)"),
        (Reply("<main>Une erreur est survenue"), "error", "the page of an error (HTTP 200)"),
        (Reply("who?", 401), "error", SESSION_LOST),
        (Reply("<form><input type=password>"), "error", SESSION_LOST),
        (Reply("", 302, Location="/login"), "error", SESSION_LOST),
    ],
)
def test_a_page_and_its_outcome(
    person: Person, site: Site, reply: Reply, outcome: str, why: str
) -> None:
    """Marks decide first, in their order; then what was wanted; the status last."""
    site.pages = {"GET /": [reply], "GET /login": [Reply("<main>")]}
    answer = attempt(person(HOME), "home")
    assert (answer.outcome, answer.why) == (outcome, why)


def test_a_status_that_is_wanted_is_right(person: Person, site: Site) -> None:
    """Some pages are right as a 403, and wrong as anything else."""
    text = "steps: {home: [{get: /, ok: {css: main, status: 403}}]}"
    site.pages["GET /"] = [Reply("<main>", 403), Reply("<main>")]
    assert [attempt(person(text), "home").outcome for _ in range(2)] == ["ok", "wrong"]


API = "steps: {home: [{get: /, ok: {json: user.name%s}}]}"


@pytest.mark.parametrize(
    ("body", "wanted", "outcome"),
    [
        ('{"user": {"name": "Ada"}}', "", "ok"),
        ('{"user": {"name": 0}}', "", "ok"),
        ('{"user": {"name": null}}', "", "wrong"),
        ('{"user": {"name": false}}', "", "wrong"),
        ('{"user": {}}', "", "wrong"),
        ("<html>", "", "wrong"),
        ('{"user": {"name": "Ada Martin"}}', ', is: "{name}"', "ok"),
        ('{"user": {"name": "Bob"}}', ', is: "{name}"', "wrong"),
        ('{"user": {"name": true}}', ", is: true", "ok"),
        ('{"user": {"name": "Ada"}}', ", is: true", "wrong"),
        ('{"user": {"name": false}}', ", is: false", "ok"),
    ],
)
def test_json(person: Person, site: Site, body: str, wanted: str, outcome: str) -> None:
    """Something stands there, as null and false do not; or what the mark says."""
    site.pages["GET /"] = [Reply(body, kind="application/json")]
    assert attempt(person(API % wanted), "home").outcome == outcome


WHO = """\
identity: {css: "#who", json: user, is: name}
steps:
  page: [{get: /, ok: {css: main}}]
  public: [{get: /, ok: {css: main}, personal: no}]
  script: [{get: /, ok: {json: items}}]
"""


@pytest.mark.parametrize(
    ("step", "body", "outcome"),
    [
        ("page", "<main><b id=who> Ada\n Martin </b>", "ok"),
        ("page", "<main><b id=who>Bob</b>", "leak"),
        ("page", "<main>", "wrong"),  # a promise that nobody's data leaks rests on this
        ("page", "<b id=who>Bob</b>Gone", "leak"),  # whatever else the page is
        ("public", "<main>", "ok"),
        ("public", "<main><b id=who>Bob</b>", "leak"),
        ("script", '{"items": [], "user": "Ada Martin"}', "ok"),
        ("script", '{"items": [], "user": "Bob"}', "leak"),
        ("script", '{"items": []}', "wrong"),
    ],
)
def test_whose_it_is(person: Person, site: Site, step: str, body: str, outcome: str) -> None:
    """Somebody else's is a leak, of which a hash is kept; nobody's is wrong."""
    kind = "application/json" if step == "script" else "text/html"
    site.pages["GET /"] = [Reply(body, kind=kind)]
    answer = attempt(person(WHO), step)
    assert answer.outcome == outcome
    assert "Bob" not in answer.why
    assert (hashlib.sha256(b"Bob").hexdigest()[:16] in answer.why) == (outcome == "leak")


@pytest.mark.parametrize(
    ("text", "identifies"),
    [
        ("identity: {css: b}\nsteps: {home: [{get: /, ok: {css: main}}]}", True),
        ("identity: {css: b}\nsteps: {home: [{get: /, ok: {css: main}, personal: no}]}", False),
        ("identity: {css: b}\nsteps: {home: [{get: /, ok: {json: user}}]}", False),
        ("identity: {json: user}\nsteps: {home: [{get: /, ok: {css: main}}]}", False),
        ("identity: {json: user}\nsteps: {home: [{get: /, ok: {json: user}}]}", True),
        ("steps: {home: [{get: /, ok: {css: main}}]}", False),
    ],
)
def test_an_adapter_identifies_when_an_answer_must_tell(
    person: Person, text: str, identifies: bool
) -> None:
    """An identity that no answer is asked for would make every platform discreet."""
    assert person(text).identifies is identifies


HAND_IN = """\
steps:
  hand in:
    - {get: /work, ok: {css: form}}
    - submit: {with_field: text, fields: {text: "{text}"}}
      ok: {css: "#receipt"}
      read_back: {text: "{text}"}
"""
SENT = "l'été & <b>{name}</b>"
ESCAPED = "l&#39;été &amp; &lt;b&gt;{name}&lt;/b&gt;"


@pytest.mark.parametrize(
    ("stored", "outcome"),
    [(f"<p id=receipt>{ESCAPED}", "ok"), ("<p id=receipt>n° 7", "wrong"), ("", "wrong")],
)
def test_what_was_sent_is_read_back(person: Person, site: Site, stored: str, outcome: str) -> None:
    """From the page that one ended at, asked again; a receipt alone proves nothing."""
    form = "<form action=/find><input name=q></form><form method=post><textarea name=text></form>"
    receipt = Reply("", 303, Location="/work/7")
    site.pages = {"GET /work": [Reply(form)], "POST /work": [receipt]}
    site.pages["GET /work/7"] = [Reply(f"<p id=receipt>{ESCAPED}"), Reply(stored)]
    answer = attempt(person(HAND_IN), "hand in", text=SENT)
    assert answer.outcome == outcome
    assert ("read back" in answer.why) == (outcome == "wrong")
    assert [what for what, _ in site.asked][-2:] == ["GET /work/7"] * 2


def test_a_journey_that_brings_no_text_is_our_mistake(person: Person, site: Site) -> None:
    """It raises, and nothing like {text} is sent."""
    site.pages["GET /work"] = [Reply("<form method=post><textarea name=text></form>")]
    with pytest.raises(LookupError, match="stands for nothing in this step"):
        attempt(person(HAND_IN), "hand in")
    assert [what for what, _ in site.asked] == ["GET /work"]


@pytest.mark.parametrize(
    ("status", "answer"), [(200, OK), (404, Answer("error", "asset a.css did not come"))]
)
def test_assets(person: Person, site: Site, status: int, answer: Answer) -> None:
    """Each of the platform's must come; those of other hosts are left alone."""
    page = "<main><img src=http://cdn.example/x.png><link rel=stylesheet href=/a.css><img src=/b>"
    site.pages = {"GET /": [Reply(page)], "GET /a.css": [Reply("", status)]}
    site.pages["GET /b"] = [Reply("", 302, Location="http://cdn.example/b")]
    assert attempt(person("steps: {home: [{get: /, ok: {css: main}, assets: yes}]}"), "home") == (
        answer
    )
    assert {what for what, _ in site.asked} <= {"GET /", "GET /a.css", "GET /b"}


JSON_SIGN_IN = """\
steps:
  sign in:
    - sign_in: {page: /, json: "{portal}/api/login", name: user, password: pass}
      ok: {json: success}
"""


@pytest.mark.parametrize(
    ("reply", "answer"),
    [
        (Reply('{"success": true}', kind="application/json"), OK),
        (Reply("no", 401), Answer("error", "the platform does not accept the password")),
        (
            Reply('{"success": false}', kind="application/json"),
            Answer("wrong", 'not the page that shows {"json": "success"} (200)'),
        ),
    ],
)
def test_signing_in_by_json(person: Person, site: Site, reply: Reply, answer: Answer) -> None:
    """The page is loaded, the API asked, its answer read."""
    site.pages = {"GET /": [Reply("app")], "POST /api/login": [reply]}
    assert attempt(person(JSON_SIGN_IN), "sign in") == answer
    assert site.asked[1] == ("POST /api/login", '{"user": "ada", "pass": "s"}')


def test_who_is_inside_already_is_not_asked_again(person: Person, site: Site) -> None:
    """A retry after an answer that was lost: the page that shows it is enough."""
    page = "<main><form method=post action=/change><input type=password name=new></form>"
    site.pages["GET /"] = [Reply(page)]
    assert attempt(person("steps: {sign in: [{sign_in: /, ok: {css: main}}]}"), "sign in") is OK
    assert [what for what, _ in site.asked] == ["GET /"]


def test_an_adapter_tells_refusals_when_it_has_a_mark_of_one(person: Person) -> None:
    """Statuses alone do not: a quota page may come as HTTP 200."""
    assert person(HOME).tells_refusal
    assert not person("steps: {home: [{get: /, ok: {css: main}}]}").tells_refusal
