"""A venue of a drill: its simulator, run in the harness's own process, behind one proxy per endpoint.

It outlives whatever dies in the engine, as a real venue would, and is the witness of what reached it:
its own log in neutral words (`engine.drill.witness`) shares nothing with the client side. Which venue it
is, nobody here knows: its package declares what a drill needs (`engine.drill.declared`).
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import trio

from actors.simulator import module_of
from actors.venues import module_of as package_module_of
from engine.conformance.package import package_of
from engine.drill.checkers import VenueEvent
from engine.drill.checkers.witness import Witnessed, witnessed
from engine.drill.declared import Drilled
from engine.drill.gathering import VenueReader
from engine.drill.proxy import LinkFault, Proxy
from engine.drill.witness import file_of
from engine.errors import ConfigError, Problem
from engine.model.enums import Lifecycle, Mode
from engine.session.endpoints import moved, places_of
from engine.settings.converter import structure
from engine.settings.model import SimulatorSection

OPEN = frozenset({Lifecycle.OPEN, Lifecycle.PARTLY_FILLED})


class DrilledVenue:
    """A simulated venue that can be made to misbehave, and the links to it.

    Attributes:
        name: of the venue.
        account: the one that is traded on.
        drilled: what it declares.
        proxies: by link (`engine.session.endpoints`).
        endpoints: addresses of the proxies, for the engine.
        running: the simulator, once it runs: its faults, its log, its credentials.
    """

    def __init__(
        self,
        name: str,
        drilled: Drilled,
        options: Mapping[str, object],
        *,
        seed: int,
        witness_dir: Path,
    ) -> None:
        self.name = name
        self.account = f"{name}.{Mode.LIVE}"
        self.drilled = drilled
        self.proxies: dict[str, Proxy] = {}
        self.endpoints: dict[str, str] = {}
        self.running: Any = None
        file = file_of(witness_dir, f"simulator.{name}")
        self._options = {**options, "witness_file": str(file)}
        self._seed = seed
        self._reader = VenueReader(file, self.account)
        self._added_up: tuple[int, Witnessed] = (0, Witnessed())

    @classmethod
    def of(cls, name: str, section: SimulatorSection, *, seed: int, witness_dir: Path) -> Self:
        """The venue of this name.

        Raises:
            ConfigError: it declares nothing for drills.
        """
        drilled = package_of(package_module_of(name)).conformance.drill
        if drilled is None:
            raise ConfigError(
                Problem(
                    f"venues.{name}",
                    "the venue declares nothing for drills",
                    "add drill = Drilled(…) to its conformance.py, or leave it out of the configuration",
                )
            )
        options = {**section.options, "seed": section.seed, "speed": section.speed}
        return cls(name, drilled, options, seed=seed, witness_dir=witness_dir)

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Serve until cancelled; reports when engines may connect."""
        module = module_of(self.name)
        settings = structure(
            dict(self._options), module.SimulatorSettings, path=f"venues.{self.name}.simulator"
        )
        async with trio.open_nursery() as nursery:
            self.running = await nursery.start(module.serve, settings)
            places = places_of(self.running.endpoints)
            for number, name in enumerate(sorted(places)):
                self.proxies[name] = proxy = Proxy(*places[name], seed=self._seed + number)
                await nursery.start(proxy.run)
            addresses = {name: proxy.address for name, proxy in self.proxies.items()}
            self.endpoints = moved(self.running.endpoints, addresses)
            task_status.started()

    @property
    def credentials(self) -> Mapping[str, str]:
        """Of its account; none before it runs."""
        found: Mapping[str, str] = self.running.credentials if self.running else {}
        return found

    # --- what it can be made to do -------------------------------------------------------------

    def set_link(self, name: str, fault: LinkFault | None) -> None:
        """Break a link, or heal it."""
        self.proxies[name].set(fault)

    def misbehave(
        self, kind: str, place: str, *, count: int = 1, value: float | str | None = None
    ) -> int:
        """Arm a fault of the catalogue at a place; its number."""
        deed = self.drilled.deeds[kind]
        drawn = value if deed.match is None else place
        number: int = self.running.faults.arm(
            deed.kind,
            match=place if deed.match is None else deed.match,
            count=count,
            value=drawn if deed.value is None else deed.value,
        ).number
        return number

    def behave(self, number: int) -> None:
        """End one fault of the simulator."""
        self.running.faults.disarm(number)

    def heal(self) -> None:
        """All links and the venue itself are as they should be."""
        for proxy in self.proxies.values():
            proxy.set(None)
        self.running.faults.clear()

    # --- what it says --------------------------------------------------------------------------

    def log(self, kind: str, since: int = 0) -> Sequence[Any]:
        """Entries of the simulator's own log, in its own words; for people."""
        entries: Sequence[Any] = self.running.log.since(since, kind)
        return entries

    def events(self) -> Sequence[VenueEvent]:
        """What reached it and what it then did, so far."""
        return self._reader.read()

    def witnessed(self) -> Witnessed:
        """What that adds up to."""
        events = self.events()
        if len(events) != self._added_up[0]:
            self._added_up = len(events), witnessed(events)
        return self._added_up[1]

    def submitted(self) -> list[str]:
        """Client order ids of all orders that reached it, in order; one that came in legs counts once."""
        return [event.client_order_id for event in self.witnessed().received]

    def open_orders(self) -> frozenset[str]:
        """Client order ids of those that are open."""
        orders = self.witnessed().orders
        return frozenset(name for name, order in orders.items() if order.lifecycle in OPEN)
