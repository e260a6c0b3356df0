"""What a paper venue notes for a drill: the orders that arrived, and what became of them."""

from collections.abc import Mapping

from engine.drill.witness import WitnessFile
from engine.messages.venue import UpdateKind
from engine.paper.records import OrderArrived, OrderChanged, OrderTraded

_WORDS: Mapping[UpdateKind, str] = {
    UpdateKind.ACCEPTED: "accepted",
    UpdateKind.REJECTED: "rejected",
    UpdateKind.CANCELLED: "cancelled",
    UpdateKind.CANCEL_REJECTED: "cancel_rejected",
    UpdateKind.REPLACED: "replaced",
    UpdateKind.REPLACE_REJECTED: "replace_rejected",
    UpdateKind.EXPIRED: "expired",
}
"""Words of `checkers.history.VenueWord`; what is not here says nothing new."""


def note_effect(file: WitnessFile, mono_ns: int, effect: object) -> None:
    """Note one effect of the venue, if it is anything that happened to an order."""
    match effect:
        case OrderArrived():
            order = effect.command
            file.note(
                mono_ns,
                "order",
                client_order_id=order.client_order_id,
                venue_order_id=effect.venue_order_id,
                symbol=order.instrument,
                side=order.side,
                quantity=order.quantity,
                price=order.price,
            )
        case OrderChanged() if effect.update.kind in _WORDS:
            update = effect.update
            file.note(
                mono_ns,
                _WORDS[update.kind],
                client_order_id=update.client_order_id,
                venue_order_id=update.venue_order_id,
                quantity=update.quantity,
                price=update.price,
                text=update.code,
            )
        case OrderTraded():
            fill = effect.fill
            file.note(
                mono_ns,
                "fill",
                client_order_id=fill.client_order_id,
                venue_order_id=fill.venue_order_id,
                symbol=fill.instrument,
                side=fill.side,
                quantity=fill.last_qty,
                price=fill.last_px,
                fill_key=fill.fill_key,
            )
