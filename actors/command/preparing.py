"""Before a run: load, check and build, and say everything that is wrong at once.

Faults in one part of a configuration hide none in another: what can be read is checked against
venues, plugins and limits even when something else cannot.
"""

import math
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import attrs

from actors.command import places, plugins
from actors.tree import build_tree
from actors.venues import discover
from engine.errors import ConfigError, Problem
from engine.settings import EngineSettings, examine
from engine.supervise.specs import Tree

T = TypeVar("T")


@attrs.frozen(kw_only=True)
class Options:
    """What the command line adds to a configuration."""

    for_s: float | None = None
    report: Path | None = None
    run_dir: Path | None = None
    state_dir: Path | None = None


@attrs.frozen
class Prepared:
    """A run whose configuration has been found good."""

    settings: EngineSettings
    tree: Tree
    run_dir: Path
    state_dir: Path


def prepare(file: Path, options: Options, *, keep_state: bool) -> Prepared:
    """Load, check and build the tree of processes; ConfigError with every problem found."""
    examined = examine(file)
    settings = examined.settings
    run_dir = places.run_dir_of(settings, options.run_dir).absolute()
    state_dir = options.state_dir or places.state_dir_of(settings, run_dir, keep=keep_state)
    state_dir = state_dir.absolute()
    folder = places.strategies_folder()

    later: list[Problem] = []
    venues = _tried(lambda: discover(settings.venues), later)
    later += _tried(lambda: plugins.problems_of(settings, folder), later) or []
    tree = None
    if venues is not None:
        build = (settings, venues)
        tree = _tried(
            lambda: build_tree(*build, state_dir=state_dir, strategies_folder=folder), later
        )
    later = examined.named(examined.without_echoes(later))
    problems = [*_option_problems(options), *examined.problems, *later]
    if problems or tree is None:
        raise ConfigError(*problems)
    return Prepared(settings, tree, run_dir, state_dir)


def _tried(act: Callable[[], T], problems: list[Problem]) -> T | None:
    """What `act` returns; None, and its problems with the others, when it refuses."""
    try:
        return act()
    except ConfigError as error:
        problems.extend(error.problems)
        return None


def _option_problems(options: Options) -> Iterator[Problem]:
    for_s, report = options.for_s, options.report
    if for_s is not None and not (math.isfinite(for_s) and for_s > 0):
        yield Problem("--for", f"must be a number of seconds above zero, not {for_s:g}")
    if report is None:
        return
    folder = report.absolute().parent
    if not folder.is_dir():
        yield Problem("--report", f"there is no folder {folder}", "make it first")
    elif report.is_dir():
        yield Problem("--report", f"{report} is a folder", "name a file")
    elif not os.access(report if report.exists() else folder, os.W_OK):
        yield Problem("--report", f"{report} cannot be written")
