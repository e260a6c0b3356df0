"""Cancelling everything of an account without the engine: the decisions of `run.py panic`. Pure.

Needs nothing of a venue but its panic or trade protocol, driven alone: wait for the login, ask for everything,
cancel natively where the venue can (and one by one where that did not do it), ask again, until a
complete answer shows nothing open. Whoever drives it bounds the time.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

import attrs

from engine.messages.venue import (
    CancelAllOrders,
    CancelOrder,
    ReconcilePart,
    ReconcileRequest,
    VenueOrder,
)
from engine.model.enums import TERMINAL, VenueStateWord
from engine.session.contract import NO_EFFECTS, Effects, Now, PanicProtocol
from engine.session.declaration import Capabilities

BOOT: Final = 1
"""Commands to the protocol carry a boot; there is no router here that would compare it."""

LOOK_AGAIN_S: Final = 1.0
"""After a cancel, before the venue is asked what is left."""

ANSWER_S: Final = 20.0
"""Without a complete answer by then the question is asked anew."""

CANCELS_MAX: Final = 50
"""Orders cancelled one by one in one round."""

NATIVE_EVERY: Final = 3
"""Rounds for which one native cancel has time to work before it is repeated."""

ORDERS_MAX: Final = 20_000
"""Orders remembered for the report."""

_LOGGED_IN: Final = frozenset(
    {VenueStateWord.RECONCILING, VenueStateWord.READY, VenueStateWord.CLOSED}
)


class Phase(StrEnum):
    """How far it has come."""

    CONNECTING = "connecting"
    LOOKING = "looking"
    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"


@attrs.frozen
class Progress:
    """Something to tell the person who waits."""

    event: str
    detail: str = ""


class Panic:
    """One account's panic.

    Args:
        protocol: the venue's, driven by nobody else.
        capabilities: of the venue.
        dry_run: look only.
    """

    def __init__(
        self, protocol: PanicProtocol, capabilities: Capabilities, *, dry_run: bool = False
    ) -> None:
        self._protocol = protocol
        self._native = capabilities.cancel_all
        self._dry_run = dry_run
        self._request_id = 0
        self._due_ns: int | None = None
        self._parts: list[VenueOrder] = []
        self._progress: list[Progress] = []
        self.phase = Phase.CONNECTING
        self.reason = ""
        """Why it failed, or what was in the way last."""
        self.rounds = 0
        """Rounds of cancelling so far."""
        self.found: dict[str, VenueOrder] = {}
        """Every order that was seen open, by its venue's id or ours."""
        self.left: dict[str, VenueOrder] | None = None
        """Open orders of the last complete answer; None before the first."""

    @property
    def over(self) -> bool:
        """Whether there is nothing more to do."""
        return self.phase in (Phase.DONE, Phase.FAILED)

    def progress(self) -> list[Progress]:
        """What happened since this was last asked."""
        taken, self._progress = self._progress, []
        return taken

    # --- what the driver reports ---------------------------------------------------------------

    def state(self, word: VenueStateWord, reason: str, now: Now) -> Effects:
        """How far the session has come."""
        self._tell(f"session {word}", reason)
        if word is VenueStateWord.DOWN:
            self.phase, self.reason = Phase.FAILED, reason or "the session is down"
        elif self.phase is Phase.CONNECTING and word in _LOGGED_IN:
            return self._look(now)
        elif word not in _LOGGED_IN and not self.over:
            self.phase, self.reason, self._due_ns = Phase.CONNECTING, reason, None
        return NO_EFFECTS

    def part(self, part: ReconcilePart, now: Now) -> Effects:
        """A part of an answer."""
        if self.phase is not Phase.LOOKING or part.request_id != self._request_id:
            return NO_EFFECTS
        if part.error:
            return self._blindly(part.error, now)
        self._parts += [order for order in part.orders if order.lifecycle not in TERMINAL]
        if not part.last:
            return NO_EFFECTS
        if not part.complete and not self._parts:
            return self._blindly("the venue's answer was not complete", now)
        return self._answered(now)

    def due(self, now: Now) -> Effects:
        """Time has passed; to be called several times a second."""
        if self.over or self._due_ns is None or now.mono_ns < self._due_ns:
            return NO_EFFECTS
        if self.phase is Phase.LOOKING:
            self.reason = f"no answer within {ANSWER_S:g} s"
        return self._look(now)

    # --- steps ---------------------------------------------------------------------------------

    def _look(self, now: Now) -> Effects:
        self.phase = Phase.LOOKING
        self._request_id += 1
        self._parts = []
        self._due_ns = now.mono_ns + int(ANSWER_S * 1e9)
        seen = {order.instrument for order in self.found.values()}
        request = ReconcileRequest(
            session_boot=BOOT,
            router_boot=BOOT,
            request_id=self._request_id,
            since_ns=now.wall_ns,
            instruments=tuple(sorted(seen)),
        )
        return self._protocol.reconcile(request, now)

    def _answered(self, now: Now) -> Effects:
        self.left = {_name(order): order for order in self._parts}
        if len(self.found) < ORDERS_MAX:
            self.found.update(self.left)
        self._tell("open orders", str(len(self.left)))
        if not self.left or self._dry_run:
            self.phase, self.reason, self._due_ns = Phase.DONE, "", None
            return NO_EFFECTS
        return self._cancel(now)

    def _blindly(self, reason: str, now: Now) -> Effects:
        """The venue does not say what is open: cancel natively all the same, and ask again."""
        effects: list[object] = []
        if self._native and not self._dry_run:
            self.rounds += 1
            effects += self._everything(now)
        return [*effects, *self._wait(reason, now)]

    def _everything(self, now: Now) -> Effects:
        command = CancelAllOrders(session_boot=BOOT, router_boot=BOOT, instrument="")
        return self._protocol.cancel_all(command, now)

    def _cancel(self, now: Now) -> Effects:
        self.rounds += 1
        self._tell("cancelling", f"{len(self.left or ())} orders, round {self.rounds}")
        effects: list[object] = []
        if self._native and self.rounds % NATIVE_EVERY == 1:
            effects += self._everything(now)
        if not self._native or self.rounds > 1:
            for order in list((self.left or {}).values())[:CANCELS_MAX]:
                effects += self._protocol.cancel(_cancel_of(order, now), now)
        return [*effects, *self._wait("", now)]

    def _wait(self, reason: str, now: Now) -> Effects:
        self.phase, self.reason = Phase.WAITING, reason
        if reason:
            self._tell("asking again", reason)
        self._due_ns = now.mono_ns + int(LOOK_AGAIN_S * 1e9)
        return NO_EFFECTS

    def _tell(self, event: str, detail: str) -> None:
        self._progress.append(Progress(event, detail))

    # --- the report ----------------------------------------------------------------------------

    def report(self) -> Mapping[str, object]:
        """What was found, what is gone, what is left; `ok` only when the venue shows nothing open."""
        left = self.left if self.left is not None else self.found
        gone = [order for name, order in self.found.items() if name not in left]
        return {
            "ok": self.phase is Phase.DONE and not left,
            "phase": self.phase.value,
            "reason": self.reason,
            "rounds": self.rounds,
            "gone": [_row(order) for order in gone],
            "left": [_row(order) for order in left.values()],
        }


def _name(order: VenueOrder) -> str:
    return order.venue_order_id or order.client_order_id


def _cancel_of(order: VenueOrder, now: Now) -> CancelOrder:
    return CancelOrder(
        session_boot=BOOT,
        router_boot=BOOT,
        expires_mono_ns=now.mono_ns + int(ANSWER_S * 1e9),
        client_order_id=order.client_order_id,
        venue_order_id=order.venue_order_id,
        instrument=order.instrument,
    )


def _row(order: VenueOrder) -> dict[str, str]:
    return {
        "client_order_id": order.client_order_id,
        "venue_order_id": order.venue_order_id,
        "instrument": order.instrument,
        "side": order.side.value,
        "quantity": format(order.quantity, "f"),
        "price": "" if order.price is None else format(order.price, "f"),
        "cum_qty": format(order.cum_qty, "f"),
    }
