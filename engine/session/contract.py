"""The contract between a venue's protocol and the drivers that carry it.

A venue's protocol is a plain object: frames, answers and time go in, effects come out. It does no
I/O, reads no clock, draws no random number; that is how it is tested byte by byte and how a captured
session is replayed. The driver (`engine.session.driver` over WebSocket or TCP) owns connection, reconnect with
back-off, the silence ladder and pacing; the session actor owns the bus. A session has one stream
connection and any number of HTTP calls beside it.

Effects are returned in the order in which they must happen. Market messages
(`engine.messages.market`) and `OrderNews` are effects themselves; protocols
build them with empty `session`, `boot` 0 and `sequence` 0, the actor fills those in.

Order safety (reliability.md, ORD-4 to ORD-8): `not_sent` may be claimed only when the driver says so
(`CallFailure.not_sent`) or before any effect with the order's bytes was returned. Whatever else is
lost becomes `unknown`.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Protocol, runtime_checkable

import attrs

from engine.errors import TransportError
from engine.messages.venue import (
    CancelAllOrders,
    CancelOrder,
    Fill,
    FillBust,
    FillCorrection,
    OrderUpdate,
    QueryOrder,
    ReconcilePart,
    ReconcileRequest,
    ReplaceOrder,
    SubmitOrder,
    SubmitOrderList,
)
from engine.model.enums import VenueStateWord
from engine.model.instrument import Instrument


@attrs.frozen
class Now:
    """The moment an input arrived: `mono_ns` for ages and deadlines, `wall_ns` for stamps."""

    mono_ns: int
    wall_ns: int


# --- what goes out -----------------------------------------------------------------------------


@attrs.frozen
class SendFrame:
    """Write one frame to the stream. `order` names the client order id it carries, if any."""

    data: str | bytes
    order: str = ""


class CallKind(StrEnum):
    """What an HTTP call is for; pacing reserves a part of each budget for cancels.

    Of the calls that wait for one budget, cancels go first, then orders, then queries; look-ups of
    single orders go last and may use only half of what the others may, so that however many there
    are no reconciliation waits behind them.
    """

    LOOKUP = "lookup"
    QUERY = "query"
    ORDER = "order"
    CANCEL = "cancel"


@attrs.frozen(kw_only=True)
class HttpCall:
    """Make one HTTP request, once. Answered by `answered` or `failed` with the same `call_id`.

    `path` is joined to the base URL of the session; `body` is sent byte for byte. `budget` names the
    rate budget of the venue it draws from (see `Venue.budgets`). Never retried, never redirected.
    """

    call_id: int
    method: str
    path: str
    query: Mapping[str, str] = attrs.field(factory=dict)
    headers: Mapping[str, str] = attrs.field(factory=dict)
    body: bytes = b""
    kind: CallKind = CallKind.QUERY
    budget: str = ""
    timeout_s: float = 10.0
    order: str = ""
    expires_mono_ns: int = 0


@attrs.frozen
class Withdraw:
    """Drop an `HttpCall` that still waits for its turn; it then fails as not sent.

    For an order that is cancelled before it could leave. A call that is under way already goes on
    and ends as it would have; one that has ended or was never made is none: nothing is told.
    """

    call_id: int


@attrs.frozen
class SetState:
    """How far the session has come. `ready` of a trade session is granted by the router."""

    state: VenueStateWord
    reason: str = ""


@attrs.frozen
class Define:
    """An instrument was loaded or changed."""

    instrument: Instrument


@attrs.frozen
class Drop:
    """Close the stream and reconnect with back-off: the peer misbehaved or must be left."""

    error: TransportError | Exception


@attrs.frozen
class GiveUp:
    """Close the stream and make no further attempt until configuration or operator acts.

    For rejected credentials and the like: retrying gets accounts locked.
    """

    error: Exception


@attrs.frozen
class Connect:
    """What a connection needs first is there: open it now (see `PreparesConnection`)."""


@attrs.frozen
class SendPing:
    """Write one ping of the transport, a WebSocket's ping frame; its answer is a sign of life.

    The same payload while its answer is still awaited is sent once only.
    """

    payload: bytes = b""


@attrs.frozen
class Note:
    """Something an operator should see; `alert` makes it an alert. No secrets, no whole payloads."""

    event: str
    detail: str = ""
    alert: bool = False


@attrs.frozen
class Keep:
    """Keep this text for the session's next boot (`Remembers`); it replaces what was kept before."""

    text: str


OrderNews = OrderUpdate | Fill | FillBust | FillCorrection | ReconcilePart
"""What a trade session tells of orders."""

Effects = Sequence[object]
"""Effects in order: the classes above, market messages, `OrderNews`."""

NO_EFFECTS: tuple[object, ...] = ()


# --- what comes in -----------------------------------------------------------------------------


@attrs.frozen
class HttpResponse:
    """A complete answer to an `HttpCall`; the body is bounded by the driver."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@attrs.frozen
class CallFailure:
    """An `HttpCall` without a complete answer.

    `not_sent` is true only when no connection was made or the call was dropped before its first byte
    (expired in the pacing queue, withdrawn, session stopping); everything after is unknown.
    """

    not_sent: bool
    reason: str


@attrs.frozen
class Target:
    """Where the stream connects to.

    Attributes:
        url: `wss://host/path` (a WebSocket: each message is a frame), `tcp://host:port` (a byte stream:
            what is received are pieces of it as they come, and cutting them is the protocol's
            affair), or empty for a session without a stream.
        headers: go with the handshake of a WebSocket.
        plain_accepted: the user knows that this connection is not encrypted and wants it all the same,
            because the venue offers nothing else. Never true by default.
        message_bytes_max: longest message of a WebSocket that is taken in; 0 for the driver's own limit,
            which is enough wherever a venue does not tell everything in one message.
    """

    url: str
    headers: tuple[tuple[str, str], ...] = ()
    plain_accepted: bool = False
    message_bytes_max: int = 0


@attrs.frozen
class Topic:
    """One stream of one instrument that readers want; `kind` is the message class."""

    kind: type
    instrument: str


class SessionProtocol(Protocol):
    """What every session protocol offers. All methods are plain, fast and never block."""

    ping_after_s: float
    """Silence after which `ping` is asked for."""
    dead_after_s: float
    """Silence after which the driver drops the connection (PeerSilent)."""

    def target(self) -> Target:
        """Where to connect the next time (may change, e.g. try gateways in turn)."""
        ...

    def start(self, now: Now) -> Effects:
        """The session begins its life (before the first connection): e.g. load instruments by HTTP."""
        ...

    def opened(self, now: Now) -> Effects:
        """The stream is connected: log in, restore subscriptions."""
        ...

    def received(self, data: str | bytes, now: Now) -> Effects:
        """One whole frame arrived, or on TCP a piece of the stream.

        Raises RemoteProtocolError for what the protocol does not allow.
        """
        ...

    def lost(self, reason: str, now: Now) -> Effects:
        """The stream ended or never opened; what is pending on it becomes unknown."""
        ...

    def answered(self, call_id: int, response: HttpResponse, now: Now) -> Effects:
        """An HTTP call was answered.

        Raises RemoteProtocolError for what cannot be read; the driver then calls `failed` with the
        same `call_id` and an unknown outcome.
        """
        ...

    def failed(self, call_id: int, failure: CallFailure, now: Now) -> Effects:
        """An HTTP call got no answer."""
        ...

    def ping(self, now: Now) -> Effects:
        """What to send when the peer has been silent for `ping_after_s`."""
        ...

    def deadline(self) -> int | None:
        """Monotonic ns at which `due` wants to be called, None when nothing is waited for."""
        ...

    def due(self, now: Now) -> Effects:
        """A deadline has passed (login answer, acknowledgement, renewal of a subscription …)."""
        ...


@runtime_checkable
class CarriesOrders(Protocol):
    """Offered in addition by a protocol that sends orders in stream frames (`SendFrame.order`)."""

    def unsent(self, order: str, now: Now) -> Effects:
        """No byte of the frame that names this order was handed to the transport: `not_sent`.

        Called before `lost` for what was still queued, and at once for a frame without a stream.
        """
        ...


@runtime_checkable
class Remembers(Protocol):
    """Offered in addition by a protocol that cannot ask its venue for all that it has to know."""

    def remember(self, text: str) -> None:
        """What the last boot kept (`Keep`); told before anything else. What cannot be used is passed over."""
        ...


@runtime_checkable
class HasDeadMan(Protocol):
    """Offered in addition by a trade protocol whose venue has a dead-man timer (`Capabilities`)."""

    @property
    def dead_man_max(self) -> int:
        """Timers that the venue's rate limit lets one session keep; more are never asked for."""
        ...

    def arm_dead_man(self, instruments: Sequence[str], timeout_s: int, now: Now) -> Effects:
        """Have the venue cancel all orders of these instruments unless it is said again in time.

        0 s switches the timers off. What is still waiting to leave for the same instruments is
        withdrawn first. What cannot be set or switched off is told by a `Note` that alerts.
        """
        ...


@runtime_checkable
class PreparesConnection(Protocol):
    """Offered in addition by a protocol that needs something before it can connect, by HTTP mostly."""

    def prepare(self, now: Now) -> Effects:
        """An attempt to connect is due: get what it needs, a one-time password for example.

        The driver waits for a `Connect` effect, here or in any later answer, and then asks for
        `target`. `Drop` ends the attempt as one that failed, `GiveUp` all attempts. `lost` is told
        as for any attempt that did not open.
        """
        ...


class DataProtocol(SessionProtocol, Protocol):
    """A session that delivers market data."""

    def demand(self, topics: frozenset[Topic], now: Now) -> Effects:
        """The complete set of topics that readers want now; subscribe and unsubscribe the difference.

        Topics of unknown instruments or kinds the venue lacks are answered by a `Note`, once.
        """
        ...

    def refresh(self, topic: Topic, now: Now) -> Effects:
        """Data of this topic is doubted: get it anew (resubscribe or query)."""
        ...


class TakesOrders(Protocol):
    """Whatever orders are handed to: a venue's protocol, or the paper venue in its place.

    Called only with commands that are in time and for this boot.
    """

    def submit(self, command: SubmitOrder, now: Now) -> Effects:
        """Send one new order, once."""
        ...

    def cancel(self, command: CancelOrder, now: Now) -> Effects:
        """Cancel; may be repeated."""
        ...

    def replace(self, command: ReplaceOrder, now: Now) -> Effects:
        """Change price or quantity where the venue can."""
        ...

    def query(self, command: QueryOrder, now: Now) -> Effects:
        """Ask for one order."""
        ...

    def cancel_all(self, command: CancelAllOrders, now: Now) -> Effects:
        """Cancel everything, natively where the venue can."""
        ...

    def reconcile(self, request: ReconcileRequest, now: Now) -> Effects:
        """Ask for all orders, fills, positions, balances since a time; ends in `ReconcilePart`s."""
        ...


@runtime_checkable
class TakesLists(Protocol):
    """Offered in addition where the venue keeps orders dependent (`Capabilities.contingencies`)."""

    def submit_list(self, command: SubmitOrderList, now: Now) -> Effects:
        """Send all orders of the list together, once; news follow for each order by itself."""
        ...


class TradeProtocol(SessionProtocol, TakesOrders, Protocol):
    """A session that carries orders."""


class JointProtocol(DataProtocol, TradeProtocol, Protocol):
    """A session of a venue that has one connection for both (`Venue.joined`).

    `reconciling` and `ready` both say that the login was granted; they differ in the market data only,
    so neither concerns the router once the other has been told. A new login begins with another word.
    """


class PanicProtocol(SessionProtocol, Protocol):
    """What `run.py panic` drives, alone and without a router, until the venue shows nothing open.

    Every trade protocol is one. A venue may bring a leaner one (`Venue.panic`) that needs less to
    work; its `reconcile` has to tell open orders only.
    """

    def cancel(self, command: CancelOrder, now: Now) -> Effects:
        """Cancel one order; may be repeated."""
        ...

    def cancel_all(self, command: CancelAllOrders, now: Now) -> Effects:
        """Cancel everything natively; asked for only where `Capabilities.cancel_all` says so."""
        ...

    def reconcile(self, request: ReconcileRequest, now: Now) -> Effects:
        """Ask what is open; ends in `ReconcilePart`s, `complete` when nothing was left out."""
        ...
