"""The venue itself: market, books, bars, subscribers and accounts put together; pure.

Every call carries its `Moment`. Events of the market go through the matching core, which keeps the
books (nobody trades here), and from there to the subscribers in the order in which things happened.
"""

from typing import Final

from actors.venues.alltick.simulator.catalog import FAMILIES, STOCK_CLASSES, Listing
from actors.venues.alltick.simulator.connection import ALL_LEVELS, Kind, Rules, Watch
from actors.venues.alltick.simulator.faults import Faults
from actors.venues.alltick.simulator.hub import FAR, Hub, Sink
from actors.venues.alltick.simulator.limits import Arrivals, HttpLimits, Pacer
from actors.venues.alltick.simulator.market import Market, exchange_instrument, listed
from actors.venues.alltick.simulator.payloads import Printer
from actors.venues.alltick.simulator.plans import PLANS, Plan
from actors.venues.alltick.simulator.settings import Account, SimulatorSettings
from actors.venues.alltick.simulator.symbols import SymbolState
from engine.exchange.events import BookChanged, BookTop, TradePrinted
from engine.exchange.exchange import Exchange
from engine.exchange.feeds import MarketEvent, OutsideTrade, TopSet
from engine.simulator.moment import MS, NS, Moment
from engine.simulator.witnesslog import WitnessLog

MADE_UP_LOTS: Final = 100
"""Size of the quotes made up around the prints of a recording without quotes."""


class Venue:
    """One simulated venue.

    Args:
        settings: see there.
        now: time of birth; sequence numbers are made from it.
    """

    def __init__(self, settings: SimulatorSettings, now: Moment) -> None:
        self.settings = settings
        self.listings = listed(settings)
        self.market = Market(settings, self.listings, now)
        self.exchange = Exchange([exchange_instrument(each) for each in self.listings])
        self.symbols = {each.code: self._state(each, now) for each in self.listings}
        self.codes = {
            family: frozenset(each.code for each in self.listings if each.family == family)
            for family in FAMILIES
        }
        self.accounts = {each.token: each for each in settings.known_accounts()}
        self.faults = Faults()
        self.log = WitnessLog()
        self.hub = Hub(Printer(settings, over_http=False), self.faults)
        self.http_limits = HttpLimits()
        self.pacer = Pacer(settings.request_interval_s, settings.cross_interval_s)
        self.arrivals = Arrivals()
        self._quoteless = {code for code in self.symbols if self.market.quoteless(code)}
        self._printless = {code for code in self.symbols if self.market.printless(code)}
        self._interval_ns = settings.depth_interval_ms * MS
        self._dirty: dict[str, int] = {}
        self._shown_ns: dict[str, int] = {}
        self._missing = set(settings.hold_for)
        if not self.market.held:
            self._start(now)

    def _state(self, listing: Listing, now: Moment) -> SymbolState:
        instrument = self.exchange.instrument(listing.code)
        recorded = self.market.recordings.get(listing.code)
        price = listing.reference_price if recorded is None else recorded.reference_price
        return SymbolState(
            listing,
            reference_ticks=round(price / instrument.price_increment),
            birth_ns=now.wall_ns,
            seed=self.settings.seed,
            constant_direction=self.settings.constant_direction,
        )

    # --- accounts -------------------------------------------------------------------------

    def account(self, token: str) -> Account | None:
        """The account of a token that is valid."""
        account = self.accounts.get(token)
        return None if account is None or account.expired else account

    @staticmethod
    def plan(account: Account) -> Plan:
        """What the account has bought."""
        return PLANS[account.plan]

    def unauthorized(self, account: Account, family: str) -> frozenset[str]:
        """Codes of a path that the account's plan does not include."""
        region = self.plan(account).region
        return frozenset(
            code
            for code in self.codes[family]
            if code in self.settings.unauthorized
            or (region and self.symbols[code].listing.asset_class != region)
        )

    def connection_limit(self, account: Account) -> int:
        """Connections that the token may have on one path."""
        return self.settings.connection_limit or self.plan(account).connections

    def rules(self, account: Account, family: str, number: int) -> Rules:
        """What a new connection must know."""
        settings = self.settings
        group = self.pacing_group(account, family)
        return Rules(
            codes=self.codes[family],
            unauthorized=self.unauthorized(account, family),
            code_limit=settings.code_limit or self.plan(account).codes,
            over_code_limit=settings.over_code_limit,
            unknown_codes=settings.unknown_codes,
            heartbeat_timeout_ns=int(settings.heartbeat_timeout_s * NS),
            heartbeat_required=settings.heartbeat_required,
            strict_heartbeats=settings.strict_heartbeats,
            drop_after_ns=int(settings.drop_after_s * NS),
            pacing=settings.pacing,
            admit=lambda now_ns: self.pacer.admit(group, number, now_ns),
            legacy_ret=settings.legacy_ret,
            absent_level=1 if settings.absent_depth == "one" else ALL_LEVELS,
        )

    def pacing_group(self, account: Account, family: str) -> str:
        """What shares the rule between connections."""
        if self.settings.pacing_scope == "token":
            return account.token
        return f"{family}/{account.token}"

    # --- subscribers ----------------------------------------------------------------------

    def watch(self, sink: Sink, wanted: Watch, now: Moment) -> bool:
        """Deliver a new set to the sink; True when something was pushed at once."""
        for code in wanted.levels:
            self.wake(code, now)
        before = self.hub.pushes
        self.hub.watch(sink, wanted.kind, wanted.levels)
        if self.settings.snapshot:
            for code in wanted.levels:
                self._show_last(wanted.kind, code, sink, now)
        self._release(now)
        return self.hub.pushes > before

    def wake(self, code: str, now: Moment) -> SymbolState:
        """Somebody asks for an instrument: it moves from here on, if it did not."""
        state = self.symbols[code]
        if not self.market.awake(code):
            state.begin(self.market.stamp_ns(code, self.market.time_ns(now)))
            for event in self.market.wake(code, now):
                self.take(event, now)
        return state

    def _start(self, now: Moment) -> None:
        """Let the market move; what is awake begins here."""
        self.market.start(now)
        for code, state in self.symbols.items():
            if self.market.awake(code):
                state.begin(self.market.stamp_ns(code, 0))

    def _show_last(self, kind: Kind, code: str, sink: Sink, now: Moment) -> None:
        state = self.symbols[code]
        if kind == "depth" and state.book is not None:
            self.hub.book(state, state.book, now.mono_ns, only=sink)
        elif kind == "trade" and state.trade is not None:
            self.hub.trade(state, state.trade, now.mono_ns, only=sink)

    def _release(self, now: Moment) -> None:
        """Start a held market as soon as everything it waits for is subscribed."""
        self._missing = {topic for topic in self._missing if not self.hub.subscribed(topic)}
        if not self._missing and self.hub.anybody and not self.market.started:
            self._start(now)

    # --- time -----------------------------------------------------------------------------

    def next_deadline_ns(self) -> int:
        """Monotonic time at which `advance` has something to do."""
        market = self.market.next_deadline_ns()
        return min(
            self.hub.next_deadline_ns(),
            min(self._dirty.values(), default=FAR),
            FAR if market is None else market,
        )

    def advance(self, now: Moment) -> None:
        """Move the market (by a batch at most) and what waits for its time to now."""
        for event in self.market.advance(now):
            self.take(event, now)
        self.hub.advance(now.mono_ns)
        for code in [code for code, due_ns in self._dirty.items() if due_ns <= now.mono_ns]:
            del self._dirty[code]
            self._show_book(code, self.market.time_ns(now), now)

    def take(self, event: MarketEvent, now: Moment) -> None:
        """One event of the market."""
        code = event.symbol
        bid, _, ask, _ = self.exchange.top(code)
        book_changed = False
        for result in self.exchange.market(event, event.at_ns):
            if type(result) is TradePrinted:
                self._on_trade(result, (bid, ask), now)
            elif type(result) is BookTop or type(result) is BookChanged:
                book_changed = True
        if book_changed:
            self._on_book(code, event.at_ns, now)
        if code in self._quoteless and isinstance(event, OutsideTrade):
            self.take(_quote_around(event), now)
        elif code in self._printless and isinstance(event, TopSet):
            self._on_bid(event, bid, now)

    def _on_trade(
        self, printed: TradePrinted, top: tuple[int | None, int | None], now: Moment
    ) -> None:
        state = self.symbols[printed.symbol]
        stamp_ns = self.market.stamp_ns(printed.symbol, printed.at_ns)
        shown = state.on_trade(printed.price_ticks, printed.lots, printed.aggressor, top, stamp_ns)
        self.hub.trade(state, shown, now.mono_ns)

    def _on_bid(self, quote: TopSet, bid_before: int | None, now: Moment) -> None:
        """The market of a dealer: its bid is the last price."""
        if quote.bid_ticks is None or quote.bid_ticks == bid_before:
            return
        state = self.symbols[quote.symbol]
        stamp_ns = self.market.stamp_ns(quote.symbol, quote.at_ns)
        top = (quote.bid_ticks, quote.ask_ticks)
        shown = state.on_trade(quote.bid_ticks, quote.bid_lots, None, top, stamp_ns)
        self.hub.trade(state, shown, now.mono_ns)

    def _on_book(self, code: str, market_ns: int, now: Moment) -> None:
        if not self._interval_ns:
            self._show_book(code, market_ns, now)
            return
        due_ns = self._shown_ns.get(code, 0) + self._interval_ns
        if due_ns <= now.mono_ns:
            self._show_book(code, market_ns, now)
        else:
            self._dirty.setdefault(code, due_ns)

    def _show_book(self, code: str, market_ns: int, now: Moment) -> None:
        state = self.symbols[code]
        view = self.exchange.book(code, state.listing.levels)
        shown = state.on_book(view.bids, view.asks, self.market.stamp_ns(code, market_ns))
        if shown is not None:
            self._shown_ns[code] = now.mono_ns
            self.hub.book(state, shown, now.mono_ns)


def _quote_around(trade: OutsideTrade) -> TopSet:
    """The quote made up for a print: one tick to either side of it."""
    ticks = trade.price_ticks
    return TopSet(trade.symbol, ticks - 1, MADE_UP_LOTS, ticks + 1, MADE_UP_LOTS, trade.at_ns)


def is_stock(listing: Listing) -> bool:
    """Whether rules for stocks hold."""
    return listing.asset_class in STOCK_CLASSES
