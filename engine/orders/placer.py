"""Placing an order: the controls are asked, the answer is recorded, the order handed to its session.

The one way to a new order, for strategies' intents and for orders by hand alike.
"""

from decimal import Decimal

import attrs

from engine.errors import LimitExceeded
from engine.messages.orders import SubmitIntent
from engine.orders import records as r
from engine.orders.commands import Commands
from engine.orders.facts import Facts, likeness
from engine.orders.kernel import Kernel
from engine.orders.link import Link
from engine.orders.order import Order
from engine.orders.settings import StrategyRights
from engine.risk.codes import Denial, DenialCode
from engine.risk.controls import check
from engine.risk.limits import Effective, SelfMatch

NO_REFERENCE = Denial(code=DenialCode.REFERENCE_UNAVAILABLE, value="nothing to value it at")


@attrs.frozen
class _Allowed:
    link: Link
    worst_price: Decimal
    limits: Effective
    makes_way: bool


class Placer:
    """Checks wishes and makes orders of them."""

    __slots__ = ("_commands", "_facts", "_k")

    def __init__(self, kernel: Kernel, commands: Commands) -> None:
        self._k = kernel
        self._commands = commands
        self._facts = Facts(kernel)

    def place(self, intent: SubmitIntent, rights: StrategyRights) -> Order | Denial:
        """The order that the intent became, recorded and sent; or why not, with nothing recorded."""
        k, allowed = self._k, self._allowed(intent, rights)
        if isinstance(allowed, Denial):
            return allowed
        link = allowed.link
        try:
            client_order_id = link.ids.make(link.prefix, k.book.boot.planned + 1)
        except LimitExceeded as error:
            return Denial(code=DenialCode.VENUE_NOT_READY, detail=str(error))
        if allowed.makes_way:
            self._commands.make_way(link.account, intent)
        planned = r.PlannedOrder(
            intent=intent,
            client_order_id=client_order_id,
            account=link.account,
            mode=rights.mode,
            reserve_price=allowed.worst_price,
            limits_version=k.book.limits_version,
            ts_ns=k.now.wall_ns,
        )
        k.write(planned)
        self._commands.submit(link, planned)
        k.apply(planned)
        order = k.book.orders.take(client_order_id)
        self._commands.submitted(link, order, intent)
        k.recent.add(likeness(intent), k.now.mono_ns)
        if allowed.limits.price_drift:
            k.sample(intent.strategy, intent.instrument, allowed.limits.price_drift)
        return order

    def foresee(self, intent: SubmitIntent, rights: StrategyRights) -> Denial | None:
        """Why `place` would say no now; changes nothing."""
        allowed = self._allowed(intent, rights)
        return allowed if isinstance(allowed, Denial) else None

    def deny(self, intent: SubmitIntent, rights: StrategyRights, denial: Denial) -> None:
        """Record that the intent became no order."""
        k = self._k
        record = r.DeniedOrder(
            intent=intent,
            mode=rights.mode,
            code=denial.code.value,
            text=denial.text,
            limits_version=k.book.limits_version,
            ts_ns=k.now.wall_ns,
        )
        k.record(record)

    def _allowed(self, intent: SubmitIntent, rights: StrategyRights) -> _Allowed | Denial:
        k = self._k
        link = k.link_of(intent.instrument, rights.mode)
        view = self._facts.view(intent, rights, link, None)
        limits = k.limits(intent.strategy, intent.instrument)
        denial = check(intent, view, limits, k.now.mono_ns)
        if denial is not None or link is None or view.worst_price is None:
            return denial or NO_REFERENCE
        makes_way = limits.self_match is SelfMatch.CANCEL_OLDEST and view.resting is not None
        return _Allowed(link, view.worst_price, limits, makes_way)
