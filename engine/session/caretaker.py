"""Looks after a trade session's open orders when the part that should is gone.

Joins what the session knows to be open, the orphan policy and the venue's dead-man timer. Pure, with
the venue's protocol as its only hand: everything it does are the protocol's effects.
"""

from collections.abc import Mapping
from typing import Final

from engine.messages.venue import CancelAllOrders, CancelOrder, ReconcileRequest
from engine.orders.ids import id_scheme
from engine.session.contract import Effects, HasDeadMan, Note, Now, TradeProtocol
from engine.session.deadman import ARMED_MAX, Arm, DeadMan
from engine.session.declaration import Capabilities
from engine.session.openorders import ALONE_REQUEST_ID, OpenOrder, OpenOrders
from engine.session.orphan import ATTEMPTS_MAX, Orphan, OrphanPolicy, OrphanSettings, Step

CANCELS_MAX: Final = 50
"""Orders cancelled one by one in one attempt: below what waits for one rate budget. Those that were
tried least often go first, then the oldest, so that names that have ended keep no other waiting."""

ANSWER_S: Final = 20.0
"""Without a complete answer by then the venue is asked anew what is open."""

NAMED_MAX: Final = 10
"""Instruments named in one alert."""

CANCEL_EXPIRY_S: Final = 5.0
"""A cancel that could not leave by then is repeated with the next attempt."""


class Caretaker:
    """One trade session's own care for its orders.

    Args:
        protocol: of the venue.
        capabilities: what it can do natively.
        settings: policy and times.
        boot: of the session; commands to the protocol carry it.
    """

    def __init__(
        self,
        protocol: TradeProtocol,
        capabilities: Capabilities,
        settings: OrphanSettings,
        *,
        boot: int,
    ) -> None:
        self.orders = OpenOrders(id_scheme(capabilities.client_order_id))
        self._protocol = protocol
        self._native = capabilities.cancel_all
        self._boot = boot
        self._orphan = Orphan(settings)
        self._policy = settings.policy
        self._timers = protocol if isinstance(protocol, HasDeadMan) else None
        timer = settings.policy is OrphanPolicy.CANCEL and self._timers is not None
        self._dead_man = DeadMan(
            settings.dead_man_s if timer else 0,
            ARMED_MAX if self._timers is None else self._timers.dead_man_max,
        )
        self._untimed: frozenset[str] = frozenset()
        self._leaving = False
        self._connected = False
        self._asked_mono_ns: int | None = None
        self._answer_due = False
        self.acted = False
        """Whether orders were cancelled without the router's knowledge since it was last there."""

    @property
    def alone(self) -> bool:
        """Whether the router counts as gone."""
        return self._orphan.alone

    @property
    def left(self) -> bool:
        """Whether orders of ours are or may be open.

        They may be for as long as the venue has not been asked, where nothing cancels what we do
        not know of: a session that begins without a router knows of none.
        """
        return bool(self.orders.own) or not (self._native or self.orders.answered)

    def look(self, now: Now, *, silence_s: float, connected: bool) -> Effects:
        """What is to be done now; to be called about twice a second.

        Args:
            now: this moment.
            silence_s: how long the router has said nothing.
            connected: whether the venue knows our login.
        """
        effects: list[object] = []
        self._connected = connected
        step = None
        while step is not Step.NOTHING:
            step = self._orphan.look(
                now.mono_ns, silence_s=silence_s, connected=connected, left=self.left
            )
            effects += self._take(step, silence_s, now)
        if self._answer_due and self.orders.answered:
            self._answer_due = False
            effects += self._cancel_listed(now)
        return [*effects, *self._keep_timers(now)]

    def _keep_timers(self, now: Now) -> list[object]:
        """Set, renew and end timers; tell once of each instrument for which there is none."""
        if self._leaving:
            return []
        timer = self._dead_man
        arms = timer.look(now.mono_ns, self.orders.instruments, attended=not self.alone)
        effects = self._arm(arms, now)
        new, self._untimed = set(timer.left_out) - self._untimed, frozenset(timer.left_out)
        if new:
            detail = f"{timer.armed_max} timers can be kept in time, none runs for {', '.join(sorted(new)[:NAMED_MAX])}"
            effects.append(Note("dead_man_not_armed", detail, alert=True))
        return effects

    def _take(self, step: Step, silence_s: float, now: Now) -> Effects:
        count = len(self.orders.own)
        if step is Step.ALONE:
            self._asked_mono_ns, self._answer_due = None, False
            does = "they are cancelled" if self._policy is OrphanPolicy.CANCEL else "they are kept"
            detail = f"silent for {silence_s:.0f} s, {count} orders known to be open: {does}"
            return [Note("router_gone", detail, alert=True)]
        if step is Step.CANCEL:
            return self.cancel(now)
        if step is Step.EXHAUSTED:
            detail = f"{count} orders are left after {ATTEMPTS_MAX} attempts"
            if not count:
                detail = f"the venue did not say in {ATTEMPTS_MAX} attempts whether orders are left"
            return [Note("orphans_left", detail, alert=True)]
        if step is Step.BACK:
            self._answer_due = False
            return [Note("router_back", f"{count} orders known to be open")]
        return []

    def cancel(self, now: Now) -> Effects:
        """Cancel everything: natively where the venue can, and one by one where that may have failed.

        The native way takes the whole account; one by one only orders of ours are cancelled. Where
        there is no native way and no order of ours is known, the venue is asked what is open.
        """
        self.acted = True
        if self._orphan.attempts <= 1:  # alone from now on, or logged in anew
            self._asked_mono_ns, self.orders.answered = None, False
        effects: list[object] = []
        if self._native:
            everything = CancelAllOrders(session_boot=self._boot, router_boot=0, instrument="")
            effects += self._protocol.cancel_all(everything, now)
        if not self._native or self._orphan.attempts > 1:
            effects += self._cancel_listed(now)
        if not self._native and not self.orders.own:
            effects += self._ask(now)
        return effects

    def _cancel_listed(self, now: Now) -> list[object]:
        effects: list[object] = []
        for order in sorted(self.orders.own, key=lambda each: each.cancels)[:CANCELS_MAX]:
            order.cancels += 1
            effects += self._protocol.cancel(self._cancel_of(order, now), now)
        return effects

    def _ask(self, now: Now) -> Effects:
        """Ask what is open, once until it is answered or was answered too late."""
        asked = self._asked_mono_ns
        waiting = asked is not None and now.mono_ns - asked < ANSWER_S * 1e9
        if not self._connected or self.orders.answered or waiting:
            return []
        self._asked_mono_ns, self._answer_due = now.mono_ns, True
        request = ReconcileRequest(
            session_boot=self._boot,
            router_boot=0,
            request_id=ALONE_REQUEST_ID,
            since_ns=now.wall_ns,
            instruments=(),
        )
        self.orders.sent(request)
        return self._protocol.reconcile(request, now)

    def _cancel_of(self, order: OpenOrder, now: Now) -> CancelOrder:
        return CancelOrder(
            session_boot=self._boot,
            router_boot=0,
            expires_mono_ns=now.mono_ns + int(CANCEL_EXPIRY_S * 1e9),
            client_order_id=order.client_order_id,
            venue_order_id=order.venue_order_id,
            instrument=order.instrument,
        )

    def leave(self, now: Now) -> Effects:
        """The session stops in an orderly way: timers must not cancel what is left on purpose.

        None is set or renewed any more.
        """
        self._leaving = True
        return self._arm(self._dead_man.disarm(), now)

    def _arm(self, arms: list[Arm], now: Now) -> list[object]:
        if self._timers is None:
            return []
        effects: list[object] = []
        for arm in arms:
            effects += self._timers.arm_dead_man(arm.instruments, arm.timeout_s, now)
        return effects

    def gauges(self) -> Mapping[str, object]:
        """For status displays: what is known to be open, by others too, whether we act alone, which timers run."""
        return {
            "open_orders": len(self.orders),
            "open_orders_of_others": len(self.orders) - len(self.orders.own),
            "orphaned": self.alone,
            "orphan_attempts": self._orphan.attempts,
            "dead_man": {
                "timeout_s": self._dead_man.timeout_s,
                "armed": len(self._dead_man.armed),
                "left_out": len(self._dead_man.left_out),
            },
        }
