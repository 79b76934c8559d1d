"""Which addresses an operator's list cuts off."""

from __future__ import annotations

import pytest

from rentree.sandbox.protections.blackhole import Blackhole

# list, address, swallowed, sentence
TABLE = [
    ([], "127.16.0.1", False, "nobody is listed"),
    (["127.200.0.1"], "127.200.0.1", True, "an address alone"),
    (["127.200.0.1"], "127.200.0.2", False, "and not its neighbour"),
    (["127.200.0.0/16"], "127.200.255.9", True, "anybody of a network"),
    (["127.200.0.0/16"], "127.201.0.1", False, "nobody next to it"),
    (["127.200.0.0/16", "127.16.0.4/30"], "127.16.0.7", True, "a school abroad, with the attack"),
    (["127.200.0.0/16", "127.16.0.4/30"], "127.16.0.3", False, "a school at home"),
    (["127.200.0.0/16"], "::1", False, "an address of the other kind"),
    (["127.200.0.0/16"], "", False, "a peer without an address"),
]


@pytest.mark.parametrize(
    ("places", "address", "swallowed", "why"), TABLE, ids=[row[-1] for row in TABLE]
)
def test_table(places: list[str], address: str, swallowed: bool, why: str) -> None:
    """Every row of the table holds."""
    assert Blackhole(places).swallows(address) == swallowed, why
