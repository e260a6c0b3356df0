"""`check`: everything that `start` would refuse, and what it would run."""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from rich.console import Console

from actors.command import exits
from actors.command.compactjson import compact
from actors.command.preparing import Options, prepare
from actors.command.rehearsing import rehearse, unlisted
from actors.venues import discover
from engine.errors import ConfigError
from engine.model.enums import Mode
from engine.model.instrument import venue_of
from engine.session.declaration import Venue
from engine.settings import EngineSettings
from engine.settings.converter import plain_values
from engine.supervise.render import render

WIDTH = 100
"""Of the lines that settings are shown in."""


def watchers(settings: EngineSettings, venues: Mapping[str, Venue]) -> list[str]:
    """Strategies that can place no order anywhere; nothing is wrong with that."""
    return [
        strategy.name
        for strategy in settings.strategies
        if strategy.enabled
        and all(venues[venue_of(name)].trade is None for name in strategy.instruments)
    ]


def notes(settings: EngineSettings, venues: Mapping[str, Venue]) -> Iterator[str]:
    """What is right and may surprise all the same."""
    for name in watchers(settings, venues):
        yield f"{name} only watches: no venue of its instruments takes orders"
    if not settings.risk and settings.engine.mode is Mode.PAPER:
        yield "there is no [risk] section: on paper nothing limits the orders (live trading needs limits)"


def check(config: Path, *, details: bool = False, as_json: bool) -> int:
    """Print the process tree, the settings in force and the verdict, which comes last: there it is seen.

    With `details` each process's rights, endpoints and settings stand below it. ConfigError with every
    problem otherwise.
    """
    prepared = prepare(config, Options(), keep_state=True)
    rehearsed = rehearse(prepared.tree)
    if rehearsed.problems:
        raise ConfigError(*rehearsed.problems)
    if as_json:
        sys.stdout.write("[]\n")
        return exits.OK
    console = Console(highlight=False, soft_wrap=True, markup=False)
    console.print("Settings in force (secrets never stand in them):\n")
    console.print(compact(plain_values(prepared.settings), width=WIDTH))
    more = "" if details else " (--details shows their rights, endpoints and settings)"
    console.print(f"\nProcesses{more}:\n")
    console.print(render(prepared.tree, details=details))
    console.print(f"run directory    {prepared.run_dir} (sockets, keys, logs)")
    console.print(f"state directory  {prepared.state_dir} (journal, saved strategies)\n")
    venues = discover(prepared.settings.venues)
    for note in (*notes(prepared.settings, venues), *unlisted(prepared.settings, rehearsed)):
        console.print(f"Note: {note}")
    console.print("The configuration is good.")
    return exits.OK
