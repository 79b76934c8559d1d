"""One sample: one step tried once by one person. The only thing that crosses from load to judge."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from json.encoder import encode_basestring  # C
from types import MappingProxyType
from typing import Any, Literal, NamedTuple, get_args

Outcome = Literal[
    "ok", "refused", "waiting", "error", "timeout", "wrong", "leak", "abandoned", "not_sent"
]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)


class Sample(NamedTuple):
    """One row. Times are int µs since the start of the run, on its monotonic clock.

    `done - due` is what the person waited, `sent - due` how late we were, `done - sent` the
    service time. `phase` is the one that `due` lies in. Names match the columns of
    `raw/samples/*.parquet`; their order is the contract.
    """

    seq: int  # counts from 0 in each worker
    worker: int  # from 1
    phase: str
    territory: str
    school: str
    level: str
    persona: str
    person: str
    platform: str
    step: str
    attempt: int  # from 1
    due: int
    sent: int | None  # None: abandoned or not_sent
    first_byte: int | None
    done: int | None  # abandoned: equal to due; not_sent: None
    outcome: Outcome
    status: int | None  # of the last answer
    bytes: int  # received, headers and bodies of all hops
    address: str  # the person's source address
    route: str  # "straight", or the name of the Toxiproxy listener
    queue_position: int | None
    request_id: (
        str  # trace-id (32 hex digits) of every request of the attempt; "" when none was sent
    )
    detail: str  # JSON: {"why": words, "hops": [[method, path, status, µs], ...], "told": {...}}


CREATE_ACCOUNT = "create account"  # what people do first whose account is not there yet
SIGN_IN = "sign in"  # the step whose success opens a session
SIGN_OUT = "sign out"  # the step that ends it


def detail_of(
    why: str,
    hops: Iterable[tuple[str, str, int, int]] = (),
    told: Mapping[str, Any] = MappingProxyType({}),
) -> str:
    """`Sample.detail`, to the letter what `json.dumps` writes, in a third of its time.

    `told`: what the adapter saw beyond the outcome, JSON-ready, for the SLOs that ask for it.
    """
    listed = ", ".join(
        f'["{method}", {encode_basestring(path)}, {status}, {us}]'
        for method, path, status, us in hops
    )
    more = f', "told": {json.dumps(told, ensure_ascii=False)}' if told else ""
    return f'{{"why": {encode_basestring(why)}, "hops": [{listed}]{more}}}'
