"""One connection with its market data: what the data session is, and what a session with orders holds.

`DataSession` (`public`) is this and nothing else; a session that carries orders holds one and reads the
events that are not for market data: `LoggedIn`, `Heard` with accounts and orders, `DataReady`.
"""

from collections.abc import Mapping
from typing import Final

import attrs

from actors.venues.t4 import wire
from actors.venues.t4.link import Heard, Link, LoggedIn
from actors.venues.t4.market import MarketDesk
from actors.venues.t4.settings import Settings
from engine.session.contract import (
    NO_EFFECTS,
    CallFailure,
    Effects,
    HttpResponse,
    Now,
    SendFrame,
    Target,
    Topic,
)

CALL_IDS: Final = 1 << 40
"""Calls of the connection are numbered from here, so that its owner may number its own from 1."""


@attrs.frozen
class DataReady:
    """Markets are known and everything that is wanted was subscribed or refused."""


class Connection:
    """Login, heartbeats, tokens and market data.

    Args:
        settings: of the venue.
        secrets: raises ConfigError for missing ones.
        bytes_max: longest message that is taken in.
    """

    def __init__(
        self,
        settings: Settings,
        secrets: Mapping[str, str],
        *,
        bytes_max: int = wire.MESSAGE_BYTES_MAX,
    ) -> None:
        self.ping_after_s = settings.heartbeat_interval_s
        self.dead_after_s = settings.silence_limit_s
        self.link = Link(settings, secrets, bytes_max=bytes_max)
        self.market = MarketDesk(settings, self.link, first_call_id=CALL_IDS)
        self._ready = False

    @property
    def in_service(self) -> bool:
        """Whether requests may be made."""
        return self.link.in_service

    def send(self, kind: str, message: object, order: str = "") -> SendFrame:
        """A request as an effect; `order` names the client order id that it carries, if any.

        Raises:
            LocalProtocolError: not logged in.
        """
        return self.link.send(kind, message, order)

    # --- the session --------------------------------------------------------------------------

    def target(self) -> Target:
        """Where to connect."""
        return self.link.target()

    def start(self, now: Now) -> Effects:
        """Nothing can be asked before the login."""
        del now
        return NO_EFFECTS

    def opened(self, now: Now) -> list[object]:
        """Log in."""
        self._ready = False
        return self.link.opened(now)

    def lost(self, reason: str, now: Now) -> list[object]:
        """Everything that was delivered is stale."""
        self._ready = False
        return [*self.market.lost(reason), *self.link.lost(reason, now)]

    def received(self, data: str | bytes, now: Now) -> list[object]:
        """One message: effects, and events for the owner."""
        return self._read(self.link.received(data, now), now)

    def mine(self, call_id: int) -> bool:
        """Whether a call is the connection's own."""
        return call_id >= CALL_IDS

    def answered(self, call_id: int, response: HttpResponse, now: Now) -> list[object]:
        """A call of the connection was answered."""
        return self._ready_at_last(self.market.answered(call_id, response, now))

    def failed(self, call_id: int, failure: CallFailure, now: Now) -> list[object]:
        """A call of the connection came to nothing."""
        return self._ready_at_last(self.market.failed(call_id, failure, now))

    def ping(self, now: Now) -> list[object]:
        """A heartbeat."""
        return self.link.ping(now)

    def deadline(self) -> int | None:
        """The next thing that is due."""
        times = [self.link.deadline()]
        if self.link.in_service:
            times.append(self.market.deadline())
        return min((at_ns for at_ns in times if at_ns is not None), default=None)

    def due(self, now: Now) -> list[object]:
        """Whatever is due: effects, and events for the owner."""
        effects = self._read(self.link.due(now), now)
        if self.link.in_service:
            effects += self.market.due(now)
        return self._ready_at_last(effects)

    # --- market data --------------------------------------------------------------------------

    def demand(self, topics: frozenset[Topic], now: Now) -> list[object]:
        """Subscribe and unsubscribe the difference; what cannot be had is noted once."""
        return self._ready_at_last(self.market.demand(topics, now))

    def refresh(self, topic: Topic, now: Now) -> list[object]:
        """Subscribe this topic anew, unless that has only just been done."""
        return self.market.refresh(topic, now)

    def _read(self, happened: list[object], now: Now) -> list[object]:
        effects: list[object] = []
        for item in happened:
            if isinstance(item, LoggedIn):
                effects += [item, *self.market.logged_in(item.response, now)]
            elif isinstance(item, Heard) and item.kind in self.market.kinds:
                effects += self.market.heard(item.kind, item.message, now)
            else:
                effects.append(item)
        return self._ready_at_last(effects)

    def _ready_at_last(self, effects: list[object]) -> list[object]:
        if not self._ready and self.link.in_service and self.market.settled:
            self._ready = True
            effects.append(DataReady())
        return effects
