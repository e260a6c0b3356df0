"""What a stream connection offers the session driver, whatever carries it (WebSocket or TCP).

One object is one connection, from the attempt to its end. The handler's methods are plain functions
called from inside `run`, in order; what they raise as `RemoteProtocolError` or `LimitExceeded` ends
the connection, anything else is a bug and leaves `run` as it is.
"""

from collections.abc import Callable
from typing import Protocol

import attrs

from engine.session.contract import SendFrame, Target


@attrs.frozen(kw_only=True)
class StreamEnd:
    """How a connection ended.

    Attributes:
        error: one of the classes of `engine.errors`; None after an orderly `close()`.
        opened: whether it was open; if not, provably no frame was sent.
        refused_status: HTTP status with which the handshake was refused, 0 when it was not.
        retry_after_s: how long the peer asked us to stay away, 0.0 when it did not.
    """

    error: Exception | None
    opened: bool
    refused_status: int = 0
    retry_after_s: float = 0.0


class StreamHandler(Protocol):
    """Who is told about a connection."""

    def stream_opened(self) -> None:
        """The connection is open; nothing was delivered before."""
        ...

    def stream_received(self, messages: list[str | bytes]) -> None:
        """Whole messages of one wake-up in order (TCP: the bytes that came); an empty list is a mere sign of life."""
        ...


class VenueStream(Protocol):
    """One connection to a venue."""

    async def run(self) -> StreamEnd:
        """Connect and carry messages until the end. On cancellation the connection is torn down."""
        ...

    def send(self, frame: SendFrame) -> None:
        """Queue one frame, written in order by one task. LimitExceeded when the queue is full."""
        ...

    def ping(self, payload: bytes) -> None:
        """Queue one ping of the transport; nothing where the transport has none."""
        ...

    def close(self, error: Exception | None) -> None:
        """End in an orderly way within a bounded time; `error` becomes the end's error. First wins."""
        ...

    def unsent(self) -> tuple[SendFrame, ...]:
        """After `run`: the frames of which provably no byte reached the transport."""
        ...


OpenStream = Callable[[Target, StreamHandler], VenueStream]
"""Makes a connection that is not yet running. Raises ConfigError for a target that is not allowed."""
