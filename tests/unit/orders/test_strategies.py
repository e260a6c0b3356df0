"""The strategies' desk: hello, intents, cancels, changes, reports."""

import attrs
import pytest

from engine.messages.orders import (
    CancelIntent,
    ExecutionReport,
    IntentJournaled,
    PositionReport,
    SnapshotEnd,
    StrategyHello,
    StrategyWelcome,
    TradingState,
    VenueState,
    intent_id_of,
)
from engine.messages.venue import CancelOrder, ReplaceOrder, SubmitOrder, UpdateKind
from engine.model.enums import (
    Certainty,
    ExecType,
    Lifecycle,
    Mode,
    OrdType,
    Pending,
    Side,
    TradingStateWord,
    VenueStateWord,
)
from engine.orders import records as r
from engine.orders.reports import RESEND_MAX
from engine.risk.codes import DenialCode
from engine.risk.limits import Limits, Rate, RiskSettings, SelfMatch
from tests.kit.orders import (
    BTC,
    ETH,
    NS,
    SESSION,
    Bench,
    D,
    held,
    of_kind,
    settings,
    venue_fill,
    venue_order,
)


@pytest.fixture
def bench() -> Bench:
    made = Bench()
    made.greet("alpha")
    made.greet("beta")
    return made.open_venue()


def opened(bench: Bench, **changes):
    order = bench.submit(**changes)
    bench.update(order, UpdateKind.ACCEPTED)
    return order


# --- new orders ----------------------------------------------------------------------------------


def test_an_order_is_journaled_then_sent_then_confirmed(bench):
    """ORD-3: the record is in the journal before anything leaves; the command carries boot and expiry."""
    intent = bench.intent(data_mono_ns=bench.mono_ns)
    before = len(bench.journal)
    command, confirmed = bench.send(intent)
    record = r.from_bytes(bench.journal[before])
    assert isinstance(record, r.PlannedOrder)
    assert record.intent == intent
    assert isinstance(command, SubmitOrder)
    assert command.client_order_id == record.client_order_id
    assert command.session_boot == bench.session_boot
    assert command.router_boot == 71
    assert command.expires_mono_ns == pytest.approx(bench.mono_ns + 2 * NS, abs=10_000)
    assert command.mode is Mode.LIVE
    assert confirmed == IntentJournaled(
        intent_id=intent.intent_id,
        strategy="alpha",
        client_order_id=command.client_order_id,
        router_boot=71,
    )


def test_a_denied_order_is_journaled_and_nothing_is_sent(bench):
    """A denial is a record and a numbered report with its code, and nothing else."""
    (report,) = bench.send(bench.intent(quantity=D("1.5")))
    assert isinstance(report, ExecutionReport)
    assert report.exec_type is ExecType.DENIED
    assert report.lifecycle is Lifecycle.DENIED
    assert report.code == DenialCode.QUANTITY_OFF_LOT
    assert report.number == 1
    assert isinstance(r.from_bytes(bench.journal[-1]), r.DeniedOrder)


@pytest.mark.parametrize("quantity", ["10", "1.5"])
def test_t066_the_same_intent_five_times_also_over_a_restart(bench, quantity):
    """T-066: one order (or one denial), five equal answers, none after the first adds a record."""
    intent = bench.intent(quantity=D(quantity))
    first = bench.send(intent)[-1]
    records = len(bench.journal)
    answers = [bench.send(intent) for _ in range(2)]
    assert len(bench.journal) == records
    later = bench.restarted()
    records = len(later.journal)
    answers += [later.send(intent) for _ in range(2)]
    assert len(later.journal) == records
    for (answer,) in answers:
        if isinstance(first, IntentJournaled):
            assert answer.client_order_id == first.client_order_id
        else:
            assert answer == first


def test_t074_ids_stay_unique_when_the_clock_goes_back(bench):
    """T-074: a wall clock one hour back between two boots changes nothing about ids."""
    ids = [bench.submit().client_order_id for _ in range(3)]
    bench.wall_ns -= 3600 * NS
    later = bench.restarted()
    later.greet("alpha")
    later.hello()
    later.state(VenueStateWord.RECONCILING)
    later.answer()
    ids += [later.submit().client_order_id for _ in range(3)]
    assert ids == sorted(set(ids))


def test_commands_follow_the_strategys_mode():
    """ORD-15: a strategy on paper never reaches a live session."""
    config = settings()
    paper = attrs.evolve(config.strategies["alpha"], mode=Mode.PAPER)
    bench = Bench(attrs.evolve(config, strategies={**config.strategies, "alpha": paper}))
    bench.handle(
        StrategyHello(strategy="alpha", boot=5, mode=Mode.PAPER, report_seen=0, journal=0),
        "strategy.alpha",
    )
    bench.open_venue()
    (report,) = bench.send(bench.intent())
    assert report.code == DenialCode.VENUE_NOT_READY


def test_an_order_at_a_venue_without_orders_is_denied_with_its_own_code():
    """It is no fault of a session and will not pass later; the owner's other orders pass."""
    watched = "AAPL.US.WATCHED"
    config = settings()
    alpha = attrs.evolve(config.strategies["alpha"], instruments=(BTC, watched))
    bench = Bench(
        attrs.evolve(
            config,
            data_sessions={**config.data_sessions, "watched.stock.data": "watched"},
            strategies={**config.strategies, "alpha": alpha},
        )
    )
    bench.greet("alpha")
    bench.open_venue()
    (report,) = bench.send(bench.intent(instrument=watched))
    assert report.code == DenialCode.VENUE_HAS_NO_ORDERS
    assert report.lifecycle is Lifecycle.DENIED
    assert watched in report.text
    assert isinstance(r.from_bytes(bench.journal[-1]), r.DeniedOrder)
    bench.submit()


def test_market_orders_reserve_at_the_worse_side_of_the_reference(bench):
    """Without a limit price an order is valued at the dearer of bid, ask and reference."""
    order = bench.submit(ord_type=OrdType.MARKET, price=None)
    assert order.reserve_price == D("100.1")


def test_position_limit_counts_unknown_orders():
    """T-084: an order in doubt counts as if it were live and as if it were filled."""
    risk = RiskSettings(defaults=Limits(max_position=D(15)))
    bench = Bench(settings(risk)).open_venue()
    bench.greet()
    order = bench.submit(quantity=D(10))
    bench.tick(8.0)
    assert order.certainty is Certainty.UNKNOWN
    bench.open_venue()
    (report,) = bench.send(bench.intent(quantity=D(6)))
    assert report.code == DenialCode.POSITION_LIMIT
    assert bench.submit(quantity=D(5))


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        ({"max_open_notional": {"USDT": D("1.5")}}, DenialCode.OPEN_NOTIONAL_LIMIT),
        ({"max_credit": {"USDT": D("1.5")}}, DenialCode.CREDIT_LIMIT),
        ({"max_open_orders": 1}, DenialCode.OPEN_ORDERS_LIMIT),
        ({"self_match": SelfMatch.DENY}, DenialCode.SELF_MATCH),
    ],
)
def test_every_sum_counts_unknown_orders(limits, code):
    """T-084: what an order in doubt would use up if it were live is used up."""
    bench = Bench(settings(RiskSettings(defaults=Limits(**limits)))).open_venue()
    bench.greet()
    order = bench.submit(side=Side.SELL, quantity=D(10))
    bench.tick(8.0)
    assert order.certainty is Certainty.UNKNOWN
    bench.open_venue()
    side = Side.BUY if "self_match" in limits else Side.SELL
    (report,) = bench.send(bench.intent(side=side, quantity=D(6)))
    assert report.code == code


def test_rate_counts_cancels_but_never_denies_them():
    """PT-13: cancels use up the window for new orders and pass when it is full."""
    risk = RiskSettings(strategies={"alpha": Limits(max_messages=Rate(count=2, window_s=1.0))})
    bench = Bench(settings(risk)).open_venue()
    bench.greet()
    order = opened(bench)
    assert of_kind(bench.cancel(order), CancelOrder)
    (report,) = bench.send(bench.intent())
    assert report.code == DenialCode.RATE_LIMIT_EXCEEDED
    assert of_kind(bench.cancel(order), CancelOrder)
    bench.tick(1.5)
    assert bench.submit()


def test_equal_orders_too_soon_are_suspected():
    """PT-15: an equal order under another name is denied inside the window."""
    bench = Bench(settings(RiskSettings(defaults=Limits(duplicate_window_s=1.0)))).open_venue()
    bench.greet()
    bench.submit()
    (report,) = bench.send(bench.intent())
    assert report.code == DenialCode.DUPLICATE_SUSPECTED
    assert bench.submit(quantity=D(11))
    bench.tick(1.5)
    assert bench.submit()


# --- who may speak -------------------------------------------------------------------------------


@pytest.mark.parametrize("peer", ["strategy.beta", "strategy.nobody", SESSION, ""])
def test_impostors_get_no_answer(bench, peer):
    """PT-18: who speaks for another strategy is dropped, counted and alarmed once, unanswered."""
    records = len(bench.journal)
    assert bench.handle(bench.intent("alpha"), peer) == []
    assert (
        bench.handle(
            StrategyHello(strategy="alpha", boot=9, mode=Mode.LIVE, report_seen=0, journal=0), peer
        )
        == []
    )
    (alarm,) = [r.from_bytes(body) for body in bench.journal[records:]]
    assert isinstance(alarm, r.AlarmRecord)
    assert (alarm.kind, alarm.subject) == (r.AlarmKind.IMPOSTOR, peer)
    assert bench.core._k.counters["impostor"] == 2


def test_intents_must_carry_their_own_name(bench):
    """An intent whose id is not that of its boot and counter is dropped."""
    intent = attrs.evolve(bench.intent(), intent_id="beta:6:1")
    assert bench.send(intent) == []
    assert bench.core._k.counters["intent_id_mismatch"] == 1


def test_a_new_boot_fences_the_old_one(bench):
    """ORD-1: after the hello of a new boot nothing of the old one is taken, not even its hello."""
    old = bench.intent()
    old_hello = StrategyHello(strategy="alpha", boot=5, mode=Mode.LIVE, report_seen=0, journal=0)
    bench.boots["alpha"], bench.counters["alpha"] = 50, 0
    assert of_kind(bench.greet("alpha"), StrategyWelcome)
    assert bench.send(old) == []
    assert bench.handle(old_hello, "strategy.alpha") == []
    assert bench.submit()


def test_a_hello_in_the_wrong_mode_is_dropped(bench):
    """A strategy that believes it is on paper while it is not is not served."""
    hello = StrategyHello(strategy="alpha", boot=77, mode=Mode.PAPER, report_seen=0, journal=0)
    assert bench.handle(hello, "strategy.alpha") == []


# --- cancels -------------------------------------------------------------------------------------


@pytest.mark.parametrize("level", ["reducing", "halted", "killed"])
def test_cancels_pass_at_every_level(bench, level):
    """ORD-11: the kill switch never stops a cancel."""
    order = opened(bench)
    bench.operate("kill", level=level)
    assert of_kind(bench.cancel(order), CancelOrder)


def test_cancels_pass_while_reconciling_and_with_stale_data(bench):
    """ORD-11: neither do the state of the venue or the age of data."""
    order = opened(bench)
    bench.tick(1.0)
    bench.beat()
    bench.state(VenueStateWord.RECONCILING)
    command, *_ = of_kind(bench.cancel(order), CancelOrder)
    assert command.venue_order_id == f"v{order.client_order_id}"


def test_cancel_is_idempotent(bench):
    """Repeated cancels are sent again and recorded once; a cancel of a finished order is harmless."""
    order = opened(bench)
    bench.cancel(order)
    messages = bench.cancel(order)
    assert of_kind(messages, CancelOrder)
    assert not of_kind(messages, ExecutionReport)
    bench.update(order, UpdateKind.CANCELLED)
    assert [type(m) for m in bench.cancel(order)] == [IntentJournaled]


def test_cancel_without_connection_is_refused_as_not_sent(bench):
    """A cancel that provably cannot be sent is told so, and may be tried again."""
    order = opened(bench)
    bench.state(VenueStateWord.DISCONNECTED)
    reports = of_kind(bench.cancel(order), ExecutionReport)
    assert [each.exec_type for each in reports] == [
        ExecType.PENDING_CANCEL,
        ExecType.CANCEL_REJECTED,
    ]
    assert reports[-1].code == "NOT_SENT"
    assert order.pending is None


def test_cancel_that_overtakes_its_order_waits(bench):
    """A cancel of an order that has not arrived yet is not answered, so it is repeated later."""
    intent = bench.intent()
    cancel = CancelIntent(
        intent_id=intent_id_of("alpha", 5, 99),
        strategy="alpha",
        boot=5,
        counter=99,
        target=intent.intent_id,
        created_mono_ns=bench.mono_ns,
    )
    assert bench.send(cancel) == []
    bench.send(intent)
    assert of_kind(bench.send(cancel), CancelOrder)


def test_nobody_cancels_what_is_not_his(bench):
    """A strategy cannot name another strategy's order."""
    order = opened(bench)
    bench.counters["beta"] += 1
    cancel = CancelIntent(
        intent_id=intent_id_of("beta", 6, 1),
        strategy="beta",
        boot=6,
        counter=1,
        target=order.intent_id,
        created_mono_ns=0,
    )
    assert not of_kind(bench.send(cancel), CancelOrder)


def test_cancel_all_takes_one_instrument_or_all(bench):
    """Cancel-all covers the strategy's own orders, of one instrument or of all."""
    btc, eth = opened(bench), opened(bench, instrument=ETH, price=D(10))
    other = opened(bench, name="beta")
    commands = of_kind(bench.cancel_all("alpha", ETH), CancelOrder)
    assert [c.client_order_id for c in commands] == [eth.client_order_id]
    commands = of_kind(bench.cancel_all("alpha"), CancelOrder)
    assert {c.client_order_id for c in commands} == {btc.client_order_id, eth.client_order_id}
    assert other.pending is None


# --- changes -------------------------------------------------------------------------------------


def test_a_change_reserves_the_worse_of_old_and_new(bench):
    """Until it is answered a change counts with the larger quantity and the higher price."""
    order = opened(bench)
    (command,) = of_kind(bench.modify(order, quantity=D(4), price=D(110)), ReplaceOrder)
    assert (command.quantity, command.price) == (4, 110)
    held = bench.core.book.account_exposure.held(order.client_order_id)
    assert (held.buy, held.notional) == (10, D("1.1"))
    bench.update(order, UpdateKind.REPLACED, quantity=D(4), price=D(110))
    held = bench.core.book.account_exposure.held(order.client_order_id)
    assert (order.quantity, order.price) == (4, 110)
    assert (held.buy, held.notional) == (4, D("0.44"))


def test_a_refused_change_leaves_the_order_as_it_was(bench):
    """A change the venue refuses ends with the old terms and the old reservation."""
    order = opened(bench)
    bench.modify(order, quantity=D(20))
    bench.update(order, UpdateKind.REPLACE_REJECTED, code="X")
    assert (order.quantity, order.pending) == (10, None)
    assert bench.core.book.account_exposure.held(order.client_order_id).buy == 10


@pytest.mark.parametrize("state", ["unanswered", "cancelling", "changing", "over", "unknown"])
def test_changes_need_an_order_at_rest(bench, state):
    """An order that is not acknowledged, busy, over or in doubt cannot be changed."""
    order = bench.submit()
    if state != "unanswered":
        bench.update(order, UpdateKind.ACCEPTED)
    if state == "cancelling":
        bench.cancel(order)
    elif state == "changing":
        bench.modify(order, quantity=D(5))
    elif state == "over":
        bench.update(order, UpdateKind.EXPIRED)
    elif state == "unknown":
        bench.update(order, UpdateKind.UNKNOWN)
    messages = bench.modify(order, quantity=D(7))
    assert not of_kind(messages, ReplaceOrder)
    (report,) = of_kind(messages, ExecutionReport)
    assert report.exec_type is ExecType.REPLACE_REJECTED
    assert report.code == DenialCode.ORDER_NOT_REPLACEABLE


@pytest.mark.parametrize("quantity", [3, 4, 5])
def test_changes_cannot_go_below_what_is_filled(bench, quantity):
    """The new quantity must leave something to fill."""
    order = opened(bench)
    bench.fill(order, "f1", "4")
    replaced = bool(of_kind(bench.modify(order, quantity=D(quantity)), ReplaceOrder))
    assert replaced is (quantity > 4)


def test_changes_are_checked_like_new_orders():
    """A change that would pass a limit if placed anew passes, one that would not does not."""
    bench = Bench(settings(RiskSettings(defaults=Limits(max_position=D(15))))).open_venue()
    bench.greet()
    order = opened(bench)
    assert of_kind(bench.modify(order, quantity=D(15)), ReplaceOrder)
    bench.update(order, UpdateKind.REPLACED, quantity=D(15))
    (report,) = of_kind(bench.modify(order, quantity=D(16)), ExecutionReport)
    assert report.code == DenialCode.POSITION_LIMIT


# --- snapshots and reports -----------------------------------------------------------------------


def test_a_new_boot_adopts_orders_and_positions(bench):
    """The snapshot holds open and recent orders with number 0, positions, states, then its end."""
    order, gone = opened(bench), opened(bench)
    bench.fill(order, "f1", "4")
    bench.update(gone, UpdateKind.CANCELLED)
    bench.boots["alpha"] = 51
    welcome, part, position, end, venue, *rest = bench.greet("alpha", 100)
    assert welcome == StrategyWelcome(
        strategy="alpha",
        boot=51,
        router_boot=71,
        mode=Mode.LIVE,
        trading_state=TradingStateWord.ACTIVE,
        orders=2,
        positions=1,
        journal=71,
    )
    assert [(o.number, o.intent_id, o.lifecycle) for o in part.orders] == [
        (0, gone.intent_id, Lifecycle.CANCELLED),
        (0, order.intent_id, Lifecycle.PARTLY_FILLED),
    ]
    assert (position.quantity, position.fees, position.currency) == (4, D("0.01"), "USDT")
    assert end == SnapshotEnd(strategy="alpha", report_number=100, told_before=4)
    assert venue == VenueState(venue="testvenue", state=VenueStateWord.READY, reason="")
    assert not of_kind(rest, ExecutionReport)


def test_unseen_reports_come_again_after_the_snapshot(bench):
    """ORD-14: a strategy that comes back hears everything after what it has seen, by number."""
    order = opened(bench)
    bench.fill(order, "f1", "4")
    bench.seen(1)
    bench.boots["alpha"] = 51
    messages = bench.greet("alpha", 1)
    (end,) = of_kind(messages, SnapshotEnd)
    numbers = [m.number for m in of_kind(messages, ExecutionReport) if m.number]
    assert end.report_number == 1
    assert numbers == [2]


def test_reports_survive_a_restart_of_the_router(bench):
    """After a restart the router numbers on, and gives again what was not seen."""
    order = opened(bench)
    bench.fill(order, "f1", "4")
    later = bench.restarted()
    messages = later.seen(0)
    assert [m.number for m in of_kind(messages, ExecutionReport)] == [1, 2]
    assert of_kind(messages, VenueState)
    assert of_kind(messages, TradingState)
    assert of_kind(messages, PositionReport)
    later.hello()
    later.state(VenueStateWord.RECONCILING)
    (report,) = of_kind(later.update(order, UpdateKind.CANCELLED), ExecutionReport)
    assert report.number == 3


def test_a_report_the_bus_refused_waits_and_holds_the_later_ones(bench):
    """Reports never overtake each other: after a refusal they wait for the next sign of life."""
    order = opened(bench)
    (_, report), *_ = [s for s in bench.sent if isinstance(s[1], ExecutionReport)]
    bench.take(bench.core.undelivered("strategy.alpha", report, "full", bench.now))
    assert bench.fill(order, "f1", "4") == []
    assert [m.number for m in of_kind(bench.seen(0), ExecutionReport)] == [1, 2]


def test_reports_lost_on_the_way_are_sent_again(bench):
    """Two equal signs of life with reports under way: they were lost."""
    opened(bench)
    assert not of_kind(bench.seen(0), ExecutionReport)
    assert [m.number for m in of_kind(bench.seen(0), ExecutionReport)] == [1]
    assert not of_kind(bench.seen(1), ExecutionReport)


def test_a_long_backlog_comes_in_bounded_pieces(bench):
    """Many unseen reports are sent piece by piece, so that a resend cannot fill the socket."""
    for _ in range(RESEND_MAX + 20):
        bench.send(bench.intent(quantity=D("1.5")))
    bench.boots["alpha"] = 51
    first = [m.number for m in of_kind(bench.greet("alpha"), ExecutionReport) if m.number]
    assert first == list(range(1, RESEND_MAX + 1))
    rest = [m.number for m in of_kind(bench.seen(RESEND_MAX), ExecutionReport)]
    assert rest == list(range(RESEND_MAX + 1, RESEND_MAX + 21))


def test_a_strategy_that_saw_more_than_we_remember_sets_the_count(bench):
    """When the journal lost its tail, report numbers still never repeat."""
    bench.boots["alpha"] = 51
    bench.greet("alpha", 500)
    (report,) = bench.send(bench.intent(quantity=D("1.5")))
    assert report.number == 501


# --- the journal fails ---------------------------------------------------------------------------


def test_without_journal_nothing_new_leaves_and_cancels_pass(bench):
    """T-072: disk full: new orders denied JOURNAL without a number, cancels sent, nothing applied."""
    order = opened(bench)
    bench.disk_full = True
    before = bench.core.dump()
    messages = bench.send(bench.intent())
    assert of_kind(messages, TradingState)[0].state is TradingStateWord.HALTED
    (report,) = of_kind(messages, ExecutionReport)
    assert (report.code, report.number) == (DenialCode.JOURNAL, 0)
    assert not of_kind(messages, SubmitOrder)
    messages = bench.cancel(order)
    assert [type(m) for m in messages] == [CancelOrder]
    assert bench.core.dump() == before


def test_the_journal_recovers_when_there_is_space(bench):
    """When records can be written again the venue is compared first, then orders pass."""
    order = opened(bench)
    bench.disk_full = True
    bench.send(bench.intent())
    bench.fill(order, "f1", "4")
    assert order.cum_qty == 0
    bench.disk_full = False
    messages = bench.tick(1.5)
    bench.beat()
    assert of_kind(messages, TradingState)[-1].state is TradingStateWord.ACTIVE
    bench.answer(
        (venue_order(order, Lifecycle.PARTLY_FILLED, cum_qty=D(4)),),
        (venue_fill(order, "f1", "4"),),
        (held(BTC, 4),),
    )
    assert order.cum_qty == 4
    assert order.pending is None
    assert Pending.NEW is bench.submit(side=Side.SELL, instrument=BTC).pending


# --- found by simulation -----------------------------------------------------------------------


def cancel_of(bench: Bench, target: str) -> CancelIntent:
    return CancelIntent(
        intent_id=intent_id_of("alpha", 5, 99),
        strategy="alpha",
        boot=5,
        counter=99,
        target=target,
        created_mono_ns=bench.mono_ns,
    )


@pytest.mark.parametrize("restarted", [False, True])
def test_cancel_of_an_order_denied_without_record_is_answered(bench, restarted):
    """A cancel of an order that was denied while the disk was full stayed unanswered for ever.

    The order is in no journal, so its cancel was taken for one that is ahead of it.
    """
    bench.disk_full = True
    denied = bench.intent()
    bench.send(denied)
    cancel = cancel_of(bench, denied.intent_id)
    bench.disk_full = False
    bench.tick(1.5)
    if restarted:  # what was denied is forgotten, but it would be denied for its age
        bench = bench.restarted()
        assert bench.send(cancel) == []
        bench.tick(2.5)
    (answer,) = bench.send(cancel)
    assert (type(answer), answer.intent_id) == (IntentJournaled, cancel.intent_id)
    assert not of_kind(bench.send(denied), SubmitOrder)


def test_a_denied_change_is_confirmed_again(bench):
    """A denied change whose confirmation was lost was repeated for ever.

    The report that answered it again names the order, not the change, and had been seen.
    """
    order = opened(bench)
    bench.modify(order, quantity=D("1.5"))
    bench.sent.clear()
    bench.counters["alpha"] -= 1
    bench.modify(order, quantity=D("1.5"))
    kinds = [type(message) for _, message in bench.sent]
    assert kinds == [ExecutionReport, IntentJournaled]
