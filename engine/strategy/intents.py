"""A strategy's intents: how each is named and made, and which of them the router has not answered yet.

The host decides whether something may be wished for and what the strategy sees of it; here a wish becomes
the message that carries it. Pure: the moment and the data it was wished at are handed in.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from engine.messages.orders import (
    CancelAllIntent,
    CancelIntent,
    ModifyIntent,
    SubmitIntent,
    SubmitListIntent,
    intent_id_of,
)
from engine.model.enums import Contingency
from engine.strategy.order import Order
from engine.strategy.request import SubmitRequest
from engine.watermark import Levels, Watermark

UNCONFIRMED_MAX = 5_000
"""Intents without an answer of the router; beyond it orders and changes are refused. Cancels are not:
there is at most one for each order, and one of all orders after each new one."""

Intent = SubmitIntent | SubmitListIntent | CancelIntent | ModifyIntent | CancelAllIntent


class Wished(NamedTuple):
    """When something was wished for, and when the data it was wished by was received (0: by none); ns."""

    mono_ns: int
    data_mono_ns: int


class Intents:
    """Makes the intents of one boot, counted from 1, and keeps each until it is confirmed.

    Args:
        strategy: name of the strategy.
        boot: of its process; name, boot and count make an intent unique.
    """

    def __init__(self, strategy: str, boot: int) -> None:
        self._strategy = strategy
        self._boot = boot
        self._counter = 0
        self._unconfirmed: dict[str, Intent] = {}
        # Above the bound for orders there is room for a cancel of each, and of all after each.
        self._most = Watermark(3 * UNCONFIRMED_MAX)

    def unconfirmed(self) -> list[Intent]:
        """Those the router has not confirmed, oldest first."""
        return list(self._unconfirmed.values())

    def confirmed(self, intent_id: str) -> None:
        """The router has it in its journal."""
        self._unconfirmed.pop(intent_id, None)

    def queues(self) -> Levels:
        """How many waited at the most."""
        return {"host.unconfirmed": self._most.level}

    def submit(self, order: SubmitRequest, at: Wished) -> SubmitIntent:
        """A new order; RuntimeError when too many intents wait."""
        self._require_answers()
        intent = self._order(order, at)
        self._keep(intent, intent.intent_id)
        return intent

    def submit_list(
        self, contingency: Contingency, orders: Sequence[SubmitRequest], at: Wished
    ) -> SubmitListIntent:
        """New orders that belong together, at least one; RuntimeError as `submit`."""
        self._require_answers()
        intents = tuple(self._order(order, at) for order in orders)
        intent = SubmitListIntent(
            strategy=self._strategy,
            boot=self._boot,
            contingency=contingency,
            orders=intents,
            created_mono_ns=at.mono_ns,
        )
        # Answers come in order: the last one says that all of them are known.
        self._keep(intent, intents[-1].intent_id)
        return intent

    def modify(
        self, order: Order, quantity: Decimal | None, price: Decimal | None, at: Wished
    ) -> ModifyIntent:
        """A change of an order; RuntimeError as `submit`."""
        self._require_answers()
        intent = ModifyIntent(
            intent_id=self._next_id(),
            strategy=self._strategy,
            boot=self._boot,
            counter=self._counter,
            target=order.intent_id,
            quantity=quantity,
            price=price,
            created_mono_ns=at.mono_ns,
            data_mono_ns=at.data_mono_ns,
        )
        self._keep(intent, intent.intent_id)
        return intent

    def cancel(self, order: Order, at: Wished) -> CancelIntent:
        """The cancel of an order."""
        intent = CancelIntent(
            intent_id=self._next_id(),
            strategy=self._strategy,
            boot=self._boot,
            counter=self._counter,
            target=order.intent_id,
            created_mono_ns=at.mono_ns,
        )
        self._keep(intent, intent.intent_id)
        return intent

    def cancel_all(self, instrument: str, at: Wished) -> CancelAllIntent | None:
        """The cancel of all orders in an instrument ("": in all); None where it is wished for already."""
        if self._is_asked_already(instrument):
            return None
        intent = CancelAllIntent(
            intent_id=self._next_id(),
            strategy=self._strategy,
            boot=self._boot,
            counter=self._counter,
            instrument=instrument,
            created_mono_ns=at.mono_ns,
        )
        self._keep(intent, intent.intent_id)
        return intent

    def _order(self, order: SubmitRequest, at: Wished) -> SubmitIntent:
        return SubmitIntent(
            intent_id=self._next_id(),
            strategy=self._strategy,
            boot=self._boot,
            counter=self._counter,
            instrument=order.instrument,
            side=order.side,
            ord_type=order.ord_type,
            quantity=order.quantity,
            price=order.price,
            stop_price=order.stop_price,
            time_in_force=order.time_in_force,
            post_only=order.post_only,
            reduce_only=order.reduce_only,
            created_mono_ns=at.mono_ns,
            data_mono_ns=at.data_mono_ns,
            note=order.note,
            trail=order.trail,
            position_effect=order.position_effect,
        )

    def _require_answers(self) -> None:
        if len(self._unconfirmed) >= UNCONFIRMED_MAX:
            raise RuntimeError(f"{UNCONFIRMED_MAX} intents wait for the router: it does not answer")

    def _is_asked_already(self, instrument: str) -> bool:
        """Whether the same wish waits for the router and no order was asked for after it."""
        for intent in reversed(self._unconfirmed.values()):
            if isinstance(intent, SubmitIntent | SubmitListIntent):
                return False
            if isinstance(intent, CancelAllIntent) and intent.instrument == instrument:
                return True
        return False

    def _next_id(self) -> str:
        self._counter += 1
        return intent_id_of(self._strategy, self._boot, self._counter)

    def _keep(self, intent: Intent, intent_id: str) -> None:
        """Until the answer to the intent of this name is here."""
        self._unconfirmed[intent_id] = intent
        self._most.note(len(self._unconfirmed))
