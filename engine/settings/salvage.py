"""What can still be read of a configuration with faults, so that one fault hides no other.

Each key is tried alone; what does not fit is left out and remembered by its path, so that nobody
complains about it a second time for being missing. Nothing that runs ever uses the result.
"""

from collections.abc import Mapping
from typing import Any, TypeVar

import attrs

from engine.errors import ConfigError
from engine.settings.converter import structure
from engine.settings.model import (
    EngineSection,
    EngineSettings,
    LiveSection,
    PaperSection,
    SimulatorSection,
    StrategySection,
    VenueSection,
)

T = TypeVar("T")

UNREADABLE = "unreadable"
"""Stands for the name of a strategy that has none."""

_STRATEGY_FILLERS: Mapping[str, object] = {"name": UNREADABLE, "class": "-", "instruments": []}


def salvage(raw: Mapping[str, object]) -> tuple[EngineSettings, frozenset[str]]:
    """The settings without what cannot be read, and the paths of that."""
    work = _Salvage()
    venues = work.table(raw, "venues")
    entries = raw.get("strategies", [])
    if not isinstance(entries, list):
        work.unreadable.add("strategies")
        entries = []
    settings = EngineSettings(
        engine=work.section(raw, "engine", EngineSection),
        live=work.section(raw, "live", LiveSection),
        venues={name: work.venue(name, venues[name]) for name in venues},
        strategies=tuple(work.strategy(n, entry) for n, entry in enumerate(entries)),
        risk=work.table(raw, "risk"),
        paper=work.section(raw, "paper", PaperSection),
    )
    return settings, frozenset(work.unreadable)


class _Salvage:
    """Collects the paths of what is left out.

    Attributes:
        unreadable: those paths.
    """

    def __init__(self) -> None:
        self.unreadable: set[str] = set()

    def table(self, raw: Mapping[str, object], key: str) -> Mapping[str, Any]:
        """A table, or an empty one."""
        return self._table(raw.get(key, {}), key)

    def section(self, raw: Mapping[str, object], key: str, cls: type[T]) -> T:
        """A section all of whose keys have defaults."""
        return structure(self._good_keys(self.table(raw, key), cls, key), cls)

    def venue(self, name: str, value: object) -> VenueSection:
        """A venue's section; a simulator with faults stays a simulator."""
        path = f"venues.{name}"
        given = dict(self._table(value, path))
        if "simulator" in given:
            inner = f"{path}.simulator"
            chosen = self._table(given["simulator"], inner)
            given["simulator"] = self._good_keys(chosen, SimulatorSection, inner)
        return structure(self._good_keys(given, VenueSection, path), VenueSection)

    def strategy(self, position: int, value: object) -> StrategySection:
        """A strategy at its place; one without name, class or instruments is not enabled."""
        path = f"strategies[{position}]"
        given = self._table(value, path)
        good = self._good_keys(given, StrategySection, path, _STRATEGY_FILLERS)
        missing = _STRATEGY_FILLERS.keys() - good.keys()
        self.unreadable |= {f"{path}.{key}" for key in missing}
        section = structure({**_STRATEGY_FILLERS, **good}, StrategySection)
        return attrs.evolve(section, enabled=False) if missing else section

    def _table(self, value: object, path: str) -> Mapping[str, Any]:
        if isinstance(value, Mapping):
            return value
        self.unreadable.add(path)
        return {}

    def _good_keys(
        self,
        given: Mapping[str, object],
        cls: type[object],
        path: str,
        fillers: Mapping[str, object] | None = None,
    ) -> dict[str, object]:
        good = {k: v for k, v in given.items() if _fits({**(fillers or {}), k: v}, cls)}
        self.unreadable |= {f"{path}.{key}" for key in given.keys() - good.keys()}
        return good


def _fits(values: Mapping[str, object], cls: type[object]) -> bool:
    try:
        structure(values, cls)
    except ConfigError:
        return False
    return True
