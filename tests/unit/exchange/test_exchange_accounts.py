"""Positions, realised profit, fees, balances and margin."""

from decimal import Decimal

import pytest

from engine.exchange.events import OrderAccepted, OrderFilled
from engine.exchange.model import RefusalReason
from tests.kit.exchange import BUY, SELL, SYMBOL, Pit, instrument, of, refusal

FREE = {"maker_fee_rate": Decimal(0), "taker_fee_rate": Decimal(0)}


def _trade(pit, side, lots, ticks):
    """Trade against the outside market at one price."""
    pit.levels((side.opposite, ticks, lots), snapshot=True)
    return pit.submit(side, lots, ticks)


def test_a_round_trip_moves_the_balance_by_profit_less_fees():
    """Balance = deposit + realised - fees, with every number exact."""
    pit = Pit()
    pit.exchange.deposit("ann", "USD", Decimal(1000))
    _trade(pit, BUY, 4, 200)
    _trade(pit, SELL, 4, 210)
    fees = (Decimal(100) + Decimal(105)) * 4 * Decimal("0.1") * Decimal("0.0005")
    position = pit.exchange.position("ann", SYMBOL)
    assert (position.quantity, position.average_entry) == (Decimal(0), Decimal(0))
    assert position.realised == Decimal(5) * 4 * Decimal("0.1")
    assert position.fees == fees
    assert pit.exchange.balance("ann", "USD") == Decimal(1000) + position.realised - fees


def test_average_entry_and_flip():
    """Adding averages the entry, closing keeps it, going through zero starts at the new price."""
    pit = Pit(instrument(**FREE))
    _trade(pit, BUY, 1, 200)
    _trade(pit, BUY, 3, 204)
    assert pit.exchange.position("ann", SYMBOL).average_entry == Decimal("101.5")
    _trade(pit, SELL, 2, 206)
    position = pit.exchange.position("ann", SYMBOL)
    assert (position.quantity, position.average_entry) == (Decimal(2), Decimal("101.5"))
    assert position.realised == Decimal("1.5") * 2 * Decimal("0.1")
    (fill,) = of(_trade(pit, SELL, 5, 199), OrderFilled)
    position = pit.exchange.position("ann", SYMBOL)
    assert (position.quantity, position.average_entry) == (Decimal(-3), Decimal("99.5"))
    assert fill.fill.realised == Decimal(-2) * 2 * Decimal("0.1")


def test_parts_of_an_uneven_cost_add_up():
    """Closing in parts a position whose average is not on the grid realises exactly the cash flow."""
    pit = Pit(instrument(**FREE))
    _trade(pit, BUY, 2, 200)
    _trade(pit, BUY, 1, 201)
    for _ in range(3):
        _trade(pit, SELL, 1, 200)
    assert pit.exchange.position("ann", SYMBOL).realised == Decimal("-0.5") * Decimal("0.1")
    assert pit.exchange.balances("ann") == {"USD": Decimal("-0.05")}


def test_unrealised_follows_the_mid():
    """Unrealised profit and equity value the position at the mid of the book."""
    pit = Pit(instrument(**FREE))
    pit.exchange.deposit("ann", "USD", Decimal(10))
    _trade(pit, SELL, 4, 200)
    pit.top((189, 1), (191, 1))
    assert pit.exchange.unrealised("ann", SYMBOL) == Decimal(5) * 4 * Decimal("0.1")
    assert pit.exchange.equity("ann", "USD") == Decimal(10) + Decimal(2)


def test_orders_need_balance_where_the_instrument_asks_margin():
    """An order beyond the margin is refused, one that reduces the position never is."""
    pit = Pit(instrument(initial_margin_rate=Decimal("0.5"), **FREE))
    pit.exchange.deposit("ann", "USD", Decimal(50))
    pit.levels((SELL, 200, 10), (BUY, 200, 10))
    assert refusal(pit.submit(BUY, 11, 190)) is RefusalReason.BALANCE
    _trade(pit, BUY, 10, 200)
    assert refusal(pit.submit(BUY, 1, 190)) is RefusalReason.BALANCE
    assert of(pit.submit(SELL, 10, 300), OrderAccepted)
    assert pit.exchange.available("ann", "USD") == Decimal(0)


def test_cancels_and_smaller_orders_give_their_margin_back():
    """Margin is bound by what is still open, not by what once was."""
    pit = Pit(instrument(initial_margin_rate=Decimal("0.5"), **FREE))
    pit.exchange.deposit("ann", "USD", Decimal(50))
    order = pit.rest(BUY, 10, 190)
    assert pit.exchange.available("ann", "USD") == Decimal(0)
    pit.exchange.modify("ann", 8, order_id=order.order_id, quantity=Decimal(4))
    assert pit.exchange.available("ann", "USD") == Decimal(30)
    grown = pit.exchange.modify("ann", 8, order_id=order.order_id, quantity=Decimal(11))
    assert refusal(grown) is RefusalReason.BALANCE
    pit.exchange.cancel("ann", 9, order_id=order.order_id)
    assert pit.exchange.available("ann", "USD") == Decimal(50)


def test_fills_are_remembered_newest_first_and_bounded(monkeypatch):
    """Fills can be asked by account, symbol and number."""
    monkeypatch.setattr("engine.exchange.accounts.FILL_HISTORY_MAX", 2)
    pit = Pit(instrument(), instrument("ZZ"))
    for ticks in (200, 201, 202):
        _trade(pit, BUY, 1, ticks)
    assert [fill.price for fill in pit.exchange.fills("ann")] == [Decimal(101), Decimal("100.5")]
    assert [fill.price for fill in pit.exchange.fills("ann", limit=1)] == [Decimal(101)]
    assert pit.exchange.fills("ann", symbol="ZZ") == []
    assert pit.exchange.fills("bob") == []


@pytest.mark.parametrize("amount", ["NaN", "Infinity"])
def test_a_deposit_that_is_no_number_is_refused(amount):
    """Balances stay finite."""
    with pytest.raises(ValueError, match="not finite"):
        Pit().exchange.deposit("ann", "USD", Decimal(amount))
