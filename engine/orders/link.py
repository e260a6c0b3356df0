"""What the router knows of its sessions: soft state, forgotten at a restart and learned anew.

Nothing here is money: how far a session is, what it sent last, which comparison with the venue is
under way, and which orders are being asked about.
"""

from collections import OrderedDict
from collections.abc import Mapping
from decimal import Decimal

import attrs

from engine.messages.venue import ReconcilePart, SessionRole
from engine.model.enums import VenueStateWord
from engine.orders.ids import IdScheme, id_scheme
from engine.orders.reconcile import VenueAnswer
from engine.orders.settings import TradeSession
from engine.watermark import Watermark

PARTS_MAX = 500
"""Parts of one reconciliation answer: 100,000 orders or fills; more is a broken session."""

CONFLICTS_MAX = 1_000
"""Alarmed conflicts remembered per link and boot of the router; beyond, they are counted only."""

ASKED_MAX = 10_000
"""New orders whose answers are measured, as many as the rate limits let be under way; most leave at
their answer, some never get one."""

CONNECTED = frozenset({VenueStateWord.RECONCILING, VenueStateWord.READY, VenueStateWord.CLOSED})
"""States in which a session is logged in, so that cancels and queries can be sent."""


@attrs.define(eq=False, kw_only=True)
class Run:
    """One comparison with the venue: asked when, and the parts answered so far.

    `asked_at`: number of the last record before the question. `gating`: orders wait for it. `tied`: what
    was tied up then, per currency. `again`: something happened meanwhile, so ask once more after it.
    `to_confirm`: an order in doubt was found absent for the first time.
    """

    request_id: int
    asked_mono_ns: int
    asked_ns: int
    asked_at: int
    since_ns: int
    gating: bool
    tied: Mapping[str, Decimal]
    again: bool = False
    to_confirm: bool = False
    parts: list[ReconcilePart] = attrs.field(factory=list)


@attrs.define(eq=False)
class Watch:
    """An order in doubt: since when, when to ask next, in how many complete answers it was absent."""

    since_mono_ns: int
    next_query_mono_ns: int
    absences: int = 0


@attrs.define(eq=False, kw_only=True)
class Link:
    """One trade session and the account behind it.

    Attributes:
        boot: of the session, 0 before its hello.
        role: trade or paper; a paper venue keeps nothing over restarts, so our word counts.
        state: as broadcast to strategies; `told` is what the session itself said last.
        sequence: the last number heard, None before the first message of a hello.
        heard_mono_ns: when anything was heard last.
        agreed_ns, agreed_mono_ns: when the last agreement was asked for, and reached.
        asked: monotonic time at which new orders were sent that are not answered yet.
        delay_ns_max: longest time from a new order to its answer.
        background_mono_ns: when we last asked without need to wait for the answer.
        retry_mono_ns: when to ask again, 0 for not; `retry_gating` as for a run.
        is_concluding: an answer is being compared; its verdict must go out before the next question.
        contradicted_mono_ns: when an order was asked about last because of news that contradict.
        suspected: differences seen once; they count when the next comparison finds them again.
        blocked: differences that nobody could explain; orders wait for a person.
        answer: the last complete comparison, for that person to accept.
        conflicts: fills and differences that were alarmed, so that each is alarmed once.
        doubts: orders being asked about, by client order id.
        owed: orders whose fills the venue has claimed but not delivered; `owed_mono_ns` since when.
    """

    session: str
    settings: TradeSession
    ids: IdScheme
    prefix: str = ""
    boot: int = 0
    role: SessionRole = SessionRole.TRADE
    state: VenueStateWord = VenueStateWord.DISCONNECTED
    reason: str = ""
    told: VenueStateWord = VenueStateWord.DISCONNECTED
    sequence: int | None = None
    gaps: int = 0
    heard_mono_ns: int = 0
    is_silent: bool = False
    asked: OrderedDict[str, int] = attrs.field(factory=OrderedDict)
    delay_ns_max: int = 0
    requests: int = 0
    run: Run | None = None
    background_mono_ns: int = 0
    retry_mono_ns: int = 0
    retry_gating: bool = False
    is_concluding: bool = False
    contradicted_mono_ns: int = 0
    agreed_mono_ns: int = 0
    agreed_ns: int = 0
    suspected: frozenset[str] = frozenset()
    blocked: tuple[str, ...] = ()
    answer: VenueAnswer | None = None
    conflicts: set[str] = attrs.field(factory=set)
    doubts: dict[str, Watch] = attrs.field(factory=dict)
    owed: set[str] = attrs.field(factory=set)
    owed_mono_ns: int = 0
    asked_most: Watermark = attrs.field(factory=lambda: Watermark(ASKED_MAX + 1))
    parts_most: Watermark = attrs.field(factory=lambda: Watermark(PARTS_MAX + 1))
    killed_mono_ns: int = 0

    @classmethod
    def of(cls, session: str, settings: TradeSession) -> "Link":
        """A link nobody has spoken over yet; ConfigError when the venue's ids are too short."""
        ids = id_scheme(settings.capabilities.client_order_id)
        return cls(session=session, settings=settings, ids=ids)

    @property
    def venue(self) -> str:
        """Folder name of the venue."""
        return self.settings.venue

    @property
    def account(self) -> str:
        """Name of the account."""
        return self.settings.account

    @property
    def is_connected(self) -> bool:
        """Whether the session is there and logged in at the venue."""
        return self.boot != 0 and not self.is_silent and self.told in CONNECTED

    def ask(self, client_order_id: str, mono_ns: int) -> None:
        """A new order is being sent; its answer will show the venue's pace."""
        self.asked[client_order_id] = mono_ns
        self.asked_most.note(len(self.asked))
        if len(self.asked) > ASKED_MAX:
            self.asked.popitem(last=False)

    def greet(self, boot: int, role: SessionRole, mono_ns: int) -> None:
        """A boot of the session said hello: what was under way with it is void."""
        self.boot, self.role, self.heard_mono_ns = boot, role, mono_ns
        self.sequence, self.run, self.is_silent = None, None, False
        self.told = VenueStateWord.DISCONNECTED


@attrs.define(eq=False)
class Feed:
    """One data session: its venue and boot."""

    venue: str
    boot: int = 0
