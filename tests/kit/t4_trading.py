"""Tools for tests of trading on the simulated T4: a venue whose market stands still, and its sessions.

Messages go in and come out as the simulator's own classes; what travels over sockets is tried by the
conformance tests with a codec of their own.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import attrs

from actors.venues.t4.simulator import messages
from actors.venues.t4.simulator.calls import Call
from actors.venues.t4.simulator.codes import LoginResult, MarketMode
from actors.venues.t4.simulator.routes import HANDLERS
from actors.venues.t4.simulator.sessions import Session
from actors.venues.t4.simulator.settings import SimulatorSettings
from actors.venues.t4.simulator.users import DEFAULT_USER
from actors.venues.t4.simulator.venue import Venue
from engine.exchange.feeds import LevelSet, OutsideTrade
from engine.exchange.model import Side
from engine.simulator.moment import NS, Moment

START = Moment(1_000 * NS, 1_705_590_000 * NS)
"""Where the time of these tests begins: 2024-01-18 15:00 UTC."""
ES = "XCME_Eq ES (H24)"
CL = "XCME_Ny CL (H24)"
CL_NEXT = "XCME_Ny CL (J24)"
FIRST, SECOND = (each.account_id for each in DEFAULT_USER.accounts)
REAL = 1
BUY, SELL = 1, -1


class Outbox:
    """A connection's sink that keeps what it is given."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.messages: list[Any] = []
        self.ended: LoginResult | None = None

    def push(self, frame: bytes) -> None:
        """Take one whole frame."""
        self.messages.append(messages.ServerMessage.FromString(_payload(frame)))

    def torn(self, part: bytes) -> None:
        """A frame that never ends is not looked at."""

    def end_session(self, result: LoginResult, reason: str) -> None:
        """Note how it ended."""
        del reason
        self.ended = result


def _payload(frame: bytes) -> bytes:
    """The body of an unmasked frame."""
    length = frame[1]
    if length == 126:
        return frame[4:]
    return frame[10:] if length == 127 else frame[2:]


@attrs.define
class Event:
    """One order event: the name of its message, and the message."""

    kind: str
    body: Any


class Trading:
    """A venue whose markets move only when told to, and one logged-in session."""

    def __init__(
        self, *, subscribe: bool = True, price_format: int = REAL, **settings: Any
    ) -> None:
        terms = {"hold_for": ("never/depth",), "profit_interval_ms": 3_600_000.0, **settings}
        self.now = START
        self.venue = Venue(SimulatorSettings(**terms), START)
        self._numbers = 0
        self.session = self.log_in(price_format)
        self.set_book(ES, bids=[("4800.00", 10), ("4799.75", 20)], asks=[("4800.25", 10)])
        if subscribe:
            self.subscribe()
            self.take()

    def log_in(self, price_format: int = REAL) -> Session:
        """A further session."""
        self._numbers += 1
        session = Session(
            sink=Outbox(self._numbers),
            session_id=f"session {self._numbers}",
            user=self.venue.settings.users[0],
            price_format=price_format,
            app_name="test",
        )
        self.venue.sessions.open(session)
        return session

    # --- what clients send ----------------------------------------------------------------

    def send(self, name: str, session: Session | None = None, **fields: Any) -> None:
        """A message of a client; fields as its protobuf constructor takes them."""
        envelope = messages.ClientMessage(**{name: fields})
        body = getattr(messages.ClientMessage.FromString(envelope.SerializeToString()), name)
        whose = self.session if session is None else session
        self.venue.desk.arrived(whose, name, body, self.now)
        HANDLERS[name](Call(self.venue, whose, self.now), body)

    def subscribe(self, *accounts: str, session: Session | None = None, upl: int = 0) -> None:
        """Subscribe to accounts, to both when none is named."""
        self.send(
            "account_subscribe",
            session,
            subscribe=2,
            account_id=accounts or (FIRST, SECOND),
            upl_mode=upl,
        )

    def submit(
        self, *orders: Mapping[str, Any], market: str = ES, account: str = FIRST, link: int = 0
    ) -> list[str]:
        """Submit orders (see `order`); the ids of those that were told of, in order."""
        before = len(self.outbox.messages)
        self.send(
            "order_submit", account_id=account, market_id=market, order_link=link, orders=orders
        )
        told = _events(self.outbox.messages[before:])
        return list(dict.fromkeys(e.body.unique_id for e in told if e.kind == "order_update"))

    def pull(self, *ids: str, market: str = ES, account: str = FIRST) -> None:
        """Pull orders."""
        pulls = [{"unique_id": each} for each in ids]
        self.send("order_pull", account_id=account, market_id=market, pulls=pulls)

    def revise(
        self, unique_id: str, *, market: str = ES, account: str = FIRST, **terms: Any
    ) -> None:
        """Revise an order; prices as texts."""
        revision = {"unique_id": unique_id, **_wired(terms)}
        self.send("order_revise", account_id=account, market_id=market, revisions=[revision])

    # --- what the market does -------------------------------------------------------------

    def set_book(
        self,
        market: str,
        *,
        bids: Sequence[tuple[str, int]] = (),
        asks: Sequence[tuple[str, int]] = (),
    ) -> None:
        """The outside book is this from here on."""
        listing = self.venue.market.states[market].listing
        levels = [(Side.BUY, price, lots) for price, lots in bids]
        levels += [(Side.SELL, price, lots) for price, lots in asks]
        rows = tuple(
            (side, int(Decimal(price) / listing.price_increment), lots)
            for side, price, lots in levels
        )
        self._market(LevelSet(market, rows, self.now.wall_ns, snapshot=True))

    def print(
        self, price: str, lots: int = 1, *, side: Side | None = None, market: str = ES
    ) -> None:
        """A trade of others."""
        listing = self.venue.market.states[market].listing
        ticks = int(Decimal(price) / listing.price_increment)
        self._market(OutsideTrade(market, ticks, lots, side, None, self.now.wall_ns))

    def _market(self, event: Any) -> None:
        market = self.venue.market
        market.publish(market.exchange.market(event, self.now.wall_ns), self.now)

    def mode(self, mode: MarketMode, market: str = ES) -> None:
        """The market is in another state."""
        self.venue.market.set_mode(market, mode, self.now)

    def arm(self, kind: str, **terms: Any) -> Any:
        """Arm a fault, or carry it out now."""
        fault = self.venue.faults.arm(kind, **terms)
        if not fault.count:
            fault.used = self.venue.carry_out(fault, self.now)
        return fault

    def wait(self, seconds: float) -> None:
        """Time passes."""
        step = int(seconds * NS)
        self.now = Moment(self.now.mono_ns + step, self.now.wall_ns + step)
        self.venue.desk.advance(self.now)
        self.venue.hub.advance(self.now)

    # --- what is told ---------------------------------------------------------------------

    @property
    def outbox(self) -> Any:
        """Of the first session."""
        return self.session.sink

    def take(self, session: Session | None = None) -> list[Any]:
        """The messages since the last look."""
        sink: Any = self.outbox if session is None else session.sink
        found: list[Any] = sink.messages
        sink.messages = []
        return found

    def events(self, session: Session | None = None) -> list[Event]:
        """The order events since the last look."""
        return list(_events(self.take(session)))

    def steps(self, unique_id: str = "") -> list[tuple[str, int, int, int]]:
        """(message, change, status, pending) of each event since the last look, of one order if named."""
        return [
            (e.kind, e.body.change, e.body.status, e.body.response_pending)
            for e in self.events()
            if unique_id in ("", e.body.unique_id)
        ]

    def order(self, unique_id: str, account: str = FIRST) -> Any:
        """The order as the venue has it."""
        return self.venue.desk.books.find(account, unique_id)


def _events(found: Sequence[Any]) -> Iterator[Event]:
    for message in found:
        if message.WhichOneof("payload") == "order_update_multi":
            for update in message.order_update_multi.updates:
                kind = update.WhichOneof("payload")
                yield Event(kind, getattr(update, kind))


def order(side: int = BUY, volume: int = 1, **terms: Any) -> dict[str, Any]:
    """An order; a `limit`, `stop` or `trail` is a text."""
    return {"buy_sell": side, "volume": volume, **_wired(terms)}


def limit(price: str, side: int = BUY, volume: int = 1, **terms: Any) -> dict[str, Any]:
    """A limit order."""
    return order(side, volume, price_type=1, limit_price=price, **terms)


def stop(price: str, side: int = BUY, volume: int = 1, **terms: Any) -> dict[str, Any]:
    """A stop order."""
    return order(side, volume, price_type=2, stop_price=price, **terms)


PRICES = ("limit_price", "stop_price", "trail_distance", "trail_price")


def _wired(terms: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: {"value": value} if name in PRICES and isinstance(value, str) else value
        for name, value in terms.items()
    }
