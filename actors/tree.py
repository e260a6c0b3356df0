"""The process tree of a configuration: which actors run, with which settings, keys and limits. Pure.

What runs for a venue is decided in `venuetree`.
"""

import os
from collections.abc import Mapping
from math import ceil
from pathlib import Path

import attrs

from actors.feedplan import is_unserved, named_feeds, unserved
from actors.risklimits import limit_problems
from actors.venuetree import VenueBranch, upkeep_of
from engine.drill.witness import file_of
from engine.errors import ConfigError, Problem
from engine.model.enums import Mode
from engine.model.instrument import venue_of
from engine.session.declaration import Venue
from engine.settings import EngineSettings, StrategySection, VenueSection
from engine.settings.converter import plain_values
from engine.supervise.intensity import RestartPolicy
from engine.supervise.specs import ActorSpec, Bind, Group, Limits, Restart, Tree

# Budgets after reliability rules SUP-6: restarts multiply towards the root, so they differ by group.
CORE = RestartPolicy(intensity=3, period_s=60.0, backoff_first_s=0.1, backoff_max_s=2.0)
STRATEGY = RestartPolicy(intensity=3, period_s=300.0, backoff_first_s=0.2, backoff_max_s=10.0)

ROUTER_GRACE_S = 5.0
ROUTER_READY_WITHIN_S = 600.0
"""The router reads its whole journal at its start, about 50,000 records a second, and must not be
killed over it, again and again: this is enough for 30 million records. A start that hangs for
another reason is therefore noticed late; orders are closed as long as it lasts."""
STRATEGY_GRACE_S = 2.0

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
        known = [self._branch(n, s) for n, s in self.settings.venues.items() if self._is_known(n)]
        simulators = [spec for branch in known if (spec := branch.simulator()) is not None]
        sessions = [spec for branch in known for spec in branch.sessions()]
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

    def _branch(self, name: str, section: VenueSection) -> VenueBranch:
        traded = {i for one in self.strategies for i in one.instruments if venue_of(i) == name}
        return VenueBranch(
            section=section,
            venue=self.venues[name],
            settings=self.settings,
            instruments=tuple(sorted(traded | set(section.reference_instruments))),
            modes=self._modes(name),
            state_dir=self.state_dir,
            environ=self.environ,
            problems=self.problems,
        )

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
        self._check_twins(section)
        feeds = self._feeds_of(section)
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
                **({"feeds": feeds} if feeds else {}),
                **({"twins": dict(section.twins)} if section.twins else {}),
            },
            connects=("strategies",),
            needs=("router",),
            watches=True,
            missed_max=max(
                1, ceil(section.callback_s_max / self.settings.engine.heartbeat_interval_s)
            ),
        )

    def _feeds_of(self, section: StrategySection) -> dict[str, str]:
        """Where a strategy finds the data of instruments whose venue has several feeds."""
        found: dict[str, str] = {}
        for name in section.instruments:
            venue = self.venues.get(venue_of(name))
            if venue is None:
                continue  # named where the venue is configured
            if is_unserved(venue, name):
                path = f"strategies.{section.name}.instruments"
                self.problems.append(unserved(path, venue, name))
            found |= named_feeds(venue, [name])
        return found

    def _check_twins(self, section: StrategySection) -> None:
        """What is to be traded must be at a venue that takes orders."""
        for watched, traded in section.twins.items():
            if not self._takes_orders(traded):
                self.problems.append(
                    Problem(
                        f"strategies.{section.name}.twins",
                        f"{traded}, the twin of {watched}, cannot be traded: "
                        f"{venue_of(traded)} takes no orders",
                        "name an instrument of a venue with a trade session",
                    )
                )

    # --- router ------------------------------------------------------------------------------------

    def _router(
        self,
        known: list[VenueBranch],
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

    def _router_settings(self, known: list[VenueBranch]) -> dict[str, object]:
        engine = self.settings.engine
        self._check_risk()
        return {
            "durability": engine.effective_durability,
            "state_dir": str(self.state_dir),
            "upkeep": upkeep_of(self.settings),
            "core": {
                "mode": engine.mode.value,
                "trade_sessions": {
                    name: told for branch in known for name, told in branch.trade_sessions().items()
                },
                "data_sessions": {
                    name: branch.name for branch in known for name in branch.market_sessions
                },
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
                "reconcile_interval_s": engine.orders.reconcile_interval_s,
                "query_interval_s": engine.orders.query_interval_s,
                "horizon_s_min": engine.orders.horizon_s,
            },
        }

    def _check_risk(self) -> None:
        """Limits must be well formed; live trading needs all of the mandatory ones (PT-28)."""
        live = [
            (one.name, instrument)
            for one in self.strategies
            if self._mode_of(one) is Mode.LIVE
            for instrument in one.instruments
            if self._takes_orders(instrument)
        ]
        self.problems.extend(limit_problems(self.settings.risk, live))

    def _takes_orders(self, instrument: str) -> bool:
        """Of a venue that is not there nothing is known; that is said elsewhere."""
        venue = self.venues.get(venue_of(instrument))
        return venue is None or venue.trade is not None

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
