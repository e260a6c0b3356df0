"""The venue's panic protocol: log in, read the orders of the day, cancel what works; nothing else is asked.

There is no way around the login, since cancels need it. But neither account nor contracts nor positions are
read, and a seed that cannot be used, or message codes in doubt, keep no cancel back.
"""

from collections.abc import Mapping

import attrs

from actors.venues.webctp.ordersday import DayOrders
from actors.venues.webctp.ordersnews import venue_order
from actors.venues.webctp.orderssweep import Sweep
from actors.venues.webctp.private import TradeSession
from actors.venues.webctp.reconcile import Asking
from actors.venues.webctp.settings import Settings
from engine.messages.venue import ReconcileRequest
from engine.session.contract import Now
from engine.session.findings import Findings, failed_part, parts_of


class PanicSession(TradeSession):
    """`PanicProtocol` of WebCTP.

    Args:
        settings: of the venue.
        secrets: as of the trade session.

    Raises:
        ConfigError: a secret is missing.
    """

    def __init__(self, settings: Settings, secrets: Mapping[str, str]) -> None:
        without_seed = attrs.evolve(settings, orders=attrs.evolve(settings.orders, seed=""))
        super().__init__(without_seed, secrets)

    def _job(self, request: ReconcileRequest, now: Now) -> Asking:
        return open_orders(request, self._day, now)


def open_orders(request: ReconcileRequest, day: DayOrders, now: Now) -> Asking:
    """What works; complete when the answer was whole."""
    sweep = Sweep(now.mono_ns)
    _, end, now = yield sweep.request()
    sweep.ended(end, day)
    if not sweep.whole:
        return [failed_part(request, f"orders: {sweep.reason}")]
    found = tuple(
        venue_order(order, day.name_of(order), now) for order in day.working() if order.shown
    )
    findings = Findings(orders=found, complete=True, since_ns=request.since_ns)
    return [*parts_of(request, findings)]
