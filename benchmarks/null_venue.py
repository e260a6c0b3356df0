"""A venue without a network behind the session contract: what remains to be timed is the engine.

The data session makes quotes by its own timer; the trade session takes orders and ends each at once.
The two processes share one number in a file (orders arrived), so that the data session can keep a
window of unanswered ticks and the saturation rate can be found without overrunning anybody.
"""

import mmap
import os
from collections.abc import Mapping
from decimal import Decimal

import attrs

from engine.messages.market import Quote, Trade
from engine.messages.venue import (
    CancelAllOrders,
    CancelOrder,
    OrderUpdate,
    QueryOrder,
    ReconcileRequest,
    ReplaceOrder,
    SubmitOrder,
    UpdateKind,
)
from engine.model.enums import OrdType, TimeInForce, VenueStateWord
from engine.model.instrument import AssetClass, Instrument, QuantityUnit
from engine.session.contract import (
    NO_EFFECTS,
    Define,
    Effects,
    Now,
    SetState,
    Topic,
)
from engine.session.declaration import Capabilities, ClientOrderIdRule, Venue
from engine.session.fillkeys import FillKeyPart, FillKeyRule
from engine.session.findings import Findings, parts_of
from engine.session.streamless import Streamless

NAME = "null"
INSTRUMENT = "XYZ.NULL"
NS_PER_S = 1_000_000_000
TICKS_PER_WAKE_MAX = 500
"""Ticks made at one wake-up; a venue's socket buffer holds about as many frames."""


WARM_UP_GAP_NS = 5_000_000

WORD_BYTES = 8


@attrs.frozen(kw_only=True)
class Settings:
    """Settings of the null venue.

    Attributes:
        rate_hz: ticks per second; 0 is as fast as the window allows.
        window: ticks that may be unanswered when there is no rate.
        ticks_per_order: how many ticks the strategy answers with one order.
        counter: file with the number of orders that have arrived.
    """

    rate_hz: float = 1000.0
    window: int = 2000
    ticks_per_order: int = 1
    counter: str = ""

    def for_simulator(self, endpoints: Mapping[str, str]) -> "Settings":
        """There is no simulator."""
        return self


class Counter:
    """One number that two processes see, whole at any time.

    A view of native words reads and writes it as one aligned word; `struct` goes byte by byte, so that
    the reader would now and then see a 0, or half of the old number and half of the new.
    """

    def __init__(self, path: str) -> None:
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.ftruncate(
                fd, WORD_BYTES
            )  # whoever comes first makes it a 0, and for others nothing changes
            self._words = memoryview(mmap.mmap(fd, WORD_BYTES)).cast("Q")
        finally:
            os.close(fd)

    @property
    def value(self) -> int:
        """What was last set."""
        return self._words[0]

    @value.setter
    def value(self, number: int) -> None:
        self._words[0] = number


class NullData(Streamless):
    """Makes quotes on a timer, stamped with the moment of the wake-up."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.counter = Counter(settings.counter) if settings.counter else None
        self.sent = 0
        self.unanswered = 0
        self.next_ns: int | None = None

    def start(self, now: Now) -> Effects:
        """The one instrument is known at once."""
        return (Define(instrument()),)

    def opened(self, now: Now) -> Effects:
        """Ready at once."""
        return (SetState(VenueStateWord.READY),)

    def demand(self, topics: frozenset[Topic], now: Now) -> Effects:
        """Tick while the strategy is there: quotes are always wanted, trades only by it."""
        wanted = any(topic.kind is Trade for topic in topics)
        if wanted and self.next_ns is None:
            self.next_ns = now.mono_ns
        if not wanted:
            self.next_ns = None
        return NO_EFFECTS

    def refresh(self, topic: Topic, now: Now) -> Effects:
        """The next tick is fresh anyway."""
        return NO_EFFECTS

    def deadline(self) -> int | None:
        """When the next tick is due."""
        return self.next_ns

    def due(self, now: Now) -> Effects:
        """All ticks that are due by now, in one batch."""
        if self.next_ns is None:
            return NO_EFFECTS
        return [self._tick(now) for _ in range(self._count(now))]

    def _count(self, now: Now) -> int:
        assert self.next_ns is not None  # noqa: S101 - asked only while ticking
        if self.settings.rate_hz:
            gap_ns = int(NS_PER_S / self.settings.rate_hz)
            count = min((now.mono_ns - self.next_ns) // gap_ns + 1, TICKS_PER_WAKE_MAX)
            self.next_ns += count * gap_ns
            return count
        answered = self.counter.value * self.settings.ticks_per_order if self.counter else self.sent
        if not answered:
            # Until the first order is through (the router waits for a reference price): slowly.
            self.next_ns = now.mono_ns + WARM_UP_GAP_NS
            self.unanswered = self.sent + 1
            return 1
        self.next_ns = now.mono_ns
        under_way = self.sent - self.unanswered - answered
        return max(0, min(self.settings.window - under_way, TICKS_PER_WAKE_MAX))

    def _tick(self, now: Now) -> Quote:
        self.sent += 1
        bid = 100.0 + (self.sent % 10) * 0.1
        return Quote(
            INSTRUMENT, 0, 0, now.wall_ns, now.wall_ns, now.mono_ns, bid, 10.0, bid + 0.1, 10.0
        )


class NullTrade(Streamless):
    """Takes orders and lets each expire at once, so that none piles up."""

    def __init__(self, settings: Settings) -> None:
        self.counter = Counter(settings.counter) if settings.counter else None
        self.arrived = 0

    def opened(self, now: Now) -> Effects:
        """Logged in at once."""
        return (SetState(VenueStateWord.RECONCILING),)

    def submit(self, command: SubmitOrder, now: Now) -> Effects:
        """The order has arrived: the path ends here."""
        self.arrived += 1
        if self.counter is not None:
            self.counter.value = self.arrived
        return (_update(command.client_order_id, UpdateKind.EXPIRED, now),)

    def cancel(self, command: CancelOrder, now: Now) -> Effects:
        """There is never an open order."""
        return (_update(command.client_order_id, UpdateKind.CANCEL_REJECTED, now),)

    def replace(self, command: ReplaceOrder, now: Now) -> Effects:
        """There is never an open order."""
        return (_update(command.client_order_id, UpdateKind.REPLACE_REJECTED, now),)

    def query(self, command: QueryOrder, now: Now) -> Effects:
        """Unknown order."""
        return NO_EFFECTS

    def cancel_all(self, command: CancelAllOrders, now: Now) -> Effects:
        """Nothing to cancel."""
        return NO_EFFECTS

    def reconcile(self, request: ReconcileRequest, now: Now) -> Effects:
        """A new, empty account."""
        return parts_of(request, Findings(orders=(), complete=True, since_ns=request.since_ns))


def instrument() -> Instrument:
    """The one instrument."""
    return Instrument(
        id=INSTRUMENT,
        asset_class=AssetClass.FUTURE,
        currency="USD",
        base="XYZ",
        quantity_unit=QuantityUnit.CONTRACTS,
        price_increment=Decimal("0.1"),
        quantity_increment=Decimal(1),
        multiplier=Decimal(1),
        min_quantity=Decimal(1),
    )


def _update(client_order_id: str, kind: UpdateKind, now: Now) -> OrderUpdate:
    return OrderUpdate(
        session="",
        boot=0,
        sequence=0,
        client_order_id=client_order_id,
        venue_order_id="",
        kind=kind,
        cum_qty=None,
        price=None,
        quantity=None,
        code="",
        text="",
        ts_ns=now.wall_ns,
    )


def _data(settings: object, secrets: Mapping[str, str]) -> NullData:
    assert isinstance(settings, Settings)  # noqa: S101 - structured by VENUE.settings
    return NullData(settings)


def _trade(settings: object, secrets: Mapping[str, str]) -> NullTrade:
    assert isinstance(settings, Settings)  # noqa: S101 - structured by VENUE.settings
    return NullTrade(settings)


VENUE = Venue(
    name=NAME,
    title="Null venue of the benchmarks",
    settings=Settings,
    credentials=(),
    data_secrets=(),
    data=_data,
    trade=_trade,
    capabilities=Capabilities(
        market_kinds=("quote", "trade"),
        ord_types=(OrdType.LIMIT,),
        times_in_force=(TimeInForce.IOC,),
        post_only=False,
        reduce_only=False,
        replace=False,
        query_order=False,
        complete_history=True,
        cancel_all=False,
        dead_man_timer_s_min=None,
        refuses_repeated_client_order_id=False,
        client_order_id=ClientOrderIdRule(
            length_max=32, alphabet="0123456789abcdefghijklmnopqrstuvwxyz"
        ),
        fill_key=FillKeyRule((FillKeyPart.TRADE_ID,)),
        answer_within_s=5.0,
    ),
    budgets=(),
    http_base_url=lambda settings: "",
    simulator="",
    simulator_credentials={},
)
