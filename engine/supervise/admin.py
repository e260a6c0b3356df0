"""The `admin` endpoint: status for everyone with a key, commands for operators only.

Verbs are plain functions from arguments to an answer; they start things, they never wait for them.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence

import attrs

from engine.bus.keys import Peer
from engine.bus.sockets import Received, RouterSocket
from engine.errors import BadEnvelope, BusFull, UnknownPeer
from engine.log import FilteringBoundLogger
from engine.messages.codec import decode_as, encode
from engine.messages.operator import (
    ROLE_OPERATOR,
    OperatorReply,
    OperatorRequest,
    refusal,
    replies,
)

REQUEST_CHARS_MAX = 10_000
"""Arguments of one request; ours have a few words."""


class Refusal(Exception):
    """A verb's way to say no; the text is for the person who asked."""


@attrs.frozen
class Verb:
    """One verb: what it does, and whether it commands (operators only) or reads."""

    run: Callable[[Mapping[str, object], str], object]
    commands: bool = False


class AdminDesk:
    """Answers requests from a table of verbs."""

    def __init__(
        self, socket: RouterSocket, verbs: Mapping[str, Verb], log: FilteringBoundLogger
    ) -> None:
        self._socket = socket
        self._verbs = verbs
        self._log = log

    def handle(self, batch: Sequence[Received]) -> None:
        """The handler of the socket's pump."""
        for received in batch:
            try:
                request = decode_as(received.payload, OperatorRequest)
            except BadEnvelope as error:
                self._log.warning("admin request refused", reason=str(error))
                continue
            for reply in self._answer(received.peer, request):
                self._send(received.identity, reply)

    def _answer(self, peer: Peer, request: OperatorRequest) -> Iterator[OperatorReply]:
        verb = self._verbs.get(request.verb)
        if verb is None:
            known = ", ".join(sorted(self._verbs))
            yield refusal(request.request_id, f"unknown verb {request.verb[:40]!r}; known: {known}")
            return
        if verb.commands and peer.role != ROLE_OPERATOR:
            self._log.warning("command refused", verb=request.verb, role=peer.role)
            yield refusal(request.request_id, f"{request.verb} needs the operator's key")
            return
        if verb.commands:
            self._log.info(
                "command", verb=request.verb, arguments=request.arguments, reason=request.reason
            )
        try:
            answer = verb.run(_arguments(request.arguments), request.reason)
        except Refusal as no:
            yield refusal(request.request_id, str(no))
            return
        yield from replies(request.request_id, json.dumps(answer))

    def _send(self, identity: bytes, reply: OperatorReply) -> None:
        try:
            self._socket.send(identity, encode(reply))
        except (UnknownPeer, BusFull) as error:
            self._log.info("answer not sent", reason=str(error))


def _arguments(text: str) -> Mapping[str, object]:
    try:
        value = json.loads(text or "{}") if len(text) <= REQUEST_CHARS_MAX else None
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise Refusal("the arguments are not a JSON object of reasonable size")
    return value
