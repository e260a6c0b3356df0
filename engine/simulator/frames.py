"""WebSocket frames as a server sends them: built once per push, sent to every subscriber.

A server's frames are not masked, so the bytes are the same for all clients; the handshake, closing
and everything received stay with trio-websocket.
"""

from typing import Final

_TEXT: Final = 0x81
_BINARY: Final = 0x82
_PING: Final = 0x89
_PONG: Final = 0x8A
_SHORT_MAX: Final = 125
_MEDIUM_MAX: Final = 65_535


def text_frame(payload: str | bytes) -> bytes:
    """One whole, final text message; bytes go out as they are, text or not."""
    return _frame(_TEXT, payload.encode() if isinstance(payload, str) else payload)


def binary_frame(payload: bytes) -> bytes:
    """One whole, final binary message."""
    return _frame(_BINARY, payload)


def ping_frame(payload: bytes) -> bytes:
    """A ping; at most 125 bytes."""
    return _frame(_PING, payload)


def pong_frame(payload: bytes) -> bytes:
    """A pong; at most 125 bytes."""
    return _frame(_PONG, payload)


def frame_text(frame: bytes) -> str:
    """The text inside one frame of `text_frame`; for tests."""
    header = {126: 4, 127: 10}.get(frame[1], 2)
    return frame[header:].decode()


def _frame(first: int, payload: bytes) -> bytes:
    size = len(payload)
    if size <= _SHORT_MAX:
        return bytes((first, size)) + payload
    if size <= _MEDIUM_MAX:
        return bytes((first, 126)) + size.to_bytes(2, "big") + payload
    return bytes((first, 127)) + size.to_bytes(8, "big") + payload
