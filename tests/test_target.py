"""The target file: where platforms are, read strictly, without a secret in it."""

from __future__ import annotations

from pathlib import Path

import pytest
import trustme

from rentree.errors import InvalidFileError, UsageError
from rentree.target import is_name, load_target, reserved
from rentree.trust import Trust

GOOD = """\
target: preprod
platforms:
  ent: {adapter: my-ent, hosts: {portal: https://ent.example, sso: https://cas.ent.example:8443/}}
accounts: {file: accounts.csv, password: env RENTREE_PASSWORD, fictitious: attested,
  mail_domain: eleves.invalid}
addresses: {schools_by: X-Forwarded-For}
size: {of_production: 10 %}
declared: {by: prestataire, build: 2026.8.1}
"""


def written(tmp_path: Path, text: str = GOOD) -> str:
    """A target's file."""
    path = tmp_path / "preprod.yaml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_a_target_says_where_platforms_are(tmp_path: Path) -> None:
    """The first host is the base; a trailing slash is no page."""
    target, _ = load_target(written(tmp_path), ["ent"])
    assert target.platforms["ent"].base == "https://ent.example"
    assert target.hosts == ["https://ent.example", "https://cas.ent.example:8443"]
    assert target.accounts is not None
    assert target.accounts.password == "RENTREE_PASSWORD"


def test_a_link_is_in_a_toxiproxy_of_this_machine(tmp_path: Path) -> None:
    """It is named by its API and its proxy; one that is elsewhere is refused."""
    line = "links: {database: {toxiproxy: http://127.0.0.1:8474, proxy: pg}}\n"
    target, _ = load_target(written(tmp_path, GOOD + line), ["ent"])
    assert target.links["database"].proxy == "pg"
    with pytest.raises(InvalidFileError, match="must be on this machine"):
        load_target(written(tmp_path, GOOD + line.replace("127.0.0.1", "192.0.2.1")), ["ent"])


@pytest.mark.parametrize(
    ("line", "trust"),
    [
        ("", Trust()),
        ("tls: {ca: own.pem}\n", Trust("own.pem")),
        ("tls: {verify: no}\n", Trust(verify=False)),
    ],
)
def test_who_may_vouch_for_it(tmp_path: Path, line: str, trust: Trust) -> None:
    """The system's authorities, only those of a file beside the target's, or nobody's."""
    trustme.CA().cert_pem.write_to_path(str(tmp_path / "own.pem"))
    target, path = load_target(written(tmp_path, GOOD + line), ["ent"])
    ca = trust.ca and str(tmp_path / trust.ca)
    assert target.trust(path) == Trust(ca, trust.verify)


def test_authorities_that_are_not_there(tmp_path: Path) -> None:
    """Told before anything is sent."""
    target, path = load_target(written(tmp_path, GOOD + "tls: {ca: own.pem}\n"), ["ent"])
    with pytest.raises(UsageError, match=r"own\.pem: no authorities can be read"):
        target.trust(path)


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        (
            "declared:",
            "tls: {ca: own.pem, verify: no}\ndeclared:",
            "8: tls: authorities that nobody asks: say `ca` or `verify: no`, not both",
        ),
        ("target: preprod", "target: other", "1: says target: other; name and file must agree"),
        ("adapter: my-ent, ", "", "3: the key “adapter” is missing"),
        ("https://ent.example,", "ent.example,", "“ent.example” is not the address of a host"),
        ("https://ent.example,", "ftp://ent.example,", "“ftp://ent.example” is not the address"),
        ("https://ent.example,", "https://ent.example/home,", "is more than a host: pages belong"),
        ("https://ent.example,", "https://me:pw@ent.example,", "is more than a host"),
        (
            "hosts: {portal: https://ent.example, sso: https://cas.ent.example:8443/}",
            "hosts: {}",
            "3: ",
        ),
        ("env RENTREE_PASSWORD", "s3cret", "a password does not stand in a file"),
        ("fictitious: attested,\n  ", "", "4: the key “fictitious” is missing"),
        ("mail_domain: eleves.invalid", "mail_domain: ac-lyon.fr", "ac-lyon.fr may be somebody's"),
        (
            "file: accounts.csv",
            "file: accounts.csv, login: a",
            "4: accounts: say `file` or `login`, not both",
        ),
        ("schools_by: X-Forwarded-For", "schools_by: Referer", "6: "),
        ("size:", "control: ent.example\nsize:", "is not the address of a page"),
        ("size:", "control: https://me@near.example/\nsize:", "is not the address of a page"),
        (
            "size:",
            "control: https://ent.example/ping\nsize:",
            "the control must be another machine",
        ),
        ("declared:", "declard:", "unknown key “declard”: did you mean “declared”"),
        (
            "  ent:",
            "  cned:",
            "the profile's people go to the platform “ent”, which the target does",
        ),
    ],
)
def test_a_mistake_is_told_with_its_line(
    tmp_path: Path, before: str, after: str, sentence: str
) -> None:
    """Every mistake names file and line, and what to write."""
    assert before in GOOD
    with pytest.raises(InvalidFileError) as error:
        load_target(written(tmp_path, GOOD.replace(before, after, 1)), ["ent"])
    assert sentence in str(error.value)


def test_a_secret_that_stood_in_the_file_is_not_repeated(tmp_path: Path) -> None:
    """The error says where it stands, and not what it is."""
    with pytest.raises(InvalidFileError) as error:
        load_target(written(tmp_path, GOOD.replace("env RENTREE_PASSWORD", "s3cret")), ["ent"])
    assert "s3cret" not in str(error.value)


@pytest.mark.parametrize(
    ("domain", "nobodys"),
    [
        ("eleves.invalid", True),
        ("invalid", True),
        ("x.test", True),
        ("a.example.com", True),
        ("example.org", True),
        ("Example.NET", True),
        ("localhost", True),
        ("x.test.", True),
        ("gmail.com", False),
        ("notexample.com", False),
        ("invalid.fr", False),
        ("ac-paris.fr", False),
    ],
)
def test_domains_that_can_be_nobodys(domain: str, nobodys: bool) -> None:
    """RFC 2606 and 6761; anything else may be somebody's."""
    assert reserved(domain) is nobodys


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("preprod", True),
        ("preprod.yaml", True),
        ("./targets/preprod.yaml", True),
        ("http://127.0.0.1:8000", False),
        ("127.0.0.1:8000", False),
        ("localhost", False),
        ("127.0.0.1", False),
        ("::1", False),
    ],
)
def test_a_name_or_a_url(text: str, name: bool) -> None:
    """What `--target` means."""
    assert is_name(text) is name
