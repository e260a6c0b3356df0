"""All orders and trades of the account on one trading day, as far as this session was told of them.

The venue replays the whole day after each login, so everything here is an idempotent upsert: orders by
exchange and local id, trades by exchange, id and side. Which of them are ours is said by the ref of what
this session sent itself, and by the memo, which only queries show; a ref that merely looks like ours
proves nothing. Pure.
"""

from collections import OrderedDict
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from actors.venues.webctp.capabilities import CAPABILITIES
from actors.venues.webctp.legs import Closable, LegPlan
from actors.venues.webctp.ordersfold import FillSeen, Followed, Leg, LegEnd, LegStage, frozen_by
from actors.venues.webctp.ordersrefs import read_ref, ref_of
from actors.venues.webctp.ordersrows import OrderKey, OrderRow, TradeRow
from actors.venues.webctp.positions import DayTrade, PositionBook
from engine.messages.venue import SubmitOrder
from engine.model.enums import Side
from engine.model.money import ZERO
from engine.session.contract import Now
from engine.session.fillkeys import FillKeyPart

ORDERS_MAX: Final = 20_000
"""Orders of one day; of more the oldest that have ended are forgotten."""
ABSENCES_NEEDED: Final = 2
"""Whole answers in a row without an order, before it counts as never arrived."""

STRAYS_MAX: Final = 1_000
"""Trades whose order has not been shown yet."""


DAY_CHARS: Final = 8


def venue_order_id(trading_day: str, key: OrderKey) -> str:
    """What the venue's order is called here: local ids begin anew each day."""
    return f"{trading_day}/{key.exchange}/{key.order_local_id.strip()}"


def is_of_earlier_day(venue_name: str, trading_day: str) -> bool:
    """Whether a venue's id of ours names an order that is over because its day is."""
    day = venue_name.partition("/")[0]
    return len(day) == len(trading_day) == DAY_CHARS and day.isdigit() and day < trading_day


class DayOrders:
    """Orders, trades and positions of the trading day.

    Args:
        positions: is kept in step with the trades.
    """

    def __init__(self, positions: PositionBook) -> None:
        self.positions = positions
        self.trading_day = ""
        self.epoch = 0
        """Counts logins: what was begun under an earlier one may have to be found anew."""
        self.proven = False
        """Whether somebody vouches for the lots of earlier days."""
        self.unread: dict[str, None] = {}
        """What could not be read and may have changed positions, in words."""
        self._orders: OrderedDict[int, Followed] = OrderedDict()
        self._open: dict[int, Followed] = {}
        self._by_name: dict[str, Followed] = {}
        self._by_ref: dict[str, tuple[Followed, Leg]] = {}
        self._by_key: dict[OrderKey, tuple[Followed, Leg]] = {}
        self._unnamed: dict[tuple[str, str], tuple[Followed, Leg]] = {}
        """By exchange and ref: those that the counter has shown without an id of its own so far."""
        self._strays: dict[str, TradeRow] = {}
        self._counted: set[str] = set()
        self._prices: dict[str, Decimal] = {}

    def begin_day(self, trading_day: str) -> None:
        """Forget everything of another day."""
        self.trading_day = trading_day
        for each in (
            self.unread,
            self._open,
            self._orders,
            self._by_name,
            self._by_ref,
            self._by_key,
            self._unnamed,
        ):
            each.clear()
        self._strays.clear()
        self._counted.clear()

    # --- asking -------------------------------------------------------------------------------

    def __iter__(self) -> Iterator[Followed]:
        return iter(list(self._orders.values()))

    def named(self, client_order_id: str) -> Followed | None:
        """An order of ours."""
        return self._by_name.get(client_order_id) if client_order_id else None

    def find(self, client_order_id: str, venue_name: str) -> Followed | None:
        """By our id, else by the venue's."""
        order = self.named(client_order_id)
        return order if order is not None else self._by_venue(venue_name)

    def _by_venue(self, venue_name: str) -> Followed | None:
        day, _, rest = venue_name.partition("/")
        exchange, _, local_id = rest.partition("/")
        if not local_id or day != self.trading_day:
            return None
        for key, (order, _) in self._by_key.items():
            if (key.exchange, key.order_local_id.strip()) == (exchange, local_id):
                return order
        return None

    def of_ref(self, ref: str) -> tuple[Followed, Leg] | None:
        """The leg with a ref of ours."""
        return self._by_ref.get(ref)

    def of_sys_id(self, exchange: str, order_sys_id: str) -> tuple[Followed, Leg] | None:
        """The leg with this id of the exchange."""
        wanted = order_sys_id.strip()
        if not wanted:
            return None
        for order in self._orders.values():
            for leg in order.legs:
                if order.exchange == exchange and leg.order_sys_id.strip() == wanted:
                    return order, leg
        return None

    def working(self, symbol: str = "") -> list[Followed]:
        """Orders that are not over; of one instrument when it is named."""
        return [
            order for order in self._unsettled() if not order.over and symbol in ("", order.symbol)
        ]

    def _unsettled(self) -> list[Followed]:
        """Orders that are not over, or have traded more than the positions show."""
        for order in [each for each in self._open.values() if each.over and not each.incomplete]:
            del self._open[id(order)]
        return list(self._open.values())

    def frozen(self, symbol: str, side: Side, *, separate: bool) -> Closable:
        """Lots that closing orders of this side claim already."""
        return frozen_by(self._unsettled(), symbol, side, separate=separate)

    @property
    def strays(self) -> int:
        """Trades whose order nobody has shown."""
        return len(self._strays)

    @property
    def owing(self) -> list[Followed]:
        """Orders that the venue has shown to have traded more than the trades that came."""
        return [order for order in self._orders.values() if order.shown and order.incomplete]

    def name_of(self, order: Followed) -> str:
        """The venue's id of an order, empty before the venue has shown it."""
        key = order.key
        return "" if key is None or key.is_blank else venue_order_id(self.trading_day, key)

    # --- our own orders -----------------------------------------------------------------------

    def begin(self, command: SubmitOrder, symbol: str, exchange: str) -> Followed:
        """Follow an order that is about to be sent; it has no legs yet."""
        order = Followed(command.client_order_id, symbol, exchange, command.side, command=command)
        order.epoch = self.epoch
        self._keep(order)
        self._by_name[command.client_order_id] = order
        if command.reference_price is not None:
            self._prices[symbol] = command.reference_price
        return order

    def plan(self, order: Followed, plans: tuple[LegPlan, ...]) -> None:
        """Give it its legs."""
        for number, plan in enumerate(plans, start=1):
            ref = ref_of(order.client_order_id, number, len(plans))
            leg = Leg(number, len(plans), ref, plan.offset, plan.quantity)
            order.legs.append(leg)
            self._by_ref[ref] = (order, leg)

    def forget(self, order: Followed) -> None:
        """Nothing of it was sent: it never was."""
        self._orders.pop(id(order), None)
        self._open.pop(id(order), None)
        self._by_name.pop(order.client_order_id, None)
        for leg in order.legs:
            self._by_ref.pop(leg.ref, None)

    # --- what the venue shows -----------------------------------------------------------------

    def shown(self, row: OrderRow, now: Now) -> Followed:
        """An order as a push or a query shows it."""
        order, leg = self._place(row)
        leg.show(row)
        if not order.over:
            self._open[id(order)] = order
        order.price_type, order.immediate = row.price_type, row.immediate
        for fill_key, stray in list(self._strays.items()):
            if stray.key == row.key and not row.key.is_blank:
                del self._strays[fill_key]
                self._count(order, leg, stray, fill_key, now)
        return order

    def _place(self, row: OrderRow) -> tuple[Followed, Leg]:
        known = None if row.key.is_blank else self._by_key.get(row.key)
        if known is None:
            unnamed = (row.key.exchange, row.ref)
            known = self._by_ref.get(row.ref)
            if known is None or not self._is_same(known, row):
                known = self._unnamed.get(unnamed)
            if known is None or not self._is_same(known, row):
                known = self._stranger(row)
            if row.key.is_blank:
                self._unnamed[unnamed] = known
            else:
                self._unnamed.pop(unnamed, None)
                self._by_key[row.key] = known
        order, leg = known
        if not order.client_order_id and row.memo is not None:
            known = self._adopt(order, leg, row)
        return known

    def _is_same(self, known: tuple[Followed, Leg], row: OrderRow) -> bool:
        """Whether a row with the ref of an order can be about that order."""
        order, leg = known
        named = row.memo in (None, order.client_order_id) or not order.client_order_id
        alike = (order.symbol, order.side, leg.offset) == (row.symbol, row.side, row.offset)
        same_key = leg.key in (None, row.key) or leg.key.is_blank or row.key.is_blank
        return named and alike and same_key

    def _stranger(self, row: OrderRow) -> tuple[Followed, Leg]:
        order = Followed("", row.symbol, row.key.exchange, row.side)
        leg = Leg(1, 1, row.ref, row.offset, row.quantity, stage=LegStage.SHOWN)
        order.legs.append(leg)
        self._keep(order)
        return order, leg

    def _adopt(self, order: Followed, leg: Leg, row: OrderRow) -> tuple[Followed, Leg]:
        """The memo proves that a row is of an order of ours, of an earlier boot of this session."""
        ref = read_ref(row.ref)
        if ref is None or row.memo != ref.client_order_id:
            return order, leg
        home = self._by_name.get(ref.client_order_id)
        if home is None:
            order.client_order_id = ref.client_order_id
            self._by_name[ref.client_order_id] = order
            home = order
        elif (home.symbol, home.side) != (row.symbol, row.side) or row.ref in self._by_ref:
            return order, leg
        else:
            del self._orders[id(order)]
            self._open.pop(id(order), None)
            home.legs.append(leg)
        leg.number, leg.count, leg.ref = ref.number, ref.count, row.ref
        home.legs.sort(key=lambda each: each.number)
        home.last = ()
        self._by_ref[row.ref] = self._by_key[row.key] = (home, leg)
        return home, leg

    def traded(self, row: TradeRow, now: Now) -> Followed | None:
        """A trade; None when it was counted before or its order is not known yet."""
        fill_key = self._fill_key(row)
        if fill_key in self._counted or fill_key in self._strays:
            return None
        known = self._by_key.get(row.key)
        if row.key.is_blank:
            known = self.of_sys_id(row.key.exchange, row.order_sys_id)
        if known is None:
            if len(self._strays) < STRAYS_MAX:
                self._strays[fill_key] = row
            else:
                self.unread[f"more than {STRAYS_MAX} trades without an order"] = None
            return None
        self._count(*known, row, fill_key, now)
        return known[0]

    def _fill_key(self, row: TradeRow) -> str:
        return CAPABILITIES.fill_key.key(
            {
                FillKeyPart.TRADING_DAY: self.trading_day,
                FillKeyPart.EXCHANGE: row.key.exchange,
                FillKeyPart.TRADE_ID: row.trade_id.strip(),
                FillKeyPart.SIDE: row.side.value,
            }
        )

    def _count(self, order: Followed, leg: Leg, row: TradeRow, fill_key: str, now: Now) -> None:
        price = self._price(order)
        leg.fills[fill_key] = FillSeen(
            fill_key, row.trade_id.strip(), row.quantity, price, now.wall_ns
        )
        self._counted.add(fill_key)
        trade = DayTrade(
            instrument=order.symbol,
            exchange=order.exchange,
            side=row.side,
            offset=row.offset,
            quantity=row.quantity,
            price=price or None,
        )
        self.positions.apply(trade)

    def _price(self, order: Followed) -> Decimal:
        """What a trade of this order was about worth; zero when nothing is known.

        Its limit bounds it; a better reference at the time of sending is nearer to the truth.
        """
        reference = order.command.reference_price if order.command is not None else None
        limit = order.limit
        if limit is None:
            return reference or self._prices.get(order.symbol, ZERO)
        if reference is None:
            return limit
        return min(limit, reference) if order.side is Side.BUY else max(limit, reference)

    def learn_price(self, symbol: str, price: Decimal) -> None:
        """A price of this instrument, for orders of which none is known."""
        self._prices.setdefault(symbol, price)

    def absent(self, refs: frozenset[str], before_ns: int) -> list[Followed]:
        """A whole answer shows these: what of ours is in doubt since long and not among them.

        Twice absent never arrived; once may be a row that the gateway dropped (sheet, section 1).
        """
        touched = []
        for order in self.working():
            for leg in order.legs:
                doubtful = leg.stage is LegStage.DOUBTFUL and leg.end is None and leg.key is None
                if not doubtful or leg.ref in refs or leg.sent_ns > before_ns:
                    continue
                leg.absences += 1
                if leg.absences >= ABSENCES_NEEDED:
                    leg.drop(LegEnd.NEVER_ARRIVED, "never_arrived", "the venue does not know it")
                    touched.append(order)
        return touched

    def _keep(self, order: Followed) -> None:
        if len(self._orders) >= ORDERS_MAX:
            self._forget_one()
        self._orders[id(order)] = self._open[id(order)] = order

    def _forget_one(self) -> None:
        gone = next((o for o in self._orders.values() if o.over and not o.owes), None)
        gone = gone or next(iter(self._orders.values()))
        self.forget(gone)
        for leg in gone.legs:
            if leg.key is not None:
                self._by_key.pop(leg.key, None)
                self._unnamed.pop((leg.key.exchange, leg.ref), None)
