"""`simulate`: one venue's simulator alone, for looking at and for clients of other makes."""

import ipaddress
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

PORT_MAX = 65535


def simulate(venue: str, port: int, options: Mapping[str, object]) -> int:
    """Run the simulator until Ctrl-C or SIGTERM; the first line printed is JSON."""
    _check_host(str(options.get("host") or "127.0.0.1"))
    module = simulator.module_of(venue)
    names = simulator.port_names(module)
    _check_port(port, len(names))
    given = {key: value for key, value in options.items() if value is not None}
    if port:
        given |= {name: port + place for place, name in enumerate(names)}
    settings = structure(given, module.SimulatorSettings, path="simulate")
    try:
        trio.run(_serve, module, settings)
    except* ConfigError as group:
        raise ConfigError(*exits.problems_in(group)) from None
    return exits.OK


def _check_host(host: str) -> None:
    """A simulator accepts published credentials, so nobody else may reach it."""
    try:
        loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise exits.BadUsage(
            f"--host {host}: simulators listen on loopback only, e.g. 127.0.0.1 or ::1"
        )


def _check_port(port: int, count: int) -> None:
    last = PORT_MAX - count + 1
    if not 0 <= port <= last:
        raise exits.BadUsage(
            f"--port {port}: must be 1 to {last} for {count} endpoints, or 0 for any"
        )


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
