"""The venue of a drill: its simulator, run in the harness's own process, behind one proxy per endpoint.

It outlives whatever dies in the engine, as a real venue would, and is the witness of what reached it.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

import trio

from actors.simulator import module_of
from engine.drill.proxy import LinkFault, Proxy
from engine.settings.converter import structure

ORDER_TOPICS: Final = "*order*"
BOOK_TOPICS: Final = "*epth*"
TICKER_TOPICS: Final = "*ticker*"
ORDER_REQUESTS: Final = "*submit*order*"
"""Patterns that fit what venues call these things."""


class DrilledVenue:
    """A simulated venue that can be made to misbehave, and the links to it.

    Attributes:
        name: of the venue.
        proxies: by endpoint.
        endpoints: addresses of the proxies, for the engine.
        running: the simulator: its faults, its log, its accounts.
    """

    def __init__(self, name: str, options: Mapping[str, object], *, seed: int) -> None:
        self.name = name
        self.proxies: dict[str, Proxy] = {}
        self.endpoints: dict[str, str] = {}
        self.running: Any = None
        self.requests: list[dict[str, Any]] = []
        self._options = options
        self._seed = seed

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Serve until cancelled; reports when engines may connect."""
        module = module_of(self.name)
        settings = structure(
            dict(self._options), module.SimulatorSettings, path=f"venues.{self.name}.simulator"
        )
        async with trio.open_nursery() as nursery:
            self.running = await nursery.start(module.serve, settings)
            for number, (name, url) in enumerate(sorted(self.running.endpoints.items())):
                parts = urlsplit(url)
                proxy = Proxy(str(parts.hostname), parts.port or 0, seed=self._seed + number)
                host, port = await nursery.start(proxy.run)
                self.proxies[name] = proxy
                self.endpoints[name] = urlunsplit(parts._replace(netloc=f"{host}:{port}"))
            task_status.started()

    @property
    def links(self) -> list[str]:
        """Names of the links."""
        return sorted(self.proxies)

    def set_link(self, name: str, fault: LinkFault | None) -> None:
        """Break a link, or heal it."""
        self.proxies[name].set(fault)

    def misbehave(
        self, kind: str, match: str, *, count: int = 1, value: float | str | None = None
    ) -> int:
        """Arm a fault of the simulator; its number."""
        number: int = self.running.faults.arm(kind, match=match, count=count, value=value).number
        return number

    def behave(self, number: int | None = None) -> None:
        """End one fault of the simulator, or all."""
        if number is not None:
            self.running.faults.disarm(number)
            return
        self.running.faults.clear()
        self.running.faults.arm("resume", match="*")

    def log(self, kind: str, since: int = 0) -> Sequence[Any]:
        """Entries of the simulator's own log."""
        entries: Sequence[Any] = self.running.log.since(since, kind)
        return entries

    def heal(self) -> None:
        """All links and the venue itself are as they should be."""
        for proxy in self.proxies.values():
            proxy.set(None)
        self.behave()
