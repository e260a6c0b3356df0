"""One order as CTP keeps it, whoever placed it."""

from decimal import Decimal
from typing import Final

import attrs

from actors.venues.webctp.simulator.codes import Status, Submit
from actors.venues.webctp.simulator.listings import Listing
from actors.venues.webctp.simulator.positions import Pool

FINAL: Final = frozenset({Status.ALL_TRADED, Status.CANCELED})


@attrs.define(eq=False, kw_only=True)
class Order:
    """An order; prices of the exchange are Decimals, what CTP shows of them are doubles.

    Attributes:
        number: of the simulator, running.
        order_id: of the matching core, 0 until it is there.
        ref: as the client gave it.
        request_id: req_id of its insert_order.
        local_id: 12 wide, right-aligned.
        sys_id: the same, empty until the exchange took the order.
        price: limit, None for an order at the market.
        pool: of the position it closes, None when it opens.
        frozen_margin: of one lot, while it opens.
        frozen_fee: of one lot.
        shown_traded: lots traded as the pushes have said so far.
    """

    number: int
    listing: Listing
    broker_id: str
    investor_id: str
    user_id: str
    front_id: int
    session_id: int
    ref: str
    request_id: int
    memo: str
    direction: int
    offset: int
    price_type: int
    time_condition: int
    volume: int
    local_id: str
    insert_date: str
    insert_time: str
    price: Decimal | None = None
    order_id: int = 0
    sys_id: str = ""
    sequence_no: int = 0
    update_time: str = ""
    cancel_time: str = ""
    submit: Submit = Submit.INSERT_SUBMITTED
    status: Status = Status.UNKNOWN
    status_msg: str = "报单已提交"
    traded: int = 0
    shown_traded: int = 0
    pool: Pool | None = None
    frozen_margin: Decimal = Decimal(0)
    frozen_fee: Decimal = Decimal(0)
    hedge: int = 0
    deleting: bool = False

    @property
    def exchange(self) -> str:
        """Where it trades."""
        return self.listing.exchange

    @property
    def instrument(self) -> str:
        """What it trades."""
        return self.listing.symbol

    @property
    def left(self) -> int:
        """Lots that may still trade."""
        return 0 if self.status in FINAL else self.volume - self.traded

    @property
    def open(self) -> bool:
        """Whether it is not over."""
        return self.status not in FINAL

    @property
    def client_order_id(self) -> str:
        """What its customer calls it: the memo, or else the ref."""
        return self.memo or self.ref


@attrs.frozen(kw_only=True)
class Execution:
    """One fill."""

    trade_id: str
    volume: int
    price: Decimal
