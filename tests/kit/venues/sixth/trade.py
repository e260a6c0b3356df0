"""Orders of the sixth venue: everything over one stream, the account's state in one answer."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from engine.errors import CredentialsRejected, PeerSilent, RemoteProtocolError
from engine.messages.venue import (
    CancelAllOrders,
    CancelOrder,
    Fill,
    OrderUpdate,
    QueryOrder,
    ReconcilePart,
    ReconcileRequest,
    ReplaceOrder,
    SubmitOrder,
    UpdateKind,
    VenueBalance,
    VenueFill,
    VenueOrder,
    VenuePosition,
)
from engine.model.enums import Lifecycle, Liquidity, Pending, TimeInForce, VenueStateWord
from engine.model.instrument import instrument_id_of, symbol_of
from engine.session.contract import (
    NO_EFFECTS,
    CallFailure,
    Drop,
    Effects,
    GiveUp,
    HttpResponse,
    Now,
    SendFrame,
    SetState,
    Target,
)

from .frames import FillFrame, OrderFrame, Pong, Refused, State, Welcome, read
from .settings import Settings

_KIND = {
    Lifecycle.OPEN: UpdateKind.ACCEPTED,
    Lifecycle.PARTLY_FILLED: UpdateKind.ACCEPTED,
    Lifecycle.FILLED: UpdateKind.FILLED,
    Lifecycle.CANCELLED: UpdateKind.CANCELLED,
}
ORDERS_MAX = 200


class TradeProtocol:
    """`TradeProtocol` of the sixth venue."""

    venue = "sixth"

    def __init__(self, settings: Settings, secrets: Mapping[str, str]) -> None:
        self.ping_after_s = settings.ping_interval_s
        self.dead_after_s = 2 * settings.ping_interval_s
        self._settings = settings
        self._login = {"user": secrets["user"], "password": secrets["password"]}
        self._welcome = False
        self._asked_ns: int | None = None
        self._orders: dict[str, int] = {}
        self._cancels: dict[str, int] = {}
        self._questions: dict[int, tuple[ReconcileRequest, int]] = {}

    def target(self) -> Target:
        """Where orders are taken."""
        return Target(self._settings.trade_url)

    def start(self, now: Now) -> Effects:
        """Nothing is needed before the connection."""
        return NO_EFFECTS

    def opened(self, now: Now) -> Effects:
        """Log in."""
        self._asked_ns = now.mono_ns
        return [SetState(VenueStateWord.LOGGING_IN), self._send({"op": "login", **self._login})]

    def lost(self, reason: str, now: Now) -> Effects:
        """Whatever was under way is unknown."""
        self._welcome, self._asked_ns = False, None
        effects = [self._doubt(name, UpdateKind.UNKNOWN, now) for name in self._orders]
        effects += [self._doubt(name, UpdateKind.CANCEL_UNKNOWN, now) for name in self._cancels]
        self._orders.clear()
        self._cancels.clear()
        voided = [
            self._part(request, error=reason or "lost") for request, _ in self._questions.values()
        ]
        self._questions.clear()
        return [*effects, *voided]

    def unsent(self, order: str, now: Now) -> Effects:
        """Proof that nothing left."""
        self._orders.pop(order, None)
        return (self._update(order, UpdateKind.NOT_SENT, now, command=Pending.NEW),)

    # --- commands ------------------------------------------------------------------------------

    def submit(self, command: SubmitOrder, now: Now) -> Effects:
        """One frame, once."""
        name = command.client_order_id
        if not self._welcome:
            return (self._update(name, UpdateKind.NOT_SENT, now, command=Pending.NEW),)
        self._orders[name] = now.mono_ns
        price = None if command.price is None else format(command.price, "f")
        fields = {"id": name, "symbol": symbol_of(command.instrument), "side": command.side.value}
        terms = {"type": command.ord_type.value, "qty": format(command.quantity, "f")}
        return (self._send({"op": "order", **fields, **terms, "price": price}, order=name),)

    def cancel(self, command: CancelOrder, now: Now) -> Effects:
        """May be repeated."""
        name = command.client_order_id
        if not self._welcome:
            return (self._update(name, UpdateKind.NOT_SENT, now, command=Pending.CANCEL),)
        self._cancels[name] = now.mono_ns
        return (self._send({"op": "cancel", "id": name}),)

    def replace(self, command: ReplaceOrder, now: Now) -> Effects:
        """The venue cannot."""
        name = command.client_order_id
        return (self._update(name, UpdateKind.REPLACE_REJECTED, now, text="not offered"),)

    def query(self, command: QueryOrder, now: Now) -> Effects:
        """Answered by an order frame, or a refusal that is no news."""
        name = command.client_order_id
        return (self._send({"op": "query", "id": name}),) if self._welcome else NO_EFFECTS

    def cancel_all(self, command: CancelAllOrders, now: Now) -> Effects:
        """Natively."""
        return (self._send({"op": "cancel_all"}),) if self._welcome else NO_EFFECTS

    def reconcile(self, request: ReconcileRequest, now: Now) -> Effects:
        """The whole account in one frame."""
        if not self._welcome:
            return (self._part(request, error="not logged in"),)
        self._questions[request.request_id] = (request, now.mono_ns)
        return (self._send({"op": "state", "q": request.request_id}),)

    # --- news ----------------------------------------------------------------------------------

    def received(self, data: str | bytes, now: Now) -> Effects:
        """One frame."""
        frame = read(data)
        if isinstance(frame, Welcome):
            self._welcome, self._asked_ns = True, None
            return (SetState(VenueStateWord.RECONCILING),)
        if isinstance(frame, Refused):
            return self._refused(frame, now)
        if isinstance(frame, OrderFrame):
            return self._order(frame)
        if isinstance(frame, FillFrame):
            return (Fill(**_fill(frame, self.venue), session="", boot=0, sequence=0, cum_qty=None),)
        if isinstance(frame, State):
            return self._state(frame)
        if isinstance(frame, Pong):
            return NO_EFFECTS
        raise RemoteProtocolError("a frame of the data session")

    def _refused(self, frame: Refused, now: Now) -> Effects:
        if not frame.id:
            return (GiveUp(CredentialsRejected(frame.why)),)
        if self._orders.pop(frame.id, None) is not None:
            return (self._update(frame.id, UpdateKind.REJECTED, now, text=frame.why),)
        if self._cancels.pop(frame.id, None) is not None:
            return (self._update(frame.id, UpdateKind.CANCEL_REJECTED, now, text=frame.why),)
        return NO_EFFECTS

    def _order(self, frame: OrderFrame) -> Effects:
        kind = _KIND.get(frame.state)
        if kind is None:
            raise RemoteProtocolError(f"an order is {frame.state}")
        self._orders.pop(frame.id, None)
        if kind is not UpdateKind.ACCEPTED:
            self._cancels.pop(frame.id, None)
        return (
            OrderUpdate(
                session="",
                boot=0,
                sequence=0,
                client_order_id=frame.id,
                venue_order_id=frame.no,
                kind=kind,
                cum_qty=frame.done,
                price=frame.price,
                quantity=frame.qty,
                code="",
                text="",
                ts_ns=frame.t,
            ),
        )

    def _state(self, frame: State) -> Effects:
        asked = self._questions.pop(frame.q, None)
        if asked is None:
            return NO_EFFECTS
        too_many = max(len(frame.orders), len(frame.fills), len(frame.positions)) > ORDERS_MAX
        if too_many:
            return (self._part(asked[0], error="more than one part can hold"),)
        return (self._part(asked[0], frame),)

    def _part(self, request: ReconcileRequest, state: State | None = None, error: str = "") -> Any:
        orders, fills = (state.orders, state.fills) if state else ((), ())
        return ReconcilePart(
            session="",
            boot=0,
            sequence=0,
            request_id=request.request_id,
            part=0,
            last=True,
            complete=state is not None,
            since_ns=request.since_ns,
            orders=tuple(_venue_order(order, self.venue) for order in orders),
            fills=tuple(VenueFill(**_fill(fill, self.venue)) for fill in fills),
            positions=tuple(
                VenuePosition(
                    instrument=instrument_id_of(symbol, self.venue),
                    quantity=quantity,
                    avg_px=Decimal(0),
                )
                for symbol, quantity in (state.positions if state else {}).items()
            ),
            balances=(
                (VenueBalance(currency="USDT", total=state.cash, available=state.cash),)
                if state
                else ()
            ),
            error=error,
        )

    def _update(self, name: str, kind: UpdateKind, now: Now, **more: Any) -> OrderUpdate:
        fields = {"venue_order_id": "", "cum_qty": None, "price": None, "quantity": None}
        texts = {"code": "", "text": ""}
        return OrderUpdate(
            session="",
            boot=0,
            sequence=0,
            client_order_id=name,
            kind=kind,
            ts_ns=now.wall_ns,
            **{**fields, **texts, **more},
        )

    def _doubt(self, name: str, kind: UpdateKind, now: Now) -> OrderUpdate:
        return self._update(name, kind, now, text="no answer")

    def _send(self, value: Mapping[str, object], *, order: str = "") -> SendFrame:
        return SendFrame(json.dumps(value, separators=(",", ":")), order=order)

    # --- time ----------------------------------------------------------------------------------

    def answered(self, call_id: int, response: HttpResponse, now: Now) -> Effects:
        """There is no HTTP."""
        return NO_EFFECTS

    def failed(self, call_id: int, failure: CallFailure, now: Now) -> Effects:
        """There is no HTTP."""
        return NO_EFFECTS

    def ping(self, now: Now) -> Effects:
        """The venue answers."""
        return (SendFrame('{"op":"ping"}'),)

    def deadline(self) -> int | None:
        """The oldest question without an answer."""
        asked = [*self._orders.values(), *self._cancels.values()]
        asked += [at for _, at in self._questions.values()]
        if self._asked_ns is not None:
            asked.append(self._asked_ns)
        return min(asked) + self._within_ns if asked else None

    @property
    def _within_ns(self) -> int:
        return int(self._settings.answer_within_s * 1e9)

    def due(self, now: Now) -> Effects:
        """What was not answered in time is unknown; a venue that does not answer is left."""
        limit_ns = now.mono_ns - self._within_ns
        effects: list[object] = []
        for pending, kind in (
            (self._orders, UpdateKind.UNKNOWN),
            (self._cancels, UpdateKind.CANCEL_UNKNOWN),
        ):
            for name in [name for name, at in pending.items() if at <= limit_ns]:
                del pending[name]
                effects.append(self._doubt(name, kind, now))
        late = [number for number, (_, at) in self._questions.items() if at <= limit_ns]
        effects += [
            self._part(self._questions.pop(number)[0], error="no answer") for number in late
        ]
        if self._asked_ns is not None and self._asked_ns <= limit_ns:
            self._asked_ns = None
            effects.append(Drop(PeerSilent("no answer to a login")))
        return effects


def _fill(frame: FillFrame, venue: str) -> dict[str, Any]:
    return {
        "client_order_id": frame.id,
        "venue_order_id": frame.no,
        "instrument": instrument_id_of(frame.symbol, venue),
        "side": frame.side,
        "fill_key": frame.trade,
        "trade_id": frame.trade,
        "last_qty": frame.qty,
        "last_px": frame.price,
        "fee": Decimal(0),
        "fee_currency": "USDT",
        "liquidity": Liquidity.UNKNOWN,
        "ts_ns": frame.t,
    }


def _venue_order(frame: OrderFrame, venue: str) -> VenueOrder:
    return VenueOrder(
        client_order_id=frame.id,
        venue_order_id=frame.no,
        instrument=instrument_id_of(frame.symbol, venue),
        side=frame.side,
        ord_type=frame.type,
        time_in_force=TimeInForce.GTC,
        quantity=frame.qty,
        price=frame.price,
        cum_qty=frame.done,
        avg_px=frame.avg,
        lifecycle=frame.state,
        ts_ns=frame.t,
    )
