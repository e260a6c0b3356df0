"""Accounts on the simulated T4: subscriptions, snapshots, money, positions, profits."""

from typing import Any

import pytest

from actors.venues.t4.simulator.tradesettings import AccountTerms
from tests.kit.t4_trading import CL, ES, FIRST, SECOND, SELL, Trading, limit, order


@pytest.fixture
def desk() -> Trading:
    return Trading(subscribe=False)


def kinds(found: list[Any]) -> list[str]:
    """Names of messages."""
    return [each.WhichOneof("payload") for each in found]


def parts(snapshot: Any) -> list[str]:
    """Names of what is in a snapshot."""
    return [each.WhichOneof("payload") for each in snapshot.account_snapshot.messages]


# --- subscriptions ------------------------------------------------------------------------


def test_a_subscription_is_answered_and_then_shown(desk: Trading) -> None:
    desk.subscribe(FIRST)
    answer, snapshot = desk.take()
    assert answer.account_subscribe_response.success
    assert snapshot.account_snapshot.account_id == FIRST
    assert snapshot.account_snapshot.status == 2
    assert parts(snapshot) == ["account_details", "account_update", "account_currency"]


def test_all_accounts_can_be_subscribed_at_once(desk: Trading) -> None:
    desk.send("account_subscribe", subscribe=2, subscribe_all_accounts=True)
    told = [m.account_snapshot.account_id for m in desk.take()[1:]]
    assert told == [FIRST, SECOND]


@pytest.mark.parametrize(
    "wrong",
    [
        {"subscribe": 2, "account_id": ["nobody"]},
        {"subscribe": 2, "account_id": [FIRST, "nobody"]},
        {"subscribe": 1, "account_id": [FIRST]},
        {"subscribe": 2, "account_id": [FIRST], "upl_mode": 7},
        {"subscribe": 2},
    ],
)
def test_a_wrong_subscription_is_answered_with_errors_and_nothing_else(
    desk: Trading, wrong: dict[str, Any]
) -> None:
    desk.send("account_subscribe", **wrong)
    (answer,) = desk.take()
    assert not answer.account_subscribe_response.success
    assert answer.account_subscribe_response.errors
    assert not desk.session.accounts


def test_an_account_that_is_subscribed_no_more_is_silent(desk: Trading) -> None:
    desk.subscribe(FIRST)
    desk.submit(limit("4799.75"))
    desk.send("account_subscribe", account_id=[FIRST])
    desk.take()
    desk.print("4799.50")
    assert not desk.take()


def test_every_session_hears_of_its_accounts_in_its_own_format(desk: Trading) -> None:
    desk = Trading(sessions_per_user=2)
    other = desk.log_in(price_format=0)
    desk.subscribe(FIRST, session=other)
    desk.take(other)
    desk.submit(order())
    (trade,) = (e.body for e in desk.events(other) if e.kind == "order_update_trade")
    assert trade.price.value == "480025"


# --- snapshots ----------------------------------------------------------------------------


def test_a_snapshot_has_its_parts_in_the_assumed_order_and_todays_orders(desk: Trading) -> None:
    desk.subscribe(FIRST)
    (filled,) = desk.submit(order(volume=2, tag="a"))
    (open_,) = desk.submit(limit("4790", tag="b"))
    live = {
        e.body.exchange_trade_id: e.body.sequence_order
        for e in desk.events()
        if e.kind == "order_update_trade"
    }
    desk.subscribe(FIRST)
    snapshot = desk.take()[-1]
    assert parts(snapshot) == [
        "account_details",
        "account_update",
        "account_currency",
        "market_details",
        "account_position",
        "order_update_multi",
    ]
    multi = snapshot.account_snapshot.messages[-1].order_update_multi
    assert multi.historical
    images = {each.order_update.unique_id: each.order_update for each in multi.updates}
    assert list(images) == [filled, open_]
    done = images[filled]
    assert (done.status, done.total_fill_volume, done.tag) == (2, 2, "a")
    assert {each.exchange_trade_id: each.sequence_order for each in done.trades} == live
    assert (images[open_].status, images[open_].working_volume) == (1, 1)


def test_details_of_a_market_come_once_for_each_session(desk: Trading) -> None:
    desk = Trading(account_terms={"SIM00001": AccountTerms(positions={ES: 2, CL: -1})})
    desk.session.detailed.clear()
    desk.subscribe(FIRST)
    assert parts(desk.take()[-1]).count("market_details") == 2
    desk.subscribe(FIRST)
    assert "market_details" not in parts(desk.take()[-1])


def test_only_so_many_finished_orders_are_remembered() -> None:
    desk = Trading(orders_kept=3)
    for _ in range(5):
        desk.submit(limit("4800.25", time_type=1))
    open_ = desk.submit(limit("4790"))
    desk.subscribe(FIRST)
    multi = desk.take()[-1].account_snapshot.messages[-1].order_update_multi
    assert len(multi.updates) == 4
    assert multi.updates[-1].order_update.unique_id == open_[0]


def test_positions_held_over_night_are_shown() -> None:
    desk = Trading(
        subscribe=False, account_terms={"SIM00001": AccountTerms(positions={ES: 2, CL: -3})}
    )
    desk.subscribe(FIRST)
    snapshot = desk.take()[-1].account_snapshot
    held = {
        each.account_position.market_id: each.account_position
        for each in snapshot.messages
        if each.HasField("account_position")
    }
    assert (held[ES].buys, held[ES].sells, held[ES].overnight_position) == (2, 0, 2)
    assert (held[CL].buys, held[CL].sells, held[CL].day_sells) == (0, 3, 0)
    assert held[ES].average_open_price.value == "4800"


# --- money and positions ------------------------------------------------------------------


def last(found: list[Any], name: str) -> Any:
    """The newest message of a kind."""
    return [getattr(each, name) for each in found if each.WhichOneof("payload") == name][-1]


def test_events_come_before_what_they_do_to_the_account(desk: Trading) -> None:
    desk.subscribe(FIRST)
    desk.take()
    desk.submit(order())
    assert kinds(desk.take()) == ["order_update_multi", "account_position", "account_update"]


def test_a_round_trip_moves_the_balance_by_profit_and_fees(desk: Trading) -> None:
    desk.subscribe(FIRST)
    desk.submit(order(volume=2))
    found = desk.take()
    position, update = last(found, "account_position"), last(found, "account_update")
    assert (position.buys, position.sells, position.average_open_price.value) == (2, 0, "4800.25")
    assert position.margin == update.margin == 2 * 11_200
    desk.set_book(ES, bids=[("4810.25", 5)], asks=[("4810.50", 5)])
    desk.submit(order(SELL, 2))
    found = desk.take()
    position, update = last(found, "account_position"), last(found, "account_update")
    assert (position.buys, position.sells, position.rpl) == (2, 2, 1_000.0)
    assert not position.HasField("average_open_price")
    assert update.balance == 10_000_000 + 1_000 - 4 * 2.25
    assert (update.rpl, update.fees_and_commissions, update.margin) == (1_000.0, 9.0, 0.0)


def test_an_average_price_between_ticks_is_exact_to_eight_digits(desk: Trading) -> None:
    desk.subscribe(FIRST)
    desk.set_book(ES, asks=[("4800.25", 1), ("4800.50", 2)])
    desk.submit(order(volume=3))
    position = last(desk.take(), "account_position")
    assert position.average_open_price.value == "4800.41666667"


def test_working_volume_binds_margin_before_it_trades(desk: Trading) -> None:
    desk.subscribe(FIRST)
    (name,) = desk.submit(limit("4790", volume=3))
    found = desk.take()
    assert last(found, "account_position").working_buys == 3
    assert last(found, "account_update").pre_trade_margin == 3 * 11_200
    assert last(found, "account_update").margin == 0
    desk.pull(name)
    found = desk.take()
    assert last(found, "account_position").working_buys == 0
    assert last(found, "account_update").pre_trade_margin == 0


# --- profits ------------------------------------------------------------------------------


def test_profits_come_only_with_their_mode_and_only_what_changed() -> None:
    desk = Trading(subscribe=False, profit_interval_ms=100.0)
    desk.subscribe(FIRST, upl=1)
    first = last(desk.take(), "account_profit")
    assert first.HasField("upl")
    assert first.available_cash == 10_000_000
    desk.submit(order())
    desk.take()
    desk.set_book(ES, bids=[("4802.25", 5)], asks=[("4802.50", 5)])
    desk.wait(0.1)
    found = desk.take()
    profit = last(found, "account_position_profit")
    assert (profit.upl, profit.upl_usd) == (100.0, 100.0)
    assert not profit.HasField("net")
    assert not profit.HasField("rpl")
    total = last(found, "account_profit")
    assert total.upl == 100.0
    assert not total.HasField("total_working_orders")
    desk.wait(0.1)
    assert not desk.take()


def test_without_the_mode_no_profit_is_told() -> None:
    desk = Trading(profit_interval_ms=100.0)
    desk.submit(order())
    desk.wait(0.2)
    assert not any("profit" in name for name in kinds(desk.take()))
