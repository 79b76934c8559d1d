"""The sandbox's pages, and how to read them: `<body data-page>` and the identity mark decide."""

import hashlib
import re
from typing import ClassVar

import gevent

from rentree.client import File, Page
from rentree.platform import OK, SESSION_LOST, Answer, Platform, cacheable, does

_NOT_ACCEPTED = "the platform does not accept the password"
_POST = re.compile(r"n° \d+\.")  # what tells one post of our journeys from another


class Sandbox(Platform):
    """The reference ENT that Rentrée ships."""

    name = "sandbox"
    identifies = True
    leaving = False  # the button to sign out was pressed
    creating = created = False  # the form for a new account was sent; the platform said yes
    tells_refusal = True
    doors: ClassVar[dict[str, str]] = {
        "create account": "/inscription",
        "sign in": "/connexion",
        "home": "/accueil",
    }
    session_cookies = ("session",)
    writes: ClassVar[dict[str, str]] = {"hand in": "homework"}
    checks = "list homework"

    @does("create account")
    def create_account(self) -> Answer:
        """The form for a new account, and the page that leads on to the sign-in."""
        try:
            page = self.through(self.client.get(self.portal("/inscription")))
        except StillQueued as queued:
            return Answer("waiting", "still queued", queued.position)
        answer = self.read(page, "inscription", personal=False)
        if answer is not OK:
            return answer
        secret, tried, self.creating = self.account.password, self.creating, True
        page = self.client.submit(
            page.form(with_field="confirmation"), identifiant=self.account.login,
            nouveau_mot_de_passe=secret, confirmation=secret,
        )  # fmt: skip
        if told := page.attribute("body[data-page=inscription]", "data-erreur"):
            if told != "pris" or not tried:  # else an attempt without an answer did it
                return Answer("wrong", f"no account is made of what was typed ({told})")
            answer = OK
        else:
            answer = self.read(page, "inscrit", personal=False)
        self.created = answer is OK
        return answer

    @does("sign in")
    def sign_in(self) -> Answer:
        """The door, the form, and the home page that greets this very person."""
        try:
            answer = self.come_in()
        except StillQueued as queued:
            return Answer("waiting", "still queued", queued.position)
        if self.created and answer.why == _NOT_ACCEPTED:
            return Answer("wrong", "the account that was created is not known")
        return answer

    def come_in(self) -> Answer:
        """The pages of signing in; raises StillQueued when patience ends in the queue."""
        page = self.through(self.client.get(self.portal("/")))
        if page_name(page) == "accueil":  # an attempt that failed later had opened the session
            return self.read(page, "accueil")
        if page_name(page) == "academies":  # several identity providers: their first
            link = page.attribute("a[data-fournisseur]", "href") or "/connexion"
            page = self.client.get(link)
        account = self.account
        if page_name(page) == "identite":  # the identity provider's form, and back with its proof
            form = page.form(with_field="j_password")
            page = self.client.submit(form, j_username=account.login, j_password=account.password)
            if page_name(page) != "reprise":
                return self.read(page, "accueil")
            return self.read(self.client.submit(page.form(with_field="SAMLResponse")), "accueil")
        if page_name(page) != "connexion":
            return self.read(page, "connexion", personal=False)
        form = page.form(with_field="mot_de_passe")
        page = self.client.submit(form, identifiant=account.login, mot_de_passe=account.password)
        return self.read(page, "accueil")

    def portal(self, path: str) -> str:
        """An address of the portal; the last attempt may have ended at an identity provider."""
        return next(iter(self.hosts.values()), "") + path

    def through(self, page: Page) -> Page:
        """The page behind the queue, which asks again as a browser does."""
        looks: list[list[int]] = []  # [µs of the run, rank, wait that was told in s or -1]
        while page_name(page) == "file-attente":
            rank, wait = (
                _number(page.attribute("body", f"data-{n}")) for n in ("position", "attente")
            )
            looks.append([self.client.now(), rank or 0, -1 if wait is None else wait])
            self.told["queue"] = looks
            pause = int(page.attribute("body", "data-recharge") or "5")
            if self.client.left <= pause:
                raise StillQueued(rank)
            gevent.sleep(pause)
            page = self.client.get(page.url)
        if looks:
            looks.append([self.client.now(), 0, 0])
        return page

    @does("home")
    def home(self) -> Answer:
        """The home page with its assets, as a browser loads them, and the notifications."""
        page = self.client.get("/accueil")
        answer = self.read(page, "accueil")
        if answer is not OK:
            return answer
        for asset in self.client.assets(page):
            if asset.status not in (200, 304):
                return Answer("error", f"asset {asset.url.rpartition('/')[2]} did not come")
        calls = int(page.attribute("body", "data-appels") or "0")
        for path in ("/api/notifications", *(f"/api/appel/{i + 1}" for i in range(calls))):
            told = self.client.get(path)
            if told.status == 401:
                return Answer("error", SESSION_LOST)
            if told.status != 200:
                return self.read(told, "notifications")
            whose = str(told.json().get("identite", ""))
            if whose != self.account.login:
                return self.mistaken(whose)
        return OK

    @does("messages")
    def messages(self) -> Answer:
        """The inbox, and which of the teacher's messages are in it."""
        page = self.client.get("/messages")
        self.told["seen"] = [found.group() for found in _POST.finditer(page.text)]
        return self.read(page, "messages")

    @does("read homework")
    def read_homework(self) -> Answer:
        """The list of what was handed in (a teacher's class, a pupil's own)."""
        return self.read(self.client.get("/devoirs"), "devoirs")

    @does("hand in")
    def hand_in(self, *, text: str) -> Answer:
        """Hand a text in, and read it back from its receipt."""
        page = self.client.get("/devoirs")
        answer = self.read(page, "devoirs")
        if answer is not OK:
            return answer
        receipt = self.client.submit(page.form(with_field="texte"), texte=text)
        answer = self.read(receipt, "recu")
        if answer is not OK:
            return answer
        self.told["receipt"] = receipt.url.rpartition("/")[2]  # acknowledged, whatever comes now
        stored = self.client.get(receipt.url)
        answer = self.read(stored, "recu")
        if answer is OK and hashlib.sha256(text.encode()).hexdigest() not in stored.text:
            return Answer("wrong", "the homework read back is not the one handed in")
        return answer

    @does("hand in file")
    def hand_in_file(self, *, name: str, data: bytes) -> Answer:
        """Hand a file in, and fetch it back by the link of its receipt."""
        page = self.client.get("/devoirs")
        answer = self.read(page, "devoirs")
        if answer is not OK:
            return answer
        form = next((f for f in page.forms() if f.kinds.get("fichier") == "file"), None)
        if form is None:
            return Answer("wrong", "no way to hand a file in on the page")
        receipt = self.client.submit(form, ("fichier", File(name, data)))
        answer = self.read(receipt, "recu")
        if answer is not OK:
            return answer
        back = self.client.get(receipt.attribute("#fichier", "href") or "/devoirs")
        if hashlib.sha256(back.body).digest() != hashlib.sha256(data).digest():
            return Answer("wrong", "the file fetched back is not the one handed in")
        return OK

    @does("post")
    def post(self, *, text: str) -> Answer:
        """A teacher's message to the class."""
        page = self.client.get("/messages")
        answer = self.read(page, "messages")
        if answer is not OK:
            return answer
        if mark := _POST.search(text):
            self.told["posted"] = mark.group()
        return self.read(self.client.submit(page.form(with_field="texte"), texte=text), "messages")

    @does("list homework")
    def list_homework(self) -> Answer:
        """All of it that this person may read, each piece opened, into `told["kept"]`."""
        page = self.client.get("/devoirs")
        answer = self.read(page, "devoirs")
        kept = self.told["kept"] = []
        if answer is not OK:
            return answer
        for link in page.tree.css('#rendus ~ ul a[href^="/devoirs/"]'):
            piece = self.client.get(link.attributes["href"] or "")
            answer = self.read(piece, "recu")
            if answer is not OK:
                return answer
            text = piece.css_first("#texte")
            owner = next((n.text() for n in piece.tree.css("dl dd")), "")
            kept.append([owner, text.text() if text is not None else ""])
        return OK

    @does("ticket again")
    def ticket_again(self) -> Answer:
        """The service's ticket is used, and then used once more: it must be refused."""
        return self.replay(sign_out=False)

    @does("ticket after sign out")
    def ticket_after_sign_out(self) -> Answer:
        """A ticket that was given, and is shown after its person has signed out."""
        return self.replay(sign_out=True)

    def replay(self, *, sign_out: bool) -> Answer:
        """Show a ticket that is not good any more; ok when it is refused."""
        given = self.client.peek("/vers-le-service").headers.get("location") or ""
        if "ticket=" not in given:
            return Answer("error", SESSION_LOST)
        answer = self.sign_out() if sign_out else self.read(self.client.get(given), "service")
        if answer is not OK:
            return answer
        again = self.client.peek(given)
        if again.status == 403:
            return OK
        return Answer("wrong", f"a ticket was taken that was not good any more ({again.status})")

    @does("queue ticket shared")
    def queue_ticket_shared(self) -> Answer:
        """Come again with the place in the queue that was used: nobody else may get in by it."""
        ticket = self.client.cookie("file")
        if ticket is None:
            return Answer("waiting", "no place in a queue to share")
        other = self.client.as_somebody_new({"file": ticket})
        page = other.peek("/")
        if page_name(page) == "file-attente" or other.cookie("file") != ticket:
            return OK  # a place of their own, behind the others
        return Answer("wrong", f"a used place in the queue lets somebody else in ({page.status})")

    @does("read post")
    def read_post(self, *, text: str) -> Answer:
        """Whether the teacher's message is there."""
        page = self.client.get("/messages")
        answer = self.read(page, "messages")
        if answer is OK and text not in [p.text() for p in page.tree.css("article .texte")]:
            return Answer("wrong", "the message of the teacher is not there")
        return answer

    @does("service")
    def service(self) -> Answer:
        """The service behind the ENT, by the ENT's ticket."""
        return self.read(self.client.get("/vers-le-service"), "service")

    @does("open class")
    def open_class(self) -> Answer:
        """A teacher opens the virtual class."""
        return self.press("/classe/ouvrir")

    @does("admit")
    def admit(self) -> Answer:
        """A teacher lets everybody in who waits."""
        return self.press("/classe/admettre")

    @does("join class")
    def join_class(self) -> Answer:
        """A pupil's way into the class: the button, the link, and the waiting room for a while."""
        home = self.client.get("/accueil")
        answer = self.read(home, "accueil")
        if answer is not OK:
            return answer
        page = self.client.get(home.attribute("a#classe", "href") or "/classe")
        answer = self.read(page, "classe")
        if answer is not OK:
            return answer
        page = self.client.get(page.attribute("a#lien", "href") or "/classe")
        while page_name(page) == "salle-attente":
            pause = int(page.attribute("body", "data-recharge") or "3")
            if self.client.left <= pause:
                return Answer("waiting", "still in the waiting room")
            gevent.sleep(pause)
            page = self.client.get(page.url)
        return self.read(page, "classe-en-cours")

    def press(self, action: str) -> Answer:
        """One of the teacher's buttons on the page of the class."""
        page = self.client.get("/classe")
        answer = self.read(page, "classe")
        if answer is not OK:
            return answer
        button = next((f for f in page.forms() if f.action.endswith(action)), None)
        if button is None:
            return Answer("wrong", "no such button on the page of the class")
        return self.read(self.client.submit(button), "classe")

    @does("sign out")
    def sign_out(self) -> Answer:
        """Leave by the button of the home page."""
        page = self.client.get("/accueil")
        answer = self.read(page, "accueil")
        if self.leaving and answer.why == SESSION_LOST:  # an attempt without an answer did it
            return OK
        if answer is not OK:
            return answer
        button = next((f for f in page.forms() if f.action.endswith("/deconnexion")), None)
        if button is None:
            return Answer("wrong", "no way to sign out on the page")
        self.leaving = True
        return self.read(self.client.submit(button), "au-revoir", personal=False)

    def read(self, page: Page, expected: str, *, personal: bool = True) -> Answer:
        """The outcome of a page, from its content first."""
        name = page_name(page)
        if name == "refus" or page.status == 429:
            self.told["by"] = "quota" if name == "refus" else "rate"
            return Answer("refused", "quota")
        if name == "horaire":
            self.told["by"] = "gate"
            return Answer("refused", "not before a time of day")
        if name == "file-attente":
            return Answer("waiting", "sent back to the queue")
        if page.status == 503 and page.headers.get("retry-after"):
            self.told["by"] = "load"
            return Answer("refused", "overloaded, asked to come back later")
        if page.status >= 500 and name != expected:
            return Answer("error", f"HTTP {page.status}{' overloaded' * (name == 'surcharge')}")
        if name in ("connexion", "identite") and expected != "connexion":
            if page.css_first("body[data-erreur]") is not None:
                return Answer("error", _NOT_ACCEPTED)
            return Answer("error", SESSION_LOST)
        if personal and (whose := page.attribute("meta[name=identite]", "content") or ""):
            if whose != self.account.login:
                return self.mistaken(whose)
            if why := cacheable(page.headers):
                self.told["cacheable"] = why
        elif personal:
            return Answer("wrong", f"no identity on the page ({name or 'unknown page'})")
        if name != expected:
            return Answer("wrong", f"“{name or 'unknown page'}” instead of “{expected}”")
        return (
            OK if page.status == 200 else Answer("wrong", f"the right page as HTTP {page.status}")
        )

    def mistaken(self, whose: str) -> Answer:
        """Somebody else's data; only its hash is kept (a real platform's may be a child's)."""
        if not whose:
            return Answer("wrong", "no identity in the answer")
        digest = hashlib.sha256(whose.encode()).hexdigest()[:16]
        return Answer("leak", f"data of somebody else (sha256 {digest}…)")


class StillQueued(Exception):  # noqa: N818  # an end, not a bug
    """Patience ended in the queue, at this position."""

    def __init__(self, position: int | None) -> None:
        super().__init__(position)
        self.position = position


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdigit() else None


def page_name(page: Page) -> str:
    """What the page calls itself; empty when it does not."""
    return page.attribute("body", "data-page") or ""


PLATFORM = Sandbox
