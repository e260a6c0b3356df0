"""Net position arithmetic: quantity, average price and realised profit after each fill, exactly.

Profit is in the instrument's currency, before fees. A fill that turns the position around realises
the closed part at the old average and opens the rest at its own price.
"""

from decimal import Decimal

import attrs

from engine.model.money import ZERO


@attrs.frozen
class NetPosition:
    """Signed quantity at an average price, with the profit realised so far (before fees)."""

    quantity: Decimal = ZERO
    avg_px: Decimal = ZERO
    realised_pnl: Decimal = ZERO

    def after(self, signed_quantity: Decimal, price: Decimal, multiplier: Decimal) -> "NetPosition":
        """The position after buying (positive) or selling (negative) at `price`."""
        before, total = self.quantity, self.quantity + signed_quantity
        if before * signed_quantity >= 0:
            return NetPosition(total, self._average(signed_quantity, price), self.realised_pnl)
        closed = min(abs(before), abs(signed_quantity))
        direction = 1 if before > 0 else -1
        realised = (price - self.avg_px) * closed * direction * multiplier
        turned = before * total < 0
        average = price if turned else (self.avg_px if total else ZERO)
        return NetPosition(total, average, self.realised_pnl + realised)

    def unrealised(self, mark: Decimal, multiplier: Decimal) -> Decimal:
        """Profit that closing at `mark` would realise."""
        return (mark - self.avg_px) * self.quantity * multiplier

    def _average(self, added: Decimal, price: Decimal) -> Decimal:
        total = self.quantity + added
        if not total:
            return ZERO
        return (self.avg_px * self.quantity + price * added) / total
