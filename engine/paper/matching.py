"""How orders trade at the paper venue; liquidity is never made up.

The rules:

- a taker walks the visible depth level by level, each fill at its level's price;
- a resting order waits behind the size that was visible at its price when it came. It trades when a
  trade prints at its price beyond that queue, or through its price, and when the other side's best
  crosses it; always at its own price, together no more than was printed or is visible;
- what we took of a level is gone until the market shows more of it (`depth`);
- own orders never trade with each other: the one that would is ended where it meets the other.

Quantities are whole lots. Every fill goes through the `trade` function handed in, which may end
orders (reduce-only), so each step looks again whether its order still works.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import NamedTuple

import attrs

from engine.messages.market import Trade
from engine.model.enums import Liquidity, Side
from engine.model.money import ZERO, decimal_of_float
from engine.orders.exact import subtract
from engine.paper.book import PaperBook
from engine.paper.checks import floor_to, is_too_small
from engine.paper.codes import Code
from engine.paper.depth import Depth, Level
from engine.paper.order import PaperOrder

MakeTrade = Callable[[PaperOrder, Decimal, Decimal, Liquidity], None]
"""(order, quantity, price, liquidity): count one execution."""


@attrs.frozen
class Offers:
    """What a taker could have, best first, and whether an own order stands behind that."""

    levels: list[Level]
    meets_own: bool


class _Rival(NamedTuple):
    """The own order a taker would meet first, and the market's size before it."""

    price: Decimal
    ahead: Decimal


class Matcher:
    """Matches the orders of a book against what the market shows."""

    def __init__(self, book: PaperBook, trade: MakeTrade) -> None:
        self._book = book
        self._trade = trade
        self._depths: dict[str, Depth] = {}

    def depth(self, instrument: str) -> Depth:
        """The market of an instrument."""
        depth = self._depths.get(instrument)
        if depth is None:
            depth = self._depths[instrument] = Depth()
        return depth

    def forget(self, concerns: Callable[[str], bool]) -> None:
        """The markets of these instruments cannot be seen any more."""
        for name, depth in self._depths.items():
            if concerns(name):
                depth.forget()

    # --- takers ------------------------------------------------------------------------------------

    def refusal(self, order: PaperOrder) -> Code | None:
        """Why the market or the position, as they stand, forbid the order."""
        command, instrument = order.command, self._book.instruments[order.instrument]
        best = self.depth(order.instrument).best(order.side.opposite)
        if order.price is None and best is None:
            return Code.NO_MARKET
        price = best if order.price is None else order.price
        if price is not None and is_too_small(
            command, instrument, quantity=order.quantity, price=price
        ):
            return Code.MIN_NOTIONAL
        closable = self._book.closable(order.instrument, order.side)
        if command.reduce_only and order.quantity > closable:
            return Code.REDUCE_ONLY
        return self.refusal_of_price(order, order.price)

    def refusal_of_price(self, order: PaperOrder, price: Decimal | None) -> Code | None:
        """Why the order must not have this price: a post-only order never trades at once."""
        if not order.command.post_only or price is None:
            return None
        probe = attrs.evolve(order, price=price)
        best = self.depth(order.instrument).best(order.side.opposite)
        crosses = best is not None and probe.accepts(best)
        return Code.POST_ONLY_WOULD_CROSS if crosses or self._rival(probe) else None

    def fills_whole(self, order: PaperOrder) -> bool:
        """Whether the order could be filled in full at once."""
        lot, wanted = self._lot(order), order.leaves_qty
        for _, size in self._offers(order).levels:
            wanted = subtract(wanted, floor_to(min(size, wanted), lot))
        return not wanted

    def take(self, order: PaperOrder) -> Code | None:
        """Trade with the visible depth; why the rest must not stay, if there is a reason."""
        depth, other = self.depth(order.instrument), order.side.opposite
        offers, lot = self._offers(order), self._lot(order)
        for price, size in offers.levels:
            quantity = floor_to(min(size, order.leaves_qty), lot)
            if quantity:
                depth.take(other, price, quantity)
                self._shorten_queues(order.instrument, other, price, quantity)
                self._trade(order, quantity, price, Liquidity.TAKER)
            if not order.is_working:
                return None
        return Code.SELF_MATCH if offers.meets_own else None

    def join(self, order: PaperOrder, mono_ns: int) -> None:
        """What is left rests: behind what is visible at its price, deaf to earlier prints."""
        if order.price is not None:
            depth = self.depth(order.instrument)
            order.queue_ahead = depth.shown(order.side, order.price)
            order.effective_mono_ns = mono_ns

    def _offers(self, order: PaperOrder) -> Offers:
        rival = self._rival(order)
        levels: list[Level] = []
        for price, size in self.depth(order.instrument).left(order.side.opposite):
            if not order.accepts(price):
                break
            if rival is not None and (rival.price - price) * order.side.sign <= 0:
                before_it = min(size, rival.ahead) if rival.price == price else ZERO
                if before_it > 0:
                    levels.append((price, before_it))
                return Offers(levels, meets_own=True)
            levels.append((price, size))
        return Offers(levels, meets_own=rival is not None)

    def _rival(self, order: PaperOrder) -> _Rival | None:
        """The own order on the other side that this one would meet first."""
        met: _Rival | None = None
        for own in self._book.working(order.instrument):
            if own.side is order.side or own.price is None or not order.accepts(own.price):
                continue
            if met is None or (met.price - own.price) * order.side.sign > 0:
                # An order whose queue cannot be seen counts as first: nothing is made up.
                met = _Rival(own.price, own.queue_ahead or ZERO)
        return met

    def _shorten_queues(
        self, instrument: str, side: Side, price: Decimal, quantity: Decimal
    ) -> None:
        """We took what own orders at this price were waiting behind."""
        for own in self._book.working(instrument):
            if own.side is side and own.price == price and own.queue_ahead:
                own.queue_ahead = max(ZERO, subtract(own.queue_ahead, quantity))

    # --- makers ------------------------------------------------------------------------------------

    def follow(self, instrument: str) -> None:
        """The market shows something new: shorten queues, fill what it crosses."""
        if self._book.is_quiet(instrument):
            return
        depth = self.depth(instrument)
        best = {side: depth.best(side) for side in Side}
        for order in self._by_priority(instrument):
            if order.price is None:
                continue
            self._look_at_queue(order, depth)
            opposite = best[order.side.opposite]
            if opposite is not None and order.accepts(opposite):
                self._cross(order, depth, order.price)

    def _look_at_queue(self, order: PaperOrder, depth: Depth) -> None:
        """A level that shrank below the queue shortens it; one seen for the first time is a queue."""
        if order.price is None:
            return
        shown = depth.shown(order.side, order.price)
        if shown is not None:
            ahead = order.queue_ahead
            order.queue_ahead = shown if ahead is None else min(ahead, shown)

    def _cross(self, order: PaperOrder, depth: Depth, price: Decimal) -> None:
        other, lot = order.side.opposite, self._lot(order)
        for level, size in list(depth.left(other)):
            if not order.is_working or not order.accepts(level):
                return
            quantity = floor_to(min(size, order.leaves_qty), lot)
            if quantity:
                depth.take(other, level, quantity)
                self._trade(order, quantity, price, Liquidity.MAKER)

    def printed(self, trade: Trade) -> None:
        """A trade of others uses up queues and fills what it reaches, at most its own size."""
        if self._book.is_quiet(trade.instrument) or trade.size <= 0:
            return
        price, size = decimal_of_float(trade.price), decimal_of_float(trade.size)
        left = dict.fromkeys(Side, size)
        for order in self._by_priority(trade.instrument):
            hit = trade.aggressor != order.side.sign and trade.mono_ns >= order.effective_mono_ns
            if hit and order.is_working and order.price is not None and order.accepts(price):
                reach = self._reach(order, order.price, price, size, left[order.side])
                quantity = floor_to(min(reach, order.leaves_qty), self._lot(order))
                if quantity:
                    left[order.side] = subtract(left[order.side], quantity)
                    self._trade(order, quantity, order.price, Liquidity.MAKER)

    def _reach(
        self, order: PaperOrder, own: Decimal, price: Decimal, size: Decimal, left: Decimal
    ) -> Decimal:
        """How much of a print reaches the order; `left` is what better own orders left of it."""
        if own != price:
            # The print went through its price: nobody is before it any more.
            order.queue_ahead = ZERO
            return left
        ahead = order.queue_ahead
        if ahead is None:
            return ZERO
        order.queue_ahead = max(ZERO, subtract(ahead, size))
        return max(ZERO, subtract(left, ahead))

    def _by_priority(self, instrument: str) -> list[PaperOrder]:
        """Best prices first, then the order of time."""
        return sorted(self._book.working(instrument), key=_eagerness)

    def _lot(self, order: PaperOrder) -> Decimal:
        return self._book.instruments[order.instrument].quantity_increment


def _eagerness(order: PaperOrder) -> Decimal:
    """Smaller for orders that trade first on their side."""
    price = order.price or ZERO
    return price.copy_negate() if order.side is Side.BUY else price
