"""Protobuf bodies: one way to read them, one way to fail.

The official library does the parsing; it bounds nesting (100 levels) and builds at most what the body's
bytes hold, and the body is bounded where packets are cut.
"""

from typing import Any, TypeVar

from google.protobuf.message import DecodeError

from engine.errors import RemoteProtocolError

Message = TypeVar("Message")


def parse(kind: type[Message], body: bytes) -> Message:
    """The message of this kind in these bytes. An empty body is a message with nothing set.

    Raises:
        RemoteProtocolError: the bytes are no such message.
    """
    made: Any = kind
    try:
        message: Message = made.FromString(body)
    except DecodeError:
        name = kind.__name__
        raise RemoteProtocolError(f"the venue sent {len(body)} bytes that are no {name}") from None
    return message
