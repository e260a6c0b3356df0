"""The venue of the simulation: the truth about orders, told over a bad line, and its own log of it.

It never errs about its own orders. What errs is its way of telling: late, twice, in another order,
or not at all. It has other customers on the same account.
"""

from decimal import Decimal
from typing import Any

import attrs

from engine.drill.checkers import VenueEvent, VenueWord
from engine.drill.simulation.line import Line
from engine.drill.simulation.world import World
from engine.messages.venue import (
    PART_ITEMS_MAX,
    CancelAllOrders,
    CancelOrder,
    Fill,
    FillBust,
    OrderUpdate,
    QueryOrder,
    ReconcilePart,
    ReconcileRequest,
    ReplaceOrder,
    SubmitOrder,
    UpdateKind,
    VenueFill,
    VenueOrder,
    VenuePosition,
)
from engine.model.enums import TERMINAL, Lifecycle, Liquidity, OrdType, Side, TimeInForce
from engine.model.money import ZERO

_ENDED = {
    Lifecycle.FILLED: UpdateKind.FILLED,
    Lifecycle.CANCELLED: UpdateKind.CANCELLED,
    Lifecycle.REJECTED: UpdateKind.REJECTED,
    Lifecycle.EXPIRED: UpdateKind.EXPIRED,
}
_WORDS = {
    UpdateKind.ACCEPTED: VenueWord.ACCEPTED,
    UpdateKind.REJECTED: VenueWord.REJECTED,
    UpdateKind.CANCELLED: VenueWord.CANCELLED,
    UpdateKind.CANCEL_REJECTED: VenueWord.CANCEL_REJECTED,
    UpdateKind.REPLACED: VenueWord.REPLACED,
    UpdateKind.REPLACE_REJECTED: VenueWord.REPLACE_REJECTED,
    UpdateKind.EXPIRED: VenueWord.EXPIRED,
}


@attrs.define(eq=False)
class Truth:
    """One order as it really is; `client_order_id` is empty for those of others."""

    client_order_id: str
    venue_order_id: str
    instrument: str
    side: Side
    quantity: Decimal
    price: Decimal
    changed_ns: int
    lifecycle: Lifecycle = Lifecycle.OPEN
    cum_qty: Decimal = ZERO
    cost: Decimal = ZERO

    @property
    def leaves(self) -> Decimal:
        """What may still be filled."""
        return self.quantity - self.cum_qty

    @property
    def is_open(self) -> bool:
        """Whether it works."""
        return self.lifecycle not in TERMINAL

    def work(self) -> None:
        """Let the lifecycle follow the fills."""
        if self.cum_qty >= self.quantity:
            self.lifecycle = Lifecycle.FILLED
        else:
            self.lifecycle = Lifecycle.PARTLY_FILLED if self.cum_qty else Lifecycle.OPEN


class VenueNode:
    """One venue with one account of ours."""

    def __init__(self, world: World, account: str, *, reject_probability: float) -> None:
        self.world = world
        self.account = account
        self.reject_probability = reject_probability
        self.query_fails_probability = 0.0
        self.orders: dict[str, Truth] = {}
        self.fills: list[VenueFill] = []
        self.busts: list[FillBust] = []
        self.log: list[VenueEvent] = []
        self.line: Line | None = None
        self._others = 0

    # --- the line --------------------------------------------------------------------------------

    def linked(self, line: Line, *, up: bool) -> None:
        """A session comes or goes; its orders stay."""

    def arrived(self, _line: Line, message: Any) -> None:
        """A command, or a question."""
        match message:
            case SubmitOrder():
                self._submit(message)
            case CancelOrder():
                self._cancel(message.client_order_id or message.venue_order_id)
            case ReplaceOrder():
                self._replace(message)
            case CancelAllOrders():
                for name in [n for n, order in self.orders.items() if order.is_open]:
                    self._cancel(name)
            case QueryOrder():
                self._answer(message.client_order_id or message.venue_order_id)
            case ReconcileRequest():
                self._tell_all(message)

    def _say(self, message: Any) -> None:
        if self.line is not None:
            self.line.send(self, message)

    def _note(self, word: VenueWord, name: str, order: Truth | None, **details: Any) -> None:
        event = VenueEvent(
            mono_ns=self.world.mono_ns,
            word=word,
            account=self.account,
            client_order_id=name if order is None else order.client_order_id,
            venue_order_id="" if order is None else order.venue_order_id,
            instrument="" if order is None else order.instrument,
            side=None if order is None else order.side,
            **details,
        )
        self.log.append(event)
        self.world.mark(f"venue {word} {name}".encode())
        if self.world.is_traced:
            self.world.note("venue", f"{word} {name} {details or ''}")

    # --- commands --------------------------------------------------------------------------------

    def _submit(self, command: SubmitOrder) -> None:
        name, world = command.client_order_id, self.world
        known = self.orders.get(name)
        order = Truth(
            name,
            f"v{name}",
            command.instrument,
            command.side,
            command.quantity,
            command.price or Decimal(100),
            world.venue_wall_ns,
        )
        self._note(VenueWord.ORDER, name, order, quantity=command.quantity, price=command.price)
        if known is not None:
            return  # it refuses a repeated id; that it came at all is what the log is for
        self.orders[name] = order
        if world.chance(self.reject_probability):
            order.lifecycle = Lifecycle.REJECTED
            self._tell(order, UpdateKind.REJECTED)
        else:
            self._tell(order, UpdateKind.ACCEPTED)

    def _cancel(self, name: str) -> None:
        order = self.find(name)
        self._note(VenueWord.CANCEL, name, order)
        if order is None or not order.is_open:
            self._refuse(name, UpdateKind.CANCEL_REJECTED)
            return
        order.lifecycle = Lifecycle.CANCELLED
        self._tell(order, UpdateKind.CANCELLED)

    def _replace(self, command: ReplaceOrder) -> None:
        name = command.client_order_id
        order = self.orders.get(name)
        self._note(VenueWord.REPLACE, name, order)
        if order is None or not order.is_open or command.quantity <= order.cum_qty:
            self._refuse(name, UpdateKind.REPLACE_REJECTED)
            return
        order.quantity = command.quantity
        order.price = order.price if command.price is None else command.price
        order.work()
        self._tell(order, UpdateKind.REPLACED)

    def find(self, name: str) -> Truth | None:
        """By client order id or, for orders of others, by the venue's own."""
        return self.orders.get(name)

    # --- the market ------------------------------------------------------------------------------

    def trade(self) -> None:
        """Somebody takes a part of one open order."""
        working = [order for order in self.orders.values() if order.is_open]
        if not working:
            return
        order, random = random_of(self.world, working), self.world.random
        quantity = Decimal(random.randint(1, int(order.leaves)))
        order.cum_qty += quantity
        order.cost += quantity * order.price
        order.work()
        order.changed_ns = self.world.venue_wall_ns
        key = f"t{len(self.fills) + len(self.busts) + 1}"
        fill = VenueFill(
            client_order_id=order.client_order_id,
            venue_order_id=order.venue_order_id,
            instrument=order.instrument,
            side=order.side,
            fill_key=key,
            trade_id=key,
            last_qty=quantity,
            last_px=order.price,
            fee=Decimal("0.01"),
            fee_currency="USDT",
            liquidity=Liquidity.TAKER,
            ts_ns=self.world.venue_wall_ns,
        )
        self.fills.append(fill)
        name = order.client_order_id or order.venue_order_id
        self._note(VenueWord.FILL, name, order, quantity=quantity, fill_key=key)
        fields = {field.name: getattr(fill, field.name) for field in attrs.fields(VenueFill)}
        self._say(Fill(session="", boot=0, sequence=0, cum_qty=None, **fields))
        if order.lifecycle is Lifecycle.FILLED:
            self._say(self._update(order, UpdateKind.FILLED))

    def bust(self) -> None:
        """A trade is taken back; an order that was over stays over, with less of it filled."""
        standing = [fill for fill in self.fills if self._may_bust(fill)]
        if not standing:
            return
        fill = standing[self.world.random.randrange(len(standing))]
        self.fills.remove(fill)
        name = fill.client_order_id
        order = self.orders[name]
        order.cum_qty -= fill.last_qty
        order.cost -= fill.last_qty * fill.last_px
        if order.is_open:
            order.work()
        order.changed_ns = self.world.venue_wall_ns
        bust = FillBust(
            session="",
            boot=0,
            sequence=0,
            client_order_id=fill.client_order_id,
            venue_order_id=fill.venue_order_id,
            fill_key=fill.fill_key,
            last_qty=fill.last_qty,
            text="",
            ts_ns=self.world.venue_wall_ns,
        )
        self.busts.append(bust)
        self._note(VenueWord.BUST, name, order, fill_key=fill.fill_key)
        self._say(bust)

    def _may_bust(self, fill: VenueFill) -> bool:
        """Of strangers' trades nobody knows whether they were counted; no order ends with nothing."""
        order = self.orders.get(fill.client_order_id)
        return order is not None and (order.is_open or order.cum_qty > fill.last_qty)

    def expire(self) -> None:
        """One open order's time is up."""
        working = [order for order in self.orders.values() if order.is_open]
        if working:
            order = random_of(self.world, working)
            order.lifecycle = Lifecycle.EXPIRED
            self._tell(order, UpdateKind.EXPIRED)

    def stranger(self, instrument: str) -> None:
        """Another customer of the account places an order."""
        self._others += 1
        random = self.world.random
        order = Truth(
            "",
            f"x{self._others}",
            instrument,
            random.choice((Side.BUY, Side.SELL)),
            Decimal(random.randint(1, 5)),
            Decimal(100),
            self.world.venue_wall_ns,
        )
        self.orders[order.venue_order_id] = order
        self._note(
            VenueWord.EXTERNAL,
            order.venue_order_id,
            order,
            quantity=order.quantity,
            price=order.price,
        )
        self._say(self._update(order, UpdateKind.ACCEPTED))

    def open_orders(self) -> list[Truth]:
        """What works now."""
        return [order for order in self.orders.values() if order.is_open]

    # --- answers ---------------------------------------------------------------------------------

    def _tell(self, order: Truth, kind: UpdateKind) -> None:
        order.changed_ns = self.world.venue_wall_ns
        name = order.client_order_id or order.venue_order_id
        self._note(_WORDS[kind], name, order, quantity=order.quantity, price=order.price)
        self._say(self._update(order, kind))

    def _update(self, order: Truth, kind: UpdateKind) -> OrderUpdate:
        return OrderUpdate(
            session="",
            boot=0,
            sequence=0,
            client_order_id=order.client_order_id,
            venue_order_id=order.venue_order_id,
            kind=kind,
            cum_qty=order.cum_qty,
            price=order.price,
            quantity=order.quantity,
            code="",
            text="",
            ts_ns=self.world.venue_wall_ns,
        )

    def _refuse(self, name: str, kind: UpdateKind) -> None:
        self._note(_WORDS[kind], name, None)
        refusal = OrderUpdate(
            session="",
            boot=0,
            sequence=0,
            client_order_id=name,
            venue_order_id="",
            kind=kind,
            cum_qty=None,
            price=None,
            quantity=None,
            code="REFUSED",
            text="",
            ts_ns=self.world.venue_wall_ns,
        )
        self._say(refusal)

    def _answer(self, name: str) -> None:
        order = self.find(name)
        if order is not None:
            self._say(self._update(order, _ENDED.get(order.lifecycle, UpdateKind.ACCEPTED)))

    def _tell_all(self, request: ReconcileRequest) -> None:
        """Everything since then, in parts of a random size."""
        if self.world.chance(self.query_fails_probability / 2):
            return  # the answer as a whole is lost; of one answer no part is
        if self.world.chance(self.query_fails_probability):
            self._say(_part(request, last=True, error="the venue is busy"))
            return
        since_ns = request.since_ns
        orders = [
            self._row(o) for o in self.orders.values() if o.is_open or o.changed_ns >= since_ns
        ]
        fills = [fill for fill in self.fills if fill.ts_ns >= since_ns]
        for bust in self.busts:
            if bust.ts_ns >= since_ns:
                self._say(bust)
        size = self.world.random.choice((3, 10, PART_ITEMS_MAX))
        parts = max(1, -(-max(len(orders), len(fills)) // size))
        for number in range(parts):
            low, high = number * size, (number + 1) * size
            part = _part(request, last=number == parts - 1, error="")
            part = attrs.evolve(
                part,
                part=number,
                orders=tuple(orders[low:high]),
                fills=tuple(fills[low:high]),
                positions=self._positions() if number == 0 else (),
            )
            self._say(part)

    def _row(self, order: Truth) -> VenueOrder:
        return VenueOrder(
            client_order_id=order.client_order_id,
            venue_order_id=order.venue_order_id,
            instrument=order.instrument,
            side=order.side,
            ord_type=OrdType.LIMIT,
            time_in_force=TimeInForce.GTC,
            quantity=order.quantity,
            price=order.price,
            cum_qty=order.cum_qty,
            avg_px=order.cost / order.cum_qty if order.cum_qty else ZERO,
            lifecycle=order.lifecycle,
            ts_ns=order.changed_ns,
        )

    def _positions(self) -> tuple[VenuePosition, ...]:
        sums: dict[str, Decimal] = {}
        for fill in self.fills:
            signed = fill.last_qty * fill.side.sign
            sums[fill.instrument] = sums.get(fill.instrument, ZERO) + signed
        return tuple(
            VenuePosition(instrument=name, quantity=quantity, avg_px=ZERO)
            for name, quantity in sums.items()
        )


def random_of(world: World, orders: list[Truth]) -> Truth:
    """One of them."""
    return orders[world.random.randrange(len(orders))]


def _part(request: ReconcileRequest, *, last: bool, error: str) -> ReconcilePart:
    return ReconcilePart(
        session="",
        boot=0,
        sequence=0,
        request_id=request.request_id,
        part=0,
        last=last,
        complete=not error,
        since_ns=request.since_ns,
        orders=(),
        fills=(),
        positions=(),
        balances=(),
        error=error,
    )
