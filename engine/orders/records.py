"""What the router writes into its journal: every fact that money state is made of.

Records have a tag space of their own, so no message of the bus can be mistaken for one. A record
says what was decided and what it led to (the order's state after it), so that applying it needs no
judgement and an old journal means tomorrow what it meant today. `ts_ns` is the router's wall time
when it was written; order of records is the order of the file.
"""

from decimal import Decimal
from enum import StrEnum

import attrs

from engine.messages.codec import Registry
from engine.messages.orders import ModifyIntent, SubmitIntent
from engine.model.enums import (
    Certainty,
    Contingency,
    Lifecycle,
    Liquidity,
    Mode,
    OnDeath,
    OrdType,
    Pending,
    Side,
    TimeInForce,
    TradingStateWord,
)
from engine.model.instrument import Instrument
from engine.orders.day import OwnerKind
from engine.orders.state import Event, Verdict

FORMAT_VERSION = 1
"""Of these records; raise it when a field changes its meaning. Fields are added last, with defaults:
then older journals are read as they are."""

OUTCOME_CHARS_MAX = 8_000
"""Of the answer that an operator's act keeps, so that a repeated request gets the same one."""

TARGETS_MAX = 1_000
"""Orders that one `CancelPlanned` names; keeps a record far below the journal's bound."""

_RECORDS = Registry(completes=True)
record = _RECORDS.register
to_bytes = _RECORDS.encode
from_bytes = _RECORDS.decode
kinds = _RECORDS.kinds


class Source(StrEnum):
    """Where news of an order came from."""

    STREAM = "stream"
    """The session, by itself or as answer to a request."""
    RECONCILE = "reconcile"
    """The answer to a reconciliation query."""
    ROUTER = "router"
    """The router's own knowledge: nothing was handed over, nothing was heard in time."""
    OPERATOR = "operator"
    """A person's word."""


class AlarmKind(StrEnum):
    """What a person should look at."""

    LATE_FILL = "late_fill"
    ZOMBIE = "zombie"
    OVERFILL = "overfill"
    CONTRADICTION = "contradiction"
    FILL_CONFLICT = "fill_conflict"
    MISSING_FILL = "missing_fill"
    UNEXPLAINED = "unexplained"
    EXTERNAL_ORDER = "external_order"
    SESSION_LOST = "session_lost"
    BUST = "bust"
    CORRECTION = "correction"
    IMPOSTOR = "impostor"
    JOURNAL = "journal"
    ORPHANED = "orphaned"
    LIMIT_NEAR = "limit_near"
    """Four fifths of a limit are used."""
    LIMIT_CHANGE = "limit_change"
    """A limit set for a time could not be kept."""
    HALTED = "halted"
    """The router halted a strategy or a venue by itself."""
    NOT_CANCELLED = "not_cancelled"
    """Orders that a person cancelled are still open, and no cancel is repeated any more."""


class Absence(StrEnum):
    """How far the absence of an owner has come."""

    SILENT = "silent"
    """Nothing is heard of it; its grace time runs."""
    ORPHANED = "orphaned"
    """The grace time is over: its policy is in force until it is back."""
    BACK = "back"


# --- the router and what it stands on ----------------------------------------------------------


@record(tag=1)
@attrs.frozen(kw_only=True)
class BootRecord:
    """The router began its `number`th boot on this journal; `salt` is that of the first."""

    router_boot: int
    number: int
    salt: int
    mode: Mode
    ts_ns: int


@record(tag=2)
@attrs.frozen(kw_only=True)
class LimitsVersion:
    """From here on orders are checked against these limits; `text` is their canonical JSON."""

    version: int
    text: str
    ts_ns: int


@record(tag=3)
@attrs.frozen(kw_only=True)
class InstrumentRecord:
    """An instrument was defined or changed; positions are valued by the newest definition."""

    definition: Instrument
    ts_ns: int


@record(tag=4)
@attrs.frozen(kw_only=True)
class StrategyBoot:
    """A new boot of a strategy serves from here on; older ones are fenced."""

    strategy: str
    boot: int
    report_seen: int
    ts_ns: int


@record(tag=5)
@attrs.frozen(kw_only=True)
class ReportSeenRecord:
    """A strategy has handled all reports up to `through`."""

    strategy: str
    through: int
    ts_ns: int


# --- intents -----------------------------------------------------------------------------------


@record(tag=10)
@attrs.frozen(kw_only=True)
class PlannedOrder:
    """An intent passed the checks of `limits_version` and is about to be sent.

    `list_id` is what the orders of a contingent list have in common: the name of the first of them.
    """

    intent: SubmitIntent
    client_order_id: str
    account: str
    mode: Mode
    reserve_price: Decimal
    limits_version: int
    ts_ns: int
    contingency: Contingency | None = None
    list_id: str = ""


@record(tag=11)
@attrs.frozen(kw_only=True)
class DeniedOrder:
    """An intent did not pass: nothing was sent."""

    intent: SubmitIntent
    mode: Mode
    code: str
    text: str
    limits_version: int
    ts_ns: int


@record(tag=12)
@attrs.frozen(kw_only=True)
class CancelPlanned:
    """Cancels of these orders are about to be sent; `by` is who wanted it.

    For a strategy's wish `intent_id`, `boot` and `counter` are those of its intent.
    """

    intent_id: str
    strategy: str
    boot: int
    counter: int
    targets: tuple[str, ...]
    by: str
    reason: str
    ts_ns: int


@record(tag=13)
@attrs.frozen(kw_only=True)
class ReplacePlanned:
    """A change passed the checks and is about to be sent; `quantity` and `price` are complete."""

    intent: ModifyIntent
    client_order_id: str
    quantity: Decimal
    price: Decimal | None
    limits_version: int
    ts_ns: int


@record(tag=14)
@attrs.frozen(kw_only=True)
class DeniedReplace:
    """A change did not pass: the order stays as it was. `client_order_id` may be empty."""

    intent: ModifyIntent
    client_order_id: str
    code: str
    text: str
    limits_version: int
    ts_ns: int


# --- what came of them -------------------------------------------------------------------------


@record(tag=20)
@attrs.frozen(kw_only=True)
class OrderEventRecord:
    """News of an order and its state after it.

    `quantity` and `price` are the terms after it, `replacing` whether a change is still under way,
    `venue_cum_qty` what the venue has claimed at most.
    """

    client_order_id: str
    event: Event
    verdict: Verdict
    source: Source
    lifecycle: Lifecycle
    pending: Pending | None
    certainty: Certainty
    venue_order_id: str
    venue_cum_qty: Decimal
    quantity: Decimal
    price: Decimal | None
    replacing: bool
    code: str
    text: str
    venue_ts_ns: int
    ts_ns: int


@record(tag=21)
@attrs.frozen(kw_only=True)
class FillRecord:
    """One execution, counted once, and the order's state after it."""

    client_order_id: str
    strategy: str
    account: str
    instrument: str
    side: Side
    fill_key: str
    trade_id: str
    venue_order_id: str
    last_qty: Decimal
    last_px: Decimal
    fee: Decimal
    fee_currency: str
    liquidity: Liquidity
    event: Event
    verdict: Verdict
    source: Source
    lifecycle: Lifecycle
    pending: Pending | None
    certainty: Certainty
    cum_qty: Decimal
    venue_ts_ns: int
    ts_ns: int
    px_estimated: bool = False


@record(tag=22)
@attrs.frozen(kw_only=True)
class BustRecord:
    """The venue took a fill back. Only this and a correction let a cumulative quantity go down."""

    client_order_id: str
    account: str
    fill_key: str
    last_qty: Decimal
    last_px: Decimal
    fee: Decimal
    fee_currency: str
    lifecycle: Lifecycle
    pending: Pending | None
    certainty: Certainty
    cum_qty: Decimal
    reason: str
    ts_ns: int


@record(tag=23)
@attrs.frozen(kw_only=True)
class ExternalOrder:
    """An order at the venue that is not ours; its id is made from account and venue order id.

    `cum_qty` was filled before it was found, and is in the account's position already.
    """

    client_order_id: str
    account: str
    mode: Mode
    venue_order_id: str
    venue_client_order_id: str
    instrument: str
    side: Side
    ord_type: OrdType
    time_in_force: TimeInForce
    quantity: Decimal
    price: Decimal | None
    reserve_price: Decimal
    lifecycle: Lifecycle
    cum_qty: Decimal
    avg_px: Decimal
    ts_ns: int


@record(tag=24)
@attrs.frozen(kw_only=True)
class PositionAdopted:
    """An account's position is what the venue says: found at first contact, or accepted by a person."""

    account: str
    instrument: str
    quantity: Decimal
    avg_px: Decimal
    by: str
    reason: str
    ts_ns: int


@record(tag=25)
@attrs.frozen(kw_only=True)
class ReconcileResult:
    """The router compared an account with the venue; `unexplained` is what it could not settle."""

    account: str
    request_id: int
    ok: bool
    findings: int
    unexplained: tuple[str, ...]
    asked_ns: int
    ts_ns: int


@record(tag=29)
@attrs.frozen(kw_only=True)
class PositionsUnproven:
    """The venue's positions rest on nobody's word, for this reason; empty once somebody's word is there."""

    account: str
    text: str
    ts_ns: int


@record(tag=26)
@attrs.frozen(kw_only=True)
class TradingStateChanged:
    """The kill switch moved; `scope` is `engine`, or `venue:`, `account:` or `strategy:` and a name."""

    level: TradingStateWord
    scope: str
    by: str
    reason: str
    ts_ns: int


@record(tag=27)
@attrs.frozen(kw_only=True)
class AlarmRecord:
    """Something a person should look at that no other record shows."""

    kind: AlarmKind
    account: str
    subject: str
    text: str
    ts_ns: int


@record(tag=28)
@attrs.frozen(kw_only=True)
class FillsKnown:
    """Fills of strangers from before the first contact: in the positions found, never to be counted."""

    account: str
    fill_keys: tuple[str, ...]
    ts_ns: int


@record(tag=50)
@attrs.frozen(kw_only=True)
class CorrectionRecord:
    """The venue changed a counted fill: what it was, what stands now, and the order's state after it.

    `corrects` is the key it was counted under, `fill_key` the key it has now (mostly the same).
    """

    client_order_id: str
    account: str
    corrects: str
    was_qty: Decimal
    was_px: Decimal
    was_fee: Decimal
    was_fee_currency: str
    fill_key: str
    trade_id: str
    last_qty: Decimal
    last_px: Decimal
    fee: Decimal
    fee_currency: str
    liquidity: Liquidity
    event: Event
    verdict: Verdict
    source: Source
    lifecycle: Lifecycle
    pending: Pending | None
    certainty: Certainty
    cum_qty: Decimal
    venue_cum_qty: Decimal
    reason: str
    venue_ts_ns: int
    ts_ns: int
    px_estimated: bool = False


@record(tag=51)
@attrs.frozen(kw_only=True)
class FillVoided:
    """The venue took a fill back that was never counted here: should it still come, it counts nothing.

    `client_order_id` may be empty; else `venue_cum_qty` is what the venue claims of the order now.
    """

    client_order_id: str
    account: str
    fill_key: str
    venue_cum_qty: Decimal
    reason: str
    ts_ns: int


# --- operators and owners ----------------------------------------------------------------------


@record(tag=45)
@attrs.frozen(kw_only=True)
class OperatorAct:
    """Somebody with the key of `role` did something; `arguments` and `outcome` are JSON."""

    request_id: str
    role: str
    verb: str
    arguments: str
    reason: str
    outcome: str
    ts_ns: int


@record(tag=46)
@attrs.frozen(kw_only=True)
class OrderClaimed:
    """An order belongs to `owner` (a strategy, or `operator`) from here on; `by` is who said so."""

    client_order_id: str
    owner: str
    by: str
    reason: str
    ts_ns: int


@record(tag=47)
@attrs.frozen(kw_only=True)
class PositionClaimed:
    """So much of an account's position, held by nobody so far, belongs to `owner` from here on."""

    account: str
    owner: str
    instrument: str
    quantity: Decimal
    avg_px: Decimal
    by: str
    reason: str
    ts_ns: int


@record(tag=48)
@attrs.frozen(kw_only=True)
class OwnerDeclared:
    """What the configuration says of a strategy; it holds on when the strategy is removed from it."""

    strategy: str
    mode: Mode
    on_death: OnDeath
    grace_s: float
    ts_ns: int


@record(tag=49)
@attrs.frozen(kw_only=True)
class OwnerAbsence:
    """A strategy with something at stake is not heard of, or back; `waited_s` is counted grace time."""

    strategy: str
    stage: Absence
    waited_s: float
    reason: str
    ts_ns: int


# --- risk --------------------------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class BalanceTold:
    """Cash in one currency; `tied` was tied up in positions and orders here when it was asked for."""

    currency: str
    total: Decimal
    available: Decimal
    tied: Decimal


@record(tag=30)
@attrs.frozen(kw_only=True)
class BalancesTold:
    """The venue told an account's cash, and it is not what it was."""

    account: str
    balances: tuple[BalanceTold, ...]
    ts_ns: int


@record(tag=31)
@attrs.frozen(kw_only=True)
class DayBegan:
    """A trading day began: losses, orders and fills of a day are counted from here on."""

    number: int
    ts_ns: int


@attrs.frozen(kw_only=True)
class Mark:
    """The price at which the day's result of one position begins."""

    kind: OwnerKind
    owner: str
    instrument: str
    price: Decimal


@record(tag=32)
@attrs.frozen(kw_only=True)
class Marked:
    """Positions open when the day began, or adopted since, have a price now."""

    marks: tuple[Mark, ...]
    ts_ns: int


@record(tag=33)
@attrs.frozen(kw_only=True)
class LimitChanged:
    """A person set a limit for a time; `value` and `before` are JSON, `null` for no limit.

    `section` is that of the configuration (`defaults`, `venues`, …), `name` the one in it.
    """

    section: str
    name: str
    limit: str
    value: str
    before: str
    by: str
    reason: str
    expires_ns: int
    ts_ns: int


@record(tag=34)
@attrs.frozen(kw_only=True)
class LimitReturned:
    """A limit that was set for a time is what the configuration says again."""

    section: str
    name: str
    limit: str
    value: str
    before: str
    by: str
    reason: str
    ts_ns: int
