"""What is inside the portal, by people and page by page; and each of its defects."""

from __future__ import annotations

import hashlib
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.sandbox.people import CLASSMATE, PARENT, PUPIL, TEACHER, do, inside, person
from tests.sandbox.postgresql import Server
from tests.sandbox.test_app import Answer, Browser, signed_in
from tests.sandbox.test_protections import at_once

from rentree.client.upload import File, multipart
from rentree.sandbox.accounts import demo_accounts
from rentree.sandbox.database import Sqlite
from rentree.sandbox.ent.inside import unlucky
from rentree.sandbox.process import RunningSandbox
from rentree.sandbox.settings import send
from rentree.sandbox.store import Store

Start = Callable[..., RunningSandbox]
HIT = next(i for i in range(24) if unlucky(f"demo-pupil-{i + 1:03}"))
HIT_LOGIN = f"demo-pupil-{HIT + 1:03}"


def test_what_the_teacher_posts_is_seen_by_the_class(sandbox: RunningSandbox) -> None:
    """By its pupils, and by nobody of another class."""
    teacher, pupil, stranger = (inside(sandbox.url, n) for n in (TEACHER, PUPIL, 30))
    text = "Contrôle de mathématiques : apportez un compas <b>et</b> une règle."
    assert do(teacher, "post", text=text).outcome == "ok"
    assert do(pupil, "read post", text=text).outcome == "ok"
    assert do(stranger, "read post", text=text).outcome == "wrong"


@pytest.mark.parametrize("number", [PUPIL, PARENT])
def test_only_teachers_post(sandbox: RunningSandbox, number: int) -> None:
    """Others have no form, and a form that they make up is refused."""
    browser = signed_in(sandbox, demo_accounts()[number].person.login)
    page = browser.get("/messages")
    assert page.text("#publier") is None
    form = {"jeton": page.form_token, "texte": "x"}
    assert browser.ask("POST", "/messages", form).status == 403


def test_a_file_is_handed_in_and_fetched_back(sandbox: RunningSandbox) -> None:
    """By the pupil and by the teacher; nobody else."""
    pupil = inside(sandbox.url)
    data = bytes(range(256)) * 200
    assert do(pupil, "hand in file", name="récit.odt", data=data).outcome == "ok"
    number = (
        signed_in(sandbox, "demo-teacher-01").get("/devoirs").attribute("#rendus + ul a", "href")
    )
    assert number is not None
    fetched = [
        signed_in(sandbox, login).get(f"{number}/fichier")
        for login in ("demo-pupil-001", "demo-teacher-01", "demo-pupil-002", "demo-parent-01")
    ]
    assert [answer.status for answer in fetched] == [200, 200, 403, 403]
    assert fetched[1].body == data
    assert (
        fetched[1].headers["content-disposition"] == "attachment; filename*=UTF-8''r%C3%A9cit.odt"
    )


def upload(browser: Browser, name: str, data: bytes) -> Answer:
    """A file by the form of the page."""
    token = browser.get("/devoirs").form_token
    kind, body = multipart({"jeton": token}, {"fichier": File(name, data)})
    return browser.send("POST", "/devoirs", body, kind)


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd"), ("C:\\temp\\devoir.doc", "devoir.doc"), ("..", "fichier"),
        ("a\r\nX-Evil: 1", "a%0D%0AX-Evil: 1"), ("x" * 500, "x" * 80), ("/", "fichier"),
    ],
)  # fmt: skip
def test_a_name_is_never_a_path(sandbox: RunningSandbox, name: str, kept: str) -> None:
    """Only its last part stays, printable and short."""
    browser = signed_in(sandbox)
    answer = upload(browser, name, b"x")
    assert answer.status == 303
    assert browser.get(answer.headers["location"]).text("#fichier") == kept


@pytest.mark.parametrize(
    ("data", "status"), [(b"", 400), (b"x" * (2 * 2**20), 303), (b"x" * (3 * 2**20), 413)]
)
def test_sizes_of_files(sandbox: RunningSandbox, data: bytes, status: int) -> None:
    """Empty, as large as may be, too large."""
    assert upload(signed_in(sandbox), "a.bin", data).status == status


@pytest.mark.parametrize(
    "body", [b"", b"--x", b"--x\r\nContent-Disposition: form-data\r\n\r\nx\r\n--x--\r\n"]
)
def test_a_broken_upload_is_refused(sandbox: RunningSandbox, body: bytes) -> None:
    """With a page, not a trace."""
    answer = signed_in(sandbox).send("POST", "/devoirs", body, "multipart/form-data; boundary=x")
    assert answer.status in (400, 403)
    assert answer.page == "erreur"


def test_the_service_is_reached_by_ticket_only(sandbox: RunningSandbox) -> None:
    """Once; and whoever comes straight is refused ("ENT et rien que les ENT")."""
    assert do(inside(sandbox.url), "service").outcome == "ok"
    assert Browser(sandbox.url).get("/service").status == 403
    ticket = signed_in(sandbox).get("/vers-le-service").headers["location"]
    assert Browser(sandbox.url).get(ticket).status == 302
    assert Browser(sandbox.url).get(ticket).status == 403
    assert Browser(sandbox.url).get("/service?ticket=ST-made-up").status == 403


def test_a_virtual_class(run_sandbox: Start) -> None:
    """A pupil waits, the teacher opens and admits, the pupil is in; a latecomer waits again."""
    url = run_sandbox(clock=10).url
    teacher, pupil, late = (inside(url, n) for n in (TEACHER, PUPIL, CLASSMATE))
    assert do(pupil, "join class", seconds=0.9).outcome == "waiting"
    assert do(teacher, "open class").outcome == "ok"
    assert do(pupil, "join class", seconds=0.9).outcome == "waiting"
    assert do(teacher, "admit").outcome == "ok"
    assert do(pupil, "join class").outcome == "ok"
    assert do(late, "join class", seconds=0.9).outcome == "waiting"


def join(browser: Browser) -> Answer:
    """From the page of the class by its link."""
    return browser.get(browser.get("/classe").attribute("#lien", "href") or "/classe")


@pytest.mark.parametrize(
    ("clock", "statuses", "why"),
    [(1.0, [200, 200], "good for five minutes"), (3_000.0, [200, 410], "a tenth of a second")],
)
def test_a_link_expires(run_sandbox: Start, clock: float, statuses: list[int], why: str) -> None:
    """Five minutes of the scenario after it was given."""
    browser = signed_in(run_sandbox(clock=clock, idle="24 h"))
    link = browser.get("/classe").attribute("#lien", "href") or ""
    first = browser.get(link).status
    time.sleep(0.2)
    assert [first, browser.get(link).status] == statuses, why


def test_a_link_is_ones_own(sandbox: RunningSandbox) -> None:
    """Neither a classmate's nor one that was changed lets anybody in."""
    link = signed_in(sandbox).get("/classe").attribute("#lien", "href") or ""
    other = signed_in(sandbox, "demo-pupil-002")
    assert other.get(link).status == 403
    assert signed_in(sandbox).get(link[:-1] + "x").status == 403
    assert signed_in(sandbox).get("/classe/rejoindre").status == 403


def test_a_home_page_of_a_big_portal(run_sandbox: Start) -> None:
    """Fifty assets and three calls, all of which our people fetch."""
    sandbox = run_sandbox(more="home: {assets: 50, calls: 3}")
    pupil = inside(sandbox.url)
    assert do(pupil, "home").outcome == "ok"
    assert len(pupil.client.get("/accueil").tree.css("img, script, link[rel=stylesheet]")) == 50
    browser = signed_in(sandbox)
    statuses = [browser.get(f"/api/appel/{i}").status for i in (0, 1, 2, 3)]
    assert statuses == [404, 200, 200, 404]
    assert Browser(sandbox.url).get("/api/appel/1").status == 401


def test_the_status_page_moves(run_sandbox: Start) -> None:
    """It tells what is, and says how often it asks again."""
    sandbox = run_sandbox(defects=["page-cacheable"])
    before = Browser(sandbox.url).get("/statut")
    signed_in(sandbox)
    send(sandbox.url, {"quota.sessions": "1 234"})
    after = Browser(sandbox.url).get("/statut").body.decode()
    assert before.attribute("body", "data-recharge") == "2"
    assert "<td>1\u202f234</td>" in after
    assert "page-cacheable" in after
    assert before.body.decode() != after


def test_no_acknowledged_homework_is_lost_when_it_is_killed(run_sandbox: Start) -> None:
    """SIGKILL right after the receipt: text and file are in the database."""
    sandbox = run_sandbox()
    pupil = inside(sandbox.url)
    assert do(pupil, "hand in", text="avant la coupure").outcome == "ok"
    assert do(pupil, "hand in file", name="a.bin", data=b"12345").outcome == "ok"
    sandbox.child.send_signal(signal.SIGKILL)
    sandbox.child.wait()
    store = Store(Sqlite(sandbox.work / "sandbox.sqlite"), demo_accounts())
    kept = store.homework_of(demo_accounts()[PUPIL].person)
    assert [(w.text, store.file(w.id)) for w in kept] == [("", b"12345"), ("avant la coupure", b"")]
    store.close()


# What a person meets, with a defect and without: probes.


def homework_after(sandbox: RunningSandbox) -> str:
    """Handed in by somebody whom defects hit: how often the teacher finds it, whole or not."""
    text = "Une longue histoire. " * 100
    pupil = inside(sandbox.url, HIT)
    answer = do(pupil, "hand in", text=text)
    time.sleep(0.5)
    teacher = signed_in(sandbox, "demo-teacher-01")
    links = [n.attributes["href"] or "" for n in teacher.get("/devoirs").html.css("#rendus + ul a")]
    whole = hashlib.sha256(text.encode()).hexdigest()
    pages = [teacher.get(link) for link in links]
    found = sum(page.text("#empreinte") == whole for page in pages)
    whose = {page.text("dd") for page in pages}
    name = demo_accounts()[HIT].person.name
    return f"{answer.outcome} {found} {'own' if whose <= {name} else 'other'}"


def whose_home(sandbox: RunningSandbox) -> str:
    """What somebody meets on their home page while others are in."""
    signed_in(sandbox, "demo-teacher-02")
    return do(person(sandbox.url, HIT), "sign in").outcome


def twice_the_same_cookie(sandbox: RunningSandbox) -> str:
    """How many different sessions six people have."""
    people = [signed_in(sandbox, f"demo-pupil-00{i}") for i in range(1, 7)]
    return str(len({browser.cookies["session"] for browser in people}) == 6)


def cache_control(sandbox: RunningSandbox) -> str:
    """Of a personal page."""
    return signed_in(sandbox).get("/accueil").headers["cache-control"]


def statuses(sandbox: RunningSandbox) -> str:
    """The worst status of ten home pages, each of which is whole."""
    browser = signed_in(sandbox)
    answers = [browser.get("/accueil") for _ in range(10)]
    assert {answer.page for answer in answers} == {"accueil"}
    return str(max(answer.status for answer in answers))


def overloaded(sandbox: RunningSandbox) -> str:
    """The status of the page that says that the platform is overloaded."""
    send(sandbox.url, {"capacity.queue": "0", "capacity.servers": "0.001"})
    Browser(sandbox.url).get("/statique/logo.svg")
    answer = Browser(sandbox.url).get("/connexion")
    assert answer.page == "surcharge"
    return str(answer.status)


def class_button(sandbox: RunningSandbox) -> str:
    """Where the button of the class leads."""
    return signed_in(sandbox).get("/accueil").attribute("#classe", "href") or ""


def class_link(sandbox: RunningSandbox) -> str:
    """What the link to the class leads to."""
    return join(signed_in(sandbox)).page or ""


def after_an_overload(sandbox: RunningSandbox) -> str:
    """What a pupil sees of the teacher's message that came after it."""
    teacher, pupil = inside(sandbox.url, TEACHER), inside(sandbox.url)
    assert do(pupil, "messages").outcome == "ok"
    busy = {"capacity.queue": "0", "capacity.servers": "0.5", "service.page": "200 ms"}
    send(sandbox.url, busy)
    assert at_once(sandbox) == "503"
    send(sandbox.url, {"capacity.queue": "1000", "capacity.servers": "1000"})
    assert do(teacher, "post", text="Après la panne").outcome == "ok"
    return do(pupil, "read post", text="Après la panne").outcome


def weight(sandbox: RunningSandbox) -> str:
    """How many assets the home page has, for who bears our marks."""
    browser = signed_in(sandbox)
    browser.headers["Rentree-Mark"] = "1"
    return str(len(browser.get("/accueil").html.css("img, script, link[rel=stylesheet]")))


def after_a_password_flood(sandbox: RunningSandbox) -> str:
    """Where the right password leads, after ten wrong ones."""
    for _ in range(10):
        Browser(sandbox.url).sign_in("demo-pupil-001", "wrong")
    answer = Browser(sandbox.url).sign_in("demo-pupil-001")
    return answer.headers.get("location") or answer.page or ""


def ticket_again(sandbox: RunningSandbox) -> str:
    """What a ticket is good for the second time."""
    ticket = signed_in(sandbox).get("/vers-le-service").headers["location"]
    Browser(sandbox.url).get(ticket)
    return str(Browser(sandbox.url).get(ticket).status)


def ticket_after_leaving(sandbox: RunningSandbox) -> str:
    """What a ticket is good for once its person has signed out."""
    browser = signed_in(sandbox)
    ticket = browser.get("/vers-le-service").headers["location"]
    browser.ask("POST", "/deconnexion", {"jeton": browser.get("/accueil").form_token})
    return str(Browser(sandbox.url).get(ticket).status)


Probe = Callable[[RunningSandbox], str]
# defect, probe, sound, broken
DEFECTS: list[tuple[str, Probe, str, str]] = [
    ("homework-lost", homework_after, "ok 1 own", "ok 0 own"),
    ("homework-twice", homework_after, "ok 1 own", "ok 2 own"),
    ("homework-truncated", homework_after, "ok 1 own", "wrong 0 own"),
    ("homework-misattributed", homework_after, "ok 1 own", "wrong 1 other"),
    ("session-leak", whose_home, "ok", "leak"),
    ("cookie-twice", twice_the_same_cookie, "True", "False"),
    ("page-cacheable", cache_control, "no-store", "public, max-age=60"),
    ("content-as-500", statuses, "200", "500"),
    ("error-as-200", overloaded, "503", "200"),
    ("class-button-dead", class_button, "/classe", "#"),
    ("class-link-expired", class_link, "salle-attente", "erreur"),
    ("stale-after-recovery", after_an_overload, "ok", "wrong"),
    ("thin-page-for-testers", weight, "4", "0"),
    ("password-flood-locks-pupils", after_a_password_flood, "/accueil", "connexion"),
    ("ticket-twice", ticket_again, "403", "302"),
    ("ticket-after-sign-out", ticket_after_leaving, "403", "302"),
]


@pytest.mark.parametrize(
    ("name", "probe", "sound", "broken"), DEFECTS, ids=[row[0] for row in DEFECTS]
)
def test_a_defect_with_it_and_without_it(
    run_sandbox: Start, name: str, probe: Probe, sound: str, broken: str
) -> None:
    """The same platform twice: as it should be, and as the table says (ten times quicker)."""
    assert probe(run_sandbox(clock=10)) == sound
    assert probe(run_sandbox(clock=10, defects=[name])) == broken


@pytest.mark.parametrize(
    ("name", "probe", "sound", "broken"), DEFECTS, ids=[row[0] for row in DEFECTS]
)
def test_a_defect_on_postgresql(
    run_sandbox: Start, postgresql: Server, name: str, probe: Probe, sound: str, broken: str
) -> None:
    """The same, whatever database is behind."""
    for defects, told in (((), sound), ([name], broken)):
        url = postgresql.new_database(f"{name}-{len(defects)}")
        assert probe(run_sandbox(clock=10, defects=defects, database=url)) == told


def test_nobody_is_a_person_before_signing_in(sandbox: RunningSandbox, tmp_path: Path) -> None:
    """Every page of the inside sends whoever is outside to the door."""
    outside = person(sandbox.url)
    for step in ("open class", "admit", "join class", "service"):
        assert do(outside, step).outcome == "error"
