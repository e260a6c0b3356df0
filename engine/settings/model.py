"""The shape of a configuration file, section by section; every default has its reason beside it.

Numbers that are money are Decimals and stand as text in the file (`"50000"`). What belongs to a
venue (`[venues.<name>]` beyond the keys here) and to a strategy (`parameters`) is kept raw and
structured by the venue's or the strategy's own class.
"""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import attrs

from engine.model.enums import Mode, OnDeath

NAME_PATTERN = r"[a-z0-9][a-z0-9_-]{0,31}"
"""Names become socket files and log fields: short, lower case, no separators of ours."""


OPERATOR = "operator"
"""Stands for whoever gives commands: owner of orders by hand, with its own section of limits."""


def _name(_instance: object, attribute: "attrs.Attribute[str]", value: str) -> None:
    if not re.fullmatch(NAME_PATTERN, value):
        raise ValueError(
            f"{attribute.name} {value!r} must be 1 to 32 characters of a-z, 0-9, '-' and '_', "
            "beginning with a letter or digit"
        )


GRACE_S_MIN = 3.0
"""Signs of life come once a second, and a busy machine may swallow two."""


def _grace(_instance: object, attribute: "attrs.Attribute[Any]", value: float) -> None:
    if not value >= GRACE_S_MIN:
        raise ValueError(f"{attribute.name} must be at least {GRACE_S_MIN:g}, not {value}")


def _positive(_instance: object, attribute: "attrs.Attribute[Any]", value: float) -> None:
    if not value > 0:
        raise ValueError(f"{attribute.name} must be above zero, not {value}")


def _not_negative(_instance: object, attribute: "attrs.Attribute[Any]", value: float) -> None:
    if not value >= 0:
        raise ValueError(f"{attribute.name} must not be negative, not {value}")


def _at_least(least: float) -> Callable[[object, "attrs.Attribute[Any]", float], None]:
    def check(_instance: object, attribute: "attrs.Attribute[Any]", value: float) -> None:
        if not value >= least:
            raise ValueError(f"{attribute.name} must be at least {least:g}, not {value}")

    return check


def _between(least: int, most: int) -> Callable[[object, "attrs.Attribute[Any]", int], None]:
    def check(_instance: object, attribute: "attrs.Attribute[Any]", value: int) -> None:
        if not least <= value <= most:
            raise ValueError(f"{attribute.name} must be from {least} to {most}, not {value}")

    return check


def _one_of(*words: str) -> Callable[[object, "attrs.Attribute[str]", str], None]:
    def check(_instance: object, attribute: "attrs.Attribute[str]", value: str) -> None:
        if value not in words:
            known = ", ".join(word for word in words if word)
            raise ValueError(f"{attribute.name} must be one of {known}, not {value!r}")

    return check


def _loopback(
    _instance: object, attribute: "attrs.Attribute[Any]", value: Mapping[str, str]
) -> None:
    """A simulator is on this host: what is said to it must not reach a venue."""
    for name, url in value.items():
        host = urlsplit(url).hostname or ""
        if host not in {"localhost", "::1"} and not host.startswith("127."):
            raise ValueError(f"{attribute.name}: {name} {url!r} is not on loopback")


SEGMENT_MIB_MAX = 4096
"""A segment is also read at each start, at some 100 MiB a second."""

SNAPSHOT_RECORDS_BOUNDS = 1_000, 5_000_000
"""A snapshot takes seconds of a processor; a replay between two of them takes up to 100 s."""

KEEP_DAYS_MAX = 36_500


@attrs.frozen(kw_only=True)
class JournalSection:
    """`[engine.journal]`: how the journal is kept in bounds, and how long a start may take.

    Attributes:
        segment_mib: size at which a segment is put aside; the end of the day (UTC) does so as well.
        snapshot_records: records after which a snapshot is made: the most that a start replays.
        keep_days: days that segments put aside are kept after their last record.
    """

    segment_mib: int = attrs.field(default=64, validator=_between(1, SEGMENT_MIB_MAX))
    snapshot_records: int = attrs.field(
        default=100_000, validator=_between(*SNAPSHOT_RECORDS_BOUNDS)
    )
    keep_days: int = attrs.field(default=30, validator=_between(1, KEEP_DAYS_MAX))


@attrs.frozen(kw_only=True)
class OrdersSection:
    """`[engine.orders]`: how soon differences with a venue are found, and when doubts are settled.

    Attributes:
        reconcile_interval_s: between two comparisons with a venue while all is well: a fill whose
            news was lost is found after this time.
        query_interval_s: between two questions about an order in doubt.
        horizon_s: an order that a complete answer of the venue does not show counts as never arrived
            only so long after its last request; below what the venue may take, it comes back from
            the dead.
    """

    reconcile_interval_s: float = attrs.field(default=30.0, validator=_at_least(1.0))
    query_interval_s: float = attrs.field(default=5.0, validator=_at_least(0.5))
    horizon_s: float = attrs.field(default=30.0, validator=_at_least(2.0))


@attrs.frozen(kw_only=True)
class EngineSection:
    """`[engine]`: what the engine is called and how careful it is.

    Attributes:
        name: names the run directory and the journal.
        mode: `paper` or `live`.
        durability: `process` survives a killed process, `power` a power failure; the default is
            `process` on paper and `power` live.
        run_dir: sockets, keys and logs of one run; default per user and name.
        state_dir: journal and saved strategy state, kept between runs; default per user and name.
        heartbeat_interval_s: how often the supervisor asks each process whether it lives.
        console_silence_s_max: everything is killed when the operator's console is silent for so
            long; 0 for desks without one.
        witness_dir: where simulators and paper venues note each order that arrives and what becomes
            of it, as witnesses for drills; nowhere by default.
        journal: see `JournalSection`.
        orders: see `OrdersSection`.
    """

    name: str = attrs.field(default="pitboss", validator=_name)
    mode: Mode = Mode.PAPER
    durability: str = attrs.field(default="", validator=_one_of("", "process", "power"))
    run_dir: Path | None = None
    state_dir: Path | None = None
    heartbeat_interval_s: float = attrs.field(default=1.0, validator=_positive)
    console_silence_s_max: float = attrs.field(default=0.0, validator=_not_negative)
    witness_dir: Path | None = None
    journal: JournalSection = attrs.field(factory=JournalSection)
    orders: OrdersSection = attrs.field(factory=OrdersSection)

    @property
    def effective_durability(self) -> str:
        """The level in force."""
        return self.durability or ("power" if self.mode is Mode.LIVE else "process")


@attrs.frozen(kw_only=True)
class LiveSection:
    """`[live]`: the second switch; `confirm` repeats the engine's name."""

    confirm: str = ""


@attrs.frozen(kw_only=True)
class CredentialsReference:
    """Where credentials are: a 0600 TOML file, or environment variables with a prefix."""

    file: Path | None = None
    env: str = ""

    def __attrs_post_init__(self) -> None:
        if (self.file is None) == (not self.env):
            raise ValueError("name either a file or an env prefix")


TIMESTAMPS_NOW = "now"
"""Replayed data carries the time at which it is sent."""


@attrs.frozen(kw_only=True)
class SimulatorSection:
    """`simulator = { … }` of a venue: trade against its simulator on loopback.

    Attributes:
        replay: a folder with a recorded market; without it a seeded market is generated.
        speed: replay speed; 2.0 is twice as fast as recorded.
        seed: of the generated market.
        hold_for: topics of the venue that must have a subscriber before the replay begins.
        timestamps: `now` or `recorded` venue times on replayed data.
        options: further settings of the venue's simulator.
        endpoints: of a simulator that runs already (`run.py simulate` prints them); then none is
            started, and what is above does not matter.
    """

    replay: Path | None = None
    speed: float = attrs.field(default=1.0, validator=_positive)
    seed: int = 1
    hold_for: tuple[str, ...] = ()
    timestamps: str = attrs.field(
        default=TIMESTAMPS_NOW, validator=_one_of(TIMESTAMPS_NOW, "recorded")
    )
    options: Mapping[str, object] = attrs.field(factory=dict)
    endpoints: Mapping[str, str] = attrs.field(factory=dict, validator=_loopback)


@attrs.frozen(kw_only=True)
class VenueSection:
    """`[venues.<name>]`: a venue to connect to; `settings` are the venue package's own.

    Attributes:
        simulator: trade against the venue's simulator.
        credentials: where the venue's secrets are.
        reference_instruments: prices that risk checks need beyond those of the strategies.
        unexplained: what else happens when nobody can explain a difference with the venue: the
            account is blocked (`blocked`), and the kill switch goes to this level for it.
        claim_external: who gets strangers' orders found there: a strategy, or `operator`.
        orphans: what the trade session does with orders whose router is gone: `cancel` or `keep`.
        router_gone_s_max: a router that says nothing for longer is gone.
        dead_man_s: length of the venue's own dead-man timer, where it has one; 0 never sets it.
    """

    simulator: SimulatorSection | None = None
    credentials: CredentialsReference | None = None
    reference_instruments: tuple[str, ...] = ()
    claim_external: str = ""
    unexplained: str = attrs.field(
        default="blocked", validator=_one_of("blocked", "reducing", "halted", "killed")
    )
    orphans: str = attrs.field(default="cancel", validator=_one_of("cancel", "keep"))
    router_gone_s_max: float = attrs.field(default=10.0, validator=_at_least(1.0))
    dead_man_s: int = attrs.field(default=60, validator=_not_negative)
    settings: Mapping[str, object] = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class StrategySection:
    """`[[strategies]]`: one instance of a plugin.

    Attributes:
        name: of the instance.
        class_: `module:Class` below the strategies folder, optionally with `strategies.` before it.
        instruments: what it may trade and see.
        twins: for instruments it watches, the ones it trades in their place.
        parameters: of the plugin's own class.
        mode: the engine's own, when given; a strategy is never live while the engine is on paper.
        conflate: whether it may skip to the newest quote when it falls behind.
        callback_s_max: a callback that takes longer is a hang and the process is killed.
        memory_mib_max: memory limit of its process.
        on_death: what becomes of its orders once it has been gone for `grace_s`.
        grace_s: how long its orders wait for it to come back.
        enabled: false keeps it in the file without starting it.
    """

    name: str = attrs.field(validator=_name)
    class_: str
    instruments: tuple[str, ...]
    twins: Mapping[str, str] = attrs.field(factory=dict)
    parameters: Mapping[str, object] = attrs.field(factory=dict)
    mode: Mode | None = None
    conflate: bool = True
    callback_s_max: float = attrs.field(default=3.0, validator=_positive)
    memory_mib_max: int = attrs.field(default=1024, validator=_positive)
    on_death: OnDeath = OnDeath.KEEP
    grace_s: float = attrs.field(default=30.0, validator=_grace)
    enabled: bool = True


@attrs.frozen(kw_only=True)
class PaperSection:
    """`[paper]`: how the paper venue fills.

    Attributes:
        latency_ms: time between an order's arrival and its matching.
        latency_jitter_ms: random extra, drawn from a seeded source.
        cash: starting cash per currency.
        maker_fee_rate: overrides the instrument's own, when set.
        taker_fee_rate: overrides the instrument's own, when set.
        seed: of the jitter.
    """

    latency_ms: float = attrs.field(default=5.0, validator=_not_negative)
    latency_jitter_ms: float = attrs.field(default=0.0, validator=_not_negative)
    cash: Mapping[str, Decimal] = attrs.field(factory=lambda: {"USDT": Decimal(100_000)})
    maker_fee_rate: Decimal | None = None
    taker_fee_rate: Decimal | None = None
    seed: int = 1


@attrs.frozen(kw_only=True)
class EngineSettings:
    """A whole configuration file; `source` is where it came from and anchors relative paths."""

    engine: EngineSection = attrs.field(factory=EngineSection)
    live: LiveSection = attrs.field(factory=LiveSection)
    venues: Mapping[str, VenueSection] = attrs.field(factory=dict)
    strategies: tuple[StrategySection, ...] = ()
    risk: Mapping[str, object] = attrs.field(factory=dict)
    paper: PaperSection = attrs.field(factory=PaperSection)
    source: Path | None = None
