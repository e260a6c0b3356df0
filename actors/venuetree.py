"""The part of the process tree that belongs to one venue: simulator, sessions, paper venue. Pure.

Paper mode is decided here and nowhere else: `paper.<venue>` takes the place of `<venue>.trade`. Of a
venue whose sessions are joined, `<venue>.trade` also does what `<venue>.data` does elsewhere, so where
orders are live that one process is its only session, and paper venues read its market as well.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs

from actors.feedplan import PlannedFeed, is_unserved, plan_feeds, unserved
from actors.venues import PACKAGE, is_ours
from engine.errors import ConfigError, Problem
from engine.model.enums import Mode
from engine.session.declaration import Capabilities, Venue
from engine.settings import EngineSettings, Secret, VenueSection
from engine.settings.converter import plain_values, structure
from engine.settings.model import TIMESTAMPS_NOW
from engine.settings.secrets import CredentialsSource
from engine.supervise.intensity import RestartPolicy
from engine.supervise.placeholders import Published
from engine.supervise.specs import ActorSpec, Bind

# Budgets after reliability rules SUP-6: restarts multiply towards the root, so they differ by group.
SESSION = RestartPolicy(intensity=5, period_s=60.0, backoff_first_s=0.1, backoff_max_s=5.0)

SESSION_GRACE_S = 3.0
TRADE_GRACE_S = 5.0
"""A trade session whose router was given up cancels what is open before it ends."""
SIMULATOR_GRACE_S = 1.0


@attrs.frozen(kw_only=True, eq=False)
class VenueBranch:
    """What runs for one configured venue.

    Attributes:
        section: `[venues.<name>]`.
        venue: its package's declaration.
        settings: the whole configuration.
        instruments: what strategies trade there and risk checks need.
        modes: in which modes strategies trade there, the engine's own included.
        state_dir: where the paper account's journal goes.
        environ: where credentials by environment are read from.
        problems: where what is wrong is added, each once.
    """

    section: VenueSection
    venue: Venue
    settings: EngineSettings
    instruments: tuple[str, ...]
    modes: frozenset[Mode]
    state_dir: Path
    environ: Mapping[str, str]
    problems: list[Problem]

    @property
    def name(self) -> str:
        """Of the venue."""
        return self.venue.name

    @property
    def feeds(self) -> tuple[PlannedFeed, ...]:
        """The market data sessions that are needed."""
        return plan_feeds(self.venue, self.instruments)

    @property
    def is_joined(self) -> bool:
        """Whether one process has market data and orders: where the venue says so, if orders are live."""
        return self.venue.joined and Mode.LIVE in self.modes

    @property
    def market_sessions(self) -> tuple[str, ...]:
        """Names of the processes that deliver market data."""
        if self.is_joined:
            return (self._trade_name,)
        return tuple(planned.session for planned in self.feeds)

    @property
    def _trade_name(self) -> str:
        return f"{self.name}.trade"

    def _refuse(self, *problems: Problem) -> None:
        self.problems.extend(problem for problem in problems if problem not in self.problems)

    # --- simulator -------------------------------------------------------------------------------

    def simulator(self) -> ActorSpec | None:
        """The venue's simulator, None where there is none to start: real, or running already."""
        chosen = self.section.simulator
        if chosen is None or chosen.endpoints:
            return None
        options = dict(chosen.options)
        if chosen.replay is not None:
            options |= {"replay": str(chosen.replay)}
            if not chosen.replay.is_dir():
                path = f"venues.{self.name}.simulator.replay"
                self._refuse(Problem(path, f"there is no folder {chosen.replay}"))
        options |= {"speed": chosen.speed, "seed": chosen.seed}
        # Not every simulator has these: one that does not says so, but only to somebody who asks.
        if chosen.hold_for:
            options["hold_for"] = list(chosen.hold_for)
        if chosen.timestamps != TIMESTAMPS_NOW:
            options["timestamps"] = chosen.timestamps
        return ActorSpec(
            name=f"simulator.{self.name}",
            kind="simulator",
            module="actors.simulator",
            policy=SESSION,
            grace_s=SIMULATOR_GRACE_S,
            settings={"venue": self.name, "options": options},
            preload=self._preload(self.venue.simulator),
        )

    def _preload(self, *modules: str) -> tuple[str, ...]:
        """What the fork server may import: a package of others may be mended while the engine runs."""
        return (f"{PACKAGE}.{self.name}", *modules) if is_ours(self.name) else ()

    # --- sessions --------------------------------------------------------------------------------

    def sessions(self) -> Iterator[ActorSpec]:
        """Market data sessions, then whoever takes orders in each mode."""
        self._check_served()
        base = self._session_settings()
        if not self.is_joined:
            for planned in self.feeds:
                yield self._data_session(planned, base)
        if self.venue.trade is None:
            return
        paper = [self._paper()] if Mode.PAPER in self.modes else []
        live = [self._trade_session(base)] if Mode.LIVE in self.modes else []
        # A paper venue reads the market of a joined session, which therefore starts first.
        yield from [*live, *paper] if self.is_joined else [*paper, *live]

    def _check_served(self) -> None:
        """Those of strategies are refused where the strategies are."""
        path = f"venues.{self.name}.reference_instruments"
        for name in self.section.reference_instruments:
            if is_unserved(self.venue, name):
                self._refuse(unserved(path, self.venue, name))

    def _data_session(self, planned: PlannedFeed, base: Mapping[str, object]) -> ActorSpec:
        settings = {**base, "role": "data", "instruments": list(planned.instruments)}
        if planned.feed.name:
            settings["feed"] = planned.feed.name
        return ActorSpec(
            name=planned.session,
            kind="session",
            module="actors.session",
            policy=SESSION,
            grace_s=SESSION_GRACE_S,
            settings=settings,
            secrets=self._secrets(self.venue.data_secrets),
            credentials=self._source(),
            binds=_market_binds(planned),
            connects=("sessions",),
            watches=True,
        )

    def _trade_session(self, base: Mapping[str, object]) -> ActorSpec:
        binds = [bind for planned in self.feeds for bind in _market_binds(planned)]
        return ActorSpec(
            name=self._trade_name,
            kind="session",
            module="actors.session",
            policy=SESSION,
            grace_s=TRADE_GRACE_S,
            settings={
                **base,
                "role": "trade",
                "instruments": list(self.instruments),
                "orphan": self._orphan(),
                "state_dir": str(self.state_dir),
            },
            secrets=self._secrets(self.venue.credentials),
            credentials=self._source(),
            binds=tuple(binds) if self.is_joined else (),
            connects=("sessions",),
            watches=True,
        )

    def _orphan(self) -> dict[str, object]:
        """What the trade session does without its router; the venue's timer has a shortest length."""
        section, shortest_s = self.section, self.venue.capabilities.dead_man_timer_s_min
        if shortest_s is not None and 0 < section.dead_man_s < shortest_s:
            path = f"venues.{self.name}.dead_man_s"
            self._refuse(
                Problem(path, f"the venue's timer takes at least {shortest_s} s", "0 for none")
            )
        return {
            "policy": section.orphans,
            "router_gone_s_max": section.router_gone_s_max,
            "dead_man_s": section.dead_man_s,
        }

    def _session_settings(self) -> dict[str, object]:
        """The venue's own settings, checked here so that faults show before anything starts."""
        section, venue = self.section, self.venue
        simulated = section.simulator is not None
        given = section.simulator.endpoints if section.simulator is not None else None
        try:
            own: Any = structure(dict(section.settings), venue.settings, path=f"venues.{self.name}")
            if not simulated:
                # Making the protocols is pure; they refuse what they cannot work with.
                feeds = (planned.feed.data for planned in self.feeds)
                for make in filter(None, (*feeds, venue.trade)):
                    make(own, dict.fromkeys(venue.credentials, "-"))
        except ConfigError as error:
            self._refuse(*error.problems)
        endpoints: object = dict(given) if given else None
        if simulated and not given:
            endpoints = Published(f"simulator.{self.name}", "endpoints")
        return {
            "venue": self.name,
            "settings": plain_values(section.settings),
            "simulator_endpoints": endpoints,
        }

    def _secrets(self, wanted: tuple[str, ...]) -> dict[str, Secret | Published]:
        section, venue = self.section, self.venue
        if not wanted:
            return {}
        if section.credentials is None and section.simulator is not None:
            if section.simulator.endpoints:
                return {key: Secret(venue.simulator_credentials[key]) for key in wanted}
            simulator = f"simulator.{self.name}"
            return {key: Published(simulator, f"credentials.{key}") for key in wanted}
        return dict(self._read_secrets(wanted))

    def _read_secrets(self, wanted: tuple[str, ...]) -> Mapping[str, Secret]:
        source = self._source()
        if source is None:
            path = f"venues.{self.name}.credentials"
            names = ", ".join(self.venue.credentials)
            hint = f'e.g. {{ file = "{self.name}.secret" }} with {names}'
            self._refuse(Problem(path, "credentials are missing", hint))
            return {}
        try:
            found = source.read(self.environ)
        except ConfigError as error:
            self._refuse(*error.problems)
            return {}
        return {key: found[key] for key in wanted}

    def _source(self) -> CredentialsSource | None:
        """Where the credentials are read from, None where the configuration names no place."""
        chosen = self.section.credentials
        if chosen is None:
            return None
        return CredentialsSource(
            path=f"venues.{self.name}.credentials",
            names=self.venue.credentials,
            file=chosen.file,
            env_prefix=chosen.env,
        )

    def _paper(self) -> ActorSpec:
        paper = self.settings.paper
        several = {"feeds": [planned.feed.name for planned in self.feeds]}
        return ActorSpec(
            name=f"paper.{self.name}",
            kind="paper",
            module="actors.paper",
            policy=SESSION,
            grace_s=SESSION_GRACE_S,
            settings={
                "venue": self.name,
                "instruments": list(self.instruments),
                "state_dir": str(self.state_dir),
                "latency_ms": paper.latency_ms,
                "latency_jitter_ms": paper.latency_jitter_ms,
                "cash": plain_values(paper.cash),
                "maker_fee_rate": plain_values(paper.maker_fee_rate),
                "taker_fee_rate": plain_values(paper.taker_fee_rate),
                "seed": paper.seed,
                "upkeep": upkeep_of(self.settings),
                **(several if self.venue.feeds else {}),
            },
            connects=("sessions",),
            needs=self.market_sessions,
            watches=True,
        )

    # --- what the router is told -----------------------------------------------------------------

    def trade_sessions(self) -> dict[str, object]:
        """Who takes orders for the venue, in which mode."""
        if self.venue.trade is None:
            return {}
        section = self.section
        return {
            f"paper.{self.name}" if mode is Mode.PAPER else self._trade_name: {
                "venue": self.name,
                "mode": mode.value,
                "unexplained": _level(section.unexplained),
                "capabilities": plain_values(self._capabilities(mode)),
                "claim_external": section.claim_external,
            }
            for mode in sorted(self.modes)
        }

    def _capabilities(self, mode: Mode) -> Capabilities:
        """The paper venue keeps no orders dependent, whatever the venue can do."""
        able = attrs.evolve(self.venue.capabilities, notes="")
        return attrs.evolve(able, contingencies=()) if mode is Mode.PAPER else able


def _market_binds(planned: PlannedFeed) -> tuple[Bind, ...]:
    """Where a session serves the readers of its market data."""
    return (Bind(f"market.{planned.id}"), Bind(f"replay.{planned.id}"))


def upkeep_of(settings: EngineSettings) -> dict[str, object]:
    """How a journal is kept in bounds."""
    journal = settings.engine.journal
    return {
        "segment_bytes": journal.segment_mib << 20,
        "snapshot_records": journal.snapshot_records,
        "keep_days": journal.keep_days,
    }


def _level(unexplained: str) -> str:
    """The kill switch's level for a difference that nobody can explain; blocking is none of its."""
    return "active" if unexplained == "blocked" else unexplained
