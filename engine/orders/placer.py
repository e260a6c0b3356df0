"""Placing an order: the controls are asked, the answer is recorded, the order handed to its session.

The one way to a new order, for strategies' intents and for orders by hand alike.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

import attrs

from engine.errors import LimitExceeded
from engine.messages.orders import SubmitIntent
from engine.model.enums import Contingency
from engine.orders import records as r
from engine.orders.commands import Commands
from engine.orders.facts import Facts, likeness
from engine.orders.kernel import Kernel
from engine.orders.link import Link
from engine.orders.order import Order
from engine.orders.settings import StrategyRights
from engine.risk.codes import Denial, DenialCode
from engine.risk.contingent import check_list
from engine.risk.controls import check
from engine.risk.limits import Effective, SelfMatch

NO_REFERENCE = Denial(code=DenialCode.REFERENCE_UNAVAILABLE, value="nothing to value it at")


class _Allowed(NamedTuple):
    link: Link
    worst_price: Decimal
    limits: Effective
    makes_way: bool


@attrs.frozen
class _Together:
    contingency: Contingency
    list_id: str


def _refused_with(denial: Denial) -> Denial:
    return Denial(code=DenialCode.ORDER_LIST_REFUSED, value=denial.code, detail=denial.text)


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
        planned = self._planned(intent, rights, allowed, client_order_id)
        k.write(planned)
        self._commands.submit(link, planned)
        k.apply(planned)
        return self._placed(planned, allowed)

    def place_list(
        self, contingency: Contingency, intents: Sequence[SubmitIntent], rights: StrategyRights
    ) -> Sequence[Order | Denial]:
        """The orders that the intents became, together; or why not, for each, with nothing recorded."""
        k = self._k
        allowed = self._all_allowed(contingency, intents, rights)
        if isinstance(allowed, Denial):
            return [allowed] * len(intents)
        denials = [each for each in allowed if isinstance(each, Denial)]
        if denials:
            others = _refused_with(denials[0])
            return [each if isinstance(each, Denial) else others for each in allowed]
        granted = [each for each in allowed if isinstance(each, _Allowed)]
        link, first = granted[0].link, k.book.boot.planned + 1
        try:
            names = [link.ids.make(link.prefix, first + at) for at in range(len(intents))]
        except LimitExceeded as error:
            return [Denial(code=DenialCode.VENUE_NOT_READY, detail=str(error))] * len(intents)
        for intent, each in zip(intents, granted, strict=True):
            if each.makes_way:
                self._commands.make_way(link.account, intent)
        together = _Together(contingency, names[0])
        planned = [
            self._planned(intent, rights, each, name, together)
            for intent, each, name in zip(intents, granted, names, strict=True)
        ]
        orders: list[Order | Denial] = []
        for record, each in zip(planned, granted, strict=True):
            # Awaited from here on: if the journal fails at the next, this one is asked about in time.
            k.record(record)
            orders.append(self._placed(record, each))
        self._commands.submit_list(link, contingency, planned)
        return orders

    def _all_allowed(
        self, contingency: Contingency, intents: Sequence[SubmitIntent], rights: StrategyRights
    ) -> "list[_Allowed | Denial] | Denial":
        """Each is looked at as if those before it were placed; or why they are no list."""
        link = self._k.link_of(intents[0].instrument, rights.mode)
        can = None if link is None else link.settings.capabilities
        denial = check_list(contingency, intents, can)
        if denial is not None:
            return denial
        return [
            self._allowed(intent, rights, ahead=intents[:at]) for at, intent in enumerate(intents)
        ]

    def _planned(
        self,
        intent: SubmitIntent,
        rights: StrategyRights,
        allowed: _Allowed,
        client_order_id: str,
        together: "_Together | None" = None,
    ) -> r.PlannedOrder:
        k = self._k
        return r.PlannedOrder(
            intent=intent,
            client_order_id=client_order_id,
            account=allowed.link.account,
            mode=rights.mode,
            reserve_price=allowed.worst_price,
            limits_version=k.book.limits_version,
            ts_ns=k.now.wall_ns,
            contingency=None if together is None else together.contingency,
            list_id="" if together is None else together.list_id,
        )

    def _placed(self, planned: r.PlannedOrder, allowed: _Allowed) -> Order:
        """What follows once it is in the book."""
        k, intent = self._k, planned.intent
        order = k.book.orders.take(planned.client_order_id)
        self._commands.submitted(allowed.link, order, intent)
        if allowed.limits.duplicate_window_s is not None:
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

    def _allowed(
        self, intent: SubmitIntent, rights: StrategyRights, ahead: Sequence[SubmitIntent] = ()
    ) -> _Allowed | Denial:
        k = self._k
        link = k.link_of(intent.instrument, rights.mode)
        view = self._facts.view(intent, rights, link, None)
        if ahead:
            self._facts.count_ahead(view, ahead)
        limits = k.limits(intent.strategy, intent.instrument)
        denial = check(intent, view, limits, k.now.mono_ns)
        if denial is not None or link is None or view.worst_price is None:
            return denial or NO_REFERENCE
        makes_way = limits.self_match is SelfMatch.CANCEL_OLDEST and view.resting is not None
        return _Allowed(link, view.worst_price, limits, makes_way)
