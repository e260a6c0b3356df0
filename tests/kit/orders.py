"""A router's core on a bench: one venue, two strategies, a clock that tests turn by hand."""

from __future__ import annotations

import json
import string
from decimal import Decimal
from typing import Any

import attrs

from engine.errors import JournalFull
from engine.messages.operator import OperatorReply, OperatorRequest
from engine.messages.orders import (
    CancelAllIntent,
    CancelIntent,
    ModifyIntent,
    ReportSeen,
    StrategyHello,
    SubmitIntent,
    intent_id_of,
)
from engine.messages.venue import (
    Fill,
    InstrumentUpdate,
    OrderUpdate,
    ReconcilePart,
    ReconcileRequest,
    ReferencePrice,
    SessionHeartbeat,
    SessionHello,
    SessionRole,
    SessionState,
    UpdateKind,
    VenueFill,
    VenueOrder,
    VenuePosition,
)
from engine.model.enums import (
    Lifecycle,
    Liquidity,
    Mode,
    OrdType,
    Side,
    TimeInForce,
    VenueStateWord,
)
from engine.model.instrument import AssetClass, Instrument, QuantityUnit
from engine.orders.kernel import Outcome
from engine.orders.order import Order
from engine.orders.router import RouterCore
from engine.orders.settings import RouterSettings, StrategyRights, TradeSession
from engine.risk.limits import RiskSettings
from engine.session.contract import Now
from engine.session.declaration import Capabilities, ClientOrderIdRule
from engine.session.fillkeys import FillKeyPart, FillKeyRule

BTC = "BTCUSDT.TESTVENUE"
ETH = "ETHUSDT.TESTVENUE"
SESSION = "testvenue.trade"
DATA = "testvenue.data"
ACCOUNT = "testvenue.live"
NS = 1_000_000_000
D = Decimal

CAPABILITIES = Capabilities(
    market_kinds=("Quote",),
    ord_types=tuple(OrdType),
    times_in_force=tuple(TimeInForce),
    post_only=True,
    reduce_only=True,
    replace=True,
    query_order=True,
    complete_history=True,
    cancel_all=True,
    dead_man_timer_s_min=None,
    refuses_repeated_client_order_id=True,
    client_order_id=ClientOrderIdRule(length_max=32, alphabet=string.ascii_letters + string.digits),
    fill_key=FillKeyRule((FillKeyPart.TRADE_ID,)),
    answer_within_s=5.0,
)


def instrument(name: str = BTC, **changes: Any) -> Instrument:
    """A perpetual with tick 0.1, lot 1 and multiplier 0.001."""
    definition = Instrument(
        id=name,
        asset_class=AssetClass.CRYPTO_PERPETUAL,
        currency="USDT",
        base=name[:3],
        quantity_unit=QuantityUnit.CONTRACTS,
        price_increment=D("0.1"),
        quantity_increment=D(1),
        multiplier=D("0.001"),
        min_quantity=D(1),
    )
    return attrs.evolve(definition, **changes)


def settings(risk: RiskSettings | None = None, **changes: Any) -> RouterSettings:
    """One live venue, strategies `alpha` (both instruments) and `beta` (BTC only)."""
    made = RouterSettings(
        mode=Mode.LIVE,
        trade_sessions={
            SESSION: TradeSession(venue="testvenue", mode=Mode.LIVE, capabilities=CAPABILITIES)
        },
        data_sessions={DATA: "testvenue"},
        strategies={
            "alpha": StrategyRights(instruments=(BTC, ETH), mode=Mode.LIVE),
            "beta": StrategyRights(instruments=(BTC,), mode=Mode.LIVE),
        },
        risk=risk or RiskSettings(),
    )
    return attrs.evolve(made, **changes)


class Bench:
    """A core with its journal in a list; every call returns what was sent."""

    def __init__(
        self,
        config: RouterSettings | None = None,
        journal: list[bytes] | None = None,
        *,
        boot: int = 71,
        mono_ns: int = 1_000 * NS,
        wall_ns: int = 1_700_000_000 * NS,
    ) -> None:
        self.config = config or settings()
        self.journal = [] if journal is None else journal
        self.mono_ns, self.wall_ns = mono_ns, wall_ns
        self.disk_full = False
        self.boots = {"alpha": 5, "beta": 6}
        self.counters = {"alpha": 0, "beta": 0}
        self.session_boot = 31
        self.sequence = 0
        self.requests = 0
        self.sent: list[tuple[str, Any]] = []
        self.core = RouterCore(self.config, self.write)
        for body in list(self.journal):
            self.core.recover(body)
        self.take(self.core.start(boot, self.now))

    # --- the clock and the journal ---------------------------------------------------------

    @property
    def now(self) -> Now:
        return Now(self.mono_ns, self.wall_ns)

    def write(self, body: bytes) -> None:
        if self.disk_full:
            raise JournalFull("no space left on device")
        self.journal.append(body)

    def tick(self, seconds: float) -> list[Any]:
        """Let time pass and what is due happen."""
        self.mono_ns += int(seconds * NS)
        self.wall_ns += int(seconds * NS)
        return self.take(self.core.due(self.now))

    def take(self, outcome: Outcome) -> list[Any]:
        self.mono_ns += 1_000
        self.wall_ns += 1_000
        self.sent += outcome.sends
        self.core.settled()
        return [message for _, message in outcome.sends]

    def handle(self, message: object, peer: str) -> list[Any]:
        return self.take(self.core.handle(message, peer, self.now))

    def restarted(self, boot: int = 72) -> Bench:
        """Another core that has only the journal."""
        other = Bench(
            self.config, self.journal, boot=boot, mono_ns=self.mono_ns, wall_ns=self.wall_ns
        )
        other.boots, other.counters = self.boots, self.counters
        other.session_boot, other.sequence = self.session_boot, self.sequence
        other.requests = self.requests
        return other

    # --- sessions ----------------------------------------------------------------------------

    def session(self, message: Any) -> list[Any]:
        """Deliver a message of the trade session under its next number."""
        self.sequence += 1
        numbered = attrs.evolve(
            message, session=SESSION, boot=self.session_boot, sequence=self.sequence
        )
        return self.handle(numbered, SESSION)

    def hello(self, role: SessionRole = SessionRole.TRADE) -> list[Any]:
        message = SessionHello(
            session=SESSION,
            venue="testvenue",
            boot=self.session_boot,
            mode=Mode.LIVE,
            role=role,
        )
        return self.handle(message, SESSION)

    def define(self, *definitions: Instrument) -> None:
        for definition in definitions or (instrument(BTC), instrument(ETH)):
            self.session(InstrumentUpdate(session="", boot=0, sequence=0, definition=definition))

    def price(self, value: float = 100.0, name: str = BTC, age_s: float = 0.0) -> None:
        """A reference price with a spread of 0.2."""
        message = ReferencePrice(
            session="",
            boot=0,
            sequence=0,
            instrument=name,
            price=value,
            bid_price=value - 0.1,
            ask_price=value + 0.1,
            mono_ns=self.mono_ns - int(age_s * NS),
        )
        self.session(message)

    def state(self, word: VenueStateWord, reason: str = "") -> list[Any]:
        return self.session(
            SessionState(
                session="", venue="testvenue", boot=0, sequence=0, state=word, reason=reason
            )
        )

    def beat(self) -> list[Any]:
        """The session's sign of life."""
        message = SessionHeartbeat(session=SESSION, boot=self.session_boot, sequence=self.sequence)
        return self.handle(message, SESSION)

    def request(self) -> ReconcileRequest:
        """The newest question about the account."""
        found = [m for _, m in self.sent if isinstance(m, ReconcileRequest)]
        return found[-1]

    def answer(
        self,
        orders: tuple[VenueOrder, ...] = (),
        fills: tuple[VenueFill, ...] = (),
        positions: tuple[VenuePosition, ...] = (),
        *,
        complete: bool = True,
        error: str = "",
        unproven: str = "",
    ) -> list[Any]:
        """Answer the newest question in one part."""
        request = self.request()
        part = ReconcilePart(
            session="",
            boot=0,
            sequence=0,
            request_id=request.request_id,
            part=0,
            last=True,
            complete=complete,
            since_ns=request.since_ns,
            orders=orders,
            fills=fills,
            positions=positions,
            balances=(),
            error=error,
            unproven=unproven,
        )
        return self.session(part)

    def open_venue(self, role: SessionRole = SessionRole.TRADE) -> Bench:
        """Everything up to `ready`, with definitions and prices."""
        self.hello(role)
        self.define()
        self.state(VenueStateWord.RECONCILING)
        self.answer()
        self.price(100.0, BTC)
        self.price(10.0, ETH)
        return self

    # --- strategies --------------------------------------------------------------------------

    def greet(self, name: str = "alpha", seen: int = 0) -> list[Any]:
        message = StrategyHello(
            strategy=name,
            boot=self.boots[name],
            mode=Mode.LIVE,
            report_seen=seen,
            journal=self.core.book.boot.salt,
        )
        return self.handle(message, f"strategy.{name}")

    def intent(self, name: str = "alpha", **changes: Any) -> SubmitIntent:
        """The next order wish: buy 10 BTC at 100 unless told otherwise."""
        self.counters[name] += 1
        counter = self.counters[name]
        made = SubmitIntent(
            intent_id=intent_id_of(name, self.boots[name], counter),
            strategy=name,
            boot=self.boots[name],
            counter=counter,
            instrument=BTC,
            side=Side.BUY,
            ord_type=OrdType.LIMIT,
            quantity=D(10),
            price=D(100),
            stop_price=None,
            time_in_force=TimeInForce.GTC,
            post_only=False,
            reduce_only=False,
            created_mono_ns=self.mono_ns,
            data_mono_ns=0,
            note="",
        )
        return attrs.evolve(made, **changes)

    def send(self, message: Any) -> list[Any]:
        """Deliver a strategy's message."""
        return self.handle(message, f"strategy.{message.strategy}")

    def submit(self, name: str = "alpha", **changes: Any) -> Order:
        """Submit and return the order; the intent must pass."""
        intent = self.intent(name, **changes)
        self.send(intent)
        order = self.core.book.orders.by_intent(intent.intent_id)
        assert order is not None, self.last_denial()
        return order

    def last_denial(self) -> str:
        """Code and text of the last denied order."""
        denied = [m for _, m in self.sent if getattr(m, "code", "")]
        return f"{denied[-1].code} {denied[-1].text}" if denied else ""

    def cancel(self, order: Order) -> list[Any]:
        name = order.strategy
        self.counters[name] += 1
        counter = self.counters[name]
        return self.send(
            CancelIntent(
                intent_id=intent_id_of(name, self.boots[name], counter),
                strategy=name,
                boot=self.boots[name],
                counter=counter,
                target=order.intent_id,
                created_mono_ns=self.mono_ns,
            )
        )

    def cancel_all(self, name: str = "alpha", instrument_id: str = "") -> list[Any]:
        self.counters[name] += 1
        counter = self.counters[name]
        return self.send(
            CancelAllIntent(
                intent_id=intent_id_of(name, self.boots[name], counter),
                strategy=name,
                boot=self.boots[name],
                counter=counter,
                instrument=instrument_id,
                created_mono_ns=self.mono_ns,
            )
        )

    def modify(
        self, order: Order, quantity: Decimal | None = None, price: Decimal | None = None
    ) -> list[Any]:
        name = order.strategy
        self.counters[name] += 1
        counter = self.counters[name]
        return self.send(
            ModifyIntent(
                intent_id=intent_id_of(name, self.boots[name], counter),
                strategy=name,
                boot=self.boots[name],
                counter=counter,
                target=order.intent_id,
                quantity=quantity,
                price=price,
                created_mono_ns=self.mono_ns,
                data_mono_ns=0,
            )
        )

    def seen(self, through: int, name: str = "alpha") -> list[Any]:
        return self.send(ReportSeen(strategy=name, boot=self.boots[name], through=through))

    # --- operators -----------------------------------------------------------------------------

    def operate(
        self,
        verb: str,
        reason: str = "",
        role: str = "operator",
        request_id: str = "",
        **arguments: Any,
    ) -> list[OperatorReply]:
        """Replies to one request, under an id of its own unless it is given; see `sent`."""
        self.requests += 1
        request = OperatorRequest(
            request_id=request_id or f"r{self.requests}",
            verb=verb,
            arguments=json.dumps(arguments),
            reason=reason,
        )
        outcome, replies = self.core.operate(request, role, self.now)
        self.take(outcome)
        return replies

    def ask(self, verb: str, reason: str = "", **arguments: Any) -> Any:
        """The answer of a request that must be fulfilled."""
        replies = self.operate(verb, reason, **arguments)
        assert replies[0].ok, replies[0].error
        return json.loads("".join(reply.body for reply in replies))

    # --- the venue's side --------------------------------------------------------------------

    def update(self, order: Order | str, kind: UpdateKind, **changes: Any) -> list[Any]:
        """News of an order."""
        name = order if isinstance(order, str) else order.client_order_id
        message = OrderUpdate(
            session="",
            boot=0,
            sequence=0,
            client_order_id=name,
            venue_order_id=f"v{name}",
            kind=kind,
            cum_qty=None,
            price=None,
            quantity=None,
            code="",
            text="",
            ts_ns=self.wall_ns,
        )
        return self.session(attrs.evolve(message, **changes))

    def fill(
        self, order: Order, key: str, quantity: str, price: str = "100", **changes: Any
    ) -> Any:
        """One execution of an order."""
        message = Fill(
            session="",
            boot=0,
            sequence=0,
            client_order_id=order.client_order_id,
            venue_order_id=f"v{order.client_order_id}",
            instrument=order.instrument,
            side=order.side,
            fill_key=key,
            trade_id=key,
            last_qty=D(quantity),
            last_px=D(price),
            cum_qty=None,
            fee=D("0.01"),
            fee_currency="USDT",
            liquidity=Liquidity.TAKER,
            ts_ns=self.wall_ns,
        )
        return self.session(attrs.evolve(message, **changes))


def venue_order(order: Order, lifecycle: Lifecycle = Lifecycle.OPEN, **changes: Any) -> VenueOrder:
    """The order as a venue's query would answer it."""
    made = VenueOrder(
        client_order_id=order.client_order_id,
        venue_order_id=f"v{order.client_order_id}",
        instrument=order.instrument,
        side=order.side,
        ord_type=order.ord_type,
        time_in_force=order.time_in_force,
        quantity=order.quantity,
        price=order.price,
        cum_qty=order.cum_qty,
        avg_px=order.avg_px,
        lifecycle=lifecycle,
        ts_ns=0,
    )
    return attrs.evolve(made, **changes)


def venue_fill(
    order: Order, key: str, quantity: str, price: str = "100", **changes: Any
) -> VenueFill:
    """A fill as a venue's query would answer it."""
    made = VenueFill(
        client_order_id=order.client_order_id,
        venue_order_id=f"v{order.client_order_id}",
        instrument=order.instrument,
        side=order.side,
        fill_key=key,
        trade_id=key,
        last_qty=D(quantity),
        last_px=D(price),
        fee=D(0),
        fee_currency="USDT",
        liquidity=Liquidity.UNKNOWN,
        ts_ns=1_700_000_000 * NS,
    )
    return attrs.evolve(made, **changes)


def held(name: str, quantity: int) -> VenuePosition:
    """A position as a venue's query would answer it."""
    return VenuePosition(instrument=name, quantity=D(quantity), avg_px=D(100))


def of_kind(messages: list[Any], kind: type) -> list[Any]:
    """The messages of one class."""
    return [message for message in messages if isinstance(message, kind)]
