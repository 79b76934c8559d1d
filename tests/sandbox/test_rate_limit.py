"""The rate limit per address: the bucket, and the page that it gives."""

from __future__ import annotations

import http.client
from collections.abc import Callable

import pytest

from rentree.sandbox.process import RunningSandbox
from rentree.sandbox.protections.rate_limit import _MOST, RateLimit


@pytest.mark.parametrize(
    ("moments", "allowed"),
    [
        ([0, 0, 0, 0], [True, True, True, False]),  # the burst, and no more
        ([0, 0, 0, 500_000], [True, True, True, True]),  # half a second gives one token at 2/s
        ([0, 0, 0, 499_999], [True, True, True, False]),  # a moment before that it does not
        ([0, 0, 0, 60_000_000] + [60_000_000] * 3, [True] * 6 + [False]),  # never above the burst
    ],
)
def test_the_bucket(moments: list[int], allowed: list[bool]) -> None:
    """2 requests/s, 3 at once; µs."""
    now = iter(moments)
    limit = RateLimit(2.0, 3, lambda: next(now))
    assert [limit.take("a") for _ in moments] == allowed
    assert limit.limited == allowed.count(False)


def test_addresses_do_not_share(monkeypatch: pytest.MonkeyPatch) -> None:
    """One school's flood is not another's."""
    limit = RateLimit(1.0, 1, lambda: 0)
    assert [limit.take(address) for address in "aabb"] == [True, False, True, False]


def test_memory_is_bounded() -> None:
    """Whoever comes from a million addresses does not fill ours."""
    limit = RateLimit(1.0, 1, lambda: 0)
    for i in range(_MOST + 10):
        limit.take(str(i))
    assert len(limit._buckets) == _MOST


def test_beyond_it_is_429_with_retry_after(run_sandbox: Callable[..., RunningSandbox]) -> None:
    """By the address that a proxy on loopback tells; others are served; /etat counts."""
    sandbox = run_sandbox(quota="none\nrate_limit: {rate: 1 requests/s, burst: 2}")
    connection = http.client.HTTPConnection("127.0.0.1", int(sandbox.url.rpartition(":")[2]))

    def get(path: str, address: str) -> http.client.HTTPResponse:
        connection.request("GET", path, headers={"X-Forwarded-For": address})
        answer = connection.getresponse()
        answer.body = answer.read()  # type: ignore[attr-defined]
        return answer

    answers = [get("/connexion", "127.16.0.1") for _ in range(3)]
    assert [a.status for a in answers] == [200, 200, 429]
    assert answers[2].getheader("Retry-After") == "1"
    assert b'data-page="limite"' in answers[2].body  # type: ignore[attr-defined]
    assert get("/connexion", "127.16.0.2").status == 200
    assert b'"limited":1' in get("/etat", "127.16.0.1").body  # type: ignore[attr-defined]
    connection.close()
