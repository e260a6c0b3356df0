"""The seventh venue's side of its protocol: the sixth's market and account behind one connection."""

import time
from functools import partial
from typing import Any

import attrs
import trio
import trio_websocket

from engine.drill.witness import WitnessFile

from ...sixth.simulator import CREDENTIALS, START, Faults, Peer, Venue, on_command


@attrs.frozen(kw_only=True)
class SimulatorSettings:
    """Where it listens and how lively its market is; `witness_file` hears of every frame it gets."""

    host: str = "127.0.0.1"
    port: int = 0
    symbols: tuple[str, ...] = ("AAA", "BBB")
    seed: int = 1
    speed: float = 1.0
    quotes_per_s: float = 20.0
    hold_for: tuple[str, ...] = ()
    timestamps: str = "now"
    replay: str | None = None
    witness_file: str = ""


@attrs.frozen(kw_only=True)
class Running:
    """A running simulator."""

    endpoints: dict[str, str]
    symbols: tuple[str, ...]
    faults: Faults

    def description(self) -> dict[str, Any]:
        """What programs read."""
        rows = [
            {"symbol": each, "price_increment": "0.01", "lot": "1", "reference_price": str(START)}
            for each in self.symbols
        ]
        return {
            "venue": "seventh",
            "endpoints": self.endpoints,
            "credentials": dict(CREDENTIALS),
            "instruments": rows,
        }


async def serve(
    settings: SimulatorSettings,
    *,
    task_status: trio.TaskStatus[Running] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Run the venue until cancelled."""
    venue = Venue(settings.seed, settings.symbols)
    faults = Faults(venue)
    witness = WitnessFile.wanted(settings.witness_file)
    async with trio.open_nursery() as nursery:
        opened = partial(trio_websocket.serve_websocket, ssl_context=None)
        handler = partial(_on_connection, venue, faults, witness)
        server = await nursery.start(opened, handler, settings.host, settings.port)
        endpoints = {"host": settings.host, "port": str(server.port)}
        task_status.started(Running(endpoints=endpoints, symbols=settings.symbols, faults=faults))
        while True:
            await trio.sleep(1 / (settings.quotes_per_s * settings.speed))
            venue.step()


async def _on_connection(
    venue: Venue,
    faults: Faults,
    witness: WitnessFile | None,
    request: trio_websocket.WebSocketRequest,
) -> None:
    peer = Peer(await request.accept())
    rows = [{"symbol": name, "tick": "0.01", "currency": "USDT"} for name in venue.prices]
    peer.send({"ev": "listing", "rows": rows})

    def on_frame(frame: dict[str, Any]) -> None:
        if witness is not None:
            witness.note(time.monotonic_ns(), frame["op"])
        if frame["op"] == "watch":
            venue.watch(peer, frame)
        else:
            on_command(venue, peer, frame)

    try:
        with trio.CancelScope() as scope:
            faults.cut.append(scope)
            await peer.serve(on_frame)
    finally:
        venue.accounts.discard(peer)
        venue.watchers.pop(peer, None)
