"""Coming to agreement with a venue: T-068, T-070, PT-32."""

import attrs
import pytest

from engine.messages.orders import VenueState
from engine.messages.venue import (
    Fill,
    ReconcileDone,
    ReconcilePart,
    ReconcileRequest,
    SessionRole,
    UpdateKind,
    VenueFill,
    VenueOrder,
)
from engine.model.enums import (
    Certainty,
    Lifecycle,
    Liquidity,
    OrdType,
    Origin,
    Pending,
    Side,
    TimeInForce,
    VenueStateWord,
)
from engine.orders.news import external_id
from engine.orders.reconcile import Moved, VenueAnswer, compare_orders
from engine.orders.reconciling import OVERLAP_NS
from tests.kit.orders import (
    ACCOUNT,
    BTC,
    CAPABILITIES,
    ETH,
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


def reconnect(bench: Bench) -> None:
    bench.state(VenueStateWord.DISCONNECTED)
    bench.tick(1.0)
    bench.state(VenueStateWord.RECONCILING)


def stranger(name: str = "m1", **changes) -> VenueOrder:
    values = {
        "client_order_id": "",
        "venue_order_id": name,
        "instrument": BTC,
        "side": Side.SELL,
        "ord_type": OrdType.LIMIT,
        "time_in_force": TimeInForce.GTC,
        "quantity": D(7),
        "price": D(120),
        "cum_qty": D(0),
        "avg_px": D(0),
        "lifecycle": Lifecycle.OPEN,
        "ts_ns": 0,
    }
    return VenueOrder(**{**values, **changes})


def strange_fill(key: str, ts_ns: int) -> VenueFill:
    return VenueFill(
        client_order_id="",
        venue_order_id="m0",
        instrument=BTC,
        side=Side.BUY,
        fill_key=key,
        trade_id=key,
        last_qty=D(5),
        last_px=D(90),
        fee=D(0),
        fee_currency="USDT",
        liquidity=Liquidity.UNKNOWN,
        ts_ns=ts_ns,
    )


# --- what differs is applied -----------------------------------------------------------------------


@pytest.mark.parametrize("lifecycle", [Lifecycle.CANCELLED, Lifecycle.EXPIRED, Lifecycle.REJECTED])
def test_an_order_that_ended_meanwhile_ends_here(bench, lifecycle):
    """What the venue ended while we were away is ended here."""
    order = opened(bench)
    reconnect(bench)
    bench.answer((venue_order(order, lifecycle),))
    assert order.lifecycle is lifecycle
    assert bench.submit()


def test_a_sent_order_is_found_working(bench):
    """T-062: the order whose answer was lost is found, adopted, and not sent again."""
    order = bench.submit()
    reconnect(bench)
    assert order.certainty is Certainty.UNKNOWN
    bench.answer((venue_order(order),))
    assert (order.lifecycle, order.certainty) == (Lifecycle.OPEN, Certainty.KNOWN)
    assert order.venue_order_id == f"v{order.client_order_id}"


def test_a_missed_fill_is_counted_once(bench):
    """T-068: found by comparison, applied once, however often it is answered."""
    order = opened(bench)
    for _ in range(2):
        reconnect(bench)
        bench.answer(
            (venue_order(order, Lifecycle.PARTLY_FILLED, cum_qty=D(4)),),
            (venue_fill(order, "f1", "4"),),
            (held(BTC, 4),),
        )
    assert order.cum_qty == bench.core.book.accounts.quantity(ACCOUNT, BTC) == 4


def test_a_fill_missed_while_connected_is_alarmed(bench):
    """T-068: found by the comparison at intervals, it is alarmed as missing."""
    order = opened(bench)
    while not of_kind(bench.tick(2.0), ReconcileRequest):
        bench.beat()
    bench.answer(
        (venue_order(order, Lifecycle.PARTLY_FILLED, cum_qty=D(4)),),
        (venue_fill(order, "f1", "4"),),
        (held(BTC, 4),),
    )
    assert order.cum_qty == 4
    assert bench.core.book.alarm_counts["missing_fill"] == 1


def test_terms_changed_outside_are_taken_over(bench):
    """A change made at the venue itself becomes ours, and its reservation with it."""
    order = opened(bench)
    reconnect(bench)
    bench.answer((venue_order(order, quantity=D(12), price=D(101)),))
    assert (order.quantity, order.price) == (12, 101)
    assert bench.core.book.account_exposure.held(order.client_order_id).buy == 12


def test_positions_that_nobody_vouches_for_are_not_compared(bench):
    """Nothing is known that ours could differ from; the venue opens, for what reduces."""
    order = opened(bench)
    bench.fill(order, "f1", "4")
    for _ in range(2):
        reconnect(bench)
        shown = venue_order(order, Lifecycle.PARTLY_FILLED, cum_qty=D(4))
        bench.answer((shown,), (), (held(BTC, 9),), unproven="no file for this day")
    assert bench.core.book.accounts.quantity(ACCOUNT, BTC) == 4
    assert bench.core.book.unproven[ACCOUNT] == "no file for this day"


def test_a_price_that_the_venue_does_not_tell_is_no_other_price(bench):
    """WebCTP's orders come without their prices: a comparison finds nothing in that."""
    order = opened(bench)
    answer = VenueAnswer(
        orders=(venue_order(order, price=None),),
        fills=(),
        positions=(),
        balances=(),
        complete=True,
        since_ns=0,
        asked_at=bench.core.book.applied,
    )
    moved = Moved(frozenset(), frozenset())
    assert compare_orders(bench.core.book, ACCOUNT, answer, moved, frozenset()) == []


@pytest.mark.parametrize("taken", [True, False])
def test_a_change_in_doubt_is_settled_by_the_terms_found(bench, taken):
    """The new terms end the doubt at once, the old ones only when asked for after the horizon."""
    order = opened(bench)
    bench.modify(order, quantity=D(20))
    reconnect(bench)
    bench.answer((venue_order(order, quantity=D(20) if taken else D(10)),))
    if taken:
        assert (order.quantity, order.pending) == (20, None)
        return
    assert order.pending is Pending.REPLACE
    for _ in range(30):
        messages = bench.tick(2.0)
        bench.beat()
        if of_kind(messages, ReconcileRequest):
            bench.answer((venue_order(order, quantity=D(10)),))
    assert (order.quantity, order.pending, order.certainty) == (10, None, Certainty.KNOWN)


def test_a_dead_order_found_working_is_a_zombie(bench):
    """ORD-9: an order we took for cancelled is found working: alarmed, adopted, cancelled."""
    order = opened(bench)
    bench.update(order, UpdateKind.CANCELLED)
    reconnect(bench)
    bench.answer((venue_order(order),))
    assert order.lifecycle is Lifecycle.OPEN
    assert order.pending is Pending.CANCEL
    assert bench.core.book.alarm_counts["zombie"] == 1


def test_news_that_overtake_the_answer_win(bench):
    """What changed after the question was asked is not undone by its answer."""
    order = opened(bench)
    reconnect(bench)
    bench.update(order, UpdateKind.CANCELLED)
    bench.answer((venue_order(order, Lifecycle.OPEN),))
    assert order.lifecycle is Lifecycle.CANCELLED
    assert not bench.core.book.alarm_counts["zombie"]


def test_answers_in_parts(bench):
    """An answer is applied when its last part is here, and not before."""
    order = opened(bench)
    reconnect(bench)
    request = bench.request()
    parts = [
        ReconcilePart(
            session="",
            boot=0,
            sequence=0,
            request_id=request.request_id,
            part=number,
            last=number == 1,
            complete=True,
            since_ns=request.since_ns,
            orders=(venue_order(order, Lifecycle.CANCELLED),) if number == 0 else (),
            fills=(),
            positions=(),
            balances=(),
            error="",
        )
        for number in range(2)
    ]
    bench.session(parts[0])
    assert order.lifecycle is Lifecycle.OPEN
    bench.session(parts[1])
    assert order.lifecycle is Lifecycle.CANCELLED


def test_questions_reach_back_far_enough(bench):
    """A question reaches behind the last agreement and behind the oldest open order."""
    order = opened(bench)
    agreed = bench.core.book.reconciled_ns[ACCOUNT]
    bench.tick(1.0)
    reconnect(bench)
    assert bench.request().since_ns == agreed - OVERLAP_NS
    assert bench.request().since_ns <= order.created_ns
    assert bench.request().instruments == (BTC, ETH)


# --- strangers --------------------------------------------------------------------------------------


def test_first_contact_adopts_what_is_there():
    """T-070: positions found at first contact are the start; older fills are in them already."""
    bench = Bench()
    bench.greet()
    bench.hello()
    bench.define()
    bench.state(VenueStateWord.RECONCILING)
    fills = (strange_fill("s1", bench.wall_ns),)
    messages = bench.answer((stranger(cum_qty=D(2), avg_px=D(120)),), fills, (held(BTC, 5),))
    assert of_kind(messages, ReconcileDone)[0].ok
    book = bench.core.book
    assert book.accounts.quantity(ACCOUNT, BTC) == 5
    order = book.orders.take(external_id(ACCOUNT, "m1"))
    assert (order.origin, order.cum_qty) == (Origin.EXTERNAL, 2)
    assert book.account_exposure.instrument(ACCOUNT, BTC).sells == 5
    reconnect(bench)
    messages = bench.answer((stranger(cum_qty=D(2)),), fills, (held(BTC, 5),))
    assert of_kind(messages, ReconcileDone)[0].ok
    assert book.accounts.quantity(ACCOUNT, BTC) == 5


def test_external_orders_are_not_touched(bench):
    """ORD-12: a stranger's order is recorded once, counts, and gets no command of ours."""
    for _ in range(2):
        reconnect(bench)
        before = len(bench.sent)
        bench.answer((stranger(),))
        commands = [m for _, m in bench.sent[before:] if not isinstance(m, VenueState)]
        assert [type(m) for m in commands] == [ReconcileDone]
    orders = [o for o in bench.core.book.orders if o.origin is Origin.EXTERNAL]
    assert [o.client_order_id for o in orders] == [external_id(ACCOUNT, "m1")]
    assert bench.core.book.account_exposure.instrument(ACCOUNT, BTC).sells == 7
    assert bench.core.book.strategy_exposure.orders("alpha") == 0


def test_fills_of_a_stranger_are_counted_after_first_contact(bench):
    """After the start every trade on the account counts for its position."""
    reconnect(bench)
    bench.answer((), (strange_fill("s1", bench.wall_ns),), (held(BTC, 5),))
    assert bench.core.book.accounts.quantity(ACCOUNT, BTC) == 5
    assert bench.submit()


# --- what cannot be explained -----------------------------------------------------------------------


def blocked(bench: Bench, *answer) -> Bench:
    """The same unexplained answer twice."""
    reconnect(bench)
    bench.answer(*answer)
    assert bench.core._k.links[ACCOUNT].state is VenueStateWord.RECONCILING
    assert not bench.core._k.links[ACCOUNT].blocked
    bench.tick(1.1)
    bench.beat()
    (done,) = of_kind(bench.answer(*answer), ReconcileDone)
    assert not done.ok
    return bench


def test_another_position_blocks_until_accepted(bench):
    """PT-32, ORD-13: a position that nobody can explain blocks; the operator's word adopts it."""
    blocked(bench, (), (), (held(BTC, 3),))
    link = bench.core._k.links[ACCOUNT]
    assert link.blocked == (f"position {BTC}: 0 here, 3 at the venue",)
    assert bench.core.book.alarm_counts["unexplained"] == 1
    bench.send(bench.intent())
    assert bench.last_denial().startswith("VENUE_NOT_READY")
    answer = bench.ask("accept", "traded by hand", account=ACCOUNT)
    assert answer["settled"] == 1
    assert bench.core.book.accounts.quantity(ACCOUNT, BTC) == 3
    bench.answer((), (), (held(BTC, 3),))
    assert bench.submit()


def test_a_difference_that_goes_away_opens_the_venue(bench):
    """Differences of one answer only are the venue's own lag."""
    reconnect(bench)
    bench.answer((), (), (held(BTC, 3),))
    bench.tick(1.1)
    bench.beat()
    (done,) = of_kind(bench.answer((), (), (held(BTC, 0),)), ReconcileDone)
    assert done.ok
    assert not bench.core.book.alarm_counts


def test_a_block_that_resolves_itself_opens_the_venue(bench):
    """A blocked account is compared again at intervals and opens when the difference is gone."""
    blocked(bench, (), (), (held(BTC, 3),))
    for _ in range(20):
        messages = bench.tick(2.0)
        bench.beat()
        if of_kind(messages, ReconcileRequest):
            bench.answer()
    assert bench.submit()


def test_fills_that_do_not_add_up_block_until_accepted(bench):
    """The venue counts more filled than it can show: accepted, it is one fill at the price it takes."""
    order = opened(bench)
    bench.fill(order, "f1", "4", "100")
    answer = (
        (venue_order(order, Lifecycle.FILLED, cum_qty=D(10), avg_px=D(103)),),
        (venue_fill(order, "f1", "4"),),
        (held(BTC, 10),),
    )
    blocked(bench, *answer)
    bench.ask("accept", "support confirmed it", account="testvenue")
    assert (order.lifecycle, order.cum_qty, order.avg_px) == (Lifecycle.FILLED, 10, 103)
    assert bench.core.book.strategies.quantity("alpha", BTC) == 10
    (done,) = of_kind(bench.answer(*answer), ReconcileDone)
    assert done.ok


def test_a_known_order_the_venue_does_not_know_blocks(bench):
    """An acknowledged order missing from a complete answer is unexplained, not dead."""
    order = opened(bench)
    blocked(bench)
    assert order.lifecycle is Lifecycle.OPEN
    bench.ask("accept", "cancelled by the exchange", account=ACCOUNT)
    assert order.lifecycle is Lifecycle.CANCELLED


def test_an_order_on_its_way_is_no_difference():
    """Found over a venue that answered orders late: two comparisons before its answer blocked the account."""
    bench = Bench(attrs.evolve(settings(), query_interval_s=1.0))
    bench.greet()
    bench.open_venue()
    link = bench.core._k.links[ACCOUNT]
    interval_ns = int(bench.core._k.settings.reconcile_interval_s * 1e9)
    while bench.now.mono_ns + 1.5e9 < link.agreed_mono_ns + interval_ns:
        bench.tick(1.0)
        bench.beat()
    bench.price()
    order = bench.submit()
    answers = 0
    for _ in range(3):
        bench.tick(1.6)
        bench.beat()
        if link.run:
            bench.answer()
            answers += 1
    assert answers
    assert not link.blocked
    assert bench.core.book.alarm_counts["unexplained"] == 0
    assert order.certainty is Certainty.KNOWN
    bench.update(order, UpdateKind.ACCEPTED)
    assert order.lifecycle is Lifecycle.OPEN


def test_a_paper_venue_forgets_and_our_word_counts():
    """A restarted paper venue has no orders and no positions: ours are cancelled, and count on."""
    bench = Bench()
    bench.greet()
    bench.open_venue(SessionRole.PAPER)
    order = opened(bench)
    bench.fill(order, "f1", "4")
    bench.session_boot, bench.sequence = 99, 0
    bench.hello(SessionRole.PAPER)
    bench.tick(0.5)
    bench.state(VenueStateWord.RECONCILING)
    (done,) = of_kind(bench.answer(), ReconcileDone)
    assert done.ok
    assert order.lifecycle is Lifecycle.CANCELLED
    assert bench.core.book.accounts.quantity(ACCOUNT, BTC) == 4
    assert bench.core.book.alarm_counts["unexplained"] == 1


def test_operators_settle_doubts_no_venue_can(bench):
    """A venue that cannot be asked completely leaves a doubt to a person."""
    order = bench.submit()
    bench.tick(8.0)
    row = bench.ask(
        "resolve",
        "seen on their page",
        client_order_id=order.client_order_id,
        lifecycle="cancelled",
    )
    assert row["lifecycle"] == "cancelled"
    assert order.lifecycle is Lifecycle.CANCELLED


def test_positions_before_a_definition_are_valued_after_it():
    """A position of an instrument nobody defined yet gets its money when the definition comes."""
    bench = Bench()
    bench.greet()
    bench.hello()
    bench.state(VenueStateWord.RECONCILING)
    bench.answer((stranger(),), (), (held(BTC, 5),))
    position = bench.core.book.accounts.find(ACCOUNT, BTC)
    assert position.currency == ""
    bench.define(instrument(BTC))
    assert (position.currency, position.multiplier) == ("USDT", D("0.001"))
    assert position.realised_pnl == 0
    assert bench.core.book.account_exposure.notional(ACCOUNT, "USDT") == D("0.84")


def test_a_question_that_an_answer_raises_waits_for_the_verdict_on_it(bench):
    """The verdict for a question before the newest opened no gate, so it stayed closed for ever.

    Found by simulation: the next question went out before `ReconcileDone`.
    """
    order = opened(bench)
    bench.fill(order, "f1", "10")
    bench.sent.clear()
    reconnect(bench)
    asked = bench.request().request_id
    bench.core._k.links[ACCOUNT].settings = attrs.evolve(
        bench.core._k.links[ACCOUNT].settings,
        capabilities=attrs.evolve(CAPABILITIES, query_order=False),
    )
    late = venue_order(order, cum_qty=D(10))  # "open", although all of it was filled

    bench.answer((late,), (venue_fill(order, "f1", "10"),), (held(BTC, 10),))

    said = [m for _, m in bench.sent if isinstance(m, ReconcileRequest | ReconcileDone)]
    assert [type(m) for m in said] == [ReconcileRequest, ReconcileDone]
    assert (said[-1].request_id, said[-1].ok) == (asked, True)
    bench.tick(0.1)
    assert bench.request().request_id == asked + 1


def test_a_strangers_order_that_only_a_fill_had_shown_goes_on_with_its_rest(bench):
    """It counted as filled, and each comparison called the venue's word a contradiction.

    Found by simulation: its rest was reserved nowhere, and a record was written each second for ever.
    """
    theirs = VenueFill(
        client_order_id="",
        venue_order_id="x1",
        instrument=ETH,
        side=Side.BUY,
        fill_key="x1-1",
        trade_id="x1-1",
        last_qty=D(1),
        last_px=D(10),
        fee=D(0),
        fee_currency="USDT",
        liquidity=Liquidity.MAKER,
        ts_ns=bench.wall_ns,
    )
    rest = VenueOrder(
        client_order_id="",
        venue_order_id="x1",
        instrument=ETH,
        side=Side.BUY,
        ord_type=OrdType.LIMIT,
        time_in_force=TimeInForce.GTC,
        quantity=D(3),
        price=D(10),
        cum_qty=D(1),
        avg_px=D(10),
        lifecycle=Lifecycle.PARTLY_FILLED,
        ts_ns=0,
    )
    reconnect(bench)

    bench.answer((rest,), (theirs,), (held(ETH, 1),))

    order = bench.core.book.orders.take(external_id(ACCOUNT, "x1"))
    assert (order.lifecycle, order.quantity, order.cum_qty) == (
        Lifecycle.PARTLY_FILLED,
        D(3),
        D(1),
    )
    assert bench.core.book.account_exposure.instrument(ACCOUNT, ETH).buys == D(2)
    bench.tick(2.0)
    reconnect(bench)
    bench.answer((rest,), (theirs,), (held(ETH, 1),))
    assert "contradiction" not in bench.core.book.alarm_counts


def test_a_change_found_done_does_not_hide_a_cancel_in_doubt():
    """The order stayed "cancel under way" for ever: nobody waited for the cancel any more.

    Found by simulation: a change and then a cancel were asked for, and the router restarted before
    either was answered.
    """
    bench = Bench()
    bench.greet("alpha")
    bench.open_venue()
    order = opened(bench)
    bench.modify(order, D(12))
    bench.cancel(order)
    bench = bench.restarted()
    bench.open_venue()
    order = bench.core.book.orders.take(order.client_order_id)
    found = venue_order(order, quantity=D(12))

    bench.tick(1.0)
    reconnect(bench)
    bench.answer((found,))
    assert (order.quantity, order.pending, order.certainty) == (
        D(12),
        Pending.CANCEL,
        Certainty.UNKNOWN,
    )
    bench.tick(1.0)
    reconnect(bench)
    bench.answer((found,))
    assert (order.pending, order.certainty) == (None, Certainty.KNOWN)


def test_an_answer_with_a_part_missing_is_none(bench):
    """What is in the missing part would be taken for absent."""
    reconnect(bench)
    request = bench.request()
    last = ReconcilePart(
        session="",
        boot=0,
        sequence=0,
        request_id=request.request_id,
        part=1,
        last=True,
        complete=True,
        since_ns=request.since_ns,
        orders=(),
        fills=(),
        positions=(),
        balances=(),
        error="",
    )

    sent = bench.session(last)

    assert not of_kind(sent, ReconcileDone)
    bench.beat()
    bench.tick(2.9)
    bench.beat()
    bench.tick(2.9)
    assert bench.request().request_id == request.request_id + 1


def test_a_position_that_moves_at_the_first_contact_is_adopted_when_it_rests():
    """A stranger's fill during the first question kept the position from ever being adopted.

    Found by simulation: the venue was then blocked until a person accepted its word.
    """
    bench = Bench()
    bench.hello()
    bench.define()
    bench.state(VenueStateWord.RECONCILING)
    fill = Fill(
        session="",
        boot=0,
        sequence=0,
        client_order_id="",
        venue_order_id="x1",
        instrument=ETH,
        side=Side.SELL,
        fill_key="x1-1",
        trade_id="x1-1",
        last_qty=D(3),
        last_px=D(10),
        cum_qty=None,
        fee=D(0),
        fee_currency="USDT",
        liquidity=Liquidity.MAKER,
        ts_ns=bench.wall_ns,
    )
    bench.session(fill)
    assert not of_kind(bench.answer((), (), (held(ETH, 5),)), ReconcileDone)

    bench.tick(1.0)
    done = of_kind(bench.answer((), (), (held(ETH, 2),)), ReconcileDone)

    assert [each.ok for each in done] == [True]
    assert bench.core.book.accounts.quantity(ACCOUNT, ETH) == 2
