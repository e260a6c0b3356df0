"""Which of the router's commands may go to the venue. Pure.

A command is for one boot of the session, from one boot of the router, for one mode, and in time
(ORD-4); whatever is not is answered `not_sent` with the reason. New orders and changes also need an
open gate: the router opens it after each connection, when it has reconciled with the venue. Cancels,
queries and the request to cancel everything pass a closed gate: they can only take risk away.
"""

from enum import StrEnum

import attrs

from engine.messages.venue import (
    CancelAllOrders,
    CancelOrder,
    QueryOrder,
    ReconcileDone,
    ReconcileRequest,
    ReplaceOrder,
    SubmitOrder,
    SubmitOrderList,
)
from engine.model.enums import Mode

Command = (
    SubmitOrder
    | SubmitOrderList
    | CancelOrder
    | ReplaceOrder
    | QueryOrder
    | CancelAllOrders
    | ReconcileRequest
)


class RefusedBecause(StrEnum):
    """Why a command was not sent; travels as `OrderUpdate.code`."""

    SESSION_BOOT = "NOT_SENT_SESSION_BOOT"
    ROUTER_BOOT = "NOT_SENT_ROUTER_BOOT"
    MODE = "NOT_SENT_MODE"
    EXPIRED = "NOT_SENT_EXPIRED"
    GATE = "NOT_SENT_GATE"
    STOPPING = "NOT_SENT_STOPPING"
    UNABLE = "NOT_SENT_UNABLE"


@attrs.frozen
class Refusal:
    """A command was not sent, with the reason for programs and for people."""

    code: RefusedBecause
    text: str


class Gate:
    """What one boot of a trade session lets through."""

    def __init__(self, *, boot: int, mode: Mode) -> None:
        self._boot = boot
        self._mode = mode
        self._router_boot = 0
        self._request_id = 0
        self._closed_because = "the session has not been reconciled yet"

    @property
    def is_open(self) -> bool:
        """Whether new orders pass."""
        return not self._closed_because

    @property
    def closed_because(self) -> str:
        """Why new orders do not pass; empty when they do."""
        return self._closed_because

    def welcomed(self, router_boot: int) -> None:
        """A router serves us; a new one has to reconcile first."""
        if router_boot != self._router_boot:
            self._router_boot = router_boot
            self.close("the router was restarted and has not reconciled yet")

    def close(self, reason: str) -> None:
        """No new orders until the next reconciliation has succeeded."""
        self._closed_because = reason
        self._request_id = 0

    def reconciling(self, request: ReconcileRequest) -> None:
        """The router asks the venue for everything: only its answer to this opens the gate."""
        self._request_id = request.request_id

    def reconciled(self, done: ReconcileDone) -> bool:
        """Open or close by the router's word; False when it is about something that is past."""
        current = (done.session_boot, done.router_boot) == (self._boot, self._router_boot)
        if not current or not self._request_id or done.request_id != self._request_id:
            return False
        self._closed_because = "" if done.ok else f"not reconciled: {done.reason}"
        return True

    def refusal(self, command: Command, now_mono_ns: int) -> Refusal | None:
        """None when the command may be sent now."""
        if command.session_boot != self._boot:
            return Refusal(RefusedBecause.SESSION_BOOT, "meant for another boot of the session")
        if command.router_boot != self._router_boot:
            return Refusal(RefusedBecause.ROUTER_BOOT, "from another boot of the router")
        if isinstance(command, QueryOrder | CancelAllOrders | ReconcileRequest):
            return None
        late_ns = now_mono_ns - command.expires_mono_ns
        if late_ns >= 0:
            return Refusal(RefusedBecause.EXPIRED, f"{late_ns / 1e6:.0f} ms too late")
        if isinstance(command, CancelOrder):
            return None
        if command.mode is not self._mode:
            text = f"a {command.mode} order for a {self._mode} session"
            return Refusal(RefusedBecause.MODE, text)
        if self._closed_because:
            return Refusal(RefusedBecause.GATE, self._closed_because)
        return None
