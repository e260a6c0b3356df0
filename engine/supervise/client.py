"""Asking a running engine from outside: one request, one answer, for the command line and scripts.

`admin` is answered by the supervisor, `operator` by the router. The key in the run directory decides
what may be asked; having it means being the user who runs the engine.
"""

import json
import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import trio

from engine.bus.context import Bus, open_bus
from engine.bus.sockets import DealerSocket
from engine.errors import (
    BadEnvelope,
    BusFull,
    ConnectFailed,
    EngineError,
    PeerSilent,
    RemoteProtocolError,
    UnknownPeer,
)
from engine.messages.codec import decode_as, encode
from engine.messages.operator import PARTS_MAX, ROLE_VIEWER, OperatorReply, OperatorRequest
from engine.supervise.rundir import OutsideKey, read_key

CONNECT_WITHIN_S = 2.0
"""A binder on the same host answers within milliseconds; a busy one gets a little time."""

CONNECT_REPEAT_S = 0.01


class RequestRefused(EngineError):
    """The engine said no; the text says why. The request had no effect."""


async def ask(
    run_dir: Path,
    endpoint: str,
    verb: str,
    arguments: Mapping[str, object] | None = None,
    *,
    role: str = ROLE_VIEWER,
    within_s: float = 5.0,
    reason: str = "",
    request_id: str = "",
) -> Any:
    """The engine's answer to a verb, as parsed JSON.

    Args:
        run_dir: of the engine.
        endpoint: `admin` (supervisor) or `operator` (router).
        verb: what to do.
        arguments: a JSON object.
        role: `viewer` for reading, `operator` for commands.
        within_s: for the answer, once the request is on its way.
        reason: for the engine's records.
        request_id: names the request, so that it is not done twice when it is repeated; by default
            a new one.

    Raises:
        ConnectFailed: no engine runs there, or not this part of it; nothing was asked.
        PeerSilent: asked, but no (complete) answer in time: the outcome is unknown.
        RequestRefused: the engine said no.
        RemoteProtocolError: the answer cannot be read.
        ConfigError: the key file cannot be used.
    """
    key = _key_to(run_dir, role, endpoint)
    request = _request(verb, arguments, reason, request_id)
    collector = _Collector(request.request_id)
    refusals: list[str] = []
    async with (
        open_bus(run_dir, **_as(role, key), alert=refusals.append) as bus,
        trio.open_nursery() as nursery,
    ):
        dealer = bus.connect_dealer(endpoint)
        nursery.start_soon(dealer.pump, collector.handle)
        sent = await _exchange(dealer, encode(request), collector, within_s)
        nursery.cancel_scope.cancel()
    if not sent:
        raise _unreachable(run_dir, endpoint, refusals)
    return collector.result(f"{endpoint} in {run_dir}", within_s)


@asynccontextmanager
async def open_line(run_dir: Path, *, role: str = ROLE_VIEWER) -> AsyncIterator["Line"]:
    """A line to whatever engine runs in this directory, for the length of the block."""
    async with trio.open_nursery() as nursery:
        yield Line(run_dir, role, nursery)
        nursery.cancel_scope.cancel()


class Line:
    """Asks as `ask` does, over connections that stay: for who looks again and again.

    To connect costs both sides several times what a question does. The connections are made anew when
    there is another engine in the run directory, and when a question did not get out: whoever was refused
    once is not let in by waiting. Questions may overlap. Made by `open_line`.
    """

    def __init__(self, run_dir: Path, role: str, nursery: trio.Nursery) -> None:
        self._run_dir = run_dir
        self._role = role
        self._nursery = nursery
        self._turn = trio.Lock()
        self._connected: _Connected | None = None

    async def ask(
        self,
        endpoint: str,
        verb: str,
        arguments: Mapping[str, object] | None = None,
        *,
        within_s: float = 5.0,
    ) -> Any:
        """The engine's answer to a verb, as parsed JSON; `ask` says what is raised."""
        key = _key_to(self._run_dir, self._role, endpoint)
        async with self._turn:
            connected = self._connected
            if connected is None or connected.key != key:
                if connected is not None:
                    connected.scope.cancel()
                connected = _Connected(self._run_dir, self._role, key)
                self._connected = await self._nursery.start(connected.run)
        try:
            return await connected.ask(endpoint, _request(verb, arguments), within_s)
        except ConnectFailed:
            self._give_up(connected)
            raise

    def _give_up(self, connected: "_Connected") -> None:
        """Begin anew with the next question, unless others still wait for answers over these."""
        if self._connected is connected and not connected.is_waited_for:
            self._connected = None
            connected.scope.cancel()


class _Connected:
    """The connections of a line to one engine, one for each endpoint that was asked."""

    def __init__(self, run_dir: Path, role: str, key: OutsideKey) -> None:
        self.key = key
        self.scope = trio.CancelScope()
        self._run_dir = run_dir
        self._role = role
        self._bus: Bus
        self._nursery: trio.Nursery
        self._dealers: dict[str, DealerSocket] = {}
        self._waiting: dict[str, _Collector] = {}
        self._refusals: list[str] = []

    @property
    def is_waited_for(self) -> bool:
        """Whether any question is not answered yet."""
        return bool(self._waiting)

    async def run(self, *, task_status: trio.TaskStatus["_Connected"]) -> None:
        """Hold them until the scope is cancelled."""
        bus = open_bus(self._run_dir, **_as(self._role, self.key), alert=self._refused)
        with self.scope:
            async with bus as self._bus, trio.open_nursery() as self._nursery:
                task_status.started(self)
                await trio.sleep_forever()

    async def ask(self, endpoint: str, request: OperatorRequest, within_s: float) -> Any:
        """The answer; questions that wait when the connections are given up are not answered."""
        collector = self._waiting[request.request_id] = _Collector(request.request_id)
        try:
            sent = await _exchange(self._dealer(endpoint), encode(request), collector, within_s)
        finally:
            del self._waiting[request.request_id]
        if not sent:
            raise _unreachable(self._run_dir, endpoint, self._refusals)
        return collector.result(f"{endpoint} in {self._run_dir}", within_s)

    def _dealer(self, endpoint: str) -> DealerSocket:
        dealer = self._dealers.get(endpoint)
        if dealer is None:
            dealer = self._dealers[endpoint] = self._bus.connect_dealer(endpoint)
            self._nursery.start_soon(dealer.pump, self._handle)
        return dealer

    def _handle(self, batch: Sequence[bytes]) -> None:
        for collector in list(self._waiting.values()):
            collector.handle(batch)

    def _refused(self, why: str) -> None:
        self._refusals[:] = [why]


def _key_to(run_dir: Path, role: str, endpoint: str) -> OutsideKey:
    key = read_key(run_dir, role)
    if key is None:
        raise ConnectFailed(f"no engine runs in {run_dir} (there is no {role}.key)")
    if endpoint not in key.servers:
        raise ConnectFailed(f"the engine in {run_dir} has no {endpoint!r} endpoint")
    return key


def _as(role: str, key: OutsideKey) -> dict[str, Any]:
    """Who somebody outside is on the bus."""
    return {
        "name": role,
        "boot": secrets.randbits(63),
        "keys": key.pair,
        "servers": key.servers,
    }


def _request(
    verb: str, arguments: Mapping[str, object] | None, reason: str = "", request_id: str = ""
) -> OperatorRequest:
    return OperatorRequest(
        request_id=request_id or secrets.token_hex(8),
        verb=verb,
        arguments=json.dumps(dict(arguments or {})),
        reason=reason,
    )


def _unreachable(run_dir: Path, endpoint: str, refusals: Sequence[str]) -> ConnectFailed:
    why = refusals[-1] if refusals else "nobody answers"
    return ConnectFailed(f"no engine to be reached in {run_dir} at {endpoint!r}: {why}")


async def _exchange(
    dealer: DealerSocket, request: bytes, collector: "_Collector", within_s: float
) -> bool:
    """Send once and wait for the answer, which the pump brings; False when it did not get out."""
    sent = False
    with trio.move_on_after(CONNECT_WITHIN_S):
        # Polled: the socket takes nothing before its handshake is through, a matter of 5 ms.
        while not (sent := _try_send(dealer, request)):  # noqa: ASYNC110
            await trio.sleep(CONNECT_REPEAT_S)
    if sent:
        with trio.move_on_after(within_s):
            await collector.complete.wait()
    return sent


def _try_send(dealer: DealerSocket, request: bytes) -> bool:
    try:
        dealer.send(request)
    except (UnknownPeer, BusFull):
        return False
    return True


class _Collector:
    """Puts the parts of one answer together."""

    def __init__(self, request_id: str) -> None:
        self.complete = trio.Event()
        self._request_id = request_id
        self._parts: list[str] = []
        self._error: EngineError | None = None

    def handle(self, batch: Sequence[bytes]) -> None:
        """The handler of the socket's pump."""
        for payload in batch:
            try:
                reply = decode_as(payload, OperatorReply)
            except BadEnvelope as error:
                self._fail(RemoteProtocolError(f"the answer cannot be read: {error}"))
                return
            if reply.request_id == self._request_id:
                self._take(reply)

    def _take(self, reply: OperatorReply) -> None:
        if not reply.ok:
            self._fail(RequestRefused(reply.error))
        elif reply.part != len(self._parts) or not 0 < reply.parts <= PARTS_MAX:
            self._fail(RemoteProtocolError("the parts of the answer are not in order"))
        else:
            self._parts.append(reply.body)
            if len(self._parts) == reply.parts:
                self.complete.set()

    def _fail(self, error: EngineError) -> None:
        self._error = error
        self.complete.set()

    def result(self, where: str, within_s: float) -> Any:
        """The answer; raises what it turned out to be."""
        if self._error is not None:
            raise self._error
        if not self.complete.is_set():
            raise PeerSilent(f"{where} did not answer within {within_s:g} s")
        try:
            return json.loads("".join(self._parts))
        except ValueError:
            raise RemoteProtocolError(f"the answer of {where} is not JSON") from None
