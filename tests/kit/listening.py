"""What stands in market messages read from a bare socket, beside the engine's own readers."""

from typing import Any

from engine.messages.codec import decode
from engine.messages.joined import is_joined, split
from engine.messages.topic import topic_of


def messages_in(data: bytes) -> list[Any]:
    """The messages that travelled together in one, mostly one."""
    topic_bytes = len(topic_of(data))
    parts = split(data, topic_bytes) if is_joined(data, topic_bytes) else (data,)
    return [decode(part) for part in parts]
