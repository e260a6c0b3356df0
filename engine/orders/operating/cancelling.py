"""Cancels by hand: orders by name, or everything in a scope; repeated until the orders are over."""

from collections.abc import Mapping, Sequence

from engine.model.enums import Origin
from engine.orders.commands import Commands
from engine.orders.insisting import Insisting
from engine.orders.kernel import Kernel
from engine.orders.operating.acting import Act, Plan, Planner
from engine.orders.operating.arguments import Arguments, Refused, order_of, scope_of, words_of
from engine.orders.order import Order
from engine.orders.records import TARGETS_MAX
from engine.orders.views import Row, order_row

SHOWN_MAX = 100
"""Orders named in an answer; the number says how many there are."""


def named(orders: Sequence[Order]) -> list[str]:
    """The first of them by client order id, for an answer."""
    return [order.client_order_id for order in orders[:SHOWN_MAX]]


class CancelDesk:
    """Cancels."""

    def __init__(self, kernel: Kernel, commands: Commands, insisting: Insisting) -> None:
        self._k = kernel
        self._commands = commands
        self._insisting = insisting

    def verbs(self) -> Mapping[str, Planner]:
        """What can be done."""
        return {"cancel": self._cancel, "cancel-all": self._cancel_all}

    def _cancel(self, arguments: Arguments) -> Plan:
        orders = [self._cancellable(name) for name in _names(arguments)]

        def carry_out(act: Act) -> object:
            self._commands.cancel(orders, by=act.by, reason=act.reason)
            self._insisting.on(orders, by=act.by, reason=act.reason)
            return {"cancelling": named(orders)}

        return Plan(
            {"cancel": [order_row(self._k, each) for each in orders[:SHOWN_MAX]]}, carry_out
        )

    def _cancellable(self, name: str) -> Order:
        order = order_of(self._k, name)
        if order.is_terminal:
            raise Refused(f"{order.client_order_id} is {order.lifecycle}: nothing to cancel")
        if order.origin is Origin.EXTERNAL and not order.strategy:
            raise Refused(
                f"{order.client_order_id} is a stranger's order; if it is yours, first "
                f"`claim {order.client_order_id}`"
            )
        return order

    def _cancel_all(self, arguments: Arguments) -> Plan:
        scope, instrument = scope_of(self._k, arguments), words_of(arguments, "instrument")
        orders = [
            order for order in self._commands.open_in(scope) if instrument in ("", order.instrument)
        ]
        shown: Row = {"scope": scope, "open_orders": len(orders)}
        if instrument:
            shown["instrument"] = instrument

        def carry_out(act: Act) -> object:
            if instrument:
                self._commands.cancel(orders, by=act.by, reason=act.reason)
            else:
                self._commands.cancel_scope(scope, by=act.by, reason=act.reason)
            self._insisting.on(orders, by=act.by, reason=act.reason)
            return shown

        return Plan({**shown, "cancel": named(orders)}, carry_out)


def _names(arguments: Arguments) -> list[str]:
    given = arguments.get("orders")
    if not isinstance(given, list) or not given or not all(isinstance(each, str) for each in given):
        raise Refused("name the orders to cancel")
    if len(given) > TARGETS_MAX:
        raise Refused(f"name at most {TARGETS_MAX} orders; cancel-all takes a scope")
    return list(dict.fromkeys(given))
