"""`check`: everything that `start` would refuse, and what it would run."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path

from rich.console import Console

from actors.command import exits
from actors.command.preparing import Options, prepare
from actors.venues import discover
from engine.model.instrument import venue_of
from engine.session.declaration import Venue
from engine.settings import EngineSettings
from engine.settings.converter import plain_values
from engine.supervise.render import render


def watchers(settings: EngineSettings, venues: Mapping[str, Venue]) -> list[str]:
    """Strategies that can place no order anywhere; nothing is wrong with that."""
    return [
        strategy.name
        for strategy in settings.strategies
        if strategy.enabled
        and all(venues[venue_of(name)].trade is None for name in strategy.instruments)
    ]


def check(config: Path, *, as_json: bool) -> int:
    """Print the process tree and the settings in force; ConfigError with every problem otherwise."""
    prepared = prepare(config, Options(), keep_state=True)
    if as_json:
        sys.stdout.write("[]\n")
        return exits.OK
    console = Console(highlight=False, soft_wrap=True, markup=False)
    console.print("The configuration is good. It runs these processes:\n")
    console.print(render(prepared.tree))
    for name in watchers(prepared.settings, discover(prepared.settings.venues)):
        console.print(f"{name} only watches: no venue of its instruments takes orders\n")
    console.print("Settings in force (secrets never stand in them):\n")
    shown = plain_values(prepared.settings)
    console.print(json.dumps(shown, indent=2, ensure_ascii=False))
    console.print(f"\nrun directory   {prepared.run_dir}\nstate directory {prepared.state_dir}")
    return exits.OK
