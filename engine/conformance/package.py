"""A venue package as the battery sees it: its declaration, its folder, its simulator."""

import importlib
import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import attrs

from engine.conformance.declared import Conformance
from engine.errors import ConfigError, Problem
from engine.model.instrument import symbol_of
from engine.session.declaration import Venue
from engine.session.feeds import Feed

ALONE = "alone"
"""Variant of a venue whose sessions are joined: its data session, as in paper mode."""


@attrs.frozen(kw_only=True)
class VenuePackage:
    """One venue.

    Attributes:
        venue: its declaration.
        folder: where its files are.
        simulator: the module that exports `SimulatorSettings` and `serve`.
        conformance: what it declares for its tests.
        alone: whether market data is tried by its data session although its sessions are joined.
    """

    venue: Venue
    folder: Path
    simulator: Any
    conformance: Conformance
    alone: bool = False

    @property
    def name(self) -> str:
        """Of the venue."""
        return self.venue.name

    @property
    def variants(self) -> tuple[str, ...]:
        """Names of all of them; data alone is one where the sessions are joined otherwise."""
        return (*self.conformance.variants, *((ALONE,) if self.venue.joined else ()))

    def variant(self, name: str) -> "VenuePackage":
        """The same with the settings of one of its variants; an empty name is itself."""
        if not name:
            return self
        if name == ALONE:
            return attrs.evolve(self, alone=True)
        declared = self.conformance
        settings = {**declared.settings, **declared.variants[name]}
        return attrs.evolve(self, conformance=attrs.evolve(declared, settings=settings))

    def feed_of(self, instrument: str) -> Feed:
        """The feed that delivers an instrument. Raises ConfigError when none does."""
        feed = self.venue.feed_of(symbol_of(instrument))
        if feed is None:
            path = f"venues.{self.name}.conformance"
            raise ConfigError(Problem(path, f"no feed of the venue serves {instrument}"))
        return feed


def package_of(module: ModuleType) -> VenuePackage:
    """The venue package that this module is.

    Raises:
        ConfigError: it declares nothing for its conformance tests.
    """
    venue: Venue = module.VENUE
    declared = f"{module.__name__}.conformance"
    hint = f"write conformance.py beside {module.__file__}, with CONFORMANCE = Conformance(…)"
    if importlib.util.find_spec(declared) is None:
        raise ConfigError(Problem(f"venues.{venue.name}", "there is no conformance.py", hint))
    conformance = getattr(importlib.import_module(declared), "CONFORMANCE", None)
    if not isinstance(conformance, Conformance):
        raise ConfigError(Problem(f"venues.{venue.name}", f"{declared} has no CONFORMANCE", hint))
    return VenuePackage(
        venue=venue,
        folder=Path(module.__file__ or "").parent,
        simulator=importlib.import_module(venue.simulator),
        conformance=conformance,
    )
