"""What a user may set on the trading side of the simulator; `SimulatorSettings` carries these too."""

from decimal import Decimal
from typing import Literal

import attrs


@attrs.frozen(kw_only=True)
class TradeSettings:
    """Knobs of accounts, orders and their pace.

    Attributes:
        balances: opening cash of each account by currency.
        holdings: opening shares of each account by symbol.
        financing: what an account may buy beyond its own money, in HKD.
        fee_rate: of a fill's value.
        paper: whether all accounts play by the rules of the venue's paper account.
        shorting: whether US shares may be sold short.
        step_ms: how long the market takes for each request; with 0 everything that follows from a
            request has happened, and is pushed, before its answer leaves.
        push_delay_ms: how late order pushes leave.
        push_not_reported: whether the first status of an order is pushed as well.
        after_replace: `replaced` leaves an order in ReplacedStatus, `new` takes it on to NewStatus or
            PartialFilledStatus with a push of its own.
        day_orders: `kept` lets Day orders stand until the fault `end_of_day`, `close` ends them at
            their market's close.
        long_term_tag: `tag` of orders beyond the day.
        calls_per_30s: HTTP calls of one account to one interface in 30 s; 0 for no limit.
        spacing_ms: between two HTTP calls of one account, on average; 0 for none.
        oauth: whether a request without a signature is let in by `Authorization: Bearer TOKEN`.
        old_token: whether a refreshed access token goes on to be accepted.
    """

    balances: dict[str, Decimal] = attrs.field(
        factory=lambda: {"HKD": Decimal(10_000_000), "USD": Decimal(1_000_000)}
    )
    holdings: dict[str, Decimal] = attrs.field(factory=dict)
    financing: Decimal = Decimal(0)
    fee_rate: Decimal = Decimal("0.0003")
    paper: bool = False
    shorting: bool = True
    step_ms: float = attrs.field(default=0.0, validator=attrs.validators.ge(0))
    push_delay_ms: float = attrs.field(default=0.0, validator=attrs.validators.ge(0))
    push_not_reported: bool = False
    after_replace: Literal["replaced", "new"] = "replaced"
    day_orders: Literal["kept", "close"] = "kept"
    long_term_tag: str = "Normal"
    calls_per_30s: int = attrs.field(default=30, validator=attrs.validators.ge(0))
    spacing_ms: float = attrs.field(default=20.0, validator=attrs.validators.ge(0))
    oauth: bool = True
    old_token: bool = True
