"""Changing a sandbox while it runs: what is refused, in which words, and that nothing is lost."""

from __future__ import annotations

import http.client
from urllib.parse import urlsplit

import pytest

from rentree.errors import UsageError
from rentree.sandbox.ours import facts_of
from rentree.sandbox.process import RunningSandbox
from rentree.sandbox.settings import PATH, as_changes, send


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"quotas.sessions": "5"}, "no setting “quotas.sessions”: did you mean “quota”?"),
        ({"sandbox": "other"}, "no setting “sandbox”"),
        ({"quota.session": "5"}, "unknown key “session”: did you mean “sessions”?"),
        ({"quota.sessions": "many"}, "“many” is not a number"),
        ({"rate_limit.rate": "5 requests/s"}, "the key “burst” is missing"),
        ({"gate": "{keeps_out: [parents], until: 15:00}"}, "did you mean “parent”?"),
        ({"session.idle": "30"}, "“30” is not a duration"),
        ({"blackhole": "[somewhere]"}, "does not appear to be an IPv4 or IPv6 address"),
        ({"blackhole": "[127.200.0.1/16]"}, "has host bits set"),
        ({"queue": "{admits: 0 people/s}"}, "is not a rate of people"),
        ({"gate": "{"}, "gate: not YAML"),
    ],
)
def test_what_cannot_be_set_is_told(
    sandbox: RunningSandbox, changes: dict[str, str], words: str
) -> None:
    """And the sandbox stays what it was."""
    before = facts_of(sandbox.url)["settings"]
    with pytest.raises(UsageError) as caught:
        send(sandbox.url, changes)
    assert words in str(caught.value)
    assert facts_of(sandbox.url)["settings"] == before


@pytest.mark.parametrize(
    ("words", "told"),
    [(["quota"], "is not KEY=VALUE"), (["=5"], "is not KEY=VALUE"), (["a=1", "a=2"], "twice")],
)
def test_words_of_the_command_line(words: list[str], told: str) -> None:
    """What is no KEY=VALUE is refused before anything is sent."""
    with pytest.raises(UsageError, match=told):
        as_changes(words)


@pytest.mark.parametrize(
    ("body", "signature", "status"),
    [(b"{}", "", 403), (b"{}", "0" * 64, 403), (b"x" * 100_000, "", 413)],
    ids=["unsigned", "wrongly signed", "too large"],
)
def test_only_we_may_set(sandbox: RunningSandbox, body: bytes, signature: str, status: int) -> None:
    """Somebody without this user's key changes nothing."""
    connection = http.client.HTTPConnection(urlsplit(sandbox.url).netloc, timeout=5)
    connection.request("POST", PATH, body, {"Rentree-Signature": signature})
    assert connection.getresponse().status == status
    connection.close()
