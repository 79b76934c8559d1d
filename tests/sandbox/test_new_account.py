"""Creating an account at a sandbox: no way in before, and one after, by each family of sign-in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from tests.sandbox.people import clock, do
from tests.sandbox.site import make_site
from tests.sandbox.test_app import Browser

from rentree import dropin
from rentree.client import Client
from rentree.platform import Account, Answer, Platform
from rentree.sandbox.accounts import Account as Known
from rentree.sandbox.accounts import Person, read_accounts, write_accounts
from rentree.sandbox.database import Database
from rentree.sandbox.process import RunningSandbox
from rentree.sandbox.provision import provision
from rentree.sandbox.store import Store
from rentree.workspace import find

Start = Callable[..., RunningSandbox]
Come = Callable[..., Platform]
FORM, MS = "/inscription", 1_000
NOT_ACCEPTED = Answer("error", "the platform does not accept the password")
OK, numbers = Answer("ok"), count(1)


def announced(login: str, password: str = "") -> Known:
    """Somebody of whom the school has told; without a password the account is to be created."""
    return Known(Person(login, "Nova", "pupil", "t", "s", "lycée", "c"), password)


@pytest.fixture(scope="module", params=["local", "cas", "saml"])
def family(request: pytest.FixtureRequest, run_sandbox: Start) -> RunningSandbox:
    """A sandbox of each family of sign-in."""
    return run_sandbox(more=f"sign_in: {request.param}")


@pytest.fixture
def come() -> Iterator[Come]:
    """Brings people to a sandbox's door, of whom it has been told; closes their browsers."""
    made: list[Platform] = []

    def make(sandbox: RunningSandbox, login: str = "", *, known: bool = True) -> Platform:
        login = login or f"nova.{next(numbers)}"
        if known:
            provision(sandbox.url, [announced(login)])
        client = Client(base=sandbox.url, allow=["127.0.0.2"], clock=clock)
        account = Account(login, "chosen", "Nova", "pupil")
        made.append(dropin.adapter(find("platforms", "sandbox"))(client, account))
        made[-1].hosts = sandbox.hosts
        return made[-1]

    yield make
    for platform in made:
        platform.client.close()


def test_no_way_in_before_and_one_after(family: RunningSandbox, come: Come) -> None:
    """The sign-in page says no until the account is created, and then the home page greets them."""
    pupil = come(family)
    assert do(pupil, "sign in") == NOT_ACCEPTED
    assert do(pupil, "create account") == OK
    assert [do(pupil, step) for step in ("sign in", "home", "sign out")] == [OK, OK, OK]


def test_an_account_that_is_gone_again_is_the_platforms_fault(
    family: RunningSandbox, come: Come
) -> None:
    """What was acknowledged must be there: wrong, where it was only an error before."""
    pupil = come(family)
    assert do(pupil, "create account") == OK
    provision(family.url, [announced(pupil.account.login)])  # it forgets
    assert do(pupil, "sign in") == Answer("wrong", "the account that was created is not known")


def test_an_account_that_an_attempt_without_an_answer_made(
    sandbox: RunningSandbox, come: Come
) -> None:
    """Whoever tries again finds that it was done; for anybody else it must not be there yet."""
    pupil = come(sandbox)
    assert [do(pupil, "create account"), do(pupil, "create account")] == [OK, OK]
    other = come(sandbox, pupil.account.login, known=False)
    told = "no account is made of what was typed (pris)"
    assert do(other, "create account") == Answer("wrong", told)


def test_who_is_not_known_gets_no_account(sandbox: RunningSandbox, come: Come) -> None:
    """The school has told of everybody."""
    told = "no account is made of what was typed (inconnu)"
    assert do(come(sandbox, known=False), "create account") == Answer("wrong", told)


def test_an_overloaded_platform_refuses_new_accounts_too(run_sandbox: Start, come: Come) -> None:
    """A limit on requests is met at that form as at every page."""
    few = run_sandbox(more="rate_limit: {rate: 0.1 requests/s, burst: 1}")
    pupil = come(few)
    assert Browser(few.url).get("/").status == 302  # the address's only request
    assert do(pupil, "create account").outcome == "refused"


@pytest.mark.parametrize(
    ("changes", "page", "error", "why"),
    [
        ({}, "inscrit", "", "as it is meant"),
        ({"confirmation": "other"}, "inscription", "saisie", "not the same twice"),
        ({"nouveau_mot_de_passe": "", "confirmation": ""}, "inscription", "saisie", "no password"),
        ({"identifiant": "nobody"}, "inscription", "inconnu", "nobody's login"),
        ({"jeton": "forged"}, "inscription", "jeton", "a form that is not ours"),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value else "",
)
def test_what_the_form_says(
    sandbox: RunningSandbox, changes: dict[str, str], page: str, error: str, why: str
) -> None:
    """Each way of filling it in, told by the page's marks."""
    login = f"form.{next(numbers)}"
    provision(sandbox.url, [announced(login)])
    browser = Browser(sandbox.url)
    form = {"identifiant": login, "nouveau_mot_de_passe": "chosen", "confirmation": "chosen"}
    form["jeton"] = browser.get(FORM).form_token
    answer = browser.ask("POST", FORM, form | changes)
    told = answer.attribute("body", "data-erreur") or ""
    assert (answer.page, told) == (page, error), why
    link = answer.attribute("a#connexion", "href")
    assert (link == "/connexion") is (page == "inscrit"), "it leads to the sign-in page"


@pytest.mark.parametrize(
    ("settings", "method", "cost", "why"),
    [
        ({}, "POST", 60, "60 ms unless the preset says otherwise (convention)"),
        ({"service.create-account": "2 s"}, "POST", 2_000, "what the preset says"),
        ({"service.create-account": "2 s"}, "GET", 10, "to ask for the form is to ask for a page"),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value else "",
)
def test_what_it_costs(
    tmp_path: Path, settings: dict[str, str], method: str, cost: int, why: str
) -> None:
    """A service time of its own, µs."""
    site = make_site(tmp_path, settings)
    assert site.servers.cost(method, FORM, "") == cost * MS, why
    site.close()


def test_it_is_created_once(new_database: Callable[[], Database]) -> None:
    """By the first password; no password at all signs in before, and no other one after."""
    store = Store(new_database(), [announced("a"), announced("b", "given")])
    assert store.sign_in("a", "") is None
    assert store.create_account("a", "chosen") is True
    assert store.create_account("a", "again") is False
    assert store.create_account("b", "stolen") is False
    assert store.create_account("c", "chosen") is False
    assert store.sign_in("a", "chosen") == announced("a").person
    assert store.sign_in("a", "again") is None
    assert store.sign_in("b", "given") == announced("b").person


def test_a_list_keeps_who_has_no_account_yet(tmp_path: Path) -> None:
    """An empty password, in the file too."""
    people = [announced("a"), announced("b", "given")]
    write_accounts(tmp_path / "accounts.csv", people)
    assert read_accounts(tmp_path / "accounts.csv") == people
