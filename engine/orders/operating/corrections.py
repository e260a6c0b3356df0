"""Facts that only a person knows: what became of an order in doubt, which fill the venue took back."""

from collections.abc import Mapping

from engine.model.enums import Certainty
from engine.model.money import plain
from engine.orders.kernel import Kernel
from engine.orders.news import bust_record, order_event
from engine.orders.operating.acting import Act, Plan, Planner
from engine.orders.operating.arguments import Arguments, Refused, link_of, words_of
from engine.orders.records import Source
from engine.orders.revising import fee_of
from engine.orders.state import Event
from engine.orders.views import order_row

_WORDS: Mapping[str, Event] = {
    "never_arrived": Event.NEVER_ARRIVED,
    "cancelled": Event.CANCELLED,
    "rejected": Event.REJECTED,
    "open": Event.FOUND_OPEN,
}


class CorrectionDesk:
    """Records a person's word."""

    def __init__(self, kernel: Kernel) -> None:
        self._k = kernel

    def verbs(self) -> Mapping[str, Planner]:
        """What can be done."""
        return {"resolve": self._resolve, "bust": self._bust}

    def _resolve(self, arguments: Arguments) -> Plan:
        """End a doubt by a person's word, for venues that cannot be asked."""
        order = self._k.book.orders.get(words_of(arguments, "client_order_id"))
        if order is None or order.certainty is not Certainty.UNKNOWN:
            raise Refused("name an order that is unknown (client_order_id)")
        event = _WORDS.get(words_of(arguments, "lifecycle"))
        if event is None:
            raise Refused(f"lifecycle must be one of {', '.join(_WORDS)}")
        found = order

        def carry_out(act: Act) -> object:
            now_ns = self._k.now.wall_ns
            record = order_event(
                found, event, source=Source.OPERATOR, ts_ns=now_ns, text=act.reason
            )
            if record is not None:
                self._k.record(record)
            return order_row(self._k, found)

        foreseen = order_event(order, event, source=Source.OPERATOR, ts_ns=self._k.now.wall_ns)
        after = order.lifecycle if foreseen is None else foreseen.lifecycle
        shown = {"order": order_row(self._k, order), "lifecycle": after.value}
        return Plan(shown, carry_out)

    def _bust(self, arguments: Arguments) -> Plan:
        """Take a counted fill back, because the venue did."""
        book, link = self._k.book, link_of(self._k, arguments)
        fill_key = words_of(arguments, "fill_key")
        counted = book.fill_keys.find(link.account, fill_key)
        order = None if counted is None else book.orders.get(counted.client_order_id)
        if counted is None or order is None:
            raise Refused(f"no fill {fill_key!r} is counted on {link.account}")
        fee, fee_currency = fee_of(book.fills, link.account, fill_key)

        def carry_out(act: Act) -> object:
            record = bust_record(
                order,
                counted,
                fill_key=fill_key,
                fee=fee,
                fee_currency=fee_currency,
                reason=act.reason,
                ts_ns=self._k.now.wall_ns,
            )
            self._k.record(record)
            return order_row(self._k, order)

        shown = {
            "order": order_row(self._k, order),
            "last_qty": plain(counted.last_qty),
            "last_px": plain(counted.last_px),
        }
        return Plan(shown, carry_out)
