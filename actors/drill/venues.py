"""All venues of a drill as one: they run together, and faults find theirs by the names of places."""

from collections.abc import Iterator, Mapping

import attrs
import trio

from actors.drill.venue import DrilledVenue
from engine.drill.checkers import VenueEvent
from engine.drill.declared import split_target, target
from engine.drill.proxy import LinkFault


@attrs.frozen
class DrilledVenues:
    """The venues by name."""

    by_name: Mapping[str, DrilledVenue]

    def __getitem__(self, name: str) -> DrilledVenue:
        return self.by_name[name]

    def __iter__(self) -> Iterator[DrilledVenue]:
        return iter(self.by_name.values())

    @property
    def is_running(self) -> bool:
        """Whether all of them were started."""
        return all(venue.running is not None for venue in self)

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Serve until cancelled; reports when engines may connect to all."""
        async with trio.open_nursery() as nursery:
            for venue in self:
                await nursery.start(venue.run)
            task_status.started()

    @property
    def links(self) -> list[str]:
        """Names of all links that sessions use."""
        return [target(v.name, link) for v in self for link in sorted(v.drilled.links)]

    def set_link(self, name: str, fault: LinkFault | None) -> None:
        """Break a link, or heal it."""
        venue, link = split_target(name)
        self[venue].set_link(link, fault)

    def link_fault(self, name: str) -> LinkFault | None:
        """What is wrong with a link now."""
        venue, link = split_target(name)
        return self[venue].proxies[link].fault

    def heal(self) -> None:
        """All of them, and all links, are as they should be."""
        for venue in self:
            venue.heal()

    def events(self) -> Iterator[VenueEvent]:
        """What all of them noted, in the order of time."""
        events = [event for venue in self for event in venue.events()]
        return iter(sorted(events, key=lambda event: event.mono_ns))
