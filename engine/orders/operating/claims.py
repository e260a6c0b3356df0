"""Claims by hand: strangers' orders, and orders whose strategy is no longer configured, get an owner."""

from collections.abc import Mapping

from engine.orders.claiming import claim, fault_of_claim
from engine.orders.kernel import Kernel
from engine.orders.operating.acting import Act, Plan, Planner
from engine.orders.operating.arguments import (
    Arguments,
    Refused,
    flag_of,
    link_of,
    order_of,
    words_of,
)
from engine.orders.operating.cancelling import SHOWN_MAX, named
from engine.orders.order import Order
from engine.orders.owners import OPERATOR_OWNER, is_known
from engine.orders.views import Row, order_row


class ClaimDesk:
    """Gives orders to owners."""

    def __init__(self, kernel: Kernel) -> None:
        self._k = kernel

    def verbs(self) -> Mapping[str, Planner]:
        """What can be done."""
        return {"claim": self._claim}

    def _claim(self, arguments: Arguments) -> Plan:
        owner = words_of(arguments, "owner") or OPERATOR_OWNER
        orders = self._chosen(arguments, owner)
        for order in orders:
            fault = fault_of_claim(self._k, order, owner)
            if fault:
                raise Refused(fault)

        def carry_out(act: Act) -> object:
            for order in orders:
                claim(self._k, order, owner, by=act.by, reason=act.reason)
            return {"owner": owner, "claimed": len(orders), "orders": named(orders)}

        shown: Row = {
            "owner": owner,
            "claim": [order_row(self._k, each) for each in orders[:SHOWN_MAX]],
        }
        return Plan(shown, carry_out)

    def _chosen(self, arguments: Arguments, owner: str) -> list[Order]:
        """The order named, or all of an account that nobody owns and this owner may have."""
        name = words_of(arguments, "order")
        if name:
            return [order_of(self._k, name)]
        if not flag_of(arguments, "all"):
            raise Refused("name an order, or an account and all of its orders")
        link = link_of(self._k, arguments)
        open_orders = list(self._k.book.orders.open_of_account(link.account))
        ownerless = [o for o in open_orders if not o.strategy or not is_known(self._k, o.strategy)]
        chosen = [o for o in ownerless if not fault_of_claim(self._k, o, owner)]
        if ownerless and not chosen:
            raise Refused(fault_of_claim(self._k, ownerless[0], owner))
        if not chosen:
            raise Refused(f"{link.account} has no open order without an owner")
        return chosen
