"""One folder per venue: everything the engine knows of it. Found by folder; there is no list to keep.

A folder is a venue when its package exports `VENUE` (`engine.session.contract.Venue`). What is added
here works in every command without a change elsewhere.
"""

import importlib
import pkgutil
from types import ModuleType

from engine.errors import ConfigError, Problem
from engine.session.contract import Venue


def discover() -> dict[str, Venue]:
    """All venues by name, in alphabetical order.

    Raises:
        ConfigError: for every package that cannot be imported or declares a wrong venue.
    """
    venues: dict[str, Venue] = {}
    problems: list[Problem] = []
    for name in _folders():
        try:
            module = _import(name)
            if hasattr(module, "VENUE"):
                venues[name] = _declared(module, name)
        except ConfigError as error:
            problems.extend(error.problems)
    if problems:
        raise ConfigError(*problems)
    return venues


def load(name: str, package: str = "") -> Venue:
    """The venue of this name, without importing any other.

    Args:
        name: of the venue; its folder here, unless a package is named.
        package: dotted module elsewhere that exports `VENUE`.

    Raises:
        ConfigError: there is no such venue, or its package is broken.
    """
    if package:
        return _declared(importlib.import_module(package), name)
    if name not in _folders():
        known = ", ".join(_folders())
        raise ConfigError(Problem(f"venues.{name}", "there is no such venue", f"known: {known}"))
    module = _import(name)
    if not hasattr(module, "VENUE"):
        raise ConfigError(Problem(f"venues.{name}", f"{module.__name__} exports no VENUE"))
    return _declared(module, name)


def _folders() -> list[str]:
    return sorted(found.name for found in pkgutil.iter_modules(__path__) if found.ispkg)


def _import(name: str) -> ModuleType:
    try:
        return importlib.import_module(f"{__name__}.{name}")
    except Exception as error:  # plugin call: a venue package may fail in any way
        text = f"its package cannot be imported: {type(error).__name__}: {error}"
        raise ConfigError(Problem(f"venues.{name}", text)) from error


def _declared(module: ModuleType, name: str) -> Venue:
    venue = module.VENUE
    if not isinstance(venue, Venue):
        text = f"VENUE of its package is a {type(venue).__name__}, not a Venue"
        raise ConfigError(Problem(f"venues.{name}", text))
    if venue.name != name:
        text = f"its package calls itself {venue.name!r}, but a venue is named like its folder"
        raise ConfigError(Problem(f"venues.{name}", text))
    return venue
