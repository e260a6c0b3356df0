"""The envelope and the values in it: one way to read the venue's messages, one way to fail.

Every WebSocket message is one bare `ClientMessage` (from us) or `ServerMessage` (from the venue), binary,
in a `oneof`. The official library does the parsing and bounds nesting; size is bounded by the driver and
here. What is beyond its bound is `RemoteProtocolError`; its text names the field and never the payload.
"""

import re
from decimal import Decimal
from typing import Any, Final

from google.protobuf.message import DecodeError, Message

from actors.venues.t4.proto import price_pb2, service_pb2
from engine.errors import RemoteProtocolError
from engine.session.contract import SendFrame
from engine.session.values import malformed

MESSAGE_BYTES_MAX: Final = 1 << 20
"""Longest message about markets: a snapshot of some thirty thousand single orders."""
ACCOUNT_BYTES_MAX: Final = 1 << 24
"""Longest message where accounts are told: a snapshot of some forty thousand orders of a day."""
ID_CHARS_MAX: Final = 120
"""Of a market, contract, account or order id; the venue's longest known names are a quarter of it."""
VOLUME_MAX: Final = 2_147_483_647
"""Volumes travel as int32."""
SECONDS_MAX: Final = 4_102_444_800
"""The year 2100: later times are in another unit than the field promises."""

_DECIMAL: Final = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,15})?", re.ASCII).fullmatch
_ID: Final = re.compile(r"[!-~](?:[ -~]{0,118}[!-~])?", re.ASCII).fullmatch


def encode(kind: str, message: Any) -> bytes:
    """The bytes of a `ClientMessage` with this payload, `kind` being the name of the oneof's field."""
    envelope = service_pb2.ClientMessage(**{kind: message})
    data: bytes = envelope.SerializeToString(deterministic=True)
    return data


def frame(kind: str, message: Any, order: str = "") -> SendFrame:
    """The same as an effect; `order` names the client order id it carries, if any."""
    return SendFrame(encode(kind, message), order)


def decode(data: str | bytes, bytes_max: int = MESSAGE_BYTES_MAX) -> tuple[str, Any]:
    """Kind (the name of the oneof's field) and payload of a `ServerMessage`; an unknown kind is "".

    Raises:
        RemoteProtocolError: a text message, one that is too long, or bytes that are no such message.
    """
    if isinstance(data, str):
        raise RemoteProtocolError("the venue sent a text message; its messages are binary")
    if len(data) > bytes_max:
        raise RemoteProtocolError(f"a message of {len(data)} bytes; limit is {bytes_max}")
    try:
        envelope = service_pb2.ServerMessage.FromString(data)
    except DecodeError:
        text = f"the venue sent {len(data)} bytes that are no ServerMessage"
        raise RemoteProtocolError(text) from None
    kind = envelope.WhichOneof("payload")
    return (kind, getattr(envelope, kind)) if kind else ("", None)


def number(text: str, field: str) -> Decimal:
    """A decimal as the venue writes it, exactly. Prices may be negative: spreads have such."""
    if not _DECIMAL(text):
        malformed(field, "a decimal number")
    return Decimal(text)


def price_message(text: str) -> price_pb2.Price:
    """A price to be sent."""
    return price_pb2.Price(value=text)


def has(message: Message, field: str) -> bool:
    """Whether a sub-message or an optional field is there and, for a price, says something."""
    if not message.HasField(field):
        return False
    value = getattr(message, field)
    return not isinstance(value, price_pb2.Price) or bool(value.value)


def identifier(text: str, field: str) -> str:
    """An id: printable ASCII that neither begins nor ends with a blank; blanks within are usual."""
    if not _ID(text):
        malformed(field, "an id")
    return text


def is_identifier(text: str) -> bool:
    """Whether the venue may call something so."""
    return _ID(text) is not None


def volume(value: int, field: str) -> int:
    """A number of contracts, not negative."""
    if value < 0:
        malformed(field, "a number of contracts")
    return value


def stamp_ns(message: Any, field: str, default_ns: int) -> int:
    """A timestamp as nanoseconds UTC; an absent one is the default."""
    if not message.HasField(field):
        return default_ns
    stamp = getattr(message, field)
    if not 0 <= stamp.seconds < SECONDS_MAX or not 0 <= stamp.nanos < 1_000_000_000:
        malformed(field, "a time")
    return int(stamp.seconds) * 1_000_000_000 + int(stamp.nanos)
