"""Orders between strategies and the router, in both directions.

Strategy → router is at least once: a strategy repeats an intent until it hears `IntentJournaled` (or
a report that denies it), the router answers a known intent with the same answer. Router → strategy
reports are numbered per strategy without holes and kept until acknowledged. `intent_id` is
`strategy:boot:counter` and names the order for its whole life; times with `mono_ns` are of this
host's monotonic clock.
"""

from decimal import Decimal

import attrs

from engine.messages.codec import register
from engine.model.enums import (
    Certainty,
    Contingency,
    ExecType,
    Lifecycle,
    Liquidity,
    Mode,
    OrdType,
    Origin,
    Pending,
    PositionEffect,
    Side,
    TimeInForce,
    TradingStateWord,
    VenueStateWord,
)


def intent_id_of(strategy: str, boot: int, counter: int) -> str:
    """The name of an intent: unique over all strategies, boots and days."""
    return f"{strategy}:{boot:x}:{counter}"


# --- strategy → router -------------------------------------------------------------------------


@register(tag=60)
@attrs.frozen(kw_only=True)
class StrategyHello:
    """A strategy's new boot asks for service; older boots of it are fenced from here on.

    `report_seen` is the last report that it, or the state it saved, has in it, as numbered by the
    journal of that name; both are 0 when there is none.
    """

    strategy: str
    boot: int
    mode: Mode
    report_seen: int
    journal: int


@register(tag=61)
@attrs.frozen(kw_only=True)
class SubmitIntent:
    """A wish for a new order. `data_mono_ns` is the age stamp of the data it was made from (0: none).

    `trail` is the distance of a trailing stop to the market, in units of price.
    """

    intent_id: str
    strategy: str
    boot: int
    counter: int
    instrument: str
    side: Side
    ord_type: OrdType
    quantity: Decimal
    price: Decimal | None
    stop_price: Decimal | None
    time_in_force: TimeInForce
    post_only: bool
    reduce_only: bool
    created_mono_ns: int
    data_mono_ns: int
    note: str
    trail: Decimal | None = None
    position_effect: PositionEffect = PositionEffect.AUTO


@register(tag=62)
@attrs.frozen(kw_only=True)
class CancelIntent:
    """A wish to cancel the order named `target` (an intent id). Never refused by risk."""

    intent_id: str
    strategy: str
    boot: int
    counter: int
    target: str
    created_mono_ns: int


@register(tag=63)
@attrs.frozen(kw_only=True)
class ModifyIntent:
    """A wish to change price or total quantity of the order named `target`; None leaves it."""

    intent_id: str
    strategy: str
    boot: int
    counter: int
    target: str
    quantity: Decimal | None
    price: Decimal | None
    created_mono_ns: int
    data_mono_ns: int


@register(tag=64)
@attrs.frozen(kw_only=True)
class CancelAllIntent:
    """A wish to cancel all orders of the strategy, on one instrument or (empty) on all."""

    intent_id: str
    strategy: str
    boot: int
    counter: int
    instrument: str
    created_mono_ns: int


@register(tag=65)
@attrs.frozen(kw_only=True)
class ReportSeen:
    """The strategy has handled all reports up to `through`; also its heartbeat to the router."""

    strategy: str
    boot: int
    through: int


@register(tag=66)
@attrs.frozen(kw_only=True)
class SubmitListIntent:
    """A wish for orders that depend on each other: all of them are placed, or none.

    Each is an order of its own from then on, with the id of its own intent.
    """

    strategy: str
    boot: int
    contingency: Contingency
    orders: tuple[SubmitIntent, ...]
    created_mono_ns: int


# --- router → strategy -------------------------------------------------------------------------


@register(tag=70)
@attrs.frozen(kw_only=True)
class StrategyWelcome:
    """Answer to the hello; as many orders and positions as it says follow, then `SnapshotEnd`.

    `journal` names the journal that numbers the reports: another one counts anew.
    """

    strategy: str
    boot: int
    router_boot: int
    mode: Mode
    trading_state: TradingStateWord
    orders: int
    positions: int
    journal: int


@register(tag=71)
@attrs.frozen(kw_only=True)
class IntentJournaled:
    """The intent is in the journal: it need not be repeated. `client_order_id` is empty for cancels."""

    intent_id: str
    strategy: str
    client_order_id: str
    router_boot: int


@register(tag=72)
@attrs.frozen(kw_only=True)
class ExecutionReport:
    """What happened to an order, and its complete state after that.

    `number` counts per strategy from 1 without holes; snapshots carry number 0. `last_*` and
    `trade_id` are set on `trade` reports, and on `trade_corrected` to what stands now; `trade_busted`
    has the `trade_id` of what is gone. `code` and `text` explain denials and rejections.
    `tick_mono_ns` is the stamp of the market data behind the order (0: none). `px_estimated`: the
    venue did not tell the price of this fill, `last_px` is the engine's estimate.
    """

    number: int
    strategy: str
    exec_type: ExecType
    intent_id: str
    client_order_id: str
    venue_order_id: str
    instrument: str
    side: Side
    ord_type: OrdType
    time_in_force: TimeInForce
    post_only: bool
    reduce_only: bool
    origin: Origin
    lifecycle: Lifecycle
    pending: Pending | None
    certainty: Certainty
    quantity: Decimal
    price: Decimal | None
    cum_qty: Decimal
    leaves_qty: Decimal
    avg_px: Decimal
    last_qty: Decimal
    last_px: Decimal
    trade_id: str
    fee: Decimal
    fee_currency: str
    liquidity: Liquidity
    code: str
    text: str
    note: str
    ts_ns: int
    px_estimated: bool = False


@register(tag=73)
@attrs.frozen(kw_only=True)
class PositionReport:
    """A strategy's position in one instrument after a change; money in the instrument's currency."""

    strategy: str
    instrument: str
    quantity: Decimal
    avg_px: Decimal
    realised_pnl: Decimal
    fees: Decimal
    currency: str


@register(tag=74)
@attrs.frozen(kw_only=True)
class SnapshotEnd:
    """The snapshot is complete; numbered reports continue after `report_number`.

    Those up to `told_before` may have been handled by an earlier boot of the strategy.
    """

    strategy: str
    report_number: int
    told_before: int


@register(tag=75)
@attrs.frozen(kw_only=True)
class VenueState:
    """A venue's readiness for orders, as the router sees it."""

    venue: str
    state: VenueStateWord
    reason: str


@register(tag=76)
@attrs.frozen(kw_only=True)
class TradingState:
    """What the kill switch lets through for this strategy."""

    state: TradingStateWord
    reason: str


@register(tag=77)
@attrs.frozen(kw_only=True)
class SnapshotPart:
    """Orders of a snapshot as they are now, reports with number 0; a snapshot has as many as it needs."""

    strategy: str
    orders: tuple[ExecutionReport, ...]
