"""A bar that shows where an account's money is: SVG, whose geometry is in attributes and so needs no inline style."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from ledger.shares import Holdings

WIDTH = 1000
COLOURS = 6  # classes of the style sheet


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of the bar: from ``x``, ``width`` of ``WIDTH`` units, in the colour ``name``."""

    name: str
    label: str
    x: int
    width: int


def segments(held: Holdings) -> list[Segment]:
    """A segment for each region that has money, and one for what is on the way. What is below zero has none."""
    parts: Mapping[tuple[str, str], Decimal] = {
        (f"share-{n % COLOURS}", region): amount for n, (region, amount) in enumerate(held.by_region.items())
    } | {("on-the-way", "on the way"): held.in_transit}
    shown = {names: amount for names, amount in parts.items() if amount > 0}
    whole = sum(shown.values(), Decimal(0))
    found: list[Segment] = []
    before = Decimal(0)
    for (name, label), amount in shown.items():
        start, end = (int(WIDTH * edge / whole) for edge in (before, before + amount))
        found.append(Segment(name, label, start, max(end - start, 1)))
        before += amount
    return found
