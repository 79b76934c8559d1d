"""Named home networks: each has figures that a look can tell, and says where they are from."""

from __future__ import annotations

from typing import get_args

import pytest

from rentree.line.networks import NETWORKS, NetworkName
from rentree.line.sight import FASTEST


@pytest.mark.parametrize("name", NETWORKS)
def test_a_network(name: NetworkName) -> None:
    """Down at least as fast as up, a delay, a source; what is not measured is a convention."""
    network = NETWORKS[name]
    assert network.figures.down is not None
    assert network.figures.up is not None
    assert network.figures.up <= network.figures.down <= FASTEST
    assert network.figures.delay > network.figures.jitter > 0
    assert "convention" in network.source


def test_each_name_has_its_figures() -> None:
    """The names that a profile may say are those of the table."""
    assert set(get_args(NetworkName)) == set(NETWORKS)
