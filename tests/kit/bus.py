"""Buses for tests: a short run directory, keys for a few names, and messages to send."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import attrs
import zmq

from engine.bus.context import Bus, open_bus
from engine.bus.keys import KeyPair, Peer, generate
from engine.messages.market import Quote, Trade
from tests.kit.rundir import short_run_dir

INSTRUMENT = "BTCUSDT.TEST"


@attrs.define
class Stage:
    """A run directory and the keys of everybody on it; `alerts` is what the buses reported."""

    run_dir: Path
    keys: dict[str, KeyPair] = attrs.field(factory=dict)
    alerts: list[str] = attrs.field(factory=list)

    def key(self, name: str) -> KeyPair:
        """The pair of this name, made when first asked for."""
        if name not in self.keys:
            self.keys[name] = generate()
        return self.keys[name]

    def peers(self, *names: str) -> dict[bytes, Peer]:
        """An admission table of these names."""
        return {self.key(name).public: Peer(name, "strategy") for name in names}

    @asynccontextmanager
    async def bus(self, name: str, boot: int = 1, *, server: str = "router") -> AsyncIterator[Bus]:
        """A bus of this name, which knows `server` as the binder of `strategies`."""
        async with open_bus(
            self.run_dir,
            name=name,
            boot=boot,
            keys=self.key(name),
            servers={"strategies": self.key(server).public},
            alert=self.alerts.append,
        ) as bus:
            yield bus

    @contextmanager
    def raw(self, kind: int) -> Iterator["zmq.Socket[bytes]"]:
        """A foreign socket with none of our options but a short linger."""
        context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        socket = context.socket(kind)
        socket.linger = 0
        try:
            yield socket
        finally:
            socket.close()
            context.term()

    def address(self, endpoint: str) -> str:
        """Where an endpoint is."""
        return f"ipc://{self.run_dir}/{endpoint}.ipc"

    def give_keys(self, socket: "zmq.Socket[bytes]", name: str, server: str = "router") -> None:
        """Let a foreign socket speak with the key of this name."""
        socket.curve_serverkey = self.key(server).public
        socket.curve_publickey = self.key(name).public
        socket.curve_secretkey = self.key(name).secret


@contextmanager
def a_stage() -> Iterator[Stage]:
    """A fresh run directory without anybody."""
    with short_run_dir() as run_dir:
        yield Stage(run_dir)


def quote(price: float = 1.0, instrument: str = INSTRUMENT, *, mono_ns: int = 0) -> Quote:
    """A quote the publisher will number."""
    return Quote(instrument, 0, 0, 0, 0, mono_ns, price, 1.0, price + 1, 1.0)


def trade(number: int, instrument: str = INSTRUMENT, *, mono_ns: int = 0) -> Trade:
    """A trade the publisher will number; `number` is its id."""
    return Trade(instrument, 0, 0, 0, 0, mono_ns, 1.0, 1.0, 1, str(number))
