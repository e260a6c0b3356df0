"""Fills that a venue thought better of: taken back (busts) or changed (corrections). Pure.

The one place where a cumulative quantity goes down. A revision is keyed by its trade; deciding one
(`correction_record`, `voided`) changes nothing, applying one (`apply_bust`, `apply_correction`) is for
`book.BookOfOrders` alone.
"""

from collections.abc import Iterable
from decimal import Decimal

import attrs

from engine.messages.venue import FillBust, FillCorrection
from engine.model.enums import Origin
from engine.model.money import ZERO
from engine.orders.exact import add, multiply, subtract
from engine.orders.ledger import FillContent, Position
from engine.orders.order import Order
from engine.orders.plausible import TEXT_CHARS_MAX
from engine.orders.records import BustRecord, CorrectionRecord, FillRecord, FillVoided, Source
from engine.orders.state import Event, Fullness, step

Fee = tuple[Decimal, str]
"""What was paid for a fill, and in which currency."""

NO_FEE: Fee = (ZERO, "")

NO_REASON = "the venue gave no reason"


def reason_of(message: FillBust | FillCorrection) -> str:
    """Why the venue did it, cut to what a record keeps."""
    return message.text[:TEXT_CHARS_MAX] or NO_REASON


def correction_record(
    order: Order, counted: FillContent, message: FillCorrection, *, paid: Fee, ts_ns: int
) -> CorrectionRecord:
    """The record that replaces a counted fill by what stands now."""
    cum_qty = add(subtract(order.cum_qty, counted.last_qty), message.last_qty)
    most = order.most_quantity
    over = cum_qty > most and order.origin is Origin.OURS
    fullness = Fullness.WHOLE if over else order.fullness(cum_qty, most)
    event = Event.TRADE_OVER if over else Event.CORRECTED
    done = step(order.state, event, fullness)
    change = subtract(message.last_qty, counted.last_qty)
    claimed = order.venue_cum_qty and max(add(order.venue_cum_qty, change), cum_qty)
    return CorrectionRecord(
        client_order_id=order.client_order_id,
        account=order.account,
        corrects=message.corrects,
        was_qty=counted.last_qty,
        was_px=counted.last_px,
        was_fee=paid[0],
        was_fee_currency=paid[1],
        fill_key=message.fill_key,
        trade_id=message.trade_id,
        last_qty=message.last_qty,
        last_px=message.last_px,
        fee=message.fee,
        fee_currency=message.fee_currency,
        liquidity=message.liquidity,
        event=event,
        verdict=done.verdict,
        source=Source.STREAM,
        lifecycle=done.state.lifecycle,
        pending=done.state.pending,
        certainty=done.state.certainty,
        cum_qty=cum_qty,
        venue_cum_qty=claimed,
        reason=reason_of(message),
        venue_ts_ns=message.ts_ns,
        ts_ns=ts_ns,
        px_estimated=message.px_estimated,
    )


def voided(
    account: str,
    order: Order | None,
    fill_key: str,
    gone: Decimal | None,
    *,
    reason: str,
    ts_ns: int,
) -> FillVoided:
    """The record that a fill never counted must not be; `gone` is its quantity where that is told."""
    claimed = ZERO if order is None else order.venue_cum_qty
    if order is not None and gone is not None and claimed:
        claimed = max(subtract(claimed, gone), order.cum_qty)
    return FillVoided(
        client_order_id="" if order is None else order.client_order_id,
        account=account,
        fill_key=fill_key,
        venue_cum_qty=claimed,
        reason=reason,
        ts_ns=ts_ns,
    )


def fee_of(fills: Iterable[FillRecord], account: str, fill_key: str) -> Fee:
    """What was paid for a fill, if it is among `fills`."""
    for fill in fills:
        if (fill.fill_key, fill.account) == (fill_key, account):
            return fill.fee, fill.fee_currency
    return NO_FEE


# --- applying ----------------------------------------------------------------------------------


def apply_bust(order: Order, positions: Iterable[Position], record: BustRecord) -> None:
    """The fill leaves the order's sums and the positions; the venue's claim goes down with it."""
    order.cost = subtract(order.cost, multiply(record.last_qty, record.last_px))
    claimed = max(subtract(order.venue_cum_qty, record.last_qty), record.cum_qty)
    order.venue_cum_qty = min(order.venue_cum_qty, claimed)
    for position in positions:
        position.take_back(order.side, record.last_qty, record.last_px)
        position.charge(-record.fee, record.fee_currency)


def apply_correction(order: Order, positions: Iterable[Position], record: CorrectionRecord) -> None:
    """What the fill was leaves the order's sums and the positions; what stands now comes in."""
    without = subtract(order.cost, multiply(record.was_qty, record.was_px))
    order.cost = add(without, multiply(record.last_qty, record.last_px))
    order.venue_cum_qty = record.venue_cum_qty
    for position in positions:
        position.take_back(order.side, record.was_qty, record.was_px)
        position.charge(-record.was_fee, record.was_fee_currency)
        position.trade(order.side, record.last_qty, record.last_px)
        position.charge(record.fee, record.fee_currency)


def corrected_fill(fill: FillRecord, record: CorrectionRecord) -> FillRecord:
    """A counted fill as it stands now, for screens."""
    return attrs.evolve(
        fill,
        fill_key=record.fill_key,
        trade_id=record.trade_id,
        last_qty=record.last_qty,
        last_px=record.last_px,
        fee=record.fee,
        fee_currency=record.fee_currency,
        liquidity=record.liquidity,
        px_estimated=record.px_estimated,
    )
