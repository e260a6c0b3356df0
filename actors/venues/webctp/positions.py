"""The account's positions by instrument, side and day: the gateway has no query for them.

What was held overnight comes from a seed (`seed.py`), everything else from the day's trades, replayed
at each login and told live. The book keeps sums of what was opened and closed and derives the rest, so
it does not matter in which order trades come. Lots may come out negative: then the seed lacks lots that
were closed, and `faults` says so. Pure.
"""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from enum import StrEnum

import attrs

from actors.venues.webctp.legs import Closable, Offset
from actors.venues.webctp.products import SPLITS_DAYS
from engine.model.enums import Side
from engine.model.money import ZERO


class Held(StrEnum):
    """Which side a position is on."""

    LONG = "long"
    SHORT = "short"

    @property
    def sign(self) -> int:
        """+1 for long, -1 for short."""
        return 1 if self is Held.LONG else -1


def held_by(side: Side, offset: Offset) -> Held:
    """The position that a trade changes: buying opens a long or closes a short."""
    opens = offset is Offset.OPEN
    return Held.LONG if (side is Side.BUY) is opens else Held.SHORT


def closed_by(side: Side) -> Held:
    """The position that an order of this side would close."""
    return Held.SHORT if side is Side.BUY else Held.LONG


@attrs.frozen(kw_only=True)
class Overnight:
    """Lots held at the opening of a trading day; `price` is what they are valued at, if known."""

    instrument: str
    exchange: str
    held: Held
    quantity: int
    price: Decimal | None = None


@attrs.define
class Lots:
    """One side of one instrument: lots at the opening, and what the day's trades did."""

    exchange: str
    overnight: int = 0
    opened: int = 0
    closed: int = 0
    """By the offsets that name no day."""
    closed_today: int = 0
    closed_yesterday: int = 0
    value: Decimal = ZERO
    """Of the overnight lots and the opened ones, price times lots, as far as prices are known."""
    valued: int = 0

    @property
    def separate(self) -> bool:
        """Whether the exchange tells today's from yesterday's lots."""
        return self.exchange in SPLITS_DAYS

    @property
    def total(self) -> int:
        """Lots held now."""
        closed = self.closed + self.closed_today + self.closed_yesterday
        return self.overnight + self.opened - closed

    @property
    def yesterday(self) -> int:
        """Of them from earlier days. Where lots are one pool the older ones are closed first."""
        if self.separate:
            return self.overnight - self.closed_yesterday - self.closed
        gone = self.closed + self.closed_today + self.closed_yesterday
        return self.overnight - min(gone, self.overnight)

    @property
    def today(self) -> int:
        """Of them from this day."""
        return self.total - self.yesterday

    @property
    def avg_px(self) -> Decimal:
        """Average of the known prices, zero without any."""
        return self.value / self.valued if self.valued else ZERO

    def closable(self, frozen: Closable) -> Closable:
        """What another closing order could take beside those that work already."""
        if self.separate:
            return Closable(
                max(0, self.today - frozen.today), max(0, self.yesterday - frozen.yesterday)
            )
        free = max(0, self.total - frozen.total)
        yesterday = min(free, max(0, self.yesterday))
        return Closable(free - yesterday, yesterday)


@attrs.frozen(kw_only=True)
class DayTrade:
    """A trade as far as it changes positions."""

    instrument: str
    exchange: str
    side: Side
    offset: Offset
    quantity: int
    price: Decimal | None = None


class PositionBook:
    """All positions of the account on one trading day."""

    def __init__(self, trading_day: str = "") -> None:
        self.trading_day = trading_day
        self._lots: dict[tuple[str, Held], Lots] = {}

    def seed(self, trading_day: str, overnight: Iterable[Overnight]) -> None:
        """Begin the day with these lots; whatever was known before is forgotten."""
        self.trading_day = trading_day
        self._lots = {}
        for each in overnight:
            lots = self._of(each.instrument, each.exchange, each.held)
            lots.overnight += each.quantity
            if each.price is not None:
                lots.value += each.price * each.quantity
                lots.valued += each.quantity

    def apply(self, trade: DayTrade) -> None:
        """Count one trade; the caller sees to it that each is counted once."""
        lots = self._of(trade.instrument, trade.exchange, held_by(trade.side, trade.offset))
        if trade.offset is Offset.OPEN:
            lots.opened += trade.quantity
            if trade.price is not None:
                lots.value += trade.price * trade.quantity
                lots.valued += trade.quantity
        elif trade.offset is Offset.CLOSE_TODAY:
            lots.closed_today += trade.quantity
        elif trade.offset is Offset.CLOSE_YESTERDAY:
            lots.closed_yesterday += trade.quantity
        else:
            lots.closed += trade.quantity

    def lots(self, instrument: str, held: Held) -> Lots:
        """One side of an instrument; empty when nothing is known of it."""
        return self._lots.get((instrument, held), Lots(""))

    def net(self, instrument: str) -> int:
        """Long less short."""
        return sum(held.sign * self.lots(instrument, held).total for held in Held)

    @property
    def instruments(self) -> list[str]:
        """All with lots now or with trades this day."""
        return sorted({instrument for instrument, _ in self._lots})

    def __iter__(self) -> Iterator[tuple[str, Held, Lots]]:
        for (instrument, held), lots in sorted(self._lots.items()):
            yield instrument, held, lots

    def faults(self) -> list[str]:
        """Instruments and days of which more was closed than was held: lots that cannot be."""
        return [
            f"{held} {instrument} ({day})"
            for instrument, held, lots in self
            for day, count in (("today", lots.today), ("yesterday", lots.yesterday))
            if count < 0
        ]

    def overnight(self, prices: Mapping[str, Decimal] | None = None) -> list[Overnight]:
        """What is held now as the lots that the next trading day begins with.

        Args:
            prices: by instrument, what the lots are valued at (settlement prices).
        """
        known = prices or {}
        return [
            Overnight(
                instrument=instrument,
                exchange=lots.exchange,
                held=held,
                quantity=lots.total,
                price=known.get(instrument),
            )
            for instrument, held, lots in self
            if lots.total > 0
        ]

    def _of(self, instrument: str, exchange: str, held: Held) -> Lots:
        lots = self._lots.get((instrument, held))
        if lots is None:
            lots = self._lots[instrument, held] = Lots(exchange)
        return lots
