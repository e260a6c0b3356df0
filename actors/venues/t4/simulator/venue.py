"""The venue itself: market, logins, subscribers and faults put together; pure, time handed in.

REST and the connections stand on this object: `sessions` for logins, `market` for prices and matching,
`hub` for every push, `desk` for accounts and orders.
"""

from typing import Any, Final

from actors.venues.t4.simulator import messages, renderings
from actors.venues.t4.simulator.codes import MarketDataType, MarketMode
from actors.venues.t4.simulator.desk import Desk
from actors.venues.t4.simulator.faults import DESK_FAULTS, Fault, FaultKind, Faults, enumerated
from actors.venues.t4.simulator.history import History
from actors.venues.t4.simulator.hub import Hub
from actors.venues.t4.simulator.listings import EXCHANGES, listed
from actors.venues.t4.simulator.market import Market
from actors.venues.t4.simulator.messages import packed, timestamp
from actors.venues.t4.simulator.sessions import Session, Sessions
from actors.venues.t4.simulator.settings import SimulatorSettings
from actors.venues.t4.simulator.states import MarketState, Moved
from actors.venues.t4.simulator.subscriptions import Subscriptions
from actors.venues.t4.simulator.tokens import Tokens
from engine.simulator.frames import binary_frame
from engine.simulator.moment import NS, Moment
from engine.simulator.witnesslog import WitnessLog

DEFAULT_DATA: Final = MarketDataType.TOB | MarketDataType.DEPTH
_FAR: Final = 1 << 62


class Venue:
    """One simulated venue.

    Args:
        settings: see there.
        now: time of birth.
    """

    def __init__(self, settings: SimulatorSettings, now: Moment) -> None:
        self.settings = settings
        self.listings = listed(settings.markets)
        self.market = Market(settings, self.listings, now)
        self.faults = Faults()
        self.log = WitnessLog()
        self.hub = Hub(self.faults)
        self.sessions = Sessions(settings.sessions_per_user)
        self.subscriptions = Subscriptions(settings, self.market, self.hub)
        self.tokens = Tokens(settings.token_s, f"simulated {now.wall_ns}")
        self.born_ns = now.wall_ns
        self._histories: dict[str, History] = {}
        self.market.tellers.append(self._on_moved)
        self.desk = Desk(self, now)
        self._missing = set(settings.hold_for)
        if not settings.hold_for and not self.market.feeds.recordings:
            self.market.feeds.start(now)

    def time_ns(self, now: Moment) -> int:
        """Market time, which is what the venue stamps on everything but heartbeats and tokens."""
        return self.market.feeds.time_ns(now)

    # --- sessions -------------------------------------------------------------------------

    def allowed(self, exchange_id: str) -> MarketDataType:
        """What may be seen of an exchange; nothing of one that is not there."""
        if exchange_id not in EXCHANGES:
            return MarketDataType.NONE
        return MarketDataType(self.settings.market_data.get(exchange_id, DEFAULT_DATA))

    def token_message(self, session: Session, now: Moment, request_id: str = "") -> Any:
        """A new token for a session."""
        token = self.tokens.issue(session.user.user_id, session.price_format, now)
        return messages.AuthenticationToken(
            request_id=request_id, token=token.text, expire_time=timestamp(token.expires_s * NS)
        )

    def drop(self, session: Session) -> None:
        """A session is over."""
        self.sessions.close(session)
        self.subscriptions.drop(session)
        self.desk.drop(session)

    # --- market data ----------------------------------------------------------------------

    def details(self, state: MarketState, price_format: int, *, stale: bool = False) -> Any:
        """The terms of a market as a session with that format is told them."""
        listing = state.listing
        per_format = self.settings.point_value_per == "format"
        return renderings.details(
            listing,
            price_format,
            point_value=listing.point_value(price_format if per_format else 0),
            activated_ns=self.born_ns,
            stale=stale,
        )

    def tell_details(self, session: Session, state: MarketState, now: Moment) -> None:
        """Tell a session the terms of a market, once."""
        market_id = state.market_id
        if market_id in session.detailed:
            return
        session.detailed.add(market_id)
        if self.faults.take((FaultKind.NO_DETAILS,), market_id):
            return
        stale = self.faults.take((FaultKind.STALE_DETAILS,), market_id) is not None
        message = self.details(state, session.price_format, stale=stale)
        self.hub.send([session.sink], f"{market_id}/details", "market_details", message, now)

    def history(self, market_id: str) -> History:
        """What was traded of a market; KeyError for one that is not listed."""
        state = self.market.states[market_id]
        history = self._histories.get(market_id)
        if history is None:
            seed = f"{self.settings.seed}/{market_id}"
            history = History(seed, state.settlement, state.settled_ns // NS)
            self._histories[market_id] = history
        return history

    def _on_moved(self, state: MarketState, moved: Moved, _: Moment) -> None:
        for print_ in moved.prints:
            self.history(state.market_id).take(print_)

    def release(self, subscription: str, now: Moment) -> None:
        """Start a market that waits as soon as all it waits for is subscribed."""
        self._missing.discard(subscription)
        if not self._missing and not self.market.feeds.started:
            self.market.feeds.start(now)

    # --- time and faults ------------------------------------------------------------------

    def next_deadline_ns(self) -> int:
        """Monotonic time at which `advance` has something to do."""
        market_ns = self.market.next_deadline_ns()
        return min(
            _FAR if market_ns is None else market_ns,
            self.subscriptions.next_deadline_ns(),
            self.hub.next_deadline_ns(),
            self.desk.next_deadline_ns(),
        )

    def advance(self, now: Moment) -> None:
        """Let happen what is due, at most a batch of market events."""
        self.market.advance(now)
        self.desk.advance(now)
        self.subscriptions.advance(now)
        self.hub.advance(now)

    def carry_out(self, fault: Fault, now: Moment) -> int:
        """Carry out an immediate fault of the venue; returns how many markets or accounts it hit."""
        if fault.kind in DESK_FAULTS:
            return self.desk.carry_out(fault, now)
        if fault.kind is FaultKind.EXPIRE_TOKENS:
            self.tokens.expire()
            return 1
        states = [
            each for each in self.market.states.values() if fault.match in ("*", each.market_id)
        ]
        for state in states:
            self._carry_out(fault, state, now)
        return len(states)

    def _carry_out(self, fault: Fault, state: MarketState, now: Moment) -> None:
        match fault.kind:
            case FaultKind.MARKET_MODE:
                mode = MarketMode(enumerated(fault, MarketMode.HALTED))
                self.market.set_mode(state.market_id, mode, now)
            case FaultKind.MARKET_FLAGS:
                self.market.set_flags(state.market_id, int(fault.number_value(1)), now)
            case FaultKind.EXCHANGE_RECONNECT:
                self.subscriptions.reconnected(state, now)
            case FaultKind.SETTLE:
                last = float(state.listing.price(state.last_ticks))
                real = fault.number_value(last)
                state.settlement = round(real / float(state.listing.price_increment))
                state.settled_ns = self.time_ns(now)
                self.subscriptions.settled(state, now)
            case _:
                state.limit_ticks = max(1, int(fault.number_value(state.limit_ticks)))
                state.settled_ns = self.time_ns(now)
                self.subscriptions.settled(state, now)


def frame(name: str, message: Any) -> bytes:
    """A message of the server as a WebSocket frame."""
    return binary_frame(packed(name, message))
