"""What a venue declares for drills: where its simulator can be struck, and how it is told to err.

The catalogue of faults (`schedule`) names no venue: it strikes classes of places ("the pushes of orders",
"the order requests"). A venue says what its own places of a class are called and which fault of its
simulator each kind of the catalogue is; a kind or a class that it leaves out never strikes it.

What is not declared because every simulator has it: its settings take `witness_file`, and what `serve`
reports has `endpoints`, `credentials`, `faults` (`arm`, `disarm`, `clear`) and `log` (`since`).
"""

from collections.abc import Mapping, Sequence
from typing import Final

import attrs

VENUE_CLASSES: Final = frozenset(
    {"orders", "books", "market", "requests", "private", "stream", "topic"}
)
"""Classes of places inside a venue: pushes of orders, of books whose changes are numbered, of market
data; order requests; endpoints with a login to lose; all streaming endpoints; single subscriptions."""


@attrs.frozen(kw_only=True)
class Deed:
    """What a simulator is told to do for one kind of fault.

    Attributes:
        kind: its own name of the fault.
        match: what it is to strike; None: the place. When given, the place is the fault's value.
        value: of the fault; None: the one that the schedule has drawn.
    """

    kind: str
    match: str | None = None
    value: float | str | None = None


@attrs.frozen(kw_only=True)
class Drilled:
    """A venue in a drill.

    Attributes:
        links: endpoints that its sessions use, each of which is a link that can break; of a pair of
            `host` and `port` the name is `port`.
        places: by class, the simulator's patterns; `{symbol}` stands for each symbol that is traded.
        deeds: by kind of the catalogue.
    """

    links: tuple[str, ...]
    places: Mapping[str, tuple[str, ...]]
    deeds: Mapping[str, Deed]

    def struck_at(self, place_class: str, symbols: Sequence[str]) -> list[str]:
        """The places of a class, given the symbols that are traded."""
        return [
            place
            for pattern in self.places.get(place_class, ())
            for place in (
                [pattern.replace("{symbol}", symbol) for symbol in symbols]
                if "{symbol}" in pattern
                else [pattern]
            )
        ]


def alike(*kinds: str) -> dict[str, Deed]:
    """Deeds that the simulator calls what the catalogue calls them."""
    return {kind: Deed(kind=kind) for kind in kinds}


def target(venue: str, place: str) -> str:
    """Name of a place in schedules and reports."""
    return f"{venue}.{place}"


def split_target(name: str) -> tuple[str, str]:
    """Venue and place of such a name."""
    venue, _, place = name.partition(".")
    return venue, place


def venue_targets(
    kinds: Mapping[str, str], venues: Mapping[str, Drilled], symbols: Mapping[str, Sequence[str]]
) -> dict[str, list[str]]:
    """Whom a schedule may strike in and before these venues.

    Args:
        kinds: class of places by kind of fault, of the whole catalogue.
        venues: what each one declares.
        symbols: traded at each one.

    Returns:
        Names by kind for faults within venues, and for the classes `link` and `all_links`.
    """
    found = {
        kind: [
            target(name, place)
            for name, drilled in venues.items()
            if kind in drilled.deeds
            for place in drilled.struck_at(place_class, symbols.get(name, ()))
        ]
        for kind, place_class in kinds.items()
        if place_class in VENUE_CLASSES
    }
    links = [target(name, link) for name, each in venues.items() for link in sorted(each.links)]
    return {**found, "link": links, "all_links": ["all"]}
