"""The host calls callbacks in order, turns verbs into intents and keeps orders current."""

from decimal import Decimal

import attrs
import pytest

from engine.errors import ConfigError
from engine.messages.market import MarketStale
from engine.messages.orders import (
    CancelAllIntent,
    CancelIntent,
    ExecutionReport,
    IntentJournaled,
    PositionReport,
    SnapshotEnd,
    SubmitIntent,
    VenueState,
)
from engine.model.enums import (
    Certainty,
    Contingency,
    ExecType,
    Lifecycle,
    Liquidity,
    OrdType,
    Origin,
    Pending,
    Side,
    TimeInForce,
    VenueStateWord,
)
from engine.strategy import Strategy, parameter
from engine.strategy.host import OFFLOADS_MAX, StrategyHost
from engine.strategy.intents import UNCONFIRMED_MAX
from engine.strategy.outbox import LogLine, Offload, SaveState, Subscribe, ToRouter, Unsubscribe
from tests.kit.market import BTC, definition, quote, trade


class Recorder(Strategy):
    """Writes down what it is called with."""

    size: int = parameter(1, minimum=1)

    def on_start(self) -> None:
        self.seen: list[object] = []
        self.subscribe_quotes(BTC)

    def on_quote(self, quote) -> None:
        self.seen.append(("quote", quote.bid_price))

    def on_trade(self, trade) -> None:
        self.seen.append(("trade", trade.price))

    def on_bar(self, bar) -> None:
        self.seen.append(("bar", bar.open, bar.high, bar.low, bar.close))

    def on_order(self, order) -> None:
        self.seen.append(("order", order.lifecycle.value))

    def on_fill(self, order, fill) -> None:
        self.seen.append(("fill", fill.last_qty))

    def on_timer(self, name) -> None:
        self.seen.append(("timer", name))

    def on_venue_status(self, venue, state, reason) -> None:
        self.seen.append(("venue", venue, state.value))


def started(cls: type[Strategy] = Recorder) -> StrategyHost:
    host = StrategyHost("s", 7, (BTC,))
    host.create(cls, cls.Parameters())
    host.handle(definition(), 1, 1)
    assert host.is_complete()
    host.start(1, 1)
    host.take()
    return host


def report(intent: SubmitIntent, number: int, exec_type: ExecType, **changes) -> ExecutionReport:
    base = ExecutionReport(
        number=number,
        strategy="s",
        exec_type=exec_type,
        intent_id=intent.intent_id,
        client_order_id="c1",
        venue_order_id="v1",
        instrument=intent.instrument,
        side=intent.side,
        ord_type=intent.ord_type,
        time_in_force=intent.time_in_force,
        post_only=intent.post_only,
        reduce_only=intent.reduce_only,
        origin=Origin.OURS,
        lifecycle=Lifecycle.OPEN,
        pending=None,
        certainty=Certainty.KNOWN,
        quantity=intent.quantity,
        price=intent.price,
        cum_qty=Decimal(0),
        leaves_qty=intent.quantity,
        avg_px=Decimal(0),
        last_qty=Decimal(0),
        last_px=Decimal(0),
        trade_id="",
        fee=Decimal(0),
        fee_currency="",
        liquidity=Liquidity.UNKNOWN,
        code="",
        text="",
        note="",
        ts_ns=0,
    )
    return attrs.evolve(base, **changes)


def doubt(stream: str, *, fresh: bool = False) -> MarketStale:
    return MarketStale(instrument=BTC, boot=1, sequence=1, stream=stream, fresh=fresh, reason="")


def wanted(host: StrategyHost) -> list[object]:
    return [wish.message for wish in host.take() if isinstance(wish, ToRouter)]


def test_starting_waits_for_every_definition():
    """A strategy never runs without knowing the increments of its instruments."""
    host = StrategyHost("s", 7, (BTC, "ETHUSDT.WOOXPRO"))
    host.handle(definition(), 1, 1)

    assert not host.is_complete()
    assert host.missing() == ("ETHUSDT.WOOXPRO",)


def test_quotes_before_the_start_are_not_shown():
    """Callbacks begin with on_start, whatever arrived before."""
    host = StrategyHost("s", 7, (BTC,))
    host.create(Recorder, Recorder.Parameters())
    host.handle(quote(1.0, 1.1), 1, 1)
    host.handle(definition(), 1, 1)
    host.start(1, 1)

    assert host.strategy.seen == []
    assert host.strategy.quote(BTC).bid_price == 1.0


def test_a_submit_becomes_an_intent_with_the_age_of_its_data():
    """The intent carries the stamp of the quote in whose callback it was made."""
    host = started()
    host.strategy.on_quote = lambda q: host.strategy.buy(BTC, 3, q.bid_price)
    host.handle(quote(100.0, 100.1, at_ns=42), 50, 60)
    (intent,) = wanted(host)

    assert intent.data_mono_ns == 42
    assert intent.created_mono_ns == 50
    assert (intent.side, intent.ord_type) == (Side.BUY, OrdType.LIMIT)
    assert intent.price == Decimal("100.0")
    assert host.unconfirmed() == [intent]


def test_a_price_off_the_grid_is_refused_before_anything_is_sent():
    """Order verbs never round."""
    host = started()

    with pytest.raises(ValueError, match="not a multiple"):
        host.strategy.buy(BTC, 1, 100.05)
    assert wanted(host) == []


def test_an_order_lives_through_its_reports():
    """The object returned by the verb follows acceptance and fill; callbacks come in order."""
    host = started()
    order = host.strategy.sell(BTC, 2, 101)
    (intent,) = wanted(host)
    host.handle(
        IntentJournaled(
            intent_id=intent.intent_id, strategy="s", client_order_id="c1", router_boot=1
        ),
        2,
        2,
    )
    host.handle(report(intent, 1, ExecType.NEW), 3, 3)
    host.handle(
        report(
            intent,
            2,
            ExecType.TRADE,
            lifecycle=Lifecycle.FILLED,
            cum_qty=Decimal(2),
            last_qty=Decimal(2),
            last_px=Decimal(101),
        ),
        4,
        4,
    )

    assert host.unconfirmed() == []
    assert order.client_order_id == "c1"
    assert order.is_terminal
    assert host.orders("") == []
    assert host.strategy.seen == [("order", "open"), ("fill", Decimal(2)), ("order", "filled")]


def test_a_repeated_report_is_shown_once():
    """Numbered reports are applied once, however often they arrive."""
    host = started()
    host.strategy.buy(BTC, 1, 100)
    (intent,) = wanted(host)
    host.handle(report(intent, 1, ExecType.NEW), 3, 3)
    host.handle(report(intent, 1, ExecType.NEW), 3, 3)

    assert host.strategy.seen == [("order", "open")]


def test_a_fresh_process_adopts_orders_and_continues_after_the_snapshot():
    """Orders of an earlier boot come back as objects; old numbers are not replayed to it."""
    host = started()
    old = SubmitIntent(
        intent_id="s:1:1",
        strategy="s",
        boot=1,
        counter=1,
        instrument=BTC,
        side=Side.BUY,
        ord_type=OrdType.LIMIT,
        quantity=Decimal(1),
        price=Decimal(100),
        stop_price=None,
        time_in_force=TimeInForce.GTC,
        post_only=False,
        reduce_only=False,
        created_mono_ns=0,
        data_mono_ns=0,
        note="",
    )
    host.handle(report(old, 0, ExecType.STATUS), 2, 2)
    host.handle(SnapshotEnd(strategy="s", report_number=9, told_before=0), 2, 2)
    host.handle(report(old, 9, ExecType.NEW), 2, 2)

    assert [order.intent_id for order in host.strategy.orders()] == ["s:1:1"]
    assert host.strategy.seen == []
    assert host.report_seen == 9


def test_a_reconnected_process_misses_no_report():
    """A later snapshot neither repeats what this process has handled nor skips what it has not."""
    host = started()
    host.handle(SnapshotEnd(strategy="s", report_number=0, told_before=0), 1, 1)
    host.strategy.buy(BTC, 1, 100)
    (intent,) = wanted(host)
    host.handle(report(intent, 1, ExecType.NEW), 2, 2)
    host.handle(SnapshotEnd(strategy="s", report_number=0, told_before=0), 3, 3)
    host.handle(report(intent, 1, ExecType.NEW), 3, 3)
    host.handle(
        report(intent, 2, ExecType.TRADE, lifecycle=Lifecycle.FILLED, last_qty=Decimal(1)), 4, 4
    )

    assert host.strategy.seen == [("order", "open"), ("fill", Decimal(1)), ("order", "filled")]


def test_reports_are_taken_in_order_only():
    """A report that overtook another is dropped, or the other's fill would be lost; both come again."""
    host = started()
    host.handle(SnapshotEnd(strategy="s", report_number=0, told_before=0), 1, 1)
    host.strategy.buy(BTC, 2, 100)
    (intent,) = wanted(host)
    first = report(intent, 1, ExecType.TRADE, last_qty=Decimal(1))
    second = report(intent, 2, ExecType.TRADE, lifecycle=Lifecycle.FILLED, last_qty=Decimal(1))
    host.handle(second, 2, 2)
    assert host.strategy.seen == []
    assert host.misses_reports
    host.handle(first, 3, 3)
    host.handle(second, 3, 3)

    assert [event for event in host.strategy.seen if event[0] == "fill"] == [("fill", 1)] * 2
    assert not host.misses_reports
    assert host.report_seen == 2


def test_what_the_router_has_forgotten_is_not_waited_for():
    """A snapshot that ends beyond what was seen is the new starting point."""
    host = started()
    host.handle(SnapshotEnd(strategy="s", report_number=0, told_before=0), 1, 1)
    host.strategy.buy(BTC, 1, 100)
    (intent,) = wanted(host)
    host.handle(report(intent, 8, ExecType.NEW), 2, 2)
    host.handle(SnapshotEnd(strategy="s", report_number=7, told_before=0), 2, 2)
    host.handle(report(intent, 8, ExecType.NEW), 2, 2)

    assert host.strategy.seen == [("order", "open")]
    assert not host.misses_reports


def test_cancels_are_asked_for_once():
    """A second cancel while one is under way, or after the end, asks for nothing."""
    host = started()
    order = host.strategy.buy(BTC, 1, 100)
    host.strategy.cancel(order)
    host.strategy.cancel(order)

    assert [type(message) for message in wanted(host)] == [SubmitIntent, CancelIntent]
    assert order.cancel_requested


def test_a_refused_cancel_may_be_asked_for_again():
    """News of the order in between do not forget the cancel; only its refusal does."""
    host = started()
    order = host.strategy.buy(BTC, 1, 100)
    intent, *_ = wanted(host)
    host.strategy.cancel(order)
    wanted(host)
    host.handle(report(intent, 1, ExecType.NEW), 2, 2)
    host.strategy.cancel(order)
    assert wanted(host) == []
    host.handle(report(intent, 2, ExecType.CANCEL_REJECTED), 3, 3)
    host.strategy.cancel(order)

    assert [type(message) for message in wanted(host)] == [CancelIntent]


@pytest.mark.parametrize(
    ("over", "number"),
    [
        (Lifecycle.REJECTED, 3),
        (Lifecycle.CANCELLED, 3),
        (Lifecycle.NEVER_ARRIVED, 3),
        (Lifecycle.CANCELLED, 0),
    ],
)
def test_an_order_that_comes_back_can_be_cancelled_again(over: Lifecycle, number: int):
    """Verbs reach it like any other, in a report as in a snapshot; a cancel of its former life is over."""
    host = started()
    order = host.strategy.buy(BTC, 1, 100)
    (intent,) = wanted(host)
    host.handle(report(intent, 1, ExecType.NEW), 2, 2)
    host.strategy.cancel(order)
    wanted(host)
    host.handle(report(intent, 2, ExecType.STATUS, lifecycle=over), 3, 3)
    assert host.open_orders() == 0
    host.handle(report(intent, number, ExecType.RESOLVED), 4, 4)

    assert host.strategy.orders() == [order]
    assert host.open_orders() == 1
    host.strategy.cancel(order)
    host.strategy.cancel_all()
    assert [type(message) for message in wanted(host)] == [CancelIntent, CancelAllIntent]
    host.handle(report(intent, host.report_seen + 1, ExecType.CANCELLED, lifecycle=over), 5, 5)
    assert host.strategy.orders() == []


def test_an_order_that_comes_back_with_a_cancel_under_way_is_not_cancelled_twice():
    """The report says so itself; another request would add nothing."""
    host = started()
    order = host.strategy.buy(BTC, 1, 100)
    (intent,) = wanted(host)
    host.handle(report(intent, 1, ExecType.REJECTED, lifecycle=Lifecycle.REJECTED), 2, 2)
    host.handle(report(intent, 2, ExecType.PENDING_CANCEL, pending=Pending.CANCEL), 3, 3)
    host.strategy.cancel(order)

    assert host.strategy.orders() == [order]
    assert wanted(host) == []


def test_close_position_is_reduce_only():
    """Flattening can never turn the position around."""
    host = started()
    host.handle(
        PositionReport(
            strategy="s",
            instrument=BTC,
            quantity=Decimal(-4),
            avg_px=Decimal(100),
            realised_pnl=Decimal(0),
            fees=Decimal(0),
            currency="USDT",
        ),
        1,
        1,
    )
    host.strategy.close_position(BTC)
    (intent,) = wanted(host)

    assert (intent.side, intent.quantity, intent.reduce_only) == (Side.BUY, Decimal(4), True)
    assert intent.ord_type is OrdType.MARKET


def test_bars_are_made_of_mid_prices():
    """A bar closes with the first quote of the next interval."""
    host = started()
    host.strategy.subscribe_bars(BTC, 1, source="mid")
    for at_ns, mid in ((0, 10.0), (400_000_000, 12.0), (900_000_000, 11.0), (1_000_000_000, 20.0)):
        host.handle(quote(mid - 1, mid + 1, at_ns=at_ns), at_ns, at_ns)

    assert ("bar", 10.0, 12.0, 10.0, 11.0) in host.strategy.seen


def test_subscriptions_are_counted():
    """A topic wanted twice is read once and left when nobody wants it any more."""
    host = started()
    host.strategy.subscribe_quotes(BTC)
    host.strategy.subscribe_bars(BTC, 1)

    assert host.take() == []
    quote_kind = type(quote(1, 2))
    for _ in range(3):
        host.unsubscribe(quote_kind, BTC)
    assert host.take() == [Unsubscribe(quote_kind, BTC)]
    host.strategy.subscribe_quotes(BTC)
    assert host.take() == [Subscribe(quote_kind, BTC)]


def test_timers_fire_and_repeat():
    """A repeating timer fires once per period and skips what was missed."""
    host = started()
    host.strategy.schedule("t", 1.0, every_s=1.0)
    host.due(999_999_999, 0)
    host.due(1_000_000_001, 0)
    host.due(5_500_000_000, 0)

    assert host.strategy.seen == [("timer", "t")] * 2
    assert host.deadline() == 6_000_000_001


def test_nothing_is_called_after_the_end():
    """Callbacks end with on_stop: neither timers nor finished work nor data follow it."""
    host = started()
    host.strategy.schedule("t", 1.0, every_s=1.0)
    host.strategy.on_offloaded = lambda *_: host.strategy.seen.append("offloaded")
    host.stop(1, 1)
    host.due(10_000_000_000, 0)
    host.offloaded("x", 1, "", 2, 2)
    host.handle(quote(1.0, 1.1), 3, 3)
    host.handle(VenueState(venue="wooxpro", state=VenueStateWord.READY, reason=""), 3, 3)

    assert host.strategy.seen == []
    assert host.deadline() == 10_000_000_001


def test_a_stopped_strategy_is_stopped_once():
    """Before its start and after its end there is nothing to stop."""
    host = StrategyHost("s", 7, (BTC,))
    host.create(Recorder, Recorder.Parameters())
    stops = []
    host.strategy.on_stop = lambda: stops.append(1)
    host.stop(1, 1)
    host.handle(definition(), 1, 1)
    host.start(1, 1)
    host.stop(2, 2)
    host.stop(3, 3)

    assert stops == [1]


def test_a_router_that_does_not_answer_stops_new_orders_but_no_cancel():
    """Unanswered orders and changes are bounded; asking again to cancel all adds nothing to them."""
    host = started()
    order = host.strategy.buy(BTC, 1, 100)
    for _ in range(UNCONFIRMED_MAX - 1):
        host.strategy.buy(BTC, 1, 100)

    with pytest.raises(RuntimeError, match="does not answer"):
        host.strategy.buy(BTC, 1, 100)
    with pytest.raises(RuntimeError, match="does not answer"):
        host.strategy.modify(order, price=101)
    host.take()
    for _ in range(3):
        host.strategy.cancel_all()
        host.strategy.cancel_all(BTC)
        host.strategy.cancel(order)
    assert [type(message) for message in wanted(host)] == [
        CancelAllIntent,
        CancelAllIntent,
        CancelIntent,
    ]


def test_an_order_after_a_cancel_of_all_is_cancelled_by_the_next():
    """A cancel of all that waits for the router does not cover what was asked for after it."""
    host = started()
    host.strategy.buy(BTC, 1, 100)
    host.strategy.cancel_all()
    host.strategy.buy(BTC, 1, 100)
    host.strategy.cancel_all()

    kinds = [type(message) for message in wanted(host)]
    assert kinds == [SubmitIntent, CancelAllIntent, SubmitIntent, CancelAllIntent]


def test_an_instrument_is_stale_until_the_last_doubt_is_gone():
    """The strategy is told at the first doubt and at the end of the last, whoever had them."""
    host = started()
    told = []
    host.strategy.on_stale = lambda name, *, fresh: told.append((name, fresh))
    host.handle(doubt("quote"), 1, 1)
    host.doubted(BTC, "quote", fresh=False, mono_ns=1, wall_ns=1)
    host.handle(doubt("quote", fresh=True), 1, 1)
    assert told == [(BTC, False)]
    assert host.strategy.is_stale(BTC)
    host.doubted(BTC, "quote", fresh=True, mono_ns=1, wall_ns=1)

    assert told == [(BTC, False), (BTC, True)]
    assert not host.strategy.is_stale(BTC)


def test_state_logs_and_heavy_work_go_to_the_outbox():
    """What needs I/O is only wished for here."""
    host = started()
    host.strategy.save(level=3)
    host.strategy.log("hello", x=1)
    host.strategy.offload(max, 1, 2, name="m")

    assert host.take() == [
        SaveState({"level": 3}, 0, 0),
        LogLine("hello", {"x": 1}),
        Offload(max, (1, 2), "m"),
    ]
    assert host.strategy.saved() == {"level": 3}


def test_heavy_work_that_piles_up_is_refused():
    """The strategy is told by an error; once something is done there is room again."""
    host = started()
    for _ in range(OFFLOADS_MAX):
        host.strategy.offload(max, 1, 2)
    with pytest.raises(RuntimeError, match="not done yet: 'more' is refused"):
        host.strategy.offload(max, 1, 2, name="more")
    assert len(host.take()) == OFFLOADS_MAX
    host.offloaded("max", 2, "", 1, 1)
    host.strategy.offload(max, 1, 2, name="more")

    assert host.take() == [Offload(max, (1, 2), "more")]


def test_venue_states_are_told():
    """The strategy learns when a venue opens for orders."""
    host = started()
    host.handle(VenueState(venue="wooxpro", state=VenueStateWord.READY, reason=""), 1, 1)

    assert host.strategy.venue_state("wooxpro") is VenueStateWord.READY
    assert host.strategy.seen == [("venue", "wooxpro", "ready")]


def test_trades_reach_the_callback():
    """Every trade is shown."""
    host = started()
    host.handle(trade(99.5), 1, 1)

    assert host.strategy.seen == [("trade", 99.5)]


def test_an_order_in_doubt_is_cancelled_once():
    """A venue that does not know it refuses each cancel; repeating it would put off the verdict."""
    host = started()
    order = host.strategy.buy(BTC, 1, 100)
    intent, *_ = wanted(host)
    host.strategy.cancel(order)
    wanted(host)
    doubt = {"certainty": Certainty.UNKNOWN, "lifecycle": Lifecycle.SENT}
    host.handle(report(intent, 1, ExecType.CANCEL_REJECTED, **doubt), 2, 2)
    host.strategy.cancel(order)
    assert wanted(host) == []
    host.handle(report(intent, 2, ExecType.NEW), 3, 3)
    host.strategy.cancel(order)

    assert [type(message) for message in wanted(host)] == [CancelIntent]


class Picky(Strategy):
    """Refuses its parameters together."""

    low: int = parameter(5)
    high: int = parameter(1)

    def check_parameters(self) -> None:
        if self.low > self.high:
            raise ValueError("low must not be above high")


def test_parameters_may_refuse_each_other():
    """A cross check becomes a configuration error that names the strategy."""
    host = StrategyHost("p", 1, (BTC,))

    with pytest.raises(ConfigError, match=r"strategies\.p\.parameters"):
        host.create(Picky, Picky.Parameters())


# --- lists ------------------------------------------------------------------------------------------


def test_a_bracket_is_one_wish_that_is_repeated_until_its_last_order_is_known():
    """Answers come in order, so the last one stands for all."""
    host = started()
    bracket = host.strategy.submit_bracket(
        Side.BUY, BTC, 1, "100", take_profit="101", stop_loss="99"
    )
    (out,) = host.take()
    wish = out.message
    assert wish.contingency is Contingency.BRACKET
    assert [order.side for order in bracket] == [Side.BUY, Side.SELL, Side.SELL]
    types = [(each.ord_type, each.price, each.stop_price) for each in wish.orders]
    assert types == [
        (OrdType.LIMIT, Decimal(100), None),
        (OrdType.LIMIT, Decimal(101), None),
        (OrdType.STOP, None, Decimal(99)),
    ]
    for intent in wish.orders:
        assert host.unconfirmed() == [wish]
        confirmed = IntentJournaled(
            intent_id=intent.intent_id, strategy="s", client_order_id="c", router_boot=1
        )
        host.handle(confirmed, 2, 2)
    assert host.unconfirmed() == []


def test_of_an_oco_pair_each_order_is_the_strategys():
    """Both can be cancelled, both are open."""
    host = started()
    limit, stop = host.strategy.submit_oco(Side.SELL, BTC, 1, price="101", stop_price="99")
    assert host.orders(BTC) == [limit, stop]
    host.take()
    host.strategy.cancel(stop)
    (out,) = host.take()
    assert out.message.target == stop.intent_id


def test_a_bracket_off_the_grid_sends_nothing():
    """All or nothing, also of what cannot be written down."""
    host = started()
    with pytest.raises(ValueError, match="multiple"):
        host.strategy.submit_bracket(
            Side.BUY, BTC, 1, "100", take_profit="101.00001", stop_loss="99"
        )
    assert host.take() == []
    assert host.orders(BTC) == []
