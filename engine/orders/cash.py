"""A venue's word on an account's cash, made ready for the book. Pure: it looks and makes a record."""

from collections.abc import Mapping
from decimal import Decimal

from engine.model.money import ZERO
from engine.orders.book import BookOfOrders
from engine.orders.day import OwnerKind
from engine.orders.exact import add
from engine.orders.funds import Balance
from engine.orders.reconcile import VenueAnswer
from engine.orders.records import BalancesTold, BalanceTold


def tied(book: BookOfOrders, account: str) -> dict[str, Decimal]:
    """What an account's positions (at cost) and open orders tie up, per currency, at full value."""
    held, exposure = book.risk.holdings[OwnerKind.ACCOUNT], book.account_exposure
    currencies = {definition.currency for definition in book.instruments.values()}
    return {
        currency: add(held.value(account, currency), exposure.notional(account, currency))
        for currency in currencies
    }


def balances_told(
    book: BookOfOrders, account: str, answer: VenueAnswer, before: Mapping[str, Decimal], ts_ns: int
) -> BalancesTold | None:
    """The record of what a venue answered; None when it said nothing, or nothing new.

    `before` was tied up when it was asked. Of that and what is tied up now the smaller counts: the
    venue's word is of a moment between, and what it holds back beyond it is not free.
    """
    if not answer.balances:
        return None
    now = tied(book, account)
    told = {
        each.currency: Balance(
            each.total,
            each.available,
            min(before.get(each.currency, ZERO), now.get(each.currency, ZERO)),
        )
        for each in answer.balances
    }
    if told == book.risk.balances.of(account):
        return None
    return BalancesTold(
        account=account,
        balances=tuple(
            BalanceTold(
                currency=currency, total=each.total, available=each.available, tied=each.tied
            )
            for currency, each in told.items()
        ),
        ts_ns=ts_ns,
    )
