"""Answers readers that missed market data, from the publisher's rings.

Stands beside the publisher in the data session, on a ROUTER of its own. Each answer covers one
message's worth; the reader asks again, so a reader that does not read costs nothing.
"""

import attrs

from engine.bus.publisher import Publisher
from engine.bus.ring import Piece
from engine.bus.sockets import Received, RouterSocket
from engine.errors import BadEnvelope, BusError
from engine.messages.codec import decode_as, encode
from engine.messages.replay import (
    ANSWER_BYTES_MAX,
    ANSWER_MESSAGES_MAX,
    ReplayAnswer,
    ReplayRequest,
)


@attrs.define
class ReplayStats:
    """Counters since the start."""

    answered: int = 0
    messages: int = 0
    lost: int = 0
    bad_requests: int = 0
    unsent: int = 0


class ReplayServer:
    """Serves `replay.<feed>`."""

    def __init__(self, socket: RouterSocket, publisher: Publisher) -> None:
        self.stats = ReplayStats()
        self._socket = socket
        self._publisher = publisher

    async def run(self) -> None:
        """Answer until cancelled."""
        await self._socket.pump(self.on_requests)

    def on_requests(self, batch: list[Received]) -> None:
        """Answer one batch (the socket's handler); an answer that cannot be sent is asked again."""
        for received in batch:
            try:
                request = decode_as(received.payload, ReplayRequest)
            except BadEnvelope:
                self.stats.bad_requests += 1
                continue
            try:
                self._socket.send(received.identity, encode(self.answer(request)))
            except BusError:
                self.stats.unsent += 1

    def answer(self, request: ReplayRequest) -> ReplayAnswer:
        """What this publisher can give for the request."""
        ring = self._publisher.ring_of(request.tag, request.instrument)
        wanted = request.through if request.boot == self._publisher.boot else 0
        piece = Piece(0, (), request.after)
        if ring and wanted:
            piece = ring.piece(
                request.after, wanted, count_max=ANSWER_MESSAGES_MAX, bytes_max=ANSWER_BYTES_MAX
            )
        last = ring.last if ring else b""
        self.stats.answered += 1
        self.stats.messages += len(piece.messages)
        self.stats.lost += piece.lost
        return ReplayAnswer(
            request_id=request.request_id,
            tag=request.tag,
            instrument=request.instrument,
            boot=self._publisher.boot,
            after=request.after,
            lost=piece.lost,
            messages=piece.messages,
            through=piece.through,
            head=ring.head if ring else 0,
            last_value=last if len(last) <= ANSWER_BYTES_MAX // 2 else b"",
        )
