"""The account as the counter tells it: equity by the rule that CTP itself uses, and a check by its margin.

The gateway leaves `balance` out, so equity is put together from its parts. The margin is the one figure of
the account that depends on positions: where it is none and the book holds lots, or the other way round,
one of them is wrong. Pure.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

import attrs

from actors.venues.webctp.orderscontracts import Listed
from actors.venues.webctp.ordersnews import CURRENCY
from actors.venues.webctp.positions import Held, PositionBook
from actors.venues.webctp.wire import amount, stripped
from engine.messages.venue import VenueBalance
from engine.model.money import ZERO
from engine.session.values import Object

CENT: Final = Decimal("0.01")
LARGER_SIDE: Final = frozenset({"SHFE", "CFFEX", "INE"})
"""Exchanges that ask margin for the larger side of a product only."""


@attrs.frozen(kw_only=True)
class Account:
    """What of TRADING_ACCOUNT is used. Missing amounts are zero, as CTP means them."""

    equity: Decimal
    available: Decimal
    margin: Decimal
    pre_margin: Decimal
    """In use at the end of the day before: what was held overnight needed it."""
    close_profit: Decimal
    position_profit: Decimal
    commission: Decimal
    currency: str
    trading_day: str

    def balance(self) -> VenueBalance:
        """For a reconciliation."""
        return VenueBalance(currency=self.currency, total=self.equity, available=self.available)


def account_in(info: Object) -> Account:
    """A row of TRADING_ACCOUNT. Raises RemoteProtocolError for what is none."""

    def part(field: str) -> Decimal:
        return amount(info, field) or ZERO

    static = (
        part("pre_balance")
        - part("pre_credit")
        - part("pre_mortgage")
        + part("mortgage")
        - part("withdraw")
        + part("deposit")
    )
    profit = part("close_profit") + part("position_profit") + part("cash_in")
    equity = static + profit - part("commission")
    frozen = part("frozen_margin") + part("frozen_cash") + part("frozen_commission")
    used = part("current_margin") + frozen + part("delivery_margin")
    # Credit is told as a negative number when funds are blocked.
    available = equity - used + part("credit")
    return Account(
        equity=equity.quantize(CENT),
        available=available.quantize(CENT),
        margin=part("current_margin"),
        pre_margin=part("pre_margin"),
        close_profit=part("close_profit"),
        position_profit=part("position_profit"),
        commission=part("commission"),
        currency=stripped(info, "currency_id") or CURRENCY,
        trading_day=stripped(info, "trading_day"),
    )


@attrs.frozen
class MarginCheck:
    """What the margin says of the positions.

    `contradiction` is one of moments unless it is `certain`; `doubt` is a matter of degree.
    """

    contradiction: str = ""
    doubt: str = ""
    certain: bool = False


def check_margin(
    account: Account, book: PositionBook, listed: Iterable[Listed], tolerance: float
) -> MarginCheck:
    """Compare the margin with what the book would need, at the exchanges' ratios and known prices.

    A broker's own ratios and today's prices are not known, so only the order of magnitude is compared,
    and only where every lot has a price; that there is margin for nothing, or none for something, is
    certain.
    """
    if account.pre_margin > CENT and not any(lots.overnight for _, _, lots in book):
        words = "the seed holds nothing, but the account had margin in use overnight"
        return MarginCheck(words, certain=True)
    held = [(instrument, side, lots) for instrument, side, lots in book if lots.total]
    if not held and account.margin > CENT:
        return MarginCheck("the book is flat, but the account has margin in use")
    if held and account.margin <= CENT:
        return MarginCheck("the book holds positions, but the account has no margin in use")
    needed = _needed(book, {each.symbol: each for each in listed})
    if not needed:
        return MarginCheck()
    ratio = float(account.margin / needed)
    if 1 / tolerance <= ratio <= tolerance:
        return MarginCheck()
    words = f"margin in use is {account.margin:.2f}, the book would need about {needed:.2f}"
    return MarginCheck(doubt=words)


def _needed(book: PositionBook, contracts: dict[str, Listed]) -> Decimal | None:
    """About what the book's positions tie up; None when a price or a ratio is missing."""
    sides: dict[tuple[str, str, Held], Decimal] = {}
    for instrument, held, lots in book:
        if lots.total <= 0:
            continue
        listed = contracts.get(instrument)
        if listed is None or not lots.avg_px:
            return None
        ratio = listed.long_margin if held is Held.LONG else listed.short_margin
        if not ratio:
            return None
        key = (listed.exchange, listed.product, held)
        value = lots.avg_px * lots.total * listed.multiplier * ratio
        sides[key] = sides.get(key, ZERO) + value
    total = ZERO
    for exchange, product in sorted({(exchange, product) for exchange, product, _ in sides}):
        both = [sides.get((exchange, product, held), ZERO) for held in Held]
        total += max(both) if exchange in LARGER_SIDE else sum(both, ZERO)
    return total
