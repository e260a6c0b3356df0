"""Cuts whole WebSocket data messages out of the bytes a server sends (RFC 6455, section 5).

The pure half of the frame tap (`engine.session.frametap`): bytes in, whole text and binary messages
and the untouched bytes of control frames out. It is written by hand because a general frame parser
costs 15 to 40 times as much per market data message, and it does nothing else: the opening handshake,
pings, pongs, the close handshake and everything we send stay with trio-websocket. No extension is
ever negotiated, so reserved bits are an error and there is nothing to inflate.
"""

from engine.errors import RemoteProtocolError

MESSAGE_BYTES_MAX = 1 << 20
"""Default bound of one message, all its fragments together: no venue of ours sends a tenth of it."""

CONTROL_BYTES_MAX = 125
"""RFC 6455, 5.5: control frames are short and never fragmented."""

CLOSE_PROTOCOL_ERROR = 1002
CLOSE_BAD_TEXT = 1007
CLOSE_TOO_BIG = 1009

_CONTINUATION, _TEXT, _BINARY, _CLOSE, _PONG = 0x0, 0x1, 0x2, 0x8, 0xA
_WHOLE_TEXT = 0x81
_LENGTH_16, _LENGTH_64 = 126, 127


class BadFrameError(RemoteProtocolError):
    """The server broke the framing; `close_code` is what we tell it when we leave."""

    def __init__(self, message: str, *, close_code: int = CLOSE_PROTOCOL_ERROR) -> None:
        super().__init__(message)
        self.close_code = close_code


class FrameCutter:
    """Incremental: any cut of the byte stream gives the same messages in the same order."""

    __slots__ = ("_kind", "_limit", "_need", "_parts", "_rest", "closed", "controls")

    def __init__(self, message_bytes_max: int = MESSAGE_BYTES_MAX) -> None:
        self._limit = message_bytes_max
        self._rest = bytearray()
        self._need = 2
        self._parts = bytearray()
        self._kind = 0
        self.closed = False
        """Whether a close frame was seen; whatever follows it is ignored."""
        self.controls = 0
        """How many control frames were seen: signs of life beside the messages."""

    def feed(self, data: bytes, messages: list[str | bytes]) -> bytes:
        """Append the messages completed by `data` and return the control frames in it, as they came.

        Raises:
            BadFrameError: the framing is broken or a limit exceeded; messages before the fault were
                appended. The cutter is of no use after that.
        """
        if self.closed:
            return b""
        if self._rest:
            self._rest += data
            if len(self._rest) < self._need:
                return b""
            data = bytes(self._rest)
            self._rest.clear()
        return self._cut(data, messages)

    def _cut(self, data: bytes, messages: list[str | bytes]) -> bytes:
        position, end, controls = 0, len(data), b""
        self._need = 2
        while end - position >= 2:
            first, length, start = data[position], data[position + 1], position + 2
            if length >= _LENGTH_16:
                size = 2 if length == _LENGTH_16 else 8
                if length <= _LENGTH_64 and end - start < size:
                    self._need = 2 + size
                    break
                length = _long_length(data, start, length)
                start += size
            stop = start + length
            if first == _WHOLE_TEXT and stop <= end and length <= self._limit and not self._kind:
                messages.append(_text(data[start:stop]))
            else:
                self._check(first, length)
                if stop > end:
                    self._need = stop - position
                    break
                if first & 0x08:
                    controls += self._control(first, data[position:stop])
                else:
                    self._fragment(first, data[start:stop], messages)
                if self.closed:
                    return controls
            position = stop
        if position < end:
            self._rest += data[position:]
        return controls

    def _check(self, first: int, length: int) -> None:
        if first & 0x70:
            raise BadFrameError("the venue set a reserved bit; no extension was negotiated")
        opcode = first & 0x0F
        if opcode & 0x08:
            if opcode > _PONG:
                raise BadFrameError(f"unknown control frame {opcode:#x}")
            if length > CONTROL_BYTES_MAX or not first & 0x80:
                raise BadFrameError("the venue sent a control frame that is long or fragmented")
            return
        if opcode > _BINARY:
            raise BadFrameError(f"unknown data frame {opcode:#x}")
        if (opcode == _CONTINUATION) != bool(self._kind):
            raise BadFrameError("the venue mixed up the fragments of a message")
        if length + len(self._parts) > self._limit:
            raise BadFrameError(
                f"the venue sent a message of {length + len(self._parts)} bytes or more;"
                f" the limit is {self._limit}",
                close_code=CLOSE_TOO_BIG,
            )

    def _control(self, first: int, frame: bytes) -> bytes:
        self.controls += 1
        self.closed = first & 0x0F == _CLOSE
        return frame

    def _fragment(self, first: int, payload: bytes, messages: list[str | bytes]) -> None:
        self._kind = self._kind or first & 0x0F
        self._parts += payload
        if not first & 0x80:
            return
        whole, text = bytes(self._parts), self._kind == _TEXT
        self._parts.clear()
        self._kind = 0
        messages.append(_text(whole) if text else whole)


def _long_length(data: bytes, start: int, marker: int) -> int:
    if marker > _LENGTH_64:
        raise BadFrameError("the venue masked a frame; only clients mask")
    size, least = (2, 126) if marker == _LENGTH_16 else (8, 1 << 16)
    length = int.from_bytes(data[start : start + size], "big")
    if length < least:
        raise BadFrameError(f"the venue wrote the length {length} in a longer form than needed")
    return length


def _text(payload: bytes) -> str:
    try:
        return payload.decode()
    except UnicodeDecodeError as error:
        raise BadFrameError(
            f"the venue sent text that is not UTF-8: {error.reason} at byte {error.start}",
            close_code=CLOSE_BAD_TEXT,
        ) from None
