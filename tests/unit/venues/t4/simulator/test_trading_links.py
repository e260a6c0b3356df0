"""OCO, brackets and conditions on the simulated T4: what one order does to another, and what it waits for."""

from typing import Any

import pytest

from actors.venues.t4.simulator.codes import MarketMode
from engine.simulator.moment import NS
from tests.kit.t4_trading import BUY, ES, SELL, Trading, limit, order, stop

OCO, AUTO_OCO, AUTO_OCO_P = 1, 2, 7
STATUS = "order_update_status"


@pytest.fixture
def desk() -> Trading:
    trading = Trading()
    trading.print("4800")
    trading.take()
    return trading


def held(make: Any, price: str, side: int = SELL) -> dict[str, Any]:
    """An exit of a bracket."""
    made: dict[str, Any] = make(price, side, 0, activation_type=1, time_type=2)
    return made


def bracket(desk: Trading, entry: dict[str, Any], *, link: int = AUTO_OCO) -> list[str]:
    """An entry that buys, with a profit and a loss behind it; relative to the fill, or absolute."""
    prices = ("2.00", "-3.00") if link == AUTO_OCO else ("4802.00", "4797.00")
    return desk.submit(entry, held(limit, prices[0]), held(stop, prices[1]), link=link)


# --- OCO ----------------------------------------------------------------------------------


def test_one_fill_takes_the_other_order_off(desk: Trading) -> None:
    low, high = desk.submit(limit("4790"), limit("4810", SELL), link=OCO)
    images = [e.body for e in desk.events() if e.kind == "order_update"]
    assert [e.orders_linked for e in images] == [high, low]
    assert {e.order_link for e in images} == {OCO}
    desk.print("4789.75")
    assert desk.order(low).filled == 1
    assert desk.steps(high) == [(STATUS, 18, 2, 0)]


def test_a_part_of_a_fill_is_enough(desk: Trading) -> None:
    low, high = desk.submit(limit("4790", volume=5), limit("4810", SELL, 5), link=OCO)
    desk.print("4789.75", 2)
    assert (desk.order(low).open, desk.order(high).open) == (True, False)


def test_pulling_one_leaves_the_other(desk: Trading) -> None:
    low, high = desk.submit(limit("4790"), limit("4810", SELL), link=OCO)
    desk.pull(low)
    assert desk.order(high).open


def test_one_bad_order_refuses_all_that_are_linked(desk: Trading) -> None:
    desk.submit(limit("4790"), limit("4790.10"), link=OCO)
    assert [e.body.status for e in desk.events() if e.kind != "order_update"] == [3, 3]


@pytest.mark.parametrize("link", [3, 4, 5, 6, 8, 9, 77])
def test_links_that_are_not_carried_out_are_refused(desk: Trading, link: int) -> None:
    desk.submit(limit("4790"), limit("4810", SELL), link=link)
    told = [e for e in desk.events() if e.kind == "order_update_failed"]
    assert [e.body.change for e in told] == [5, 5]


# --- brackets -----------------------------------------------------------------------------


def test_exits_are_held_until_the_entry_fills(desk: Trading) -> None:
    _, profit, loss = bracket(desk, limit("4790", volume=2))
    events = {name: desk.order(name) for name in (profit, loss)}
    assert [int(each.status) for each in events.values()] == [4, 4]
    assert [each.working for each in events.values()] == [0, 0]


@pytest.mark.parametrize("link", [AUTO_OCO, AUTO_OCO_P])
def test_a_filled_entry_activates_its_exits(desk: Trading, link: int) -> None:
    entry, profit, loss = bracket(desk, order(volume=2), link=link)
    fill = 4800.25
    assert desk.order(entry).filled == 2
    events = desk.events()
    told = [
        e.body for e in events if e.body.unique_id in {profit, loss} and e.body.activation_type == 2
    ]
    assert [(e.change, e.status, e.current_volume, e.working_volume) for e in told] == [
        (6, 1, 2, 2),
        (6, 1, 2, 2),
    ]
    wanted = (fill + 2, fill - 3) if link == AUTO_OCO else (4802.0, 4797.0)
    assert float(told[0].current_limit_price.value) == wanted[0]
    assert float(told[1].current_stop_price.value) == wanted[1]


def test_an_entry_that_sells_has_its_exits_below_and_above(desk: Trading) -> None:
    _, profit, loss = desk.submit(
        order(SELL), held(limit, "-2.00", BUY), held(stop, "3.00", BUY), link=AUTO_OCO
    )
    assert desk.order(profit).terms.limit == 4798 * 4
    assert desk.order(loss).terms.stop == 4803 * 4


def test_each_fill_of_the_entry_adds_to_its_exits(desk: Trading) -> None:
    entry, profit, loss = bracket(desk, limit("4799.75", volume=5))
    desk.print("4799.50", 2)
    assert (desk.order(profit).working, desk.order(loss).working) == (2, 2)
    desk.take()
    desk.print("4799.50", 3)
    assert desk.order(entry).filled == 5
    assert (desk.order(profit).working, desk.order(loss).working) == (5, 5)
    assert [(each[1], each[2]) for each in desk.steps(profit)] == [(12, 1)]


def test_an_exit_that_begins_to_fill_ends_the_entry_and_the_other_exit(desk: Trading) -> None:
    entry, profit, loss = bracket(desk, limit("4799.75", volume=5))
    desk.print("4799.50", 2)
    desk.print("4802", 1)
    assert desk.order(profit).filled == 1
    assert [desk.order(name).open for name in (entry, profit, loss)] == [False, True, False]
    desk.print("4802", 1)
    assert (
        desk.venue.desk.books.ledgers["b7a90b6e-2f64-4d6b-8a8f-61d2f1f0a001"].positions[ES].net == 0
    )


def test_a_pulled_entry_takes_its_exits_along(desk: Trading) -> None:
    entry, profit, loss = bracket(desk, limit("4790"))
    desk.pull(entry)
    assert [desk.order(name).open for name in (profit, loss)] == [False, False]


def test_a_refused_entry_takes_its_exits_along(desk: Trading) -> None:
    desk.arm("reject_order", match=ES)
    names = bracket(desk, limit("4790"))
    assert [desk.order(name).open for name in names] == [False, False, False]


def test_exits_of_a_part_filled_entry_stay_when_the_rest_is_pulled(desk: Trading) -> None:
    entry, profit, loss = bracket(desk, limit("4799.75", volume=5))
    desk.print("4799.50", 2)
    desk.pull(entry)
    assert [desk.order(name).working for name in (profit, loss)] == [2, 2]


def test_an_exit_on_the_entrys_side_or_with_a_volume_is_refused(desk: Trading) -> None:
    desk.submit(order(), held(limit, "2.00", BUY), link=AUTO_OCO)
    assert not any(e.body.status == 1 and e.body.change == 6 for e in desk.events())
    desk.submit(order(), limit("2.00", SELL, 1, activation_type=1), link=AUTO_OCO)
    assert not any(e.body.change == 6 for e in desk.events())


def test_held_exits_with_absolute_prices_can_be_revised(desk: Trading) -> None:
    entry, profit, _ = bracket(desk, limit("4790"), link=AUTO_OCO_P)
    desk.revise(profit, limit_price="4805")
    desk.print("4789.75")
    assert desk.order(entry).filled == 1
    assert desk.order(profit).terms.limit == 4805 * 4


# --- activation ---------------------------------------------------------------------------


def waits(kind: int, **data: Any) -> dict[str, Any]:
    """A market order that waits for something."""
    return order(activation_type=kind, activation_data=data)


def test_a_queued_order_waits_for_its_user(desk: Trading) -> None:
    (name,) = desk.submit(waits(11))
    assert [each[2] for each in desk.steps()] == [4, 4]
    desk.revise(name, activation_data={"queue_submit": True})
    assert desk.order(name).filled == 1
    assert int(desk.order(name).activation) == 12


def test_an_order_begins_after_a_delay_or_at_a_time(desk: Trading) -> None:
    at = {"seconds": desk.now.wall_ns // NS + 2}
    delayed, timed = desk.submit(waits(3, submit_delay_ms=500), waits(3, submit_time=at))
    desk.wait(0.5)
    assert (desk.order(delayed).filled, desk.order(timed).filled) == (1, 0)
    desk.wait(1.5)
    assert desk.order(timed).filled == 1
    assert int(desk.order(timed).activation) == 7


@pytest.mark.parametrize(
    ("kind", "price", "not_yet", "reached"),
    [(4, "4805", "4804.75", "4805"), (5, "4795", "4795.25", "4795")],
)
def test_an_order_begins_at_a_traded_price(
    desk: Trading, kind: int, price: str, not_yet: str, reached: str
) -> None:
    (name,) = desk.submit(waits(kind, price={"value": price}))
    desk.print(not_yet)
    assert desk.order(name).filled == 0
    desk.print(reached)
    assert desk.order(name).filled == 1
    assert int(desk.order(name).activation) == kind + 4


def test_an_order_begins_at_a_quoted_price_with_volume_behind_it(desk: Trading) -> None:
    (name,) = desk.submit(waits(14, price={"value": "4801"}, volume=5, bid_offer=1))
    desk.set_book(ES, bids=[("4801", 4)], asks=[("4801.25", 9)])
    assert desk.order(name).filled == 0
    desk.set_book(ES, bids=[("4801", 5)], asks=[("4801.25", 9)])
    assert desk.order(name).filled == 1


def test_an_order_begins_with_the_markets_mode(desk: Trading) -> None:
    desk.mode(MarketMode.HALTED)
    (name,) = desk.submit(waits(6, mode=2))
    assert desk.order(name).filled == 0
    desk.mode(MarketMode.OPEN)
    assert desk.order(name).filled == 1


def test_a_condition_that_is_met_already_begins_at_once(desk: Trading) -> None:
    by_mode, by_price = desk.submit(waits(6, mode=2), waits(4, price={"value": "4790"}))
    assert [desk.order(name).filled for name in (by_mode, by_price)] == [1, 1]


def test_an_order_begins_at_the_close(desk: Trading) -> None:
    (name,) = desk.submit(order(activation_type=18))
    desk.mode(MarketMode.CLOSED)
    assert desk.order(name).filled == 1


def test_orders_end_at_their_times(desk: Trading) -> None:
    working, waiting = desk.submit(
        limit("4790", activation_data={"cancel_delay_ms": 200}),
        order(activation_type=11, activation_data={"activation_cancel_delay_ms": 100}),
    )
    desk.wait(0.1)
    assert [desk.order(name).open for name in (working, waiting)] == [True, False]
    desk.wait(0.1)
    assert not desk.order(working).open


def test_a_time_to_end_while_held_spares_an_order_that_works(desk: Trading) -> None:
    (name,) = desk.submit(
        limit("4790", activation_type=11, activation_data={"activation_cancel_delay_ms": 100})
    )
    desk.revise(name, activation_data={"queue_submit": True})
    desk.wait(0.2)
    assert desk.order(name).open
