"""From news of an order to the record that says what it led to. Pure: looks, decides, changes nothing.

News may come twice, late, out of order, or contradict what is known; the state table decides. No
record means nothing was learned.
"""

from decimal import Decimal
from hashlib import sha256

from engine.messages.venue import Fill, OrderUpdate, UpdateKind, VenueFill, VenueOrder
from engine.model.enums import (
    Certainty,
    Lifecycle,
    Liquidity,
    Mode,
    OrdType,
    Origin,
    Pending,
    TimeInForce,
)
from engine.model.money import ZERO, plain
from engine.orders.exact import add, average, multiply, subtract
from engine.orders.ledger import FillContent
from engine.orders.order import Order
from engine.orders.plausible import TEXT_CHARS_MAX, is_price
from engine.orders.records import (
    BustRecord,
    ExternalOrder,
    FillRecord,
    OrderEventRecord,
    Source,
)
from engine.orders.state import Event, Fullness, Step, Verdict, step

CODE_NOT_SENT = "NOT_SENT"
EXTERNAL_PREFIX = "external-"
_EXTERNAL_HEX_CHARS = 24

_EVENTS: dict[UpdateKind, Event] = {
    UpdateKind.SENT: Event.SENT,
    UpdateKind.UNKNOWN: Event.UNKNOWN,
    UpdateKind.ACCEPTED: Event.ACCEPTED,
    UpdateKind.REJECTED: Event.REJECTED,
    UpdateKind.CANCEL_PENDING: Event.CANCEL_PENDING,
    UpdateKind.CANCELLED: Event.CANCELLED,
    UpdateKind.CANCEL_REJECTED: Event.CANCEL_REJECTED,
    UpdateKind.CANCEL_UNKNOWN: Event.CANCEL_UNKNOWN,
    UpdateKind.REPLACED: Event.REPLACED,
    UpdateKind.REPLACE_REJECTED: Event.REPLACE_REJECTED,
    UpdateKind.REPLACE_UNKNOWN: Event.REPLACE_UNKNOWN,
    UpdateKind.EXPIRED: Event.EXPIRED,
    UpdateKind.FILLED: Event.FILLED,
}

_NOT_SENT: dict[Pending, Event] = {
    Pending.NEW: Event.NOT_SENT,
    Pending.CANCEL: Event.CANCEL_REJECTED,
    Pending.REPLACE: Event.REPLACE_REJECTED,
}
"""What it means for the order that a request was provably not sent."""

_ENDING = frozenset({Event.CANCELLED, Event.EXPIRED})

_SETTLING = frozenset(
    {
        Event.NOT_SENT,
        Event.REJECTED,
        Event.CANCELLED,
        Event.EXPIRED,
        Event.NEVER_ARRIVED,
        Event.FILLED,
        Event.REPLACED,
        Event.REPLACE_REJECTED,
    }
)
"""Events after which no change of terms is under way any more."""


def event_of(order: Order, update: OrderUpdate) -> tuple[Event | None, str]:
    """The event an update is for this order (None: it says nothing for certain), and its code."""
    if update.kind is UpdateKind.NOT_SENT:
        return _not_sent(order, update)
    event: Event | None = _EVENTS[update.kind]
    if event is Event.ACCEPTED and order.certainty is Certainty.UNKNOWN and not order.is_terminal:
        # News carry no time of ours, so old terms may just be old news: never proof of a refusal.
        event = answer_of_doubt(order, update.quantity, update.price, settled=False)
    elif event is Event.REPLACED and order.is_replacing and not _are_asked(order, update):
        event = None  # the answer to a change before this one
    elif event is Event.REPLACED and is_unasked(order, update):
        event = None  # perhaps an answer of long ago: the venue's own list says what holds
    return event, update.code


def is_unasked(order: Order, update: OrderUpdate) -> bool:
    """Whether news tell other terms of a working order than it has, which nobody asks for now."""
    if order.is_replacing or order.is_terminal or order.is_unanswered:
        return False
    same_quantity = update.quantity in (None, order.quantity)
    return not (same_quantity and update.price in (None, order.price))


def _are_asked(order: Order, update: OrderUpdate) -> bool:
    same_quantity = update.quantity in (None, order.replace_quantity)
    return same_quantity and update.price in (None, order.replace_price)


def _not_sent(order: Order, update: OrderUpdate) -> tuple[Event, str]:
    code = update.code or CODE_NOT_SENT
    if update.command is not None:
        return _NOT_SENT[update.command], code
    if order.lifecycle not in (Lifecycle.PLANNED, Lifecycle.SENT):
        return _NOT_SENT[order.pending or Pending.NEW], code
    # A cancel was asked for before the order was answered and the session does not say which of
    # the two it could not send: taking the order for dead would be the dear mistake.
    return (Event.NOT_SENT if order.pending is Pending.NEW else Event.UNKNOWN), code


def answer_of_doubt(
    order: Order, quantity: Decimal | None, price: Decimal | None, *, settled: bool
) -> Event | None:
    """What "it works" with these terms says of an order in doubt.

    `settled`: the question was asked so late that a change under way could have no effect any more.
    """
    if not order.is_replacing:
        return Event.FOUND_OPEN
    if quantity is None and price is None:
        return None
    if quantity in (None, order.replace_quantity) and price in (None, order.replace_price):
        return Event.REPLACED
    return Event.REPLACE_REJECTED if settled else None


def order_event(
    order: Order,
    event: Event,
    *,
    source: Source,
    ts_ns: int,
    update: OrderUpdate | None = None,
    code: str = "",
    text: str = "",
) -> OrderEventRecord | None:
    """The record of an event, None when it changes and teaches nothing."""
    quantity, price = _terms(order, event, update)
    venue_order_id = order.venue_order_id or ("" if update is None else update.venue_order_id)
    claimed = _claimed(order, event, update, quantity)
    replacing = order.is_replacing and event not in _SETTLING
    most = max(quantity, order.replace_quantity or ZERO) if replacing else quantity
    before = order.state
    done = step(before, event, order.fullness(order.cum_qty, most))
    learned = venue_order_id != order.venue_order_id or claimed != order.venue_cum_qty
    if done.verdict is Verdict.IGNORE and not learned:
        return None
    changed = done.state != before or replacing != order.is_replacing
    changed = changed or quantity != order.quantity or price != order.price
    if done.verdict is Verdict.MOVE and not (changed or learned):
        return None
    refused = done.verdict in (Verdict.IGNORE, Verdict.CONTRADICTION)
    return OrderEventRecord(
        client_order_id=order.client_order_id,
        event=event,
        verdict=done.verdict,
        source=source,
        lifecycle=done.state.lifecycle,
        pending=done.state.pending,
        certainty=done.state.certainty,
        venue_order_id=venue_order_id,
        venue_cum_qty=order.venue_cum_qty if refused else claimed,
        quantity=order.quantity if refused else quantity,
        price=order.price if refused else price,
        replacing=order.is_replacing if refused else replacing,
        code=code,
        text=text[:TEXT_CHARS_MAX],
        venue_ts_ns=0 if update is None else update.ts_ns,
        ts_ns=ts_ns,
    )


def _terms(
    order: Order, event: Event, update: OrderUpdate | None
) -> tuple[Decimal, Decimal | None]:
    """Quantity and price after the event; only a change of terms changes them.

    At its end an order whose change was never answered may have come to have the new terms: what
    the venue calls filled had the quantity that was filled, else it tells, else the larger counts.
    """
    if event is Event.FILLED and update is not None and update.cum_qty:
        return update.cum_qty, order.price
    if event in _ENDING and order.is_replacing:
        return (update and update.quantity) or order.most_quantity, order.price
    if event is not Event.REPLACED:
        return order.quantity, order.price
    told_quantity = None if update is None else update.quantity
    told_price = None if update is None else update.price
    quantity = told_quantity or order.replace_quantity or order.quantity
    return quantity, told_price or order.replace_price or order.price


def _claimed(order: Order, event: Event, update: OrderUpdate | None, quantity: Decimal) -> Decimal:
    """The largest cumulative quantity that the venue has claimed, this news included."""
    told = None if update is None else update.cum_qty
    if told is None and event is Event.FILLED:
        told = quantity
    return order.venue_cum_qty if told is None else max(order.venue_cum_qty, told)


def fill_record(order: Order, fill: Fill | VenueFill, *, source: Source, ts_ns: int) -> FillRecord:
    """The record that counts a fill not counted before."""
    cum_qty = add(order.cum_qty, fill.last_qty)
    event, done = _fill_step(order, cum_qty)
    verdict = done.verdict
    if verdict is Verdict.LATE and cum_qty <= order.venue_cum_qty:
        verdict = Verdict.MOVE  # announced by the venue when it ended the order
    return FillRecord(
        client_order_id=order.client_order_id,
        strategy=order.strategy,
        account=order.account,
        instrument=order.instrument,
        side=order.side,
        fill_key=fill.fill_key,
        trade_id=fill.trade_id,
        venue_order_id=fill.venue_order_id,
        last_qty=fill.last_qty,
        last_px=fill.last_px,
        fee=fill.fee,
        fee_currency=fill.fee_currency,
        liquidity=fill.liquidity,
        event=event,
        verdict=verdict,
        source=source,
        lifecycle=done.state.lifecycle,
        pending=done.state.pending,
        certainty=done.state.certainty,
        cum_qty=cum_qty,
        venue_ts_ns=fill.ts_ns,
        ts_ns=ts_ns,
        px_estimated=fill.px_estimated,
    )


def _fill_step(order: Order, cum_qty: Decimal) -> tuple[Event, Step]:
    most = order.most_quantity
    if cum_qty > most and order.origin is Origin.EXTERNAL:
        most = cum_qty  # somebody else's order: we never knew its quantity for certain
    if cum_qty > most:
        return Event.TRADE_OVER, step(order.state, Event.TRADE_OVER, Fullness.WHOLE)
    event = Event.TRADE_LAST if cum_qty == most else Event.TRADE
    return event, step(order.state, event, order.fullness(cum_qty, most))


def accepted_fill(
    order: Order, found: VenueOrder, *, ts_ns: int, source: Source = Source.OPERATOR
) -> FillRecord | None:
    """The record of a fill nobody can show, at the price that makes the venue's average come true.

    None when the venue counts less than we do: a counted fill is not taken back by silence.
    """
    missing = subtract(found.cum_qty, order.cum_qty)
    if missing <= ZERO:
        return None
    paid = subtract(multiply(found.avg_px, found.cum_qty), order.cost)
    price = average(paid, missing)
    if paid <= ZERO or not is_price(price):
        price = order.price or order.reserve_price
    fill = VenueFill(
        client_order_id=order.client_order_id,
        venue_order_id=order.venue_order_id,
        instrument=order.instrument,
        side=order.side,
        fill_key=f"accepted:{order.client_order_id}:{plain(found.cum_qty)}",
        trade_id="",
        last_qty=missing,
        last_px=price,
        fee=ZERO,
        fee_currency="",
        liquidity=Liquidity.UNKNOWN,
        ts_ns=found.ts_ns,
    )
    return fill_record(order, fill, source=source, ts_ns=ts_ns)


def content_of(order: Order, fill: Fill | VenueFill) -> FillContent:
    """What a second delivery of the fill must repeat."""
    return FillContent(order.client_order_id, fill.side, fill.last_qty, fill.last_px)


def repeats(order: Order | None, fill: Fill | VenueFill, counted: FillContent) -> bool:
    """Whether a fill is the one counted under its key; an estimate of its price proves nothing."""
    if order is None:
        return False
    content = content_of(order, fill)
    return counted == (content._replace(last_px=counted.last_px) if fill.px_estimated else content)


def bust_record(
    order: Order, counted: FillContent, *, fill_key: str, fee: Decimal, fee_currency: str,
    reason: str, ts_ns: int,
) -> BustRecord:  # fmt: skip
    """The record that takes a counted fill back."""
    cum_qty = subtract(order.cum_qty, counted.last_qty)
    done = step(order.state, Event.BUST, order.fullness(cum_qty, order.most_quantity))
    return BustRecord(
        client_order_id=order.client_order_id,
        account=order.account,
        fill_key=fill_key,
        last_qty=counted.last_qty,
        last_px=counted.last_px,
        fee=fee,
        fee_currency=fee_currency,
        lifecycle=done.state.lifecycle,
        pending=done.state.pending,
        certainty=done.state.certainty,
        cum_qty=cum_qty,
        reason=reason,
        ts_ns=ts_ns,
    )


# --- orders that are not ours ------------------------------------------------------------------


def external_id(account: str, venue_order_id: str) -> str:
    """The id we call a stranger's order by: the same each time it is found."""
    digest = sha256(f"{account}\n{venue_order_id}".encode()).hexdigest()
    return EXTERNAL_PREFIX + digest[:_EXTERNAL_HEX_CHARS]


def external_order(found: VenueOrder, *, account: str, mode: Mode, ts_ns: int) -> ExternalOrder:
    """The record of a stranger's order that a query showed."""
    return ExternalOrder(
        client_order_id=external_id(account, found.venue_order_id or found.client_order_id),
        account=account,
        mode=mode,
        venue_order_id=found.venue_order_id,
        venue_client_order_id=found.client_order_id,
        instrument=found.instrument,
        side=found.side,
        ord_type=found.ord_type,
        time_in_force=found.time_in_force,
        quantity=found.quantity,
        price=found.price,
        reserve_price=found.price or found.avg_px,
        lifecycle=found.lifecycle,
        cum_qty=found.cum_qty,
        avg_px=found.avg_px,
        ts_ns=ts_ns,
    )


def external_order_of_fill(
    fill: Fill | VenueFill, *, account: str, mode: Mode, ts_ns: int
) -> ExternalOrder:
    """The record of a stranger's order that only a fill shows."""
    return ExternalOrder(
        client_order_id=external_id(account, fill.venue_order_id or fill.client_order_id),
        account=account,
        mode=mode,
        venue_order_id=fill.venue_order_id,
        venue_client_order_id=fill.client_order_id,
        instrument=fill.instrument,
        side=fill.side,
        ord_type=OrdType.LIMIT,
        time_in_force=TimeInForce.GTC,
        quantity=fill.last_qty,
        price=fill.last_px,
        reserve_price=fill.last_px,
        lifecycle=Lifecycle.OPEN,
        cum_qty=ZERO,
        avg_px=ZERO,
        ts_ns=ts_ns,
    )
