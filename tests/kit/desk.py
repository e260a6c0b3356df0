"""A strategy at its host with a market and a router that tests play by hand; no process, no clock."""

from decimal import Decimal
from typing import Any, TypeVar

import attrs

from engine.messages.orders import (
    CancelAllIntent,
    CancelIntent,
    ExecutionReport,
    IntentJournaled,
    PositionReport,
    SnapshotEnd,
    SubmitIntent,
    VenueState,
)
from engine.model.enums import (
    Certainty,
    ExecType,
    Lifecycle,
    Liquidity,
    Origin,
    Side,
    VenueStateWord,
)
from engine.strategy import Strategy
from engine.strategy.host import StrategyHost
from engine.strategy.outbox import ToRouter
from engine.strategy.twins import Twins
from tests.kit.market import BTC, btc, definition, quote

NS = 1_000_000_000
Kind = TypeVar("Kind", bound=Strategy)


@attrs.define
class Resting:
    """An order as the router knows it."""

    intent: SubmitIntent
    cum_qty: Decimal = Decimal(0)
    lifecycle: Lifecycle = Lifecycle.SENT


class Desk:
    """Plays everything around one strategy on one instrument; `now_s` is the only clock.

    With `watched` the market that is played is of that instrument, and its twin is traded.

    What the strategy asks for is confirmed at once and kept in `asked` until `taken`; what becomes
    of an order is up to the test: `accept`, `fill`, `cancelled`.
    """

    def __init__(
        self,
        cls: type[Strategy],
        adopted: tuple[SubmitIntent, ...] = (),
        *,
        watched: str = "",
        **parameters: Any,
    ) -> None:
        self.watched = watched or BTC
        self.now_s = 0.0
        self.asked: list[Any] = []
        self.book: dict[str, Resting] = {}
        self.position = Decimal(0)
        self.number = 0
        twins = Twins({watched: BTC} if watched else {})
        self.host = StrategyHost("s", 7, tuple(dict.fromkeys((self.watched, BTC))), twins=twins)
        self.host.create(cls, cls.Parameters(**parameters))
        self.say(definition())
        self.say(definition(btc(self.watched)))
        for intent in adopted:
            self.book[intent.intent_id] = Resting(intent, lifecycle=Lifecycle.OPEN)
            self._report(self.book[intent.intent_id], ExecType.STATUS, numbered=False)
        self.say(SnapshotEnd(strategy="s", report_number=0, told_before=0))
        self.host.start(self.now_ns, self.now_ns)
        self._listen()

    @property
    def now_ns(self) -> int:
        """The time of everything that is said now."""
        return int(self.now_s * NS)

    def say(self, message: object) -> None:
        """A message of the session or the router."""
        self.host.handle(message, self.now_ns, self.now_ns)
        self._listen()

    def _listen(self) -> None:
        for wish in self.host.take():
            if isinstance(wish, ToRouter):
                self._hear(wish.message)

    def _hear(self, intent: Any) -> None:
        self.asked.append(intent)
        if isinstance(intent, SubmitIntent):
            self.book[intent.intent_id] = Resting(intent)
        self.say(
            IntentJournaled(
                intent_id=intent.intent_id, strategy="s", client_order_id="c", router_boot=1
            )
        )

    def taken(self) -> list[Any]:
        """What was asked for since the last time."""
        asked, self.asked = self.asked, []
        return asked

    # --- the market ----------------------------------------------------------------------------

    def quote(self, bid: float, ask: float, *, after_s: float = 0.0) -> list[Any]:
        """A quote, `after_s` later; what the strategy asked for because of it, timers included."""
        self.wait(after_s)
        self.say(quote(bid, ask, at_ns=self.now_ns, instrument=self.watched))
        return self.taken()

    def wait(self, seconds: float) -> None:
        """Time passes and nothing happens but timers."""
        self.now_s += seconds
        self.host.due(self.now_ns, self.now_ns)
        self._listen()

    def venue(self, state: VenueStateWord = VenueStateWord.READY) -> None:
        """The venue's readiness for orders."""
        self.say(VenueState(venue="wooxpro", state=state, reason=""))

    def doubt(self, *, fresh: bool = False) -> list[Any]:
        """The market cannot be seen any more, or again."""
        self.host.doubted(
            self.watched, "quote", fresh=fresh, mono_ns=self.now_ns, wall_ns=self.now_ns
        )
        self._listen()
        return self.taken()

    # --- the router ----------------------------------------------------------------------------

    def accept(self) -> None:
        """The venue takes every order that is on its way."""
        for order in self.book.values():
            if order.lifecycle is Lifecycle.SENT:
                order.lifecycle = Lifecycle.OPEN
                self._report(order, ExecType.NEW)

    def fill(self, intent: SubmitIntent, quantity: int | None = None, price: str = "100") -> None:
        """One execution, of all that is left unless told otherwise."""
        order = self.book[intent.intent_id]
        last = order.intent.quantity - order.cum_qty if quantity is None else Decimal(quantity)
        order.cum_qty += last
        whole = order.cum_qty == order.intent.quantity
        order.lifecycle = Lifecycle.FILLED if whole else Lifecycle.PARTLY_FILLED
        self._report(order, ExecType.TRADE, last, Decimal(price))
        self.hold(self.position + order.intent.side.sign * last)

    def hold(self, quantity: Decimal | int) -> None:
        """The strategy's position."""
        self.position = Decimal(quantity)
        self.say(
            PositionReport(
                strategy="s",
                instrument=BTC,
                quantity=self.position,
                avg_px=Decimal(100),
                realised_pnl=Decimal(0),
                fees=Decimal(0),
                currency="USDT",
            )
        )

    def cancelled(self, *intents: CancelIntent | CancelAllIntent) -> None:
        """The venue cancels what was asked to be cancelled."""
        for intent in intents:
            names = [intent.target] if isinstance(intent, CancelIntent) else list(self.book)
            for order in [self.book[name] for name in names if name in self.book]:
                if order.lifecycle in {Lifecycle.SENT, Lifecycle.OPEN, Lifecycle.PARTLY_FILLED}:
                    order.lifecycle = Lifecycle.CANCELLED
                    self._report(order, ExecType.CANCELLED)

    def over(self, intent: SubmitIntent, lifecycle: Lifecycle = Lifecycle.REJECTED) -> None:
        """The venue's view of an order is found to be another: over, or open after all."""
        order = self.book[intent.intent_id]
        order.lifecycle = lifecycle
        self._report(order, ExecType.STATUS)

    def live(self, side: Side) -> list[SubmitIntent]:
        """Orders of this side that may still trade."""
        return [
            order.intent
            for order in self.book.values()
            if order.intent.side is side
            and order.lifecycle in {Lifecycle.SENT, Lifecycle.OPEN, Lifecycle.PARTLY_FILLED}
        ]

    def _report(
        self,
        order: Resting,
        exec_type: ExecType,
        last_qty: Decimal = Decimal(0),
        last_px: Decimal = Decimal(0),
        *,
        numbered: bool = True,
    ) -> None:
        self.number += numbered
        intent = order.intent
        self.say(
            ExecutionReport(
                number=self.number if numbered else 0,
                strategy="s",
                exec_type=exec_type,
                intent_id=intent.intent_id,
                client_order_id="c",
                venue_order_id="v",
                instrument=intent.instrument,
                side=intent.side,
                ord_type=intent.ord_type,
                time_in_force=intent.time_in_force,
                post_only=intent.post_only,
                reduce_only=intent.reduce_only,
                origin=Origin.OURS,
                lifecycle=order.lifecycle,
                pending=None,
                certainty=Certainty.KNOWN,
                quantity=intent.quantity,
                price=intent.price,
                cum_qty=order.cum_qty,
                leaves_qty=intent.quantity - order.cum_qty,
                avg_px=last_px,
                last_qty=last_qty,
                last_px=last_px,
                trade_id="",
                fee=Decimal(0),
                fee_currency="",
                liquidity=Liquidity.UNKNOWN,
                code="",
                text="",
                note="",
                ts_ns=self.now_ns,
            )
        )
