"""`simulate`: one venue's simulator alone, for looking at and for clients of other makes."""

import json
import signal
import sys
from collections.abc import Mapping
from typing import Any

import trio

from actors import simulator
from actors.command import exits
from engine.errors import ConfigError
from engine.settings.converter import structure


def simulate(venue: str, port: int, options: Mapping[str, object]) -> int:
    """Run the simulator until Ctrl-C or SIGTERM; the first line printed is JSON."""
    module = simulator.module_of(venue)
    given = {key: value for key, value in options.items() if value is not None}
    if port:
        given |= {name: port + place for place, name in enumerate(simulator.port_names(module))}
    settings = structure(given, module.SimulatorSettings, path="simulate")
    try:
        trio.run(_serve, module, settings)
    except* ConfigError as group:
        raise ConfigError(*exits.problems_in(group)) from None
    return exits.OK


async def _serve(module: Any, settings: object) -> None:
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_stop_on_signal, nursery.cancel_scope)
        running = await nursery.start(module.serve, settings)
        sys.stdout.write(json.dumps(running.description()) + "\n")
        sys.stdout.flush()


async def _stop_on_signal(scope: trio.CancelScope) -> None:
    with trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        async for _ in signals:
            scope.cancel()
            return
