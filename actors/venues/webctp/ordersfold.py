"""One order of the engine as the fold of its legs: what each CTP order was shown to be, and what that makes.

Messages about one leg come in any order, twice, and again after each login; what is known only grows:
traded volumes, an end, trades by their keys. `standing` derives from it what the order is now, the same
whatever the order of the messages was. Pure.
"""

from collections.abc import Iterable
from decimal import Decimal
from enum import StrEnum
from typing import Final

import attrs

from actors.venues.webctp.legs import Closable, Offset
from actors.venues.webctp.ordersrows import OrderKey, OrderRow, PriceType, Status
from engine.messages.venue import CancelOrder, SubmitOrder, UpdateKind
from engine.model.enums import Side

EXCHANGE_REJECTED: Final = "exchange_rejected"
"""Exchanges give no numbers, their reason is in the text."""

_RANK: Final = {
    Status.UNKNOWN: 0,
    Status.NOT_TOUCHED: 0,
    Status.TOUCHED: 1,
    Status.NOT_TRADED_QUEUEING: 2,
    Status.PART_TRADED_QUEUEING: 3,
}
"""Of two sights of a working order with equal volumes the one of higher rank is newer."""


class LegStage(StrEnum):
    """How far a leg has come on its way to the venue."""

    PLANNED = "planned"
    """Waits for the leg before it."""
    QUEUED = "queued"
    """Handed to the turns; its bytes may or may not have left."""
    TAKEN = "taken"
    """The gateway has acknowledged it."""
    DOUBTFUL = "doubtful"
    """It left, and nobody can say what became of it."""
    SHOWN = "shown"
    """The venue has shown it."""


class LegEnd(StrEnum):
    """How a leg ended."""

    FILLED = "filled"
    CANCELLED = "cancelled"
    REJECTED = "rejected"
    NOT_SENT = "not_sent"
    NEVER_ARRIVED = "never_arrived"


class Deleting(StrEnum):
    """How far the cancel of a leg has come."""

    ASKED = "asked"
    TAKEN = "taken"
    REFUSED = "refused"
    UNKNOWN = "unknown"


@attrs.define(eq=False)
class FillSeen:
    """One trade of a leg; price and time are fixed when it is first heard of."""

    fill_key: str
    trade_id: str
    quantity: int
    price: Decimal
    ts_ns: int
    told: bool = False


@attrs.define(eq=False)
class Leg:
    """One CTP order."""

    number: int
    count: int
    ref: str
    offset: Offset
    quantity: int
    stage: LegStage = LegStage.PLANNED
    key: OrderKey | None = None
    order_sys_id: str = ""
    status: Status | None = None
    traded: int = 0
    fills: dict[str, FillSeen] = attrs.field(factory=dict)
    end: LegEnd | None = None
    code: str = ""
    text: str = ""
    sent_ns: int = 0
    check_ns: int = 0
    """When a doubt about it is to be looked into again."""
    absences: int = 0
    """Whole answers in a row that did not show it."""
    deleting: Deleting | None = None
    deleting_ns: int = 0

    @property
    def filled(self) -> int:
        """Sum of its trades."""
        return sum(fill.quantity for fill in self.fills.values())

    @property
    def owes(self) -> int:
        """Lots that the venue calls traded and whose trades have not come."""
        return max(0, self.traded - self.filled)

    @property
    def remaining(self) -> int:
        """Lots that may still trade."""
        return 0 if self.end is not None else self.quantity - max(self.traded, self.filled)

    @property
    def at_exchange(self) -> bool:
        """Whether the exchange has it, or has had it."""
        beyond = self.status not in (None, Status.UNKNOWN)
        return beyond or bool(self.order_sys_id.strip()) or bool(self.fills)

    def show(self, row: OrderRow) -> None:
        """Take over what the venue shows; an older sight changes nothing."""
        if self.key is None or not row.key.is_blank:
            self.key = row.key
        self.absences = 0
        self.order_sys_id = row.order_sys_id if row.order_sys_id.strip() else self.order_sys_id
        self.stage = LegStage.SHOWN
        self.quantity = max(self.quantity, row.quantity)
        older = row.traded < self.traded
        self.traded = max(self.traded, row.traded)
        if row.status.ended:
            if self.end in (None, LegEnd.NEVER_ARRIVED, LegEnd.NOT_SENT):
                self.status, self.end = row.status, _end_of(row)
                self.code = EXCHANGE_REJECTED if self.end is LegEnd.REJECTED else self.code
            self.text = row.status_text or self.text
        elif self.end is not LegEnd.REJECTED and self.end is not None and self._was_wrong(self.end):
            self.end, self.status = None, row.status
        elif not older and self.end is None and _is_newer(row.status, self.status):
            self.status = row.status
        if self.end is LegEnd.CANCELLED and self.traded >= self.quantity:
            self.end = LegEnd.FILLED

    @staticmethod
    def _was_wrong(end: LegEnd) -> bool:
        return end in (LegEnd.NEVER_ARRIVED, LegEnd.NOT_SENT)

    def refuse(self, code: str, text: str) -> None:
        """The venue refused it; said twice, or after its end, it changes nothing."""
        if self.end is None and self.stage is not LegStage.SHOWN:
            self.end, self.code, self.text = LegEnd.REJECTED, code, text

    def drop(self, end: LegEnd, code: str, text: str) -> None:
        """It is over without the venue having shown it."""
        if self.end is None:
            self.end, self.code, self.text = end, code, text


def _end_of(row: OrderRow) -> LegEnd:
    if row.status is Status.ALL_TRADED or (row.remaining == 0 and row.traded):
        return LegEnd.FILLED
    return LegEnd.REJECTED if row.rejected and not row.traded else LegEnd.CANCELLED


def _is_newer(status: Status, known: Status | None) -> bool:
    return known is None or _RANK.get(status, 0) >= _RANK.get(known, 0)


@attrs.define(eq=False)
class CancelAsked:
    """A cancel under way: whose command it is (None: our own taking back), and its patience."""

    command: CancelOrder | None
    hold_until_ns: int
    pending_told: bool = False


@attrs.define(eq=False)
class Followed:
    """An order: of ours with one to three legs, or a single CTP order of somebody else."""

    client_order_id: str
    symbol: str
    exchange: str
    side: Side
    legs: list[Leg] = attrs.field(factory=list)
    command: SubmitOrder | None = None
    limit: Decimal | None = None
    """Its limit at the venue, where this session knows it."""
    price_type: PriceType = PriceType.LIMITED
    immediate: bool = False
    cancel: CancelAsked | None = None
    taken_back: str = ""
    """Why it is not wanted any more: a leg of it could not be placed."""
    last: tuple[object, ...] = ()
    """What the last update said."""
    epoch: int = 0
    """The login under which it was begun here."""
    leg_due_ns: int = 0
    """How long the exchange may take for the leg that the next one waits for."""
    owed_since_ns: int = 0
    owes_nothing: bool = False
    """Its missing trades are not waited for any longer."""
    due_ns: int | None = None
    """When its patience ends next."""

    @property
    def quantity(self) -> int:
        """As ordered, where that is known; else of the legs that are known."""
        if self.command is not None:
            return int(self.command.quantity)
        return sum(leg.quantity for leg in self.legs)

    @property
    def filled(self) -> int:
        """Sum of all trades."""
        return sum(leg.filled for leg in self.legs)

    @property
    def traded(self) -> int:
        """What the venue calls traded, or its trades if they are ahead."""
        return sum(max(leg.traded, leg.filled) for leg in self.legs)

    @property
    def owes(self) -> int:
        """Lots traded whose trades have not come, and are waited for."""
        return 0 if self.owes_nothing else sum(leg.owes for leg in self.legs)

    @property
    def curtailed(self) -> bool:
        """Whether an earlier boot planned more legs than the venue has: the others never left."""
        return self.command is None and len(self.legs) < max(
            (leg.count for leg in self.legs), default=0
        )

    @property
    def incomplete(self) -> bool:
        """Whether trades are missing, waited for or not: positions do not show all of it."""
        return any(leg.owes for leg in self.legs)

    @property
    def over(self) -> bool:
        """Whether nothing more can trade."""
        return bool(self.legs) and all(leg.end is not None for leg in self.legs)

    @property
    def shown(self) -> bool:
        """Whether the venue has shown any leg."""
        return any(leg.key is not None for leg in self.legs)

    @property
    def key(self) -> OrderKey | None:
        """Of the first leg that the venue has shown."""
        return next((leg.key for leg in self.legs if leg.key is not None), None)

    def leg_of(self, key: OrderKey) -> Leg | None:
        """The leg with this key."""
        return next((leg for leg in self.legs if leg.key == key), None)


@attrs.frozen
class Standing:
    """What an order is now; `kind` None when there is nothing to tell yet."""

    kind: UpdateKind | None
    cum_qty: int
    quantity: int
    code: str = ""
    text: str = ""


def standing(order: Followed) -> Standing:
    """What the legs make of the order.

    An end is told only when all trades that the venue counts have come; a refusal only when nothing of
    the order was ever placed; of an order whose legs never arrived nothing is told, because absence is
    for the router to judge.
    """
    cum, quantity = order.filled, order.quantity
    if not order.over:
        working = any(leg.at_exchange for leg in order.legs)
        return Standing(UpdateKind.ACCEPTED if working else None, cum, quantity)
    if order.owes:
        return Standing(None, cum, quantity)
    why = next((leg for leg in order.legs if leg.code), None)
    text = order.taken_back or next((leg.text for leg in order.legs if leg.text), "")
    code = "" if why is None else why.code
    return Standing(_end_kind(order, cum, quantity), cum, quantity, code, text)


def _end_kind(order: Followed, cum: int, quantity: int) -> UpdateKind | None:
    ends = {leg.end for leg in order.legs}
    if cum and cum >= quantity:
        return UpdateKind.FILLED
    if cum or LegEnd.CANCELLED in ends or LegEnd.FILLED in ends:
        return UpdateKind.CANCELLED
    if LegEnd.NEVER_ARRIVED in ends:
        return None
    return UpdateKind.REJECTED if LegEnd.REJECTED in ends else UpdateKind.NOT_SENT


def frozen_by(orders: Iterable[Followed], symbol: str, side: Side, *, separate: bool) -> Closable:
    """Lots that closes of this side claim: what may still trade, and what has traded without its trade."""
    today = yesterday = 0
    for order in orders:
        if order.symbol != symbol or order.side is not side:
            continue
        for leg in order.legs:
            if leg.offset is Offset.OPEN:
                continue
            claimed = leg.remaining + leg.owes  # the book still holds what it owes
            if separate and leg.offset is not Offset.CLOSE_TODAY:
                yesterday += claimed
            else:
                today += claimed
    return Closable(today, yesterday)
