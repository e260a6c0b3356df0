"""The account: equity by CTP's own rule, and what its margin says of the positions."""

from decimal import Decimal

import pytest

from actors.venues.webctp.account import Account, account_in, check_margin
from actors.venues.webctp.orderscontracts import Listed
from actors.venues.webctp.positions import Held, Overnight, PositionBook

D = Decimal
PRICE = D(4000)
SAMPLE = {
    "pre_balance": "19660000.5",
    "pre_credit": 0,
    "pre_mortgage": 0,
    "mortgage": 0,
    "withdraw": 0,
    "deposit": 0,
    "close_profit": "-6000.25",
    "position_profit": "200.0",
    "cash_in": 0,
    "commission": "400.36",
    "current_margin": "583236.0",
    "frozen_margin": 0,
    "frozen_cash": 0,
    "frozen_commission": 0,
    "delivery_margin": 0,
    "credit": 0,
    "currency_id": "CNY",
    "trading_day": "20301202",
}
RB = Listed(
    symbol="rb2101",
    exchange="SHFE",
    product="rb",
    price_tick=D(1),
    multiplier=D(10),
    tradeable=True,
    long_margin=D("0.1"),
    short_margin=D("0.1"),
)


def book(*lots: tuple[Held, int], price: Decimal | None = PRICE) -> PositionBook:
    """Overnight lots of rb2101."""
    found = PositionBook()
    rows = [
        Overnight(instrument="rb2101", exchange="SHFE", held=held, quantity=count, price=price)
        for held, count in lots
    ]
    found.seed("20301202", rows)
    return found


def account(margin: str, pre_margin: str = "0") -> Account:
    """An account with this margin in use."""
    return account_in(SAMPLE | {"current_margin": margin, "pre_margin": pre_margin})


def test_equity_is_put_together_from_its_parts():
    """The gateway leaves `balance` out."""
    found = account_in(SAMPLE)
    assert found.equity == D("19653799.89")
    assert found.available == D("19070563.89")
    assert (found.balance().total, found.balance().currency) == (found.equity, "CNY")


def test_deposits_and_credits_count_where_ctp_counts_them():
    """Static equity first; credit is told as a negative number when funds are blocked."""
    more = {"deposit": "100.0", "withdraw": "30.0", "pre_credit": "5.0", "credit": "-7.0"}
    found, plain = account_in(SAMPLE | more), account_in(SAMPLE)
    assert found.equity - plain.equity == 65
    assert found.available - plain.available == 58


def test_numbers_that_do_not_exist_are_none():
    """The largest float stands for them."""
    found = account_in(SAMPLE | {"position_profit": "1.7976931348623157e+308"})
    assert found.position_profit == 0


@pytest.mark.parametrize(
    ("lots", "margin", "word"),
    [
        ([], "8000", "flat"),
        ([(Held.LONG, 2)], "0", "no margin"),
        ([], "0", ""),
        ([(Held.LONG, 2)], "8000", ""),
        # SHFE asks for the larger side only: two long and one short need what two long need.
        ([(Held.LONG, 2), (Held.SHORT, 1)], "8000", ""),
    ],
)
def test_margin_for_nothing_or_none_for_something_is_a_contradiction(lots, margin, word):
    """Whatever the ratios are."""
    found = check_margin(account(margin), book(*lots), [RB], 3.0)
    assert word in found.contradiction
    assert bool(word) is bool(found.contradiction)


def test_margin_overnight_contradicts_a_seed_that_holds_nothing():
    """Certain at the first look: the day before stands still."""
    found = check_margin(account("8000", pre_margin="8000"), book(), [RB], 3.0)
    assert found.certain
    assert "overnight" in found.contradiction


@pytest.mark.parametrize(("margin", "doubtful"), [("2000", True), ("9000", False), ("30000", True)])
def test_another_order_of_magnitude_is_a_doubt(margin, doubtful):
    """8000 is what two lots need at the exchange's ratio; brokers ask for more."""
    found = check_margin(account(margin), book((Held.LONG, 2)), [RB], 3.0)
    assert bool(found.doubt) is doubtful
    assert not found.contradiction


def test_without_prices_or_ratios_nothing_is_doubted():
    """Only what is known is compared."""
    assert not check_margin(account("1"), book((Held.LONG, 2), price=None), [RB], 3.0).doubt
    assert not check_margin(account("1"), book((Held.LONG, 2)), [], 3.0).doubt
