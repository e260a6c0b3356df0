"""What every session that has a trade desk offers by it alone, whatever its connection is."""

from actors.venues.t4.desk import TradeDesk
from engine.messages.venue import CancelAllOrders, CancelOrder, ReconcileRequest
from engine.session.contract import Effects, Now


class Desked:
    """Cancels, the account, and frames that have not left.

    Args:
        desk: takes them.
    """

    def __init__(self, desk: TradeDesk) -> None:
        self._desk = desk

    def cancel(self, command: CancelOrder, now: Now) -> Effects:
        """Pull an order, now or as soon as it has arrived."""
        return self._desk.cancel(command, now)

    def cancel_all(self, command: CancelAllOrders, now: Now) -> Effects:
        """Pull everything that works; the venue has no message for it."""
        del now
        return self._desk.cancel_all(command)

    def reconcile(self, request: ReconcileRequest, now: Now) -> Effects:
        """Have the account shown anew."""
        return self._desk.reconcile(request, now)

    def unsent(self, order: str, now: Now) -> Effects:
        """No byte of the frame of this name has left."""
        return self._desk.unsent(order, now)
