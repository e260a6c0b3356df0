"""A simulator's process: the venue's side of its own protocol on loopback.

Owns: the ports, the simulated market and accounts. Publishes where it is and how to log in, so that
the venue's sessions can be pointed at it. A restarted simulator takes the same ports again, so its
clients reconnect as they would to a venue that was away; its accounts and orders begin anew.

A venue's simulator module exports `SimulatorSettings` (ports in fields named `<endpoint>_port`, or `port`
for endpoints `host` and `port`) and `serve(settings, task_status)`, which reports an object with
`description()`.
"""

import importlib
from collections.abc import Mapping
from types import ModuleType
from typing import Any

import attrs
import trio

from actors.context import ActorContext
from actors.venues import load
from engine.errors import ConfigError
from engine.session.endpoints import links_of, places_of, setting_of
from engine.settings.converter import structure


@attrs.frozen(kw_only=True)
class SimulatorActorSettings:
    """Which venue, and the settings of its simulator."""

    venue: str
    options: Mapping[str, object] = attrs.field(factory=dict)
    witness_file: str = ""


def module_of(venue: str) -> ModuleType:
    """The simulator of a venue. Raises ConfigError for a venue that is not there."""
    return importlib.import_module(load(venue).simulator)


def port_names(module: ModuleType) -> list[str]:
    """The settings that choose ports, in the order of the endpoints."""
    settings: Any = module.SimulatorSettings
    return [setting_of(link) for link in links_of(attrs.fields_dict(settings))]


def ports_before(module: ModuleType, published: Mapping[str, object]) -> dict[str, object]:
    """The ports of the last boot, as settings; empty the first time."""
    endpoints = published.get("endpoints")
    if not isinstance(endpoints, Mapping):
        return {}
    found = {setting_of(link): port for link, (_, port) in places_of(endpoints).items()}
    return {name: found[name] for name in port_names(module) if found.get(name)}


async def run(context: ActorContext) -> None:
    """The process's life."""
    settings = structure(context.settings, SimulatorActorSettings, path=context.name)
    module = module_of(settings.venue)
    same_ports = ports_before(module, context.published_before)
    async with trio.open_nursery() as nursery:
        running = await _serve(nursery, module, settings, same_ports)
        description = running.description()
        context.gauge(lambda: {"endpoints": description["endpoints"]})
        context.ready(description)
        await context.stop.wait()
        nursery.cancel_scope.cancel()


async def _serve(
    nursery: trio.Nursery,
    module: ModuleType,
    settings: SimulatorActorSettings,
    same_ports: Mapping[str, object],
) -> Any:
    """Start the server, at the old ports if they are still free."""
    for ports in (same_ports, {}):
        options = {**settings.options, **ports}
        if settings.witness_file:
            options["witness_file"] = settings.witness_file
        path = f"venues.{settings.venue}.simulator"
        chosen = structure(options, module.SimulatorSettings, path=path)
        try:
            return await nursery.start(module.serve, chosen)
        except ConfigError:
            if not ports:
                raise
    raise AssertionError("unreachable: the last attempt returns or raises")
