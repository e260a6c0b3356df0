"""One order of the venue and the life it may lead: statuses, the transitions between them, fills.

Seen of the real venue: WaitToNew, New, Filled. The other transitions follow from the names of the
statuses (fact sheet, section 10.2). A late fill after a cancel is a fault that can be ordered, so
the table allows for it.
"""

from decimal import Decimal
from typing import Final

import attrs

from actors.venues.longbridge.simulator.tickets import Ticket
from engine.errors import InvariantViolation

NOT_REPORTED: Final = "NotReported"
WAIT_TO_NEW: Final = "WaitToNew"
NEW: Final = "NewStatus"
PARTIAL: Final = "PartialFilledStatus"
FILLED: Final = "FilledStatus"
VARIETIES: Final = "VarietiesNotReported"
WAIT_TO_REPLACE: Final = "WaitToReplace"
PENDING_REPLACE: Final = "PendingReplaceStatus"
REPLACED: Final = "ReplacedStatus"
WAIT_TO_CANCEL: Final = "WaitToCancel"
PENDING_CANCEL: Final = "PendingCancelStatus"
CANCELED: Final = "CanceledStatus"
WITHDRAWN: Final = "PartialWithdrawal"
REJECTED: Final = "RejectedStatus"
EXPIRED: Final = "ExpiredStatus"

TERMINAL: Final = frozenset({FILLED, CANCELED, WITHDRAWN, REJECTED, EXPIRED})
LIVE: Final = frozenset({NEW, PARTIAL, REPLACED, VARIETIES})
"""Statuses in which a client may replace or cancel; the sheet names the first two."""
STATUSES: Final = (
    TERMINAL
    | LIVE
    | {
        NOT_REPORTED,
        "ReplacedNotReported",
        "ProtectedNotReported",
        WAIT_TO_NEW,
        WAIT_TO_REPLACE,
        PENDING_REPLACE,
        WAIT_TO_CANCEL,
        PENDING_CANCEL,
    }
)

_ENDINGS: Final = frozenset({PARTIAL, FILLED, CANCELED, WITHDRAWN, REJECTED, EXPIRED})
_LIVING: Final = _ENDINGS | {WAIT_TO_REPLACE, WAIT_TO_CANCEL}
NEXT: Final[dict[str, frozenset[str]]] = {
    NOT_REPORTED: frozenset({WAIT_TO_NEW, REJECTED}),
    WAIT_TO_NEW: frozenset({NEW, VARIETIES, REJECTED, EXPIRED}),
    VARIETIES: frozenset(
        {WAIT_TO_NEW, REPLACED, WAIT_TO_REPLACE, WAIT_TO_CANCEL, CANCELED, REJECTED, EXPIRED}
    ),
    NEW: _LIVING,
    PARTIAL: _LIVING,
    REPLACED: _LIVING | {NEW, VARIETIES},
    WAIT_TO_REPLACE: _ENDINGS | {PENDING_REPLACE},
    PENDING_REPLACE: _ENDINGS | {PENDING_REPLACE, REPLACED, NEW, VARIETIES},
    WAIT_TO_CANCEL: _ENDINGS | {PENDING_CANCEL},
    PENDING_CANCEL: _ENDINGS | {PENDING_CANCEL},
    CANCELED: frozenset({WITHDRAWN, FILLED}),
    WITHDRAWN: frozenset({WITHDRAWN, FILLED}),
    FILLED: frozenset(),
    REJECTED: frozenset(),
    EXPIRED: frozenset(),
}
"""What may follow on each status."""

HISTORY_MAX: Final = 200
"""Lines of an order's own history; a longer one loses its oldest."""


@attrs.frozen(kw_only=True)
class Execution:
    """One fill."""

    order_id: int
    trade_id: str
    symbol: str
    side: str
    price: Decimal
    quantity: Decimal
    fee: Decimal
    at_ns: int


@attrs.frozen(kw_only=True)
class Line:
    """One line of an order's history."""

    price: Decimal
    quantity: Decimal
    status: str
    msg: str
    at_ns: int


@attrs.define(kw_only=True, eq=False)
class Order:
    """One order as it stands.

    Attributes:
        terms: price, quantity and all the rest, as replaced last.
        core_id: its number in the matching core while it works there; 0 otherwise.
        core_from: what was executed before it came there.
        quoted: works against the quotes alone (paper account, odd lot), not in the core.
        work_price: the limit it was released with, where a trigger made one.
        last_share: of the fill that the newest push tells of, None when it tells of none.
    """

    order_id: int
    account: str
    terms: Ticket
    submitted_ns: int
    updated_ns: int
    status: str = NOT_REPORTED
    executed: Decimal = Decimal(0)
    value: Decimal = Decimal(0)
    fees: Decimal = Decimal(0)
    msg: str = ""
    trigger_status: str = "NOT_USED"
    trigger_ns: int = 0
    last_share: Decimal | None = None
    last_price: Decimal | None = None
    core_id: int = 0
    core_from: Decimal = Decimal(0)
    quoted: bool = False
    work_price: Decimal | None = None
    history: list[Line] = attrs.field(factory=list)

    @property
    def leaves(self) -> Decimal:
        """What is still to be filled, by its terms."""
        return self.terms.quantity - self.executed

    @property
    def open(self) -> bool:
        """Whether it may still trade."""
        return self.status not in TERMINAL

    @property
    def average(self) -> Decimal:
        """Average price of its fills, 0 when there is none."""
        return self.value / self.executed if self.executed else Decimal(0)

    @property
    def price(self) -> Decimal | None:
        """The limit it works with, None for a market order."""
        return self.work_price if self.work_price is not None else self.terms.price

    def move(self, status: str, at_ns: int, msg: str = "") -> None:
        """Go to another status; InvariantViolation for one that cannot follow."""
        self.last_share = self.last_price = None
        self._go(status, at_ns, msg)
        self._note(self.price or Decimal(0), self.terms.quantity, at_ns)

    def fill(self, execution: Execution) -> None:
        """Take one fill, and go to the status that follows; what is asked of it stays asked."""
        self.executed += execution.quantity
        self.value += execution.quantity * execution.price
        self.fees += execution.fee
        self.last_share, self.last_price = execution.quantity, execution.price
        self._go(self._after_fill(), execution.at_ns)
        self._note(execution.price, execution.quantity, execution.at_ns)

    def _after_fill(self) -> str:
        if self.leaves <= 0:
            return FILLED
        if self.status in (PENDING_CANCEL, PENDING_REPLACE):
            return self.status
        return PARTIAL if self.open else WITHDRAWN

    def _go(self, status: str, at_ns: int, msg: str = "") -> None:
        if status not in NEXT[self.status]:
            raise InvariantViolation(f"order {self.order_id}: {self.status} to {status}")
        self.status = status
        self.updated_ns = at_ns
        self.msg = msg or self.msg

    def _note(self, price: Decimal, quantity: Decimal, at_ns: int) -> None:
        self.history.append(
            Line(price=price, quantity=quantity, status=self.status, msg=self.msg, at_ns=at_ns)
        )
        if len(self.history) > HISTORY_MAX:
            del self.history[0]

    @property
    def live_status(self) -> str:
        """The status of an order that works with nothing asked of it."""
        if self.trigger_status == "ACTIVE":
            return VARIETIES
        return PARTIAL if self.executed else NEW

    @property
    def ended_status(self) -> str:
        """The status of an order whose rest was taken off."""
        return WITHDRAWN if self.executed else CANCELED
