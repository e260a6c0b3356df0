"""What the user decides of orders and positions at WebCTP: the part `[venues.webctp.orders]` of its settings."""

from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

import attrs


class CloseFirst(StrEnum):
    """Which lots an order closes first where the exchange tells them apart."""

    TODAY = "today"
    YESTERDAY = "yesterday"


_PATIENCE_S_MAX: Final = 60.0


def _patience(_instance: Any, attribute: Any, value: float) -> None:
    if not 0.0 < value <= _PATIENCE_S_MAX:
        raise ValueError(f"{attribute.name} must be above 0 and at most {_PATIENCE_S_MAX:g}")


def _distance(_instance: Any, attribute: Any, value: Decimal) -> None:
    if not Decimal(0) < value < Decimal(1):
        raise ValueError(f"{attribute.name} must be between 0 and 1")


@attrs.frozen(kw_only=True)
class OrderPolicy:
    """Decisions about orders.

    Attributes:
        seed: path of the dated file of overnight positions (README), `flat` for "nothing, ever", or
            empty: then positions are unproven and the venue opens in *reducing*.
        close_first: which lots an order closes first where the exchange tells today's from
            yesterday's (SHFE, INE): `today` or `yesterday`.
        hedged: the account may hold both sides: `position_effect = open` is sent although the other
            side is held.
        market_distance: part of the reference price by which the limit of an emulated market order
            is worse than it; 0.01 is 1 %. It must stay within the exchange's daily band.
        margin_tolerance: the account's margin may be so many times larger or smaller than the book's
            estimate before it is alarmed.
        leg_wait_s: longest wait for the exchange to take one leg before the next one is given up.
        cancel_hold_s: longest wait of a cancel for the exchange's id of the order.
        answer_timeout_s: an order or a cancel without an answer for so long is in doubt.
        fill_wait_s: longest wait for the trades that an order's end counts; then the session logs in
            anew and has the day replayed.
        quiet_s: so long nothing new must come after the login for the replay to count as over.
    """

    seed: str = ""
    close_first: CloseFirst = CloseFirst.TODAY
    hedged: bool = False
    market_distance: Decimal = attrs.field(default=Decimal("0.01"), validator=_distance)
    margin_tolerance: float = 3.0
    leg_wait_s: float = attrs.field(default=2.0, validator=_patience)
    cancel_hold_s: float = attrs.field(default=1.0, validator=_patience)
    answer_timeout_s: float = attrs.field(default=5.0, validator=_patience)
    fill_wait_s: float = attrs.field(default=5.0, validator=_patience)
    quiet_s: float = attrs.field(default=0.5, validator=_patience)

    def for_simulator(self) -> "OrderPolicy":
        """Towards a simulator whose account holds nothing overnight, unless a seed is named."""
        return attrs.evolve(self, seed=self.seed or "flat")
