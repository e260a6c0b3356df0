"""WebSocket text frames as a server sends them: built once per push, sent to every subscriber.

A server's frames are not masked, so the bytes are the same for all clients; the handshake, control
frames and everything received stay with trio-websocket.
"""

from typing import Final

_TEXT_FINAL: Final = 0x81
_SHORT_MAX: Final = 125
_MEDIUM_MAX: Final = 65_535


def text_frame(text: str) -> bytes:
    """One whole, final text frame."""
    payload = text.encode()
    size = len(payload)
    if size <= _SHORT_MAX:
        return bytes((_TEXT_FINAL, size)) + payload
    if size <= _MEDIUM_MAX:
        return bytes((_TEXT_FINAL, 126)) + size.to_bytes(2, "big") + payload
    return bytes((_TEXT_FINAL, 127)) + size.to_bytes(8, "big") + payload


def frame_text(frame: bytes) -> str:
    """The text inside one frame of `text_frame`; for tests and for the log."""
    header = {126: 4, 127: 10}.get(frame[1], 2)
    return frame[header:].decode()
