"""An actor's side of the control conversation: hello, state reports, pongs from the main loop, stop.

Everything here runs in the main loop on purpose: a pong says that this loop turns. Nothing waits for
the supervisor; what cannot be sent now is made good by the next pong, which repeats the state.
"""

import contextlib
import os
from collections.abc import Callable, Mapping, Sequence

import trio

from actors.context import ActorContext
from engine.bus.sockets import DealerSocket
from engine.errors import BadEnvelope, BusFull, ConfigError, ConnectFailed, Problem, UnknownPeer
from engine.messages.codec import decode, encode, protocol_fingerprint
from engine.messages.control import (
    Hello,
    PeerReport,
    Ping,
    Pong,
    Refused,
    StateReport,
    Stop,
    Welcome,
)

HELLO_REPEAT_S = 0.05
"""Between hellos until the supervisor answers; the connection takes a few milliseconds to come up."""


class ControlLink:
    """Speaks for one actor; `handle` is the handler of the control socket's pump."""

    def __init__(
        self,
        dealer: DealerSocket,
        context: ActorContext,
        own_gauges: Callable[[], Mapping[str, object]],
    ) -> None:
        self._dealer = dealer
        self._context = context
        self._own_gauges = own_gauges
        self._answered = trio.Event()
        self._refused = ""

    async def greet(self, within_s: float) -> None:
        """Say hello until the supervisor has answered; the pump must be running.

        Raises:
            ConfigError: the supervisor is of another release.
            ConnectFailed: no answer in time.
        """
        hello = Hello(
            name=self._context.name,
            boot=self._context.boot,
            pid=os.getpid(),
            protocol=protocol_fingerprint(),
        )
        with trio.move_on_after(within_s):
            while not self._answered.is_set():
                self._try_send(hello)
                with trio.move_on_after(HELLO_REPEAT_S):
                    await self._answered.wait()
        if self._refused:
            raise ConfigError(Problem("release", self._refused, "restart the whole engine"))
        if not self._answered.is_set():
            raise ConnectFailed(f"the supervisor did not answer our hello within {within_s:g} s")

    def report(self) -> None:
        """Tell the supervisor the state as it is now."""
        state, reason = self._context.current_state
        self._try_send(
            StateReport(
                boot=self._context.boot,
                state=state,
                reason=reason,
                published=self._context.published_json(),
            )
        )

    def handle(self, batch: Sequence[bytes]) -> None:
        """Messages from the supervisor."""
        for payload in batch:
            try:
                message = decode(payload)
            except BadEnvelope as error:
                self._context.log.warning("control message refused", reason=str(error))
                continue
            self._dispatch(message)

    def _dispatch(self, message: object) -> None:
        context = self._context
        match message:
            case PeerReport():
                context.peer_changed(message)
            case Ping(boot=context.boot):
                self._try_send(self._pong(message.number))
            case Stop(boot=context.boot):
                context.log.info("asked to stop", reason=message.reason, grace_s=message.grace_s)
                context.stop.set()
            case Welcome(boot=context.boot):
                self._answered.set()
            case Refused(boot=context.boot):
                self._refused = message.reason
                self._answered.set()
            case _:
                context.log.warning("control message for another boot", message=message)

    def _pong(self, number: int) -> Pong:
        context = self._context
        state, reason = context.current_state
        return Pong(
            boot=context.boot,
            number=number,
            state=state,
            reason=reason,
            published=context.published_json(),
            gauges=context.gauges_json(self._own_gauges()),
        )

    def _try_send(self, message: object) -> None:
        # Not connected yet or any more: the hello is repeated and each pong repeats the state.
        with contextlib.suppress(BusFull, UnknownPeer):
            self._dealer.send(encode(message))
