"""What a user may set on the trading side of the simulator; `SimulatorSettings` carries these too."""

from collections.abc import Callable
from typing import Any, Final

import attrs

from actors.venues.t4.simulator.ordercodes import AccountStatus

_not_negative: Callable[[Any, Any, Any], None] = attrs.validators.ge(0)


@attrs.frozen(kw_only=True)
class AccountTerms:
    """What one account has and may do.

    Attributes:
        status: `AccountStatus`: 1 blocked, 2 in order.
        balance: opening cash in USD.
        max_clip_size: largest volume of one order; 0 for no limit.
        max_account_position: largest position that orders may lead to, in any market; 0 for no limit.
        price_banding: a limit may be so many ticks beyond the last trade; 0 for no limit.
        pre_trade: whether an order is refused for want of margin.
        positions: net positions held over night, by market.
    """

    status: int = int(AccountStatus.OK)
    balance: float = 10_000_000.0
    max_clip_size: int = attrs.field(default=0, validator=_not_negative)
    max_account_position: int = attrs.field(default=0, validator=_not_negative)
    price_banding: int = attrs.field(default=0, validator=_not_negative)
    pre_trade: bool = True
    positions: dict[str, int] = attrs.field(factory=dict)


LIMITED: Final = AccountTerms(
    balance=50_000.0, max_clip_size=5, max_account_position=10, price_banding=400
)
"""An account with every limit; the one beside it may do anything."""


@attrs.frozen(kw_only=True)
class TradeSettings:
    """Knobs of accounts, orders and their pace.

    Attributes:
        account_terms: what accounts have and may do, by account number; others have the defaults.
        fee_per_contract: commission and fees of each contract traded, in USD.
        step_ms: how long the exchange takes for each request; with 0 everything that follows from a
            request is told in one message.
        profit_interval_ms: between two looks at the profits of subscribed accounts.
        trail_interval_ms: shortest time between two events about a stop that follows the market.
        joined_updates: whether neighbouring events of one account and market share a message; without,
            each has one of its own.
        orders_kept: finished orders an account's snapshot goes back to.
    """

    account_terms: dict[str, AccountTerms] = attrs.field(factory=lambda: {"SIM00002": LIMITED})
    fee_per_contract: float = attrs.field(default=2.25, validator=_not_negative)
    step_ms: float = attrs.field(default=0.0, validator=_not_negative)
    profit_interval_ms: float = attrs.field(default=1_000.0, validator=attrs.validators.gt(0))
    trail_interval_ms: float = attrs.field(default=250.0, validator=_not_negative)
    joined_updates: bool = True
    orders_kept: int = attrs.field(default=2_000, validator=attrs.validators.ge(1))
