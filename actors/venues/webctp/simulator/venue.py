"""The world behind the gateway put together: market, users, accounts and faults; pure, time handed in."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from itertools import count
from typing import Final

from actors.venues.webctp.simulator import codes, tradingdays
from actors.venues.webctp.simulator.admission import statement_text
from actors.venues.webctp.simulator.agenda import Agenda
from actors.venues.webctp.simulator.board import Board
from actors.venues.webctp.simulator.credentials import Credentials
from actors.venues.webctp.simulator.desk import Desk
from actors.venues.webctp.simulator.faults import Fault, FaultKind, Faults
from actors.venues.webctp.simulator.investors import Investor
from actors.venues.webctp.simulator.listings import Listing, listed
from actors.venues.webctp.simulator.market import Market
from actors.venues.webctp.simulator.pace import Pace
from actors.venues.webctp.simulator.positions import Lot
from actors.venues.webctp.simulator.settings import SimulatorSettings
from actors.venues.webctp.simulator.tickets import Ticket
from actors.venues.webctp.simulator.witness import Testimony
from engine.errors import ConfigError, Problem
from engine.simulator.moment import Moment
from engine.simulator.witnesslog import WitnessLog

SESSION_STEP: Final = 65_536
"""Session ids are far apart, as at a front with many clients."""
LOTS_MAX: Final = 1_000_000
DIRECTIONS: Final = {"long": codes.BUY, "short": codes.SELL}
SIDES: Final = {"buy": codes.BUY, "sell": codes.SELL}
OFFSETS: Final = {
    "open": codes.OPEN,
    "close": codes.CLOSE,
    "close_today": codes.CLOSE_TODAY,
    "close_yesterday": codes.CLOSE_YESTERDAY,
}


class Venue:
    """One simulated front with its exchanges.

    Args:
        settings: see there.
        now: time of birth.
    """

    def __init__(self, settings: SimulatorSettings, now: Moment) -> None:
        self.settings = settings
        self.agenda = Agenda()
        self.faults = Faults()
        self.log = WitnessLog()
        self.testimony = Testimony(settings.witness_file)
        self.market = Market(settings, listed(settings.symbols), now)
        self.day = self._first_day(now)
        self.testimony.day = tradingdays.text(self.day)
        self.board = Board(settings, self.market, lambda: self.day, self._on_joined)
        self.users = {(each.broker_id, each.user_id): each for each in settings.credentials}
        self.investors = {key: self._opened(key, now) for key in self.users}
        self.desk = Desk(self, self.day)
        self.on_crash: Callable[[str, float, Moment], None] = _nowhere
        """Told when the gateway is gone, and for how many seconds."""
        self._session_ids = count(now.wall_ns // 1_000_000_000 % 10_000 + 1)
        self._failed: dict[tuple[str, str], int] = {}
        self._logged_in_today: set[tuple[str, str]] = set()
        self._connects = Pace(settings.connects_per_s if settings.rate_limits else 0)
        self._missing = set(settings.hold_for)
        if not self.market.feeds.held:
            self.market.feeds.start(now)

    @property
    def listings(self) -> list[Listing]:
        """The contracts."""
        return self.market.listings

    def _first_day(self, now: Moment) -> date:
        wanted = self.settings.trading_day
        if wanted:
            try:
                return tradingdays.day_of(wanted)
            except ValueError:
                raise ConfigError(Problem("trading_day", f"{wanted} is no day")) from None
        recorded = self.market.feeds.recorded
        if recorded is not None and self.settings.timestamps == "recorded":
            return tradingdays.day_of(str(recorded["trading_day"]))
        return tradingdays.trading_day(now.wall_ns)

    def _opened(self, key: tuple[str, str], now: Moment) -> Investor:
        """An account at the start of the day."""
        broker, user = key
        investor = Investor(broker_id=broker, investor_id=user, pre_balance=self.settings.balance)
        for text in self.settings.positions:
            listing, direction, lots = self._holding(text)
            lot = Lot(lots, listing.pre_settlement, today=False)
            investor.positions.of(listing, direction).lots.append(lot)
        yesterday = tradingdays.text(tradingdays.day_before(self.day))
        text = statement_text(investor, yesterday, investor.pre_balance)
        investor.statements[yesterday] = text
        self.testimony.held(investor.positions, now)
        return investor

    def _holding(self, text: str) -> tuple[Listing, int, int]:
        """What one of the settings' positions says."""
        words = text.split()
        known = {each.symbol: each for each in self.listings}
        try:
            symbol, direction, lots = words
            return known[symbol], DIRECTIONS[direction], min(max(1, int(lots)), LOTS_MAX)
        except (ValueError, KeyError):
            hint = 'e.g. "rb2101 long 3"'
            raise ConfigError(Problem("positions", f"{text!r} is no position", hint)) from None

    # --- time -----------------------------------------------------------------------------

    def time_ns(self, now: Moment) -> int:
        """Market time: what everything is stamped with."""
        return self.market.time_ns(now)

    def next_deadline_ns(self) -> int:
        """Monotonic time at which `advance` has something to do."""
        market_ns = self.market.feeds.next_deadline_ns()
        dues = [self.agenda.next_deadline_ns(), self.board.next_deadline_ns()]
        return min(dues if market_ns is None else [*dues, market_ns])

    def advance(self, now: Moment) -> None:
        """Let happen what is due."""
        self.agenda.advance(now)
        self.market.advance(now)
        self.board.advance(now)

    def _on_joined(self, symbol: str, now: Moment) -> None:
        """A market that is held starts once everything it waits for is watched."""
        self._missing.discard(symbol)
        if not self._missing:
            self.market.feeds.start(now)

    # --- sessions -------------------------------------------------------------------------

    def user(self, broker: str, user: str) -> Credentials | None:
        """A user, None for one that there is not."""
        return self.users.get((broker, user))

    def next_session_id(self) -> int:
        """A session id that nobody had."""
        return next(self._session_ids) * SESSION_STEP + 1

    def may_connect(self, now: Moment) -> bool:
        """Whether the front takes one more connection in this second."""
        return self._connects.allows(now.mono_ns)

    def md_login_allowed(self, broker: str, user: str, password: str) -> bool:
        """Whether a market data login is accepted; by default the front does not look at it."""
        if not self.settings.md_login_verify:
            return True
        known = self.user(broker, user)
        matches = known is not None and known.password == password
        return matches and (broker, user) in self._logged_in_today

    def trade_login(self, broker: str, user: str, password: str) -> int:
        """Error code of a trade login whose client was authenticated, 0 when it is accepted."""
        key, known = (broker, user), self.user(broker, user)
        if known is None:
            return 3
        if self._failed.get(key, 0) >= self.settings.failed_logins_max:
            return 75
        if known.password != password:
            self._failed[key] = self._failed.get(key, 0) + 1
            return 3
        if len(self.investors[key].sessions) >= self.settings.sessions_max:
            return 60
        return 0

    def on_trade_login(self, broker: str, user: str, now: Moment) -> None:
        """A user has logged in."""
        del now
        self._failed.pop((broker, user), None)
        self._logged_in_today.add((broker, user))

    # --- what goes wrong ------------------------------------------------------------------

    def crash(self, why: str, now: Moment) -> None:
        """The gateway's process is gone; somebody starts it again."""
        self.log.append("crash", now, why=why)
        self.on_crash(why, self.settings.restart_s, now)

    def end_day(self, now: Moment) -> int:
        """Settlement: the next trading day begins; how many orders were gone with the old one."""
        gone = self.desk.end_day(now)
        for state in self.market.states.values():
            state.pre_settlement = state.last
            state.new_day()
        self.day = self.desk.day
        self.testimony.day = tradingdays.text(self.day)
        self._logged_in_today.clear()
        return gone

    def external(self, fault: Fault, now: Moment) -> int:
        """Orders from another terminal on the first account. ValueError for a value that is none."""
        investor = next(iter(self.investors.values()))
        if fault.kind is FaultKind.FOREIGN_ORDER:
            symbol = fault.text_value(self.listings[0].symbol)
            if symbol not in self.market.states:
                raise ValueError(f"{symbol} is not listed")
            price = self.desk.marks(symbol)
            self.desk.foreign(investor, self._ticket(f"{symbol} buy open 1 {price}"), now)
        else:
            self.desk.external(investor, self._ticket(fault.text_value("")), now)
        return 1

    def _ticket(self, text: str) -> Ticket:
        """What a value like `rb2101 buy open 1 4300` asks for."""
        try:
            symbol, side, offset, volume, price = text.split()
            listing = self.market.states[symbol].listing
            return Ticket(
                instrument=symbol,
                exchange=listing.exchange,
                ref="",
                price=float(Decimal(price)),
                direction=SIDES[side],
                offset=OFFSETS[offset],
                volume=max(1, int(volume)),
                price_type=codes.LIMITED,
                time_condition=codes.ONE_DAY,
            )
        except (ValueError, KeyError, ArithmeticError):
            raise ValueError('value must be like "rb2101 buy open 1 4300"') from None


def _nowhere(why: str, seconds: float, now: Moment) -> None:
    """Nobody runs a process."""
    del why, seconds, now
