"""The desk behind one strategy: messages in, callbacks called, wishes out. Pure: no I/O, no clock.

The live actor and a backtest drive the very same host. Time comes in with every input; what the
strategy wants done collects in `take()` as plain values. An exception in a callback passes through:
the actor lets the process crash, the supervisor decides about a restart.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from engine.data.bars import BarBuilder
from engine.errors import ConfigError, Problem
from engine.messages.market import (
    Book,
    FundingRate,
    InstrumentDefinition,
    MarketStale,
    MarketStatus,
    Quote,
    Ticker,
    Trade,
)
from engine.messages.orders import (
    ExecutionReport,
    IntentJournaled,
    PositionReport,
    SnapshotEnd,
    SnapshotPart,
    StrategyWelcome,
    TradingState,
    VenueState,
)
from engine.model.enums import Contingency, ExecType, TradingStateWord, VenueStateWord
from engine.model.feeds import FeedMap
from engine.model.instrument import Instrument
from engine.strategy.base import Strategy
from engine.strategy.blotter import FINISHED_ORDERS_MAX, Blotter, fill_of
from engine.strategy.doubts import Doubts
from engine.strategy.intents import Intent, Intents, Wished
from engine.strategy.oddities import oddities
from engine.strategy.order import FillEvent, Order, Position
from engine.strategy.outbox import LogLine, Offload, SaveState, Subscribe, ToRouter, Unsubscribe
from engine.strategy.request import SubmitRequest
from engine.strategy.savedstate import check_saved
from engine.strategy.timers import Timers
from engine.strategy.twins import Twins
from engine.watermark import Levels, Watermark

OFFLOADS_MAX = 64
"""Heavy work asked for and not done yet, running or waiting for a thread; beyond it more is refused,
for work that comes faster than it is done would pile up without end."""

HELD_REPORTS_MAX = 1_000
"""Reports that wait for the strategy's start; later ones the router sends again after it."""

BAR_SOURCES = {"mid": Quote, "trade": Trade}

_REVISIONS = frozenset({ExecType.TRADE_BUSTED, ExecType.TRADE_CORRECTED})

_COUNTERS = ("callbacks", "intents", "denied", "orders", "fills", "revised_fills")


class StrategyHost:
    """One strategy instance with all that it knows; see the module for its part in the whole."""

    def __init__(
        self,
        name: str,
        boot: int,
        instruments: tuple[str, ...],
        *,
        saved: SaveState | None = None,
        feeds: FeedMap | None = None,
        twins: Twins | None = None,
    ) -> None:
        saved = saved or SaveState()
        self.name = name
        self.boot = boot
        self.strategy: Strategy | None = None
        self.started = False
        self.trading_state = TradingStateWord.ACTIVE
        self.counters = dict.fromkeys(_COUNTERS, 0)
        self._instruments = instruments
        self._twins = twins or Twins()
        self._definitions: dict[str, Instrument] = {}
        self._quotes: dict[str, Quote] = {}
        self._doubts = Doubts(instruments, feeds)
        self._venues: dict[str, VenueStateWord] = {}
        self._blotter = Blotter(saved.report_seen)
        self._held: list[ExecutionReport] = []
        self.journal = saved.journal
        """Which journal numbers the reports it has handled; 0 when there were none."""
        self._positions: dict[str, Position] = {}
        self._intents = Intents(name, boot)
        self._timers = Timers()
        self._bars: dict[tuple[type, str], list[BarBuilder]] = {}
        self._saved: Mapping[str, object] = saved.state
        self._out: list[object] = []
        self._offloads = 0
        self._marks = {
            "host.held_reports": Watermark(HELD_REPORTS_MAX),
            "host.offloads": Watermark(OFFLOADS_MAX),
        }
        self._now_mono_ns = 0
        self._now_wall_ns = 0
        self._data_mono_ns = 0
        self._wanted: dict[tuple[type, str], int] = {}
        self._handlers: dict[type, Callable[..., None]] = {
            Quote: self._on_quote,
            Trade: self._on_trade,
            Book: self._on_book,
            Ticker: self._on_ticker,
            FundingRate: self._on_funding_rate,
            InstrumentDefinition: self._on_definition,
            MarketStale: self._on_stale,
            MarketStatus: self._on_market_status,
            StrategyWelcome: self._on_welcome,
            IntentJournaled: self._on_journaled,
            ExecutionReport: self._on_report,
            SnapshotPart: self._on_snapshot_part,
            PositionReport: self._on_position,
            SnapshotEnd: self._on_snapshot_end,
            VenueState: self._on_venue_state,
            TradingState: self._on_trading_state,
        }

    # --- driven by the actor -------------------------------------------------------------------

    def create(self, cls: type[Strategy], parameters: object) -> None:
        """Build the strategy object; its `check_parameters` may refuse (ConfigError)."""
        try:
            self.strategy = cls(self, parameters)
        except ValueError as error:
            raise ConfigError(Problem(f"strategies.{self.name}.parameters", str(error))) from error

    def missing(self) -> tuple[str, ...]:
        """Configured instruments that nobody has defined yet."""
        return tuple(name for name in self._instruments if name not in self._definitions)

    def mismatches(self) -> tuple[str, ...]:
        """What is wrong with twins, in sentences; a strategy with any must not begin."""
        return tuple(self._twins.mismatches(self._definitions))

    def is_complete(self) -> bool:
        """Whether every configured instrument is defined, so that `start` may be called."""
        return not self.missing()

    def start(self, mono_ns: int, wall_ns: int) -> None:
        """Call `on_start`; everything else reaches callbacks from here on.

        Reports that came too early follow at once, or they would be handled and never told.
        """
        self._at(mono_ns, wall_ns)
        self.started = True
        self._plugin.on_start()
        held, self._held = self._held, []
        for report in held:
            self._on_report(report)

    def stop(self, mono_ns: int, wall_ns: int) -> None:
        """Call `on_stop`, once; nothing reaches callbacks after it."""
        self._at(mono_ns, wall_ns)
        if self.started:
            self._plugin.on_stop()
        self.started = False

    def handle(self, message: object, mono_ns: int, wall_ns: int) -> None:
        """One message from a venue session or the router."""
        self._now_mono_ns, self._now_wall_ns = mono_ns, wall_ns
        handler = self._handlers.get(type(message))
        if handler is not None:
            self._data_mono_ns = 0
            handler(message)

    def due(self, mono_ns: int, wall_ns: int) -> None:
        """Call the timers that are due."""
        self._at(mono_ns, wall_ns)
        for name in self._timers.due(mono_ns):
            if self.started:
                self.counters["callbacks"] += 1
                self._plugin.on_timer(name)

    def deadline(self) -> int | None:
        """Monotonic ns of the next timer, None when there is none."""
        return self._timers.deadline()

    def offloaded(self, name: str, result: object, error: str, mono_ns: int, wall_ns: int) -> None:
        """Work given to `offload` is done."""
        self._at(mono_ns, wall_ns)
        self._offloads -= 1
        if self.started:
            self._plugin.on_offloaded(name, result, error)

    def doubted(self, topic: str, stream: str, *, fresh: bool, mono_ns: int, wall_ns: int) -> None:
        """The process's own reader doubts a topic of an instrument or of a feed, or no longer does."""
        self._at(mono_ns, wall_ns)
        self._tell_belief(self._doubts.linked(topic, stream, fresh=fresh))

    def oddities(self) -> list[str]:
        """What looks like a mistake in the strategy that has begun, in sentences."""
        wanted = {kind for kind, _ in self._wanted}
        return oddities(self._plugin, wanted, bars=bool(self._bars))

    @property
    def wishes(self) -> bool:
        """Whether `take` would return anything."""
        return bool(self._out)

    def take(self) -> list[object]:
        """What the strategy wants done since the last call, in order."""
        out, self._out = self._out, []
        return out

    def unconfirmed(self) -> list[Intent]:
        """Intents that the router has not confirmed, oldest first; repeat them as they are."""
        return self._intents.unconfirmed()

    def open_orders(self) -> int:
        """How many of its orders may still trade."""
        return len(self._blotter)

    @property
    def report_seen(self) -> int:
        """Number of the router's last report that was handled; all before it were."""
        return self._blotter.seen

    @property
    def misses_reports(self) -> bool:
        """Whether a report came before its predecessor: the router is to be greeted again."""
        return self._blotter.misses_reports

    @property
    def report_taken(self) -> int:
        """Number of the last report that was handled, or waits for `start` to be."""
        return self._held[-1].number if self._held else self.report_seen

    # --- the desk: what the strategy's verbs reach -----------------------------------------------

    def instruments(self) -> tuple[str, ...]:
        """Configured instruments."""
        return self._instruments

    def instrument(self, instrument_id: str) -> Instrument:
        """Definition; KeyError with a helpful text when unknown."""
        try:
            return self._definitions[instrument_id]
        except KeyError:
            raise KeyError(
                f"{instrument_id} is not among the strategy's instruments {self._instruments}"
            ) from None

    def twin(self, instrument_id: str) -> str:
        """What is traded for it."""
        return self._twins.of(instrument_id)

    def now_ns(self) -> int:
        """Wall time of the current input."""
        return self._now_wall_ns

    def quote(self, instrument_id: str) -> Quote | None:
        """Newest quote."""
        return self._quotes.get(instrument_id)

    def is_stale(self, instrument_id: str) -> bool:
        """Whether data is doubted."""
        return self._doubts.is_stale(instrument_id)

    def position(self, instrument_id: str) -> Position:
        """Own position."""
        return self._positions.get(instrument_id) or Position(instrument=instrument_id)

    def orders(self, instrument_id: str) -> list[Order]:
        """Own open orders, oldest first."""
        return self._blotter.open_of(instrument_id)

    def venue_state(self, venue: str) -> VenueStateWord:
        """State of a venue, `disconnected` before the first word of it."""
        return self._venues.get(venue, VenueStateWord.DISCONNECTED)

    def subscribe(self, kind: type, instrument_id: str) -> None:
        """Want a topic; wanted twice is read once."""
        self.instrument(instrument_id)
        count = self._wanted.get((kind, instrument_id), 0)
        self._wanted[kind, instrument_id] = count + 1
        if not count:
            self._out.append(Subscribe(kind, instrument_id))

    def unsubscribe(self, kind: type, instrument_id: str) -> None:
        """Want a topic once less."""
        count = self._wanted.pop((kind, instrument_id), 0)
        if count == 1:
            self._out.append(Unsubscribe(kind, instrument_id))
        elif count > 1:
            self._wanted[kind, instrument_id] = count - 1

    def subscribe_bars(self, instrument_id: str, interval_s: int, source: str) -> None:
        """Make bars from quotes or trades."""
        if interval_s <= 0 or source not in BAR_SOURCES:
            raise ValueError(
                f"bars need interval_s > 0 and a source out of {', '.join(BAR_SOURCES)}"
            )
        kind = BAR_SOURCES[source]
        self.subscribe(kind, instrument_id)
        self._bars.setdefault((kind, instrument_id), []).append(
            BarBuilder(instrument_id, interval_s)
        )

    def submit(self, order: SubmitRequest) -> Order:
        """Turn a request into an intent."""
        intent = self._intents.submit(order, self._wished())
        view = self._blotter.add(intent)
        self._want(intent)
        return view

    def submit_list(
        self, contingency: Contingency, orders: Sequence[SubmitRequest]
    ) -> tuple[Order, ...]:
        """Turn requests that belong together into one message."""
        intent = self._intents.submit_list(contingency, orders, self._wished())
        views = tuple(self._blotter.add(each) for each in intent.orders)
        self._want(intent)
        return views

    def modify(self, order: Order, quantity: Decimal | None, price: Decimal | None) -> None:
        """Turn a change into an intent; nothing for orders that are over."""
        if not order.is_terminal and not (quantity is None and price is None):
            self._want(self._intents.modify(order, quantity, price, self._wished()))

    def cancel(self, order: Order) -> None:
        """Turn a cancel into an intent; nothing for orders that are over or being cancelled."""
        if not order.is_terminal and not order.cancel_requested:
            order.cancel_requested = True
            self._want(self._intents.cancel(order, self._wished()))

    def cancel_all(self, instrument_id: str) -> None:
        """Cancel all open orders; one intent each would be slower and no safer."""
        if self.orders(instrument_id):
            intent = self._intents.cancel_all(instrument_id, self._wished())
            if intent is not None:
                self._want(intent)

    def schedule(self, name: str, delay_s: float, every_s: float | None) -> None:
        """Arm a timer."""
        self._timers.add(name, self._now_mono_ns, delay_s, every_s)

    def unschedule(self, name: str) -> None:
        """Forget a timer."""
        self._timers.remove(name)

    def log(self, event: str, fields: Mapping[str, object]) -> None:
        """One log line."""
        self._out.append(LogLine(event, fields))

    def save(self, state: Mapping[str, object]) -> None:
        """Keep a state; refused here, where the traceback names the strategy's line."""
        check_saved(state)
        self._saved = state
        self._out.append(SaveState(state, self.report_seen, self.journal))

    def saved(self) -> Mapping[str, object]:
        """The state saved last."""
        return self._saved

    def offload(
        self, work: Callable[..., object], arguments: tuple[object, ...], name: str
    ) -> None:
        """Have work done in a thread; RuntimeError when too much waits already."""
        if self._offloads >= OFFLOADS_MAX:
            raise RuntimeError(
                f"{OFFLOADS_MAX} pieces of work given to offload are not done yet: "
                f"{name!r} is refused, wait for on_offloaded"
            )
        self._offloads += 1
        self._marks["host.offloads"].note(self._offloads)
        self._out.append(Offload(work, arguments, name))

    def queues(self) -> Levels:
        """High-water marks of what waits here."""
        finished = (self._blotter.finished, FINISHED_ORDERS_MAX)
        marks = {name: mark.level for name, mark in self._marks.items()}
        return {**self._intents.queues(), **marks, "host.finished_orders": finished}

    # --- market data -----------------------------------------------------------------------------

    def _on_quote(self, quote: Quote) -> None:
        self._data_mono_ns = quote.mono_ns
        self._quotes[quote.instrument] = quote
        if not self.started:
            return
        self.counters["callbacks"] += 1
        if self._bars and quote.mid_price:
            self._feed_bars(quote, quote.mid_price, 0.0)
        self._plugin.on_quote(quote)

    def _on_trade(self, trade: Trade) -> None:
        self._data_mono_ns = trade.mono_ns
        if not self.started:
            return
        self.counters["callbacks"] += 1
        if self._bars:
            self._feed_bars(trade, trade.price, trade.size)
        self._plugin.on_trade(trade)

    def _feed_bars(self, source: Quote | Trade, price: float, size: float) -> None:
        for builder in self._bars.get((type(source), source.instrument), ()):
            bar = builder.add(price, size, source.ts_ns, source.recv_ns, source.mono_ns)
            if bar is not None:
                bar.mono_ns = source.mono_ns
                self._plugin.on_bar(bar)

    def _on_book(self, book: Book) -> None:
        self._data_mono_ns = book.mono_ns
        if self.started:
            self.counters["callbacks"] += 1
            self._plugin.on_book(book)

    def _on_ticker(self, ticker: Ticker) -> None:
        if self.started:
            self._plugin.on_ticker(ticker)

    def _on_funding_rate(self, funding: FundingRate) -> None:
        if self.started:
            self._plugin.on_funding_rate(funding)

    def _on_definition(self, message: InstrumentDefinition) -> None:
        self._definitions[message.instrument] = message.definition

    def _on_stale(self, message: MarketStale) -> None:
        self._tell_belief(self._doubts.told(message))

    def _on_market_status(self, message: MarketStatus) -> None:
        self._tell_belief(self._doubts.status(message))

    def _tell_belief(self, changed: list[str]) -> None:
        """The strategy hears when the first doubt about an instrument comes and the last is gone."""
        if self.started:
            for instrument in changed:
                self._plugin.on_stale(instrument, fresh=not self._doubts.is_stale(instrument))

    # --- the router's words ------------------------------------------------------------------------

    def _on_welcome(self, welcome: StrategyWelcome) -> None:
        self.trading_state = welcome.trading_state
        self._held.clear()
        if welcome.journal != self.journal:
            self._blotter.count_anew()
            self.journal = welcome.journal

    def _on_journaled(self, message: IntentJournaled) -> None:
        self._intents.confirmed(message.intent_id)
        self._blotter.journaled(message.intent_id, message.client_order_id)

    def _on_snapshot_end(self, message: SnapshotEnd) -> None:
        self._blotter.snapshot_ends(message.report_number, message.told_before)

    def _on_snapshot_part(self, part: SnapshotPart) -> None:
        for report in part.orders:
            self._on_report(report)

    def _on_report(self, report: ExecutionReport) -> None:
        self._intents.confirmed(report.intent_id)
        if report.number and not self.started:
            self._hold(report)
            return
        order = self._blotter.take(report)
        if order is not None and report.number:
            self._tell(order, report)

    def _hold(self, report: ExecutionReport) -> None:
        """Keep a report for the start; after the end it is for the strategy's next process."""
        if report.number == self.report_taken + 1 and len(self._held) < HELD_REPORTS_MAX:
            self._held.append(report)
            self._marks["host.held_reports"].note(len(self._held))

    def _tell(self, order: Order, report: ExecutionReport) -> None:
        if report.exec_type is ExecType.DENIED:
            self.counters["denied"] += 1
        elif report.exec_type is ExecType.NEW:
            self.counters["orders"] += 1
        elif report.exec_type is ExecType.TRADE:
            self.counters["fills"] += 1
            self._plugin.on_fill(order, self._fill_of(report))
        elif report.exec_type in _REVISIONS:
            self.counters["revised_fills"] += 1
            self._plugin.on_fill_revised(order, self._fill_of(report))
        self._plugin.on_order(order)

    def _fill_of(self, report: ExecutionReport) -> FillEvent:
        told_before = report.number <= self._blotter.told_before
        return fill_of(report, possible_duplicate=told_before)

    def _on_position(self, report: PositionReport) -> None:
        position = Position(
            instrument=report.instrument,
            quantity=report.quantity,
            avg_px=report.avg_px,
            realised_pnl=report.realised_pnl,
            fees=report.fees,
            currency=report.currency,
        )
        self._positions[report.instrument] = position
        if self.started:
            self._plugin.on_position(position)

    def _on_venue_state(self, message: VenueState) -> None:
        self._venues[message.venue] = message.state
        if self.started:
            self._plugin.on_venue_status(message.venue, message.state, message.reason)

    def _on_trading_state(self, message: TradingState) -> None:
        self.trading_state = message.state

    # --- small helpers -------------------------------------------------------------------------------

    @property
    def _plugin(self) -> Strategy:
        if self.strategy is None:
            raise RuntimeError("create() comes first")
        return self.strategy

    def _at(self, mono_ns: int, wall_ns: int) -> None:
        self._now_mono_ns, self._now_wall_ns = mono_ns, wall_ns
        self._data_mono_ns = 0

    def _wished(self) -> Wished:
        return Wished(self._now_mono_ns, self._data_mono_ns)

    def _want(self, intent: Intent) -> None:
        """Send it, now and again until it is confirmed."""
        self.counters["intents"] += 1
        self._out.append(ToRouter(intent))
