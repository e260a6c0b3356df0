"""The session that trades: one connection for orders and for market data, as the venue has it.

A `Connection` (`connection`) logs in, keeps the market data and hands over what it hears of accounts and
orders; the trade desk (`desk`) takes that and carries the router's commands. In service (`reconciling`)
once the account is subscribed and was shown, and `ready` when market data is, too.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from actors.venues.t4.connection import Connection, DataReady
from actors.venues.t4.desk import TradeDesk
from actors.venues.t4.desked import Desked
from actors.venues.t4.link import Heard, LoggedIn
from actors.venues.t4.market import MarketDesk
from actors.venues.t4.orderbodies import Terms
from actors.venues.t4.orderspreads import Leg
from actors.venues.t4.prices import DIGITS_MAX, PriceFormat, Pricing
from actors.venues.t4.proto import enums_pb2
from actors.venues.t4.settings import Settings
from actors.venues.t4.wire import ACCOUNT_BYTES_MAX
from engine.errors import LocalProtocolError
from engine.messages.venue import (
    QueryOrder,
    ReplaceOrder,
    SubmitOrder,
    SubmitOrderList,
)
from engine.model.enums import VenueStateWord
from engine.session.contract import (
    CallFailure,
    Effects,
    HttpResponse,
    Now,
    SetState,
    Target,
    Topic,
)

UNTOLD: Final = Pricing(
    digits=DIGITS_MAX,
    real_digits=DIGITS_MAX,
    tick=Decimal(1).scaleb(-DIGITS_MAX),
    multiplier=Decimal(1),
)
"""Of a market whose details did not come yet: with REAL prices they are not needed to read one."""


class MarketFacts:
    """What the trade desk has to know of markets (`desk.Facts`).

    Args:
        settings: the price format.
        market: knows the details, None where nobody keeps them.
    """

    def __init__(self, settings: Settings, market: MarketDesk | None) -> None:
        self._market = market
        self._untold = UNTOLD if settings.price_format is PriceFormat.REAL else None

    def pricing_of(self, market_id: str) -> Pricing | None:
        """How its prices are written."""
        info = None if self._market is None else self._market.details.get(market_id)
        return self._untold if info is None or info.pricing is None else info.pricing

    def terms_of(self, market_id: str) -> Terms | None:
        """What it asks of an order's numbers."""
        info = None if self._market is None else self._market.details.get(market_id)
        if info is not None and info.pricing is not None:
            is_spread = info.legs > 0
            return Terms(
                pricing=info.pricing, tick=info.pricing.tick, lot=info.lot, is_spread=is_spread
            )
        return None if self._untold is None else Terms(pricing=self._untold)

    def details_told(self, details: Any, now: Now) -> Sequence[object]:
        """Details that came with an account."""
        return [] if self._market is None else self._market.details_told(details, now)


class JointSession(Desked):
    """`DataProtocol` and `TradeProtocol` of T4 in one.

    Args:
        settings: of the venue.
        secrets: as the kind of login needs them.

    Raises:
        ConfigError: one of them is missing.
    """

    def __init__(self, settings: Settings, secrets: Mapping[str, str]) -> None:
        self._connection = connection = Connection(settings, secrets, bytes_max=ACCOUNT_BYTES_MAX)
        self.ping_after_s = connection.ping_after_s
        self.dead_after_s = connection.dead_after_s
        facts = MarketFacts(settings, connection.market)
        super().__init__(TradeDesk(settings, connection.send, facts))
        self._data_ready = False

    # --- the session --------------------------------------------------------------------------

    def target(self) -> Target:
        """Where to connect."""
        return self._connection.target()

    def start(self, now: Now) -> Effects:
        """Nothing can be asked before the login."""
        return self._connection.start(now)

    def opened(self, now: Now) -> Effects:
        """Log in."""
        return self._read(self._connection.opened(now), now)

    def received(self, data: str | bytes, now: Now) -> Effects:
        """One message: of markets, of the account, of orders."""
        return self._read(self._connection.received(data, now), now)

    def lost(self, reason: str, now: Now) -> Effects:
        """Data is stale, commands under way are unknown."""
        self._data_ready = False
        effects = self._desk.lost(reason, now)
        return [*effects, *self._read(self._connection.lost(reason, now), now)]

    def ping(self, now: Now) -> Effects:
        """A heartbeat."""
        return self._connection.ping(now)

    def deadline(self) -> int | None:
        """The next of both halves."""
        times = (self._connection.deadline(), self._desk.deadline())
        return min((at_ns for at_ns in times if at_ns is not None), default=None)

    def due(self, now: Now) -> Effects:
        """Whatever is due."""
        return [*self._read(self._connection.due(now), now), *self._desk.due(now)]

    def answered(self, call_id: int, response: HttpResponse, now: Now) -> Effects:
        """A call over REST was answered; orders make none."""
        self._check(call_id)
        return self._read(self._connection.answered(call_id, response, now), now)

    def failed(self, call_id: int, failure: CallFailure, now: Now) -> Effects:
        """A call over REST came to nothing."""
        self._check(call_id)
        return self._read(self._connection.failed(call_id, failure, now), now)

    def _check(self, call_id: int) -> None:
        if not self._connection.mine(call_id):
            raise LocalProtocolError(f"an answer to call {call_id}, which was never made")

    def _read(self, happened: Sequence[object], now: Now) -> list[object]:
        """The events of the connection go to the desk; data is ready for nobody before the account is."""
        effects: list[object] = []
        was_ready = self._data_ready and self._desk.feed.subscribed
        for item in happened:
            if isinstance(item, LoggedIn):
                effects += self._desk.logged_in(item.response, now)
            elif isinstance(item, Heard):
                effects += self._desk.heard(item.kind, item.message, now)
            elif isinstance(item, DataReady):
                self._data_ready = True
            else:
                effects.append(item)
        if self._data_ready and self._desk.feed.subscribed and not was_ready:
            effects.append(SetState(VenueStateWord.READY))
        return effects

    # --- market data --------------------------------------------------------------------------

    def demand(self, topics: frozenset[Topic], now: Now) -> Effects:
        """Subscribe and unsubscribe the difference; what cannot be had is noted once."""
        return self._read(self._connection.demand(topics, now), now)

    def refresh(self, topic: Topic, now: Now) -> Effects:
        """Subscribe this topic anew, unless that has only just been done."""
        return self._read(self._connection.refresh(topic, now), now)

    # --- commands -----------------------------------------------------------------------------

    def submit(self, command: SubmitOrder, now: Now) -> Effects:
        """Send one new order, once."""
        return self._desk.submit(command, now)

    def submit_list(self, command: SubmitOrderList, now: Now) -> Effects:
        """Send orders that depend on each other, once, in one message."""
        return self._desk.submit_linked(command.contingency.value, command.orders, now)

    def submit_batch(self, orders: Sequence[SubmitOrder], now: Now) -> Effects:
        """Send independent orders that are taken or refused as one."""
        return self._desk.submit_batch(orders, now)

    def replace(self, command: ReplaceOrder, now: Now) -> Effects:
        """Change total volume or price."""
        return self._desk.replace(command, now)

    def query(self, command: QueryOrder, now: Now) -> Effects:
        """Tell one order, from a snapshot of the account."""
        return self._desk.query(command, now)

    def create_spread(
        self, legs: Sequence[Leg], strategy_type: int = enums_pb2.STRATEGY_TYPE_GENERIC
    ) -> Effects:
        """Ask for a market of these legs; a `Note` tells what became of it."""
        return self._desk.create_spread(legs, strategy_type)
