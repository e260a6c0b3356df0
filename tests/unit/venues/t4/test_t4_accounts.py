"""What the venue tells of the account: positions, money, profit; and asking for it anew."""

from decimal import Decimal
from typing import Any

import pytest

from actors.venues.t4 import wire
from actors.venues.t4.accountfeed import AccountFeed
from actors.venues.t4.accounts import Account
from actors.venues.t4.private import MarketFacts
from actors.venues.t4.proto import account_pb2
from actors.venues.t4.proto import enums_pb2 as e
from engine.errors import RemoteProtocolError
from tests.kit.t4_trade import ACCOUNT, ES, at, money, open_desk, position, price, sent, settings

PRICING = MarketFacts(settings(), None).pricing_of


def held(*messages: Any) -> dict[str, Decimal]:
    account = Account()
    for message in messages:
        account.position(message)
    return {each.instrument: each.quantity for each in account.positions(PRICING)}


def test_a_position_is_buys_less_sells():
    assert held(position()) == {ES: 2}
    assert held(position(sells=5)) == {ES: -3}
    assert held(position(), position(buys=3, sells=3)) == {}


def test_its_price_is_what_is_open_and_none_where_it_cannot_be_read():
    account = Account()
    account.position(position())
    assert [each.avg_px for each in account.positions(PRICING)] == [Decimal("4799.5")]
    account.position(position(average_open_price=None))
    assert [each.avg_px for each in account.positions(PRICING)] == [0]
    account.position(position(average_open_price=price("4799.1234567890123456789")))
    assert [each.avg_px for each in account.positions(PRICING)] == [0]
    decimal_format = MarketFacts(settings(price_format="decimal"), None).pricing_of
    assert [each.avg_px for each in account.positions(decimal_format)] == [0]


def test_a_snapshot_replaces_positions():
    account = Account()
    account.position(position())
    account.begin()
    assert account.positions(PRICING) == ()
    assert account.net("XCME_Eq ES (H24)") == 0


def test_money():
    account = Account()
    assert account.balances("USD") == ()
    account.update(money(balance=100_000.1, margin=10_000.05))
    (balance,) = account.balances("USD")
    assert (balance.currency, balance.total, balance.available) == (
        "USD",
        Decimal("100000.10"),
        Decimal("90000.05"),
    )
    account.profit(account_pb2.AccountProfit(account_id=ACCOUNT, available_cash=7.5))
    (balance,) = account.balances("USD")
    assert balance.available == Decimal("7.50")


def test_profit_tells_only_what_changed():
    account = Account()
    account.profit(account_pb2.AccountProfit(account_id=ACCOUNT, upl=0.0, rpl=-1.5))
    account.profit(account_pb2.AccountProfit(account_id=ACCOUNT, upl=2.5))
    assert (account.unrealized, account.realized) == (2.5, -1.5)


@pytest.mark.parametrize("amount", [float("nan"), float("inf"), -1e16])
def test_money_that_is_none_is_refused(amount: float):
    account = Account()
    account.update(money(balance=amount))
    with pytest.raises(RemoteProtocolError):
        account.balances("USD")


def test_positions_that_cannot_be_are_refused():
    for changes in ({"buys": -1}, {"sells": -1}, {"market_id": ""}):
        with pytest.raises(RemoteProtocolError):
            Account().position(position(**changes))


def test_messages_of_the_account_are_read_and_those_of_others_are_not():
    desk = open_desk()
    desk.heard("account_position", position(), at(1))
    desk.heard("account_position", position(account_id="a-2", buys=9), at(1))
    desk.heard("account_profit", account_pb2.AccountProfit(account_id=ACCOUNT, rpl=1.0), at(1))
    desk.heard("account_profit", account_pb2.AccountProfit(account_id="a-2", rpl=9.0), at(1))
    assert desk.account.net("XCME_Eq ES (H24)") == 2
    assert desk.account.realized == 1.0


# --- asking anew -------------------------------------------------------------------------------------

GRANTED = account_pb2.AccountSubscribeResponse(success=True)


def feed() -> AccountFeed:
    made = AccountFeed(wire.frame, 5.0)
    made.begin(ACCOUNT, at(0))
    made.answered(GRANTED)
    assert made.shown(at(0)) == (1, [])
    return made


def subscriptions(effects: Any) -> list[int]:
    return [message.subscribe for _, message in sent(effects)]


def test_a_question_is_answered_by_the_snapshot_that_follows_its_grant():
    asked = feed()
    number, effects = asked.ask(at(1))
    assert subscriptions(effects) == [e.ACCOUNT_SUBSCRIBE_TYPE_ALL_UPDATES]
    assert asked.shown(at(1)) == (0, []), "one that was on its way"
    asked.answered(GRANTED)
    assert asked.shown(at(1)) == (number, [])
    assert asked.shown(at(1)) == (0, []), "nobody asked"


def test_a_question_while_another_is_open_is_asked_after_it():
    """What is on its way may be older than the second question."""
    asked = feed()
    first, _ = asked.ask(at(1))
    second, effects = asked.ask(at(1))
    assert (second, effects) == (first + 1, [])
    asked.answered(GRANTED)
    number, effects = asked.shown(at(2))
    assert number == first
    assert len(sent(effects)) == 1
    asked.answered(GRANTED)
    assert asked.shown(at(2)) == (second, [])


def test_where_no_snapshot_comes_the_next_question_gives_the_subscription_back_first():
    asked = feed()
    asked.ask(at(1))
    assert not asked.due(at(5.9))
    assert asked.due(at(6))
    _, effects = asked.ask(at(7))
    assert subscriptions(effects) == [
        e.ACCOUNT_SUBSCRIBE_TYPE_NONE,
        e.ACCOUNT_SUBSCRIBE_TYPE_ALL_UPDATES,
    ]
    assert asked.subscribed, "orders go on meanwhile"


def test_the_answer_to_giving_back_is_no_snapshot():
    """Two subscriptions are answered twice; the snapshot follows the second."""
    asked = feed()
    asked.ask(at(1))
    asked.due(at(6))
    number, _ = asked.ask(at(7))
    asked.answered(GRANTED)
    asked.answered(GRANTED)
    assert asked.shown(at(7)) == (number, [])
