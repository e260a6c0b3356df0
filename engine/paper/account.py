"""The paper account: cash and net positions as the venue would show them. Exact."""

from collections.abc import Mapping
from decimal import Decimal

from engine.messages.venue import Fill, VenueBalance, VenuePosition
from engine.model.instrument import Instrument
from engine.model.money import ZERO
from engine.model.position import NetPosition


class PaperAccount:
    """Starting cash plus realised profit less fees, per currency; positions per instrument."""

    def __init__(self, cash: Mapping[str, Decimal]) -> None:
        self._cash = dict(cash)
        self._positions: dict[str, NetPosition] = {}

    def apply(self, fill: Fill, instrument: Instrument) -> None:
        """Count one fill."""
        before = self.position(fill.instrument)
        after = before.after(fill.side.sign * fill.last_qty, fill.last_px, instrument.multiplier)
        self._positions[fill.instrument] = after
        gained = after.realised_pnl - before.realised_pnl
        self._add(instrument.currency, gained)
        self._add(fill.fee_currency, -fill.fee)

    def position(self, instrument: str) -> NetPosition:
        """Net position, flat when never traded."""
        return self._positions.get(instrument, NetPosition())

    def cash(self, currency: str) -> Decimal:
        """Cash of one currency."""
        return self._cash.get(currency, ZERO)

    def positions(self) -> tuple[VenuePosition, ...]:
        """Every position that is not flat."""
        return tuple(
            VenuePosition(instrument=name, quantity=held.quantity, avg_px=held.avg_px)
            for name, held in self._positions.items()
            if held.quantity
        )

    def balances(self) -> tuple[VenueBalance, ...]:
        """Cash per currency; all of it is available, paper asks for no margin."""
        return tuple(
            VenueBalance(currency=currency, total=amount, available=amount)
            for currency, amount in self._cash.items()
        )

    def _add(self, currency: str, amount: Decimal) -> None:
        if amount:
            self._cash[currency] = self.cash(currency) + amount
