"""Repair of market data: a reader asks the publisher's ring for what it missed.

One request, one answer: an answer covers the oldest part of the range that fits into a message, and
the reader asks again for the rest. So nothing is queued for a reader that does not read.
"""

import attrs

from engine.messages.codec import register

ANSWER_BYTES_MAX = 128 * 1024
"""Packed messages in one answer; half of what the socket takes."""

ANSWER_MESSAGES_MAX = 1_000
"""Messages in one answer."""


@register(tag=50)
@attrs.frozen(kw_only=True)
class ReplayRequest:
    """Send messages of one topic with numbers above `after` up to `through`, of this boot.

    `through` 0 asks for the last value only.
    """

    request_id: int
    tag: int
    instrument: str
    boot: int
    after: int
    through: int


@register(tag=51)
@attrs.frozen(kw_only=True)
class ReplayAnswer:
    """The oldest part of what was asked for.

    Of the numbers above `after`, the first `lost` are gone for ever; `messages` are the packed ones
    that follow, without holes; `through` is the last number covered. `boot` is the publisher's own:
    when it differs from the request's, nothing else is meant. `head` is the last number published,
    `last_value` its message (empty: none yet).
    """

    request_id: int
    tag: int
    instrument: str
    boot: int
    after: int
    lost: int
    messages: tuple[bytes, ...]
    through: int
    head: int
    last_value: bytes
