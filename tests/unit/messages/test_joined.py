"""`joined`: what is put together comes apart again, and nothing else passes for it."""

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import BadEnvelope
from engine.messages.codec import decode, encode, kind_of, prefix
from engine.messages.joined import is_joined, join, split
from engine.messages.market import Quote, Trade
from engine.messages.topic import topic_of

NAME = "700.HK.LONGBRIDGE"
TOPIC = prefix(Quote, NAME)
FIELDS = len(kind_of(Quote).fields)


def quote(sequence: int, boot: int = 7, name: str = NAME) -> bytes:
    return encode(Quote(name, boot, sequence, 1, 2, 3, 1.5, 2.0, 1.6, 3.0))


@given(
    st.lists(st.tuples(st.integers(0, 2**64 - 1), st.integers(0, 2**63)), min_size=1, max_size=64)
)
def test_messages_come_apart_in_order(positions):
    messages = [quote(sequence, boot) for boot, sequence in positions]
    data = join(TOPIC, FIELDS, messages)
    assert topic_of(data) == TOPIC
    assert is_joined(data, len(TOPIC))
    assert list(split(data, len(TOPIC))) == messages


@given(st.integers(0, 2**64 - 1), st.integers(0, 2**63))
def test_no_plain_message_looks_joined(boot, sequence):
    assert not is_joined(quote(sequence, boot), len(TOPIC))


def test_a_joined_message_is_one_array_of_the_kinds_length():
    """Any msgpack reader can take it apart."""
    data = join(TOPIC, FIELDS, [quote(1), quote(2)])
    items = msgpack.unpackb(data)
    assert len(items) == len(msgpack.unpackb(quote(1)))
    assert [decode(message).sequence for message in items[2]] == [1, 2]


@pytest.mark.parametrize(
    "data",
    [
        TOPIC,
        join(TOPIC, FIELDS, [quote(1)])[:-1],
        join(TOPIC, FIELDS, [quote(1)]) + b"\xc0",
        join(TOPIC, FIELDS, [quote(1, name="9988.HK.LONGBRIDGE")]),
        join(TOPIC, FIELDS, [encode(Trade(NAME, 1, 1, 1, 2, 3, 1.0, 1.0, 0, "t"))]),
        TOPIC + msgpack.packb([1, "x"]) + b"\xc0" * (FIELDS - 2),
        TOPIC + msgpack.packb([bytes(64 * 1024)]) + b"\xc0" * (FIELDS - 2),
        TOPIC + b"\x91",
    ],
)
def test_what_is_not_joined_is_refused(data):
    with pytest.raises(BadEnvelope):
        split(data, len(TOPIC))


@given(st.binary(max_size=200))
def test_any_bytes_after_the_topic_are_split_or_refused(rest):
    try:
        messages = split(TOPIC + rest, len(TOPIC))
    except BadEnvelope:
        return
    assert all(message.startswith(TOPIC) for message in messages)
