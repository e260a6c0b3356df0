"""Own orders by price, so that one which would trade with another of ours is noticed (PT-16).

Derived from the orders alone. The best price of a side is remembered and found anew only when the
order that had it has gone.
"""

from collections.abc import Iterator
from decimal import Decimal

from engine.model.enums import TERMINAL, Side
from engine.orders.order import Order

Place = tuple[str, str, Side]
"""Account, instrument and side."""


class Resting:
    """Prices of open orders, those on their way, unknown or being cancelled included."""

    __slots__ = ("_best", "_places", "_prices")

    def __init__(self) -> None:
        self._places: dict[Place, dict[str, Decimal]] = {}
        self._best: dict[Place, Decimal] = {}
        self._prices: dict[str, Decimal] = {}

    def set(self, order: Order) -> None:
        """Bring the order's price in line with its state."""
        name = order.client_order_id
        if order.lifecycle in TERMINAL:
            price = None
        else:
            price = order.price if order.replace_price is None else _bolder(order)
        before = self._prices.get(name)
        if price is before:  # most changes of an order leave its price alone
            return
        self._move(order, name, before, price)

    def _move(self, order: Order, name: str, before: Decimal | None, price: Decimal | None) -> None:
        place = (order.account, order.instrument, order.side)
        prices = self._places.get(place)
        if prices is None:
            prices = self._places[place] = {}
        if before is not None and self._best.get(place) == before:
            del self._best[place]
        if price is None:
            prices.pop(name, None)
            self._prices.pop(name, None)
            return
        prices[name] = self._prices[name] = price
        best = self._best.get(place)
        if best is not None and _is_better(price, best, order.side):
            self._best[place] = price

    def best(self, account: str, instrument: str, side: Side) -> Decimal | None:
        """The highest price of buys, the lowest of sells; None without any."""
        place = (account, instrument, side)
        best = self._best.get(place)
        if best is None and (prices := self._places.get(place)):
            pick = max if side is Side.BUY else min
            best = self._best[place] = pick(prices.values())
        return best

    def of(self, account: str, instrument: str, side: Side) -> Iterator[tuple[str, Decimal]]:
        """Client order ids and prices of one side, oldest first."""
        return iter(self._places.get((account, instrument, side), {}).items())

    def figures(self) -> list[list[object]]:
        """All prices, in an order that does not depend on how they came about."""
        return sorted(
            [*place, sorted(prices.items())] for place, prices in self._places.items() if prices
        )


def _bolder(order: Order) -> Decimal:
    """Of the price it has and the one a change under way asks for the one that reaches further."""
    prices = [price for price in (order.price, order.replace_price) if price is not None]
    return max(prices) if order.side is Side.BUY else min(prices)


def _is_better(price: Decimal, best: Decimal, side: Side) -> bool:
    return price > best if side is Side.BUY else price < best
