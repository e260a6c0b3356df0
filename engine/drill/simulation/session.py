"""A trade session's process in the simulation: the real gate, order side and line to the router.

Only the venue's protocol is a model: a command becomes a message on the venue's line, what the
venue says is passed on, and the line comes and goes as lines do.
"""

from collections.abc import Callable
from typing import Any, cast

import attrs

from engine.bus.sockets import DealerSocket
from engine.drill.checkers import Window
from engine.drill.simulation.line import Line
from engine.drill.simulation.world import NS, World
from engine.errors import UnknownPeer
from engine.messages.venue import (
    CancelAllOrders,
    CancelOrder,
    Fill,
    FillBust,
    InstrumentUpdate,
    OrderUpdate,
    QueryOrder,
    ReconcileDone,
    ReconcilePart,
    ReconcileRequest,
    ReferencePrice,
    ReplaceOrder,
    SessionHello,
    SessionRole,
    SessionState,
    SubmitOrder,
    UpdateKind,
)
from engine.model.enums import Mode, Pending, VenueStateWord
from engine.model.instrument import Instrument
from engine.session.contract import Effects, Now
from engine.session.gate import Gate
from engine.session.orderside import OrderSide
from engine.session.uplink import Uplink

RESTART_MS = (100.0, 1_500.0)
RECONNECT_MS = (100.0, 1_500.0)
LOGIN_MS = (5.0, 300.0)


class ToVenue:
    """An effect: put this command on the venue's line."""

    __slots__ = ("command",)

    def __init__(self, command: Any) -> None:
        self.command = command


class _Dealer(DealerSocket):
    """The uplink's socket: a line that says at once when nobody is at its other end."""

    def __init__(self, node: "SessionNode") -> None:
        self._node = node

    def send(self, payload: bytes) -> None:
        """Put it on the line."""
        line = self._node.router_line
        if line is None or not line.send(self._node, payload):
            raise UnknownPeer("the router is not there")


class ModelProtocol:
    """Commands go out as they are; what cannot go out is provably not sent."""

    def __init__(self, is_connected: Callable[[], bool]) -> None:
        self._is_connected = is_connected

    def _out(self, command: Any, pending: Pending | None) -> Effects:
        if self._is_connected():
            return cast("Effects", [ToVenue(command)])  # our own carrier takes it
        return [] if pending is None else [_not_sent(command, pending)]

    def submit(self, command: SubmitOrder, _now: Now) -> Effects:
        """One new order; that it was handed to the transport is told at once."""
        effects = list(self._out(command, Pending.NEW))
        if self._is_connected():
            effects.append(_update(command.client_order_id, UpdateKind.SENT))
        return effects

    def cancel(self, command: CancelOrder, _now: Now) -> Effects:
        """One cancel."""
        return self._out(command, Pending.CANCEL)

    def replace(self, command: ReplaceOrder, _now: Now) -> Effects:
        """One change."""
        return self._out(command, Pending.REPLACE)

    def query(self, command: QueryOrder, _now: Now) -> Effects:
        """One question."""
        return self._out(command, None)

    def cancel_all(self, command: CancelAllOrders, _now: Now) -> Effects:
        """Everything off."""
        return self._out(command, None)

    def reconcile(self, request: ReconcileRequest, _now: Now) -> Effects:
        """The whole account."""
        return self._out(request, None)


class SessionNode:
    """One session over its boots."""

    def __init__(
        self,
        world: World,
        name: str,
        venue: str,
        account: str,
        instruments: tuple[Instrument, ...],
    ) -> None:
        self.world = world
        self.name = name
        self.venue = venue
        self.account = account
        self.instruments = instruments
        self.router_line: Line | None = None
        self.venue_line: Line | None = None
        self.windows: list[Window] = []
        self.boot_id = 0
        self.boots = 0
        self.is_up = False
        self.word = VenueStateWord.DISCONNECTED
        self._since_ns: int | None = None

    # --- life ------------------------------------------------------------------------------------

    def boot(self) -> None:
        """A new process."""
        if self.is_up:
            return
        world = self.world
        self.is_up, self.boots = True, self.boots + 1
        self.boot_id = world.random.getrandbits(62) | 1
        world.note(self.name, f"boot {self.boots}")
        self.word = VenueStateWord.DISCONNECTED
        hello = SessionHello(
            session=self.name,
            venue=self.venue,
            boot=self.boot_id,
            mode=Mode.LIVE,
            role=SessionRole.TRADE,
        )
        self.gate = Gate(boot=self.boot_id, mode=Mode.LIVE)
        self.uplink = Uplink(
            _Dealer(self),
            hello,
            on_welcome=self._welcomed,
            on_command=self._command,
            on_missed=self._tell_again,
        )
        protocol = ModelProtocol(lambda: self.is_logged_in)
        self.orders = OrderSide(protocol, uplink=self.uplink, gate=self.gate)
        self._dial_router(self.boots)
        self._beat(self.boots)
        world.after(world.delay_ns(*RECONNECT_MS), self._dial_venue, self.boots)

    def die(self) -> None:
        """The process ends; its orders stay at the venue."""
        if not self.is_up:
            return
        world = self.world
        world.note(self.name, "died")
        self.is_up = False
        for line in (self.router_line, self.venue_line):
            if line is not None:
                line.cut()
        world.after(world.delay_ns(*RESTART_MS), self.boot)

    def _dial_router(self, boot: int) -> None:
        if boot != self.boots or not self.is_up or self.router_line is None:
            return
        if self.router_is_up():
            self.router_line.connect()

    def router_is_up(self) -> bool:
        """Set by whoever builds the world."""
        return False

    def _dial_venue(self, boot: int) -> None:
        if boot == self.boots and self.is_up and self.venue_line is not None:
            self.venue_line.connect()

    @property
    def is_logged_in(self) -> bool:
        """Whether commands can go out."""
        line = self.venue_line
        return line is not None and line.is_up and self.word is VenueStateWord.RECONCILING

    # --- lines -----------------------------------------------------------------------------------

    def linked(self, line: Line, *, up: bool) -> None:
        """A line came up or went down."""
        if not self.is_up:
            self._note_reach(reached=False)
            return
        if line is not self.venue_line:
            return
        world = self.world
        if up:
            delay_ns = world.delay_ns(*LOGIN_MS)
            world.after(delay_ns, self._logged_in, self.boots, line.generation)
            self._say_state(VenueStateWord.LOGGING_IN, "")
        else:
            self._say_state(VenueStateWord.DISCONNECTED, "the line is down")
            world.after(world.delay_ns(*RECONNECT_MS), self._dial_venue, self.boots)

    def _logged_in(self, boot: int, generation: int) -> None:
        line = self.venue_line
        current = line is not None and line.is_up and line.generation == generation
        if boot == self.boots and self.is_up and current:
            self._say_state(VenueStateWord.RECONCILING, "")

    def _say_state(self, word: VenueStateWord, reason: str) -> None:
        self.word = word
        self._note_reach(reached=word is VenueStateWord.RECONCILING)
        self.orders.state(word, reason)
        self._tell_state(reason)

    def _note_reach(self, *, reached: bool) -> None:
        if reached and self._since_ns is None:
            self._since_ns = self.world.mono_ns
        elif not reached and self._since_ns is not None:
            self.windows.append(Window(self.account, self._since_ns, self.world.mono_ns))
            self._since_ns = None

    def end(self) -> None:
        """The history ends: close the open window."""
        self._note_reach(reached=False)

    def arrived(self, line: Line, message: Any) -> None:
        """From the router, or from the venue."""
        if not self.is_up:
            return
        if line is self.router_line:
            self.uplink.receive([message], self.world.mono_ns)
        elif line.is_up and isinstance(message, OrderUpdate | Fill | FillBust | ReconcilePart):
            self.orders.report(message)

    # --- the router ------------------------------------------------------------------------------

    def _beat(self, boot: int) -> None:
        if boot != self.boots or not self.is_up:
            return
        self.uplink.beat(self.world.mono_ns)
        self._prices()
        self.world.after(int(self.uplink.interval_s * NS), self._beat, boot)

    def _welcomed(self, router_boot: int) -> None:
        self.gate.welcomed(router_boot)
        self._tell_again()

    def _tell_again(self) -> None:
        self._tell_state("")
        for definition in self.instruments:
            update = InstrumentUpdate(session="", boot=0, sequence=0, definition=definition)
            self.uplink.send(update)
        self._prices()

    def _tell_state(self, reason: str) -> None:
        state = SessionState(
            session="", venue=self.venue, boot=0, sequence=0, state=self.word, reason=reason
        )
        self.uplink.send(state)

    def _prices(self) -> None:
        if not self.uplink.router_boot:
            return
        for definition in self.instruments:
            price = ReferencePrice(
                session="",
                boot=0,
                sequence=0,
                instrument=definition.id,
                price=100.0,
                bid_price=99.9,
                ask_price=100.1,
                mono_ns=self.world.mono_ns,
            )
            self.uplink.send(price)

    def _command(self, message: Any) -> None:
        if isinstance(message, ReconcileDone):
            self.orders.reconciled(message)
        else:
            self.orders.command(message, self)

    # --- what the order side wants (Carrier) -------------------------------------------------------

    def now(self) -> Now:
        """The moment."""
        return self.world.now

    def apply(self, effects: Effects) -> None:
        """Send and report, in order."""
        for effect in effects:
            if isinstance(effect, ToVenue):
                if self.venue_line is not None:
                    self.venue_line.send(self, effect.command)
            elif isinstance(effect, OrderUpdate):
                self.orders.report(effect)


def _not_sent(command: Any, pending: Pending) -> OrderUpdate:
    update = _update(command.client_order_id, UpdateKind.NOT_SENT)
    return attrs.evolve(update, command=pending)


def _update(client_order_id: str, kind: UpdateKind) -> OrderUpdate:
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
        ts_ns=0,
    )
