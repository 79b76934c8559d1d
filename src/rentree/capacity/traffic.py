"""Who comes in a rung: the profile's own crowd, in an order of which every part is like the whole.

Each rung begins with the same people, so that two rungs differ in their rate alone. When the crowd
is through, it comes again: another visit by the same account. Pure.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from rentree.crowd import Member
from rentree.schedule import draws


def in_turn(members: Sequence[Member], seed: str) -> list[Member]:
    """The crowd, drawn by `seed` so that each territory and persona is spread evenly over it."""
    groups: dict[tuple[str, str], list[Member]] = defaultdict(list)
    for member in members:
        groups[member.territory, member.persona].append(member)
    placed: list[tuple[float, str, Member]] = []
    for name, group in sorted(groups.items()):
        order = draws(len(group), seed, "capacity", *name).argsort(kind="stable")
        placed += [
            ((i + 0.5) / len(group), group[int(k)].person, group[int(k)])
            for i, k in enumerate(order)
        ]
    placed.sort(key=lambda at: at[:2])
    return [member for _, _, member in placed]


def visit(people: Sequence[Member], k: int, rung: int, due: int) -> Member:
    """The k-th who comes in a rung (from 0), as somebody of their own: one name a visit."""
    lap, place = divmod(k, len(people))
    member = people[place]
    return member._replace(arrival=k, due=due, person=f"{member.person}~{rung}.{lap}")
