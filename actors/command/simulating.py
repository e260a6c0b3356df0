"""`simulate`: one venue's simulator alone, for looking at and for clients of other makes."""

import importlib
import json
import sys
from collections.abc import Mapping
from typing import Any

import trio

from actors.command import exits
from actors.venues import discover
from engine.errors import ConfigError, Problem
from engine.settings.converter import structure


def simulate(venue: str, options: Mapping[str, object]) -> int:
    """Run the simulator until Ctrl-C or SIGTERM; the first line printed is JSON."""
    known = discover()
    if venue not in known:
        raise ConfigError(
            Problem("VENUE", f"there is no venue {venue!r}", f"known: {', '.join(sorted(known))}")
        )
    module = importlib.import_module(known[venue].simulator)
    given = {key: value for key, value in options.items() if value is not None}
    settings = structure(given, module.SimulatorSettings, path="simulate")
    trio.run(_serve, module, settings)
    return exits.OK


async def _serve(module: Any, settings: object) -> None:
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_stop_on_signal, nursery.cancel_scope)
        running = await nursery.start(module.serve, settings)
        sys.stdout.write(json.dumps(running.description()) + "\n")
        sys.stdout.flush()


async def _stop_on_signal(scope: trio.CancelScope) -> None:
    import signal

    with trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        async for _ in signals:
            scope.cancel()
            return
