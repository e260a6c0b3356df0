"""The process tree of a configuration: which actors run, with which settings, keys and limits. Pure.

Paper mode is decided here and nowhere else: `paper.<venue>` takes the place of `<venue>.trade`.
"""

import os
from collections.abc import Iterator, Mapping
from math import ceil
from pathlib import Path
from typing import Any

import attrs

from actors.risklimits import limit_problems
from engine.drill.witness import file_of
from engine.errors import ConfigError, Problem
from engine.model.enums import Mode
from engine.model.instrument import venue_of
from engine.session.contract import Venue
from engine.settings import EngineSettings, Secret, StrategySection, VenueSection
from engine.settings.converter import plain_values, structure
from engine.settings.secrets import CredentialsSource
from engine.supervise.intensity import RestartPolicy
from engine.supervise.placeholders import Published
from engine.supervise.specs import ActorSpec, Bind, Group, Limits, Restart, Tree

# Budgets after reliability rules SUP-6: restarts multiply towards the root, so they differ by group.
CORE = RestartPolicy(intensity=3, period_s=60.0, backoff_first_s=0.1, backoff_max_s=2.0)
SESSION = RestartPolicy(intensity=5, period_s=60.0, backoff_first_s=0.1, backoff_max_s=5.0)
STRATEGY = RestartPolicy(intensity=3, period_s=300.0, backoff_first_s=0.2, backoff_max_s=10.0)

ROUTER_GRACE_S = 5.0
ROUTER_READY_WITHIN_S = 600.0
"""The router reads its whole journal at its start, about 50,000 records a second, and must not be
killed over it, again and again: this is enough for 30 million records. A start that hangs for
another reason is therefore noticed late; orders are closed as long as it lasts."""
SESSION_GRACE_S = 3.0
TRADE_GRACE_S = 5.0
"""A trade session whose router was given up cancels what is open before it ends."""
STRATEGY_GRACE_S = 2.0
SIMULATOR_GRACE_S = 1.0

WITNESSES = ("paper", "simulator")
"""Kinds of actors that can note what they do, as witnesses for a drill."""

STRATEGY_PROCESSES_MAX = 64
"""Threads and children a strategy may have; enough for numerical libraries, a stop for fork bombs."""


def build_tree(
    settings: EngineSettings,
    venues: Mapping[str, Venue],
    *,
    state_dir: Path,
    strategies_folder: Path,
    environ: Mapping[str, str] | None = None,
) -> Tree:
    """The tree of a configuration.

    Args:
        settings: the configuration.
        venues: the venue packages there are.
        state_dir: where journals and saved state go.
        strategies_folder: where plugins are loaded from.
        environ: where credentials by environment are read from; ours by default.

    Raises:
        ConfigError: unknown venues, bad venue settings, missing credentials or limits; all at once.
    """
    builder = _Builder(settings, venues, state_dir, strategies_folder, environ or os.environ)
    return builder.build()


class _Builder:
    def __init__(
        self,
        settings: EngineSettings,
        venues: Mapping[str, Venue],
        state_dir: Path,
        strategies_folder: Path,
        environ: Mapping[str, str],
    ) -> None:
        self.settings = settings
        self.venues = venues
        self.state_dir = state_dir
        self.strategies_folder = strategies_folder
        self.environ = environ
        self.problems: list[Problem] = []
        self.strategies = [one for one in settings.strategies if one.enabled]

    def build(self) -> Tree:
        """All groups, or every problem."""
        known = {name: s for name, s in self.settings.venues.items() if self._is_known(name)}
        simulators = [self._simulator(n, s) for n, s in known.items() if _starts(s)]
        sessions = [spec for n, s in known.items() for spec in self._sessions(n, s)]
        strategies = [self._strategy(one) for one in self.strategies]
        router = self._router(known, sessions, strategies)
        if self.problems:
            raise ConfigError(*self.problems)
        groups = (
            Group(name="simulators", actors=self._pulsed(simulators)),
            Group(name="core", actors=self._pulsed([router])),
            Group(name="sessions", actors=self._pulsed(sessions)),
            Group(name="strategies", actors=self._pulsed(strategies)),
        )
        return Tree(
            name=self.settings.engine.name,
            mode=self.settings.engine.mode,
            groups=tuple(group for group in groups if group.actors),
        )

    def _is_known(self, name: str) -> bool:
        if name in self.venues:
            return True
        self.problems.append(
            Problem(
                f"venues.{name}",
                "there is no such venue",
                f"known: {', '.join(sorted(self.venues)) or 'none'}",
            )
        )
        return False

    # --- venues ----------------------------------------------------------------------------------

    def _simulator(self, name: str, section: VenueSection) -> ActorSpec:
        assert section.simulator is not None  # noqa: S101 - the caller chose these
        chosen = section.simulator
        options = dict(chosen.options)
        if chosen.replay is not None:
            options |= {"replay": str(chosen.replay)}
            if not chosen.replay.is_dir():
                self.problems.append(
                    Problem(
                        f"venues.{name}.simulator.replay", f"there is no folder {chosen.replay}"
                    )
                )
        options |= {
            "speed": chosen.speed,
            "seed": chosen.seed,
            "hold_for": list(chosen.hold_for),
            "timestamps": chosen.timestamps,
        }
        return ActorSpec(
            name=f"simulator.{name}",
            kind="simulator",
            module="actors.simulator",
            policy=SESSION,
            grace_s=SIMULATOR_GRACE_S,
            settings={"venue": name, "options": options},
        )

    def _sessions(self, name: str, section: VenueSection) -> Iterator[ActorSpec]:
        venue = self.venues[name]
        base = self._session_settings(name, section, venue)
        yield ActorSpec(
            name=f"{name}.data",
            kind="session",
            module="actors.session",
            policy=SESSION,
            grace_s=SESSION_GRACE_S,
            settings={**base, "role": "data", "instruments": self._instruments(name, section)},
            secrets=self._secrets(name, section, venue, venue.data_secrets),
            credentials=_source(name, section, venue),
            binds=(Bind(f"market.{name}"), Bind(f"replay.{name}")),
            connects=("sessions",),
            watches=True,
        )
        if venue.trade is None:
            return
        modes = self._modes(name)
        if Mode.PAPER in modes:
            yield self._paper(name, section)
        if Mode.LIVE in modes:
            yield ActorSpec(
                name=f"{name}.trade",
                kind="session",
                module="actors.session",
                policy=SESSION,
                grace_s=TRADE_GRACE_S,
                settings={
                    **base,
                    "role": "trade",
                    "instruments": self._instruments(name, section),
                    "orphan": self._orphan(name, section, venue),
                },
                secrets=self._secrets(name, section, venue, venue.credentials),
                credentials=_source(name, section, venue),
                connects=("sessions",),
                watches=True,
            )

    def _orphan(self, name: str, section: VenueSection, venue: Venue) -> dict[str, object]:
        """What the trade session does without its router; the venue's timer has a shortest length."""
        shortest_s = venue.capabilities.dead_man_timer_s_min
        if shortest_s is not None and 0 < section.dead_man_s < shortest_s:
            path = f"venues.{name}.dead_man_s"
            self.problems.append(
                Problem(path, f"the venue's timer takes at least {shortest_s} s", "0 for none")
            )
        return {
            "policy": section.orphans,
            "router_gone_s_max": section.router_gone_s_max,
            "dead_man_s": section.dead_man_s,
        }

    def _session_settings(
        self, name: str, section: VenueSection, venue: Venue
    ) -> dict[str, object]:
        """The venue's own settings, checked here so that faults show before anything starts."""
        simulated = section.simulator is not None
        given = section.simulator.endpoints if section.simulator is not None else None
        try:
            own: Any = structure(dict(section.settings), venue.settings, path=f"venues.{name}")
            if not simulated:
                # Making the protocols is pure; they refuse what they cannot work with.
                for make in filter(None, (venue.data, venue.trade)):
                    make(own, dict.fromkeys(venue.credentials, "-"))
        except ConfigError as error:
            self.problems.extend(p for p in error.problems if p not in self.problems)
        endpoints: object = dict(given) if given else None
        if simulated and not given:
            endpoints = Published(f"simulator.{name}", "endpoints")
        return {
            "venue": name,
            "settings": plain_values(section.settings),
            "simulator_endpoints": endpoints,
        }

    def _secrets(
        self, name: str, section: VenueSection, venue: Venue, wanted: tuple[str, ...]
    ) -> dict[str, Secret | Published]:
        if not wanted:
            return {}
        if section.credentials is None and section.simulator is not None:
            if section.simulator.endpoints:
                return {key: Secret(venue.simulator_credentials[key]) for key in wanted}
            return {key: Published(f"simulator.{name}", f"credentials.{key}") for key in wanted}
        return dict(self._read_secrets(name, section, venue, wanted))

    def _read_secrets(
        self, name: str, section: VenueSection, venue: Venue, wanted: tuple[str, ...]
    ) -> Mapping[str, Secret]:
        source = _source(name, section, venue)
        if source is None:
            path = f"venues.{name}.credentials"
            hint = f'e.g. {{ file = "{name}.secret" }} with {", ".join(venue.credentials)}'
            self.problems.append(Problem(path, "credentials are missing", hint))
            return {}
        try:
            found = source.read(self.environ)
        except ConfigError as error:
            self.problems.extend(p for p in error.problems if p not in self.problems)
            return {}
        return {key: found[key] for key in wanted}

    def _paper(self, name: str, section: VenueSection) -> ActorSpec:
        paper = self.settings.paper
        return ActorSpec(
            name=f"paper.{name}",
            kind="paper",
            module="actors.paper",
            policy=SESSION,
            grace_s=SESSION_GRACE_S,
            settings={
                "venue": name,
                "instruments": self._instruments(name, section),
                "state_dir": str(self.state_dir),
                "latency_ms": paper.latency_ms,
                "latency_jitter_ms": paper.latency_jitter_ms,
                "cash": plain_values(paper.cash),
                "maker_fee_rate": plain_values(paper.maker_fee_rate),
                "taker_fee_rate": plain_values(paper.taker_fee_rate),
                "seed": paper.seed,
                "upkeep": self._upkeep(),
            },
            connects=("sessions",),
            needs=(f"{name}.data",),
            watches=True,
        )

    def _instruments(self, name: str, section: VenueSection) -> list[str]:
        """Every instrument of the venue that strategies trade or risk checks need."""
        traded = {i for one in self.strategies for i in one.instruments if venue_of(i) == name}
        return sorted(traded | set(section.reference_instruments))

    def _modes(self, venue: str) -> frozenset[Mode]:
        """What is traded there: in the engine's mode, and on paper where a strategy asks for it."""
        own = {
            self._mode_of(one)
            for one in self.strategies
            if any(venue_of(name) == venue for name in one.instruments)
        }
        return frozenset(own | {self.settings.engine.mode})

    def _mode_of(self, strategy: StrategySection) -> Mode:
        return strategy.mode or self.settings.engine.mode

    # --- strategies ------------------------------------------------------------------------------

    def _strategy(self, section: StrategySection) -> ActorSpec:
        return ActorSpec(
            name=f"strategy.{section.name}",
            kind="strategy",
            module="actors.strategy",
            restart=Restart.PERMANENT,
            policy=STRATEGY,
            grace_s=STRATEGY_GRACE_S,
            limits=Limits(memory_mib=section.memory_mib_max, processes=STRATEGY_PROCESSES_MAX),
            settings={
                "name": section.name,
                "class": section.class_,
                "folder": str(self.strategies_folder),
                "state_dir": str(self.state_dir),
                "instruments": list(section.instruments),
                "parameters": plain_values(section.parameters),
                "mode": self._mode_of(section).value,
                "conflate": section.conflate,
            },
            connects=("strategies",),
            needs=("router",),
            watches=True,
            missed_max=max(
                1, ceil(section.callback_s_max / self.settings.engine.heartbeat_interval_s)
            ),
        )

    # --- router ------------------------------------------------------------------------------------

    def _router(
        self,
        known: Mapping[str, VenueSection],
        sessions: list[ActorSpec],
        strategies: list[ActorSpec],
    ) -> ActorSpec:
        return ActorSpec(
            name="router",
            kind="router",
            module="actors.router",
            policy=CORE,
            essential=True,
            grace_s=ROUTER_GRACE_S,
            ready_within_s=ROUTER_READY_WITHIN_S,
            settings=self._router_settings(known),
            binds=(
                Bind("strategies", tuple(spec.name for spec in strategies)),
                Bind("sessions", tuple(spec.name for spec in sessions)),
                Bind("operator", ("operator", "viewer")),
                Bind("kill", ("operator",)),
            ),
            watches=True,
        )

    def _router_settings(self, known: Mapping[str, VenueSection]) -> dict[str, object]:
        engine = self.settings.engine
        self._check_risk()
        return {
            "durability": engine.effective_durability,
            "state_dir": str(self.state_dir),
            "upkeep": self._upkeep(),
            "core": {
                "mode": engine.mode.value,
                "trade_sessions": self._trade_sessions(known),
                "data_sessions": {f"{name}.data": name for name in known},
                "strategies": {
                    one.name: {
                        "instruments": list(one.instruments),
                        "mode": self._mode_of(one).value,
                        "on_death": one.on_death.value,
                        "grace_s": one.grace_s,
                    }
                    for one in self.strategies
                },
                "risk": plain_values(self.settings.risk),
                "console_silence_s_max": engine.console_silence_s_max,
            },
        }

    def _upkeep(self) -> dict[str, object]:
        """How a journal is kept in bounds."""
        journal = self.settings.engine.journal
        return {
            "segment_bytes": journal.segment_mib << 20,
            "snapshot_records": journal.snapshot_records,
            "keep_days": journal.keep_days,
        }

    def _trade_sessions(self, known: Mapping[str, VenueSection]) -> dict[str, object]:
        """Who takes orders for which venue, in which mode."""
        return {
            f"paper.{name}" if mode is Mode.PAPER else f"{name}.trade": {
                "venue": name,
                "mode": mode.value,
                "unexplained": _level(section.unexplained),
                "capabilities": plain_values(
                    attrs.evolve(self.venues[name].capabilities, notes="")
                ),
                "claim_external": section.claim_external,
            }
            for name, section in known.items()
            if self.venues[name].trade
            for mode in sorted(self._modes(name))
        }

    def _check_risk(self) -> None:
        """Limits must be well formed; live trading needs all of the mandatory ones (PT-28)."""
        live = [
            (one.name, instrument)
            for one in self.strategies
            if self._mode_of(one) is Mode.LIVE
            for instrument in one.instruments
        ]
        self.problems.extend(limit_problems(self.settings.risk, live))

    def _pulsed(self, specs: list[ActorSpec]) -> tuple[ActorSpec, ...]:
        """The same specs with the configured heartbeat; strategies bring their own patience."""
        interval_s = self.settings.engine.heartbeat_interval_s
        return tuple(
            attrs.evolve(spec, heartbeat_interval_s=interval_s, settings=self._witnessed(spec))
            for spec in specs
        )

    def _witnessed(self, spec: ActorSpec) -> Mapping[str, object]:
        """The actor's settings, with a witness file where a drill asks for them."""
        folder = self.settings.engine.witness_dir
        if folder is None or spec.kind not in WITNESSES:
            return spec.settings
        return {**spec.settings, "witness_file": str(file_of(folder, spec.name))}


def _level(unexplained: str) -> str:
    """The kill switch's level for a difference that nobody can explain; blocking is none of its."""
    return "active" if unexplained == "blocked" else unexplained


def _source(name: str, section: VenueSection, venue: Venue) -> CredentialsSource | None:
    """Where the venue's credentials are read from, None where the configuration names no place."""
    if section.credentials is None:
        return None
    return CredentialsSource(
        path=f"venues.{name}.credentials",
        names=venue.credentials,
        file=section.credentials.file,
        env_prefix=section.credentials.env,
    )


def _starts(section: VenueSection) -> bool:
    """Whether we start the venue's simulator; one whose endpoints are given runs already."""
    return section.simulator is not None and not section.simulator.endpoints
