"""Orders, fills and positions as a venue's own log tells them, without a word from the router."""

from collections.abc import Iterable
from decimal import Decimal

import attrs

from engine.drill.checkers.history import VenueEvent, VenueWord
from engine.model.enums import Lifecycle, Side

_ENDS = {
    VenueWord.REJECTED: Lifecycle.REJECTED,
    VenueWord.CANCELLED: Lifecycle.CANCELLED,
    VenueWord.EXPIRED: Lifecycle.EXPIRED,
}
_WORKING = frozenset({Lifecycle.OPEN, Lifecycle.PARTLY_FILLED})
_WORST_FIRST = (
    Lifecycle.CANCELLED,
    Lifecycle.EXPIRED,
    Lifecycle.FILLED,
    Lifecycle.REJECTED,
)
"""Of legs that are over: one that was cancelled makes a cancelled order, refused is one all of whose are."""


@attrs.define(eq=False, kw_only=True)
class Seen:
    """One order as the venue knows it. `is_external`: somebody else placed it.

    `legs` are its parts by name, at a venue where it had to be several.
    """

    client_order_id: str
    account: str
    instrument: str
    side: Side | None
    quantity: Decimal | None
    price: Decimal | None
    is_external: bool
    was_busted: bool = False
    lifecycle: Lifecycle = Lifecycle.SENT
    cum_qty: Decimal = Decimal(0)
    legs: dict[str, "Seen"] = attrs.field(factory=dict)


@attrs.define(eq=False)
class Witnessed:
    """What the log adds up to."""

    orders: dict[str, Seen] = attrs.field(factory=dict)
    received: list[VenueEvent] = attrs.field(factory=list)
    fills: dict[tuple[str, str], VenueEvent] = attrs.field(factory=dict)
    busted: set[tuple[str, str]] = attrs.field(factory=set)
    positions: dict[tuple[str, str], Decimal] = attrs.field(factory=dict)


def witnessed(events: Iterable[VenueEvent]) -> Witnessed:
    """Add up a venue's log."""
    found = Witnessed()
    for event in events:
        name = event.client_order_id or event.venue_order_id
        if event.word in (VenueWord.ORDER, VenueWord.EXTERNAL):
            _begin(found, name, event)
        elif event.word is VenueWord.POSITION:
            _move(found, event, event.quantity or Decimal(0))
        elif (seen := found.orders.get(name)) is not None:
            _go_on(found, seen.legs.get(event.leg, seen), event)
            _add_up(seen)
    return found


def _begin(found: Witnessed, name: str, event: VenueEvent) -> None:
    whole = found.orders.get(name)
    is_external = event.word is VenueWord.EXTERNAL
    if not is_external and (whole is None or event.leg in ("", *whole.legs)):
        found.received.append(event)
    if whole is None:
        whole = found.orders[name] = _seen_first(name, event)
    if event.leg and event.leg not in whole.legs:
        whole.legs[event.leg] = _seen_first(name, event)
        _add_up(whole)


def _seen_first(name: str, event: VenueEvent) -> Seen:
    is_external = event.word is VenueWord.EXTERNAL
    return Seen(
        client_order_id=name,
        account=event.account,
        instrument=event.instrument,
        side=event.side,
        quantity=event.quantity,
        price=event.price,
        is_external=is_external,
        lifecycle=Lifecycle.OPEN if is_external else Lifecycle.SENT,
    )


def _add_up(whole: Seen) -> None:
    """What the legs make together: over when all are, and then what the last of them came to."""
    legs = list(whole.legs.values())
    if not legs:
        return
    quantities = [leg.quantity for leg in legs if leg.quantity is not None]
    whole.quantity = sum(quantities, Decimal(0)) if quantities else None
    whole.cum_qty = sum((leg.cum_qty for leg in legs), Decimal(0))
    whole.was_busted = any(leg.was_busted for leg in legs)
    words = {leg.lifecycle for leg in legs}
    if words & _WORKING:
        whole.lifecycle = _working(whole)
    elif Lifecycle.SENT in words:
        whole.lifecycle = Lifecycle.SENT if words == {Lifecycle.SENT} else _working(whole)
    else:
        whole.lifecycle = next(word for word in _WORST_FIRST if word in words)


def _go_on(found: Witnessed, seen: Seen, event: VenueEvent) -> None:
    if event.word is VenueWord.ACCEPTED:
        seen.lifecycle = _working(seen)
    elif event.word is VenueWord.REJECTED and seen.lifecycle is not Lifecycle.SENT:
        pass  # another order under the same id was refused; that it came at all is INV-4's affair
    elif event.word in _ENDS:
        seen.lifecycle = _ENDS[event.word]
    elif event.word is VenueWord.REPLACED:
        seen.quantity = seen.quantity if event.quantity is None else event.quantity
        seen.price = seen.price if event.price is None else event.price
        seen.lifecycle = _working(seen)
    elif event.word is VenueWord.FILL:
        _fill(found, seen, event)
    elif event.word is VenueWord.BUST:
        _bust(found, seen, event)


def _fill(found: Witnessed, seen: Seen, event: VenueEvent) -> None:
    key = (seen.account, event.fill_key)
    if key in found.fills:
        return
    found.fills[key] = event
    quantity = event.quantity or Decimal(0)
    seen.cum_qty += quantity
    word = _working(seen)
    if word is Lifecycle.FILLED or seen.lifecycle not in (Lifecycle.CANCELLED, Lifecycle.EXPIRED):
        seen.lifecycle = word
    _move(found, event, quantity * _sign(event.side or seen.side), seen)


def _bust(found: Witnessed, seen: Seen, event: VenueEvent) -> None:
    key = (seen.account, event.fill_key)
    traded = found.fills.get(key)
    if traded is None or key in found.busted:
        return
    found.busted.add(key)
    seen.was_busted = True
    quantity = traded.quantity or Decimal(0)
    seen.cum_qty -= quantity
    if seen.lifecycle is Lifecycle.PARTLY_FILLED:
        seen.lifecycle = _working(seen)
    _move(found, event, -quantity * _sign(traded.side or seen.side), seen)


def _working(seen: Seen) -> Lifecycle:
    if seen.quantity is not None and seen.cum_qty >= seen.quantity:
        return Lifecycle.FILLED
    return Lifecycle.PARTLY_FILLED if seen.cum_qty else Lifecycle.OPEN


def _move(found: Witnessed, event: VenueEvent, by: Decimal, seen: Seen | None = None) -> None:
    key = (event.account, event.instrument) if seen is None else (seen.account, seen.instrument)
    found.positions[key] = found.positions.get(key, Decimal(0)) + by


def _sign(side: Side | None) -> int:
    return 0 if side is None else side.sign
