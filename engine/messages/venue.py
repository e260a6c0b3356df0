"""Orders between the router and trade sessions (or paper venues), in both directions.

Router → session is at most once: a command carries its expiry and the boot of the session it is
meant for, and a session drops what is late or meant for another boot with `not_sent`. Session →
router events carry the session's boot and a gapless sequence; a gap makes the router reconcile.
"""

from decimal import Decimal
from enum import StrEnum

import attrs

from engine.messages.codec import register
from engine.model.enums import (
    Contingency,
    Lifecycle,
    Liquidity,
    Mode,
    OrdType,
    Pending,
    PositionEffect,
    Side,
    TimeInForce,
    VenueStateWord,
)
from engine.model.instrument import Instrument

PART_ITEMS_MAX = 200
"""Orders, fills, positions or balances in one reconciliation part; keeps parts below 256 KiB."""


class SessionRole(StrEnum):
    """What a session does for the router."""

    DATA = "data"
    TRADE = "trade"
    PAPER = "paper"


# --- session → router --------------------------------------------------------------------------


@register(tag=100)
@attrs.frozen(kw_only=True)
class SessionHello:
    """A session's new boot presents itself."""

    session: str
    venue: str
    boot: int
    mode: Mode
    role: SessionRole


@register(tag=101)
@attrs.frozen(kw_only=True)
class SessionState:
    """The session's distance from being ready; `ready` is granted by the router after reconciliation."""

    session: str
    venue: str
    boot: int
    sequence: int
    state: VenueStateWord
    reason: str


class UpdateKind(StrEnum):
    """What the venue (or the session) says of an order."""

    NOT_SENT = "not_sent"
    SENT = "sent"
    UNKNOWN = "unknown"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    CANCEL_PENDING = "cancel_pending"
    CANCELLED = "cancelled"
    CANCEL_REJECTED = "cancel_rejected"
    CANCEL_UNKNOWN = "cancel_unknown"
    REPLACED = "replaced"
    REPLACE_REJECTED = "replace_rejected"
    REPLACE_UNKNOWN = "replace_unknown"
    EXPIRED = "expired"
    FILLED = "filled"


@register(tag=102)
@attrs.frozen(kw_only=True)
class OrderUpdate:
    """News of one order. `cum_qty` is the venue's own cumulative quantity where it tells it.

    `not_sent` is claimed only when provably no byte reached the transport. `price` and `quantity`
    are the venue's current values where it tells them. `command` is the request that was not sent;
    it is needed with `not_sent`, other kinds say it themselves.
    """

    session: str
    boot: int
    sequence: int
    client_order_id: str
    venue_order_id: str
    kind: UpdateKind
    cum_qty: Decimal | None
    price: Decimal | None
    quantity: Decimal | None
    code: str
    text: str
    ts_ns: int
    command: Pending | None = None


@register(tag=103)
@attrs.frozen(kw_only=True)
class Fill:
    """One execution. `fill_key` is unique for the venue's account as the venue package declares it.

    `fee` is positive when paid. `px_estimated`: the venue tells no price of this fill, `last_px` is
    the best that can be said of it; 0 when even that is nothing: the router then takes the order's.
    """

    session: str
    boot: int
    sequence: int
    client_order_id: str
    venue_order_id: str
    instrument: str
    side: Side
    fill_key: str
    trade_id: str
    last_qty: Decimal
    last_px: Decimal
    cum_qty: Decimal | None
    fee: Decimal
    fee_currency: str
    liquidity: Liquidity
    ts_ns: int
    px_estimated: bool = False


@register(tag=122)
@attrs.frozen(kw_only=True)
class FillBust:
    """The venue took a fill back. `fill_key` is that of the fill, `last_qty` what is taken back where told.

    Told by the venue's stream, or found by a query (then before the last part of its answer). A
    repetition is harmless. From then on the venue package counts the fill in no cumulative quantity.
    """

    session: str
    boot: int
    sequence: int
    client_order_id: str
    venue_order_id: str
    fill_key: str
    last_qty: Decimal | None
    text: str
    ts_ns: int


@register(tag=123)
@attrs.frozen(kw_only=True)
class FillCorrection:
    """The venue changed a fill: all fields but `corrects` and `text` say what stands now, as in `Fill`.

    `corrects` is the key the fill was told under before; equal to `fill_key` where it keeps its key.
    """

    session: str
    boot: int
    sequence: int
    corrects: str
    client_order_id: str
    venue_order_id: str
    instrument: str
    side: Side
    fill_key: str
    trade_id: str
    last_qty: Decimal
    last_px: Decimal
    cum_qty: Decimal | None
    fee: Decimal
    fee_currency: str
    liquidity: Liquidity
    text: str
    ts_ns: int
    px_estimated: bool = False


@attrs.frozen(kw_only=True)
class VenueOrder:
    """An order as the venue's query answered it.

    `price` None where the venue does not tell it, and of orders without one.
    """

    client_order_id: str
    venue_order_id: str
    instrument: str
    side: Side
    ord_type: OrdType
    time_in_force: TimeInForce
    quantity: Decimal
    price: Decimal | None
    cum_qty: Decimal
    avg_px: Decimal
    lifecycle: Lifecycle
    ts_ns: int


@attrs.frozen(kw_only=True)
class VenueFill:
    """A fill as the venue's query answered it; same meaning as in `Fill`."""

    client_order_id: str
    venue_order_id: str
    instrument: str
    side: Side
    fill_key: str
    trade_id: str
    last_qty: Decimal
    last_px: Decimal
    fee: Decimal
    fee_currency: str
    liquidity: Liquidity
    ts_ns: int
    px_estimated: bool = False


@attrs.frozen(kw_only=True)
class VenuePosition:
    """Signed net position as the venue's query answered it."""

    instrument: str
    quantity: Decimal
    avg_px: Decimal


@attrs.frozen(kw_only=True)
class VenueBalance:
    """Cash at the venue."""

    currency: str
    total: Decimal
    available: Decimal


@register(tag=104)
@attrs.frozen(kw_only=True)
class ReconcilePart:
    """A part of the answer to `ReconcileRequest`; `last` ends it.

    `complete` promises that the query covered all states of the account since `since_ns`, so that
    absence is evidence. `error` is set (and `complete` false) when the venue could not be asked.
    `unproven`, in the last part, says why the positions rest on nobody's word: the venue then opens
    for orders that reduce only, until a person confirms them.
    """

    session: str
    boot: int
    sequence: int
    request_id: int
    part: int
    last: bool
    complete: bool
    since_ns: int
    orders: tuple[VenueOrder, ...]
    fills: tuple[VenueFill, ...]
    positions: tuple[VenuePosition, ...]
    balances: tuple[VenueBalance, ...]
    error: str
    unproven: str = ""


@register(tag=105)
@attrs.frozen(kw_only=True)
class InstrumentUpdate:
    """A numbered instrument definition for the router."""

    session: str
    boot: int
    sequence: int
    definition: Instrument


@register(tag=106)
@attrs.frozen(kw_only=True)
class ReferencePrice:
    """A conflated price for risk checks; `price` is the mid, or last where there is no quote."""

    session: str
    boot: int
    sequence: int
    instrument: str
    price: float
    bid_price: float
    ask_price: float
    mono_ns: int


@register(tag=107)
@attrs.frozen(kw_only=True)
class SessionHeartbeat:
    """The session's main loop is alive; `sequence` is the last number it sent."""

    session: str
    boot: int
    sequence: int


# --- router → session --------------------------------------------------------------------------


@register(tag=110)
@attrs.frozen(kw_only=True)
class SessionWelcome:
    """The router knows the session; it may send its state, definitions and events."""

    session: str
    session_boot: int
    router_boot: int
    mode: Mode


@register(tag=111)
@attrs.frozen(kw_only=True)
class SubmitOrder:
    """Send this order once. `tick_mono_ns` … are hop times for the latency display (0: none).

    `reference_price` is what it would trade at by the router's reference, the other side of the quote
    where there is one: for venues that have no market orders or tell no prices of fills.
    """

    session_boot: int
    router_boot: int
    expires_mono_ns: int
    mode: Mode
    client_order_id: str
    instrument: str
    side: Side
    ord_type: OrdType
    quantity: Decimal
    price: Decimal | None
    stop_price: Decimal | None
    time_in_force: TimeInForce
    post_only: bool
    reduce_only: bool
    position_quantity: Decimal
    tick_mono_ns: int
    intent_mono_ns: int
    routed_mono_ns: int
    trail: Decimal | None = None
    position_effect: PositionEffect = PositionEffect.AUTO
    reference_price: Decimal | None = None


@register(tag=119)
@attrs.frozen(kw_only=True)
class SubmitOrderList:
    """Send these orders once and together, so that they depend on each other at the venue.

    `prices` of a bracket's exits are absolute. Boots, expiry and mode are those of each order.
    """

    session_boot: int
    router_boot: int
    expires_mono_ns: int
    mode: Mode
    contingency: Contingency
    orders: tuple[SubmitOrder, ...]


@register(tag=112)
@attrs.frozen(kw_only=True)
class CancelOrder:
    """Cancel this order; may be repeated. `venue_order_id` may be empty when it is not known yet."""

    session_boot: int
    router_boot: int
    expires_mono_ns: int
    client_order_id: str
    venue_order_id: str
    instrument: str


@register(tag=113)
@attrs.frozen(kw_only=True)
class ReplaceOrder:
    """Change price or total quantity of an order at the venue."""

    session_boot: int
    router_boot: int
    expires_mono_ns: int
    mode: Mode
    client_order_id: str
    venue_order_id: str
    instrument: str
    quantity: Decimal
    price: Decimal | None


@register(tag=114)
@attrs.frozen(kw_only=True)
class QueryOrder:
    """Ask the venue for one order; answered by an `OrderUpdate` or nothing."""

    session_boot: int
    router_boot: int
    client_order_id: str
    venue_order_id: str
    instrument: str


@register(tag=115)
@attrs.frozen(kw_only=True)
class ReconcileRequest:
    """Ask the venue for everything since `since_ns`: orders, fills, positions, balances."""

    session_boot: int
    router_boot: int
    request_id: int
    since_ns: int
    instruments: tuple[str, ...]


@register(tag=116)
@attrs.frozen(kw_only=True)
class ReconcileDone:
    """The router is in agreement with the venue (or not): the gate for orders opens when `ok`."""

    session_boot: int
    router_boot: int
    request_id: int
    ok: bool
    reason: str


@register(tag=117)
@attrs.frozen(kw_only=True)
class CancelAllOrders:
    """Cancel everything at the venue by its quickest way (kill switch, flatten)."""

    session_boot: int
    router_boot: int
    instrument: str


@register(tag=118)
@attrs.frozen(kw_only=True)
class RouterHeartbeat:
    """The router's main loop is alive."""

    router_boot: int
