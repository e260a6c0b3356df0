"""What happened, as independent witnesses saw it: the evidence that checkers judge.

Each part is None when nobody collected it, which is not the same as empty. Times with `mono_ns` are
of one host's monotonic clock, so that the router's sync points, the venue's receive times and what
strategies saw can be compared. Operations follow one discipline: `invoked`, then `ok`, `failed`, or
nothing at all, and nothing means that it may have happened.
"""

from bisect import bisect_left
from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from pathlib import Path

import attrs

from engine.model.enums import Lifecycle, Side


@attrs.frozen
class Entry:
    """A record of the router's journal with its number in the file, from 1."""

    sequence: int
    record: object


@attrs.frozen
class SyncPoint:
    """At `mono_ns` everything up to and including `sequence` was committed."""

    sequence: int
    mono_ns: int


class VenueWord(StrEnum):
    """What a venue notes: what it received, and what it then did."""

    ORDER = "order"
    """A new order arrived (its first byte not later than `mono_ns`)."""
    CANCEL = "cancel"
    REPLACE = "replace"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    FILL = "fill"
    BUST = "bust"
    CANCELLED = "cancelled"
    CANCEL_REJECTED = "cancel_rejected"
    REPLACED = "replaced"
    REPLACE_REJECTED = "replace_rejected"
    EXPIRED = "expired"
    EXTERNAL = "external"
    """Somebody else placed an order on the account."""
    POSITION = "position"
    """The account held `quantity` before anything else here happened."""


@attrs.frozen(kw_only=True)
class VenueEvent:
    """One line of a venue's own log.

    `client_order_id` is empty where the venue does not know one. `quantity` and `price` are an
    order's terms (after a change the new ones), of a fill what was traded. `fill_key` is the key
    that the venue's package declares. `leg` names which part of an order this is, at a venue where one
    order of ours may have to be several; they share its client order id.
    """

    mono_ns: int
    word: VenueWord
    account: str = ""
    client_order_id: str = ""
    venue_order_id: str = ""
    instrument: str = ""
    side: Side | None = None
    quantity: Decimal | None = None
    price: Decimal | None = None
    fill_key: str = ""
    text: str = ""
    leg: str = ""


class StrategyWord(StrEnum):
    """What a strategy's process notes."""

    INVOKED = "invoked"
    """An intent was handed to the bus for the first time; it may have been carried out."""
    CONFIRMED = "confirmed"
    """The router said that the intent is in the journal."""
    DENIED = "denied"
    """The router refused the intent, by a report."""
    REPORT = "report"
    """A numbered report was handed to the plugin."""
    RESYNC = "resync"
    """A snapshot ended; numbered reports go on after `number`."""
    MARKET = "market"
    """The plugin was handed market data numbered `number`."""


@attrs.frozen(kw_only=True)
class StrategyEvent:
    """One line of a strategy's own log."""

    mono_ns: int
    word: StrategyWord
    strategy: str
    boot: int
    intent_id: str = ""
    client_order_id: str = ""
    number: int = 0
    lifecycle: Lifecycle | None = None
    cum_qty: Decimal | None = None


class MarketWord(StrEnum):
    """What a reader of market data did."""

    UPDATE = "update"
    SNAPSHOT = "snapshot"
    STALE = "stale"
    FRESH = "fresh"
    ACTED = "acted"
    """An order was placed on what was known then."""


@attrs.frozen(kw_only=True)
class MarketEvent:
    """One step of a reader in one stream; `sequence` is the venue's own number, `crossed` a broken book."""

    mono_ns: int
    reader: str
    stream: str
    word: MarketWord
    sequence: int = 0
    crossed: bool = False


@attrs.frozen
class Figure:
    """The most that a queue or buffer ever held, and its declared bound."""

    actor: str
    name: str
    high_water: float
    maximum: float


@attrs.frozen(kw_only=True)
class ProcessSample:
    """A process as it was seen; `cause` names the actor whose end led to this boot (empty: nobody's)."""

    mono_ns: int
    actor: str
    pid: int
    boot: int
    descriptors: int | None = None
    memory_bytes: int | None = None
    cause: str = ""


@attrs.frozen(kw_only=True)
class Leftovers:
    """What was still there after the last process should have been gone."""

    processes: tuple[str, ...] = ()
    sockets: tuple[str, ...] = ()
    locks: tuple[str, ...] = ()


@attrs.frozen
class Window:
    """A venue was reachable for us between two monotonic times; `end_ns` None: to the end."""

    account: str
    begin_ns: int
    end_ns: int | None


@attrs.frozen(kw_only=True)
class Bounds:
    """What the engine was told, as far as invariants depend on it.

    `groups`: (actor that ended, actor that is restarted with it), as declared.
    """

    horizon_s: float = 30.0
    query_interval_s: float = 5.0
    descriptors_growth_max: int = 2
    memory_growth_ratio_max: float = 1.05
    groups: frozenset[tuple[str, str]] = frozenset()


@attrs.frozen(kw_only=True)
class History:
    """All evidence of one run.

    Attributes:
        records: the router's journal from its beginning.
        journal_bytes: its file as it was found, header and all.
        journal_file: where it lies, for another process to read it as well.
        state: the money state of the router that wrote it, dumped when it had written all of it.
        sync_points: rising, as the router's process noted them.
        venue: the venue's own log, in its order.
        strategies: the strategies' own logs; in order for each strategy, not between them.
        market: the steps of readers; in order for each reader.
        processes: samples in the order of time.
        log_lines: structured lines of the engine's logs.
        texts: all that could leak, by where it was found: files, outputs, environments.
        canaries: secrets by name, none of which may be found anywhere.
        reachable: when venues could be reached.
        settled: a promise that faults were healed and time was given; without it nothing can be
            asked of the end.
        end_mono_ns: when the history ends.
        declared_resends: client order ids that were sent again on purpose.
    """

    records: tuple[Entry, ...] | None = None
    journal_bytes: bytes | None = None
    journal_file: Path | None = None
    state: bytes | None = None
    sync_points: tuple[SyncPoint, ...] | None = None
    venue: tuple[VenueEvent, ...] | None = None
    strategies: tuple[StrategyEvent, ...] | None = None
    market: tuple[MarketEvent, ...] | None = None
    figures: tuple[Figure, ...] | None = None
    processes: tuple[ProcessSample, ...] | None = None
    leftovers: Leftovers | None = None
    log_lines: tuple[Mapping[str, object], ...] | None = None
    texts: Mapping[str, str] | None = None
    canaries: Mapping[str, str] | None = None
    reachable: tuple[Window, ...] | None = None
    bounds: Bounds = attrs.field(factory=Bounds)
    settled: bool | None = None
    end_mono_ns: int = 0
    declared_resends: frozenset[str] = frozenset()

    def synced_ns(self, sequence: int) -> int | None:
        """When the record of that number was committed; None when no sync point covers it."""
        points = self.sync_points or ()
        index = bisect_left(points, sequence, key=lambda point: point.sequence)
        return points[index].mono_ns if index < len(points) else None
