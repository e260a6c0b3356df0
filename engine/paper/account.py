"""The paper account: cash and net positions as the venue would show them. Exact."""

from collections.abc import Mapping
from decimal import Decimal

from engine.messages.venue import Fill, VenueBalance, VenuePosition
from engine.model.instrument import Instrument
from engine.model.money import ZERO
from engine.orders.exact import add, shown, subtract
from engine.orders.ledger import Ledger, Position

_OWNER = "paper"


class PaperAccount:
    """Starting cash plus realised profit less fees, per currency; positions per instrument.

    There is no margin: an order is never refused for want of cash, and cash may go below zero.
    """

    def __init__(self) -> None:
        self._start: dict[str, Decimal] = {}
        self._ledger = Ledger()

    def begin_with(self, cash: Mapping[str, Decimal]) -> None:
        """Set what the account began with, whatever has happened on it since."""
        self._start = dict(cash)

    def apply(self, fill: Fill, instrument: Instrument) -> None:
        """Count one fill."""
        position = self._ledger.open(
            _OWNER, instrument.id, instrument.multiplier, instrument.currency
        )
        position.trade(fill.side, fill.last_qty, fill.last_px)
        position.charge(fill.fee, fill.fee_currency)
        position.fills += 1
        position.updated_ns = fill.ts_ns

    def quantity(self, instrument: str) -> Decimal:
        """Signed position; zero when never traded."""
        return self._ledger.quantity(_OWNER, instrument)

    def find(self, instrument: str) -> Position | None:
        """The position with its profit and fees; None when never traded."""
        return self._ledger.find(_OWNER, instrument)

    def cash(self) -> dict[str, Decimal]:
        """Exact cash per currency."""
        cash = dict(self._start)
        for position in self._ledger.of(_OWNER).values():
            currency = position.currency
            cash[currency] = add(cash.get(currency, ZERO), position.realised_pnl)
            for paid_in, fee in position.fees.items():
                cash[paid_in] = subtract(cash.get(paid_in, ZERO), fee)
        return cash

    def positions(self) -> list[VenuePosition]:
        """Every position that is not flat."""
        return [
            VenuePosition(instrument=name, quantity=held.quantity, avg_px=held.avg_px)
            for name, held in self._ledger.of(_OWNER).items()
            if held.quantity
        ]

    def balances(self) -> list[VenueBalance]:
        """Cash per currency as it is shown; all of it is available."""
        return [
            VenueBalance(currency=currency, total=shown(amount), available=shown(amount))
            for currency, amount in self.cash().items()
        ]
