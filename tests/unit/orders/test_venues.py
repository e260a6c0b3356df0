"""The sessions' desk: hello, state, numbers, news and fills."""

import attrs
import pytest

from engine.messages.orders import ExecutionReport, VenueState
from engine.messages.venue import (
    CancelAllOrders,
    CancelOrder,
    InstrumentUpdate,
    QueryOrder,
    ReconcileDone,
    ReconcileRequest,
    ReferencePrice,
    RouterHeartbeat,
    SessionHeartbeat,
    SessionHello,
    SessionRole,
    SessionState,
    SessionWelcome,
    UpdateKind,
)
from engine.model.enums import (
    Certainty,
    ExecType,
    Lifecycle,
    Mode,
    Pending,
    Side,
    TradingStateWord,
    VenueStateWord,
)
from engine.orders import records as r
from tests.kit.orders import (
    ACCOUNT,
    BTC,
    DATA,
    NS,
    SESSION,
    Bench,
    D,
    held,
    instrument,
    of_kind,
    settings,
    venue_fill,
    venue_order,
)


@pytest.fixture
def bench() -> Bench:
    made = Bench()
    made.greet("alpha")
    return made.open_venue()


def opened(bench: Bench, **changes):
    order = bench.submit(**changes)
    bench.update(order, UpdateKind.ACCEPTED)
    return order


def states(messages) -> list[VenueStateWord]:
    return [m.state for m in of_kind(messages, VenueState)]


# --- becoming ready ------------------------------------------------------------------------------


def test_a_venue_opens_by_agreement_only():
    """Log-in leads to a question, agreement to `ready`; the session hears it in ReconcileDone."""
    bench = Bench()
    bench.greet()
    assert of_kind(bench.hello(), SessionWelcome)
    assert states(bench.state(VenueStateWord.LOGGING_IN)) == [VenueStateWord.LOGGING_IN]
    messages = bench.state(VenueStateWord.RECONCILING)
    assert of_kind(messages, ReconcileRequest)
    assert states(messages) == [VenueStateWord.RECONCILING]
    messages = bench.answer()
    (done,) = of_kind(messages, ReconcileDone)
    assert (done.ok, done.request_id) == (True, bench.request().request_id)
    assert states(messages) == [VenueStateWord.READY]


def test_a_session_cannot_declare_itself_ready():
    """A session that says `ready` is asked for everything like any other."""
    bench = Bench()
    bench.greet()
    bench.hello()
    messages = bench.state(VenueStateWord.READY)
    assert of_kind(messages, ReconcileRequest)
    assert VenueStateWord.READY not in states(messages)


def test_a_failed_comparison_is_repeated_and_keeps_the_venue_closed(bench):
    """Without an answer the venue stays closed and is asked again after a while."""
    bench.state(VenueStateWord.DISCONNECTED)
    bench.state(VenueStateWord.RECONCILING)
    assert VenueStateWord.READY not in states(bench.answer(error="HTTP 503"))
    bench.beat()
    bench.tick(2.5)
    bench.beat()
    assert of_kind(bench.tick(2.6), ReconcileRequest)
    assert VenueStateWord.READY in states(bench.answer())


def test_comparisons_in_between_stop_nothing(bench):
    """After a failed and repeated log-in, later comparisons at intervals are not gating any more."""
    bench.state(VenueStateWord.DISCONNECTED)
    bench.state(VenueStateWord.RECONCILING)
    bench.answer(error="HTTP 503")
    heard = []
    for _ in range(45):
        heard += bench.tick(1.0)
        heard += bench.beat()
        if bench.core._k.links[ACCOUNT].run is not None:
            heard += bench.answer()
    assert len(of_kind(heard, ReconcileRequest)) == 2
    assert len(of_kind(heard, ReconcileDone)) == 1
    assert states(heard) == [VenueStateWord.RECONCILING, VenueStateWord.READY]


def test_a_silent_comparison_times_out(bench):
    """An answer that never ends is given up and asked for anew."""
    bench.state(VenueStateWord.DISCONNECTED)
    bench.state(VenueStateWord.RECONCILING)
    asked = []
    for _ in range(13):
        asked += of_kind(bench.tick(2.0), ReconcileRequest)
        bench.beat()
    assert asked
    assert bench.core._k.counters["reconcile_failed"] == 1


@pytest.mark.parametrize(
    "changes", [{"mode": Mode.PAPER}, {"venue": "other"}, {"session": "other.trade"}]
)
def test_sessions_of_another_kind_are_dropped(changes):
    """ORD-15: a session in another mode, of another venue or under another name is not served."""
    bench = Bench()
    hello = SessionHello(
        session=SESSION, venue="testvenue", boot=3, mode=Mode.LIVE, role=SessionRole.TRADE
    )
    assert bench.handle(attrs.evolve(hello, **changes), SESSION) == []


def test_unknown_boots_are_asked_to_say_hello(bench):
    """After a restart the router asks the sessions it hears from to introduce themselves."""
    order = opened(bench)
    later = bench.restarted()
    (beat,) = later.update(order, UpdateKind.CANCELLED)
    assert beat == RouterHeartbeat(router_boot=72)
    assert later.core.book.orders.take(order.client_order_id).lifecycle is Lifecycle.OPEN
    assert later.beat() == [RouterHeartbeat(router_boot=72)]


# --- losing it -----------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["state", "hello", "silence", "router"])
def test_what_was_under_way_becomes_unknown(bench, how):
    """ORD-7: connection lost, session restarted or silent, router restarted: requests are in doubt."""
    sent, resting, leaving, changing = (opened(bench) if i else bench.submit() for i in range(4))
    bench.cancel(leaving)
    bench.modify(changing, quantity=D(5))
    if how == "state":
        bench.state(VenueStateWord.DISCONNECTED)
    elif how == "hello":
        bench.session_boot += 1
        bench.hello()
    elif how == "silence":
        bench.tick(3.1)
    else:
        bench = bench.restarted()
    orders = bench.core.book.orders
    doubted = [orders.take(o.client_order_id).certainty for o in (sent, resting, leaving, changing)]
    unknown, known = Certainty.UNKNOWN, Certainty.KNOWN
    assert doubted == [unknown, known, unknown, unknown]
    exposure = bench.core.book.account_exposure
    assert exposure.instrument(ACCOUNT, BTC).buys == 40
    assert exposure.orders(ACCOUNT) == 4


def test_silence_closes_the_venue_and_a_sign_of_life_reopens_it(bench):
    """A session that says nothing counts as disconnected until it is heard and compared again."""
    assert states(bench.tick(3.1)) == [VenueStateWord.DISCONNECTED]
    messages = bench.beat()
    assert states(messages) == [VenueStateWord.RECONCILING]
    assert states(bench.answer()) == [VenueStateWord.READY]


def test_no_answer_in_time_is_doubt_and_a_question(bench):
    """ORD-7, ORD-8: after expiry and the venue's own limit the order is unknown and is asked about."""
    order = bench.submit()
    questions = []
    for _ in range(8):
        questions += of_kind(bench.tick(1.0), QueryOrder)
        bench.beat()
    assert order.certainty is Certainty.UNKNOWN
    assert questions[0].client_order_id == order.client_order_id
    (report,) = of_kind(bench.update(order, UpdateKind.ACCEPTED), ExecutionReport)
    assert report.exec_type is ExecType.RESOLVED
    assert (order.lifecycle, order.certainty) == (Lifecycle.OPEN, Certainty.KNOWN)


def test_never_arrived_needs_the_horizon_and_two_answers(bench):
    """ORD-8: absence counts only in complete answers asked after the horizon, and only twice."""
    order = bench.submit()
    seen_at = []
    for second in range(1, 70):
        messages = bench.tick(1.0)
        bench.beat()
        if of_kind(messages, ReconcileRequest):
            bench.answer()
        if order.lifecycle is Lifecycle.NEVER_ARRIVED:
            seen_at.append(second)
    assert 7 + 30 <= seen_at[0] <= 7 + 30 + 2 * 5 + 2
    assert bench.core.book.account_exposure.orders(ACCOUNT) == 0


@pytest.mark.parametrize("lag_s", [0.5, 1.5, 2.5, 3.5, 4.5])
def test_a_second_doubt_does_not_hold_up_the_end_of_the_first(bench, lag_s):
    """INV-7: questions about several orders share one pace, and each doubt still ends in its time."""
    first = bench.submit()
    for _ in range(int(lag_s / 0.5)):
        bench.tick(0.5)
        bench.beat()
    second = bench.submit()
    doubted: dict[str, float] = {}
    ended: dict[str, float] = {}
    now_s = 0.0
    while len(ended) < 2 and now_s < 90:
        now_s += 0.1
        messages = bench.tick(0.1)
        bench.beat()
        if of_kind(messages, ReconcileRequest):
            bench.answer()
        for order in (first, second):
            name = order.client_order_id
            if order.certainty is Certainty.UNKNOWN:
                doubted.setdefault(name, now_s)
            if order.lifecycle is Lifecycle.NEVER_ARRIVED:
                ended.setdefault(name, now_s)
    assert len(ended) == 2
    for name, since_s in doubted.items():
        assert 30 <= ended[name] - since_s <= 30 + 5 + 3


@pytest.mark.parametrize("arrived", [False, True])
def test_an_order_in_doubt_that_is_cancelled_again_and_again_settles(bench, arrived):
    """Our own attempts and their refusals between question and answer are no news of the order."""
    order = bench.submit()
    for _ in range(70):
        messages = bench.tick(1.0)
        bench.beat()
        if order.is_terminal or not of_kind(messages, ReconcileRequest):
            continue
        bench.cancel(order)
        bench.update(order, UpdateKind.CANCEL_REJECTED, code="unknown order", venue_order_id="")
        bench.answer((venue_order(order),) if arrived else ())
    settled = (order.lifecycle, order.certainty)
    expected = Lifecycle.OPEN if arrived else Lifecycle.NEVER_ARRIVED
    assert settled == (expected, Certainty.KNOWN)


def test_what_is_heard_after_the_question_outweighs_the_answer(bench):
    """A fill that overtook the answer is no difference, and a change that did is not undone."""
    order = opened(bench)
    while not of_kind(bench.tick(1.0), ReconcileRequest):
        bench.beat()
    asked = venue_order(order)
    bench.fill(order, "f1", "4")
    bench.modify(order, quantity=D(12))
    bench.update(order, UpdateKind.REPLACED, quantity=D(12))
    bench.answer((asked,))
    assert (order.quantity, order.cum_qty) == (12, 4)
    assert not bench.core._k.links[ACCOUNT].suspected


def test_incomplete_answers_prove_nothing(bench):
    """ORD-8: absence from an answer that is not complete is no evidence, however often."""
    order = bench.submit()
    for _ in range(90):
        messages = bench.tick(1.0)
        bench.beat()
        if of_kind(messages, ReconcileRequest):
            bench.answer(complete=False)
    assert order.certainty is Certainty.UNKNOWN


def test_a_hole_in_the_numbers_closes_the_venue_until_compared(bench):
    """News lost between session and router: orders wait, the comparison finds what was lost."""
    order = opened(bench)
    bench.sequence += 1  # a fill that never arrived
    messages = bench.beat()
    assert states(messages) == [VenueStateWord.RECONCILING]
    bench.answer(
        (venue_order(order, Lifecycle.PARTLY_FILLED, cum_qty=D(4)),),
        (venue_fill(order, "f1", "4"),),
        (held(BTC, 4),),
    )
    assert (order.lifecycle, order.cum_qty) == (Lifecycle.PARTLY_FILLED, 4)
    assert bench.submit()


def test_repeated_numbers_are_dropped(bench):
    """A number that was heard before is not heard again."""
    order = opened(bench)
    bench.sequence -= 1
    assert bench.update(order, UpdateKind.CANCELLED) == []
    assert order.lifecycle is Lifecycle.OPEN


def test_a_closed_market_stays_closed_after_agreement(bench):
    """A comparison while the market is closed does not open it; its opening does, after another one."""
    bench.state(VenueStateWord.CLOSED)
    bench.sequence += 1
    assert states(bench.beat()) == [VenueStateWord.RECONCILING]
    assert states(bench.answer()) == [VenueStateWord.CLOSED]
    assert states(bench.state(VenueStateWord.READY)) == [VenueStateWord.RECONCILING]
    assert states(bench.answer()) == [VenueStateWord.READY]


def test_orders_left_alone_are_alarmed(bench):
    """Losing a session with open orders is an alarm; without any it is not."""
    bench.state(VenueStateWord.DISCONNECTED)
    assert not bench.core.book.alarm_counts
    bench.state(VenueStateWord.RECONCILING)
    bench.answer()
    opened(bench)
    bench.state(VenueStateWord.DISCONNECTED)
    assert bench.core.book.alarm_counts["session_lost"] == 1


# --- news ----------------------------------------------------------------------------------------


def test_not_sent_of_a_new_order_ends_it(bench):
    """ORD-4: a provably unsent order is over, and told as refused."""
    order = bench.submit()
    messages = bench.update(order, UpdateKind.NOT_SENT, code="EXPIRED", command=Pending.NEW)
    (report,) = of_kind(messages, ExecutionReport)
    assert (report.exec_type, report.code) == (ExecType.REJECTED, "EXPIRED")
    assert order.lifecycle is Lifecycle.NEVER_ARRIVED


def test_not_sent_of_a_cancel_leaves_the_order(bench):
    """A cancel that was not sent says nothing about its order."""
    order = opened(bench)
    bench.cancel(order)
    bench.update(order, UpdateKind.NOT_SENT, command=Pending.CANCEL)
    assert (order.lifecycle, order.pending) == (Lifecycle.OPEN, None)


def test_ambiguous_not_sent_is_doubt(bench):
    """When order and cancel are both unanswered and nobody says which was not sent: doubt."""
    order = bench.submit()
    bench.cancel(order)
    bench.update(order, UpdateKind.NOT_SENT)
    assert order.certainty is Certainty.UNKNOWN
    assert not order.is_terminal


def test_undelivered_commands_are_not_sent(bench):
    """What the bus refused was provably not handed over."""
    order = bench.submit()
    (command,) = [m for d, m in bench.sent if d == SESSION and getattr(m, "quantity", 0)]
    outcome = bench.core.undelivered(SESSION, command, "nobody there", bench.now)
    (report,) = of_kind(bench.take(outcome), ExecutionReport)
    assert (report.code, order.lifecycle) == ("NOT_SENT", Lifecycle.NEVER_ARRIVED)


def test_a_refused_cancel_leads_to_a_question(bench):
    """ORD-11: "unknown order" as answer to a cancel is no end; the venue is asked."""
    order = opened(bench)
    bench.cancel(order)
    messages = bench.update(order, UpdateKind.CANCEL_REJECTED, code="40035")
    assert of_kind(messages, QueryOrder)
    assert order.lifecycle is Lifecycle.OPEN


@pytest.mark.parametrize("kind", [UpdateKind.ACCEPTED, UpdateKind.CANCELLED, UpdateKind.FILLED])
def test_news_of_a_dead_order_alarm(bench, kind):
    """ORD-9, T-065: what comes back from the dead is taken, alarmed, shown, and cancelled if it lives."""
    order = bench.submit()
    bench.update(order, UpdateKind.NOT_SENT, command=Pending.NEW)
    messages = bench.update(order, kind)
    assert bench.core.book.alarm_counts["zombie"] == 1
    assert of_kind(messages, ExecutionReport)
    assert bool(of_kind(messages, CancelOrder)) is (kind is not UpdateKind.CANCELLED)


def test_zombies_can_be_left_alone():
    """ORD-9: whether a zombie is cancelled is configured."""
    bench = Bench(settings(cancel_zombies=False)).open_venue()
    bench.greet()
    order = bench.submit()
    bench.update(order, UpdateKind.NOT_SENT, command=Pending.NEW)
    assert not of_kind(bench.update(order, UpdateKind.ACCEPTED), CancelOrder)


def test_contradictions_are_refused_alarmed_and_asked_about(bench):
    """A cancel report of a filled order changes nothing; the venue is asked."""
    order = opened(bench)
    bench.fill(order, "f1", "10")
    messages = bench.update(order, UpdateKind.CANCELLED)
    assert order.lifecycle is Lifecycle.FILLED
    assert bench.core.book.alarm_counts["contradiction"] == 1
    assert [type(m) for m in messages] == [QueryOrder]


def test_stale_answers_to_an_earlier_change_do_not_settle_a_later_one(bench):
    """Old terms in news never end a change under way: they may be old news."""
    order = opened(bench)
    bench.modify(order, quantity=D(12))
    bench.update(order, UpdateKind.REPLACED, quantity=D(12))
    bench.modify(order, quantity=D(20))
    bench.update(order, UpdateKind.REPLACED, quantity=D(12), price=D(100))
    assert order.pending is Pending.REPLACE
    assert bench.core.book.account_exposure.held(order.client_order_id).buy == 20


# --- fills ---------------------------------------------------------------------------------------


def test_fill_before_the_acknowledgement_implies_it(bench):
    """T-067: a fill of an order that was not acknowledged is legal; the late answer changes nothing."""
    order = bench.submit()
    bench.fill(order, "f1", "4")
    assert (order.lifecycle, order.pending) == (Lifecycle.PARTLY_FILLED, None)
    assert not of_kind(bench.update(order, UpdateKind.ACCEPTED), ExecutionReport)
    assert order.lifecycle is Lifecycle.PARTLY_FILLED


def test_a_fill_counts_once(bench):
    """ORD-10: the second delivery is ignored and counted."""
    order = opened(bench)
    bench.fill(order, "f1", "4")
    assert bench.fill(order, "f1", "4") == []
    assert order.cum_qty == bench.core.book.accounts.quantity(ACCOUNT, BTC) == 4
    assert bench.core._k.counters["repeated_fill"] == 1


@pytest.mark.parametrize(
    "changes",
    [{"last_qty": D(5)}, {"last_px": D(101)}, {"client_order_id": "x", "venue_order_id": "y"}],
)
def test_same_key_with_other_content_alarms(bench, changes):
    """ORD-10: the first one stands, once alarmed, and the account is compared."""
    order = opened(bench)
    bench.fill(order, "f1", "4")
    messages = bench.fill(order, "f1", "4", **changes)
    bench.fill(order, "f1", "4", **changes)
    assert of_kind(messages, ReconcileRequest)
    assert order.cum_qty == bench.core.book.accounts.quantity(ACCOUNT, BTC) == 4
    assert bench.core.book.alarm_counts["fill_conflict"] == 1


def test_another_estimate_of_a_price_is_no_other_fill(bench):
    """A venue that tells no prices cannot contradict itself about one; its quantity it can."""
    order = opened(bench)
    bench.fill(order, "f1", "4", px_estimated=True, last_px=D(101))
    assert bench.fill(order, "f1", "4", px_estimated=True, last_px=D(0)) == []
    assert bench.core.book.alarm_counts["fill_conflict"] == 0
    bench.fill(order, "f1", "5", px_estimated=True, last_px=D(101))
    assert bench.core.book.alarm_counts["fill_conflict"] == 1


def test_a_fill_of_unknown_price_counts_at_the_limit_of_its_order(bench):
    """Nobody can say what it traded at: not worse than the order's limit."""
    order = opened(bench)
    bench.fill(order, "f1", "4", px_estimated=True, last_px=D(0))
    assert (order.cum_qty, order.cost) == (4, 4 * order.price)


@pytest.mark.parametrize(
    "changes",
    [{"last_qty": D(0)}, {"last_qty": D(-4)}, {"last_px": D("1E-30")}, {"last_qty": D("1E+20")}],
)
def test_impossible_fills_are_not_counted(bench, changes):
    """A fill that no market can make leaves positions alone."""
    order = opened(bench)
    bench.fill(order, "f1", "4", **changes)
    assert order.cum_qty == bench.core.book.accounts.quantity(ACCOUNT, BTC) == 0


def test_a_fill_of_the_other_side_is_not_counted(bench):
    """A fill that does not fit its order is alarmed, not counted."""
    order = opened(bench)
    bench.fill(order, "f1", "4", side=Side.SELL)
    assert order.cum_qty == 0
    assert bench.core.book.alarm_counts["fill_conflict"] == 1


def test_fill_after_cancel_is_counted_and_alarmed(bench):
    """A late fill is legal everywhere; unless the venue announced it, it is alarmed."""
    order = opened(bench)
    bench.update(order, UpdateKind.CANCELLED)
    bench.fill(order, "f1", "4")
    assert (order.lifecycle, order.cum_qty) == (Lifecycle.CANCELLED, 4)
    assert bench.core.book.alarm_counts["late_fill"] == 1


def test_announced_late_fills_stay_reserved_and_do_not_alarm(bench):
    """What the venue claims was filled is reserved until the fill is here."""
    order = opened(bench)
    bench.update(order, UpdateKind.CANCELLED, cum_qty=D(4))
    assert bench.core.book.account_exposure.instrument(ACCOUNT, BTC).buys == 4
    bench.fill(order, "f1", "4")
    assert bench.core.book.account_exposure.instrument(ACCOUNT, BTC).buys == 0
    assert not bench.core.book.alarm_counts


def test_claimed_fills_that_do_not_come_are_fetched(bench):
    """T-068: a fill the venue claimed but nobody delivered is asked for within its answer time."""
    order = opened(bench)
    bench.update(order, UpdateKind.FILLED, cum_qty=D(10))
    assert order.lifecycle is Lifecycle.OPEN
    asked = []
    for _ in range(6):
        asked += of_kind(bench.tick(1.0), ReconcileRequest)
        bench.beat()
    assert asked
    bench.answer(
        (venue_order(order, Lifecycle.FILLED, cum_qty=D(10)),),
        (venue_fill(order, "f1", "10"),),
        (held(BTC, 10),),
    )
    assert order.lifecycle is Lifecycle.FILLED
    assert bench.core.book.alarm_counts["missing_fill"] == 1


def test_overfill_halts_the_strategy(bench):
    """ORD-10: more filled than asked for is counted, alarmed, and stops the strategy."""
    order = opened(bench)
    bench.fill(order, "f1", "10")
    bench.fill(order, "f2", "1")
    assert order.cum_qty == bench.core.book.accounts.quantity(ACCOUNT, BTC) == 11
    assert bench.core.book.switch.level_for("", "alpha", "") is TradingStateWord.HALTED
    assert bench.core.book.switch.level_for("", "beta", "") is TradingStateWord.ACTIVE


@pytest.mark.parametrize("first", ["cancel", "fill"])
def test_cancel_races_with_fill(bench, first):
    """T-069: whichever wins, both sides end in the same state."""
    order = opened(bench)
    bench.cancel(order)
    if first == "fill":
        bench.fill(order, "f1", "10")
        bench.update(order, UpdateKind.CANCEL_REJECTED, code="filled")
        assert order.lifecycle is Lifecycle.FILLED
    else:
        bench.update(order, UpdateKind.CANCELLED, cum_qty=D(0))
        assert order.lifecycle is Lifecycle.CANCELLED
    assert order.pending is None
    assert bench.core.book.account_exposure.orders(ACCOUNT) == 0


def test_floods_of_strange_news_ask_now_and_then(bench):
    """Updates of orders nobody knows lead to a question at once, and to no more than one per interval."""
    asked = []
    for _ in range(50):
        bench.tick(0.2)
        bench.beat()
        messages = bench.update("nobody-knows", UpdateKind.ACCEPTED, venue_order_id="m7")
        if of_kind(messages, ReconcileRequest):
            asked.append(bench.mono_ns)
            bench.answer()
    assert 1 <= len(asked) <= 3


# --- strangers -----------------------------------------------------------------------------------


def test_a_fill_of_a_stranger_moves_the_account_only(bench):
    """ORD-12: somebody else's trade on the account is in its position and in nobody's else."""
    order = opened(bench)
    bench.fill(order, "f9", "3", client_order_id="manual", venue_order_id="v-manual")
    assert bench.core.book.accounts.quantity(ACCOUNT, BTC) == 3
    assert bench.core.book.strategies.quantity("alpha", BTC) == 0
    assert bench.core.book.alarm_counts["external_order"] == 1


def test_a_strangers_fill_of_unknown_price_counts_at_the_reference(bench):
    """A price of nothing would make a profit or a loss of the whole position."""
    order = opened(bench)
    names = {"client_order_id": "manual", "venue_order_id": "v-manual"}
    bench.fill(order, "f9", "3", px_estimated=True, last_px=D(0), **names)
    assert bench.core.book.accounts.of(ACCOUNT)[BTC].avg_px == D("100.1")


# --- definitions and references ------------------------------------------------------------------


def test_definitions_are_journaled_when_they_change(bench):
    """An instrument told twice is one record; a changed one is another."""
    before = len(bench.journal)
    bench.define(instrument(BTC))
    assert len(bench.journal) == before
    bench.define(instrument(BTC, tradeable=False))
    assert isinstance(r.from_bytes(bench.journal[-1]), r.InstrumentRecord)
    assert not bench.core.book.instruments[BTC].tradeable


def test_nobody_defines_another_venues_instruments(bench):
    """A session speaks for its own venue only."""
    bench.define(instrument("BTCUSDT.OTHER"))
    assert "BTCUSDT.OTHER" not in bench.core.book.instruments
    price = ReferencePrice(
        session="",
        boot=0,
        sequence=0,
        instrument="BTCUSDT.OTHER",
        price=1.0,
        bid_price=1.0,
        ask_price=1.0,
        mono_ns=1,
    )
    bench.session(price)
    assert "BTCUSDT.OTHER" not in bench.core._k.references


def test_data_sessions_define_and_price():
    """A data session needs a hello as well; then its definitions and prices count."""
    bench = Bench()
    definition = InstrumentUpdate(session=DATA, boot=8, sequence=1, definition=instrument(BTC))
    assert bench.handle(definition, DATA) == [RouterHeartbeat(router_boot=71)]
    hello = SessionHello(
        session=DATA, venue="testvenue", boot=8, mode=Mode.LIVE, role=SessionRole.DATA
    )
    assert of_kind(bench.handle(hello, DATA), SessionWelcome)
    bench.handle(definition, DATA)
    assert BTC in bench.core.book.instruments
    assert (DATA, RouterHeartbeat(router_boot=71)) in bench.core.heartbeats()


def joined_bench() -> Bench:
    """A trade session that is the venue's data session as well, logged in and compared."""
    bench = Bench(settings(data_sessions={SESSION: "testvenue"}))
    bench.greet("alpha")
    return bench.open_venue()


def test_a_joined_session_defines_and_prices_in_one_row_of_numbers():
    """Prices between news of orders are no hole in the numbers, and repetitions count once."""
    bench = joined_bench()
    link = bench.core._k.by_session[SESSION]
    order = opened(bench)
    gaps, runs = link.gaps, link.requests
    for price in (101.0, 102.0):
        bench.price(price)
        bench.define()
    bench.update(order, UpdateKind.CANCELLED)

    assert bench.core._k.references[BTC].price == 102.0
    assert order.lifecycle is Lifecycle.CANCELLED
    assert (link.gaps, link.requests) == (gaps, runs)


def test_what_a_joined_session_says_of_a_market_casts_no_doubt_on_its_account():
    """A price beyond all bounds is left out; the account is not compared over it."""
    bench = joined_bench()
    link = bench.core._k.by_session[SESSION]
    runs = link.requests
    bench.price(1e300)

    assert bench.core._k.counters["implausible_message"] == 1
    assert link.requests == runs
    assert bench.core._k.references[BTC].price == 100.0


def test_a_restarted_joined_session_is_asked_for_everything_again():
    """Another boot: prices of the old one are void, orders under way are in doubt, the account is compared."""
    bench = joined_bench()
    bench.submit()
    hello = SessionHello(
        session=SESSION, venue="testvenue", boot=99, mode=Mode.LIVE, role=SessionRole.TRADE
    )
    bench.handle(hello, SESSION)
    old = InstrumentUpdate(
        session=SESSION, boot=31, sequence=9, definition=instrument("X.TESTVENUE")
    )
    bench.handle(old, SESSION)

    assert "X.TESTVENUE" not in bench.core.book.instruments
    assert bench.core.gauges()["orders"]["unknown"] == 1


# --- killed --------------------------------------------------------------------------------------


def test_killed_while_disconnected_is_cancelled_before_anything_else(bench):
    """T-083: the first things after the log-in are the cancels, then the question."""
    order = opened(bench)
    bench.state(VenueStateWord.DISCONNECTED)
    bench.operate("kill")
    assert bench.ask("orders")[0]["unattended"] is True
    messages = bench.state(VenueStateWord.RECONCILING)
    commands = [type(m) for m in messages if not isinstance(m, ExecutionReport | VenueState)]
    assert commands == [CancelAllOrders, CancelOrder, ReconcileRequest]
    assert order.pending is Pending.CANCEL


def test_orders_that_arrive_after_the_kill_are_cancelled(bench):
    """An order that was on its way when the switch was pulled is cancelled when it shows."""
    order = bench.submit()
    assert of_kind(kill(bench), CancelOrder)
    bench.update(order, UpdateKind.CANCEL_REJECTED, code="unknown order")
    assert of_kind(bench.update(order, UpdateKind.ACCEPTED), CancelOrder)


def test_killed_orders_are_cancelled_again_until_gone(bench):
    """A cancel that failed is repeated while the switch is at killed."""
    order = opened(bench)
    kill(bench)
    bench.update(order, UpdateKind.CANCEL_REJECTED, code="busy")
    bench.update(order, UpdateKind.ACCEPTED)
    again = []
    for _ in range(4):
        again += of_kind(bench.tick(1.0), CancelOrder)
        bench.beat()
    assert again


def kill(bench: Bench):
    before = len(bench.sent)
    bench.operate("kill")
    return [message for _, message in bench.sent[before:]]


def test_the_pace_of_a_venue_is_measured_whatever_the_wall_clock_does(bench):
    """A wall clock set forward by an hour between order and answer does not lengthen the horizon."""
    link = bench.core._k.by_session[SESSION]
    order = bench.submit()
    bench.mono_ns += 2 * NS
    bench.wall_ns += 3600 * NS
    bench.update(order, UpdateKind.ACCEPTED)
    assert 2 * NS <= link.delay_ns_max < 3 * NS
    assert not link.asked


def test_an_answer_that_waited_for_a_connection_does_not_lengthen_the_horizon(bench):
    """What is answered after an outage tells of the outage: doubts would wait for twice as long."""
    link = bench.core._k.by_session[SESSION]
    order = bench.submit()
    bench.state(VenueStateWord.DISCONNECTED)
    for _ in range(20):
        bench.tick(1.0)
        bench.beat()
    bench.state(VenueStateWord.RECONCILING)
    bench.update(order, UpdateKind.ACCEPTED)
    assert order.lifecycle is Lifecycle.OPEN
    assert link.delay_ns_max < NS


def test_orders_that_are_never_answered_are_forgotten(bench, monkeypatch):
    """What waits for an answer to be measured is bounded."""
    monkeypatch.setattr("engine.orders.link.ASKED_MAX", 3)
    orders = [bench.submit() for _ in range(5)]
    asked = bench.core._k.by_session[SESSION].asked
    assert list(asked) == [order.client_order_id for order in orders[2:]]


def test_a_data_session_may_speak_of_itself(bench):
    """State and heartbeat of a data session are no news of a stale session; those of an old boot are."""
    hello = SessionHello(
        session=DATA, venue="testvenue", boot=9, mode=Mode.LIVE, role=SessionRole.DATA
    )
    bench.handle(hello, DATA)
    counters = bench.core._k.counters
    for boot, stale in ((9, 0), (8, 2)):
        word = VenueStateWord.READY
        said = {"session": DATA, "boot": boot, "sequence": 1}
        bench.handle(SessionState(**said, venue="testvenue", state=word, reason=""), DATA)
        bench.handle(SessionHeartbeat(**said), DATA)
        assert counters["stale_session"] == stale


@pytest.mark.parametrize("first", ["accepted", "rejected", "cancelled", "expired", "filled"])
def test_an_order_that_ends_with_its_first_answer_is_not_waited_for(bench, first):
    """Whatever the venue says first is its answer; nothing is kept of orders that have one."""
    link = bench.core._k.by_session[SESSION]
    order = bench.submit()
    bench.mono_ns += NS
    bench.update(order, UpdateKind(first))
    assert not link.asked
    assert link.delay_ns_max >= NS


def test_an_old_answer_to_a_change_does_not_bring_back_its_terms(bench):
    """The smaller quantity of an older change held again, and the order was filled too early.

    Found by simulation: the venue's answer to the first of two changes came a second time, late.
    """
    order = bench.submit()
    bench.update(order, UpdateKind.ACCEPTED)
    for quantity in (D(6), D(11)):
        bench.modify(order, quantity)
        bench.update(order, UpdateKind.REPLACED, quantity=quantity, price=D(100))
    bench.sent.clear()

    bench.update(order, UpdateKind.REPLACED, quantity=D(6), price=D(100))

    assert order.quantity == D(11)
    assert bench.core.book.account_exposure.held(order.client_order_id).buy == D(11)
    assert [type(m) for _, m in bench.sent] == [ReconcileRequest]


def test_news_that_go_on_contradicting_are_not_asked_about_at_once_each_time(bench):
    """Answer and question chased each other as fast as the line allowed.

    Found by simulation: the venue goes on saying `expired` of an order that is filled here.
    """
    order = bench.submit()
    bench.update(order, UpdateKind.ACCEPTED)
    bench.fill(order, "f1", "10")
    bench.sent.clear()

    for _ in range(5):
        bench.update(order, UpdateKind.EXPIRED)
    asked = [m for _, m in bench.sent if isinstance(m, QueryOrder | ReconcileRequest)]

    assert [type(m) for m in asked] == [QueryOrder, ReconcileRequest]
