"""Orders that wait for the one before, and the legs of the first of them that may leave.

Refs must grow, so orders leave one after the other and the legs of one do not mix with the next one's.
What an order closes and opens is decided when its turn has come, by what is held then.
"""

from collections import deque
from typing import Final

import attrs

from actors.venues.webctp.gateway import Gateway
from actors.venues.webctp.legs import CannotSplit, Closable, SplitRule, split
from actors.venues.webctp.ordersday import DayOrders
from actors.venues.webctp.ordersfold import Followed, Leg, LegEnd, LegStage
from actors.venues.webctp.ordersplan import insert_data
from actors.venues.webctp.orderspolicy import OrderPolicy
from actors.venues.webctp.ordersrefs import ref_number
from actors.venues.webctp.positions import closed_by
from actors.venues.webctp.turns import Rank, Request
from engine.messages.venue import SubmitOrder
from engine.session.contract import Now

LANE_MAX: Final = 64
"""Orders that wait for the one before; more would be late anyway."""


@attrs.frozen(eq=False)
class InsertTag:
    """Of a request that places a leg."""

    order: Followed
    leg: Leg


class Lane:
    """The orders of one session on their way out.

    Args:
        gateway: is asked.
        day: knows what is held and what works.
        policy: the user's decisions.
    """

    def __init__(self, gateway: Gateway, day: DayOrders, policy: OrderPolicy) -> None:
        self._gateway = gateway
        self._day = day
        self._policy = policy
        self._waiting: deque[Followed] = deque()
        self._ref_most = 0

    def logged_in(self, max_order_ref: str) -> None:
        """Refs begin anew with each login, above what the counter has seen."""
        self._ref_most = ref_number(max_order_ref)

    @property
    def is_full(self) -> bool:
        """Whether no order may join."""
        return len(self._waiting) >= LANE_MAX

    @property
    def not_begun(self) -> list[Followed]:
        """Orders of which nothing was planned yet."""
        return [order for order in self._waiting if not order.legs]

    def join(self, order: Followed) -> None:
        """Wait for the orders before."""
        self._waiting.append(order)

    def leave(self, order: Followed) -> None:
        """It does not go, or is through."""
        if order in self._waiting:
            self._waiting.remove(order)

    def clear(self) -> None:
        """Nothing of this day goes any more."""
        self._waiting.clear()

    @property
    def first(self) -> Followed | None:
        """The order whose turn it is."""
        return self._waiting[0] if self._waiting else None

    def plan(self, order: Followed, command: SubmitOrder, now: Now) -> None:
        """Give it its legs.

        Raises:
            CannotSplit: it cannot leave now, or not with what is held.
        """
        if command.expires_mono_ns and now.mono_ns >= command.expires_mono_ns:
            raise CannotSplit("too late to be sent", "expired")
        if why := self._gateway.refusal():
            raise CannotSplit(why, "gateway_not_ready")
        rule = SplitRule(
            exchange=order.exchange,
            first=self._policy.close_first,
            hedged=self._policy.hedged,
        )
        plans = split(
            command.position_effect,
            int(command.quantity),
            self._closable(command, order, rule),
            rule,
            closes_only=command.reduce_only,
        )
        self._day.plan(order, plans)

    def _closable(self, command: SubmitOrder, order: Followed, rule: SplitRule) -> Closable:
        """What the order could close.

        While nobody vouches for the overnight lots, the router's position does: what it holds beyond
        the day's own trades was there before.
        """
        frozen = self._day.frozen(order.symbol, order.side, separate=rule.separate)
        lots = self._day.positions.lots(order.symbol, closed_by(order.side))
        known = lots.closable(frozen)
        if self._day.proven:
            return known
        opposite = -command.side.sign * int(command.position_quantity)
        unseen = max(0, opposite - frozen.total - known.total)
        return Closable(known.today, known.yesterday + unseen)

    @staticmethod
    def next_leg(order: Followed) -> tuple[Leg | None, bool]:
        """Its next leg (None: it is through), and whether that may leave.

        The exchange must have the leg before; of FAK orders it must be filled.
        """
        leg = next((leg for leg in order.legs if leg.stage is LegStage.PLANNED), None)
        if leg is None or leg.end is not None:
            return None, False
        if leg.number == 1:
            return leg, True
        before = order.legs[leg.number - 2]
        filled = before.end is LegEnd.FILLED
        return leg, filled if order.immediate else before.at_exchange

    def send(self, order: Followed, leg: Leg, command: SubmitOrder, now: Now) -> list[object]:
        """Place the leg; where its ref would not grow it ends here, not sent."""
        number = ref_number(leg.ref)
        if number <= self._ref_most or order.limit is None:
            text = f"ref {leg.ref} is not above {self._ref_most}, the largest of this login"
            leg.drop(LegEnd.NOT_SENT, "ref_not_increasing", text)
            return []
        self._ref_most = number
        leg.stage, leg.sent_ns = LegStage.QUEUED, now.mono_ns
        order.leg_due_ns = now.mono_ns + int(self._policy.leg_wait_s * 1e9)
        request = Request(
            op="insert_order",
            data=insert_data(order, leg, order.limit),
            rank=Rank.ORDER,
            tag=InsertTag(order, leg),
            order=leg.ref,
            expires_mono_ns=command.expires_mono_ns,
        )
        return self._gateway.ask(request, now)
