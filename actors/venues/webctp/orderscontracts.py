"""Contracts as the counter describes them, against what the product table says of them.

The market data session defines instruments from a table, because its side of the gateway has no query for
them. Orders go out only for what the counter has confirmed: exchange, tick and multiplier of both must
agree, else quantities and prices would mean something else than the engine believes. Pure.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

import attrs

from actors.venues.webctp.products import Product, Products
from actors.venues.webctp.symbols import contract_of
from actors.venues.webctp.wire import amount, integer, stripped
from engine.model.money import plain
from engine.session.values import Object

CONTRACTS_MAX: Final = 5_000


@attrs.frozen(kw_only=True)
class Listed:
    """A contract as the counter describes it; margin ratios are the exchange's, not the account's."""

    symbol: str
    exchange: str
    product: str
    price_tick: Decimal
    multiplier: Decimal
    tradeable: bool
    long_margin: Decimal | None
    short_margin: Decimal | None


def listed_in(info: Object) -> Listed:
    """A row of QUERY_INSTRUMENT. Raises RemoteProtocolError for what is no such row."""
    return Listed(
        symbol=stripped(info, "instrument_id"),
        exchange=stripped(info, "exchange_id"),
        product=stripped(info, "product_id"),
        price_tick=amount(info, "price_tick") or Decimal(0),
        multiplier=Decimal(integer(info, "volume_multiple")),
        tradeable=integer(info, "is_trading") == 1,
        long_margin=amount(info, "long_margin_ratio"),
        short_margin=amount(info, "short_margin_ratio"),
    )


class Contracts:
    """What is known of contracts.

    Args:
        products: the table.
    """

    def __init__(self, products: Products) -> None:
        self._products = products
        self._listed: dict[str, Listed] = {}
        self._absent: set[str] = set()
        self.unverifiable = False
        """The gateway is too old to be asked: the table's word has to do."""

    def product(self, symbol: str) -> Product | None:
        """What the table says of a contract's product."""
        contract = contract_of(symbol)
        return None if contract is None else self._products.of(contract)

    def exchange(self, symbol: str) -> str:
        """Where a contract trades; empty when nobody knows."""
        listed = self._listed.get(symbol)
        if listed is not None:
            return listed.exchange
        product = self.product(symbol)
        return "" if product is None else product.exchange

    def get(self, symbol: str) -> Listed | None:
        """As the counter described it."""
        return self._listed.get(symbol)

    def missing(self, symbols: Iterable[str]) -> list[str]:
        """Those that the counter has not been asked for."""
        known = self._listed.keys() | self._absent
        return [each for each in dict.fromkeys(symbols) if each and each not in known]

    def learn(self, listed: Listed) -> str:
        """Take a description; what differs from the table, in words, or empty."""
        if len(self._listed) < CONTRACTS_MAX:
            self._listed[listed.symbol] = listed
            self._absent.discard(listed.symbol)
        return self._difference(listed)

    def absent(self, symbol: str) -> None:
        """The counter was asked and knows no such contract."""
        if symbol not in self._listed and len(self._absent) < CONTRACTS_MAX:
            self._absent.add(symbol)

    def forget_absent(self) -> None:
        """Ask again for what was not known: a new day lists new contracts."""
        self._absent.clear()

    def refusal(self, symbol: str) -> tuple[str, str]:
        """Code and words why no order for it may leave; two empty texts when one may."""
        if self.product(symbol) is None:
            return "contract_unknown", f"{symbol} is in no product of the table"
        listed = self._listed.get(symbol)
        if listed is None and self.unverifiable:
            return "", ""
        if listed is None and symbol in self._absent:
            return "contract_unknown", f"the counter knows no contract {symbol}"
        if listed is None:
            return "contract_unchecked", f"the counter has not described {symbol} yet"
        difference = self._difference(listed)
        if difference:
            return "contract_differs", difference
        if not listed.tradeable:
            return "contract_not_trading", f"{symbol} is not tradeable"
        return "", ""

    def _difference(self, listed: Listed) -> str:
        product = self.product(listed.symbol)
        if product is None:
            return ""
        for word, ours, theirs in (
            ("exchange", product.exchange, listed.exchange),
            ("multiplier", plain(product.multiplier), plain(listed.multiplier)),
            ("tick", plain(product.price_tick.normalize()), plain(listed.price_tick.normalize())),
        ):
            if ours != theirs:
                hint = f"set products.{product.name} in the settings"
                return f"{word} of {listed.symbol}: {ours} in the table, {theirs} at the counter; {hint}"
        return ""
