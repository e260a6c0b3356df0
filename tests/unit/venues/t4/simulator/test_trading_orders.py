"""Orders on the simulated T4: the steps of the sheet's table, and who refuses what."""

from typing import Any

import pytest

from actors.venues.t4.simulator.codes import MarketMode
from actors.venues.t4.simulator.tradesettings import AccountTerms
from tests.kit.t4_trading import (
    BUY,
    CL,
    ES,
    FIRST,
    SECOND,
    SELL,
    Trading,
    limit,
    order,
    stop,
)

IMAGE, STATUS, FAILED = "order_update", "order_update_status", "order_update_failed"
TRADE = "order_update_trade"
SENT = (IMAGE, 4, 1, 1)
ACCEPTED = (STATUS, 6, 1, 0)


@pytest.fixture
def desk() -> Trading:
    return Trading()


def test_a_market_order_is_sent_accepted_and_filled(desk: Trading) -> None:
    desk.submit(order(volume=3, tag="mine"))
    events = desk.events()
    assert [(e.kind, e.body.change, e.body.status) for e in events] == [
        (IMAGE, 4, 1),
        (STATUS, 6, 1),
        (TRADE, 21, 2),
    ]
    image, accepted, trade = (e.body for e in events)
    assert (image.tag, image.buy_sell, image.new_volume, image.working_volume) == ("mine", 1, 3, 3)
    assert not image.current_volume
    assert (accepted.tag, accepted.current_volume) == ("mine", 3)
    assert accepted.exchange_order_id
    assert (trade.volume, trade.price.value, trade.total_fill_volume) == (3, "4800.25", 3)
    assert (trade.working_volume, trade.residual_volume) == (0, 0)
    assert trade.exchange_trade_id
    assert [e.body.sequence_order for e in events] == [1, 2, 3]


def test_a_resting_order_is_filled_in_parts(desk: Trading) -> None:
    (name,) = desk.submit(limit("4799.75", volume=5))
    assert desk.steps() == [SENT, ACCEPTED]
    desk.print("4799.50", 2)
    desk.print("4799.50", 3)
    first, second = (e.body for e in desk.events())
    assert (first.change, first.status, first.volume, first.working_volume) == (20, 1, 2, 3)
    assert (second.change, second.status, second.volume, second.working_volume) == (21, 2, 3, 0)
    assert first.exchange_trade_id != second.exchange_trade_id
    assert first.price.value == "4799.75"
    assert desk.order(name).filled == 5


@pytest.mark.parametrize(
    ("price_format", "wire", "told"), [(0, "479975", "479975"), (1, "4799.75", "4799.75")]
)
def test_prices_are_read_and_written_in_the_sessions_format(
    price_format: int, wire: str, told: str
) -> None:
    desk = Trading(price_format=price_format)
    desk.submit(limit(wire))
    assert {e.body.new_limit_price.value for e in desk.events()} == {told}


def test_all_that_one_request_brings_about_shares_a_message(desk: Trading) -> None:
    desk.submit(order(), limit("4790"))
    multis = [m for m in desk.take() if m.WhichOneof("payload") == "order_update_multi"]
    assert len(multis) == 1
    assert len(multis[0].order_update_multi.updates) == 5


def test_without_joining_each_event_has_a_message_of_its_own() -> None:
    desk = Trading(joined_updates=False)
    desk.submit(order())
    multis = [m for m in desk.take() if m.WhichOneof("payload") == "order_update_multi"]
    assert [len(m.order_update_multi.updates) for m in multis] == [1, 1, 1]


def test_an_exchange_that_takes_its_time_answers_later() -> None:
    desk = Trading(step_ms=50.0)
    (name,) = desk.submit(limit("4790"))
    assert desk.steps() == [SENT]
    desk.pull(name)
    assert desk.steps() == [(STATUS, 16, 1, 3)]
    desk.wait(0.05)
    assert desk.steps() == [(STATUS, 18, 2, 0)]


@pytest.mark.parametrize(("time_type", "text"), [(1, "IOC"), (3, "FOK")])
def test_what_cannot_be_filled_at_once_is_taken_off(
    desk: Trading, time_type: int, text: str
) -> None:
    desk.submit(limit("4800.25", volume=15, time_type=time_type))
    last = desk.events()[-1].body
    assert (last.change, last.status, last.status_detail) == (18, 2, text)


def test_ioc_keeps_what_it_got_and_fok_gets_nothing(desk: Trading) -> None:
    (ioc,) = desk.submit(limit("4800.25", volume=15, time_type=1))
    desk.set_book(ES, asks=[("4800.25", 10)])
    (fok,) = desk.submit(limit("4800.25", volume=15, time_type=3))
    assert (desk.order(ioc).filled, desk.order(fok).filled) == (10, 0)


# --- refusals -----------------------------------------------------------------------------


def refused(desk: Trading, *orders: Any, **terms: Any) -> list[tuple[str, int, str]]:
    """(message, change, text) of the last event of each order."""
    desk.take()
    desk.submit(*orders, **terms)
    last = {e.body.unique_id: e for e in desk.events()}
    return [(e.kind, e.body.change, e.body.status_detail) for e in last.values()]


@pytest.mark.parametrize(
    ("wrong", "kind", "change"),
    [
        (limit("4800.10"), STATUS, 7),
        (limit("-4800"), STATUS, 7),
        (limit("nonsense"), STATUS, 7),
        (order(price_type=1), FAILED, 5),
        (order(price_type=2), FAILED, 5),
        (order(price_type=3, limit_price="4800"), FAILED, 5),
        (order(price_type=4), FAILED, 5),
        (order(price_type=15), FAILED, 5),
        (order(volume=0), FAILED, 5),
        (order(volume=-3), FAILED, 5),
        (order(side=0), FAILED, 5),
        (order(time_type=9), FAILED, 5),
        (order(trail_distance="1.00"), FAILED, 5),
        (order(activation_type=2), FAILED, 5),
        (order(activation_type=3), FAILED, 5),
        (order(activation_type=4), FAILED, 5),
        (order(activation_type=6), FAILED, 5),
    ],
)
def test_wrong_orders_are_refused_and_touch_nothing(
    desk: Trading, wrong: dict[str, Any], kind: str, change: int
) -> None:
    ((told, what, text),) = refused(desk, wrong)
    assert (told, what) == (kind, change)
    assert text
    ledger = desk.venue.desk.books.ledgers[FIRST]
    assert not ledger.positions
    assert not desk.venue.desk.books.stores[FIRST].open


def test_a_refused_order_is_told_in_full_first(desk: Trading) -> None:
    desk.submit(limit("4800.10", tag="x"))
    image, refusal = desk.events()
    assert (image.kind, image.body.tag, image.body.buy_sell) == (IMAGE, "x", 1)
    assert (refusal.body.status, refusal.body.working_volume) == (3, 0)


def test_an_unknown_market_is_refused(desk: Trading) -> None:
    assert refused(desk, order(), market="XCME_Eq XX (Z99)")[0][:2] == (FAILED, 5)
    desk.subscribe()  # its snapshot must not trip over it


def test_orders_into_an_account_that_is_not_subscribed_are_rejected() -> None:
    desk = Trading(subscribe=False)
    assert refused(desk, order()) == [(STATUS, 3, f"account {FIRST} is not subscribed")]
    assert refused(desk, order(), account="nobody")[0][1] == 3


def test_limits_of_the_second_account(desk: Trading) -> None:
    assert "max_clip_size" in refused(desk, order(volume=6), account=SECOND)[0][2]
    assert "price_banding" in refused(desk, limit("4901"), account=SECOND)[0][2]
    assert "margin" in refused(desk, order(volume=5), account=SECOND)[0][2]
    assert [e[1] for e in refused(desk, order(volume=4), account=SECOND)] == [21]


def test_the_position_limit_counts_orders_that_work() -> None:
    terms = {"SIM00001": AccountTerms(max_account_position=3)}
    desk = Trading(account_terms=terms)
    desk.submit(limit("4790", volume=2))
    assert "max_account_position" in refused(desk, limit("4790", volume=2))[0][2]
    assert refused(desk, limit("4810", SELL, 2))[0][1] == 6


def test_a_blocked_account_trades_nothing_until_it_is_unblocked(desk: Trading) -> None:
    desk.arm("block_account", match="SIM00001")
    (update,) = desk.take()
    assert update.account_update.status == 1
    assert refused(desk, order()) == [(STATUS, 3, "the account is blocked")]
    desk.arm("unblock_account", match=FIRST)
    assert refused(desk, order())[0][1] == 21


def test_a_closed_market_takes_no_orders_but_lets_them_go(desk: Trading) -> None:
    (name,) = desk.submit(limit("4790"))
    desk.mode(MarketMode.CLOSED)
    desk.take()
    assert refused(desk, limit("4790")) == [(STATUS, 7, "the market is closed")]
    desk.revise(name, limit_price="4791")
    assert desk.steps()[-1][:2] == (FAILED, 13)
    desk.pull(name)
    assert desk.steps()[-1] == (STATUS, 18, 2, 0)


def test_before_the_open_limits_rest_and_market_orders_are_refused(desk: Trading) -> None:
    desk.mode(MarketMode.PRE_OPEN)
    desk.take()
    assert refused(desk, limit("4790"))[0][1] == 6
    assert refused(desk, order())[0][1] == 7


def test_an_expired_market_is_refused(desk: Trading) -> None:
    assert refused(desk, limit("4700"), market="XCME_Eq ES (Z23)")[0][1] == 7


# --- kinds --------------------------------------------------------------------------------


def test_join_rests_at_the_own_best_and_hit_takes_the_other(desk: Trading) -> None:
    join, hit = desk.submit(order(price_type=8), order(price_type=9))
    assert desk.order(join).terms.limit == 4800 * 4
    assert desk.order(join).open
    assert desk.order(hit).filled == 1


def test_join_needs_a_price_to_join(desk: Trading) -> None:
    desk.set_book(ES, asks=[("4800.25", 1)])
    assert refused(desk, order(price_type=8)) == [(STATUS, 7, "the book has no price to take")]


def test_flatten_trades_at_the_market(desk: Trading) -> None:
    desk.submit(order(volume=2))
    desk.submit(order(SELL, 2, price_type=16))
    assert desk.venue.desk.books.ledgers[FIRST].positions[ES].net == 0


def test_a_hidden_order_shows_one_slice_at_a_time(desk: Trading) -> None:
    desk.set_book(ES, bids=[("4790", 1)], asks=[("4810", 1)])
    (name,) = desk.submit(limit("4800", volume=7, max_show=3))
    shown = []
    for _ in range(3):
        shown.append(desk.venue.market.exchange.top(ES)[1])
        desk.print("4799.75", 3)
    assert shown == [3, 3, 1]
    trades = [e.body for e in desk.events() if e.kind == TRADE]
    assert [each.volume for each in trades] == [3, 3, 1]
    assert desk.order(name).filled == 7
    assert trades[-1].change == 21


def test_a_hidden_order_that_crosses_takes_all_there_is(desk: Trading) -> None:
    (name,) = desk.submit(limit("4800.25", volume=7, max_show=2))
    assert desk.order(name).filled == 7


def test_stops_wait_for_their_price_and_become_what_is_behind_them(desk: Trading) -> None:
    desk.print("4800")
    market, limited, same = desk.submit(
        stop("4801"),
        order(price_type=3, stop_price="4801", limit_price="4799"),
        order(price_type=7, stop_price="4801"),
    )
    assert desk.steps() == [SENT, SENT, SENT, ACCEPTED, ACCEPTED, ACCEPTED]
    desk.print("4800.75")
    assert not desk.events()
    desk.print("4801")
    assert desk.order(market).filled == 1
    assert int(desk.order(limited).price_type) == 1
    assert desk.order(limited).open
    assert desk.order(same).filled == 1
    desk.subscribe(FIRST)
    snapshot = desk.take()[-1].account_snapshot
    images = {
        update.order_update.unique_id: update.order_update
        for part in snapshot.messages
        for update in part.order_update_multi.updates
    }
    assert images[limited].price_type == 1
    assert images[same].current_limit_price.value == "4801"


def test_a_stop_that_is_reached_already_is_carried_out_at_once(desk: Trading) -> None:
    desk.print("4801")
    (name,) = desk.submit(stop("4800.50"))
    assert desk.order(name).filled == 1


def test_market_if_touched_waits_for_the_other_direction(desk: Trading) -> None:
    desk.print("4800")
    (name,) = desk.submit(order(price_type=6, stop_price="4799"))
    desk.print("4801")
    assert desk.order(name).filled == 0
    desk.print("4799")
    assert desk.order(name).filled == 1


def test_a_trailing_stop_follows_the_market_one_way(desk: Trading) -> None:
    desk.print("4800")
    (name,) = desk.submit(order(SELL, price_type=2, trail_distance="2.00"))
    image, accepted = (e.body for e in desk.events())
    assert image.trail_price.value == "2"
    assert accepted.current_stop_price.value == "4798"
    desk.print("4803")
    desk.wait(0.3)
    (moved,) = (e.body for e in desk.events())
    assert (moved.change, moved.status, moved.current_stop_price.value) == (0, 1, "4801")
    assert moved.sequence_order == 3
    desk.print("4802")
    desk.wait(0.3)
    assert not desk.events()
    desk.print("4801")
    assert desk.order(name).filled == 1


def test_a_trailing_stop_that_buys_follows_downwards(desk: Trading) -> None:
    desk.print("4800")
    (name,) = desk.submit(order(BUY, price_type=2, trail_distance="2.00"))
    desk.print("4790")
    assert desk.order(name).terms.stop == 4792 * 4
    desk.revise(name, trail_price="5.00")
    assert desk.order(name).terms.stop == 4795 * 4
    desk.print("4795")
    assert desk.order(name).filled == 1


# --- the open and the close -----------------------------------------------------------------


def test_orders_for_the_open_wait_for_it(desk: Trading) -> None:
    desk.mode(MarketMode.CLOSED)
    (name,) = desk.submit(order(time_type=4))
    assert desk.order(name).open
    desk.mode(MarketMode.OPEN)
    assert desk.order(name).filled == 1


def test_orders_for_the_close_trade_at_the_last_price(desk: Trading) -> None:
    desk.print("4805")
    good, beyond = desk.submit(order(time_type=5, volume=4), limit("4804", time_type=5))
    assert desk.order(good).filled == 0
    desk.mode(MarketMode.PRE_CLOSED)
    assert [(t.volume, t.ticks) for t in desk.order(good).trades] == [(4, 4805 * 4)]
    assert (desk.order(beyond).filled, desk.order(beyond).open) == (0, False)


def test_a_spread_trades_its_legs(desk: Trading) -> None:
    spread = "XCME_Ny CL (H24-J24)"
    desk.set_book(spread, bids=[("0.35", 5)], asks=[("0.36", 5)])
    desk.submit(order(volume=2), market=spread)
    events = desk.events()
    assert [e.kind for e in events[2:]] == [
        TRADE,
        "order_update_trade_leg",
        "order_update_trade_leg",
    ]
    near, far = (e.body for e in events[3:])
    assert float(near.price.value) - float(far.price.value) == pytest.approx(0.36)
    positions = desk.venue.desk.books.ledgers[FIRST].positions
    assert {name: each.net for name, each in positions.items() if each.net} == {
        CL: 2,
        "XCME_Ny CL (J24)": -2,
    }
