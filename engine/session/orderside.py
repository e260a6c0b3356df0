"""The order half of a session: from the router's commands to the protocol, from its news to the router.

A command either reaches the protocol once or is answered `not_sent` with the reason; nothing is ever
kept for later or sent again.
"""

from collections.abc import Callable
from typing import Any, Protocol

import attrs

from engine.errors import LimitExceeded
from engine.messages.venue import (
    CancelAllOrders,
    CancelOrder,
    OrderUpdate,
    QueryOrder,
    ReconcileDone,
    ReconcilePart,
    ReconcileRequest,
    ReplaceOrder,
    SubmitOrder,
    SubmitOrderList,
    UpdateKind,
)
from engine.model.enums import Pending, VenueStateWord
from engine.session.contract import Effects, Now, OrderNews, TakesLists, TakesOrders
from engine.session.findings import failed_part
from engine.session.gate import Command, Gate, Refusal, RefusedBecause
from engine.session.latency import LatencyHistogram
from engine.session.openorders import ALONE_REQUEST_ID, OpenOrders
from engine.session.uplink import Uplink

_ANSWERABLE: dict[type, Pending] = {
    SubmitOrder: Pending.NEW,
    CancelOrder: Pending.CANCEL,
    ReplaceOrder: Pending.REPLACE,
}


class Carrier(Protocol):
    """Has the time, and carries out what a protocol wants: a session's driver, the paper venue's actor."""

    def now(self) -> Now:
        """The moment, on both clocks."""
        ...

    def apply(self, effects: Effects) -> None:
        """Carry out these effects, in order."""
        ...


class OrderSide:
    """Carries one venue's orders.

    Args:
        protocol: speaks with the venue.
        uplink: to the router.
        gate: what may pass.
        witness: keeps the session's own list of open orders, where it is wanted.
    """

    def __init__(
        self,
        protocol: TakesOrders,
        *,
        uplink: Uplink,
        gate: Gate,
        witness: OpenOrders | None = None,
    ) -> None:
        self._ask: dict[type, Callable[[Any, Now], Effects]] = {
            SubmitOrder: protocol.submit,
            CancelOrder: protocol.cancel,
            ReplaceOrder: protocol.replace,
            QueryOrder: protocol.query,
            CancelAllOrders: protocol.cancel_all,
            ReconcileRequest: protocol.reconcile,
        }
        if isinstance(protocol, TakesLists):
            self._ask[SubmitOrderList] = protocol.submit_list
        self._uplink = uplink
        self._gate = gate
        self._witness = witness
        self._stopping = False
        self.tick_to_order = LatencyHistogram()
        self.refused = 0
        """Commands answered `not_sent` here."""

    # --- what the protocol says ------------------------------------------------------------------

    def report(self, event: OrderNews) -> None:
        """News of orders, numbered on to the router."""
        if self._witness is not None:
            self._witness.told(event)
        if isinstance(event, ReconcilePart) and event.request_id == ALONE_REQUEST_ID:
            return  # the session asked this for itself
        try:
            self._uplink.send(event)
        except LimitExceeded as error:
            if not isinstance(event, ReconcilePart):
                raise
            self._uplink.send(_failed(event, str(error)))

    def state(self, state: VenueStateWord, reason: str) -> None:
        """Whatever the new state is, the router has to reconcile before new orders pass."""
        self._gate.close(f"{state}: {reason}" if reason else f"the session is {state}")

    # --- what the router says ----------------------------------------------------------------------

    def stop(self) -> None:
        """From here on every command is answered `not_sent`."""
        self._stopping = True

    def reconciled(self, done: ReconcileDone) -> bool:
        """The router's verdict; False when it is about something that is past."""
        return self._gate.reconciled(done)

    def command(self, command: Command, driver: Carrier) -> None:
        """Carry out, or answer `not_sent`."""
        now = driver.now()
        refusal = self._gate.refusal(command, now.mono_ns)
        if self._stopping:
            refusal = Refusal(RefusedBecause.STOPPING, "the session is stopping")
        elif type(command) not in self._ask:
            refusal = Refusal(RefusedBecause.UNABLE, "the session takes no such command")
        if refusal is not None:
            self._refuse(command, refusal, now.wall_ns)
            return
        if isinstance(command, ReconcileRequest):
            self._gate.reconciling(command)
        if self._witness is not None:
            self._witness.sent(command)
        effects = self._ask[type(command)](command, now)
        if isinstance(command, SubmitOrder) and command.tick_mono_ns:
            # Up to the order in the venue's own form; what the wire adds is the venue's affair.
            self.tick_to_order.record(driver.now().mono_ns - command.tick_mono_ns)
        driver.apply(effects)

    def _refuse(self, command: Command, refusal: Refusal, wall_ns: int) -> None:
        if isinstance(command, SubmitOrderList):
            for order in command.orders:
                self._refuse(order, refusal, wall_ns)
            return
        self.refused += 1
        if isinstance(command, ReconcileRequest):
            self._uplink.send(failed_part(command, refusal.text))
        pending = _ANSWERABLE.get(type(command))
        if pending is None or isinstance(command, QueryOrder | CancelAllOrders | ReconcileRequest):
            return  # nothing is known of what does not name an order, or only asks
        self._uplink.send(
            OrderUpdate(
                session="",
                boot=0,
                sequence=0,
                client_order_id=command.client_order_id,
                venue_order_id="" if isinstance(command, SubmitOrder) else command.venue_order_id,
                kind=UpdateKind.NOT_SENT,
                cum_qty=None,
                price=None,
                quantity=None,
                code=refusal.code.value,
                text=refusal.text,
                ts_ns=wall_ns,
                command=pending,
            )
        )


def _failed(part: ReconcilePart, error: str) -> ReconcilePart:
    """The same part without its contents: the router must not wait for what cannot travel."""
    return attrs.evolve(
        part,
        last=True,
        complete=False,
        orders=(),
        fills=(),
        positions=(),
        balances=(),
        error=error,
    )
