"""One folder per venue: everything the engine knows of it. Found by folder; there is no list to keep.

A folder is a venue when its package exports `VENUE` (`engine.session.declaration.Venue`). What is added
here works in every command without a change elsewhere. Venues of others stand beside ours: in folders
that the environment variable `PITBOSS_VENUES` names (separated like `PATH`; packages there are imported
as if they stood here), or as installed packages with an entry point of the group `pitboss.venues`.
"""

import importlib
import os
import pkgutil
import sys
from collections import Counter
from collections.abc import Collection
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType

from engine.errors import ConfigError, Problem
from engine.session.declaration import Venue
from engine.supervise.spawn import VENUES_VARIABLE

ENTRY_POINTS = "pitboss.venues"
"""Group of the entry points of installed venue packages; the name is the venue's, the value its package."""

OURS = Path(__file__).parent
PACKAGE = __name__


def look_also_in(*folders: Path) -> None:
    """Take venue packages from these folders too, after our own."""
    __path__.extend(str(folder.absolute()) for folder in folders if str(folder) not in __path__)


look_also_in(*map(Path, filter(None, os.environ.get(VENUES_VARIABLE, "").split(os.pathsep))))


def discover(names: Collection[str] | None = None) -> dict[str, Venue]:
    """All venues by name, in alphabetical order.

    Args:
        names: only these are imported, as long as each of them is a venue; else all that there are,
            for who has to say which they are.

    Raises:
        ConfigError: for every package that cannot be imported or declares a wrong venue.
    """
    present = {*_folders(), *_installed()}
    if names is not None and present.issuperset(names):
        found = _read(names)
        if len(found) == len(set(names)):
            return found
    return _read(present)


def _read(names: Collection[str]) -> dict[str, Venue]:
    """The venues among these packages."""
    venues: dict[str, Venue] = {}
    problems: list[Problem] = [*_misplaced()]
    installed = _installed()
    for name in sorted(set(names)):
        try:
            module = _import(name)
            if hasattr(module, "VENUE") or name in installed:
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
    return _declared(module_of(name), name)


def module_of(name: str) -> ModuleType:
    """The package of the venue of this name, without importing any other.

    Raises:
        ConfigError: there is no such venue, or its package cannot be imported.
    """
    folders = _folders()
    if name not in folders and name not in _installed():
        known = ", ".join(sorted({*folders, *_installed()}))
        raise ConfigError(Problem(f"venues.{name}", "there is no such venue", f"known: {known}"))
    return _import(name)


def is_ours(name: str) -> bool:
    """Whether the venue comes with the engine, and changes with it alone."""
    module = sys.modules.get(f"{__name__}.{name}")
    return module is not None and Path(module.__file__ or "").parent == OURS / name


def _folders() -> list[str]:
    return sorted({found.name for found in pkgutil.iter_modules(__path__) if found.ispkg})


def _installed() -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=ENTRY_POINTS)}


def _misplaced() -> list[Problem]:
    """Places that are not there, and names that stand for two packages."""
    absent = [
        Problem(VENUES_VARIABLE, f"there is no folder {place}", "name folders of venue packages")
        for place in __path__
        if not Path(place).is_dir()
    ]
    count = Counter(
        found.name for place in __path__ for found in pkgutil.iter_modules([place]) if found.ispkg
    )
    count.update(list(_installed()))
    return absent + [
        Problem(f"venues.{name}", "two packages have this name", "rename or remove one of them")
        for name, places in sorted(count.items())
        if places > 1
    ]


def _import(name: str) -> ModuleType:
    module = f"{__name__}.{name}"
    if name not in _folders():
        module = _installed()[name].module
    try:
        return importlib.import_module(module)
    except Exception as error:  # plugin call: a venue package may fail in any way
        text = f"its package cannot be imported: {type(error).__name__}: {error}"
        raise ConfigError(Problem(f"venues.{name}", text)) from error


def _declared(module: ModuleType, name: str) -> Venue:
    if not hasattr(module, "VENUE"):
        raise ConfigError(Problem(f"venues.{name}", f"{module.__name__} exports no VENUE"))
    venue = module.VENUE
    if not isinstance(venue, Venue):
        text = f"VENUE of its package is a {type(venue).__name__}, not a Venue"
        raise ConfigError(Problem(f"venues.{name}", text))
    if venue.name != name:
        text = f"its package calls itself {venue.name!r}, but a venue is named like its folder"
        raise ConfigError(Problem(f"venues.{name}", text))
    return venue
