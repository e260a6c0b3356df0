"""Topics: the first bytes of a market message, read without decoding the rest.

A topic is array header, tag and instrument; it is the ZeroMQ subscription and the key under which
publisher and reader count. Boot and sequence follow it, so a reader can count messages it skips.
"""

import attrs

from engine.errors import BadEnvelope
from engine.messages.codec import kind_of_tag, registry

_FIXSTR, _FIXSTR_END = 0xA0, 0xBF
_STR8 = 0xD9
_ARRAY16 = 0xDC
_UINT_BYTES = {0xCC: 1, 0xCD: 2, 0xCE: 4, 0xCF: 8}
_FIXINT_MAX = 0x7F

EVERYTHING = 0
"""The tag of a subscription to all kinds."""


@attrs.frozen
class Topic:
    """What a subscription asks for: tag 0 is every kind, an empty instrument every instrument."""

    tag: int
    instrument: str


def topic_of(data: bytes) -> bytes:
    """The topic of a market message: its first bytes up to and including the instrument.

    Raises:
        BadEnvelope: no instrument of at most 255 bytes stands after the tag.
    """
    try:
        at = 4 if data[0] == _ARRAY16 else 2
        head = data[at]
        if _FIXSTR <= head <= _FIXSTR_END:
            end = at + 1 + (head & 0x1F)
        elif head == _STR8:
            end = at + 2 + data[at + 1]
        else:
            raise BadEnvelope("not a market message: no instrument after the tag")
    except IndexError:
        raise BadEnvelope("not a market message: too short") from None
    topic = data[:end]
    if len(topic) != end:
        raise BadEnvelope("not a market message: too short")
    return topic


def position_of(data: bytes, topic_bytes: int) -> tuple[int, int]:
    """Boot and sequence of a market message whose topic has this length.

    Raises:
        BadEnvelope: what follows the topic is not two unsigned integers.
    """
    try:
        boot, at = _unsigned(data, topic_bytes)
        sequence, _ = _unsigned(data, at)
    except (IndexError, KeyError):
        raise BadEnvelope("not a market message: no boot and sequence after the topic") from None
    return boot, sequence


def _unsigned(data: bytes, at: int) -> tuple[int, int]:
    head = data[at]
    if head <= _FIXINT_MAX:
        return head, at + 1
    end = at + 1 + _UINT_BYTES[head]
    if end > len(data):
        raise IndexError
    return int.from_bytes(data[at + 1 : end], "big"), end


def parse_subscription(prefix: bytes) -> Topic | None:
    """What a subscription prefix asks for; None when it is none of ours."""
    if not prefix:
        return Topic(EVERYTHING, "")
    for tag, kind in registry().items():
        if prefix == kind.header:
            return Topic(tag, "")
    try:
        topic = topic_of(prefix)
        if topic != prefix:
            return None
        return _exact_topic(prefix)
    except (BadEnvelope, UnicodeDecodeError):
        return None


def _exact_topic(prefix: bytes) -> Topic | None:
    tag_at = 3 if prefix[0] == _ARRAY16 else 1
    kind = kind_of_tag(prefix[tag_at])
    if kind is None or not kind.is_market or not prefix.startswith(kind.header):
        return None
    head = prefix[tag_at + 1]
    text = prefix[tag_at + (3 if head == _STR8 else 2) :]
    return Topic(kind.tag, text.decode())
