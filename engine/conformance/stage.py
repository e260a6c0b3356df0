"""A venue's simulator with fault proxies before each of its endpoints, and sessions that run against it.

Everything is in one trio run: simulator, proxies and sessions, each over real sockets on loopback.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import trio

from engine.conformance.package import VenuePackage
from engine.conformance.session import Session
from engine.drill.proxy import LinkFault, Proxy
from engine.orders.ids import id_scheme
from engine.session.contract import Topic
from engine.session.declaration import SessionMaker
from engine.session.endpoints import moved, places_of
from engine.session.feeds import Feed
from engine.settings.converter import structure

SERVE_WITHIN_S = 20.0


class Stage:
    """A running simulator and its links.

    Attributes:
        package: the venue.
        running: what the simulator reported.
        links: a proxy for each address that it listens on.
        patience: what every time limit is multiplied by.
    """

    def __init__(
        self, package: VenuePackage, running: Any, nursery: trio.Nursery, patience: float
    ) -> None:
        self.package = package
        self.running = running
        self.links: list[Proxy] = []
        self.patience = patience
        self._nursery = nursery
        self._ids: dict[str, str] = {}
        self._endpoints: dict[str, str] = {}

    async def open_links(self) -> None:
        """Put a proxy before every address among the endpoints."""
        endpoints: Mapping[str, str] = self.running.description()["endpoints"]
        places = places_of(endpoints)
        proxies = {place: Proxy(*place) for place in places.values()}
        for proxy in proxies.values():
            await self._nursery.start(proxy.run)
        self.links = list(proxies.values())
        self._endpoints = moved(
            endpoints, {link: proxies[place].address for link, place in places.items()}
        )

    def id_of(self, name: str) -> str:
        """A client order id for an order of this name: the name itself where the venue accepts it.

        Others are numbered in the order in which they are first asked for, as the engine numbers them.
        """
        rule = self.package.venue.capabilities.client_order_id
        if len(name) <= rule.length_max and set(name) <= set(rule.alphabet):
            return name
        scheme = id_scheme(rule)
        return self._ids.setdefault(name, scheme.make(scheme.prefix(1, 1), len(self._ids) + 1))

    # --- sessions ------------------------------------------------------------------------------

    def data(self, feed: Feed, *, secrets: Mapping[str, str] | None = None) -> Session:
        """A running market data session; the joint one of a venue whose sessions are joined."""
        venue = self.package.venue
        joint = venue.trade if venue.joined and not self.package.alone else None
        return self._session(joint or feed.data, secrets, feed)

    def trade(self, *, secrets: Mapping[str, str] | None = None) -> Session:
        """A running trade session."""
        maker = self.package.venue.trade
        assert maker is not None  # noqa: S101 - cases ask for it only where there is one
        return self._session(maker, secrets)

    def panic(self) -> Session:
        """A running session of the protocol that `panic` drives."""
        maker = self.package.venue.panic or self.package.venue.trade
        assert maker is not None  # noqa: S101 - as above
        return self._session(maker, None)

    def _session(
        self, maker: SessionMaker, secrets: Mapping[str, str] | None, feed: Feed | None = None
    ) -> Session:
        venue, declared = self.package.venue, self.package.conformance
        own: Any = structure(dict(declared.settings), venue.settings, path=venue.name)
        chosen = own.for_simulator(self._endpoints)
        protocol = maker(chosen, secrets or venue.simulator_credentials)
        session = Session(
            venue,
            chosen,
            protocol,
            instruments=(declared.orders.instrument,) if declared.orders else (),
            feed=feed,
            patience=self.patience,
        )
        self._nursery.start_soon(session.run)
        return session

    # --- links ---------------------------------------------------------------------------------

    def spoil(self, fault: LinkFault | None) -> None:
        """Do this to every link; None heals them."""
        for link in self.links:
            link.set(fault)

    def cut(self) -> None:
        """Reset every open connection."""
        for link in self.links:
            link.reset_all()

    def hold(self) -> None:
        """Let nothing pass on the connections that are open now."""
        for link in self.links:
            link.hold()

    @property
    def accepted(self) -> int:
        """Connections so far."""
        return sum(link.accepted for link in self.links)


@asynccontextmanager
async def open_stage(
    package: VenuePackage, *, patience: float = 1.0, **simulator: object
) -> AsyncIterator[Stage]:
    """A stage with the declared settings of the simulator, changed by those given."""
    options = {**package.conformance.simulator, **simulator}
    path = f"{package.name}.conformance.simulator"
    settings = structure(options, package.simulator.SimulatorSettings, path=path)
    async with trio.open_nursery() as nursery:
        with trio.fail_after(SERVE_WITHIN_S * patience):
            running = await nursery.start(package.simulator.serve, settings)
        stage = Stage(package, running, nursery, patience)
        await stage.open_links()
        yield stage
        nursery.cancel_scope.cancel()


def feed_topics(package: VenuePackage) -> list[tuple[Feed, tuple[Topic, ...]]]:
    """The feeds for which topics are declared, each with its own."""
    served = [
        (package.feed_of(topic.instrument).name, topic) for topic in package.conformance.topics
    ]
    found = [
        (feed, tuple(topic for name, topic in served if name == feed.name))
        for feed in package.venue.data_feeds
    ]
    return [(feed, topics) for feed, topics in found if topics]
