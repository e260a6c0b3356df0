"""What only a started simulator tells: whether it takes its options, and which instruments it lists.

`check` starts each for a moment, on ports of the system's choice; `start` leaves that to the processes.
"""

from collections.abc import Iterator
from typing import Any

import attrs
import trio

from actors import simulator
from actors.command import exits
from engine.errors import ConfigError, Problem
from engine.model.instrument import venue_of
from engine.settings import EngineSettings
from engine.settings.converter import structure
from engine.supervise.specs import Tree


@attrs.frozen
class Rehearsed:
    """What the simulators of a tree said: their problems, and the symbols of each venue's."""

    problems: tuple[Problem, ...]
    listed: dict[str, frozenset[str]]


def rehearse(tree: Tree) -> Rehearsed:
    """Start every simulator of the tree for a moment."""
    problems: list[Problem] = []
    listed: dict[str, frozenset[str]] = {}
    for group in tree.groups:
        for spec in group.actors:
            if spec.kind == "simulator":
                venue = str(spec.settings["venue"])
                try:
                    listed[venue] = _listed_by(venue, spec.settings["options"])
                except ConfigError as error:
                    problems += error.problems
    return Rehearsed(tuple(problems), listed)


def unlisted(settings: EngineSettings, rehearsed: Rehearsed) -> Iterator[str]:
    """Instruments that a strategy would wait for without end, in sentences."""
    for strategy in settings.strategies:
        for name in strategy.instruments if strategy.enabled else ():
            venue = venue_of(name)
            symbol = name[: -len(venue) - 1]
            symbols = rehearsed.listed.get(venue)
            if symbols is not None and symbol not in symbols:
                yield (
                    f"{strategy.name} will wait: the simulator of {venue} does not list {symbol}, "
                    f"only {', '.join(sorted(symbols))}"
                )


def _listed_by(venue: str, options: Any) -> frozenset[str]:
    module: Any = simulator.module_of(venue)
    path = f"venues.{venue}.simulator"
    chosen = structure(options, module.SimulatorSettings, path=path)
    try:
        return frozenset(trio.run(_symbols, module, chosen))
    except* ConfigError as group:
        found = exits.problems_in(group)
        raise ConfigError(
            *(Problem(f"{path}.{p.path}", p.problem, p.hint) for p in found)
        ) from None


async def _symbols(module: Any, settings: object) -> list[str]:
    async with trio.open_nursery() as nursery:
        running = await nursery.start(module.serve, settings)
        nursery.cancel_scope.cancel()
        return [each["symbol"] for each in running.description()["instruments"]]
    raise AssertionError("unreachable: only what is cancelled above is caught")
